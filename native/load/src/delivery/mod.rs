//! How rows become visible: what a flush does with a table's rows is chosen once, when the table opens. Who merges
//! when, where exactly-once stages, and what must be visible first.

pub(crate) mod append;
pub(crate) mod changed_definition;
pub(crate) mod deliveries;
pub(crate) mod guarantee;
pub(crate) mod loaded_table;
pub(crate) mod merge;
pub(crate) mod merge_lock;
pub(crate) mod recovered_staging;
pub(crate) mod sift;
pub(crate) mod stage;
pub(crate) mod staged_writes;
pub(crate) mod staging;

/// Tables in one transaction: each takes about nine locks, and `max_locks_per_transaction` has a default of 64.
const TABLES_PER_TRANSACTION: usize = 50;
