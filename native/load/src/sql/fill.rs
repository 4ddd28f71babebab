//! Which targets have no row yet.

use super::transaction::BEGIN;
use crate::ident::{TableName, literal};

/// A table that takes more room than this has had rows; looking whether it still has any could take long.
const LARGEST: u64 = 8 << 20;

/// How long a lock of somebody else is waited for.
const WAIT_MILLIS: u64 = 1000;

/// A transaction that answers with the places of the tables that have no row, and no CHECK, foreign key or exclusion
/// constraint.
#[must_use]
pub(crate) fn unfilled(tables: &[&TableName]) -> String {
    let question = |(place, table): (usize, &&TableName)| {
        let (quoted, named) = (table.quoted(), literal(table.quoted()));
        format!(
            "SELECT {place} WHERE pg_catalog.pg_relation_size({named}::pg_catalog.regclass) <= {LARGEST} AND NOT {} AND NOT EXISTS \
             (SELECT 1 FROM {quoted})",
            is_held_to_more(table)
        )
    };
    let questions: Vec<_> = tables.iter().enumerate().map(question).collect();
    format!("{BEGIN}; SET LOCAL lock_timeout TO {WAIT_MILLIS}; {}; COMMIT", questions.join(" UNION ALL "))
}

/// Answers with the places of the tables that have such a constraint.
#[must_use]
pub(crate) fn held_to_more(tables: &[&TableName]) -> String {
    let question =
        |(place, table): (usize, &&TableName)| format!("SELECT {place} WHERE {}", is_held_to_more(table));
    tables.iter().enumerate().map(question).collect::<Vec<_>>().join(" UNION ALL ")
}

/// A condition: rows of the table are held to more than their key.
fn is_held_to_more(table: &TableName) -> String {
    format!(
        "EXISTS (SELECT 1 FROM pg_catalog.pg_constraint WHERE conrelid = {}::pg_catalog.regclass::oid AND contype IN ('c', 'f', \
         'x'))",
        literal(table.quoted())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_for_where_they_stand() {
        let table = TableName::new("s", "it's \"t\"").expect("a name");
        let text = unfilled(&[&table, &table]);
        assert!(text.contains("'\"s\".\"it''s \"\"t\"\"\"'::pg_catalog.regclass"), "{text}");
        assert!(
            text.contains("NOT EXISTS (SELECT 1 FROM \"s\".\"it's \"\"t\"\"\") UNION ALL SELECT 1 WHERE"),
            "{text}"
        );
    }
}
