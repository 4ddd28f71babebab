//! Debezium's JSON becomes COPY tuples: one record is read once, by the column types of its source.
//!
//! For the records of Flink CDC's `JsonDebeziumDeserializationSchema` and of Kafka topics that a Debezium MySQL or
//! MariaDB connector writes with Kafka's `JsonConverter`, with and without the `schema`/`payload` envelope.
//! Promise: any bytes give a change, a change of a table's definition, something to ignore, or an error of kind `Data`
//! that names the table where it is known and never quotes a value. What the text alone does not say (the unit of a
//! DATETIME, the scale of a decimal) comes from the source's types and is never guessed. It knows neither SQL nor
//! connections, and holds no state between records.
//!
//! - `event`: what a record is; `definition`: the tables that a schema event tells of.
//! - `envelope`: that the stream's settings are those that are read here, where it tells them.
//! - `source_type`, `mapping`: the source's types, and which columns of the target take them.
//! - `row`, `value`, `decimal`, `temporal`: from the text of a row to checked values.
//! - `scan`, `partition` (with `cursor`, `brackets`, `key`): which partition a record belongs to, without reading it.
//! - `place`: the same as numbers and texts, for whoever sends records on in another language.
//! - `plan`: inserts, updates and deletes of one table as tuples.

mod brackets;
mod cursor;
mod decimal;
mod definition;
mod envelope;
mod event;
#[cfg(any(test, feature = "testing"))]
mod exercise;
#[cfg(test)]
mod golden_tests;
mod json;
mod key;
mod mapping;
mod partition;
mod place;
mod plan;
mod row;
mod scan;
mod source_type;
mod temporal;
mod value;

pub use definition::{ColumnDefinition, SchemaChange, TableChange, TableDefinition};
pub use envelope::CheckedEnvelope;
pub use event::{Change, Event, Ignored, Op, RawRow};
#[cfg(any(test, feature = "testing"))]
pub use exercise::{EVERY_TYPE, created, exercise, plan};
pub use mapping::{assumed, codec, created_as};
pub use partition::{KeyColumn, Partition, Partitions};
pub use place::Place;
pub use plan::{ChangePlan, Encoded, Part, SourceColumn};
pub use source_type::SourceType;
pub use value::Decimals;
