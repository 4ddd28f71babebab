//! Creating targets that do not exist, where the table's spec asks for it.
//!
//! Promise: writers that create the same table at once all succeed, and all find one table; what stands there already
//! is never changed. It runs between transactions: a table created in an open one would block the other writers.

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::types::ToSql;

use crate::connection::connection::{Connection, Purpose};
use crate::connection::log_once::LogOnce;
use crate::connection::owned_table::ALREADY_THERE;
use crate::error::{Error, Kind, Result};
use crate::ident::cut_off;
use crate::spec::TableSpec;
use crate::sql::TableName;
use crate::sql::create::{create_schema, create_table};

const NOT_SUPPORTED: &SqlState = &SqlState::FEATURE_NOT_SUPPORTED;

/// What a session learnt of its server while it created tables.
pub(crate) struct Creations {
    log_once: Arc<LogOnce>,
    /// Storage parameters of created tables whose primary key the server has refused.
    keyless: Mutex<BTreeSet<Vec<(String, String)>>>,
}

impl Creations {
    pub(crate) fn new(log_once: Arc<LogOnce>) -> Self {
        Creations { log_once, keyless: Mutex::default() }
    }

    /// Creates the table with its comments, and its schema where that is missing too.
    pub(crate) async fn create(
        &self,
        connection: &Connection,
        (spec, table): (&TableSpec, &TableName),
    ) -> Result<()> {
        let Some(create) = &spec.create else { return Ok(()) };
        let name = table.quoted();
        let what = format!("create table {name} (option '{}')", create.option);
        let names =
            [&spec.schema, &spec.table].into_iter().chain(spec.columns.iter().map(|column| &column.name));
        let cut: Vec<String> = names.filter_map(|name| cut_off(name)).collect();
        if !cut.is_empty() {
            return Err(Error::new(Kind::Target, format!("{what}: {}", cut.join("; "))));
        }
        let schema = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1::name";
        let parameters: [&(dyn ToSql + Sync); 1] = [&spec.schema];
        if connection.query(Purpose::Long(&what), schema, &parameters).await?.is_empty() {
            create_by(connection, &what, &create_schema(spec)?).await?.or_refused(&what)?;
        }
        let dialect = connection.dialect();
        let statement = |with_key| create_table(spec, table, create, dialect, with_key);
        let known = self.keyless.lock().contains(&create.properties);
        // What is known to be refused is not tried: each try is an error in the server's log.
        let with_key = !known && !dialect.refuses_key(&create.properties);
        let mut created = create_by(connection, &what, &statement(with_key)?).await?;
        let refused = created.0.as_ref().is_some_and(|db| db.code() == NOT_SUPPORTED);
        if with_key && !spec.key.is_empty() && refused {
            // A server without indexes has no primary keys; the merge needs none.
            created = create_by(connection, &what, &statement(false)?).await?;
            let first = created.0.is_none() && self.keyless.lock().insert(create.properties.clone());
            if first && self.log_once.is_first(&format!("no key, {:?}", create.properties)) {
                log::warn!(
                    target: "loader",
                    "{name} is created without a primary key, which the server refuses, and so are those that follow with \
                     the same storage parameters"
                );
            }
        }
        created.or_refused(&what)?;
        log::info!(target: "loader", "{name} was created");
        if !create.distributed_by.is_empty() && !dialect.distributes() {
            let option = "option 'table.create.distributed-by'";
            if self.log_once.is_first(option) {
                log::warn!(target: "connect", "{option} is ignored: this server does not distribute tables");
            }
        }
        Ok(())
    }
}

async fn create_by(connection: &Connection, what: &str, statement: &str) -> Result<Created> {
    match connection.try_execute(Purpose::Long(what), statement).await? {
        Ok(()) => Ok(Created(None)),
        Err(error) => match error.as_db_error().cloned() {
            Some(db) if ALREADY_THERE.contains(db.code()) => Ok(Created(None)),
            Some(db) => Ok(Created(Some(db))),
            None => Err(Error::server(what, error)),
        },
    }
}

/// What became of a CREATE: done, or what the server has against it.
struct Created(Option<DbError>);

impl Created {
    /// A definition holds no row values, so the server's words can be told as they are.
    fn or_refused(self, what: &str) -> Result<()> {
        match self.0 {
            None => Ok(()),
            Some(db) => {
                let text = format!("{what}: {} (SQLSTATE {})", db.message(), db.code().code());
                Err(Error::new(Kind::Target, text).like(db.code().code()))
            }
        }
    }
}
