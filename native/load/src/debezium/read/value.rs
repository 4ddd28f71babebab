//! A JSON scalar, read by its column's source type, as a value that the target surely takes.
//!
//! The forms are those of Debezium's defaults for MySQL and of Kafka's `JsonConverter`: DATETIME(0) to (3) in
//! milliseconds, (4) to (6) in microseconds, TIME in microseconds, DATE in days, TIMESTAMP as ISO text, DECIMAL and
//! BIGINT UNSIGNED as Base64 of the unscaled integer, BIT as little-endian Base64, binary as Base64. Promise: exact, or
//! refused with a reason that does not quote the value. A form that two settings share is refused or decided by
//! [`Decimals`], never guessed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::json::{Scalar, Text, unquoted};
use super::source_type::SourceType;
use super::{decimal, temporal};
use crate::copy::characters::Characters;
use crate::copy::value::{Fault, Value, date, kept_timestamp, since_2000, text, time, uuid};
use crate::types::{Codec, IntegerTarget};

/// How the stream writes decimals: Debezium's `decimal.handling.mode` and Kafka's `decimal.format` together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decimals {
    /// `precise` with `BASE64`, the default of both. A JSON number is taken as well where 15 digits are the most,
    /// because then `double` and `NUMERIC` write the same and both are exact.
    #[default]
    Base64,
    /// `precise` with `NUMERIC`: JSON numbers with all their digits.
    Numeric,
    /// `string`: decimal digits in a JSON string.
    Text,
}

/// Two buffers: a value's text, and what is made of it.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    pub(crate) text: Vec<u8>,
    pub(crate) made: Vec<u8>,
}

/// A double keeps every decimal of so many digits.
const DOUBLE_DIGITS: u8 = 15;
/// 0000-01-01 and 10000-01-01, MySQL's years, in milliseconds of the epoch.
const MYSQL_MILLIS: std::ops::Range<i64> = -62_167_219_200_000..253_402_300_800_000;
/// The same in days.
const MYSQL_DAYS: std::ops::Range<i64> = -719_528..2_932_897;
/// 838:59:59 and what fits behind it, in microseconds.
const MYSQL_TIME: i64 = 3_020_400_000_000;

/// Reads a value that is not NULL.
#[inline]
pub(crate) fn read<'a>(
    source: SourceType,
    codec: &Codec,
    decimals: Decimals,
    scalar: Scalar<'a>,
    (buffers, checked): (&'a mut Buffers, &'a mut Characters),
) -> Result<Value<'a>, Fault> {
    match source {
        SourceType::TinyIntOne => whole(source, codec, small(scalar)?.into()),
        SourceType::Year => whole(source, codec, year(scalar)?.into()),
        SourceType::Integer { bytes: 8, unsigned: true } => {
            whole(source, codec, unsigned_long(scalar, buffers)?)
        }
        SourceType::Integer { bytes, unsigned: true } => {
            whole(source, codec, without_sign(bytes, scalar)?.into())
        }
        SourceType::Integer { .. } => whole(source, codec, integer(scalar)?.into()),
        SourceType::Float | SourceType::Double => floating(codec, scalar),
        SourceType::Decimal { precision, scale } => {
            fit_decimal(codec, exact_decimal(precision, scale, decimals, scalar, buffers)?)
        }
        SourceType::Bit(count) => bits(count, codec, scalar, buffers),
        SourceType::Date => {
            let days = Some(integer(scalar)?).filter(|days| MYSQL_DAYS.contains(days));
            let days = days.and_then(|days| i32::try_from(days).ok());
            Ok(Value::Date(date(days.ok_or(Fault::Unfit("the date is outside MySQL's years"))?)?))
        }
        SourceType::Time(_) => time_of(codec, integer(scalar)?),
        SourceType::DateTime(digits) => {
            let number = integer(scalar)?;
            timestamp(
                codec,
                if digits <= 3 { (number, 0) } else { (number.div_euclid(1000), number.rem_euclid(1000)) },
            )
        }
        SourceType::Timestamp(_) => {
            let instant = temporal::zoned(characters(scalar, &mut buffers.text)?);
            timestamp(codec, instant.ok_or(Fault::Unfit("the text is not a point in time with an offset"))?)
        }
        SourceType::Varchar(_)
        | SourceType::Text
        | SourceType::Set
        | SourceType::Json
        | SourceType::Inet
        | SourceType::Uuid => words(codec, characters(scalar, &mut buffers.text)?, checked),
        SourceType::Enum => words(codec, label(scalar, buffers)?, checked),
        SourceType::Bytes => binary(codec, scalar, buffers),
        SourceType::Geometry => geometry(codec, scalar, &mut buffers.made),
    }
}

