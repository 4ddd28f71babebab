//! The tables that a schema event tells of: `tableChanges`, at the top of a record of Debezium's schema topic, or
//! inside the text `historyRecord` that Flink CDC emits.
//!
//! Promise: a column's type is read or the error names table and column. What the types become in the target is not
//! decided here.

use serde::Deserialize;

use super::SourceType;
use super::event::SchemaChange;
use super::json::refused;
use crate::error::{Error, Kind, Result};

/// What happened to a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableChange {
    /// It was created, or is told of by the snapshot.
    Created(TableDefinition),
    /// It has other columns, or another name.
    Altered(TableDefinition),
    /// It is gone: database and table.
    Dropped(String, String),
}

/// A table of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDefinition {
    /// Its database.
    pub database: String,
    /// Its name.
    pub table: String,
    /// Its columns in their order.
    pub columns: Vec<ColumnDefinition>,
    /// The columns of its primary key in the key's order.
    pub key: Vec<String>,
}

/// A column of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnDefinition {
    /// Its name.
    pub name: String,
    /// Its type, or why it is not known: a table may have a column that nobody loads.
    pub source_type: std::result::Result<SourceType, String>,
    /// It takes NULL.
    pub nullable: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HistoryRecord {
    database_name: Option<String>,
    ddl: Option<String>,
    #[serde(default)]
    table_changes: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "type")]
    kind: String,
    id: String,
    table: Option<Table>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Table {
    primary_key_column_names: Option<Vec<String>>,
    columns: Vec<Column>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Column {
    name: String,
    type_name: String,
    length: Option<i64>,
    scale: Option<i64>,
    optional: Option<bool>,
}

/// The text of `historyRecord`.
pub(super) fn of_history(text: &str) -> Result<SchemaChange<'static>> {
    let what = "the 'historyRecord' of a Debezium record";
    let record: HistoryRecord = serde_json::from_str(text).map_err(|e| refused(what, &e))?;
    Ok(SchemaChange {
        database: record.database_name.unwrap_or_default().into(),
        ddl: record.ddl.unwrap_or_default().into(),
        changes: record.table_changes.into_iter().map(table_change).collect::<Result<_>>()?,
    })
}

/// The text of `tableChanges`.
pub(super) fn table_changes(text: &str) -> Result<Vec<TableChange>> {
    let what = "the 'tableChanges' of a Debezium record";
    let entries: Vec<Entry> = serde_json::from_str(text).map_err(|e| refused(what, &e))?;
    entries.into_iter().map(table_change).collect()
}

fn table_change(entry: Entry) -> Result<TableChange> {
    let wrong = |reason: &str| Error::new(Kind::Data, format!("source table {}: {reason}", entry.id));
    let names =
        quoted_names(&entry.id).ok_or_else(|| wrong("the 'id' of a table change is not quoted names"))?;
    let [database, .., table] = names.as_slice() else {
        return Err(wrong("the 'id' of a table change has no database"));
    };
    if entry.kind == "DROP" {
        return Ok(TableChange::Dropped(database.clone(), table.clone()));
    }
    // Debezium's topic can be configured to tell only that a table changed.
    let Some(told) = entry.table else { return Err(wrong("the table change does not tell the columns")) };
    let definition = TableDefinition {
        database: database.clone(),
        table: table.clone(),
        columns: told.columns.into_iter().map(column).collect(),
        key: told.primary_key_column_names.unwrap_or_default(),
    };
    match entry.kind.as_str() {
        "CREATE" => Ok(TableChange::Created(definition)),
        "ALTER" => Ok(TableChange::Altered(definition)),
        _ => Err(wrong("the 'type' of a table change is none of CREATE, ALTER and DROP")),
    }
}

fn column(column: Column) -> ColumnDefinition {
    ColumnDefinition {
        source_type: SourceType::from_parts(&column.type_name, column.length, column.scale),
        name: column.name,
        nullable: column.optional.unwrap_or(true),
    }
}

/// `"a"."b""c"` → a, b"c.
fn quoted_names(id: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut rest = id;
    loop {
        let mut name = String::new();
        rest = rest.strip_prefix('"')?;
        loop {
            let (part, behind) = rest.split_once('"')?;
            name.push_str(part);
            let Some(more) = behind.strip_prefix('"') else {
                rest = behind;
                break;
            };
            name.push('"');
            rest = more;
        }
        names.push(name);
        if rest.is_empty() {
            return Some(names);
        }
        rest = rest.strip_prefix('.')?;
    }
}

#[cfg(test)]
mod tests {
    use super::quoted_names;

    #[test]
    fn identifiers_are_unquoted() {
        let names = |id| quoted_names(id).map(|names| names.join("|"));
        assert_eq!(names(r#""a"."b""#).as_deref(), Some("a|b"));
        assert_eq!(names(r#""a.b"."c""d""#).as_deref(), Some("a.b|c\"d"));
        assert_eq!(names(r#""a"."b"."c""#).as_deref(), Some("a|b|c"));
        for wrong in ["", "a.b", r#""a"#, r#""a"b"#, r#""a"."#] {
            assert_eq!(names(wrong), None, "{wrong}");
        }
    }
}
