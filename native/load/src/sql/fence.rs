//! The statements of the fence: one table per sink, with one row per live writer.
//!
//! A writer registers under a lock that no merge can hold beside it, and puts its row in the place of those of earlier
//! attempts; a merge holds the weaker lock and looks for its own row. The caller owns the transactions.

use super::catalog::AS_LOGGED_IN;
use crate::error::Result;
use crate::ident::{Ident, TableName, list, literal};

/// The statements of one writer attempt, made once.
#[derive(Debug)]
pub struct FenceSql {
    table: TableName,
    name: String,
    columns: String,
    token: String,
    writer: (u32, u32),
}

impl FenceSql {
    /// `sink` and `token` are hexadecimal digits, `writer` is the subtask's number and how many subtasks there are.
    ///
    /// # Errors
    /// As [`Ident::new`].
    pub fn new(schema: &str, sink: &str, token: &str, writer: (u32, u32)) -> Result<Self> {
        let name = format!("fence_{sink}");
        let columns =
            ["subtask", "parallelism", "token"].map(Ident::new).into_iter().collect::<Result<Vec<_>>>()?;
        Ok(FenceSql {
            table: TableName::new(schema, &name)?,
            name,
            columns: list(&columns),
            token: literal(token),
            writer,
        })
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

    /// Creates the table.
    #[must_use]
    pub fn create(&self) -> String {
        let table = self.table.quoted();
        format!("CREATE TABLE {table} (subtask int NOT NULL, parallelism int NOT NULL, token text NOT NULL)")
    }

    /// A scalar query: the tokens of the attempts whose place this writer takes, as an array.
    ///
    /// Those are the same subtask's, and everybody's of another parallelism: which keys a subtask has depends on both
    /// and on Flink's maximum parallelism, which a writer does not know, and subtasks of two parallelisms are never
    /// alive together.
    #[must_use]
    pub fn predecessors(&self) -> String {
        format!("SELECT token FROM {} WHERE {}", self.table.quoted(), self.in_our_place())
    }

    /// Ends the sessions of such tokens; each is the end of its session's name.
    #[must_use]
    pub fn end_sessions(tokens: &[String]) -> String {
        let tokens: Vec<String> = tokens.iter().map(|token| literal(token)).collect();
        format!(
            "{AS_LOGGED_IN}SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname = \
             pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid() AND \
             pg_catalog.right(application_name, {}) IN ({})",
            TOKEN_LENGTH,
            tokens.join(", ")
        )
    }

    /// Waits for every merge under way, and makes later ones wait.
    #[must_use]
    pub fn lock_for_registration(&self) -> String {
        format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", self.table.quoted())
    }

    /// Takes the place of the predecessors; only under that lock.
    #[must_use]
    pub fn register(&self) -> String {
        let (subtask, parallelism) = self.writer;
        format!(
            "DELETE FROM {0} WHERE {1}; INSERT INTO {0} ({2}) VALUES ({subtask}, {parallelism}, {3})",
            self.table.quoted(),
            self.in_our_place(),
            self.columns,
            self.token
        )
    }

    /// The first statement of a merge: merges do not wait for each other, a registration waits for them.
    #[must_use]
    pub fn lock_for_merge(&self) -> String {
        format!("LOCK TABLE {} IN ROW EXCLUSIVE MODE", self.table.quoted())
    }

    /// A scalar query, in a statement after that lock: 1 while nobody took this writer's place.
    #[must_use]
    pub fn count_own(&self) -> String {
        format!("(SELECT pg_catalog.count(*) FROM {} WHERE token = {})", self.table.quoted(), self.token)
    }

    /// The tokens of all writers that registered last.
    #[must_use]
    pub fn living(&self) -> String {
        format!("SELECT token FROM {}", self.table.quoted())
    }

    /// This writer stands there no longer.
    #[must_use]
    pub fn leave(&self) -> String {
        format!("DELETE FROM {} WHERE token = {}", self.table.quoted(), self.token)
    }

    /// A scalar query: who stands there, as a text.
    #[must_use]
    pub fn standing(&self) -> String {
        format!(
            "coalesce((SELECT pg_catalog.string_agg(token, ',' ORDER BY token) FROM {}), '')",
            self.table.quoted()
        )
    }

    /// Lets nobody merge or register before the end of the transaction.
    #[must_use]
    pub fn lock_for_removal(&self) -> String {
        format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", self.table.quoted())
    }

    /// Removes the table.
    #[must_use]
    pub fn remove(&self) -> String {
        format!("DROP TABLE {}", self.table.quoted())
    }

    fn in_our_place(&self) -> String {
        let (subtask, parallelism) = self.writer;
        format!("parallelism <> {parallelism} OR subtask = {subtask}")
    }
}

/// Hexadecimal digits of a token.
pub const TOKEN_LENGTH: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_writer_takes_the_place_of_its_own_number_and_of_every_other_parallelism() {
        let sql = FenceSql::new("my \"schema", "0a", "beef", (3, 8)).expect("names");
        assert_eq!(
            sql.register(),
            "DELETE FROM \"my \"\"schema\".\"fence_0a\" WHERE parallelism <> 8 OR subtask = 3; INSERT INTO \
             \"my \"\"schema\".\"fence_0a\" (\"subtask\", \"parallelism\", \"token\") VALUES (3, 8, 'beef')"
        );
        assert!(FenceSql::end_sessions(&["a".to_owned(), "b".to_owned()]).ends_with("16) IN ('a', 'b')"));
    }
}
