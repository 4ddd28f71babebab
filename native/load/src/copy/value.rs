//! A value that the target surely takes, or the reason why it does not; read here from a field of a row image, and by
//! other rooms from where else rows come. What a target takes is checked in this file only.

use super::characters::Characters;
pub(crate) use super::fault::Fault;
use crate::error::{Error, Kind};
use crate::row::Slots;
use crate::types::{Codec, IntegerSource, IntegerTarget, Nested, Span, TextTarget};

/// Days from 1970-01-01 to 2000-01-01, where the server counts from.
const EPOCH_DAYS: i32 = 10_957;
/// The same in milliseconds.
const EPOCH_MILLIS: i64 = 946_684_800_000;
/// 4713-11-24 BC and the day after 5874897-12-31 (PostgreSQL `datetime.h`, `IS_VALID_DATE`).
const DATES: std::ops::Range<i32> = -2_451_545..2_145_031_949;
/// 4713-11-24 BC and 294277-01-01 (PostgreSQL `timestamp.h`, `IS_VALID_TIMESTAMP`).
const TIMESTAMPS: std::ops::Range<i64> = -211_813_488_000_000_000..9_223_371_331_200_000_000;
const DAY_MICROS: i64 = 86_400_000_000;

/// A checked value. Dates and times are the server's: days and microseconds since 2000-01-01.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Boolean(bool),
    Integer(i64, IntegerTarget),
    Float(f32),
    Double(f64),
    Numeric {
        unscaled: i128,
        scale: u8,
    },
    /// A decimal that 128 bits do not hold: its decimal digits without leading zeros. MySQL has up to 65 of them.
    LongNumeric {
        negative: bool,
        digits: &'a [u8],
        scale: u8,
    },
    /// The lowest `length` of the bits, the highest first.
    Bits {
        bits: u64,
        length: u8,
    },
    /// Valid UTF-8 without U+0000.
    Text(&'a [u8], TextTarget),
    Uuid([u8; 16]),
    Bytes(&'a [u8]),
    Date(i32),
    /// Microseconds of the day.
    Time(i64),
    /// Microseconds, of any number of hours and with a sign.
    Interval(i64),
    Months(i32),
    /// An image that is checked while it is written.
    Nested(&'a Nested, &'a [u8]),
    Timestamp {
        micros: i64,
        zoned: bool,
    },
}

/// Reads a field that is not NULL.
#[inline]
pub(super) fn read<'a, S: Slots<'a>>(
    codec: &'a Codec,
    row: &S,
    field: usize,
    characters: &'a mut Characters,
) -> Result<Value<'a>, Fault> {
    Ok(match *codec {
        Codec::Boolean => Value::Boolean(row.fixed::<1>(field)? != [0]),
        Codec::Integer(source, target) => Value::Integer(integer(source, row, field)?, target),
        Codec::Float => Value::Float(f32::from_le_bytes(row.fixed(field)?)),
        Codec::FloatToDouble => Value::Double(f64::from(f32::from_le_bytes(row.fixed(field)?))),
        Codec::Double => Value::Double(f64::from_le_bytes(row.fixed(field)?)),
        Codec::Decimal { wide, scale, target } => decimal(wide, scale, target, row, field)?,
        Codec::Text(target, longest) => {
            Value::Text(text(target, longest, row.bytes(field)?, characters)?, target)
        }
        Codec::Uuid => {
            let text = characters.checked(row.bytes(field)?)?;
            Value::Uuid(uuid(text).ok_or(Fault::Unfit("the text is not a UUID"))?)
        }
        Codec::Bytes => Value::Bytes(row.bytes(field)?),
        Codec::Date => Value::Date(date(i32::from_le_bytes(row.fixed(field)?))?),
        Codec::Time { unit } => {
            Value::Time(time(i64::from(i32::from_le_bytes(row.fixed(field)?)) * 1000, unit)?)
        }
        Codec::Timestamp { wide, unit, zoned } => {
            Value::Timestamp { micros: timestamp(wide, unit, row, field)?, zoned }
        }
        Codec::Span(Span::Months) => Value::Months(i32::from_le_bytes(row.fixed(field)?)),
        Codec::Span(Span::Millis) => {
            let micros = i64::from_le_bytes(row.fixed(field)?).checked_mul(1000);
            Value::Interval(micros.ok_or(Fault::Unfit("the interval is longer than the server's"))?)
        }
        Codec::Nested(ref nested) => Value::Nested(nested, row.nested(field)?),
        // No Flink type resolves to these.
        Codec::Bits(_) | Codec::Interval => return Err(not_of_flink()),
    })
}

#[cold]
pub(super) fn not_of_flink() -> Fault {
    Fault::Image(Error::new(Kind::Internal, "a row image has no values of this sort"))
}

