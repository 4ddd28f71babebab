//! Merge: rows are staged in temporary tables of the connection, and a flush replaces the target's rows of their keys.
//!
//! Promise: a transaction commits whole or not at all; success is returned only after every COMMIT was answered, and
//! COMMIT is sent only after every other answer arrived; replaying a merge changes nothing. A merge that lost a
//! deadlock or a lock wait is repeated, and any is committed only where the staging tables held exactly what was
//! acknowledged: on an MPP a temp table can vanish while its session lives, and a merge of nothing would commit and
//! lose the rows. A table without rows costs nothing.

mod apart;
pub(crate) mod at_work;
mod course;
mod wait_for_others;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_postgres::{SimpleQueryMessage, Statement};

use self::course::{Course, Done};
use super::TABLES_PER_TRANSACTION;
use super::changed_definition::{Destination, Planned, compare, follow};
use super::loaded_table::{LoadedTable, PreparedTable};
use super::merge_lock::{self, AdvisoryLocks, MergeLocks, Waiting};
use crate::connection::backoff::Backoff;
use crate::connection::connection::{Connection, Purpose};
use crate::connection::connector::Connector;
use crate::connection::grace::Known;
use crate::connection::retries::{Limit, Retries};
use crate::connection::settings::lock_timeout;
use crate::copy::Format;
use crate::error::{Error, Kind, Result};
use crate::failpoint;
use crate::open::definition::Definition;
use crate::open::target::Target;
use crate::policy::Situation;
use crate::registration::fence::Fence;
use crate::spec::ErrorRowsAction;
use crate::sql::{BEGIN, Dialect, FenceSql, MergeSql, TableName};

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

/// How one table's rows are merged.
#[derive(Debug)]
pub(crate) struct Merge {
    sql: MergeSql,
    copy: String,
    /// No other merge into the target goes beside it.
    alone: bool,
}

impl Merge {
    /// # Errors
    /// Kind `Config` for columns whose names leave none for operation and sequence number.
    pub(crate) fn new(
        id: u32,
        name: &TableName,
        target: &Target,
        (format, dialect): (Format, Dialect),
    ) -> Result<Self> {
        let (columns, keys) = (target.staged_columns.clone(), target.keys.clone());
        let sql = MergeSql::new(name.clone(), id, columns, keys, (target.overriding, target.by))?
            .marking(target.soft_delete.clone())
            .comparing(target.equalities.clone());
        let (copy, alone) = (sql.copy(format), merge_lock::is_needed(target.keeps_single, dialect));
        Ok(Merge { sql, copy, alone })
    }
}

/// What the merges of all connections of a writer have in common.
#[derive(Clone)]
pub(crate) struct Merging {
    pub(crate) fence: Arc<Fence>,
    pub(crate) advisory_locks: Arc<AdvisoryLocks>,
    pub(crate) connector: Arc<Connector>,
    pub(crate) at_work: Arc<at_work::AtWork>,
}

/// The tables of a connection whose rows are merged.
pub(crate) struct Merges<T> {
    pub(super) tables: HashMap<u32, Staged<T>>,
    /// Rows of all of them that are not merged.
    held: u64,
    writer: Merging,
}

/// A table whose rows are merged, with its staging table.
pub(super) struct Staged<T> {
    pub(super) prepared: PreparedTable<T>,
    merge: Arc<Merge>,
    /// Rows staged since the staging table was truncated.
    rows_since_truncate: u64,
}

impl<T: LoadedTable> Staged<T> {
    /// The statements of its merge.
    fn sql<'a>(&'a self, course: &'a Course) -> &'a MergeSql {
        course.sql(self.prepared.table.id(), &self.merge.sql)
    }

    fn emptied_at_once(&self) -> bool {
        self.rows_since_truncate > DELETED_ROWS
    }

    fn leaves_out_rows(&self) -> bool {
        self.prepared.table.spec().error_rows != ErrorRowsAction::Fail
    }

    fn proof(&self, dialect: Dialect) -> Proof {
        if !self.emptied_at_once() && dialect.counts_deleted_rows() { Proof::Emptying } else { Proof::Count }
    }
}

impl<T: LoadedTable> Merges<T> {
    pub(super) fn new(writer: Merging) -> Self {
        Merges { tables: HashMap::new(), held: 0, writer }
    }

    pub(super) async fn begin_copy(
        &mut self,
        connection: &Connection,
        table: &Arc<T>,
        (merge, definition): (&Arc<Merge>, &Arc<Definition>),
    ) -> Result<Statement> {
        let known = self.tables.get(&table.id());
        if let Some(ready) = known.map(|known| known.prepared.copy_for(definition)).transpose()?.flatten() {
            return Ok(ready);
        }
        let name = table.name().quoted();
        // A staging table that is there already has the columns of an older schema.
        let drop = if known.is_some() { merge.sql.drop_staging() + "; " } else { String::new() };
        let create = drop + &merge.sql.create_staging();
        connection.execute(&format!("create the staging table of {name}"), &create).await?;
        let copy = connection.prepare(&format!("prepare COPY for {name}"), &merge.copy).await?;
        let prepared = PreparedTable::new(table, definition, copy.clone());
        let staged = Staged { prepared, merge: Arc::clone(merge), rows_since_truncate: 0 };
        self.tables.insert(table.id(), staged);
        Ok(copy)
    }

