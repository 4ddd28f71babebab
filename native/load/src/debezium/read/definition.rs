//! The tables that a schema event tells of: `tableChanges`, at the top of a record of Debezium's schema topic, or
//! inside the text `historyRecord` that Flink CDC emits.
//!
//! Promise: a column's type is read or the error names table and column. What the types become in the target is not
//! decided here.

use serde::Deserialize;

use std::borrow::Cow;

use super::added_column::AddedColumns;
use super::json::refused;
use crate::debezium::SourceType;
use crate::error::{Error, Kind, Result};

/// A change of tables.
#[derive(Debug)]
pub struct SchemaChange<'a> {
    /// The source's database.
    pub database: Cow<'a, str>,
    /// The statement, as the user wrote it.
    pub ddl: Cow<'a, str>,
    /// What the tables are now.
    pub changes: Vec<TableChange>,
}

/// What happened to a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableChange {
    /// It was created, or is told of by the snapshot.
    Created(TableDefinition),
    /// It has other columns, or another name.
    Altered(TableDefinition),
    /// It is gone: database and table. It need not have been there: `DROP TABLE IF EXISTS`.
    Dropped(String, String),
    /// All its rows are gone: database and table.
    Truncated(String, String),
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
    /// Its comment; empty for none, and where the stream leaves comments out.
    pub comment: String,
    /// The database and the name that it had before, where it was renamed.
    pub renamed_from: Option<(String, String)>,
}

/// A column of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnDefinition {
    /// Its name.
    pub name: String,
    /// Its type, or why it is not known: a table may have a column that nobody loads.
    pub source_type: std::result::Result<SourceType, String>,
    /// Its type as a text that [`SourceType::parse`] reads alike.
    pub told_type: String,
    /// It takes NULL.
    pub nullable: bool,
    /// Its comment; empty for none, and where the stream leaves comments out.
    pub comment: String,
    /// What rows that were there got in it, where this change added it and that is known and not NULL: a text that a
    /// column of the target reads.
    pub in_old_rows: Option<String>,
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
    #[serde(rename = "previousId")]
    previous_id: Option<String>,
    table: Option<Table>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Table {
    primary_key_column_names: Option<Vec<String>>,
    columns: Vec<Column>,
    comment: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Column {
    name: String,
    type_name: String,
    length: Option<i64>,
    scale: Option<i64>,
    optional: Option<bool>,
    comment: Option<String>,
    enum_values: Option<Vec<String>>,
}

/// The text of `historyRecord`; `source` are database and table of the record's source.
pub(crate) fn of_history(text: &str, source: Option<(&str, &str)>) -> Result<SchemaChange<'static>> {
    let what = "the 'historyRecord' of a Debezium record";
    let record: HistoryRecord = serde_json::from_str(text).map_err(|e| refused(what, &e))?;
    let ddl = record.ddl.unwrap_or_default();
    let mut changes = read(record.table_changes, &ddl)?;
    if changes.is_empty() {
        changes.extend(source.and_then(|source| of_statement(&ddl, source)));
    }
    Ok(SchemaChange { database: record.database_name.unwrap_or_default().into(), ddl: ddl.into(), changes })
}

