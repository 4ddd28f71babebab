//! Making rows visible: COMMIT in append mode, idempotent transactions in merge mode.
//!
//! Promise: a transaction commits whole or not at all; success is returned only after every COMMIT was answered, and
//! COMMIT is sent only after every other answer arrived; replaying a merge changes nothing. A merge that lost a
//! deadlock or a lock wait is repeated, and any is committed only where the staging tables held exactly what was
//! acknowledged: on an MPP a temp table can vanish while its session lives, and a merge of nothing would commit and
//! lose the rows. A table without rows costs nothing.

use std::time::{Duration, Instant};

use tokio_postgres::SimpleQueryMessage;

use super::changed_definition::plan_anew;
use super::copy_stream::{CopyStream, PreparedTable, TABLES_PER_TRANSACTION};
use super::table_loader::Load;
use crate::connection::backoff::Backoff;
use crate::connection::connection::Purpose;
use crate::connection::grace::Known;
use crate::connection::retries::{Limit, Retries};
use crate::connection::settings::lock_timeout;
use crate::delivery::merge_lock::{MergeLocks, Waiting};
use crate::error::{Error, Kind, Result};
use crate::failpoint;
use crate::policy::Situation;
use crate::sql::{BEGIN, Dialect, FenceSql, MergeSql};

/// How often a merge that lost against other sessions is repeated.
const MERGE_RETRIES: Limit = Limit::Times(10);
const PAUSES: Backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(2));

/// How long a merge waits at a time for a writer that registers; then it is repeated.
const FENCE_WAIT: Duration = Duration::from_secs(2);

/// A staging table that has seen no more rows than this is emptied by DELETE, any other by TRUNCATE. A truncated table
/// gets a new file and new catalog rows each time, which for a few rows costs more than the dead rows that stay.
const DELETED_ROWS: u64 = 5000;

/// How a merge learns whether the staging table still holds what was acknowledged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// A question before it.
    Count,
    /// What the DELETE that empties the table says behind it: a thousand small tables are not read once more.
    Emptying,
}

impl PreparedTable {
    fn emptied_at_once(&self) -> bool {
        self.rows_since_truncate > DELETED_ROWS
    }

    fn proof(&self, dialect: Dialect) -> Proof {
        if !self.emptied_at_once() && dialect.counts_deleted_rows() { Proof::Emptying } else { Proof::Count }
    }
}

impl CopyStream {
    /// Everything sent so far becomes visible.
    pub(super) async fn flush(&mut self) -> Result<()> {
        match Box::pin(self.flush_all()).await {
            Err(error) => Err(self.explained(error, None).await),
            done => done,
        }
    }

    async fn flush_all(&mut self) -> Result<()> {
        self.finish_copy().await?;
        // First: a staging COPY may have joined the open transaction, and a merge begins one of its own.
        self.commit_appended().await?;
        self.precommit().await?;
        let mut loaded: Vec<u32> =
            self.prepared.iter().filter(|(_, prepared)| prepared.rows > 0).map(|(id, _)| *id).collect();
        // Always the same order, so that two sinks never lock the same targets crosswise.
        loaded.sort_by_key(|id| self.prepared.get(id).map(|prepared| prepared.loader.name.clone()));
        for tables in loaded.chunks(TABLES_PER_TRANSACTION) {
            let took = self.merge_with_retries(tables).await?;
            for (id, took) in tables.iter().zip(took) {
                if let Some(prepared) = self.prepared.get_mut(id) {
                    if prepared.emptied_at_once() {
                        prepared.rows_since_truncate = 0;
                    }
                    self.held -= prepared.rows;
                    prepared.loader.flushed(std::mem::take(&mut prepared.rows), took);
                }
            }
        }
        Ok(())
    }

    /// How long each table took.
    async fn merge_with_retries(&self, tables: &[u32]) -> Result<Vec<Duration>> {
        let mut retries = Retries::new(
            Situation::Merge,
            ("flush", "the merge"),
            (MERGE_RETRIES, PAUSES),
            (&self.writer.connector.grace, Known::Rows),
        );
        let mut locks = self.merge_locks(tables);
        let mut waiting = Waiting::begin();
        loop {
            failpoint::hit("flush.before-merge")?;
            let merged = match self.merge(tables, &mut locks).await {
                Ok(None) => {
                    self.connection.execute(Purpose::Long("roll back a merge"), "ROLLBACK").await?;
                    waiting.again(&self.connection, &locks).await.map(|()| None)
                }
                merged => merged,
            };
            let error = match merged {
                Ok(Some(took)) => return Ok(took),
                Ok(None) => continue,
                Err(error) => error,
            };
            waiting = Waiting::begin();
            let again = retries.decide(error)?;
            self.connection.execute(Purpose::Long("roll back a merge"), "ROLLBACK").await?;
            again.wait().await;
        }
    }

    fn merge_locks(&self, tables: &[u32]) -> MergeLocks {
        let alone =
            |prepared: &&PreparedTable| matches!(prepared.opened.load, Load::Merge { alone: true, .. });
        let prepared = tables.iter().filter_map(|id| self.prepared.get(id)).filter(alone);
        MergeLocks::new(prepared.map(|prepared| prepared.loader.name.clone()))
    }

