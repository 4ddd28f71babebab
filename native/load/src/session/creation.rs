//! Creating targets that do not exist, where the table's spec asks for it.
//!
//! Promise: writers that create the same table at once all succeed, and all find one table; what stands there already is
//! never changed. It runs between transactions: a table created in an open one would block the other writers.

use std::sync::Arc;

use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::types::ToSql;

use super::connect::Connector;
use super::lane::Lane;
use super::loader::Loader;
use super::own_table::ALREADY_THERE;
use crate::error::{Error, Kind, Result};
use crate::sql::create::{create_schema, create_table};

const NOT_SUPPORTED: &SqlState = &SqlState::FEATURE_NOT_SUPPORTED;

impl Lane {
    /// Creates the table with its comments, and its schema where that is missing too.
    pub(super) async fn create(&mut self, connector: &Connector, loader: &Arc<Loader>) -> Result<()> {
        let Some(create) = &loader.spec.create else { return Ok(()) };
        self.commit_appended(connector).await?;
        let name = loader.name.quoted();
        let what = format!("create table {name} (option 'sink.create-table.enabled')");
        let schema = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1";
        let parameters: [&(dyn ToSql + Sync); 1] = [&loader.spec.schema];
        let asked = self.connected.client.query_opt(schema, &parameters);
        if self.answer(connector, &what, asked).await?.is_none() {
            self.create_by(connector, &what, &create_schema(&loader.spec)?).await?.or_refused(&what)?;
        }
        let dialect = self.connected.dialect;
        let statement = |with_key| create_table(&loader.spec, &loader.name, create, dialect, with_key);
        let known = connector.keyless().lock().contains(&create.properties);
        // What is known to be refused is not tried: each try is an error in the server's log.
        let with_key = !known && !dialect.refuses_key(&create.properties);
        let mut created = self.create_by(connector, &what, &statement(with_key)?).await?;
        let refused = created.0.as_ref().is_some_and(|db| db.code() == NOT_SUPPORTED);
        if with_key && !loader.spec.key.is_empty() && refused {
            // A server without indexes has no primary keys; the merge needs none.
            created = self.create_by(connector, &what, &statement(false)?).await?;
            let first = created.0.is_none() && connector.keyless().lock().insert(create.properties.clone());
            if first && connector.told.is_first(&format!("no key, {:?}", create.properties)) {
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
            connector.tell_undistributed();
        }
        Ok(())
    }

    async fn create_by(&self, connector: &Connector, what: &str, statement: &str) -> Result<Created> {
        let asked = async { Ok(self.connected.client.batch_execute(statement).await) };
        match self.answer(connector, what, asked).await? {
            Ok(()) => Ok(Created(None)),
            Err(error) => match error.as_db_error().cloned() {
                Some(db) if ALREADY_THERE.contains(db.code()) => Ok(Created(None)),
                Some(db) => Ok(Created(Some(db))),
                None => Err(Error::server(what, error)),
            },
        }
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
