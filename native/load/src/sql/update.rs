//! A merge that updates: DELETE removed keys or mark them, UPDATE the rows that are there, INSERT those that are not.
//!
//! Running it twice on the same staging rows changes nothing. No ON CONFLICT or MERGE, which the family rejects or
//! restricts, and no key is ever set: a foreign key points at it, and Greenplum spreads rows by it. What the staged
//! rows do not have stays as it is in the target. The caller owns the transaction.

use super::equality::Equalities;
use crate::ident::{Ident, list};

/// How rows that are there get their new values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeBy {
    /// DELETE and INSERT.
    Replace,
    /// UPDATE.
    Update,
}

/// The column that marks a row as deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoftDelete {
    /// Its quoted name.
    pub column: Ident,
    /// What it says.
    pub mark: Mark,
}

/// What marks a row as deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// True, else false.
    Flag,
    /// When it was marked first, else NULL.
    Time,
}

/// What a merge is about, quoted or to be quoted.
pub(super) struct Merged<'a> {
    pub(super) target: &'a str,
    pub(super) columns: Vec<&'a Ident>,
    pub(super) keys: &'a [Ident],
    pub(super) op: &'a Ident,
    /// What stands between an INSERT's columns and its rows.
    pub(super) overriding: &'a str,
    pub(super) soft_delete: Option<&'a SoftDelete>,
    pub(super) equalities: &'a Equalities,
}

impl Merged<'_> {
    /// The statements; `latest` is what stands in FROM for the newest row of each key.
    pub(super) fn update(&self, latest: &str) -> String {
        let Merged { target, columns, keys, op, overriding, soft_delete, equalities } = self;
        let (mut all, op) = (list(columns.iter().copied()), op.quoted());
        let same = equalities.same(keys);
        let values: Vec<_> = columns.iter().filter(|column| !keys.contains(column)).collect();
        let mut set: Vec<_> =
            values.iter().map(|column| format!("{0} = staged.{0}", column.quoted())).collect();
        let mut given = all.clone();
        let delete = match soft_delete {
            None => format!(
                "DELETE FROM {target} AS target USING {latest} AS staged WHERE {same} AND staged.{op} = 0"
            ),
            Some(SoftDelete { column, mark }) => {
                let column = column.quoted();
                let (gone, there, unmarked) = match mark {
                    Mark::Flag => ("true", "false", format!("target.{column} IS NOT TRUE")),
                    Mark::Time => ("pg_catalog.now()", "NULL", format!("target.{column} IS NULL")),
                };
                set.push(format!("{column} = {there}"));
                all += &format!(", {column}");
                given += &format!(", {there}");
                format!(
                    "UPDATE {target} AS target SET {column} = {gone} FROM {latest} AS staged WHERE {same} AND staged.{op} = 0 \
                     AND {unmarked}"
                )
            }
        };
        let update = format!(
            "UPDATE {target} AS target SET {} FROM {latest} AS staged WHERE {same} AND staged.{op} = 1",
            set.join(", ")
        );
        let insert = format!(
            "INSERT INTO {target} ({all}){overriding} SELECT {given} FROM {latest} AS staged WHERE {op} = 1 AND NOT EXISTS \
             (SELECT 1 FROM {target} AS target WHERE {same})"
        );
        if set.is_empty() {
            return format!("{delete}; {insert}");
        }
        format!("{delete}; {update}; {insert}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(columns: &[&str], keys: &[&str]) -> String {
        let idents = |names: &[&str]| -> Vec<Ident> {
            names.iter().map(|name| Ident::new(name).expect("a name")).collect()
        };
        let (columns, keys, op) = (idents(columns), idents(keys), Ident::new("op").expect("a name"));
        let columns = columns.iter().collect();
        let equalities = &Equalities::default();
        let (target, overriding, soft_delete) = ("\"t\"", "", None);
        Merged { target, columns, keys: &keys, op: &op, overriding, soft_delete, equalities }.update("stage")
    }

    #[test]
    fn what_is_there_is_updated_but_for_its_key() {
        assert_eq!(
            sql(&["a", "id", "b"], &["id"]),
            "DELETE FROM \"t\" AS target USING stage AS staged WHERE target.\"id\" OPERATOR(pg_catalog.=) staged.\"id\" AND staged.\"op\" = 0; \
             UPDATE \"t\" AS target SET \"a\" = staged.\"a\", \"b\" = staged.\"b\" FROM stage AS staged WHERE \
             target.\"id\" OPERATOR(pg_catalog.=) staged.\"id\" AND staged.\"op\" = 1; \
             INSERT INTO \"t\" (\"a\", \"id\", \"b\") SELECT \"a\", \"id\", \"b\" FROM stage AS staged WHERE \"op\" = 1 AND \
             NOT EXISTS (SELECT 1 FROM \"t\" AS target WHERE target.\"id\" OPERATOR(pg_catalog.=) staged.\"id\")"
        );
    }

    #[test]
    fn a_row_that_is_all_key_is_not_updated() {
        let sql = sql(&["a", "b"], &["b", "a"]);
        assert!(!sql.contains("UPDATE"), "{sql}");
        assert!(sql.contains("target.\"b\" OPERATOR(pg_catalog.=) staged.\"b\" AND target.\"a\" OPERATOR(pg_catalog.=) staged.\"a\""), "{sql}");
    }
}
