//! Housekeeping: the ledger forgets old manifests, and staging tables of attempts that are gone go.
//!
//! Promise: only a table of an attempt that neither lives (it is not in the fence) nor belongs to the manifest just
//! committed is touched, and only after a manifest of living attempts was committed: by then Flink has given us
//! whatever it had recovered of older ones. It is done with the first manifest of each set of attempts, since with a
//! recovered one those that failed last still stand in the fence, and every ten minutes. An empty table goes at once. One with rows may be wanted by a savepoint
//! that was taken in the middle: it is marked, and goes when the mark is older than `sink.staging.retention`. What
//! fails here is a warning, since the commit is done.

use std::time::{Duration, Instant};

use tokio_postgres::types::ToSql;

use super::super::asking::Asking;
use super::super::staging::{existing, name_prefix};
use super::plan::PublishPlan;
use super::{Committer, State, Swept};
use crate::error::Result;
use crate::failpoint;
use crate::sql::{FenceSql, TOKEN_LENGTH, TableName, catalog, is_empty, literal};

/// How often.
const EVERY: Duration = Duration::from_secs(600);

/// What the comment of a table with rows that nobody claims begins with; the second it was found follows.
const MARK: &str = "pieclouddb-flink: nobody's since ";

struct Found {
    name: TableName,
    attempt: String,
    /// Seconds since it was marked.
    marked: Option<i64>,
}

impl Committer {
    /// After a commit; nothing here fails it.
    pub(super) async fn sweep_if_due(&self, state: &mut State, plan: &PublishPlan) {
        let recent = |last: &Swept| last.attempts == plan.attempts() && last.at.elapsed() < EVERY;
        if state.swept.as_ref().is_some_and(recent) {
            return;
        }
        let Some(connected) = &state.connected else { return };
        match self.sweep(self.asking(connected), plan).await {
            Ok(true) => {
                state.swept = Some(Swept { at: Instant::now(), attempts: plan.attempts().to_owned() });
            }
            Ok(false) => {}
            Err(error) => {
                log::warn!(target: "commit", "staging tables of earlier attempts stay: {}", error.chain());
                // Whatever transaction is open ends with it.
                state.connected = None;
            }
        }
    }

    /// False where it is too early.
    async fn sweep(&self, asking: Asking<'_>, plan: &PublishPlan) -> Result<bool> {
        failpoint::hit("commit.sweep")?;
        let sink = &self.pool.connector.spec().sink;
        // The tables first: one that is made meanwhile belongs to an attempt that registered before.
        let tables = self.tables(asking).await?;
        let fence = FenceSql::new(&sink.staging_schema, &sink.id, "", (0, 0))?;
        let name = (sink.staging_schema.clone(), fence.name().to_owned());
        if existing(asking, std::iter::once(&name)).await?.is_empty() {
            // No writer has opened a table so far.
            return Ok(false);
        }
        let query = fence.living();
        let asked = asking.connected.client.query(&query, &[]);
        let living = asking.answer("ask which writers live", asked).await?;
        let living: Vec<String> = living.iter().map(|row| row.get(0)).collect();
        let lives = |attempt: &str| living.iter().any(|token| token == attempt);
        if !plan.attempts().split(',').all(lives) {
            return Ok(false);
        }
        asking.execute("prune the ledger", &self.ledger.prune(self.spec.ledger_retention)).await?;
        for table in tables.iter().filter(|table| !lives(&table.attempt)) {
            self.remove(asking, table).await?;
        }
        Ok(true)
    }

    async fn tables(&self, asking: Asking<'_>) -> Result<Vec<Found>> {
        let sink = &self.pool.connector.spec().sink;
        let prefix = name_prefix(&sink.id);
        let parameters: [&(dyn ToSql + Sync); 3] = [&sink.staging_schema, &prefix, &MARK];
        let asked = asking.connected.client.query(catalog::STAGING_TABLES, &parameters);
        let rows = asking.answer("list the staging tables", asked).await?;
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

    async fn remove(&self, asking: Asking<'_>, table: &Found) -> Result<()> {
        let name = table.name.quoted();
        let what = format!("remove staging table {name} of an earlier attempt");
        let query = format!(
            "SELECT {}, extract(epoch FROM pg_catalog.clock_timestamp())::bigint",
            is_empty(&table.name)
        );
        let row = asking.answer(&what, asking.connected.client.query_one(&query, &[])).await?;
        let (empty, now): (bool, i64) = (row.get(0), row.get(1));
        let age = Duration::from_secs(u64::try_from(table.marked.unwrap_or_default()).unwrap_or_default());
        if empty || age >= self.spec.staging_retention {
            if !empty {
                log::warn!(target: "commit", "{name} of an earlier attempt is removed with rows that nobody published");
            }
            return asking.execute(&what, &format!("DROP TABLE IF EXISTS {name}")).await;
        }
        if table.marked.is_none() {
            let mark = literal(&format!("{MARK}{now}"));
            return asking.execute(&what, &format!("COMMENT ON TABLE {name} IS {mark}")).await;
        }
        Ok(())
    }
}
