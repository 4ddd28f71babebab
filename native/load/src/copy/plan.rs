//! The plan of one table: which codec each field has, run for every row of every batch.
//!
//! The row loop matches enums; it allocates nothing and looks nothing up by name. Names come in only when a row is
//! refused.

mod rows;

use bytes::BytesMut;

use super::characters::Characters;
use super::fields::Fields;
use super::format::{Format, Mode};
use super::keys::KeySet;
use super::value::Fault;
use super::{binary, nested, text};
use crate::error::{Error, Kind, Result};
use crate::row::{FRAME_HEAD, Frames, IgnoredKinds, RowImage, RowKind};
use crate::types::{Codec, KeyEquality, NullChars};

/// What a tuple needs besides its values: field count or newline, operation and sequence number.
const TUPLE_OVERHEAD: usize = 32;

/// not_null_violation and data_exception (PostgreSQL documentation, appendix A).
const NULL_REFUSED: &str = "23502";
const VALUE_REFUSED: &str = "22000";

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
    /// Fields of the row image, those that the target lacks included.
    width: usize,
    columns: Vec<PlanColumn>,
    /// By column: its field in the row image.
    fields: Vec<usize>,
    /// By column: part of the key.
    is_key: Vec<bool>,
    /// Equal keys and equal hashes of them are the same, so that uniqueness can be proven.
    provable: bool,
    tuple_fields: i16,
    fixed_bound: usize,
    /// Bytes that one of an image becomes at most.
    growth: usize,
    null_chars: NullChars,
    ignored: IgnoredKinds,
}

impl Plan {
    /// A plan that writes every field. `table` is for messages; `key` are indexes into `columns`.
    #[must_use]
    pub fn new(table: String, format: Format, mode: Mode, columns: Vec<PlanColumn>, key: &[usize]) -> Self {
        Self::leaving_out(table, format, mode, columns.into_iter().map(Some).collect(), key)
    }

    /// A plan that leaves out the fields without a column; `key` are indexes of fields.
    #[must_use]
    pub fn leaving_out(
        table: String,
        format: Format,
        mode: Mode,
        fields: Vec<Option<PlanColumn>>,
        key: &[usize],
    ) -> Self {
        let width = fields.len();
        let (fields, columns): (Vec<usize>, Vec<PlanColumn>) =
            fields.into_iter().enumerate().filter_map(|(field, column)| Some((field, column?))).unzip();
        let tuple_fields = columns.len() + if mode == Mode::Merge { 2 } else { 0 };
        let longest = match format {
            Format::Binary => binary::LONGEST_FIXED,
            Format::Text => text::LONGEST_FIXED,
        };
        let is_key: Vec<bool> = fields.iter().map(|field| key.contains(field)).collect();
        let exact = |c: &PlanColumn| c.exact_key && c.codec.key_equality() == KeyEquality::Bytes;
        let keys = columns.iter().zip(&is_key).filter_map(|(column, is_key)| is_key.then_some(column));
        let provable = mode != Mode::Append && !key.is_empty() && keys.clone().all(exact);
        let nested: Vec<usize> = columns
            .iter()
            .filter_map(|column| match &column.codec {
                Codec::Nested(nested) => Some(nested::growth(nested)),
                _ => None,
            })
            .collect();
        Plan {
            provable,
            // Text may double when it is escaped, bytes when they become hexadecimal.
            growth: nested.iter().copied().max().unwrap_or(2),
            is_key,
            width,
            fields,
            // A server has 1,600 columns at most.
            tuple_fields: i16::try_from(tuple_fields).unwrap_or(i16::MAX),
            fixed_bound: columns.len() * longest + nested.len() * nested::AROUND + TUPLE_OVERHEAD,
            table,
            format,
            mode,
            columns,
            null_chars: NullChars::Fail,
            ignored: IgnoredKinds::default(),
        }
    }

    /// The same plan, with U+0000 in text as `null_chars` says.
    #[must_use]
    pub fn with_null_chars(mut self, null_chars: NullChars) -> Self {
        self.null_chars = null_chars;
        self.growth = self.growth.max(null_chars.growth());
        self
    }

    /// The same plan, which passes over row images of these kinds.
    #[must_use]
    pub fn ignoring(self, ignored: IgnoredKinds) -> Self {
        Plan { ignored, ..self }
    }

    /// Fields of the row image.
    pub(crate) fn width(&self) -> usize {
        self.width
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
        for frame in Frames::new(batch) {
            bound.rows += 1;
            bound.bytes += self.tuple_bound(frame.map_err(|e| self.malformed(e))?.image.len());
        }
        Ok(bound)
    }

