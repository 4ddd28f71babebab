//! Locks by which merges into one target exclude each other where no unique index keeps a key single.
//!
//! The usual one is an advisory lock of the transaction, named by the topmost parent of the target, so that a table and
//! its partitions share one. It keeps out merges alone: neither readers nor other writers, nor VACUUM. It is tried and
//! never waited for: a statement that waits holds one of the statements that a server admits, and would be part of
//! deadlocks. The caller owns the transaction, and takes these locks before its first DELETE, whose snapshot then has
//! what earlier merges committed.

use crate::ident::{TableName, literal};

/// The upper half of the lock's number, which `pg_locks` shows as `classid`; the lower half, `objid`, is the table's
/// oid.
const CLASS: u32 = 0x7063_6462;

/// Keeps the names what they are until the end of the transaction, like the merge's first statement would.
#[must_use]
pub(crate) fn pin(targets: &[&TableName]) -> String {
    let only: Vec<_> = targets.iter().map(|target| format!("ONLY {}", target.quoted())).collect();
    format!("LOCK TABLE {} IN ROW EXCLUSIVE MODE", only.join(", "))
}

/// A query: true where this transaction has the lock of all the targets now.
#[must_use]
pub(crate) fn try_alone(targets: &[&TableName]) -> String {
    format!(
        "{} SELECT pg_catalog.bool_and(pg_catalog.pg_try_advisory_xact_lock({} + root::bigint)) FROM roots",
        roots(targets),
        u64::from(CLASS) << 32
    )
}

/// A query: the sessions that have the lock of one of the targets.
#[must_use]
pub(crate) fn holders(targets: &[&TableName]) -> String {
    format!(
        "{} SELECT DISTINCT l.pid FROM pg_catalog.pg_locks l JOIN roots r ON r.root = l.objid WHERE l.locktype = 'advisory' AND \
         l.classid::bigint = {CLASS} AND l.objsubid = 1 AND l.granted AND l.pid <> pg_catalog.pg_backend_pid() AND l.database = \
         (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())",
        roots(targets)
    )
}

/// The same on a server without advisory locks: fails with 55P03 where it cannot be had now.
#[must_use]
pub(crate) fn alone_by_table(targets: &[&TableName]) -> String {
    format!("{} NOWAIT", exclude_writers(targets))
}

/// Waits for all who write to the targets, and makes later ones wait; readers go on.
#[must_use]
pub(crate) fn exclude_writers(targets: &[&TableName]) -> String {
    let names: Vec<_> = targets.iter().map(|target| target.quoted()).collect();
    format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", names.join(", "))
}

/// The topmost parents as `roots(root)`. Only partitions have one parent; of the parents of an inheritance child, which
/// no merge goes through, any will do.
fn roots(targets: &[&TableName]) -> String {
    let oids: Vec<_> = targets
        .iter()
        .map(|target| format!("{}::pg_catalog.regclass::oid", literal(target.quoted())))
        .collect();
    format!(
        "WITH RECURSIVE up AS (SELECT t.oid AS target, t.oid AS parent FROM pg_catalog.unnest(ARRAY[{}]) AS t(oid) UNION SELECT \
         u.target, i.inhparent FROM up u JOIN pg_catalog.pg_inherits i ON i.inhrelid = u.parent), roots AS (SELECT DISTINCT \
         pg_catalog.min(u.parent) AS root FROM up u WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_inherits i WHERE i.inhrelid = \
         u.parent) GROUP BY u.target)",
        oids.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_for_where_they_stand() {
        let target = TableName::new("s", "it's \"t\"").expect("a name");
        assert_eq!(
            pin(&[&target, &target]),
            "LOCK TABLE ONLY \"s\".\"it's \"\"t\"\"\", ONLY \"s\".\"it's \"\"t\"\"\" IN ROW EXCLUSIVE MODE"
        );
        assert!(
            try_alone(&[&target]).contains("ARRAY['\"s\".\"it''s \"\"t\"\"\"'::pg_catalog.regclass::oid]")
        );
        assert!(try_alone(&[&target]).contains("lock(8098426927011856384 + root::bigint)"));
    }
}
