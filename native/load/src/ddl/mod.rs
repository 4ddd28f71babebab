//! Altering a target that is there, so that it takes what its rows have.
//!
//! Promise: a target is only ever enlarged here: a column is added, gets more room, or may be NULL. So nothing that it
//! has is lost, every row that fitted fits, in whatever order writers ask and however often; what is there already is
//! not done again. Columns are never reordered, a column that is added is never NOT NULL, and none that rows are
//! distributed by changes its type.

pub(crate) mod apply;
mod blockers;
pub(crate) mod enlargement;
