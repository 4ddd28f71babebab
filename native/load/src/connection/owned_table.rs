//! The connector's own permanent tables: made where they are missing, in a schema that is made where it is missing.
//!
//! Promise: whoever makes the same table at once succeeds, and all find one; what stands there is never changed. It
//! runs outside of transactions.

use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

use crate::connection::connection::{Answer, Connection};
use crate::error::{Error, Result};
use crate::sql::{Ident, catalog};

/// What a server answers to the slower of two that create the same: duplicate schema, table, type, or a unique
/// violation in its catalog.
pub(crate) const ALREADY_THERE: [SqlState; 4] = [
    SqlState::DUPLICATE_SCHEMA,
    SqlState::DUPLICATE_TABLE,
    SqlState::DUPLICATE_OBJECT,
    SqlState::UNIQUE_VIOLATION,
];

/// Makes the table `name` of `schema` by the statement `create` where it is missing. The inner error is what the server
/// has against it.
pub(crate) async fn make(connection: &Connection, (schema, name): (&str, &str), create: &str) -> Answer<()> {
    let what = format!("look for table {name:?} of schema {schema:?} (option 'sink.staging-schema')");
    let parameters: [&(dyn ToSql + Sync); 2] = [&schema, &name];
    let row = connection.query_one(&what, catalog::OWN_TABLE, &parameters).await?;
    let mut missing = Vec::new();
    if !row.get::<_, bool>(0) {
        missing.push(format!("CREATE SCHEMA {}", Ident::new(schema)?.quoted()));
    }
    if !row.get::<_, bool>(1) {
        missing.push(create.to_owned());
    }
    for statement in missing {
        match connection.try_execute("create the connector's own tables", &statement).await? {
            Err(error) if !error.code().is_some_and(|code| ALREADY_THERE.contains(code)) => {
                return Ok(Err(error));
            }
            _ => {}
        }
    }
    Ok(Ok(()))
}

/// Makes the indexes of a table that are missing: leading columns, and the statements that create them. A server that
/// has none is asked more slowly.
pub(crate) async fn index(
    connection: &Connection,
    (schema, name): (&str, &str),
    wanted: &[(&str, String)],
) -> Result<()> {
    let parameters: [&(dyn ToSql + Sync); 2] = [&schema, &name];
    let there = connection.query("look for the ledger's indexes", catalog::INDEXED, &parameters).await?;
    for (column, create) in wanted {
        if there.iter().any(|row| row.get::<_, &str>(0) == *column) {
            continue;
        }
        let what = "create an index of the ledger";
        if let Err(error) = connection.try_execute(what, create).await? {
            log::info!(target: "commit", "{name:?} has no index: {}", Error::server(what, error));
            return Ok(());
        }
    }
    Ok(())
}
