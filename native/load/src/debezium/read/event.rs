//! What one record is: a change of a row, a change of tables, or nothing to load.
//!
//! Promise: the rows of a change are delimited, valid JSON, and not looked into. With the envelope, `schema` is kept
//! as text: types come from the source, and reading 4 KB of them per row would cost more than the row.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::definition::{self, SchemaChange};
use super::json::{self, Text};
use crate::error::{Error, Kind, Result};

/// One record.
#[derive(Debug)]
pub enum Event<'a> {
    /// A row, or all rows, of a table changed.
    Change(Change<'a>),
    /// Tables changed.
    Schema(SchemaChange<'a>),
    /// Nothing to load.
    Ignored(Ignored),
}

/// Why a record has nothing to load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// Empty or `null`: tells Kafka's compaction that a key is gone; the delete came before it.
    Tombstone,
    /// Only a time.
    Heartbeat,
    /// The begin or the end of a transaction.
    Transaction,
}

/// What happened to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `c`
    Create,
    /// `r`: read by the snapshot.
    Read,
    /// `u`
    Update,
    /// `d`
    Delete,
    /// `t`: all rows are gone.
    Truncate,
}

impl Op {
    /// As the record has it.
    pub(crate) fn letter(self) -> &'static str {
        match self {
            Op::Create => "c",
            Op::Read => "r",
            Op::Update => "u",
            Op::Delete => "d",
            Op::Truncate => "t",
        }
    }
}

/// The text of a row: a JSON object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawRow<'a>(pub(crate) &'a str);

/// A change of a table's rows.
#[derive(Debug)]
pub struct Change<'a> {
    /// What happened.
    pub op: Op,
    /// The source's database.
    pub database: Cow<'a, str>,
    /// The source's schema, where it has such.
    pub schema: Option<Cow<'a, str>>,
    /// The source's table.
    pub table: Cow<'a, str>,
    /// The row before the change.
    pub before: Option<RawRow<'a>>,
    /// The row after the change.
    pub after: Option<RawRow<'a>>,
    /// The text of the envelope's schema, where there is one.
    pub envelope: Option<&'a str>,
    /// When the connector saw it, in milliseconds of the epoch.
    pub ts_ms: Option<i64>,
}

/// All that any record has, of which each has a part.
#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    schema: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "json::present")]
    payload: Option<&'a RawValue>,
    #[serde(borrow)]
    op: Option<Text<'a>>,
    #[serde(borrow)]
    source: Option<Source<'a>>,
    #[serde(borrow)]
    before: Option<&'a RawValue>,
    #[serde(borrow)]
    after: Option<&'a RawValue>,
    ts_ms: Option<i64>,
    #[serde(borrow, rename = "historyRecord")]
    history_record: Option<Text<'a>>,
    #[serde(borrow)]
    ddl: Option<Text<'a>>,
    #[serde(borrow, rename = "databaseName")]
    database_name: Option<Text<'a>>,
    #[serde(borrow, rename = "tableChanges")]
    table_changes: Option<&'a RawValue>,
    status: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Source<'a> {
    #[serde(borrow)]
    db: Option<Text<'a>>,
    #[serde(borrow)]
    schema: Option<Text<'a>>,
    #[serde(borrow)]
    table: Option<Text<'a>>,
}

impl<'a> Event<'a> {
    /// Reads one record's value.
    ///
    /// # Errors
    /// Kind `Data`, saying what is wrong, and with which table where that was found.
    pub fn parse(record: &'a [u8]) -> Result<Self> {
        let text = std::str::from_utf8(record)
            .map_err(|e| malformed(&format!("it is not UTF-8 at byte {}", e.valid_up_to() + 1)))?;
        match text.trim_ascii() {
            "" | "null" => Ok(Event::Ignored(Ignored::Tombstone)),
            text => parse(text, true, None),
        }
    }
}

/// `outer`: an envelope may be around it; else `envelope` is the schema of the one that was.
fn parse<'a>(text: &'a str, outer: bool, envelope: Option<&'a RawValue>) -> Result<Event<'a>> {
    let record: Record<'a> = serde_json::from_str(text).map_err(|e| json::refused(RECORD, &e))?;
    match record.payload {
        Some(payload) if outer && record.op.is_none() && record.source.is_none() => match payload.get() {
            "null" => Ok(Event::Ignored(Ignored::Tombstone)),
            inner => parse(inner, false, record.schema),
        },
        _ => classify(record, envelope.map(RawValue::get)),
    }
}

