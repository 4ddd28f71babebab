//! The plan of one table: which codec each field has, run for every row of every batch.
//!
//! The row loop matches enums; it allocates nothing and looks nothing up by name. Names come in only when a row is
//! refused.

use bytes::BytesMut;

use super::keys::{KeyHash, KeySet};
use super::value::{self, Fault, Value};
use super::{Format, Mode, binary, text};
use crate::error::{Error, Kind, Result};
use crate::row::{Frames, RowImage, RowKind};
use crate::types::{Codec, KeyEquality};

/// What a tuple needs besides its values: field count or newline, operation and sequence number.
const TUPLE_OVERHEAD: usize = 32;

/// One column of the target, in the order of the image's fields.
#[derive(Clone, Debug)]
pub struct PlanColumn {
    /// Its name, for messages.
    pub name: String,
    /// Its way to the server.
    pub codec: Codec,
    /// The target refuses NULL.
    pub not_null: bool,
    /// Equal on the server means equal canonical bytes; a collation can say otherwise.
    pub exact_key: bool,
}

/// How much a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Rows in it.
    pub rows: u64,
    /// Encoded bytes that it will not pass.
    pub bytes: usize,
}

/// Made once per table; encodes from any thread.
#[derive(Clone, Debug)]
pub struct Plan {
    table: String,
    format: Format,
    mode: Mode,
    columns: Vec<PlanColumn>,
    /// By column: part of the key.
    is_key: Vec<bool>,
    /// Key columns in key order; empty where uniqueness cannot be proven.
    proven_key: Vec<usize>,
    tuple_fields: i16,
    fixed_bound: usize,
}

impl Plan {
    /// `table` is for messages; `key` are indexes into `columns`.
    #[must_use]
    pub fn new(table: String, format: Format, mode: Mode, columns: Vec<PlanColumn>, key: Vec<usize>) -> Self {
        let fields = columns.len() + if mode == Mode::Merge { 2 } else { 0 };
        let longest = match format {
            Format::Binary => binary::LONGEST_FIXED,
            Format::Text => text::LONGEST_FIXED,
        };
        let exact = |index: &usize| {
            columns.get(*index).is_some_and(|c| c.exact_key && c.codec.key_equality() == KeyEquality::Bytes)
        };
        let provable = mode == Mode::Merge && key.iter().all(exact);
        Plan {
            is_key: (0..columns.len()).map(|index| key.contains(&index)).collect(),
            proven_key: if provable { key } else { Vec::new() },
            // A server has 1,600 columns at most.
            tuple_fields: i16::try_from(fields).unwrap_or(i16::MAX),
            fixed_bound: columns.len() * longest + TUPLE_OVERHEAD,
            table,
            format,
            mode,
            columns,
        }
    }

