//! What is going to be done with a target, which decides what its definition has against it; and how names are told.

use super::catalog::UniqueIndex;
use crate::spec::MergeStrategy;

/// So many names of one sort are told; a table may have a thousand partitions.
const TOLD: usize = 5;

/// What is going to be done with the table.
#[derive(Debug)]
pub(crate) struct Purpose<'a> {
    /// Rows are replaced by key, else added.
    pub(crate) merge: bool,
    /// One committer publishes, once, what all writers stage.
    pub(crate) exactly_once: bool,
    pub(crate) parallelism: u32,
    /// 'sink.merge.strategy'
    pub(crate) strategy: MergeStrategy,
    /// 'sink.soft-delete.column'
    pub(crate) soft_delete: Option<&'a str>,
    /// 'sink.merge.allow-replace'
    pub(crate) allow_replace: bool,
    /// The target has the columns that the source had at any time, so that merged rows may lack some.
    pub(crate) follows: bool,
    /// Rows have further columns, which nobody has told.
    pub(crate) partial: bool,
    /// 'sink.append.allow-unique'
    pub(crate) allow_unique: bool,
    /// Where the rows are from, for messages.
    pub(crate) origin: &'a str,
    /// All columns that rows come with.
    pub(crate) columns: Vec<&'a str>,
    /// Columns that rows come with later.
    pub(crate) added: Vec<&'a str>,
    pub(crate) keys: Vec<&'a str>,
}

/// An index that covers all rows and exactly the key's columns, in any order.
pub(super) fn is_key(index: &UniqueIndex, keys: &[&str]) -> bool {
    index.covers_all
        && index.columns.len() == keys.len()
        && index.columns.iter().all(|column| keys.contains(&column.as_str()))
}

/// The first few of the names, where there are any.
pub(super) fn told(names: impl Iterator<Item = String>) -> Option<String> {
    let names: Vec<String> = names.collect();
    let first = names.iter().take(TOLD).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => None,
        all if all > TOLD => Some(format!("{first} and {} more", all - TOLD)),
        _ => Some(first),
    }
}
