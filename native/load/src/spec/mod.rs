//! The one text that carries options over the crossing, parsed into validated meaning.
//!
//! Lines `key=value`; in both, `\` is written `\\`, newline `\n`, carriage return `\r`. A value is valid or refused
//! with its key; an unknown, repeated or missing key is refused too. There are no defaults here: option names and
//! defaults have one home, Java's `PieCloudDBOptions`, which sends every key. Durations are milliseconds, sizes bytes.

mod column;
mod entries;
mod error_rows;
mod record_format;
mod session;
mod sink;
mod source;
mod table;

pub use column::{ColumnSpec, ColumnType};
pub use error_rows::{ErrorRowsAction, MaxErrorRows};
pub use record_format::RecordFormat;
pub use session::{Secret, SessionSpec, SslMode, WarehouseSpec};
pub use sink::{CommitSpec, FenceMode, Guarantee, SINK_DIGITS, SinkSpec};
pub use source::SourceSpec;
pub use table::{
    CopyFormat, CreateSpec, InitialLoad, LoadMode, MergeStrategy, SchemaChangeBehavior, TableSpec,
};

#[cfg(test)]
mod tests;
