//! Merges of several sinks, or of the writers of one, into one target: which of them wait for each other.
//!
//! A merge deletes its keys and inserts their rows. Of two at the same moment neither sees what the other inserts, so
//! each key that both have would be there twice. Promise: it never is. Where a unique index of the target covers the
//! key, that finds it, and the merge that is refused comes again with other writers locked out, which therefore
//! succeeds. Elsewhere merges into the target follow each other by an advisory lock. Whoever waits for that holds
//! nothing, and goes on waiting as long as the one who has it is at work. Nothing is registered: a session that ends
//! has no lock.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio_postgres::SimpleQueryMessage;

use crate::connection::activity::Activity;
use crate::connection::backoff::Backoff;
use crate::connection::connection::{Connection, Purpose};
use crate::connection::retries::is_collision;
use crate::error::{Error, Kind, Result};
use crate::failpoint;
use crate::open::target::Target;
use crate::sql::{Dialect, TableName, merge_lock};

/// Pauses between tries.
const PAUSES: Backoff = Backoff::new(Duration::from_millis(10), Duration::from_millis(500));

/// After so long a wait new tables had better go to another connection.
const LONG: Duration = Duration::from_secs(1);

/// A server that has no advisory locks says that it knows no such function, or does not support it.
const NO_ADVISORY_LOCKS: [&str; 2] = ["42883", "0A000"];

/// True where the catalog allows that rows of a merge go straight into the target: its own index refuses a key's second
/// row.
pub(super) fn may_fill(target: &Target, dialect: Dialect) -> bool {
    target.fills && !is_needed(target.keeps_single, dialect)
}

/// True where merges into the table must follow each other; `keeps_single` = a unique index refuses a key's second row.
pub(crate) fn is_needed(keeps_single: bool, dialect: Dialect) -> bool {
    !(keeps_single && dialect.enforces_unique())
}

/// Whether the server has advisory locks, of which one is not known by its version.
#[derive(Debug, Default)]
pub(crate) struct AdvisoryLocks(AtomicBool);

impl AdvisoryLocks {
    fn are_missing(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn miss(&self, error: &Error) {
        self.0.store(true, Ordering::Relaxed);
        log::info!(target: "flush", "{}; the targets are locked against all writers instead", error.chain());
    }
}

/// What a merge locks before its first statement.
#[derive(Debug, Default)]
pub(crate) struct MergeLocks {
    /// Targets into which one merge goes at a time.
    alone: BTreeSet<TableName>,
    /// Targets where another writer's key was in the way.
    exclusive: BTreeSet<TableName>,
}

impl MergeLocks {
    pub(crate) fn new(alone: impl Iterator<Item = TableName>) -> Self {
        MergeLocks { alone: alone.collect(), exclusive: BTreeSet::new() }
    }

    /// The next try has the target for itself among merges.
    pub(crate) fn alone(&mut self, target: &TableName) {
        self.alone.insert(target.clone());
    }

    /// The next try has the target for itself among all writers.
    pub(crate) fn exclude_writers(&mut self, target: &TableName) {
        self.exclusive.insert(target.clone());
    }

    /// Where the error is that a key was there already, the next try has the targets for itself among all writers.
    pub(crate) fn collided<'a>(&mut self, error: &Error, targets: impl IntoIterator<Item = &'a TableName>) {
        if is_collision(error) {
            self.exclusive.extend(targets.into_iter().cloned());
        }
    }

    /// Of a target that turned out to have no unique index any more.
    ///
    /// # Errors
    /// Kind `Contention` where it was merged without a lock: the next try has one.
    pub(crate) fn hold_or_come_again(&mut self, target: &TableName) -> Result<()> {
        if self.alone.contains(target) || self.exclusive.contains(target) {
            return Ok(());
        }
        self.alone.insert(target.clone());
        let text = format!("merge into {}: its unique index was dropped meanwhile", target.quoted());
        Err(Error::new(Kind::Contention, text))
    }