/// A value that became longer than its image allows.
#[cold]
pub(super) fn overlapping() -> Fault {
    Fault::Image(Error::new(Kind::Internal, "a row image has overlapping fields"))
}

#[inline]
fn integer<'a, S: Slots<'a>>(source: IntegerSource, row: &S, field: usize) -> Result<i64, Fault> {
    Ok(match source {
        IntegerSource::One => i8::from_le_bytes(row.fixed(field)?).into(),
        IntegerSource::Two => i16::from_le_bytes(row.fixed(field)?).into(),
        IntegerSource::Four => i32::from_le_bytes(row.fixed(field)?).into(),
        IntegerSource::Eight => i64::from_le_bytes(row.fixed(field)?),
    })
}

#[inline]
pub(super) fn decimal<'a, S: Slots<'a>>(
    wide: bool,
    scale: u8,
    target: IntegerTarget,
    row: &S,
    field: usize,
) -> Result<Value<'a>, Fault> {
    let unscaled = if wide { row.wide_decimal(field)? } else { i64::from_le_bytes(row.fixed(field)?).into() };
    if target == IntegerTarget::Numeric {
        return Ok(Value::Numeric { unscaled, scale });
    }
    let fits = match target {
        IntegerTarget::Two => i16::try_from(unscaled).is_ok(),
        IntegerTarget::Four => i32::try_from(unscaled).is_ok(),
        _ => true,
    };
    match i64::try_from(unscaled) {
        Ok(value) if fits => Ok(Value::Integer(value, target)),
        _ => Err(Fault::Unfit("the decimal has more digits than its type declares")),
    }
}

/// UTF-8 without U+0000, and no longer than the column takes.
#[inline(always)]
pub(crate) fn text<'a>(
    target: TextTarget,
    longest: Option<u32>,
    text: &'a [u8],
    characters: &'a mut Characters,
) -> Result<&'a [u8], Fault> {
    let text = characters.checked(text)?;
    match longest.and_then(|n| usize::try_from(n).ok()) {
        // Bytes are at least as many as characters, so short text needs no counting.
        Some(longest) if text.len() > longest => shorten(target, longest, text),
        _ => Ok(text),
    }
}

/// Text of more bytes than the column has characters.
fn shorten(target: TextTarget, longest: usize, text: &[u8]) -> Result<&[u8], Fault> {
    let counted = if target == TextTarget::Padded { without_blanks(text) } else { text };
    // Every byte of UTF-8 that does not continue a character begins one.
    if counted.iter().filter(|byte| **byte & 0xc0 != 0x80).count() > longest {
        return Err(Fault::Unfit("the text is longer than the column"));
    }
    Ok(counted)
}

/// Without the blanks at the end, which mean nothing in char(n).
pub(crate) fn without_blanks(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
    text.get(..end).unwrap_or_default()
}

/// The forms that PostgreSQL takes: 32 hexadecimal digits, hyphens after any group of four, braces around all.
pub(crate) fn uuid(text: &[u8]) -> Option<[u8; 16]> {
    let text = match text {
        [b'{', inner @ .., b'}'] => inner,
        bare => bare,
    };
    let mut uuid = [0; 16];
    let mut digits = 0;
    for (position, byte) in text.iter().enumerate() {
        if *byte == b'-' {
            let last = position + 1 == text.len();
            if digits == 0 || digits % 4 != 0 || last || text.get(position + 1) == Some(&b'-') {
                return None;
            }
            continue;
        }
        let digit = u8::try_from(char::from(*byte).to_digit(16)?).ok()?;
        let slot = uuid.get_mut(digits / 2)?;
        *slot = (*slot << 4) | digit;
        digits += 1;
    }
    (digits == 32).then_some(uuid)
}

/// Days since 1970-01-01 as the server counts them.
#[inline]
pub(crate) fn date(epoch_days: i32) -> Result<i32, Fault> {
    epoch_days
        .checked_sub(EPOCH_DAYS)
        .filter(|days| DATES.contains(days))
        .ok_or(Fault::Unfit("the date is outside 4713 BC to 5874897"))
}

/// Microseconds of the day. A value can be finer than the column, whatever precision its type declares.
pub(crate) fn time(micros: i64, unit: u32) -> Result<i64, Fault> {
    if !(0..DAY_MICROS).contains(&micros) {
        return Err(Fault::Unfit("the time is outside one day"));
    }
    if unit > 1 && micros % i64::from(unit) != 0 {
        return Err(Fault::Unfit("the time has more digits than the column keeps"));
    }
    Ok(micros)
}

#[inline]
fn timestamp<'a, S: Slots<'a>>(wide: bool, unit: u32, row: &S, field: usize) -> Result<i64, Fault> {
    let (millis, nanos) = epoch(wide, row, field)?;
    if nanos % 1000 != 0 {
        return Err(Fault::Unfit(
            "the timestamp has digits below one microsecond, which the server cannot store; CAST it to precision 6",
        ));
    }
    kept_timestamp(since_2000(millis, i64::from(nanos / 1000)), unit)
}

