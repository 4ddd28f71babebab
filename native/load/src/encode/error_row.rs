//! Rows that cannot be stored, as rows of the table for such.
//!
//! Promise: that table is one that rows are appended to, as any other, so each of them is there under the guarantee of
//! the good ones. Its texts hold values; nothing else that is told of such rows does.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::BytesMut;

use super::encoder::Encoder;
use crate::copy::characters::Characters;
use crate::copy::value::{Fault, Value, kept_timestamp, since_2000, text};
use crate::copy::{Fields, KeyMemory, KeySet};
use crate::error::{Error, Kind, Result};
use crate::row::{RowImage, RowKind};
use crate::spec::{CreateSpec, TableSpec};
use crate::types::{Codec, FlinkType};

/// The columns behind the first, which is when the row was met.
const TEXTS: [&str; 7] = ["sink", "target", "operation", "key", "row", "reason", "sqlstate"];
const MET_AT: &str = "met_at";

/// What a reason, a target's name and a sink's id are together at most.
const WORDS: usize = 2 << 10;

/// The table's spec.
pub(crate) fn table(schema: &str, name: &str) -> TableSpec {
    let texts = TEXTS.map(|name| (name, FlinkType::Text));
    let columns = std::iter::once((MET_AT, FlinkType::TimestampLtz(3))).chain(texts);
    TableSpec::of_own(
        (schema, name),
        columns,
        CreateSpec {
            distributed_by: Vec::new(),
            properties: Vec::new(),
            comment: Some(
                "Rows that could not be stored, see the option 'sink.error-rows.action'".to_owned(),
            ),
            option: "sink.error-rows.table-name",
        },
    )
}

/// A row that was left out, and why.
#[derive(Debug)]
pub(crate) struct ErrorRow {
    operation: Option<&'static str>,
    key: Option<Vec<u8>>,
    row: Option<Vec<u8>>,
    reason: Error,
}

impl Encoder {
    /// The row of a frame that was left out. What has no JSON is not shown.
    pub(crate) fn error_row(&self, image: &[u8], reason: Error) -> ErrorRow {
        match self {
            Encoder::RowImages { plan, shown, .. } => {
                let kind = RowImage::new(image, plan.width()).and_then(|row| row.kind()).ok();
                let (key, row) = (shown.key(image), shown.row(image));
                ErrorRow { operation: kind.map(RowKind::symbol), key, row, reason }
            }
            Encoder::Debezium(encoder) => {
                let (operation, key, row) = match encoder.shown(image) {
                    Some((operation, key, row)) => (Some(operation), key, row),
                    None => (None, None, None),
                };
                let bytes = |text: &str| text.as_bytes().to_vec();
                ErrorRow { operation, key: key.as_deref().map(bytes), row: row.map(bytes), reason }
            }
        }
    }

    /// How long the texts of such a row may become, of a frame of so many bytes.
    pub(crate) fn error_row_bound(&self, frame: usize) -> usize {
        let shown = match self {
            Encoder::RowImages { shown, .. } => shown.bound(frame),
            Encoder::Debezium(_) => frame,
        };
        2 * shown + WORDS
    }

    /// Appends rows of `target` that could not be stored to `out`; this is the encoder of the table for such.
    ///
    /// # Errors
    /// As [`Encoder::encode`]: the table is one that does not take them.
    pub(crate) fn encode_error_rows(
        &self,
        rows: &[ErrorRow],
        (sink, target): (&str, &str),
        out: &mut BytesMut,
    ) -> Result<u64> {
        let Encoder::RowImages { plan, .. } = self else {
            return Err(Error::new(Kind::Internal, "the table of error rows has no row images"));
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let mut keys = KeySet::new(KeyMemory::new(0));
        for row in rows {
            let reason = row.reason.to_string();
            let mut cells = Cells {
                met_at: since_2000(i64::try_from(now).unwrap_or(i64::MAX), 0),
                texts: [
                    Some(sink.as_bytes()),
                    Some(target.as_bytes()),
                    row.operation.map(str::as_bytes),
                    row.key.as_deref(),
                    row.row.as_deref(),
                    Some(reason.as_bytes()),
                    row.reason.value_sqlstate().map(str::as_bytes),
                ],
            };
            plan.encode_fields(&mut cells, RowKind::Insert, 0, out, &mut keys)?;
        }
        Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
    }
}

/// The values of one of its rows.
struct Cells<'r> {
    met_at: Option<i64>,
    texts: [Option<&'r [u8]>; TEXTS.len()],
}

impl Cells<'_> {
    fn text(&self, field: usize) -> Option<&[u8]> {
        self.texts.get(field.checked_sub(1)?).copied().flatten()
    }
}

impl Fields for Cells<'_> {
    fn is_null(&self, field: usize) -> bool {
        field > 0 && self.text(field).is_none()
    }

    fn read<'a>(
        &'a mut self,
        codec: &'a Codec,
        field: usize,
        characters: &'a mut Characters,
    ) -> std::result::Result<Value<'a>, Fault> {
        match (codec, self.text(field)) {
            (Codec::Timestamp { unit, zoned, .. }, None) => {
                Ok(Value::Timestamp { micros: kept_timestamp(self.met_at, *unit)?, zoned: *zoned })
            }
            (Codec::Text(target, longest), Some(cell)) => {
                Ok(Value::Text(text(*target, *longest, cell, characters)?, *target))
            }
            _ => Err(Fault::Misread("the column is not of the type that the table for error rows has there")),
        }
    }
}
