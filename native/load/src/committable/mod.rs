//! What a writer hands over at a checkpoint, and what a committer gets: opaque bytes between the two.
//!
//! Promise: what was written is read back equal, by any later version of this code that knows the format's number;
//! anything else is an error, never a panic. It holds names and numbers, no row and no secret.

mod manifest;
mod staged_table;
#[cfg(any(test, feature = "testing"))]
mod testing;
mod wire;

pub use manifest::Manifest;
pub use staged_table::{Committable, Merged, Planned, StagedTable};
#[cfg(any(test, feature = "testing"))]
pub use testing::fuzz;
