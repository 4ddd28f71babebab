//! The transaction that publishes a manifest.
//!
//! Promise: the ledger is locked first and read afterwards, by a later statement; staging tables are locked against
//! writers and must hold exactly the rows that were handed over; they are emptied in the same transaction, so that they
//! are full exactly as long as the ledger does not know the manifest; COMMIT is sent after every other answer arrived.
//! Locks are taken in the order ledger, targets without a unique index, staging by name, targets by name.

use std::collections::BTreeSet;

use tokio_postgres::error::SqlState;
use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow};

use super::absent_target::{self, Absent};
use super::definitions::{self, Judged};
use super::exclusion::Exclusion;
use super::older_savepoint::CommitsAfter;
use super::publish_plan::{PublishPlan, Source, publications};
use super::{Committer, State};
use crate::connection::connection::{Connection, Purpose, refused};
use crate::connection::owned_table;
use crate::delivery::merge_lock::Waiting;
use crate::delivery::staging::existing;
use crate::error::{Error, Kind, Result};
use crate::failpoint;
use crate::open::lock_limit;
use crate::open::objections::kept_away;
use crate::sql::{BEGIN, Ident, LedgerSql, count_staged};

/// What one try came to.
enum Outcome {
    Published,
    /// It is in the ledger already, and these were committed after it.
    Repeated(CommitsAfter),
    /// Another merge has the lock of a target; nothing was done.
    Held,
}

/// Tables per statement, so that none becomes too long.
const AT_ONCE: usize = 100;

