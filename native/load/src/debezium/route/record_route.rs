//! A record's partition as the numbers and texts that cross to another language, which sends the record on.
//!
//! Promise: a row costs numbers only; what has names, an unknown table or the tables of a schema event, comes as flat
//! texts. It decides nothing: who reads it knows the targets.

use crate::debezium::read::definition::{TableChange, TableDefinition};
use crate::debezium::{Event, Partition, Partitions};
use crate::error::Result;

/// Where a record goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRoute {
    /// What it is, the table's number, the hash of its key, and that of the key which an update took it from.
    pub numbers: [i64; 4],
    /// For an unknown table its database and name. For changes of tables, one after the other: the [`EVENT_FIELDS`],
    /// then the [`COLUMN_FIELDS`] of each column, then the names of the key.
    pub texts: Vec<String>,
}

/// The texts that a change of a table begins with: one of [`EVENTS`], database and table, what they were called before
/// a renaming or twice nothing, the comment, how many columns there are, and how many of them the key has.
pub const EVENT_FIELDS: [&str; 8] =
    ["EVENT", "DATABASE", "TABLE", "OLD_DATABASE", "OLD_TABLE", "COMMENT", "COLUMNS", "KEYS"];

/// The texts of a column: whether it takes NULL is `true` or `false`; what rows that were there got in it has `=` in
/// front, and is empty for NULL and where nobody knows.
pub const COLUMN_FIELDS: [&str; 5] = ["NAME", "TYPE", "NULLABLE", "COMMENT", "IN_OLD_ROWS"];

/// What happened to a table.
pub const EVENTS: [&str; 4] = [CREATED, ALTERED, DROPPED, TRUNCATED];

const CREATED: &str = "CREATED";
const ALTERED: &str = "ALTERED";
const DROPPED: &str = "DROPPED";
const TRUNCATED: &str = "TRUNCATED";

/// What a record is: the first of the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteKind {
    /// The row of a key.
    Row = 0,
    /// A row that left another key.
    Moved = 1,
    /// A delete that only its key describes.
    Keyed = 2,
    /// The end of all rows of a table.
    Truncated = 3,
    /// Of a table that was not added.
    Unknown = 4,
    /// A change of tables.
    Tables = 5,
    /// Nothing to load.
    Nothing = 6,
}