fn classify<'a>(record: Record<'a>, envelope: Option<&'a str>) -> Result<Event<'a>> {
    match record.op {
        Some(op) => {
            let change = change(&op.0, record.source, record.before, record.after)?;
            Ok(Event::Change(Change { envelope, ts_ms: record.ts_ms, ..change }))
        }
        None if record.history_record.is_some() || record.table_changes.is_some() => schema_change(record),
        None if record.status.is_some() => Ok(Event::Ignored(Ignored::Transaction)),
        // A statement that changed no table: CREATE DATABASE, a view, a user.
        None if record.ddl.is_some() => schema_change(record),
        None if record.ts_ms.is_some() && record.before.is_none() && record.after.is_none() => {
            Ok(Event::Ignored(Ignored::Heartbeat))
        }
        None => Err(malformed("it has neither 'op' nor 'historyRecord' nor 'tableChanges'")),
    }
}

fn schema_change(record: Record<'_>) -> Result<Event<'_>> {
    let changes = match (record.history_record, record.table_changes) {
        (Some(Text(history)), _) => {
            let source = record
                .source
                .as_ref()
                .and_then(|source| Some((&*source.db.as_ref()?.0, &*source.table.as_ref()?.0)));
            return definition::of_history(&history, source).map(Event::Schema);
        }
        (None, Some(changes)) => {
            definition::table_changes(changes.get(), record.ddl.as_ref().map_or("", |Text(ddl)| ddl))?
        }
        (None, None) => Vec::new(),
    };
    Ok(Event::Schema(SchemaChange {
        database: or_empty(record.database_name),
        ddl: or_empty(record.ddl),
        changes,
    }))
}

fn change<'a>(
    op: &str,
    source: Option<Source<'a>>,
    before: Option<&'a RawValue>,
    after: Option<&'a RawValue>,
) -> Result<Change<'a>> {
    let Some(Source { db: Some(Text(database)), schema, table: Some(Text(table)) }) = source else {
        return Err(malformed("it has no 'source' with 'db' and 'table'"));
    };
    let of_table = |reason: &str| wrong(&database, &table, reason);
    let op = match op {
        "c" => Op::Create,
        "r" => Op::Read,
        "u" => Op::Update,
        "d" => Op::Delete,
        "t" => Op::Truncate,
        _ => return Err(of_table("the 'op' is none of c, r, u, d and t")),
    };
    let row = |raw: Option<&'a RawValue>| match raw.map(RawValue::get) {
        Some(text) if !text.starts_with('{') => Err(of_table("'before' or 'after' is no object")),
        text => Ok(text.map(RawRow)),
    };
    let (before, after) = (row(before)?, row(after)?);
    if after.is_none() && matches!(op, Op::Create | Op::Read | Op::Update) {
        return Err(of_table("the record has no 'after'"));
    }
    Ok(Change {
        op,
        database,
        schema: schema.map(|s| s.0),
        table,
        before,
        after,
        envelope: None,
        ts_ms: None,
    })
}

impl Change<'_> {
    /// The source's table, for messages.
    pub(crate) fn source(&self) -> String {
        format!("source table {}.{}", self.database, self.table)
    }

    /// That no table of the target is known for it.
    #[must_use]
    pub fn unknown_table(&self) -> Error {
        wrong(&self.database, &self.table, "no table of the target is known for it")
    }
}

impl<'a> RawRow<'a> {
    /// The row that a Kafka record's key is: the key columns, with or without envelope.
    ///
    /// # Errors
    /// Kind `Data` for a key that is no object.
    pub fn of_key(key: &'a [u8]) -> Result<Self> {
        #[derive(Deserialize)]
        struct Key<'a> {
            #[serde(borrow)]
            schema: Option<&'a RawValue>,
            #[serde(borrow)]
            payload: Option<&'a RawValue>,
        }
        let wrong = || Error::new(Kind::Data, "the key of a Debezium record is no JSON object");
        let text = std::str::from_utf8(key).map_err(|_| wrong())?.trim_ascii();
        let Key { schema, payload } = serde_json::from_str(text).map_err(|_| wrong())?;
        // A key column may be called payload, but then there is no schema of a struct beside it.
        let inner = match (schema, payload) {
            (Some(schema), Some(payload)) if schema.get().starts_with('{') => payload.get(),
            _ => text,
        };
        if inner.starts_with('{') { Ok(RawRow(inner)) } else { Err(wrong()) }
    }
}

const RECORD: &str = "a Debezium record";

fn or_empty(text: Option<Text<'_>>) -> Cow<'_, str> {
    text.map(|text| text.0).unwrap_or_default()
}

#[cold]
fn wrong(database: &str, table: &str, reason: &str) -> Error {
    Error::new(Kind::Data, format!("source table {database}.{table}: {reason}"))
}

#[cold]
fn malformed(reason: &str) -> Error {
    Error::new(Kind::Data, format!("{RECORD}: {reason}"))
}
