//! Values in PostgreSQL's binary formats: each field is its length in bytes (`i32`, -1 for NULL) and its bytes, all
//! big-endian. Sources: the servers' `*_send` and `*_recv` functions; numeric: `numeric.c`, `numeric_recv`.

use bytes::{BufMut, BytesMut};

use super::value::Value;
use crate::types::{IntegerTarget, TextTarget};

/// Signature, flags, length of the header extension.
pub(super) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// A field count of -1 ends the data.
pub(super) const TRAILER: &[u8] = &[0xff, 0xff];

const NUMERIC_NEGATIVE: u16 = 0x4000;
/// 38 digits make at most 11 groups of four, with one more where the point splits a group.
const MOST_GROUPS: usize = 12;

/// The most bytes of any value of fixed size, its length included: numeric.
pub(super) const LONGEST_FIXED: usize = 4 + 8 + 2 * MOST_GROUPS;

pub(super) fn begin_tuple(fields: i16, out: &mut BytesMut) {
    out.put_i16(fields);
}

pub(super) fn put_null(out: &mut BytesMut) {
    out.put_i32(-1);
}

pub(super) fn put(value: Value<'_>, out: &mut BytesMut) {
    match value {
        Value::Boolean(value) => sized(out, &[u8::from(value)]),
        Value::Integer(value, target) => integer(value, target, out),
        Value::Float(value) => sized(out, &value.to_be_bytes()),
        Value::Double(value) => sized(out, &value.to_be_bytes()),
        Value::Numeric { unscaled, scale } => numeric(unscaled, scale, out),
        Value::Text(value, TextTarget::Jsonb) => {
            out.put_u32(length(value.len() + 1));
            // The version of the format; there is one.
            out.put_u8(1);
            out.put_slice(value.as_bytes());
        }
        Value::Text(value, _) => sized(out, value.as_bytes()),
        Value::Uuid(value) => sized(out, &value),
        Value::Bytes(value) => sized(out, value),
        Value::Date(days) => sized(out, &days.to_be_bytes()),
        Value::Time(micros) | Value::Timestamp { micros, .. } => sized(out, &micros.to_be_bytes()),
    }
}

fn sized(out: &mut BytesMut, bytes: &[u8]) {
    out.put_u32(length(bytes.len()));
    out.put_slice(bytes);
}

/// Values come out of row images, whose lengths are 32 bits; a longer one cannot be.
fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// The type table gives each target only what its width holds, so these conversions cut nothing off.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
fn integer(value: i64, target: IntegerTarget, out: &mut BytesMut) {
    match target {
        IntegerTarget::Two => sized(out, &(value as i16).to_be_bytes()),
        IntegerTarget::Four => sized(out, &(value as i32).to_be_bytes()),
        IntegerTarget::Eight => sized(out, &value.to_be_bytes()),
        IntegerTarget::Double => sized(out, &(value as f64).to_be_bytes()),
        IntegerTarget::Numeric => numeric(value.into(), 0, out),
    }
}

pub(super) fn put_op_and_seq(op: i16, seq: i64, out: &mut BytesMut) {
    sized(out, &op.to_be_bytes());
    sized(out, &seq.to_be_bytes());
}

/// Groups of four decimal digits around the point, without zeros at either end.
fn numeric(unscaled: i128, scale: u8, out: &mut BytesMut) {
    let magnitude = unscaled.unsigned_abs();
    let mut groups = [0_u16; MOST_GROUPS];
    // Most decimals fit 64 bits, where a division is many times cheaper.
    let (whole, count) = match u64::try_from(magnitude) {
        Ok(small) if scale <= 18 => split_small(small, scale, &mut groups),
        _ => split_wide(magnitude, scale, &mut groups),
    };
    let used = groups.get(..count).unwrap_or_default();
    let leading = used.iter().take_while(|group| **group == 0).count();
    let trailing = used.iter().skip(leading).rev().take_while(|group| **group == 0).count();
    let digits = used.get(leading..count - trailing).unwrap_or_default();
    let weight = if digits.is_empty() { 0 } else { signed(whole) - 1 - signed(leading) };
    out.put_u32(length(8 + 2 * digits.len()));
    out.put_i16(signed(digits.len()));
    out.put_i16(weight);
    out.put_u16(if unscaled < 0 { NUMERIC_NEGATIVE } else { 0 });
    out.put_u16(scale.into());
    for group in digits {
        out.put_u16(*group);
    }
}

