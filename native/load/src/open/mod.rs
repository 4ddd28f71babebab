//! Opening a table: what the catalog says of it, whether its rows may go there, and making it where it is missing.
//!
//! Promise: everything that is wrong is told at once, before the first row is sent.

pub(crate) mod catalog;
pub(crate) mod create_table;
pub(crate) mod definition;
pub(crate) mod fill;
pub(crate) mod lock_limit;
pub(crate) mod objections;
pub(crate) mod purpose;
pub(crate) mod strategy;
pub(crate) mod target;