const WRONG_TYPE: Fault = Fault::Misread("the JSON value is not of the column's type");
const NOT_BASE64: Fault =
    Fault::Misread("the text is not Base64; Debezium's modes for binary and decimal must be set");
/// The table opened with a codec that its own mapping does not give.
const NO_PAIR: Fault = Fault::Misread("the target's type does not take the column");

#[inline]
pub(crate) fn integer(scalar: Scalar<'_>) -> Result<i64, Fault> {
    let Scalar::Number(text) = scalar else { return Err(WRONG_TYPE) };
    text.parse().map_err(|_| Fault::Misread("the JSON number is not an integer of 64 bits"))
}

/// YEAR: a log tells its zero as 1900, which is no YEAR.
pub(crate) fn year(scalar: Scalar<'_>) -> Result<i64, Fault> {
    integer(scalar).map(|year| if year == 1900 { 0 } else { year })
}

/// A log's ENUM: it tells the commas of a label behind a backslash.
pub(crate) fn label<'a>(scalar: Scalar<'a>, buffers: &'a mut Buffers) -> Result<&'a [u8], Fault> {
    let Buffers { text, made } = buffers;
    let told = characters(scalar, text)?;
    if memchr::memmem::find(told, b"\\,").is_none() {
        return Ok(told);
    }
    made.clear();
    for (place, byte) in told.iter().enumerate() {
        if !(*byte == b'\\' && told.get(place + 1) == Some(&b',')) {
            made.push(*byte);
        }
    }
    Ok(made)
}

/// TINYINT(1): a converter of Debezium makes booleans of it.
pub(crate) fn small(scalar: Scalar<'_>) -> Result<i64, Fault> {
    match scalar {
        Scalar::Boolean(value) => Ok(value.into()),
        _ => integer(scalar),
    }
}

/// BIGINT UNSIGNED: Base64 in Debezium's mode `precise`, a number in `long` and with `NUMERIC`. In `long` the numbers
/// from 2^63 on come out negative, and only they do.
pub(crate) fn unsigned_long(scalar: Scalar<'_>, buffers: &mut Buffers) -> Result<i128, Fault> {
    if let Scalar::String(_) = scalar {
        let bytes = base64(scalar, &mut buffers.text, &mut buffers.made)?;
        let mut digits = Vec::new();
        return match decimal::of_bytes(bytes, 0, &mut digits)? {
            Value::Numeric { unscaled, .. } => Ok(unscaled),
            _ => Err(OUT_OF_RANGE),
        };
    }
    let Scalar::Number(number) = scalar else { return Err(WRONG_TYPE) };
    let value: i128 = number.parse().map_err(|_| Fault::Misread("the JSON number is not an integer"))?;
    Ok(if i64::try_from(value).is_ok_and(i64::is_negative) { value + (1 << 64) } else { value })
}

/// The shorter ones without a sign. Where Debezium does not see that a column has none (`INTEGER UNSIGNED`,
/// `INT ZEROFILL` in a log), the upper half of its numbers comes out negative, and only that does.
pub(crate) fn without_sign(bytes: u8, scalar: Scalar<'_>) -> Result<i64, Fault> {
    let value = integer(scalar)?;
    let bits = u32::from(bytes) * 8;
    Ok(if (-(1 << (bits - 1))..0).contains(&value) { value + (1 << bits) } else { value })
}

const OUT_OF_RANGE: Fault = Fault::Unfit("the number is outside the range of the column's type");

/// An integer of the source's range for the target.
#[inline]
fn whole<'a>(source: SourceType, codec: &Codec, value: i128) -> Result<Value<'a>, Fault> {
    let fits = match source {
        SourceType::Integer { bytes, unsigned } => {
            let bits = u32::from(bytes) * 8;
            if unsigned {
                (0..1 << bits).contains(&value)
            } else {
                (-1 << (bits - 1)..1 << (bits - 1)).contains(&value)
            }
        }
        SourceType::Year => value == 0 || (1901..=2155).contains(&value),
        _ => i8::try_from(value).is_ok(),
    };
    if !fits {
        return Err(OUT_OF_RANGE);
    }
    match *codec {
        Codec::Integer(_, target) => {
            i64::try_from(value).map(|value| Value::Integer(value, target)).map_err(|_| OUT_OF_RANGE)
        }
        Codec::Decimal { .. } => fit_decimal(codec, Value::Numeric { unscaled: value, scale: 0 }),
        Codec::Boolean if value >> 1 == 0 => Ok(Value::Boolean(value == 1)),
        Codec::Boolean => Err(Fault::Unfit("the number is neither 0 nor 1, and the target is boolean")),
        _ => Err(NO_PAIR),
    }
}