/// Counts of groups are below 13.
fn signed(count: usize) -> i16 {
    i16::try_from(count).unwrap_or_default()
}

/// Writes the groups of `magnitude / 10^scale`; gives how many stand before the point, and how many in all.
macro_rules! split_groups {
    ($name:ident, $number:ty) => {
        #[allow(clippy::cast_possible_truncation)] // every group is below 10,000
        fn $name(magnitude: $number, scale: u8, groups: &mut [u16; MOST_GROUPS]) -> (usize, usize) {
            let unit = (10 as $number).pow(scale.into());
            let (mut above, mut below) = (magnitude / unit, magnitude % unit);
            let mut count = 0;
            while above > 0 {
                if let Some(slot) = groups.get_mut(count) {
                    *slot = (above % 10_000) as u16;
                }
                above /= 10_000;
                count += 1;
            }
            if let Some(whole) = groups.get_mut(..count) {
                whole.reverse();
            }
            let (whole, mut left) = (count, u32::from(scale));
            while left > 0 && below > 0 {
                let group = if left >= 4 {
                    let unit = (10 as $number).pow(left - 4);
                    let group = below / unit;
                    below %= unit;
                    group
                } else {
                    let group = below * (10 as $number).pow(4 - left);
                    below = 0;
                    group
                };
                if let Some(slot) = groups.get_mut(count) {
                    *slot = group as u16;
                }
                count += 1;
                left = left.saturating_sub(4);
            }
            (whole, count)
        }
    };
}
split_groups!(split_small, u64);
split_groups!(split_wide, u128);

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(unscaled: i128, scale: u8) -> Vec<i32> {
        let mut out = BytesMut::new();
        numeric(unscaled, scale, &mut out);
        out[4..].chunks(2).map(|pair| i32::from(i16::from_be_bytes([pair[0], pair[1]]))).collect()
    }

    /// ndigits, weight, sign, dscale, digits…, as `numeric_send` of PostgreSQL 15 gives them.
    #[test]
    fn numerics_are_groups_of_four_digits_around_the_point() {
        for (unscaled, scale, expected) in [
            (0, 0, vec![0, 0, 0, 0]),
            (0, 10, vec![0, 0, 0, 10]),
            (1, 0, vec![1, 0, 0, 0, 1]),
            (-1, 0, vec![1, 0, 0x4000, 0, 1]),
            (-12_345, 2, vec![2, 0, 0x4000, 2, 123, 4500]),
            (10_000, 0, vec![1, 1, 0, 0, 1]),
            (1, 1, vec![1, -1, 0, 1, 1000]),
            (1, 4, vec![1, -1, 0, 4, 1]),
            (1, 5, vec![1, -2, 0, 5, 1000]),
            (1, 38, vec![1, -10, 0, 38, 100]),
            (100_000_001, 4, vec![3, 1, 0, 4, 1, 0, 1]),
        ] {
            assert_eq!(encoded(unscaled, scale), expected, "{unscaled} / 10^{scale}");
        }
        let most = 10_i128.pow(38) - 1;
        assert_eq!(encoded(most, 0)[..5], [10, 9, 0, 0, 99]);
        assert_eq!(encoded(most, 38)[..5], [10, -1, 0, 38, 9999]);
        assert_eq!(encoded(most, 37)[..5], [11, 0, 0, 37, 9]);
    }

    proptest::proptest! {
        /// The groups, put together again, are the number.
        #[test]
        fn groups_add_up(unscaled in -(10_i128.pow(38) - 1)..10_i128.pow(38), scale in 0_u8..=38) {
            let all = encoded(unscaled, scale);
            let mut sum = 0.0_f64;
            for (index, group) in all[4..].iter().enumerate() {
                sum += f64::from(*group) * 10_000_f64.powi(all[1] - i32::try_from(index).unwrap());
            }
            let expected = unscaled.unsigned_abs() as f64 / 10_f64.powi(scale.into());
            proptest::prop_assert!((sum - expected).abs() <= expected * 1e-12);
            proptest::prop_assert_eq!(all[2] != 0, unscaled < 0);
            proptest::prop_assert!(all[4..].first() != Some(&0) && all[4..].last() != Some(&0));
        }
    }
}
