//! The transaction that publishes a manifest.
//!
//! Promise: the ledger is locked first and read afterwards, by a later statement; staging tables are locked against
//! writers and must hold exactly the rows that were handed over; they are emptied in the same transaction, so that they
//! are full exactly as long as the ledger does not know the manifest; COMMIT is sent after every other answer arrived.
//! Locks are taken in the order ledger, staging by name, targets by name.

use std::collections::BTreeSet;

use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow};

use super::super::asking::Asking;
use super::super::connect::Connected;
use super::super::lane::BEGIN;
use super::super::lock_need;
use super::super::own_table;
use super::super::staging::existing;
use super::older::Later;
use super::plan::{PublishPlan, Source, publications};
use super::{Committer, State};
use crate::error::{Error, Kind, Result};
use crate::failpoint;
use crate::sql::{Ident, count_staged};

/// Tables per statement, so that none becomes too long.
const AT_ONCE: usize = 100;

impl Committer {
    pub(super) fn asking<'a>(&'a self, connected: &'a Connected) -> Asking<'a> {
        Asking { connector: &self.pool.connector, connected, queue: &self.queue }
    }

    pub(super) async fn try_once(&self, state: &mut State, plan: &PublishPlan) -> Result<()> {
        if state.connected.as_ref().is_none_or(|connected| connected.client.is_closed()) {
            state.connected = Some(self.pool.connector.connect().await?);
        }
        let Some(connected) = &state.connected else {
            return Err(Error::new(Kind::Internal, "no connection was kept"));
        };
        let asking = self.asking(connected);
        if !state.registered {
            self.register(asking).await?;
            state.registered = true;
        }
        match self.publish(asking, plan).await? {
            Some(later) => state.older.repeated(later),
            // An empty one may not have been entered although it was recovered.
            None if plan.is_empty() => {}
            None => state.older.published(),
        }
        Ok(())
    }

    /// From now on older committers of this sink commit nothing.
    async fn register(&self, asking: Asking<'_>) -> Result<()> {
        let names = (self.pool.connector.spec().sink.staging_schema.as_str(), self.ledger.name());
        let what = format!("ledger {}", self.ledger.table().quoted());
        let made = own_table::make(asking, names, &self.ledger.create()).await?;
        made.map_err(|error| Error::server(&what, error))?;
        let statements = format!("{BEGIN}; {}; {}", self.ledger.lock(), self.ledger.register());
        asking.execute(&what, &statements).await?;
        asking.execute(&what, "COMMIT").await
    }

    /// What was committed after the manifest, where it is in the ledger already.
    async fn publish(&self, asking: Asking<'_>, plan: &PublishPlan) -> Result<Option<Later>> {
        let table = self.ledger.table().quoted();
        failpoint::hit("commit.before")?;
        let (done, newest) = self.look(asking, plan.id()).await?;
        if done {
            log::info!(target: "commit", "manifest {} is in {table} already", plan.id());
            let later = self.later(asking, plan.id()).await?;
            asking.execute("end a commit", "ROLLBACK").await?;
            return Ok(Some(later));
        }
        if !newest {
            asking.execute("end a commit", "ROLLBACK").await?;
            let text = format!("a later committer of this sink has registered in {table}");
            return Err(Error::new(Kind::Fenced, text));
        }
        let sources = self.verified(asking, plan.sources().to_vec()).await?;
        failpoint::hit("commit.verified")?;
        for publication in publications(&sources)? {
            let what = format!("publish into {}", publication.target.quoted());
            asking.execute(&what, &publication.statements).await?;
        }
        for tables in sources.chunks(AT_ONCE) {
            asking.execute("empty the staging tables", &format!("TRUNCATE {}", names(tables))).await?;
        }
        let rows = sources.iter().map(|source| source.part.rows).sum();
        let enter = self.ledger.enter(plan.id(), plan.attempts(), rows);
        asking.execute(&format!("enter a manifest into {table}"), &enter).await?;
        failpoint::hit("commit.in-transaction")?;
        // Closing publishes nothing that was not on its way.
        self.pool.shared.usable()?;
        asking.execute("commit a manifest", "COMMIT").await?;
        failpoint::hit("commit.after-commit")?;
        log::debug!(target: "commit", "manifest {}: {rows} rows visible", plan.id());
        Ok(None)
    }

