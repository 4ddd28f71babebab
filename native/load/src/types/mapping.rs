//! The table of pairs. Widening is done, narrowing refused; where only some values fit, each value is checked.

use super::codec::{Codec, IntegerSource, IntegerTarget, KeyEquality, Span, TextTarget};
use super::flink_type::FlinkType;
use super::nested::nested;
use super::target_type::{TargetType, misfit};

/// The codec of a pair.
///
/// # Errors
/// The reason why the pair does not fit, in a sentence without the column's name.
pub fn resolve(source: &FlinkType, target: &TargetType) -> Result<Codec, String> {
    if target.kind == 'e' {
        // Whatever it is called: an enum type may well be named int4.
        return match source {
            FlinkType::Text => Ok(Codec::Text(TextTarget::Enum, None)),
            _ => Err(misfit(source, target)),
        };
    }
    match (source, target.name.as_str()) {
        (FlinkType::Boolean, "bool") => Ok(Codec::Boolean),
        (FlinkType::TinyInt, _) => integer(IntegerSource::One, 3, source, target),
        (FlinkType::SmallInt, _) => integer(IntegerSource::Two, 5, source, target),
        (FlinkType::Int, _) => integer(IntegerSource::Four, 10, source, target),
        (FlinkType::BigInt, _) => integer(IntegerSource::Eight, 19, source, target),
        (FlinkType::Float, "float4") => Ok(Codec::Float),
        (FlinkType::Float, "float8") => Ok(Codec::FloatToDouble),
        (FlinkType::Double, "float8") => Ok(Codec::Double),
        (FlinkType::Decimal { precision, scale }, _) => decimal(*precision, *scale, source, target),
        (FlinkType::Text, "text") => Ok(Codec::Text(TextTarget::Plain, None)),
        (FlinkType::Text, "varchar") => Ok(Codec::Text(TextTarget::Plain, length(target))),
        (FlinkType::Text, "bpchar") => Ok(Codec::Text(TextTarget::Padded, length(target))),
        (FlinkType::Text, "citext") => Ok(Codec::Text(TextTarget::Citext, None)),
        (FlinkType::Text, "json") => Ok(Codec::Text(TextTarget::Json, None)),
        (FlinkType::Text, "jsonb") => Ok(Codec::Text(TextTarget::Jsonb, None)),
        (FlinkType::Text, "xml") => Ok(Codec::Text(TextTarget::Xml, None)),
        (FlinkType::Text, "uuid") => Ok(Codec::Uuid),
        (FlinkType::Text, _) => parsed(source, target),
        (FlinkType::Bytes, "bytea") => Ok(Codec::Bytes),
        (FlinkType::Date, "date") => Ok(Codec::Date),
        (FlinkType::Time(digits), "time") => {
            Ok(Codec::Time { unit: unit(fraction(*digits.min(&3), source, target)?) })
        }
        (FlinkType::Timestamp(digits), "timestamp") => timestamp(*digits, false, source, target),
        (FlinkType::TimestampLtz(digits), "timestamptz") => timestamp(*digits, true, source, target),
        (FlinkType::Timestamp(digits), "timestamptz") => Err(format!(
            "{source} has no time zone and {} needs one; CAST it to TIMESTAMP_LTZ({digits})",
            target.formatted
        )),
        (FlinkType::TimestampLtz(digits), "timestamp") => Err(format!(
            "{source} is a point in time and {} is not; CAST it to TIMESTAMP({digits})",
            target.formatted
        )),
        (FlinkType::IntervalMonths, "interval") => span(Span::Months, source, target),
        (FlinkType::IntervalMillis, "interval") => span(Span::Millis, source, target),
        _ if source.is_nested() => nested(source, target, resolve),
        _ => Err(misfit(source, target)),
    }
}

/// An interval with a modifier rounds or drops fields.
fn span(span: Span, source: &FlinkType, target: &TargetType) -> Result<Codec, String> {
    if target.modifier == -1 {
        return Ok(Codec::Span(span));
    }
    Err(format!("{}: the server would round", misfit(source, target)))
}

