//! The statements of the ledger: which manifests were committed, and which attempts of a sink are the newest.
//!
//! A sink that commits checkpoints has one table for both. A BATCH job commits once and takes its own tables along when
//! it has: only the lock is its own table, and its one entry is in a table that all BATCH jobs of the user share.
//! Whoever writes holds the lock that no other committer of the sink can hold beside it. The caller owns the
//! transactions.

use std::time::Duration;

use super::interval::interval;
use crate::error::Result;
use crate::ident::{LONGEST_NAME, TableName, literal};

/// The entry that is no manifest: the writer attempts that are the newest, how long the sink's tables are of use
/// without a sign of life, in milliseconds, and when the last one was.
const NEWEST: &str = "committer";

/// So many entries are forgotten by one statement.
pub const FORGOTTEN_AT_ONCE: u64 = 10_000;

/// A BATCH job that lost a TaskManager after its commit may take long to come to it again, whatever its user set.
const WHOLE_JOBS_KEPT: Duration = Duration::from_secs(30 * 86_400);

/// The statements of one sink's committer, made once.
#[derive(Debug)]
pub struct LedgerSql {
    table: TableName,
    name: String,
    entries: TableName,
    entries_name: String,
    sink: String,
}

impl LedgerSql {
    /// `sink` is hexadecimal digits.
    ///
    /// # Errors
    /// As [`TableName::new`].
    pub fn new(schema: &str, sink: &str) -> Result<Self> {
        let name = format!("ledger_{sink}");
        Self::with_entries(schema, sink, name)
    }

    /// Of a sink that commits once, for a job of `user`.
    ///
    /// # Errors
    /// As [`TableName::new`].
    pub fn of_whole_job(schema: &str, sink: &str, user: &str) -> Result<Self> {
        let mut name = format!("batches_{user}");
        while name.len() > LONGEST_NAME {
            name.pop();
        }
        Self::with_entries(schema, sink, name)
    }

    fn with_entries(schema: &str, sink: &str, entries_name: String) -> Result<Self> {
        let name = format!("ledger_{sink}");
        Ok(LedgerSql {
            table: TableName::new(schema, &name)?,
            entries: TableName::new(schema, &entries_name)?,
            name,
            entries_name,
            sink: sink.to_owned(),
        })
    }

