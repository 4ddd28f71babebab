//! The hash of a key's value by its source type: equal values, however the JSON spells them, hash equal.
//!
//! Numbers are hashed as numbers, decimals at their column's scale, points in time as such. Of text only ASCII letters
//! and digits in lower case and the bytes of other scripts count, because the target may be a char(n), a citext or a
//! uuid; of JSON nothing does, because jsonb compares what the text means. A value that is not of its type has no hash.

use std::hash::Hasher;

use super::json::Scalar;
use super::value::{
    Buffers, Decimals, base64, bit_value, characters, exact_decimal, integer, label, small, unsigned_long,
    year,
};
use super::{SourceType, temporal};
use crate::copy::value::{Value, uuid};

/// Adds a value to a hash; `None` for NULL, which no key has, and for what is not of the type.
#[inline]
pub(super) fn hash_key(
    source: SourceType,
    decimals: Decimals,
    scalar: Scalar<'_>,
    buffers: &mut Buffers,
    hasher: &mut impl Hasher,
) -> Option<()> {
    match source {
        SourceType::Integer { bytes: 8, unsigned: true } => {
            hasher.write_i128(unsigned_long(scalar, buffers).ok()?);
        }
        SourceType::TinyIntOne => hasher.write_i64(small(scalar).ok()?),
        SourceType::Year => hasher.write_i64(year(scalar).ok()?),
        SourceType::Integer { .. } | SourceType::Date | SourceType::Time(_) | SourceType::DateTime(_) => {
            hasher.write_i64(integer(scalar).ok()?);
        }
        SourceType::Float | SourceType::Double => {
            let Scalar::Number(text) = scalar else { return None };
            let value: f64 = match source {
                SourceType::Float => text.parse::<f32>().ok()?.into(),
                _ => text.parse().ok()?,
            };
            // Both zeros are one key.
            hasher.write_u64((value + 0.0).to_bits());
        }
        SourceType::Decimal { precision, scale } => {
            match exact_decimal(precision, scale, decimals, scalar, buffers).ok()? {
                Value::Numeric { unscaled, .. } => hasher.write_i128(unscaled),
                Value::LongNumeric { negative, digits, .. } => {
                    hasher.write_u8(negative.into());
                    hasher.write(digits);
                }
                _ => return None,
            }
        }
        SourceType::Bit(count) => hasher.write_u64(bit_value(count, scalar, buffers).ok()?),
        SourceType::Timestamp(_) => {
            let (millis, micros) = temporal::zoned(characters(scalar, &mut buffers.text).ok()?)?;
            hasher.write_i64(millis);
            hasher.write_i64(micros);
        }
        SourceType::Uuid => {
            let text = characters(scalar, &mut buffers.text).ok()?;
            hasher.write(&uuid(text)?);
        }
        SourceType::Bytes => hash_bytes(base64(scalar, &mut buffers.text, &mut buffers.made).ok()?, hasher),
        SourceType::Varchar(_) | SourceType::Text | SourceType::Set | SourceType::Inet => {
            hash_text(characters(scalar, &mut buffers.text).ok()?, hasher);
        }
        SourceType::Enum => hash_text(label(scalar, buffers).ok()?, hasher),
        SourceType::Json => drop(characters(scalar, &mut buffers.text).ok()?),
        SourceType::Geometry => return None,
    }
    Some(())
}

fn hash_text(text: &[u8], hasher: &mut impl Hasher) {
    let counted = text.iter().filter(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii());
    hasher.write_u64(
        counted
            .fold(1, |hash: u64, byte| hash.wrapping_mul(31).wrapping_add(byte.to_ascii_lowercase().into())),
    );
}

fn hash_bytes(bytes: &[u8], hasher: &mut impl Hasher) {
    hasher.write_usize(bytes.len());
    hasher.write(bytes);
}
