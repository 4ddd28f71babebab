//! Rows become COPY tuples: a plan made once per table, run for every batch.
//!
//! Promise: the server accepts each tuple and reads back the same value, in both formats; what it could not store is
//! an error naming table and column, without the value; an encoded batch is never longer than its bound. It knows
//! neither SQL nor connections.

mod array;
mod binary;
mod calendar;
pub(crate) mod characters;
mod fault;
mod fields;
mod format;
#[cfg(test)]
mod golden_tests;
mod json;
mod key_memory;
mod key_values;
mod keys;
mod nested;
mod plan;
mod seen_keys;
mod shown_row;
#[cfg(any(test, feature = "testing"))]
mod testing;
mod text;
pub(crate) mod value;

pub(crate) use fields::Fields;
pub use format::{Format, Mode};
pub use key_memory::KeyMemory;
pub use keys::KeySet;
pub use plan::{Bound, Plan, PlanColumn};
pub(crate) use shown_row::ShownRow;
#[cfg(any(test, feature = "testing"))]
pub use testing::{Pair, fuzz, pairs};
