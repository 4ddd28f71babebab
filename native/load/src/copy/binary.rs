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

#[inline]
pub(super) fn begin_tuple(fields: i16, out: &mut BytesMut) {
    out.put_i16(fields);
}

pub(super) fn put_null(out: &mut BytesMut) {
    out.put_i32(-1);
}

/// Inlined by force, as in `text`.
#[inline(always)]
pub(super) fn put(value: Value<'_>, out: &mut BytesMut) {
    match value {
        Value::Boolean(value) => fixed::<1, 5>(out, [u8::from(value)]),
        Value::Integer(value, target) => integer(value, target, out),
        Value::Float(value) => fixed::<4, 8>(out, value.to_be_bytes()),
        Value::Double(value) => fixed::<8, 12>(out, value.to_be_bytes()),
        Value::Numeric { unscaled, scale } => numeric(unscaled, scale, out),
        Value::LongNumeric { negative, digits, scale } => long_numeric(negative, digits, scale, out),
        Value::Bits { bits, length } => put_bits(bits, length, out),
        Value::Text(value, TextTarget::Jsonb) => {
            out.put_u32(length(value.len() + 1));
            // The version of the format; there is one.
            out.put_u8(1);
            out.put_slice(value);
        }
        Value::Text(value, _) => sized(out, value),
        Value::Uuid(value) => fixed::<16, 20>(out, value),
        Value::Bytes(value) => sized(out, value),
        Value::Date(days) => fixed::<4, 8>(out, days.to_be_bytes()),
        Value::Interval(micros) => put_interval(micros, 0, out),
        Value::Months(months) => put_interval(0, months, out),
        // Written by the plan, which knows what may be wrong with it.
        Value::Nested(..) => {}
        Value::Time(micros) | Value::Timestamp { micros, .. } => fixed::<8, 12>(out, micros.to_be_bytes()),
    }
}

#[inline]
fn sized(out: &mut BytesMut, bytes: &[u8]) {
    out.put_u32(length(bytes.len()));
    out.put_slice(bytes);
}

/// Length and bytes of a value of fixed size, `WHOLE` in all, in one append.
#[inline]
fn fixed<const SIZE: usize, const WHOLE: usize>(out: &mut BytesMut, bytes: [u8; SIZE]) {
    const { assert!(WHOLE == SIZE + 4 && SIZE < 256) };
    let mut whole = [0; WHOLE];
    if let Some((head, tail)) = whole.split_first_chunk_mut::<4>() {
        *head = length(SIZE).to_be_bytes();
        tail.copy_from_slice(&bytes);
    }
    out.put_slice(&whole);
}

/// Values come out of row images, whose lengths are 32 bits; a longer one cannot be.
pub(super) fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[inline]
/// The type table gives each target only what its width holds, so these conversions cut nothing off.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
fn integer(value: i64, target: IntegerTarget, out: &mut BytesMut) {
    match target {
        IntegerTarget::Two => fixed::<2, 6>(out, (value as i16).to_be_bytes()),
        IntegerTarget::Four => fixed::<4, 8>(out, (value as i32).to_be_bytes()),
        IntegerTarget::Eight => fixed::<8, 12>(out, value.to_be_bytes()),
        IntegerTarget::Double => fixed::<8, 12>(out, (value as f64).to_be_bytes()),
        IntegerTarget::Numeric => numeric(value.into(), 0, out),
    }
}

pub(super) fn put_op_and_seq(op: i16, seq: i64, out: &mut BytesMut) {
    fixed::<2, 6>(out, op.to_be_bytes());
    fixed::<8, 12>(out, seq.to_be_bytes());
}

/// Groups of four decimal digits around the point, without zeros at either end.
#[inline]
fn numeric(unscaled: i128, scale: u8, out: &mut BytesMut) {
    let mut groups = Groups { places: [0; MOST_GROUPS], used: 0, zeros: 0 };
    let mut rest = unscaled.unsigned_abs();
    // The lowest group is filled with zeros to four digits behind the point.
    let partial = scale % 4;
    if partial != 0 {
        let unit = 10_u128.pow(partial.into());
        groups.push(low_half(rest % unit) * low_half(10_000 / unit));
        rest /= unit;
    }
    // A division of 64 bits is many times cheaper than one of 128, and most decimals fit.
    while rest > u128::from(u64::MAX) {
        groups.push(low_half(rest % 10_000));
        rest /= 10_000;
    }
    let mut small = u64::try_from(rest).unwrap_or_default();
    while small != 0 {
        groups.push(low_half((small % 10_000).into()));
        small /= 10_000;
    }
    groups.put(unscaled < 0, scale, out);
}