    /// Takes the locks, in a transaction that has none of a target yet; false where another merge has one of them: then
    /// the transaction is to be rolled back.
    pub(crate) async fn take(&self, connection: &Connection, advisory: &AdvisoryLocks) -> Result<bool> {
        if !self.exclusive.is_empty() {
            let exclusive: Vec<_> = self.exclusive.iter().collect();
            let what = merge_into(&exclusive);
            let statement = merge_lock::exclude_writers(&exclusive);
            wait(connection, &what, &statement).await?;
        }
        let alone: Vec<_> = self.alone.difference(&self.exclusive).collect();
        if alone.is_empty() {
            return Ok(true);
        }
        let what = merge_into(&alone);
        if advisory.are_missing() {
            return match wait(connection, &what, &merge_lock::alone_by_table(&alone)).await {
                Err(error) if error.sqlstate() == Some("55P03") => Ok(false),
                taken => taken.map(|_| true),
            };
        }
        let statements = format!("{}; {}", merge_lock::pin(&alone), merge_lock::try_alone(&alone));
        match wait(connection, &what, &statements).await {
            Err(error) if error.sqlstate().is_some_and(|code| NO_ADVISORY_LOCKS.contains(&code)) => {
                advisory.miss(&error);
                Ok(false)
            }
            answer => Ok(first(&answer?) == Some("t")),
        }
    }
}

/// Waits for the answer, which may take as long as a lock of the table does.
async fn wait(connection: &Connection, what: &str, statements: &str) -> Result<Vec<SimpleQueryMessage>> {
    connection.simple_query(Purpose::Long(what), statements).await
}

fn first(answer: &[SimpleQueryMessage]) -> Option<&str> {
    answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    })
}

fn merge_into(targets: &[&TableName]) -> String {
    let names: Vec<_> = targets.iter().map(|target| target.quoted()).collect();
    format!("merge into {}", names.join(", "))
}

/// A merge that waits for others, without a transaction.
#[derive(Debug)]
pub(crate) struct Waiting {
    /// When it began, or it was last seen that the wait is for somebody who works.
    since: Instant,
    began: Instant,
    pauses: Backoff,
}

impl Waiting {
    pub(crate) fn begin() -> Self {
        let now = Instant::now();
        Waiting { since: now, began: now, pauses: PAUSES }
    }

    /// Waits until it is to be tried again.
    ///
    /// # Errors
    /// Kind `Contention` where for as long as a lock is waited for one session has had it and does nothing.
    pub(crate) async fn again(&mut self, connection: &Connection, locks: &MergeLocks) -> Result<()> {
        failpoint::hit("merge.waits")?;
        let spec = connection.spec();
        let limit = if spec.lock_timeout.is_zero() { spec.stall_timeout } else { spec.lock_timeout };
        let alone: Vec<_> = locks.alone.iter().collect();
        let what = || format!("{}: wait for another merge", merge_into(&alone));
        if self.since.elapsed() >= limit {
            if let Some(holder) = self.holder(connection, &alone).await? {
                let activity = Box::pin(connection.activity_of(holder, spec.connection_timeout)).await;
                let waited = self.began.elapsed();
                if !matches!(activity, Activity::Runs { .. }) {
                    let text = format!("{}, for {waited:.0?}, by session {holder}: {activity}", what());
                    return Err(Error::new(Kind::Contention, text));
                }
                log::warn!(target: "flush", "{}, for {waited:.0?}, by session {holder}: {activity}", what());
            }
            self.since = Instant::now();
        }
        let stuck = (self.began.elapsed() >= LONG).then(|| connection.stand_still());
        tokio::time::sleep(self.pauses.pause()).await;
        drop(stuck);
        Ok(())
    }

    async fn holder(&self, connection: &Connection, targets: &[&TableName]) -> Result<Option<i32>> {
        let answer = wait(connection, "ask who merges", &merge_lock::holders(targets)).await?;
        Ok(first(&answer).and_then(|pid| pid.parse().ok()))
    }
}
