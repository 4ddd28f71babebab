//! The statements of the ledger: one table per sink, with one row per committed manifest and one of its committer.
//!
//! Whoever writes holds the lock that no other committer can hold beside it. The caller owns the transactions.

use std::time::Duration;

use super::ident::{TableName, literal};
use super::interval::interval;
use crate::error::Result;

/// The entry that is no manifest: which committer is the newest.
const COMMITTER: &str = "committer";

/// The statements of one sink's committer, made once.
#[derive(Debug)]
pub struct LedgerSql {
    table: TableName,
    name: String,
    token: String,
}

impl LedgerSql {
    /// `sink` and `token` are hexadecimal digits.
    ///
    /// # Errors
    /// As [`TableName::new`].
    pub fn new(schema: &str, sink: &str, token: &str) -> Result<Self> {
        let name = format!("ledger_{sink}");
        Ok(LedgerSql { table: TableName::new(schema, &name)?, name, token: literal(token) })
    }

    /// The table, quoted; also what messages show.
    #[must_use]
    pub fn table(&self) -> &TableName {
        &self.table
    }

    /// The table's plain name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Creates the table. `entry` is a manifest's id, `detail` the writer attempts that it covers.
    #[must_use]
    pub fn create(&self) -> String {
        format!(
            "CREATE TABLE {} (entry text NOT NULL, detail text NOT NULL, row_count bigint NOT NULL, at timestamptz NOT NULL)",
            self.table.quoted()
        )
    }

    /// The first statement of every transaction of a committer.
    #[must_use]
    pub fn lock(&self) -> String {
        format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", self.table.quoted())
    }

    /// This committer is the newest from now on.
    #[must_use]
    pub fn register(&self) -> String {
        let table = self.table.quoted();
        let (entry, token) = (literal(COMMITTER), &self.token);
        format!(
            "DELETE FROM {table} WHERE entry = {entry}; INSERT INTO {table} VALUES ({entry}, {token}, 0, \
             pg_catalog.clock_timestamp())"
        )
    }

    /// In a statement after the lock: is the manifest committed, is this committer the newest?
    #[must_use]
    pub fn look(&self, manifest: &str) -> String {
        let table = self.table.quoted();
        format!(
            "SELECT EXISTS (SELECT 1 FROM {table} WHERE entry = {}), EXISTS (SELECT 1 FROM {table} WHERE entry = {} AND \
             detail = {})",
            literal(manifest),
            literal(COMMITTER),
            self.token
        )
    }

    /// How many manifests with rows were committed after this one, and how many rows.
    #[must_use]
    pub fn later(&self, manifest: &str) -> String {
        let table = self.table.quoted();
        format!(
            "SELECT count(*), coalesce(sum(row_count), 0) FROM {table} WHERE entry <> {} AND row_count > 0 AND at > (SELECT \
             max(at) FROM {table} WHERE entry = {})",
            literal(COMMITTER),
            literal(manifest)
        )
    }

    /// The manifest is committed, with the transaction that this is sent in.
    #[must_use]
    pub fn enter(&self, manifest: &str, attempts: &str, rows: u64) -> String {
        let table = self.table.quoted();
        let (manifest, attempts) = (literal(manifest), literal(attempts));
        format!("INSERT INTO {table} VALUES ({manifest}, {attempts}, {rows}, pg_catalog.clock_timestamp())")
    }

    /// Forgets manifests that were committed longer ago.
    #[must_use]
    pub fn prune(&self, retention: Duration) -> String {
        format!(
            "DELETE FROM {} WHERE entry <> {} AND at < pg_catalog.clock_timestamp() - {}",
            self.table.quoted(),
            literal(COMMITTER),
            interval(retention)
        )
    }
}