    /// So many rows more of a table are staged; `None` where it is not prepared.
    pub(super) fn count(&mut self, id: u32, rows: u64) -> Option<()> {
        let staged = self.tables.get_mut(&id)?;
        staged.prepared.rows += rows;
        staged.rows_since_truncate += rows;
        self.held += rows;
        Some(())
    }

    pub(super) fn held(&self) -> u64 {
        self.held
    }

    pub(super) fn has_rows(&self, id: u32) -> bool {
        self.tables.get(&id).is_some_and(|staged| staged.prepared.rows > 0)
    }

    /// Forgets a table that has no rows here; the statement that drops its staging table.
    pub(super) fn give_up(&mut self, id: u32) -> Option<String> {
        self.tables.remove(&id).map(|staged| staged.merge.sql.drop_staging())
    }

    /// Merges everything that was staged.
    pub(super) async fn merge(&mut self, connection: &Connection) -> Result<()> {
        let mut loaded: Vec<_> = self.tables.values_mut().filter(|staged| staged.prepared.rows > 0).collect();
        // Always the same order, so that two sinks never lock the same targets crosswise.
        loaded.sort_by(|a, b| a.prepared.table.name().cmp(b.prepared.table.name()));
        for tables in loaded.chunks_mut(TABLES_PER_TRANSACTION) {
            let merged: Vec<&Staged<T>> = tables.iter().map(|staged| &**staged).collect();
            let done =
                Transaction { connection, writer: &self.writer, tables: merged }.merge_with_retries().await?;
            for (staged, Done { took, left_out }) in tables.iter_mut().zip(done) {
                if staged.emptied_at_once() {
                    staged.rows_since_truncate = 0;
                }
                self.held -= staged.prepared.rows;
                if !left_out.is_empty() {
                    staged.prepared.rows -= left_out.values().sum::<u64>();
                    staged.prepared.table.left_out(&left_out)?;
                }
                staged.prepared.flushed(took);
            }
        }
        Ok(())
    }
}

/// Some tables that are merged together.
struct Transaction<'a, T> {
    connection: &'a Connection,
    writer: &'a Merging,
    tables: Vec<&'a Staged<T>>,
}

