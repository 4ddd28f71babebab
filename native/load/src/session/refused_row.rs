//! A row that its table's definition refuses: is that still the target's definition?
//!
//! A value that is too long for a column may be right for the column as it is now, if somebody has widened it since the
//! table was opened. Promise: the session takes nothing more; before the job is told that the row cannot be stored,
//! which ends it, the server is asked once for the table's stamp. Where it is another one, the job is told to begin
//! anew instead.

use std::sync::Arc;

use super::opened::Opened;
use super::pool::Pool;
use super::table_loader::TableLoader;
use crate::error::{Error, Kind, Result};
use crate::open::definition::stamps;

/// What did not take a row, and why.
#[derive(Debug)]
pub(super) struct RefusedRow {
    pub(super) loader: Arc<TableLoader>,
    pub(super) opened: Arc<Opened>,
    pub(super) error: Error,
}

impl RefusedRow {
    /// Asks in the background; the answer is the session's failure, whatever it is.
    pub(super) fn judge(self, pool: &Arc<Pool>) {
        pool.shared.task_begins();
        let pool = Arc::clone(pool);
        pool.runtime().clone().spawn(async move {
            let mut closing = pool.shared.closing();
            tokio::select! {
                biased;
                _ = closing.wait_for(|closing| *closing) => {}
                error = self.judged(&pool) => pool.shared.fail(error),
            }
            pool.shared.task_ended();
        });
    }

    async fn judged(self, pool: &Pool) -> Error {
        match self.is_changed(pool).await {
            Ok(true) => Error::new(
                Kind::Server,
                format!(
                    "table {}: its definition was changed, and this row was made for the old one; when the job has restarted it is \
                     made for it as it is now ({})",
                    self.loader.name.quoted(),
                    self.error
                ),
            ),
            Ok(false) => self.error,
            Err(error) => {
                log::warn!(target: "loader", "{}: it is not known whether its definition was changed: {}", self.loader.name.quoted(), error.chain());
                self.error
            }
        }
    }

    async fn is_changed(&self, pool: &Pool) -> Result<bool> {
        let connection = pool.writer.connector.connect().await?;
        let name = self.loader.plain_name();
        let now = stamps(&connection, std::slice::from_ref(&name)).await?;
        Ok(now.get(&name) != Some(&self.opened.definition.stamp))
    }
}
