//! Making rows visible: COMMIT in append mode, one idempotent transaction in merge mode.
//!
//! Promise: a transaction commits whole or not at all; success is returned only after every COMMIT was answered, and
//! COMMIT is sent only after every other answer arrived; replaying a merge changes nothing. A merge that lost a
//! deadlock or a lock wait is repeated, but only where the staging tables still hold exactly what was acknowledged:
//! on an MPP a temp table can vanish while its session lives, and a merge of nothing would commit and lose the rows.

use std::time::{Duration, Instant};

use tokio_postgres::SimpleQueryMessage;

use super::connect::Connector;
use super::lane::{BEGIN, Lane, Staged};
use super::table::Load;
use crate::error::{Error, Kind, Result};
use crate::failpoint;
use crate::metrics::TableMetrics;

/// Tables in one merge transaction: each takes about nine locks, and `max_locks_per_transaction` has a default of 64.
const TABLES_PER_TRANSACTION: usize = 50;

/// How often a merge that lost against other sessions is repeated, with pauses from 50 ms doubling to 2 s.
const MERGE_RETRIES: u32 = 10;

impl Lane {
    /// Everything sent so far becomes visible.
    pub(super) async fn flush(&mut self, connector: &Connector) -> Result<()> {
        let started = Instant::now();
        self.finish_copy(connector).await?;
        let mut loaded: Vec<u32> =
            self.staged.iter().filter(|(_, staged)| staged.rows > 0).map(|(id, _)| *id).collect();
        // Always the same order, so that two sinks never lock the same targets crosswise.
        loaded.sort_by_key(|id| self.staged.get(id).map(|staged| staged.table.name.clone()));
        for tables in loaded.chunks(TABLES_PER_TRANSACTION) {
            self.merge_with_retries(connector, tables).await?;
            for id in tables {
                if let Some(staged) = self.staged.get_mut(id) {
                    count(staged, started);
                    staged.rows = 0;
                }
            }
        }
        if self.in_transaction {
            failpoint::hit("flush.in-transaction")?;
            self.execute(connector, "commit the appended rows", "COMMIT").await?;
            failpoint::hit("flush.after-commit")?;
            self.in_transaction = false;
            for (_, appended) in self.appended.drain() {
                count(&appended, started);
            }
        }
        Ok(())
    }

    async fn merge_with_retries(&self, connector: &Connector, tables: &[u32]) -> Result<()> {
        let mut pause = Duration::from_millis(50);
        for retry in 0.. {
            failpoint::hit("flush.before-merge")?;
            match self.merge(connector, tables).await {
                Err(error) if error.kind().is_retryable() && retry < MERGE_RETRIES => {
                    self.execute(connector, "roll back a merge", "ROLLBACK").await?;
                    log::warn!(target: "flush", "{}; the merge is repeated in {pause:?}", error.chain());
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(2));
                }
                result => return result,
            }
        }
        unreachable!("the last retry returns")
    }

    async fn merge(&self, connector: &Connector, tables: &[u32]) -> Result<()> {
        let staged: Vec<&Staged> = tables.iter().filter_map(|id| self.staged.get(id)).collect();
        self.verify_staging(connector, &staged).await?;
        for table in &staged {
            let Some(Load::Merge { sql, .. }) = table.table.opened.get().map(|opened| &opened.load) else {
                return Err(Error::new(Kind::Internal, "a staged table without merge statements"));
            };
            let what = format!("merge into {}", table.table.name.quoted());
            let unique = table.table.flush_is_unique();
            let statements = format!("{}; {}; {}", sql.delete(), sql.insert(unique), sql.clear_staging());
            self.execute(connector, &what, &statements).await?;
        }
        failpoint::hit("flush.in-transaction")?;
        self.execute(connector, "commit the merge", "COMMIT").await?;
        failpoint::hit("flush.after-commit")
    }

    /// Begins the transaction and makes sure that it sees the session and the rows it is about.
    async fn verify_staging(&self, connector: &Connector, staged: &[&Staged]) -> Result<()> {
        let mut columns = vec!["pg_catalog.pg_backend_pid()".to_owned()];
        let mut expected = vec![self.connected.backend_pid.to_string()];
        for table in staged {
            if let Some(Load::Merge { sql, .. }) = table.table.opened.get().map(|opened| &opened.load) {
                columns.push(sql.count_staged());
                expected.push(table.rows.to_string());
            }
        }
        let query = format!("{BEGIN}; SELECT {}", columns.join(", "));
        let asked = self.connected.client.simple_query(&query);
        let found = self.answer(connector, "verify the staged rows", asked).await?;
        let found: Vec<String> = found
            .iter()
            .find_map(|message| match message {
                SimpleQueryMessage::Row(row) => {
                    Some((0..row.len()).map(|i| row.get(i).unwrap_or_default().to_owned()).collect())
                }
                _ => None,
            })
            .unwrap_or_default();
        if found == expected {
            return Ok(());
        }
        Err(Error::new(
            Kind::Connection,
            format!("the staging tables changed before the merge: expected {expected:?}, found {found:?}"),
        ))
    }
}

fn count(loaded: &Staged, started: Instant) {
    let metrics = &loaded.table.metrics;
    TableMetrics::add(&metrics.rows_committed, loaded.rows);
    TableMetrics::add(&metrics.flushes, 1);
    let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    metrics.last_flush_micros.store(micros, std::sync::atomic::Ordering::Relaxed);
    log::debug!(target: "flush", "{}: {} rows visible", loaded.table.name.quoted(), loaded.rows);
}