    /// How long each table took; nothing where another merge is in the way, before anything was done.
    async fn merge(&self, tables: &[u32], locks: &mut MergeLocks) -> Result<Option<Vec<Duration>>> {
        let mut staged: Vec<(&PreparedTable, &MergeSql)> = Vec::new();
        for id in tables {
            match self.prepared.get(id).map(|prepared| (prepared, &prepared.opened.load)) {
                Some((prepared, Load::Merge { sql, .. })) => staged.push((prepared, sql)),
                _ => return Err(Error::new(Kind::Internal, "a staged table without merge statements")),
            }
        }
        // It is about our own tables: where they are gone, only staging the rows again helps.
        let verified = self.verify_staging(&staged).await;
        verified.map_err(|error| match error.sqlstate() {
            Some("42P01") => error.judged(Situation::Copy),
            _ => error,
        })?;
        if !locks.take(&self.connection, &self.writer.advisory_locks).await? {
            return Ok(None);
        }
        // All statements are under way before the first answer is awaited: a round trip per transaction, not per table.
        let mut unique = Vec::with_capacity(staged.len());
        for (prepared, _) in &staged {
            unique.push(prepared.loader.flush_is_unique().await?);
        }
        let statements = staged.iter().zip(unique).map(|((prepared, sql), unique)| {
            let clear = sql.clear_staging(prepared.emptied_at_once());
            format!("{}; {}; {clear}", sql.delete(unique), sql.insert(unique))
        });
        let mut answers = self.connection.pipeline(statements);
        let mut took = Vec::with_capacity(staged.len());
        for (prepared, _) in &staged {
            let began = Instant::now();
            let what = format!("merge into {}", prepared.loader.name.quoted());
            let done = answers.next(Purpose::Long(&what)).await;
            let done = done.inspect_err(|error| locks.collided(error, [&prepared.loader.name]))?;
            if prepared.proof(self.connection.dialect()) == Proof::Emptying {
                staged_rows(prepared, last_count(&done).as_deref())?;
            }
            took.push(began.elapsed());
        }
        failpoint::hit("flush.in-transaction")?;
        // Last: what the statements have locked stays as it is until the transaction ends.
        let merged = staged.iter().map(|(prepared, _)| (&prepared.loader, &prepared.opened)).collect();
        let anew = self.compare(merged).await?;
        for (loader, opened) in &anew {
            if matches!(opened.load, Load::Merge { alone: true, .. }) {
                locks.hold_or_come_again(&loader.name)?;
            }
        }
        let committed = self.connection.execute(Purpose::Long("commit the merge"), "COMMIT").await;
        // A deferred constraint is checked only now.
        let names = staged.iter().map(|(prepared, _)| &prepared.loader.name);
        committed.inspect_err(|error| locks.collided(error, names))?;
        failpoint::hit("flush.after-commit")?;
        plan_anew(anew);
        Ok(Some(took))
    }

    /// Begins the transaction and makes sure that it sees the session it is about, and the rows where nothing says so
    /// later.
    async fn verify_staging(&self, staged: &[(&PreparedTable, &MergeSql)]) -> Result<()> {
        let fence = self.writer.fence.held();
        let mut columns = vec!["pg_catalog.pg_backend_pid()".to_owned()];
        columns.push(fence.map_or("1".to_owned(), FenceSql::count_own));
        let counted: Vec<_> = staged
            .iter()
            .filter(|(table, _)| table.proof(self.connection.dialect()) == Proof::Count)
            .collect();
        columns.extend(counted.iter().map(|(_, sql)| sql.count_staged()));
        // A statement of its own: what comes after the lock sees whatever was registered before it.
        // While it waits it is a running statement, which the one that registers may itself wait for.
        let wait = FENCE_WAIT.as_millis();
        let lock = fence.map_or_else(String::new, |fence| {
            let (lock, usual) =
                (fence.lock_for_merge(), lock_timeout(self.connection.spec(), self.connection.dialect()));
            format!("SET LOCAL lock_timeout TO {wait}; {lock}; SET LOCAL lock_timeout TO {usual}; ")
        });
        let query = format!("{BEGIN}; {lock}SELECT {}", columns.join(", "));
        let found = self.connection.simple_query(Purpose::Long("verify the staged rows"), &query).await?;
        let row = found.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let found = |column: usize| row.and_then(|row| row.get(column)).unwrap_or("nothing");
        let own = self.connection.backend_pid().to_string();
        if found(0) != own {
            return changed("the server's session", &own, found(0));
        }
        if let (Some(fence), false) = (fence, found(1) == "1") {
            let text = format!(
                "a later attempt of this writer has registered at {}, so what this one staged is not merged",
                fence.table().quoted()
            );
            return Err(Error::new(Kind::Fenced, text));
        }
        for (index, (prepared, _)) in counted.iter().enumerate() {
            staged_rows(prepared, row.and_then(|row| row.get(index + 2)))?;
        }
        Ok(())
    }
}

/// The rows that the last of several statements says it was about.
fn last_count(answer: &[SimpleQueryMessage]) -> Option<String> {
    answer.iter().rev().find_map(|message| match message {
        SimpleQueryMessage::CommandComplete(rows) => Some(rows.to_string()),
        _ => None,
    })
}

/// An error where a staging table held other rows than those acknowledged; the merge is then not committed.
fn staged_rows(prepared: &PreparedTable, found: Option<&str>) -> Result<()> {
    let expected = prepared.rows.to_string();
    if found == Some(expected.as_str()) {
        return Ok(());
    }
    let what = format!("the staged rows of {}", prepared.loader.name.quoted());
    changed(&what, &expected, found.unwrap_or("nothing"))
}

fn changed(what: &str, expected: &str, found: &str) -> Result<()> {
    let text = format!("{what} changed before the merge: expected {expected}, found {found}");
    Err(Error::new(Kind::Connection, text))
}
