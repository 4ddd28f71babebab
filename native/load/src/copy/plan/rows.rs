//! One row becomes a tuple, and its key a part of the proof that its table is loaded with.
//!
//! Promise: a row of a new key is told from any other before it is sent; nothing of the other is then in the buffer.

use bytes::BytesMut;

use super::{NULL_REFUSED, Plan, PlanColumn};
use crate::copy::characters::Characters;
use crate::copy::fields::Fields;
use crate::copy::format::Mode;
use crate::copy::key_values::KeyValues;
use crate::copy::keys::{KeyHash, KeySet};
use crate::copy::seen_keys::KeyPlace;
use crate::copy::value::Value;
use crate::copy::{binary, nested, text};
use crate::error::Result;
use crate::row::RowKind;

impl Plan {
    /// One tuple, and its key into the proof.
    #[inline]
    pub(super) fn encode_proven<const BINARY: bool, F: Fields>(
        &self,
        row: (&mut F, &mut Characters),
        kind: RowKind,
        seq: i64,
        out: &mut BytesMut,
        keys: &mut KeySet,
    ) -> Result<()> {
        if self.mode == Mode::Fill {
            return self.encode_new::<BINARY, F>(row, kind, out, keys);
        }
        if !keys.is_open() {
            return self.encode_row::<BINARY, F, KeyHash>(row, kind, seq, out, None);
        }
        let mut hash = KeyHash::new();
        self.encode_row::<BINARY, F, _>(row, kind, seq, out, Some(&mut hash))?;
        keys.add(hash.finish());
        Ok(())
    }

    /// One tuple of a new key; nothing of any other row, which ends the filling.
    #[inline]
    fn encode_new<const BINARY: bool, F: Fields>(
        &self,
        row: (&mut F, &mut Characters),
        kind: RowKind,
        out: &mut BytesMut,
        keys: &mut KeySet,
    ) -> Result<()> {
        let (start, mut place) = (out.len(), KeyPlace::new());
        if !kind.is_put() || !self.provable {
            keys.end_filling();
            return Ok(());
        }
        self.encode_row::<BINARY, F, _>(row, kind, 0, out, Some(&mut place))?;
        if !keys.admit(place.finish()) {
            out.truncate(start);
        }
        Ok(())
    }

    #[inline]
    fn encode_row<const BINARY: bool, F: Fields, K: KeyValues>(
        &self,
        (row, characters): (&mut F, &mut Characters),
        kind: RowKind,
        seq: i64,
        out: &mut BytesMut,
        mut key: Option<&mut K>,
    ) -> Result<()> {
        if self.mode == Mode::Append && kind != RowKind::Insert {
            return Err(self.not_an_insert());
        }
        if BINARY {
            binary::begin_tuple(self.tuple_fields, out);
        }
        for (index, ((column, is_key), field)) in
            self.columns.iter().zip(&self.is_key).zip(&self.fields).enumerate()
        {
            if !BINARY && index > 0 {
                text::separator(out);
            }
            let value = self.value((column, *is_key), kind, row, *field, characters)?;
            if let (true, Some(key), Some(value)) = (*is_key, &mut key, &value) {
                key.value(value);
            }
            match value {
                Some(Value::Nested(nested, image)) => {
                    nested::put::<BINARY>(nested, image, out, self.growth, self.null_chars)
                        .map_err(|fault| self.faulty(column, fault))?;
                }
                Some(value) if BINARY => binary::put(value, out),
                Some(value) => text::put(value, out),
                None if BINARY => binary::put_null(out),
                None => text::put_null(out),
            }
        }
        let op = i16::from(kind.is_put());
        match self.mode {
            Mode::Merge if BINARY => binary::put_op_and_seq(op, seq, out),
            Mode::Merge => {
                text::separator(out);
                text::put_op_and_seq(op, seq, out);
            }
            Mode::Append | Mode::Fill => {}
        }
        if !BINARY {
            text::end_tuple(out);
        }
        Ok(())
    }

    /// A field's value; `None` for NULL. Of a row that removes a key only the key is read: newer Flinks send no more.
    #[inline]
    fn value<'a, F: Fields>(
        &self,
        (column, is_key): (&'a PlanColumn, bool),
        kind: RowKind,
        row: &'a mut F,
        field: usize,
        characters: &'a mut Characters,
    ) -> Result<Option<Value<'a>>> {
        let in_key = is_key && self.mode != Mode::Append;
        if !kind.is_put() && !in_key {
            return Ok(None);
        }
        if row.is_null(field) {
            if in_key {
                return Err(self.unfit(column, "NULL in a key column").of_one_value(NULL_REFUSED));
            }
            if column.not_null {
                return Err(self
                    .unfit(column, "NULL in a column that is NOT NULL")
                    .of_one_value(NULL_REFUSED));
            }
            return Ok(None);
        }
        row.read(&column.codec, field, characters).map(Some).map_err(|fault| self.faulty(column, fault))
    }
}