fn fit_decimal<'a>(codec: &Codec, value: Value<'a>) -> Result<Value<'a>, Fault> {
    let Codec::Decimal { target, .. } = *codec else { return Err(NO_PAIR) };
    if target == IntegerTarget::Numeric {
        return Ok(value);
    }
    let Value::Numeric { unscaled, .. } = value else { return Err(OUT_OF_RANGE) };
    let fits = match target {
        IntegerTarget::Two => i16::try_from(unscaled).is_ok(),
        IntegerTarget::Four => i32::try_from(unscaled).is_ok(),
        _ => true,
    };
    match i64::try_from(unscaled) {
        Ok(value) if fits => Ok(Value::Integer(value, target)),
        _ => Err(Fault::Unfit("the number is too large for the target's type")),
    }
}

/// FLOAT comes as the shortest text of its 32 bits, or of the double that some versions make of them; both are nearest
/// to the same float.
fn floating<'a>(codec: &Codec, scalar: Scalar<'_>) -> Result<Value<'a>, Fault> {
    let Scalar::Number(text) = scalar else { return Err(WRONG_TYPE) };
    match *codec {
        Codec::Double => text.parse().ok().filter(|value: &f64| value.is_finite()).map(Value::Double),
        Codec::Float => text.parse().ok().filter(|value: &f32| value.is_finite()).map(Value::Float),
        Codec::FloatToDouble => {
            text.parse().ok().filter(|value: &f32| value.is_finite()).map(|value| Value::Double(value.into()))
        }
        _ => return Err(NO_PAIR),
    }
    .ok_or(OUT_OF_RANGE)
}

/// A DECIMAL of its declared digits.
pub(crate) fn exact_decimal<'a>(
    precision: u8,
    scale: u8,
    decimals: Decimals,
    scalar: Scalar<'a>,
    buffers: &'a mut Buffers,
) -> Result<Value<'a>, Fault> {
    decimal::within(any_decimal(precision, scale, decimals, scalar, buffers)?, precision)
}

fn any_decimal<'a>(
    precision: u8,
    scale: u8,
    decimals: Decimals,
    scalar: Scalar<'a>,
    buffers: &'a mut Buffers,
) -> Result<Value<'a>, Fault> {
    let Buffers { text, made } = buffers;
    match (scalar, decimals) {
        (Scalar::String(_), Decimals::Base64) => {
            base64(scalar, text, made)?;
            text.clear();
            decimal::of_bytes(made, scale, text)
        }
        (Scalar::String(_), Decimals::Text) => decimal::of_text(characters(scalar, text)?, scale, made),
        (Scalar::Number(number), Decimals::Numeric) => decimal::of_text(number.as_bytes(), scale, made),
        (Scalar::Number(number), Decimals::Base64) if precision <= DOUBLE_DIGITS => {
            decimal::of_text(number.as_bytes(), scale, made)
        }
        (Scalar::Number(_), _) => Err(Fault::Unfit(
            "the decimal is a JSON number and may have lost digits; Debezium's 'decimal.handling.mode' must not be 'double'",
        )),
        _ => Err(WRONG_TYPE),
    }
}

/// BIT: a boolean where it is one bit, else Base64 with the lowest byte first.
pub(crate) fn bit_value(count: u8, scalar: Scalar<'_>, buffers: &mut Buffers) -> Result<u64, Fault> {
    if let Scalar::Boolean(value) = scalar {
        return if count == 1 { Ok(value.into()) } else { Err(WRONG_TYPE) };
    }
    let little_endian = base64(scalar, &mut buffers.text, &mut buffers.made)?;
    if little_endian.len() > 8 {
        return Err(OUT_OF_RANGE);
    }
    let value = little_endian.iter().rev().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    if count < 64 && value >> count != 0 { Err(OUT_OF_RANGE) } else { Ok(value) }
}

fn bits<'a>(
    count: u8,
    codec: &Codec,
    scalar: Scalar<'_>,
    buffers: &'a mut Buffers,
) -> Result<Value<'a>, Fault> {
    let value = bit_value(count, scalar, buffers)?;
    let made = &mut buffers.made;
    match *codec {
        Codec::Bits(length) => Ok(Value::Bits { bits: value, length }),
        Codec::Boolean => Ok(Value::Boolean(value == 1)),
        // As MySQL shows them: the highest bits first, in whole bytes.
        Codec::Bytes => {
            let length = usize::from(count.div_ceil(8));
            made.clear();
            made.extend_from_slice(
                value.to_be_bytes().get(8_usize.saturating_sub(length)..).unwrap_or_default(),
            );
            Ok(Value::Bytes(made))
        }
        _ => Err(NO_PAIR),
    }
}