impl<T: LoadedTable> Transaction<'_, T> {
    async fn merge_with_retries(&self) -> Result<Vec<Done>> {
        let mut retries = Retries::new(
            Situation::Merge,
            ("flush", "the merge"),
            (MERGE_RETRIES, PAUSES),
            (&self.writer.connector.grace, Known::Rows),
        );
        let alone = self.tables.iter().filter(|staged| staged.merge.alone);
        let mut locks = MergeLocks::new(alone.map(|staged| staged.prepared.table.name().clone()));
        let mut waiting = Waiting::begin();
        let mut course = Course::default();
        let _working = self.writer.at_work.begin();
        loop {
            failpoint::hit("flush.before-merge")?;
            let merged = match self.merge(&mut locks, &mut course).await {
                Ok(None) => {
                    self.connection.execute(Purpose::Long("roll back a merge"), "ROLLBACK").await?;
                    waiting.again(self.connection, &locks).await.map(|()| None)
                }
                merged => merged,
            };
            let error = match merged {
                Ok(Some(done)) => return Ok(done),
                Ok(None) => continue,
                Err(error) => error,
            };
            waiting = Waiting::begin();
            if self.waited_for_others(&error, &mut course).await? {
                continue;
            }
            if !course.apart && self.tells_apart(&error) {
                course.apart = true;
                // A row that another writer brings meanwhile is no fault of the one that meets it.
                self.lenient().for_each(|staged| locks.exclude_writers(staged.prepared.table.name()));
                log::debug!(target: "flush", "{}; rows are told apart", error.chain());
                self.connection.execute(Purpose::Long("roll back a merge"), "ROLLBACK").await?;
                continue;
            }
            let again = retries.decide(error)?;
            self.connection.execute(Purpose::Long("roll back a merge"), "ROLLBACK").await?;
            again.wait().await;
        }
    }

    /// Tables of which rows are left out that the server refuses.
    fn lenient(&self) -> impl Iterator<Item = &Staged<T>> {
        let lenient = |staged: &&&Staged<T>| staged.leaves_out_rows();
        self.tables.iter().filter(lenient).copied()
    }

    /// Nothing where another merge is in the way, before anything was done.
    async fn merge(&self, locks: &mut MergeLocks, course: &mut Course) -> Result<Option<Vec<Done>>> {
        // It is about our own tables: where they are gone, only staging the rows again helps.
        let verified = self.verify_staging(course.apart).await;
        verified.map_err(|error| match error.sqlstate() {
            Some("42P01") => error.judged(Situation::Copy),
            _ => error,
        })?;
        if !locks.take(self.connection, &self.writer.advisory_locks).await? {
            return Ok(None);
        }
        let mut unique = Vec::with_capacity(self.tables.len());
        for staged in &self.tables {
            unique.push(staged.prepared.table.flush_is_unique().await?);
        }
        let done = match course.apart {
            false => self.merge_whole(&unique, course, locks).await?,
            true => Box::pin(self.merge_apart(&unique, course)).await?,
        };
        failpoint::hit("flush.in-transaction")?;
        // Last: what the statements have locked stays as it is until the transaction ends.
        let merged = self.tables.iter().map(|staged| Planned::new(&staged.prepared, Destination::Merge));
        let anew = compare(self.connection, merged.collect()).await?;
        course.follow(
            self.tables.iter().map(|staged| (staged.prepared.table.id(), &staged.merge.sql)),
            &anew,
        )?;
        for anew in &anew {
            if merge_lock::is_needed(anew.keeps_single, self.connection.dialect()) {
                locks.hold_or_come_again(anew.table.name())?;
            }
        }
        let committed = self.connection.execute(Purpose::Long("commit the merge"), "COMMIT").await;
        // A deferred constraint is checked only now.
        let names = self.tables.iter().map(|staged| staged.prepared.table.name());
        committed.inspect_err(|error| locks.collided(error, names))?;
        failpoint::hit("flush.after-commit")?;
        follow(anew);
        Ok(Some(done))
    }

    /// All statements are under way before the first answer is awaited: a round trip per transaction, not per table.
    async fn merge_whole(
        &self,
        unique: &[bool],
        course: &Course,
        locks: &mut MergeLocks,
    ) -> Result<Vec<Done>> {
        let statements = self.tables.iter().zip(unique).map(|(staged, unique)| {
            let sql = staged.sql(course);
            let clear = sql.clear_staging(staged.emptied_at_once());
            format!("{}; {clear}", sql.merge(*unique))
        });
        let mut answers = self.connection.pipeline(statements);
        let mut all = Vec::with_capacity(self.tables.len());
        for staged in &self.tables {
            let (began, name) = (Instant::now(), staged.prepared.table.name());
            let what = format!("merge into {}", name.quoted());
            let done = answers.next(Purpose::Long(&what)).await;
            let done = done.inspect_err(|error| locks.collided(error, [name]))?;
            if staged.proof(self.connection.dialect()) == Proof::Emptying {
                staged_rows(&staged.prepared, last_count(&done).as_deref())?;
            }
            all.push(Done { took: began.elapsed(), ..Done::default() });
        }
        Ok(all)
    }

    /// Begins the transaction and makes sure that it sees the session it is about, and the rows where nothing says so
    /// later.
    async fn verify_staging(&self, apart: bool) -> Result<()> {
        let fence = self.writer.fence.held();
        let mut columns = vec!["pg_catalog.pg_backend_pid()".to_owned()];
        columns.push(fence.map_or("1".to_owned(), FenceSql::count_own));
        let dialect = self.connection.dialect();
        let counted = || self.tables.iter().filter(|staged| apart || staged.proof(dialect) == Proof::Count);
        columns.extend(counted().map(|staged| staged.merge.sql.count_staged()));
        // A statement of its own: what comes after the lock sees whatever was registered before it.
        // While it waits it is a running statement, which the one that registers may itself wait for.
        let wait = FENCE_WAIT.as_millis();
        let lock = fence.map_or_else(String::new, |fence| {
            let (lock, usual) = (fence.lock_for_merge(), lock_timeout(self.connection.spec(), dialect));
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
            return Err(fenced(fence));
        }
        for (index, staged) in counted().enumerate() {
            staged_rows(&staged.prepared, row.and_then(|row| row.get(index + 2)))?;
        }
        Ok(())
    }
}

/// Somebody has taken this writer's place.
pub(super) fn fenced(fence: &FenceSql) -> Error {
    let text = format!(
        "a later attempt of this writer has registered at {}, so what this one staged is not merged",
        fence.table().quoted()
    );
    Error::new(Kind::Fenced, text)
}

/// The rows that the last of several statements says it was about.
fn last_count(answer: &[SimpleQueryMessage]) -> Option<String> {
    answer.iter().rev().find_map(|message| match message {
        SimpleQueryMessage::CommandComplete(rows) => Some(rows.to_string()),
        _ => None,
    })
}

/// An error where a staging table held other rows than those acknowledged; the merge is then not committed.
fn staged_rows(prepared: &PreparedTable<impl LoadedTable>, found: Option<&str>) -> Result<()> {
    let expected = prepared.rows.to_string();
    if found == Some(expected.as_str()) {
        return Ok(());
    }
    let what = format!("the staged rows of {}", prepared.table.name().quoted());
    changed(&what, &expected, found.unwrap_or("nothing"))
}

fn changed(what: &str, expected: &str, found: &str) -> Result<()> {
    let text = format!("{what} changed before the merge: expected {expected}, found {found}");
    Err(Error::new(Kind::Connection, text))
}