/// Flink CDC tells neither of a table that is gone nor of one that is empty in `tableChanges`: only the statement says
/// so. That of a drop is made by Debezium, one for each table, while the source has all their names in one text; that
/// of a truncation is the user's, and the source has its one table.
fn of_statement(ddl: &str, (database, table): (&str, &str)) -> Option<TableChange> {
    let mut words = Words(ddl);
    match (words.next()?.as_str(), words.next()?.as_str()) {
        ("truncate", _) if !table.is_empty() => {
            Some(TableChange::Truncated(database.to_owned(), table.to_owned()))
        }
        ("drop", "table") => {
            let names = words.0.trim_start();
            let names = names.strip_prefix("IF EXISTS").unwrap_or(names).trim_start();
            match quoted_names(names, '`')?.as_slice() {
                [database, table] => Some(TableChange::Dropped(database.clone(), table.clone())),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The words of a statement in lower case, without the comments between them.
struct Words<'a>(&'a str);

impl Iterator for Words<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        loop {
            self.0 = self.0.trim_start();
            let behind = if let Some(comment) = self.0.strip_prefix("/*") {
                comment.split_once("*/")
            } else if self.0.starts_with('#') || self.0.starts_with("-- ") {
                self.0.split_once('\n')
            } else {
                break;
            };
            self.0 = behind?.1;
        }
        let end = self.0.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at_checked(end.max(1)).unwrap_or((self.0, ""));
        self.0 = rest;
        if word.is_empty() { None } else { Some(word.to_ascii_lowercase()) }
    }
}

/// The text of `tableChanges`, and the statement.
pub(crate) fn table_changes(text: &str, ddl: &str) -> Result<Vec<TableChange>> {
    let what = "the 'tableChanges' of a Debezium record";
    let entries: Vec<Entry> = serde_json::from_str(text).map_err(|e| refused(what, &e))?;
    read(entries, ddl)
}

fn read(entries: Vec<Entry>, ddl: &str) -> Result<Vec<TableChange>> {
    let added = AddedColumns::of(ddl);
    entries.into_iter().map(|entry| table_change(entry, &added)).collect()
}

fn table_change(entry: Entry, added: &AddedColumns) -> Result<TableChange> {
    let wrong = |reason: &str| Error::new(Kind::Data, format!("source table {}: {reason}", entry.id));
    let (database, table) = named(&entry.id).map_err(wrong)?;
    if entry.kind == "DROP" {
        return Ok(TableChange::Dropped(database, table));
    }
    let renamed_from = entry.previous_id.as_deref().map(named).transpose().map_err(wrong)?;
    // Debezium's topic can be configured to tell only that a table changed.
    let Some(told) = entry.table else { return Err(wrong("the table change does not tell the columns")) };
    let definition = TableDefinition {
        renamed_from: renamed_from.filter(|(from, name)| (from, name) != (&database, &table)),
        database,
        table,
        columns: told.columns.into_iter().map(|told| column(told, added)).collect(),
        key: told.primary_key_column_names.unwrap_or_default(),
        comment: told.comment.unwrap_or_default(),
    };
    match entry.kind.as_str() {
        "CREATE" => Ok(TableChange::Created(definition)),
        "ALTER" => Ok(TableChange::Altered(definition)),
        _ => Err(wrong("the 'type' of a table change is none of CREATE, ALTER and DROP")),
    }
}

fn column(column: Column, added: &AddedColumns) -> ColumnDefinition {
    let source_type = SourceType::from_parts(&column.type_name, column.length, column.scale);
    let nullable = column.optional.unwrap_or(true);
    let labels = column.enum_values.unwrap_or_default();
    let known = source_type.as_ref().ok();
    ColumnDefinition {
        in_old_rows: known.and_then(|kind| added.value(&column.name, *kind, nullable, &labels)),
        told_type: source_type.as_ref().map_or(column.type_name, ToString::to_string),
        source_type,
        name: column.name,
        nullable,
        comment: column.comment.unwrap_or_default(),
    }
}

/// Database and table of an `id`.
fn named(id: &str) -> std::result::Result<(String, String), &'static str> {
    let mut names =
        quoted_names(id, '"').ok_or("the 'id' of a table change is not quoted names")?.into_iter();
    match (names.next(), names.next_back()) {
        (Some(database), Some(table)) => Ok((database, table)),
        _ => Err("the 'id' of a table change has no database"),
    }
}

/// `"a"."b""c"` → a, b"c.
fn quoted_names(id: &str, quote: char) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut rest = id;
    loop {
        let mut name = String::new();
        rest = rest.strip_prefix(quote)?;
        loop {
            let (part, behind) = rest.split_once(quote)?;
            name.push_str(part);
            let Some(more) = behind.strip_prefix(quote) else {
                rest = behind;
                break;
            };
            name.push(quote);
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
    use super::*;

    #[test]
    fn identifiers_are_unquoted() {
        let names = |id| quoted_names(id, '"').map(|names| names.join("|"));
        assert_eq!(names(r#""a"."b""#).as_deref(), Some("a|b"));
        assert_eq!(names(r#""a.b"."c""d""#).as_deref(), Some("a.b|c\"d"));
        assert_eq!(names(r#""a"."b"."c""#).as_deref(), Some("a|b|c"));
        for wrong in ["", "a.b", r#""a"#, r#""a"b"#, r#""a"."#] {
            assert_eq!(names(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn statements_tell_of_tables_that_are_gone_or_empty() {
        let names = || ("shop".to_owned(), "t".to_owned());
        let gone = || Some(TableChange::Dropped(names().0, names().1));
        let empty = || Some(TableChange::Truncated(names().0, names().1));
        for (ddl, expected) in [
            ("TRUNCATE TABLE t", empty()),
            ("truncate  `t`", empty()),
            ("/* why */ -- more\n#x\nTruncate/**/table t", empty()),
            ("DROP TABLE `shop`.`t`", gone()),
            ("DROP TABLE IF EXISTS `shop`.`t`", gone()),
            ("DROP TABLE `shop`.`t`, `shop`.`u`", None),
            ("DROP VIEW t", None),
            ("CREATE INDEX i ON t (a)", None),
            ("DROP", None),
            ("/* never ends", None),
            ("é", None),
            ("", None),
        ] {
            let source = ("shop", if ddl.starts_with("DROP") { "u,t" } else { "t" });
            assert_eq!(of_statement(ddl, source), expected, "{ddl}");
        }
        assert_eq!(of_statement("TRUNCATE t", ("shop", "")), None);
    }
}
