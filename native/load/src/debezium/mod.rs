//! Debezium's JSON becomes COPY tuples: one record is read once, by the column types of its source.
//!
//! For the records of Flink CDC's `JsonDebeziumDeserializationSchema` and of Kafka topics that a Debezium MySQL or
//! MariaDB connector writes with Kafka's `JsonConverter`, with and without the `schema`/`payload` envelope.
//! Promise: any bytes give a change, a change of a table's definition, something to ignore, or an error of kind `Data`
//! that names the table where it is known and never quotes a value. What the text alone does not say (the unit of a
//! DATETIME, the scale of a decimal) comes from the source's types and is never guessed. It knows neither SQL nor
//! connections, and holds no state between records.
//!
//! - `read`: what a record is, and its values as tuples.
//! - `route`: where a record goes, without reading more of it than that takes.

#[cfg(test)]
mod golden_tests;
mod read;
mod route;
#[cfg(any(test, feature = "testing"))]
mod testing;

pub use read::definition::{ColumnDefinition, SchemaChange, TableChange, TableDefinition};
pub use read::envelope::CheckedEnvelope;
pub use read::event::{Change, Event, Ignored, Op, RawRow};
pub use read::mapping::{assumed, codec, created_as};
pub use read::plan::{ChangePlan, Encoded, KEYED, RECORD_PARTS, SourceColumn, UpdateHalf};
pub use read::source_type::SourceType;
pub use read::value::Decimals;
pub use route::partition::{KeyColumn, Partition, Partitions};
pub use route::record_route::{COLUMN_FIELDS, EVENT_FIELDS, EVENTS, RecordRoute, RouteKind};
#[cfg(any(test, feature = "testing"))]
pub use testing::{EVERY_TYPE, created, fuzz, plan};