/// Text that the server's input function reads: types that have a Flink type of their own are refused, and those whose
/// input cuts or rounds in silence.
fn parsed(source: &FlinkType, target: &TargetType) -> Result<Codec, String> {
    const OTHERS: &str =
        "bool int2 int4 int8 oid float4 float8 numeric date time timestamp timestamptz bytea name char";
    /// Types with an equality and an order that agree, neither of them by the text.
    const COMPARED: &str = "inet cidr macaddr macaddr8 bit varbit money timetz interval tsvector pg_lsn";
    let name = target.name.as_str();
    let is_in = |names: &str| names.split(' ').any(|known| known == name);
    if target.element.is_some() || is_in(OTHERS) {
        return Err(misfit(source, target));
    }
    let rounds = match name {
        "timetz" => (0..6).contains(&target.modifier),
        "interval" => target.modifier != -1,
        _ => false,
    };
    if rounds {
        return Err(format!("{}: the server would round", misfit(source, target)));
    }
    let equality = if is_in(COMPARED) { KeyEquality::Server } else { KeyEquality::None };
    Ok(Codec::Text(TextTarget::Parsed(equality), None))
}

fn integer(
    width: IntegerSource,
    digits: i32,
    source: &FlinkType,
    target: &TargetType,
) -> Result<Codec, String> {
    use IntegerSource::{Eight, Four, One, Two};
    let to = match (width, target.name.as_str()) {
        (One | Two, "int2") => IntegerTarget::Two,
        (One | Two | Four, "int4") => IntegerTarget::Four,
        (One | Two | Four | Eight, "int8") => IntegerTarget::Eight,
        // Up to 32 bits a double is exact.
        (One | Two | Four, "float8") => IntegerTarget::Double,
        (_, "numeric") if numeric_takes(target, digits, 0) => IntegerTarget::Numeric,
        _ => return Err(misfit(source, target)),
    };
    Ok(Codec::Integer(width, to))
}

fn decimal(precision: u8, scale: u8, source: &FlinkType, target: &TargetType) -> Result<Codec, String> {
    let to = match target.name.as_str() {
        "numeric" if numeric_takes(target, i32::from(precision - scale), i32::from(scale)) => {
            IntegerTarget::Numeric
        }
        "int2" if scale == 0 && precision <= 4 => IntegerTarget::Two,
        "int4" if scale == 0 && precision <= 9 => IntegerTarget::Four,
        "int8" if scale == 0 && precision <= 18 => IntegerTarget::Eight,
        _ => return Err(misfit(source, target)),
    };
    Ok(Codec::Decimal { wide: precision > 18, scale, target: to })
}

/// True where every value with so many digits before and behind the point is stored as it is. The modifier's layout:
/// PostgreSQL `numeric.c`, `make_numeric_typmod`; the scale is 11 bits with a sign since version 15.
pub(super) fn numeric_takes(target: &TargetType, before: i32, behind: i32) -> bool {
    digits(target).is_none_or(|(most_before, most_behind)| most_behind >= behind && most_before >= before)
}

/// The most digits before and behind the point of a numeric(p, s).
pub(super) fn digits(target: &TargetType) -> Option<(i32, i32)> {
    if target.modifier < 4 {
        return None;
    }
    let packed = target.modifier - 4;
    let precision = (packed >> 16) & 0xffff;
    let scale = ((packed & 0x7ff) ^ 0x400) - 0x400;
    Some((precision - scale, scale))
}

/// The most characters of varchar(n) and char(n).
fn length(target: &TargetType) -> Option<u32> {
    u32::try_from(target.modifier - 4).ok()
}

/// The column's digits of a second, refused where the server would round.
fn fraction(digits: u8, source: &FlinkType, target: &TargetType) -> Result<u32, String> {
    let kept = u32::try_from(target.modifier).unwrap_or(6).min(6);
    if kept < u32::from(digits.min(6)) {
        return Err(format!("{}: the server would round", misfit(source, target)));
    }
    Ok(kept)
}

/// Microseconds between two values of a column that keeps so many digits.
fn unit(kept: u32) -> u32 {
    10_u32.pow(6_u32.saturating_sub(kept))
}

fn timestamp(digits: u8, zoned: bool, source: &FlinkType, target: &TargetType) -> Result<Codec, String> {
    let kept = fraction(digits, source, target)?;
    Ok(Codec::Timestamp { wide: digits > 3, unit: unit(kept), zoned })
}

#[cfg(test)]
#[path = "mapping_tests.rs"]
mod tests;
