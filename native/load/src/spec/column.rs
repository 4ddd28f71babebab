//! The columns of a table: Flink's, or those of a table of MySQL or MariaDB.
//!
//! Promise: every column whose type is not known is told at once, with its option. What a type becomes on the server is
//! asked here and decided in `types` and `debezium`, each for its own.

use super::entries::{Entries, config};
use crate::debezium::{self, SourceType};
use crate::error::Result;
use crate::types::{Codec, FlinkType, TargetType, created, resolve};

use super::record_format::RecordFormat;

/// One column as the source declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnSpec {
    /// Its name, which is the target column's name too.
    pub name: String,
    /// Its type.
    pub column_type: ColumnType,
    /// NULL is a value of it.
    pub nullable: bool,
    /// What a created column is commented with.
    pub comment: Option<String>,
    /// What rows that were there got in it when the source added it, as a text that its type reads; `None`: NULL.
    pub default: Option<String>,
    /// The source has dropped it behind these rows: a target that lacks it loses nothing.
    pub dropped: bool,
}

/// The type of a column, by which its values are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// Of a row image's field.
    Flink(FlinkType),
    /// Of a column in a Debezium record.
    Source(SourceType),
}

impl ColumnType {
    /// How its values get into a column of the target.
    ///
    /// # Errors
    /// The reason why the pair does not fit, in a sentence without the column's name.
    pub fn codec(&self, target: &TargetType) -> std::result::Result<Codec, String> {
        match self {
            ColumnType::Flink(flink) => resolve(flink, target),
            ColumnType::Source(source) => debezium::codec(*source, target),
        }
    }

    /// The type that stands for all that are read alike.
    #[must_use]
    pub fn reading(&self) -> Self {
        match self {
            ColumnType::Flink(flink) => ColumnType::Flink(flink.clone()),
            ColumnType::Source(source) => ColumnType::Source(source.reading()),
        }
    }

    /// The SQL type of a new column.
    #[must_use]
    pub fn created(&self) -> String {
        match self {
            ColumnType::Flink(flink) => created(flink),
            ColumnType::Source(source) => debezium::created_as(*source),
        }
    }
}

pub(super) fn columns(entries: &mut Entries, records: RecordFormat) -> Result<Vec<ColumnSpec>> {
    let (mut columns, mut faults) = (Vec::new(), Vec::new());
    for index in 0_usize.. {
        let option = |what: &str| format!("column.{index}.{what}");
        let Some(name) = entries.optional(&option("name")) else { break };
        let (type_option, known) = match records {
            RecordFormat::RowImage | RecordFormat::CdcRecord => {
                let key = option("type");
                let flink = FlinkType::parse(&entries.required(&key)?);
                (key, flink.map(|(t, nullable)| (ColumnType::Flink(t), nullable)).map_err(|e| e.to_string()))
            }
            RecordFormat::DebeziumJson(_) => {
                let key = option("source-type");
                let source = SourceType::parse(&entries.required(&key)?);
                let nullable = entries.flag(&option("nullable"))?;
                (key, source.map(|t| (ColumnType::Source(t), nullable)))
            }
        };
        let comment = comment(entries, &option("comment"))?;
        let default = entries.optional(&option("default"));
        if default.as_ref().is_some_and(|text| text.contains('\0')) {
            return Err(config(format!(
                "option '{}' has U+0000, which no server of the family can hold",
                option("default")
            )));
        }
        let dropped = entries.present(&option("dropped"))?;
        match known {
            Ok((column_type, nullable)) => {
                columns.push(ColumnSpec { name, column_type, nullable, comment, default, dropped });
            }
            Err(reason) => faults.push(format!("column {name:?} (option '{type_option}'): {reason}")),
        }
    }
    if faults.is_empty() { Ok(columns) } else { Err(config(faults.join("; "))) }
}

/// A comment for the server; an empty one is none.
pub(super) fn comment(entries: &mut Entries, option: &str) -> Result<Option<String>> {
    let comment = entries.optional(option).filter(|comment| !comment.is_empty());
    if comment.as_ref().is_some_and(|comment| comment.contains('\0')) {
        return Err(config(format!("option '{option}' has U+0000, which no server of the family can hold")));
    }
    Ok(comment)
}