impl Committer {
    /// The connection that is kept, or another one.
    pub(super) async fn connection<'a>(&self, state: &'a mut State) -> Result<&'a Connection> {
        if state.connection.as_ref().is_some_and(Connection::is_closed) {
            state.connection = None;
        }
        match &mut state.connection {
            Some(connection) => Ok(connection),
            none => Ok(none.insert(self.connector.connect().await?)),
        }
    }

    pub(super) async fn try_once(&self, state: &mut State, plan: &PublishPlan) -> Result<()> {
        self.connection(state).await?;
        let Some(connection) = &state.connection else {
            return Err(Error::new(Kind::Internal, "no connection was kept"));
        };
        if !state.prepared {
            self.prepare(connection).await?;
            state.prepared = true;
        }
        let mut waiting = Waiting::begin();
        loop {
            let known = (&mut state.absent, &mut state.judged, &mut state.exclusion);
            match self.publish(connection, plan, known).await? {
                Outcome::Held => {
                    connection.execute("end a commit", "ROLLBACK").await?;
                    waiting.again(connection, state.exclusion.locks()).await?;
                    continue;
                }
                Outcome::Repeated(after) => state.older_savepoint.repeated(after),
                // An empty one may not have been entered although it was recovered.
                Outcome::Published if plan.is_empty() => {}
                Outcome::Published => state.older_savepoint.published(),
            }
            state.exclusion.settled();
            return Ok(());
        }
    }

    /// Makes the ledger where it is missing.
    async fn prepare(&self, connection: &Connection) -> Result<()> {
        let schema = self.connector.spec().sink.staging_schema.as_str();
        let what = format!("ledger {}", self.ledger.entries().quoted());
        let mut entries = "";
        for (name, create) in self.ledger.tables() {
            let made = owned_table::make(connection, (schema, name), &create).await?;
            made.map_err(|error| Error::server(&what, error))?;
            entries = name;
        }
        let indexes = LedgerSql::INDEXED.map(|column| (column, self.ledger.index(column)));
        owned_table::index(connection, (schema, entries), &indexes).await
    }

    async fn publish(
        &self,
        connection: &Connection,
        plan: &PublishPlan,
        (absent, judged, exclusion): (&mut Absent, &mut Judged, &mut Exclusion),
    ) -> Result<Outcome> {
        let table = self.ledger.entries().quoted();
        failpoint::hit("commit.before")?;
        let (done, newest) = self.look(connection, plan.id()).await?;
        if done {
            log::info!(target: "commit", "manifest {} is in {table} already", plan.id());
            let after = match self.spec.whole_job {
                true => CommitsAfter::default(),
                false => self.commits_after(connection, plan.id()).await?,
            };
            connection.execute("end a commit", "ROLLBACK").await?;
            return Ok(Outcome::Repeated(after));
        }
        let succeeds = self.succeeds(connection, plan, &newest).await?;
        // Before anything that takes long: it may have to be asked for often.
        if !Box::pin(exclusion.take(connection, &self.advisory_locks, plan.sources())).await? {
            return Ok(Outcome::Held);
        }
        let sources = self.verified(connection, plan.sources().to_vec()).await?;
        let without = absent.without(connection, &sources, self.spec.skip_missing).await?;
        failpoint::hit("commit.verified")?;
        let published: Vec<Source> =
            sources.iter().filter(|source| !without.contains(&source.target)).cloned().collect();
        let publications = publications(
            &published,
            |source| judged.merges_by(source),
            |source| exclusion.equalities(source),
        )?;
        for publication in publications {
            let what = format!("publish into {}", publication.target.quoted());
            let done = connection.simple_query(&what, &publication.statements).await.and_then(|answer| {
                let added = answer.iter().map(rows_of).sum();
                match publication.adds.filter(|rows| added < *rows) {
                    Some(rows) => Err(kept_away(&what, rows, added)),
                    None => Ok(()),
                }
            });
            if let Err(error) = done {
                exclusion.collided(&error, &published, Some(&publication.target));
                let error = Box::pin(definitions::explained(connection, judged, &published, error)).await;
                return Err(absent_target::hint(error, &publication.target));
            }
        }
        failpoint::hit("commit.merged")?;
        let now = definitions::stamps_of(connection, &published).await?;
        Box::pin(definitions::compare(connection, judged, &published, &now)).await?;
        Box::pin(exclusion.check(connection, &published, &now)).await?;
        for tables in sources.chunks(AT_ONCE) {
            connection.execute("empty the staging tables", &format!("TRUNCATE {}", names(tables))).await?;
        }
        let rows = published.iter().map(|source| source.staged.rows).sum();
        let mut enter = self.ledger.enter(plan.id(), rows);
        if succeeds {
            enter = format!("{enter}; {}", self.ledger.succeed(plan.attempts(), self.kept()));
        }
        connection.execute(&format!("enter a manifest into {table}"), &enter).await?;
        failpoint::hit("commit.in-transaction")?;
        // Closing publishes nothing that was not on its way.
        (self.usable)()?;
        let committed = connection.execute("commit a manifest", "COMMIT").await;
        // A deferred constraint is checked only now.
        committed.inspect_err(|error| exclusion.collided(error, &published, None))?;
        failpoint::hit("commit.after-commit")?;
        log::debug!(target: "commit", "manifest {}: {rows} rows visible", plan.id());
        Ok(Outcome::Published)
    }

    /// Begins the transaction: is the manifest committed, and which attempts are the newest?
    async fn look(&self, connection: &Connection, manifest: &str) -> Result<(bool, String)> {
        let query = format!("{BEGIN}; {}; {}", self.ledger.lock(), self.ledger.look(manifest));
        self.ask_ledger(connection, &query, |row| Some((row.get(0)? == "t", row.get(1)?.to_owned()))).await
    }

    async fn commits_after(&self, connection: &Connection, manifest: &str) -> Result<CommitsAfter> {
        let number = |row: &SimpleQueryRow, column| row.get(column)?.parse().ok();
        let after =
            |row: &SimpleQueryRow| Some(CommitsAfter { manifests: number(row, 0)?, rows: number(row, 1)? });
        self.ask_ledger(connection, &self.ledger.later(manifest), after).await
    }

    async fn ask_ledger<T>(
        &self,
        connection: &Connection,
        query: &str,
        read: impl FnOnce(&SimpleQueryRow) -> Option<T>,
    ) -> Result<T> {
        let what = format!("look into {}", self.ledger.entries().quoted());
        let answer = match connection.try_simple_query(Purpose::Long(&what), query).await? {
            // Another committer of the same job was done first, and took the sink's tables along.
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => {
                let text = format!("{what}: it was removed, and is made again");
                return Err(Error::new(Kind::Connection, text));
            }
            answer => refused(&what, answer)?,
        };
        first_row(&answer)
            .and_then(read)
            .ok_or_else(|| Error::new(Kind::Internal, format!("{what}: no answer to a question")))
    }

    /// Locks the staging tables and compares them with what was handed over; those that are to be published.
    async fn verified(&self, connection: &Connection, mut sources: Vec<Source>) -> Result<Vec<Source>> {
        sources.sort_by(|a, b| a.name.cmp(&b.name));
        let targets = sources.iter().map(|source| &source.target).collect::<BTreeSet<_>>().len();
        lock_limit::check(connection, sources.len(), targets).await?;
        let there = existing(connection, sources.iter().map(|source| &source.staged.staging)).await?;
        let mut wrong: Vec<String> = Vec::new();
        let missing = |source: &Source| !there.contains(&source.staged.staging.1);
        wrong.extend(sources.iter().filter(|s| missing(s)).map(|s| describe(s, "does not exist")));
        sources.retain(|source| !missing(source));
        let mut verified = Vec::new();
        for sources in sources.chunks(AT_ONCE) {
            let lock = format!("LOCK TABLE {} IN SHARE MODE", names(sources));
            connection.execute("lock the staging tables", &lock).await?;
            let query: Vec<String> = sources.iter().map(count).collect::<Result<_>>()?;
            let query = format!("SELECT {}", query.join(", "));
            let answer = connection.simple_query("verify the staging tables", &query).await?;
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

fn rows_of(message: &SimpleQueryMessage) -> u64 {
    match message {
        SimpleQueryMessage::CommandComplete(rows) => *rows,
        _ => 0,
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
    format!("{} of {} rows for {} {what}", source.name.quoted(), source.staged.rows, source.target.quoted())
}

/// A scalar query whose answer is [`expected`].
fn count(source: &Source) -> Result<String> {
    let seq = source.staged.merge.as_ref().map(|merge| Ident::new(&merge.seq)).transpose()?;
    Ok(count_staged(&source.name, seq.as_ref()))
}

fn expected(source: &Source) -> String {
    match &source.staged.merge {
        None => source.staged.rows.to_string(),
        Some(merge) => format!("{}, {}:{}", source.staged.rows, merge.first, merge.last),
    }
}
