//! Nested values as JSON, in the shape that Flink's own JSON format gives them.
//!
//! Promise: what Flink writes with `'format' = 'json'` and its defaults is the same JSON value, but for TIME, which it
//! cuts to seconds: objects for rows, maps and multisets (whose numbers say how often), arrays for arrays, Base64 for
//! bytes, `2000-01-31`, `23:59:59.999`, `2000-01-31 23:59:59.999` and with a `Z` behind it for points in time; decimals
//! and fractions of a second have all their digits. A NULL in place of a map's key is refused, as it is there.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{BufMut, BytesMut};

use super::characters::Characters;
use super::value::{self, Fault, Value, overlapping};
use super::{calendar, text};
use crate::row::{ArrayImage, RowImage, Slots};
use crate::types::{FlinkType, IntegerTarget};

const DAY_MILLIS: i64 = 86_400_000;

/// Appends a nested value whose own image is `image`. `COPY`: a backslash is two.
pub(super) fn put<const COPY: bool>(
    shape: &FlinkType,
    image: &[u8],
    out: &mut BytesMut,
    end: usize,
    characters: &mut Characters,
) -> Result<(), Fault> {
    match shape {
        FlinkType::Array(element) => {
            let array = ArrayImage::new(image, element.width())?;
            out.put_u8(b'[');
            for index in 0..array.size() {
                separate(index, out);
                slot::<COPY, _>(element, &array, index, out, end, characters)?;
            }
            out.put_u8(b']');
        }
        FlinkType::Map(_, value) => map::<COPY>(value, image, out, end, characters)?,
        FlinkType::Multiset(_) => map::<COPY>(&FlinkType::Int, image, out, end, characters)?,
        FlinkType::Row(fields) => {
            let row = RowImage::new(image, fields.len())?;
            out.put_u8(b'{');
            for (index, (name, field)) in fields.iter().enumerate() {
                separate(index, out);
                string::<COPY>(name.as_bytes(), out);
                out.put_u8(b':');
                slot::<COPY, _>(field, &row, index, out, end, characters)?;
            }
            out.put_u8(b'}');
        }
        _ => return Err(value::not_of_flink()),
    }
    Ok(())
}

/// The JSON object of some fields of a row, whatever is wrong with it: text is made what it can be. `None` where a
/// field has no JSON at all, or the image is forged.
pub(super) fn of_row(
    fields: &[(String, FlinkType)],
    picked: &[usize],
    image: &[u8],
    end: usize,
) -> Option<Vec<u8>> {
    let row = RowImage::new(image, fields.len()).ok()?;
    let (mut out, mut characters) = (BytesMut::new(), Characters::of_anything());
    out.put_u8(b'{');
    for (position, index) in picked.iter().enumerate() {
        let (name, field) = fields.get(*index)?;
        separate(position, &mut out);
        string::<false>(name.as_bytes(), &mut out);
        out.put_u8(b':');
        slot::<false, _>(field, &row, *index, &mut out, end, &mut characters).ok()?;
    }
    out.put_u8(b'}');
    Some(out.to_vec())
}

fn map<const COPY: bool>(
    value_type: &FlinkType,
    image: &[u8],
    out: &mut BytesMut,
    end: usize,
    characters: &mut Characters,
) -> Result<(), Fault> {
    let (keys, values) = ArrayImage::of_map(image, FlinkType::Text.width(), value_type.width())?;
    out.put_u8(b'{');
    for index in 0..keys.size() {
        separate(index, out);
        if keys.is_null(index) {
            return Err(Fault::Unfit("a key of the map is NULL, which JSON has no form for"));
        }
        string::<COPY>(characters.checked(keys.bytes(index)?)?, out);
        out.put_u8(b':');
        slot::<COPY, _>(value_type, &values, index, out, end, characters)?;
    }
    out.put_u8(b'}');
    Ok(())
}

