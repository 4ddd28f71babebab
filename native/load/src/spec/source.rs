//! A table of the source as far as finding a record's partition needs it: names, key, the form of decimals.
//!
//! Promise: valid or refused with the table's name. What is loaded of the table is the target's spec, not this one.

use super::column::{ColumnSpec, ColumnType, columns};
use super::entries::{Entries, config};
use super::record_format::{RecordFormat, decimals};
use crate::debezium::{Decimals, KeyColumn};
use crate::error::Result;

/// A table of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSpec {
    /// Its database.
    pub database: String,
    /// Its name.
    pub table: String,
    /// The columns by which its rows are routed; none where any partition is as good.
    pub key: Vec<KeyColumn>,
    /// The stream's form of decimals.
    pub decimals: Decimals,
}

impl SourceSpec {
    /// Reads the spec text; its columns are those of the key.
    ///
    /// # Errors
    /// Kind `Config`, naming the option or column that is unknown, missing, repeated or bad.
    pub fn parse(text: &str) -> Result<Self> {
        let mut entries = Entries::parse(text)?;
        let (database, table) = (entries.required("source.database")?, entries.required("source.table")?);
        let read = |mut entries: Entries| {
            let decimals = decimals(&mut entries)?;
            let key = columns(&mut entries, RecordFormat::DebeziumJson(decimals))?;
            entries.nothing_left()?;
            Ok((decimals, key.into_iter().map(key_column).collect::<Result<_>>()?))
        };
        let (decimals, key) = read(entries)
            .map_err(|error: crate::Error| error.context(&format!("source table {database}.{table}")))?;
        Ok(SourceSpec { database, table, key, decimals })
    }
}

fn key_column(column: ColumnSpec) -> Result<KeyColumn> {
    match column.column_type {
        ColumnType::Source(source_type) => Ok(KeyColumn { name: column.name, source_type }),
        ColumnType::Flink(_) => Err(config(format!("column {:?} has no type of the source", column.name))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::debezium::SourceType;

    const TEXT: &str = "source.database=shop\nsource.table=a.b\ndebezium.decimals=text\n\
        column.0.name=id\ncolumn.0.source-type=int(11)\ncolumn.0.nullable=false\n";

    #[test]
    fn a_table_has_names_key_and_decimals() {
        let id = KeyColumn {
            name: "id".to_owned(),
            source_type: SourceType::Integer { bytes: 4, unsigned: false },
        };
        assert_eq!(
            SourceSpec::parse(TEXT).expect("valid"),
            SourceSpec {
                database: "shop".to_owned(),
                table: "a.b".to_owned(),
                key: vec![id],
                decimals: Decimals::Text
            }
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_the_table() {
        for (from, to, told) in [
            ("int(11)", "vector", "column \"id\""),
            ("=text", "=avro", "'debezium.decimals'"),
            ("column.0.nullable=false\n", "", "'column.0.nullable' is missing"),
            ("column.0.name", "column.1.name", "is unknown"),
        ] {
            let error = SourceSpec::parse(&TEXT.replace(from, to)).expect_err(told).to_string();
            assert!(error.starts_with("source table shop.a.b: ") && error.contains(told), "{error}");
        }
        assert!(SourceSpec::parse("").expect_err("empty").to_string().contains("'source.database'"));
    }
}