    /// What stands before the first tuple.
    #[must_use]
    pub fn header(&self) -> &'static [u8] {
        match self.format {
            Format::Binary => binary::HEADER,
            Format::Text => b"",
        }
    }

    /// What stands behind the last tuple.
    #[must_use]
    pub fn trailer(&self) -> &'static [u8] {
        match self.format {
            Format::Binary => binary::TRAILER,
            Format::Text => b"",
        }
    }

    /// How many rows a batch has and how long its tuples may become.
    ///
    /// # Errors
    /// Kind `Internal` for a batch that is cut wrongly.
    pub fn bound(&self, batch: &[u8]) -> Result<Bound> {
        let mut bound = Bound { rows: 0, bytes: 0 };
        for image in Frames::new(batch) {
            bound.rows += 1;
            bound.bytes += self.tuple_bound(image?.len());
        }
        Ok(bound)
    }

    /// Text may double when it is escaped, bytes when they become hexadecimal.
    fn tuple_bound(&self, image: usize) -> usize {
        self.fixed_bound + 2 * image
    }

    /// Appends a batch's tuples to `out` and returns how many; the first one gets the sequence number `next_seq`.
    ///
    /// # Errors
    /// Kind `Data`, naming table and column, for a row that the target cannot store; `Internal` for a bad image. `out`
    /// then holds part of the batch and must not be sent.
    pub fn encode(&self, batch: &[u8], next_seq: i64, out: &mut BytesMut, keys: &mut KeySet) -> Result<u64> {
        let mut rows = 0;
        if self.proven_key.is_empty() {
            keys.give_up();
        }
        for (seq, image) in (next_seq..).zip(Frames::new(batch)) {
            let image = image?;
            let start = out.len();
            let row = RowImage::new(image, self.columns.len())?;
            self.encode_row(&row, seq, out)?;
            if !self.proven_key.is_empty() && keys.is_unique() {
                keys.add(self.key_hash(&row)?);
            }
            // Fields of a sound image do not overlap, so it cannot encode to more; a forged one must not either.
            if out.len() - start > self.tuple_bound(image.len()) {
                return Err(Error::new(Kind::Internal, "a row image has overlapping fields"));
            }
            rows += 1;
        }
        Ok(rows)
    }

    fn encode_row(&self, row: &RowImage<'_>, seq: i64, out: &mut BytesMut) -> Result<()> {
        let kind = row.kind()?;
        if self.mode == Mode::Append && kind != RowKind::Insert {
            return Err(self.not_an_insert());
        }
        if self.format == Format::Binary {
            binary::begin_tuple(self.tuple_fields, out);
        }
        for (field, (column, is_key)) in self.columns.iter().zip(&self.is_key).enumerate() {
            if self.format == Format::Text && field > 0 {
                text::separator(out);
            }
            match self.value(column, *is_key, kind, row, field)? {
                Some(value) if self.format == Format::Binary => binary::put(value, out),
                Some(value) => text::put(value, out),
                None if self.format == Format::Binary => binary::put_null(out),
                None => text::put_null(out),
            }
        }
        let op = i16::from(kind.is_put());
        match (self.mode, self.format) {
            (Mode::Merge, Format::Binary) => binary::put_op_and_seq(op, seq, out),
            (Mode::Merge, Format::Text) => {
                text::separator(out);
                text::put_op_and_seq(op, seq, out);
            }
            (Mode::Append, _) => {}
        }
        if self.format == Format::Text {
            text::end_tuple(out);
        }
        Ok(())
    }

    /// A field's value; `None` for NULL. Of a row that removes a key only the key is read: newer Flinks send no more.
    #[inline]
    fn value<'a>(
        &self,
        column: &PlanColumn,
        is_key: bool,
        kind: RowKind,
        row: &RowImage<'a>,
        field: usize,
    ) -> Result<Option<Value<'a>>> {
        let in_key = is_key && self.mode == Mode::Merge;
        if !kind.is_put() && !in_key {
            return Ok(None);
        }
        if row.is_null(field) {
            if in_key {
                return Err(self.unfit(column, "NULL in a key column"));
            }
            if column.not_null {
                return Err(self.unfit(column, "NULL in a column that is NOT NULL"));
            }
            return Ok(None);
        }
        match value::read(column.codec, row, field) {
            Ok(value) => Ok(Some(value)),
            Err(Fault::Image(error)) => Err(error),
            Err(Fault::Unfit(reason)) => Err(self.unfit(column, reason)),
        }
    }

    fn key_hash(&self, row: &RowImage<'_>) -> Result<u64> {
        let mut hash = KeyHash::new();
        for field in &self.proven_key {
            let Some(column) = self.columns.get(*field) else { continue };
            if let Some(value) = self.value(column, true, RowKind::Insert, row, *field)? {
                hash.value(&value);
            }
        }
        Ok(hash.finish())
    }

    #[cold]
    fn unfit(&self, column: &PlanColumn, reason: &str) -> Error {
        Error::new(Kind::Data, format!("table {}, column {:?}: {reason}", self.table, column.name))
    }

    #[cold]
    fn not_an_insert(&self) -> Error {
        let text = format!(
            "table {}: 'load_mode' = 'append' takes inserts only and got an update or delete; use 'load_mode' = \
             'merge' with a primary key",
            self.table
        );
        Error::new(Kind::Data, text)
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