fn time_of<'a>(codec: &Codec, micros: i64) -> Result<Value<'a>, Fault> {
    if !(-MYSQL_TIME + 1..MYSQL_TIME).contains(&micros) {
        return Err(Fault::Unfit("the time is outside MySQL's -838:59:59 to 838:59:59"));
    }
    match *codec {
        Codec::Interval => Ok(Value::Interval(micros)),
        Codec::Time { .. } if !(0..86_400_000_000).contains(&micros) => {
            Err(Fault::Unfit("the time is outside one day, which only a column of type interval takes"))
        }
        Codec::Time { unit } => Ok(Value::Time(time(micros, unit)?)),
        _ => Err(NO_PAIR),
    }
}

/// The range is MySQL's, not the server's: microseconds taken for milliseconds are found this way.
fn timestamp<'a>(codec: &Codec, (millis, micros): (i64, i64)) -> Result<Value<'a>, Fault> {
    let Codec::Timestamp { unit, zoned, .. } = *codec else { return Err(NO_PAIR) };
    if !MYSQL_MILLIS.contains(&millis) {
        return Err(Fault::Unfit(
            "the timestamp is outside MySQL's years; Debezium's 'time.precision.mode' must be unset",
        ));
    }
    Ok(Value::Timestamp { micros: kept_timestamp(since_2000(millis, micros), unit)?, zoned })
}

#[inline]
pub(crate) fn characters<'a>(scalar: Scalar<'a>, buffer: &'a mut Vec<u8>) -> Result<&'a [u8], Fault> {
    let Scalar::String(quoted) = scalar else { return Err(WRONG_TYPE) };
    unquoted(quoted, buffer).ok_or(Fault::Unfit("the text has an escape that is no character"))
}

#[inline]
fn words<'a>(codec: &Codec, characters: &'a [u8], checked: &'a mut Characters) -> Result<Value<'a>, Fault> {
    match *codec {
        Codec::Text(target, longest) => Ok(Value::Text(text(target, longest, characters, checked)?, target)),
        Codec::Uuid => {
            uuid(checked.checked(characters)?).map(Value::Uuid).ok_or(Fault::Unfit("the text is not a UUID"))
        }
        _ => Err(NO_PAIR),
    }
}

fn binary<'a>(codec: &Codec, scalar: Scalar<'_>, buffers: &'a mut Buffers) -> Result<Value<'a>, Fault> {
    let Codec::Bytes = *codec else { return Err(NO_PAIR) };
    let Buffers { text, made } = buffers;
    Ok(Value::Bytes(base64(scalar, text, made)?))
}

pub(crate) fn base64<'a>(
    scalar: Scalar<'_>,
    text: &mut Vec<u8>,
    made: &'a mut Vec<u8>,
) -> Result<&'a [u8], Fault> {
    let characters = characters(scalar, text)?;
    made.clear();
    STANDARD.decode_vec(characters, made).map_err(|_| NOT_BASE64)?;
    Ok(made)
}

/// The spatial types' WKB, and in it the SRID where there is one: PostGIS's EWKB.
fn geometry<'a>(codec: &Codec, scalar: Scalar<'_>, made: &'a mut Vec<u8>) -> Result<Value<'a>, Fault> {
    #[derive(Deserialize)]
    struct Spatial<'a> {
        #[serde(borrow)]
        wkb: Text<'a>,
        srid: Option<u32>,
    }
    let (Codec::Bytes, Scalar::Nested(text)) = (codec, scalar) else { return Err(WRONG_TYPE) };
    let Spatial { wkb, srid } = serde_json::from_str(text).map_err(|_| WRONG_TYPE)?;
    made.clear();
    STANDARD.decode_vec(wkb.0.as_bytes(), made).map_err(|_| NOT_BASE64)?;
    let Some(srid) = srid.filter(|srid| *srid != 0) else { return Ok(Value::Bytes(made)) };
    let malformed = Fault::Unfit("the geometry is no WKB");
    let (order, kind) = match made.as_slice() {
        [order, a, b, c, d, ..] => (*order, [*a, *b, *c, *d]),
        _ => return Err(malformed),
    };
    let (kind, srid) = match order {
        0 => ((u32::from_be_bytes(kind) | EWKB_SRID).to_be_bytes(), srid.to_be_bytes()),
        1 => ((u32::from_le_bytes(kind) | EWKB_SRID).to_le_bytes(), srid.to_le_bytes()),
        _ => return Err(malformed),
    };
    made.splice(1..5, kind.into_iter().chain(srid));
    Ok(Value::Bytes(made))
}

/// PostGIS `libpgcommon`: this bit of the type says that an SRID follows.
const EWKB_SRID: u32 = 0x2000_0000;

#[cfg(test)]
#[path = "value_tests.rs"]
mod tests;
