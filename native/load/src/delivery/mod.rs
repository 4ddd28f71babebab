//! How rows become visible: who merges when, where exactly-once stages them, and what must be visible before them.

pub(crate) mod merge_lock;
pub(crate) mod recovered_staging;
pub(crate) mod staged_writes;
pub(crate) mod staging;