    /// Whether the entries are in a table of their own.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.name != self.entries_name
    }

    /// The table with the entries, quoted; also what messages show.
    #[must_use]
    pub fn entries(&self) -> &TableName {
        &self.entries
    }

    /// Plain names of the tables, and what creates them; the last one has the entries. `entry` is a manifest's id.
    #[must_use]
    pub fn tables(&self) -> Vec<(&str, String)> {
        let create = |table: &TableName| {
            format!(
                "CREATE TABLE {} (entry text NOT NULL, detail text NOT NULL, row_count bigint NOT NULL, at timestamptz NOT \
                 NULL)",
                table.quoted()
            )
        };
        let mut tables = vec![(self.name.as_str(), create(&self.table))];
        if self.is_shared() {
            tables.push((&self.entries_name, create(&self.entries)));
        }
        tables
    }

    /// What is looked for; without an index a commit would read all that the ledger remembers.
    pub const INDEXED: [&'static str; 2] = ["entry", "at"];

    /// Creates an index of the entries.
    #[must_use]
    pub fn index(&self, column: &str) -> String {
        format!("CREATE INDEX ON {} ({column})", self.entries.quoted())
    }

    /// The first statement of every transaction of a committer.
    #[must_use]
    pub fn lock(&self) -> String {
        format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", self.table.quoted())
    }

    /// Removes the sink's own table.
    #[must_use]
    pub fn remove_own(&self) -> String {
        format!("DROP TABLE IF EXISTS {}", self.table.quoted())
    }

    /// In a statement after the lock: is the manifest committed, and which attempts are the newest?
    #[must_use]
    pub fn look(&self, manifest: &str) -> String {
        let entries = self.entries.quoted();
        format!(
            "SELECT EXISTS (SELECT 1 FROM {entries} WHERE entry = {}), coalesce((SELECT pg_catalog.max(detail) FROM {entries} WHERE \
             entry = {}), '')",
            literal(manifest),
            literal(NEWEST)
        )
    }

    /// These attempts are the newest from now on; the sink's tables are of use for so long without a sign of life.
    #[must_use]
    pub fn succeed(&self, attempts: &str, kept: Duration) -> String {
        let entries = self.entries.quoted();
        let (entry, attempts) = (literal(NEWEST), literal(attempts));
        format!(
            "DELETE FROM {entries} WHERE entry = {entry}; INSERT INTO {entries} VALUES ({entry}, {attempts}, {}, \
             pg_catalog.clock_timestamp())",
            millis(kept)
        )
    }

    /// A sign of life.
    #[must_use]
    pub fn live(&self, kept: Duration) -> String {
        format!(
            "UPDATE {} SET at = pg_catalog.clock_timestamp(), row_count = {} WHERE entry = {}",
            self.entries.quoted(),
            millis(kept),
            literal(NEWEST)
        )
    }

    /// How many manifests with rows were committed after this one, and how many rows.
    #[must_use]
    pub fn later(&self, manifest: &str) -> String {
        let entries = self.entries.quoted();
        format!(
            "SELECT pg_catalog.count(*), coalesce(pg_catalog.sum(row_count), 0) FROM {entries} WHERE entry <> {} AND row_count > 0 AND at > (SELECT \
             pg_catalog.max(at) FROM {entries} WHERE entry = {})",
            literal(NEWEST),
            literal(manifest)
        )
    }

    /// The manifest is committed, with the transaction that this is sent in.
    #[must_use]
    pub fn enter(&self, manifest: &str, rows: u64) -> String {
        let detail = if self.is_shared() { &self.sink } else { "" };
        format!(
            "INSERT INTO {} VALUES ({}, {}, {rows}, pg_catalog.clock_timestamp())",
            self.entries.quoted(),
            literal(manifest),
            literal(detail)
        )
    }

    /// Forgets manifests that were committed longer ago, [`FORGOTTEN_AT_ONCE`] at most.
    #[must_use]
    pub fn prune(&self, retention: Duration) -> String {
        let retention = if self.is_shared() { retention.max(WHOLE_JOBS_KEPT) } else { retention };
        let entries = self.entries.quoted();
        format!(
            "DELETE FROM {entries} WHERE entry IN (SELECT entry FROM {entries} WHERE entry <> {} AND at < \
             pg_catalog.clock_timestamp() - {} ORDER BY at LIMIT {FORGOTTEN_AT_ONCE})",
            literal(NEWEST),
            interval(retention)
        )
    }
}

fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

/// How many seconds ago the last sign of life of a sink was, and for how many its tables are of use without one; of its
/// ledger's plain name.
///
/// # Errors
/// As [`TableName::new`].
pub fn last_sign(schema: &str, ledger: &str) -> Result<String> {
    Ok(format!(
        "SELECT extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.max(at))::bigint, (SELECT pg_catalog.max(row_count) / 1000 FROM {0} \
         WHERE entry = {1}) FROM {0}",
        TableName::new(schema, ledger)?.quoted(),
        literal(NEWEST)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_jobs_of_a_user_share_their_entries_under_a_name_that_the_server_takes() {
        let own = LedgerSql::new("s", "0a").expect("names");
        assert_eq!(own.tables().len(), 1);
        for (user, name) in [
            ("loader", "batches_loader".to_owned()),
            (&*"列".repeat(30), format!("batches_{}", "列".repeat(18))),
        ] {
            let shared = LedgerSql::of_whole_job("s", "0a", user).expect("names");
            let names: Vec<&str> = shared.tables().iter().map(|(name, _)| *name).collect();
            assert_eq!(names, ["ledger_0a", &name]);
            assert!(shared.lock().contains("\"ledger_0a\""));
            assert!(shared.enter("m", 1).contains(&name) && shared.look("m").contains(&name));
        }
    }

    #[test]
    fn the_entry_of_a_whole_job_outlives_every_run_of_it() {
        let shared = LedgerSql::of_whole_job("s", "0a", "u").expect("names");
        assert!(shared.prune(Duration::ZERO).contains("- 2592000000::float8 * interval"));
        assert!(
            LedgerSql::new("s", "0a")
                .expect("names")
                .prune(Duration::ZERO)
                .contains("- 0::float8 * interval")
        );
    }
}