/// The same for a number that 128 bits do not hold, from its decimal digits.
#[cold]
fn long_numeric(negative: bool, digits: &[u8], scale: u8, out: &mut BytesMut) {
    // Zeros in front and behind make whole groups on both sides of the point.
    let behind = usize::from(scale.div_ceil(4)) * 4 - usize::from(scale);
    let before = (4 - (digits.len() + behind) % 4) % 4;
    let padded: Vec<u8> = std::iter::repeat_n(&b'0', before)
        .chain(digits)
        .chain(std::iter::repeat_n(&b'0', behind))
        .map(|digit| digit.wrapping_sub(b'0'))
        .collect();
    let group = |four: &[u8; 4]| four.iter().fold(0_u16, |sum, digit| sum * 10 + u16::from(*digit));
    let groups: Vec<u16> = padded.as_chunks::<4>().0.iter().map(group).collect();
    let sent = groups.iter().rposition(|group| *group != 0).map_or(0, |last| last + 1);
    let weight = low_word(groups.len()).wrapping_sub(1 + u16::from(scale.div_ceil(4)));
    let sign = if negative { NUMERIC_NEGATIVE } else { 0 };
    out.put_u32(length(8 + 2 * sent));
    for word in
        [low_word(sent), weight, sign, u16::from(scale)].into_iter().chain(groups.into_iter().take(sent))
    {
        out.put_u16(word);
    }
}

/// A count of groups, of which no column has more than a few dozen.
fn low_word(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// Days and months stand behind the microseconds and are kept apart from them.
#[cold]
fn put_interval(micros: i64, months: i32, out: &mut BytesMut) {
    // The days between them are none.
    fixed::<16, 20>(out, (i128::from(micros) << 64 | i128::from(months.cast_unsigned())).to_be_bytes());
}

/// bit(n) and varbit: the number of bits, then the bits from the left.
#[cold]
fn put_bits(bits: u64, count: u8, out: &mut BytesMut) {
    let bytes = usize::from(count.div_ceil(8)).min(8);
    out.put_u32(length(4 + bytes));
    out.put_u32(count.into());
    let left = bits.checked_shl(64_u32.saturating_sub(count.into())).unwrap_or(0);
    out.put_slice(left.to_be_bytes().get(..bytes).unwrap_or_default());
}

/// The low 16 bits of a number below 10,000: all of it.
#[inline]
fn low_half(number: u128) -> u16 {
    let [low, high, ..] = number.to_le_bytes();
    u16::from_le_bytes([low, high])
}

/// A number's groups, the lowest first.
struct Groups {
    places: [u16; MOST_GROUPS],
    used: u16,
    /// How many of the lowest groups are zero and not sent.
    zeros: u16,
}

impl Groups {
    #[inline]
    fn push(&mut self, group: u16) {
        if group == 0 && self.zeros == self.used {
            self.zeros += 1;
        } else if let Some(place) = self.places.get_mut(usize::from(self.used)) {
            *place = group;
        }
        self.used += 1;
    }

    /// The highest group pushed is not zero, unless all are.
    #[inline]
    fn put(&self, negative: bool, scale: u8, out: &mut BytesMut) {
        let sent = self.used - self.zeros;
        // Counted from the group before the point; two's complement where all groups stand behind it.
        let weight = if sent == 0 { 0 } else { self.used.wrapping_sub(1 + u16::from(scale.div_ceil(4))) };
        let sign = if negative { NUMERIC_NEGATIVE } else { 0 };
        let head = [0, 8 + 2 * sent, sent, weight, sign, u16::from(scale)];
        let digits = self.places.get(usize::from(self.zeros)..usize::from(self.used)).unwrap_or_default();
        // Gathered first: one append is several times cheaper than one per group.
        let mut bytes = [0; LONGEST_FIXED];
        let places = bytes.as_chunks_mut::<2>().0.iter_mut();
        for (place, word) in places.zip(head.iter().chain(digits.iter().rev())) {
            *place = word.to_be_bytes();
        }
        out.put_slice(bytes.get(..12 + 2 * usize::from(sent)).unwrap_or_default());
    }
}

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

    #[test]
    fn long_numerics_are_what_short_ones_would_be() {
        let mut out = BytesMut::new();
        for (unscaled, scale) in [(1_i128, 0_u8), (-12_345, 2), (10_000, 0), (123_456_789, 5), (99_999, 7)] {
            let mut short = BytesMut::new();
            numeric(unscaled, scale, &mut short);
            out.clear();
            let digits = unscaled.unsigned_abs().to_string();
            long_numeric(unscaled < 0, digits.as_bytes(), scale, &mut out);
            assert_eq!(out, short, "{unscaled} / 10^{scale}");
        }
        out.clear();
        long_numeric(false, "9".repeat(65).as_bytes(), 30, &mut out);
        assert_eq!(out[..12], [0, 0, 0, 8 + 2 * 17, 0, 17, 0, 8, 0, 0, 0, 30]);
    }

    #[test]
    fn bits_stand_from_the_left_and_intervals_are_microseconds() {
        let mut out = BytesMut::new();
        put(Value::Bits { bits: 0b1_0000_0001, length: 9 }, &mut out);
        assert_eq!(out[..], [0, 0, 0, 6, 0, 0, 0, 9, 0x80, 0x80]);
        out.clear();
        put(Value::Bits { bits: u64::MAX, length: 64 }, &mut out);
        assert_eq!(out[4..], [0, 0, 0, 64, 255, 255, 255, 255, 255, 255, 255, 255]);
        out.clear();
        put(Value::Interval(-1), &mut out);
        assert_eq!(out[..], [[0, 0, 0, 16].as_slice(), &[255; 8], &[0; 8]].concat());
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
