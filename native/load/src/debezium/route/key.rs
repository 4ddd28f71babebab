//! The hash of a key's value: one canonical form of it, whatever its column's type, and however the JSON spells it.
//!
//! Promise: a value keeps its hash when its column is widened, so numbers are hashed as numbers (a whole one as an
//! integer, of another the digits that count, whatever the scale), points in time as microseconds, a uuid as its text.
//! The hash is never finer than the equality of the server: of text only ASCII letters and digits in lower case and the
//! bytes of other scripts count, because the target may be a char(n), a citext or a uuid, and not U+FFFD, which U+0000
//! may become on its way; of binary no zeros at the end, which the source pads and cuts; of JSON nothing, because jsonb
//! compares what the text means. A value that is not of its type has no hash.

use crate::copy::value::{Value, uuid};
use crate::debezium::SourceType;
use crate::debezium::read::json::Scalar;
use crate::debezium::read::temporal;
use crate::debezium::read::value::{
    Buffers, Decimals, base64, bit_value, characters, exact_decimal, integer, label, small, unsigned_long,
    without_sign, year,
};

const DAY_MICROS: i64 = 86_400_000_000;

/// The hash of one value; `None` for NULL, which no key has, and for what is not of the type.
#[inline]
pub(crate) fn hash_key(
    source: SourceType,
    decimals: Decimals,
    scalar: Scalar<'_>,
    buffers: &mut Buffers,
) -> Option<u64> {
    Some(match source {
        SourceType::Integer { bytes: 8, unsigned: true } => number(unsigned_long(scalar, buffers).ok()?, 0),
        SourceType::Integer { bytes, unsigned: true } => whole(without_sign(bytes, scalar).ok()?),
        SourceType::Integer { .. } => whole(integer(scalar).ok()?),
        SourceType::TinyIntOne => whole(small(scalar).ok()?),
        SourceType::Year => whole(year(scalar).ok()?),
        SourceType::Bit(count) => number(bit_value(count, scalar, buffers).ok()?.into(), 0),
        SourceType::Decimal { precision, scale } => {
            match exact_decimal(precision, scale, decimals, scalar, buffers).ok()? {
                Value::Numeric { unscaled, .. } => number(unscaled, scale),
                Value::LongNumeric { negative, digits, .. } => long_number(negative, digits, scale),
                _ => return None,
            }
        }
        SourceType::Float | SourceType::Double => {
            let Scalar::Number(text) = scalar else { return None };
            double(match source {
                SourceType::Float => text.parse::<f32>().ok()?.into(),
                _ => text.parse().ok()?,
            })
        }
        SourceType::Date => whole(integer(scalar).ok()?.wrapping_mul(DAY_MICROS)),
        SourceType::DateTime(..=3) => whole(integer(scalar).ok()?.wrapping_mul(1000)),
        SourceType::DateTime(_) | SourceType::Time(_) => whole(integer(scalar).ok()?),
        SourceType::Timestamp(_) => {
            let (millis, micros) = temporal::zoned(characters(scalar, &mut buffers.text).ok()?)?;
            whole(millis * 1000 + micros)
        }
        SourceType::Uuid => {
            let characters = characters(scalar, &mut buffers.text).ok()?;
            uuid(characters)?;
            text(characters)
        }
        SourceType::Bytes => bytes(base64(scalar, &mut buffers.text, &mut buffers.made).ok()?),
        SourceType::Varchar(_) | SourceType::Text | SourceType::Set | SourceType::Inet => {
            text(characters(scalar, &mut buffers.text).ok()?)
        }
        SourceType::Enum => text(label(scalar, buffers).ok()?),
        SourceType::Json => {
            characters(scalar, &mut buffers.text).ok()?;
            0
        }
        SourceType::Geometry => return None,
    })
}

#[inline]
fn whole(value: i64) -> u64 {
    value.cast_unsigned()
}

/// Zeros at the end of a fraction are nothing.
#[inline]
fn number(mut unscaled: i128, mut scale: u8) -> u64 {
    while scale > 0 && unscaled % 10 == 0 {
        unscaled /= 10;
        scale -= 1;
    }
    match i64::try_from(unscaled) {
        Ok(value) if scale == 0 => whole(value),
        _ => unscaled.to_le_bytes().iter().fold(scale.into(), step),
    }
}

/// Of digits that 128 bits do not hold, unless the fraction's zeros are what is too much.
#[cold]
fn long_number(negative: bool, digits: &[u8], scale: u8) -> u64 {
    let zeros = digits.iter().rev().take(scale.into()).take_while(|digit| **digit == b'0').count();
    let digits = digits.get(..digits.len() - zeros).unwrap_or_default();
    let scale = scale - u8::try_from(zeros).unwrap_or(scale);
    let short = digits.iter().try_fold(0_i128, |sum, digit| {
        let digit = i128::from(digit - b'0');
        let sum = sum.checked_mul(10)?;
        if negative { sum.checked_sub(digit) } else { sum.checked_add(digit) }
    });
    match short {
        Some(unscaled) => number(unscaled, scale),
        None => digits.iter().fold(u64::from(scale) << 1 | u64::from(negative), step),
    }
}

/// A whole one is a number like others: both zeros are one key.
fn double(value: f64) -> u64 {
    // Exact where the cast saturates nothing.
    #[expect(clippy::cast_possible_truncation)]
    let integer = value as i128;
    #[expect(clippy::cast_precision_loss)]
    let same = integer as f64 == value;
    if same { number(integer, 0) } else { value.to_bits() }
}

fn text(text: &[u8]) -> u64 {
    let (mut hash, mut rest) = (1, text);
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        if let [0xbf, 0xbd, behind @ ..] = behind
            && *byte == 0xef
        {
            rest = behind;
        } else if byte.is_ascii_alphanumeric() || !byte.is_ascii() {
            hash = step(hash, &byte.to_ascii_lowercase());
        }
    }
    hash
}

fn bytes(bytes: &[u8]) -> u64 {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    bytes.get(..end).unwrap_or_default().iter().fold(1, step)
}

#[inline]
fn step(hash: u64, byte: &u8) -> u64 {
    (hash.rotate_left(5) ^ u64::from(*byte)).wrapping_mul(0x517c_c1b7_2722_0a95)
}

#[cfg(test)]
#[path = "key_tests.rs"]
mod tests;