impl RouteKind {
    /// The number that crosses is a kind's place here; with the name that it has outside.
    pub const NUMBERS: [(&'static str, RouteKind); 7] = [
        ("ROW", RouteKind::Row),
        ("MOVED", RouteKind::Moved),
        ("KEYED", RouteKind::Keyed),
        ("TRUNCATED", RouteKind::Truncated),
        ("UNKNOWN", RouteKind::Unknown),
        ("TABLES", RouteKind::Tables),
        ("NOTHING", RouteKind::Nothing),
    ];
}

impl RecordRoute {
    /// Finds the route of a record; `key` is the record's key, for deletes that come without the row.
    ///
    /// # Errors
    /// As [`Partitions::find`], and for a malformed schema event.
    pub fn find(partitions: &Partitions, record: &[u8], key: Option<&[u8]>) -> Result<Self> {
        Ok(match partitions.find(record, key)? {
            Partition::Key { table, hash, moved_from: None } => route(RouteKind::Row, table, hash, 0),
            Partition::Key { table, hash, moved_from: Some(old) } => {
                route(RouteKind::Moved, table, hash, old)
            }
            Partition::Keyed { table, hash } => route(RouteKind::Keyed, table, hash, 0),
            Partition::Table(table) => route(RouteKind::Truncated, table, 0, 0),
            Partition::Unknown | Partition::Other => named(&Event::parse(record)?),
        })
    }
}

fn route(kind: RouteKind, table: usize, hash: u64, old: u64) -> RecordRoute {
    let table = i64::try_from(table).unwrap_or(i64::MAX);
    RecordRoute { numbers: [kind as i64, table, hash.cast_signed(), old.cast_signed()], texts: Vec::new() }
}

#[cold]
fn named(event: &Event<'_>) -> RecordRoute {
    let with = |kind, texts| RecordRoute { texts, ..route(kind, 0, 0, 0) };
    match event {
        Event::Change(change) => with(
            RouteKind::Unknown,
            vec![change.database.clone().into_owned(), change.table.clone().into_owned()],
        ),
        Event::Ignored(_) => route(RouteKind::Nothing, 0, 0, 0),
        // A statement about no table.
        Event::Schema(schema) if schema.changes.is_empty() => route(RouteKind::Nothing, 0, 0, 0),
        Event::Schema(schema) => with(RouteKind::Tables, schema.changes.iter().flat_map(told).collect()),
    }
}

fn told(change: &TableChange) -> Vec<String> {
    let gone = |event: &str, database: &str, table: &str| {
        let texts: [&str; EVENT_FIELDS.len()] = [event, database, table, "", "", "", "0", "0"];
        texts.map(str::to_owned).to_vec()
    };
    match change {
        TableChange::Created(table) => defined(CREATED, table),
        TableChange::Altered(table) => defined(ALTERED, table),
        TableChange::Dropped(database, table) => gone(DROPPED, database, table),
        TableChange::Truncated(database, table) => gone(TRUNCATED, database, table),
    }
}

fn defined(event: &str, table: &TableDefinition) -> Vec<String> {
    let (old_database, old_table) = table.renamed_from.clone().unwrap_or_default();
    let texts: [String; EVENT_FIELDS.len()] = [
        event.to_owned(),
        table.database.clone(),
        table.table.clone(),
        old_database,
        old_table,
        table.comment.clone(),
        table.columns.len().to_string(),
        table.key.len().to_string(),
    ];
    let mut texts = texts.to_vec();
    for column in &table.columns {
        let column: [String; COLUMN_FIELDS.len()] = [
            column.name.clone(),
            column.told_type.clone(),
            column.nullable.to_string(),
            column.comment.clone(),
            column.in_old_rows.as_ref().map_or_else(String::new, |value| format!("={value}")),
        ];
        texts.extend(column);
    }
    texts.extend_from_slice(&table.key);
    texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::debezium::{Decimals, KeyColumn, SourceType};

    fn find(record: &str, key: Option<&str>) -> RecordRoute {
        let mut partitions = Partitions::default();
        let id = KeyColumn { name: "id".to_owned(), source_type: SourceType::parse("int").unwrap() };
        partitions.add("shop", "other", Vec::new(), Decimals::Base64);
        partitions.add("shop", "t", vec![id], Decimals::Base64);
        RecordRoute::find(&partitions, record.as_bytes(), key.map(str::as_bytes)).unwrap()
    }

    fn record(op: &str, before: &str, after: &str, table: &str) -> String {
        let source = format!(r#"{{"db":"shop","table":"{table}"}}"#);
        format!(r#"{{"before":{before},"after":{after},"source":{source},"op":"{op}"}}"#)
    }

    #[test]
    fn the_numbers_are_those_of_the_table() {
        for (number, (name, kind)) in RouteKind::NUMBERS.iter().enumerate() {
            assert_eq!(number, *kind as usize, "{name}");
        }
    }

    #[test]
    fn rows_are_numbers() {
        let (one, two) = (r#"{"id":1}"#, r#"{"id":2}"#);
        let put = find(&record("c", "null", one, "t"), None);
        assert_eq!((&put.numbers[..2], put.texts.len()), (&[0, 1][..], 0));
        let moved = find(&record("u", one, two, "t"), None);
        assert_eq!((&moved.numbers[..2], moved.numbers[3]), (&[1, 1][..], put.numbers[2]));
        let keyed = find(&record("d", "null", "null", "t"), Some(one));
        assert_eq!((&keyed.numbers[..2], keyed.numbers[2]), (&[2, 1][..], put.numbers[2]));
        assert_eq!(find(&record("t", "null", "null", "t"), None).numbers, [3, 1, 0, 0]);
        for nothing in ["", "null", r#"{"ts_ms":1}"#, r#"{"ddl":"CREATE VIEW v AS SELECT 1"}"#] {
            assert_eq!(find(nothing, None).numbers, [6, 0, 0, 0], "{nothing}");
        }
    }

    #[test]
    fn what_has_names_is_texts() {
        let unknown = find(&record("c", "null", "{}", "a\\\"b"), None);
        assert_eq!((unknown.numbers[0], unknown.texts.join("|").as_str()), (4, "shop|a\"b"));
        let tables = r#"{"databaseName":"shop","ddl":"ALTER TABLE t ADD at DATETIME(6) DEFAULT '2020-01-01 00:00:00'","tableChanges":[{"type":"DROP","id":"\"shop\".\"u\""},
            {"type":"ALTER","id":"\"shop\".\"t\"","previousId":"\"shop\".\"s\"","table":{"comment":"all",
            "primaryKeyColumnNames":["id"],"columns":[
            {"name":"id","typeName":"INT UNSIGNED","optional":false,"comment":"the key"},
            {"name":"at","typeName":"DATETIME","length":6,"optional":true},
            {"name":"v","typeName":"VECTOR","length":3}]}}]}"#;
        let told = find(tables, None);
        assert_eq!(told.numbers[0], 5);
        assert_eq!(
            told.texts.join("|"),
            "DROPPED|shop|u||||0|0|ALTERED|shop|t|shop|s|all|3|1|id|INT UNSIGNED|false|the key||\
             at|DATETIME(6)|true||=2020-01-01 00:00:00|v|VECTOR|true|||id"
        );
    }
}
