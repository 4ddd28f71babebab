//! Where a record goes: its table and its partition, found without reading the record where that is possible.
//!
//! - `scan`, `partition` (with `cursor`, `brackets`, `key`): which partition a record belongs to.
//! - `record_route`: the same as numbers and texts, for whoever sends records on in another language.

pub(crate) mod brackets;
pub(crate) mod cursor;
pub(crate) mod key;
pub(crate) mod partition;
pub(crate) mod record_route;
pub(crate) mod scan;