/// Milliseconds since 1970 and the nanoseconds behind them.
#[inline]
pub(super) fn epoch<'a, S: Slots<'a>>(wide: bool, row: &S, field: usize) -> Result<(i64, u32), Fault> {
    if !wide {
        return Ok((i64::from_le_bytes(row.fixed(field)?), 0));
    }
    let (millis, nanos) = row.out_of_line(field)?;
    if nanos > 999_999 {
        let text = "a row image is malformed: nanoseconds beyond a millisecond";
        return Err(Fault::Image(Error::new(Kind::Internal, text)));
    }
    Ok((i64::from_le_bytes(millis), nanos))
}

/// Microseconds since 2000-01-01 of an epoch's milliseconds and microseconds.
#[inline]
pub(crate) fn since_2000(millis: i64, micros: i64) -> Option<i64> {
    millis.checked_sub(EPOCH_MILLIS)?.checked_mul(1000)?.checked_add(micros)
}

/// Microseconds since 2000-01-01, where the server and the column take them.
#[inline]
pub(crate) fn kept_timestamp(micros: Option<i64>, unit: u32) -> Result<i64, Fault> {
    let micros = micros
        .filter(|micros| TIMESTAMPS.contains(micros))
        .ok_or(Fault::Unfit("the timestamp is outside 4713 BC to 294276"))?;
    if unit > 1 && micros % i64::from(unit) != 0 {
        return Err(Fault::Unfit("the timestamp has more digits than the column keeps"));
    }
    Ok(micros)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::NullChars;

    #[test]
    fn uuids_are_taken_in_the_servers_forms_only() {
        let expected = Some([
            0xa0, 0xee, 0xbc, 0x99, 0x9c, 0x0b, 0x4e, 0xf8, 0xbb, 0x6d, 0x6b, 0xb9, 0xbd, 0x38, 0x0a, 0x11,
        ]);
        for text in [
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
            "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
            "{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}",
            "a0eebc999c0b4ef8bb6d6bb9bd380a11",
            "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11",
        ] {
            assert_eq!(uuid(text.as_bytes()), expected, "{text}");
        }
        for text in [
            "",
            "a0eebc99",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111",
            "a0e-ebc999c0b4ef8bb6d6bb9bd380a11",
            "-a0eebc999c0b4ef8bb6d6bb9bd380a11",
            "a0eebc99--9c0b4ef8bb6d6bb9bd380a11",
            "a0eebc999c0b4ef8bb6d6bb9bd380a11-",
            "{a0eebc999c0b4ef8bb6d6bb9bd380a11",
            "g0eebc999c0b4ef8bb6d6bb9bd380a11",
        ] {
            assert_eq!(uuid(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn dates_and_times_stop_at_the_servers_edges() {
        assert_eq!(date(10_957).unwrap(), 0);
        assert!(date(-2_451_545 + 10_957).is_ok() && date(-2_451_546 + 10_957).is_err());
        assert!(date(2_145_031_948 + 10_957).is_ok() && date(2_145_031_949 + 10_957).is_err());
        assert!(date(i32::MIN).is_err() && date(i32::MAX).is_err());
        assert!(
            time(0, 1).is_ok()
                && time(86_399_999_000, 1).is_ok()
                && time(86_400_000_000, 1).is_err()
                && time(-1, 1).is_err()
        );
        assert!(time(86_399_999_000, 1000).is_ok() && time(86_399_990_000, 10_000).is_ok());
        assert!(time(86_399_999_000, 1_000_000).is_err(), "the server would round it to 24:00:00");
    }

    #[test]
    fn text_is_counted_in_characters_and_trailing_blanks_of_char_mean_nothing() {
        let check = |target, longest, text_: &str| {
            text(target, Some(longest), text_.as_bytes(), &mut Characters::new(NullChars::Strip))
                .map(|kept| String::from_utf8(kept.to_vec()).unwrap())
        };
        assert_eq!(check(TextTarget::Plain, 3, "你好吗").unwrap(), "你好吗");
        assert!(check(TextTarget::Plain, 3, "你好吗?").is_err());
        assert!(check(TextTarget::Plain, 3, "abc ").is_err());
        assert_eq!(check(TextTarget::Padded, 3, "abc   ").unwrap(), "abc");
        assert!(check(TextTarget::Padded, 3, "abcd").is_err());
        assert_eq!(check(TextTarget::Plain, 3, "ab\0c").unwrap(), "abc", "what goes is not counted");
        assert_eq!(check(TextTarget::Padded, 3, "abc\0 \0").unwrap(), "abc");
    }
}
