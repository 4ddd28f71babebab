//! The end of a BATCH job's only commit: nothing of the sink stays but its entry among those of all BATCH jobs.
//!
//! Flink may lose what the commit needed before the job has ended, and run the writers again; their manifest is in the
//! ledger, and what they staged goes here, with the rows. Promise: tables of writers that registered since then, which
//! another committer will come for, stay. What fails here is a warning: a later job removes it.

use std::time::Duration;

use super::publish_plan::PublishPlan;
use super::{Committer, State};
use crate::connection::backoff::Backoff;
use crate::connection::connection::Connection;
use crate::error::Result;
use crate::failpoint;
use crate::registration::{fence, leftovers};
use crate::sql::FenceSql;

/// Pauses between tries.
const PAUSES: Backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(2));

impl Committer {
    /// After the commit; nothing here fails it.
    pub(super) async fn leave(&self, state: &mut State, plan: &PublishPlan) {
        state.prepared = false;
        let mut pauses = PAUSES;
        for again in [true, true, true, false] {
            let left = match self.connection(state).await {
                Ok(connection) => self.remove_all(connection, plan).await,
                Err(error) => Err(error),
            };
            let Err(error) = left else { return };
            state.connection = None;
            if !again {
                log::warn!(target: "commit", "tables of this job stay until a later one removes them: {}", error.chain());
                return;
            }
            let pause = pauses.pause();
            log::debug!(target: "commit", "{}; tried again in {pause:?}", error.chain());
            tokio::time::sleep(pause).await;
        }
    }

    async fn remove_all(&self, connection: &Connection, plan: &PublishPlan) -> Result<()> {
        failpoint::hit("commit.sweep")?;
        let sink = &self.connector.spec().sink;
        let tables = self.tables(connection).await?;
        let living = self.living(connection).await?;
        let newer = |attempt: &str| {
            living.iter().flatten().any(|token| token == attempt)
                && !plan.attempts().split(',').any(|own| own == attempt)
        };
        for table in tables.iter().filter(|table| !newer(&table.attempt)) {
            connection
                .execute("remove a staging table", &format!("DROP TABLE IF EXISTS {}", table.name.quoted()))
                .await?;
        }
        self.forget(connection).await?;
        if living.iter().flatten().any(|attempt| newer(attempt)) {
            return Ok(());
        }
        if living.is_some() {
            let fence = FenceSql::new(&sink.staging_schema, &sink.id, "", (0, 0))?;
            fence::remove(connection, &fence, |attempt| !newer(attempt)).await?;
        }
        connection.execute("remove the ledger of a BATCH job", &self.ledger.remove_own()).await?;
        Box::pin(leftovers::collect(connection, self.kept())).await
    }
}