    /// The longest tuple that an image of so many bytes can become.
    #[must_use]
    pub fn tuple_bound(&self, image: usize) -> usize {
        self.fixed_bound + self.growth * image
    }

    /// Appends the tuples of a batch, all of this table, to `out` and returns how many; the first one gets the
    /// sequence number `next_seq`.
    ///
    /// # Errors
    /// Kind `Data`, naming table and column, for a row that the target cannot store; `Internal` for a bad image.
    /// Nothing of the batch is then in `out`, and the keys prove nothing.
    pub fn encode(&self, batch: &[u8], next_seq: i64, out: &mut BytesMut, keys: &mut KeySet) -> Result<u64> {
        self.encode_some(batch, next_seq, out, keys).map(|(rows, _)| rows)
    }

    /// Appends the tuples of the rows before the first one whose key is not known to be new, with [`Mode::Fill`]; how
    /// many those are, and how many bytes of the batch, rows included that it passes over.
    ///
    /// # Errors
    /// As [`Plan::encode`].
    pub(crate) fn fill(&self, batch: &[u8], out: &mut BytesMut, keys: &mut KeySet) -> Result<(u64, usize)> {
        self.encode_some(batch, 0, out, keys)
    }

    fn encode_some(
        &self,
        batch: &[u8],
        next_seq: i64,
        out: &mut BytesMut,
        keys: &mut KeySet,
    ) -> Result<(u64, usize)> {
        let start = out.len();
        let encoded = match self.format {
            Format::Binary => self.encode_rows::<true>(batch, next_seq, out, keys),
            Format::Text => self.encode_rows::<false>(batch, next_seq, out, keys),
        };
        if encoded.is_err() {
            out.truncate(start);
            keys.give_up();
        }
        encoded
    }

    /// Compiled once per format, so that no value asks which one it is.
    fn encode_rows<const BINARY: bool>(
        &self,
        batch: &[u8],
        next_seq: i64,
        out: &mut BytesMut,
        keys: &mut KeySet,
    ) -> Result<(u64, usize)> {
        let (mut rows, mut taken) = (0, 0);
        let mut characters = Characters::new(self.null_chars);
        if !self.provable {
            keys.give_up();
        }
        let mut seq = next_seq;
        for frame in Frames::new(batch) {
            let image = frame.map_err(|e| self.malformed(e))?.image;
            let start = out.len();
            let mut row = RowImage::new(image, self.width).map_err(|e| self.malformed(e))?;
            let kind = row.kind().map_err(|e| self.malformed(e))?;
            if self.ignored.has(kind) {
                taken += FRAME_HEAD + image.len();
                continue;
            }
            self.encode_proven::<BINARY, _>((&mut row, &mut characters), kind, seq, out, keys)?;
            if self.mode == Mode::Fill && !keys.is_filling() {
                break;
            }
            // Fields of a sound image do not overlap, so it cannot encode to more; a forged one must not either.
            if out.len() - start > self.tuple_bound(image.len()) {
                return Err(Error::new(Kind::Internal, "a row image has overlapping fields"));
            }
            rows += 1;
            seq += 1;
            taken += FRAME_HEAD + image.len();
        }
        Ok((rows, taken))
    }

    /// Appends the tuple of one row, wherever its fields come from.
    ///
    /// # Errors
    /// Kind `Data`, naming table and column, for a row that the target cannot store. Nothing of it is then in `out`,
    /// and the keys prove nothing.
    pub(crate) fn encode_fields<F: Fields>(
        &self,
        fields: &mut F,
        kind: RowKind,
        seq: i64,
        out: &mut BytesMut,
        keys: &mut KeySet,
    ) -> Result<()> {
        let start = out.len();
        if !self.provable {
            keys.give_up();
        }
        let row = (fields, &mut Characters::new(self.null_chars));
        let encoded = match self.format {
            Format::Binary => self.encode_proven::<true, F>(row, kind, seq, out, keys),
            Format::Text => self.encode_proven::<false, F>(row, kind, seq, out, keys),
        };
        if encoded.is_err() {
            out.truncate(start);
            keys.give_up();
        }
        encoded
    }

    #[cold]
    fn faulty(&self, column: &PlanColumn, fault: Fault) -> Error {
        match fault {
            Fault::Image(error) => self.malformed(error),
            Fault::Unfit(reason) => self.unfit(column, reason).of_one_value(VALUE_REFUSED),
            Fault::Misread(reason) => self.unfit(column, reason),
        }
    }

    #[cold]
    fn malformed(&self, error: Error) -> Error {
        error.context(&format!("table {}", self.table))
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