fn slot<'a, const COPY: bool, S: Slots<'a>>(
    shape: &FlinkType,
    slots: &S,
    index: usize,
    out: &mut BytesMut,
    end: usize,
    characters: &mut Characters,
) -> Result<(), Fault> {
    if out.len() > end {
        return Err(overlapping());
    }
    if slots.is_null(index) {
        out.put_slice(b"null");
        return Ok(());
    }
    match *shape {
        FlinkType::Boolean => {
            let truth: &[u8] = if slots.fixed::<1>(index)? == [0] { b"false" } else { b"true" };
            out.put_slice(truth);
        }
        FlinkType::TinyInt => text::put_integer(i8::from_le_bytes(slots.fixed(index)?).into(), out),
        FlinkType::SmallInt => text::put_integer(i16::from_le_bytes(slots.fixed(index)?).into(), out),
        FlinkType::Int | FlinkType::IntervalMonths => {
            text::put_integer(i32::from_le_bytes(slots.fixed(index)?).into(), out);
        }
        FlinkType::BigInt | FlinkType::IntervalMillis => {
            text::put_integer(i64::from_le_bytes(slots.fixed(index)?), out);
        }
        FlinkType::Float => {
            let value = f32::from_le_bytes(slots.fixed(index)?);
            number(Value::Float(value), value.is_finite(), out);
        }
        FlinkType::Double => {
            let value = f64::from_le_bytes(slots.fixed(index)?);
            number(Value::Double(value), value.is_finite(), out);
        }
        FlinkType::Decimal { precision, scale } => {
            let numeric = IntegerTarget::Numeric;
            text::put(value::decimal(precision > 18, scale, numeric, slots, index)?, out);
        }
        FlinkType::Text => string::<COPY>(characters.checked(slots.bytes(index)?)?, out),
        FlinkType::Bytes => base64(slots.bytes(index)?, out)?,
        FlinkType::Date => {
            let days = i32::from_le_bytes(slots.fixed(index)?);
            in_quotes(out, |out| calendar::put_iso_date(days.into(), out));
        }
        FlinkType::Time(_) => {
            let millis = i64::from(i32::from_le_bytes(slots.fixed(index)?));
            if !(0..DAY_MILLIS).contains(&millis) {
                return Err(Fault::Unfit("the time is outside one day"));
            }
            in_quotes(out, |out| calendar::put_iso_time(millis * 1_000_000, out));
        }
        FlinkType::Timestamp(digits) | FlinkType::TimestampLtz(digits) => {
            let (millis, nanos) = value::epoch(digits > 3, slots, index)?;
            in_quotes(out, |out| {
                calendar::put_iso_date(millis.div_euclid(DAY_MILLIS), out);
                out.put_u8(b' ');
                calendar::put_iso_time(millis.rem_euclid(DAY_MILLIS) * 1_000_000 + i64::from(nanos), out);
                if matches!(shape, FlinkType::TimestampLtz(_)) {
                    out.put_u8(b'Z');
                }
            });
        }
        FlinkType::Array(_) | FlinkType::Map(..) | FlinkType::Multiset(_) | FlinkType::Row(_) => {
            put::<COPY>(shape, slots.nested(index)?, out, end, characters)?;
        }
    }
    Ok(())
}

fn separate(index: usize, out: &mut BytesMut) {
    if index > 0 {
        out.put_u8(b',');
    }
}

/// A number, or in quotes what JSON has no number for.
fn number(value: Value<'_>, finite: bool, out: &mut BytesMut) {
    if finite {
        text::put(value, out);
    } else {
        in_quotes(out, |out| text::put(value, out));
    }
}

fn in_quotes(out: &mut BytesMut, inside: impl FnOnce(&mut BytesMut)) {
    out.put_u8(b'"');
    inside(out);
    out.put_u8(b'"');
}

fn base64(bytes: &[u8], out: &mut BytesMut) -> Result<(), Fault> {
    out.put_u8(b'"');
    let start = out.len();
    let length = bytes.len().div_ceil(3) * 4;
    out.resize(start + length, 0);
    STANDARD.encode_slice(bytes, out.get_mut(start..).unwrap_or_default()).map_err(|_| overlapping())?;
    out.put_u8(b'"');
    Ok(())
}

fn string<const COPY: bool>(characters: &[u8], out: &mut BytesMut) {
    let backslash: &[u8] = if COPY { b"\\\\" } else { b"\\" };
    out.put_u8(b'"');
    let mut rest = characters;
    while let Some(position) = rest.iter().position(|byte| matches!(byte, 0..0x20 | b'"' | b'\\')) {
        let (plain, special) = rest.split_at(position);
        out.put_slice(plain);
        let Some((byte, behind)) = special.split_first() else { break };
        out.put_slice(backslash);
        match *byte {
            b'"' => out.put_u8(b'"'),
            b'\\' => out.put_slice(backslash),
            0x08 => out.put_u8(b'b'),
            b'\t' => out.put_u8(b't'),
            b'\n' => out.put_u8(b'n'),
            0x0c => out.put_u8(b'f'),
            b'\r' => out.put_u8(b'r'),
            other => {
                let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'A' - 10 + nibble };
                out.put_slice(&[b'u', b'0', b'0', digit(other >> 4), digit(other & 15)]);
            }
        }
        rest = behind;
    }
    out.put_slice(rest);
    out.put_u8(b'"');
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
