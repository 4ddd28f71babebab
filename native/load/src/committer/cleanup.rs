//! Housekeeping: the ledger forgets old manifests, and staging tables of attempts that are gone go.
//!
//! Promise: only a table of an attempt that neither lives (it is not in the fence) nor belongs to the manifest just
//! committed is touched, and only after a manifest of living attempts was committed: by then Flink has given us
//! whatever it had recovered of older ones. It is done with the first manifest of each set of attempts, since with a
//! recovered one those that failed last still stand in the fence, and every ten minutes. An empty table goes at once.
//! One with rows may be wanted by a savepoint that was taken in the middle: it is marked, and goes when the mark is
//! older than `sink.staging.retention`. What fails here is a warning, since the commit is done. Each time the sink
//! gives a sign of life, and looks for sinks that gave none for as long as their tables are kept
//! ([`crate::registration::leftovers`]).

use std::time::{Duration, Instant};

use tokio_postgres::types::ToSql;

use super::publish_plan::PublishPlan;
use super::retention::{Fate, fate, is_due};
use super::{Committer, LastCleanup, State};
use crate::connection::connection::Connection;
use crate::delivery::staging::name_prefix;
use crate::error::Result;
use crate::failpoint;
use crate::registration::leftovers;
use crate::sql::{FORGOTTEN_AT_ONCE, TOKEN_LENGTH, TableName, catalog, is_empty, literal};

/// What the comment of a table with rows that nobody claims begins with; the second it was found follows.
const MARK: &str = "pieclouddb-flink: nobody's since ";

pub(super) struct Found {
    pub(super) name: TableName,
    pub(super) attempt: String,
    /// Seconds since it was marked.
    marked: Option<i64>,
}

impl Committer {
    /// After a commit; nothing here fails it.
    pub(super) async fn clean_up_if_due(&self, state: &mut State, plan: &PublishPlan) {
        let last =
            state.last_cleanup.as_ref().map(|last| (last.at.elapsed(), last.attempts == plan.attempts()));
        if !is_due(last) {
            return;
        }
        let cleaned = match self.connection(state).await {
            Ok(connection) => self.clean_up(connection, plan).await,
            Err(error) => Err(error),
        };
        if let Err(error) = &cleaned {
            log::warn!(target: "commit", "staging tables of earlier attempts stay: {}", error.chain());
            // Whatever transaction is open ends with it.
            state.connection = None;
        }
        if !matches!(cleaned, Ok(false)) {
            state.last_cleanup =
                Some(LastCleanup { at: Instant::now(), attempts: plan.attempts().to_owned() });
        }
    }

    /// How long the sink's tables are of use without a sign of life.
    pub(super) fn kept(&self) -> Duration {
        self.spec.ledger_retention.max(self.spec.staging_retention)
    }

    /// False where it is too early.
    async fn clean_up(&self, connection: &Connection, plan: &PublishPlan) -> Result<bool> {
        failpoint::hit("commit.sweep")?;
        // The tables first: one that is made meanwhile belongs to an attempt that registered before.
        let tables = self.tables(connection).await?;
        let Some(living) = self.living(connection).await? else { return Ok(false) };
        let lives = |attempt: &str| living.iter().any(|token| token == attempt);
        if !plan.attempts().split(',').all(lives) {
            return Ok(false);
        }
        connection.execute("give a sign of life", &self.ledger.live(self.kept())).await?;
        self.forget(connection).await?;
        for table in tables.iter().filter(|table| !lives(&table.attempt)) {
            self.remove(connection, table).await?;
        }
        Box::pin(leftovers::collect(connection, self.kept())).await?;
        Ok(true)
    }

    /// The ledger forgets what is older than its retention, in steps.
    pub(super) async fn forget(&self, connection: &Connection) -> Result<()> {
        let prune = self.ledger.prune(self.spec.ledger_retention);
        loop {
            if connection.count("prune the ledger", &prune).await? < FORGOTTEN_AT_ONCE {
                return Ok(());
            }
        }
    }

    pub(super) async fn tables(&self, connection: &Connection) -> Result<Vec<Found>> {
        let sink = &self.connector.spec().sink;
        let prefix = name_prefix(&sink.id);
        let parameters: [&(dyn ToSql + Sync); 3] = [&sink.staging_schema, &prefix, &MARK];
        let rows = connection.query("list the staging tables", catalog::STAGING_TABLES, &parameters).await?;
        let mut found = Vec::new();
        for row in rows {
            let name: String = row.get(0);
            let attempt = name.get(prefix.len()..prefix.len() + TOKEN_LENGTH).unwrap_or_default().to_owned();
            found.push(Found {
                name: TableName::new(&sink.staging_schema, &name)?,
                attempt,
                marked: row.get(1),
            });
        }
        Ok(found)
    }

    async fn remove(&self, connection: &Connection, table: &Found) -> Result<()> {
        let name = table.name.quoted();
        let what = format!("remove staging table {name} of an earlier attempt");
        let query = format!(
            "SELECT {}, extract(epoch FROM pg_catalog.clock_timestamp())::bigint",
            is_empty(&table.name)
        );
        let row = connection.query_one(&what, &query, &[]).await?;
        let (empty, now): (bool, i64) = (row.get(0), row.get(1));
        let marked = table.marked.map(|ago| Duration::from_secs(u64::try_from(ago).unwrap_or_default()));
        match fate(empty, marked, self.spec.staging_retention) {
            Fate::Stays => Ok(()),
            Fate::IsMarked => {
                let mark = literal(&format!("{MARK}{now}"));
                connection.execute(&what, &format!("COMMENT ON TABLE {name} IS {mark}")).await
            }
            Fate::Goes => {
                if !empty {
                    log::warn!(target: "commit", "{name} of an earlier attempt is removed with rows that nobody published");
                }
                connection.execute(&what, &format!("DROP TABLE IF EXISTS {name}")).await
            }
        }
    }
}