    /// Begins the transaction: is the manifest committed, is this committer the newest?
    async fn look(&self, asking: Asking<'_>, manifest: &str) -> Result<(bool, bool)> {
        let query = format!("{BEGIN}; {}; {}", self.ledger.lock(), self.ledger.look(manifest));
        self.ask_ledger(asking, &query, |row| Some((row.get(0)? == "t", row.get(1)? == "t"))).await
    }

    async fn later(&self, asking: Asking<'_>, manifest: &str) -> Result<Later> {
        let number = |row: &SimpleQueryRow, column| row.get(column)?.parse().ok();
        let later = |row: &SimpleQueryRow| Some(Later { manifests: number(row, 0)?, rows: number(row, 1)? });
        self.ask_ledger(asking, &self.ledger.later(manifest), later).await
    }

    async fn ask_ledger<T>(
        &self,
        asking: Asking<'_>,
        query: &str,
        read: impl FnOnce(&SimpleQueryRow) -> Option<T>,
    ) -> Result<T> {
        let what = format!("look into {}", self.ledger.table().quoted());
        let answer = asking.answer(&what, asking.connected.client.simple_query(query)).await?;
        first_row(&answer)
            .and_then(read)
            .ok_or_else(|| Error::new(Kind::Internal, format!("{what}: no answer to a question")))
    }

    /// Locks the staging tables and compares them with what was handed over; those that are to be published.
    async fn verified(&self, asking: Asking<'_>, mut sources: Vec<Source>) -> Result<Vec<Source>> {
        sources.sort_by(|a, b| a.name.cmp(&b.name));
        let targets = sources.iter().map(|source| &source.target).collect::<BTreeSet<_>>().len();
        lock_need::check(asking, sources.len(), targets).await?;
        let there = existing(asking, sources.iter().map(|source| &source.part.staging)).await?;
        let mut wrong: Vec<String> = Vec::new();
        let missing = |source: &Source| !there.contains(&source.part.staging.1);
        wrong.extend(sources.iter().filter(|s| missing(s)).map(|s| describe(s, "does not exist")));
        sources.retain(|source| !missing(source));
        let mut verified = Vec::new();
        for sources in sources.chunks(AT_ONCE) {
            let lock = format!("LOCK TABLE {} IN SHARE MODE", names(sources));
            asking.execute("lock the staging tables", &lock).await?;
            let query: Vec<String> = sources.iter().map(count).collect::<Result<_>>()?;
            let query = format!("SELECT {}", query.join(", "));
            let asked = asking.connected.client.simple_query(&query);
            let answer = asking.answer("verify the staging tables", asked).await?;
            let row = first_row(&answer);
            for (column, source) in sources.iter().enumerate() {
                let found = row.and_then(|row| row.get(column)).unwrap_or("nothing");
                if found == expected(source) {
                    verified.push(source.clone());
                } else {
                    let text = format!("holds {found} instead of {}", expected(source));
                    wrong.push(describe(source, &text));
                }
            }
        }
        if wrong.is_empty() {
            return Ok(verified);
        }
        let told = format!("staging tables are not as they were handed over: {}", wrong.join("; "));
        if self.spec.skip_missing {
            log::warn!(
                target: "commit",
                "option 'sink.recovery.missing-staging' = 'skip': these rows are not published, {told}"
            );
            return Ok(verified);
        }
        let text = format!(
            "{told} (rows, lowest:highest sequence number). Nothing was published. Restore a state whose staging tables \
             exist, or set 'sink.recovery.missing-staging' = 'skip' to go on without these rows"
        );
        Err(Error::new(Kind::Target, text))
    }
}

fn first_row(answer: &[SimpleQueryMessage]) -> Option<&SimpleQueryRow> {
    answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    })
}

fn names(sources: &[Source]) -> String {
    sources.iter().map(|source| source.name.quoted()).collect::<Vec<_>>().join(", ")
}

fn describe(source: &Source, what: &str) -> String {
    format!("{} of {} rows for {} {what}", source.name.quoted(), source.part.rows, source.target.quoted())
}

/// A scalar query whose answer is [`expected`].
fn count(source: &Source) -> Result<String> {
    let seq = source.part.merge.as_ref().map(|merge| Ident::new(&merge.seq)).transpose()?;
    Ok(count_staged(&source.name, seq.as_ref()))
}

fn expected(source: &Source) -> String {
    match &source.part.merge {
        None => source.part.rows.to_string(),
        Some(merge) => format!("{}, {}:{}", source.part.rows, merge.first, merge.last),
    }
}
