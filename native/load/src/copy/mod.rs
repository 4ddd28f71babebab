//! Rows become COPY tuples: a plan made once per table, run for every batch.
//!
//! Promise: the server accepts each tuple and reads back the same value, in both formats; what it could not store is
//! an error naming table and column, without the value; an encoded batch is never longer than its bound. It knows
//! neither SQL nor connections.

mod binary;
mod calendar;
#[cfg(any(test, feature = "testing"))]
mod exercise;
mod fields;
#[cfg(test)]
mod golden_tests;
mod keys;
mod plan;
mod text;
pub(crate) mod value;

#[cfg(any(test, feature = "testing"))]
pub use exercise::{Pair, exercise, pairs};
pub(crate) use fields::Fields;
pub use keys::{KeyMemory, KeySet};
pub use plan::{Bound, Plan, PlanColumn};

/// The COPY format on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `FORMAT binary`
    Binary,
    /// `FORMAT text` with its default delimiter and NULL marker.
    Text,
}

/// What a tuple is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A row of the target; only inserts are taken.
    Append,
    /// A row of a staging table: the columns, then `op smallint` (1 put, 0 remove) and `seq bigint`.
    Merge,
}
