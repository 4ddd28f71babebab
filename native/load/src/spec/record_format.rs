//! In what form the rows of a table come.

use super::entries::Entries;
use crate::debezium::Decimals;
use crate::error::Result;

/// What a row of the table is when it crosses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordFormat {
    /// An image of Flink's, with the kind of the change in it.
    RowImage,
    /// The same as Flink CDC makes it: no timestamp is inline, whatever its precision is.
    CdcRecord,
    /// A record of Debezium's in JSON, behind the byte that says which part of it is meant.
    DebeziumJson(Decimals),
}

pub(super) fn records(entries: &mut Entries) -> Result<RecordFormat> {
    let formats = [
        ("row-image", Some(RecordFormat::RowImage)),
        ("cdc-record", Some(RecordFormat::CdcRecord)),
        ("debezium-json", None),
    ];
    match entries.one_of("record.format", &formats)? {
        Some(images) => Ok(images),
        None => decimals(entries).map(RecordFormat::DebeziumJson),
    }
}

pub(super) fn decimals(entries: &mut Entries) -> Result<Decimals> {
    let decimals = [("base64", Decimals::Base64), ("numeric", Decimals::Numeric), ("text", Decimals::Text)];
    entries.one_of("debezium.decimals", &decimals)
}
