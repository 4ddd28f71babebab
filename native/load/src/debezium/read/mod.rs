//! What a record says: events, definitions, values, and the tuples that they become.
//!
//! - `event`: what a record is; `definition`: the tables that a schema event tells of; `added_column`: what rows that
//!   were there got in a column.
//! - `envelope`: that the stream's settings are those that are read here, where it tells them.
//! - `source_type`, `mapping`: the source's types, and which columns of the target take them.
//! - `row`, `value`, `decimal`, `temporal`: from the text of a row to checked values.
//! - `plan`: inserts, updates and deletes of one table as tuples.

mod added_column;
pub(crate) mod decimal;
pub(crate) mod definition;
pub(crate) mod envelope;
pub(crate) mod event;
pub(crate) mod json;
pub(crate) mod mapping;
pub(crate) mod plan;
pub(crate) mod row;
pub(crate) mod source_type;
pub(crate) mod temporal;
pub(crate) mod value;
