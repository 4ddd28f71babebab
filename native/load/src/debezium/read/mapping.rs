//! Which column a source type becomes, and which columns take it: the one table, shown in `docs/types.md`.
//!
//! Promise: what [`created_as`] names, [`codec`] takes, and every value of the source type is stored as it is. Pairs
//! that only fit some values are checked value by value; others are refused when the table opens, with the reason.

use crate::debezium::{Decimals, SourceType};
use crate::types::{Codec, FlinkType, TargetType, resolve};

/// The type that a created column has.
///
/// # Examples
/// `DATETIME(6)` becomes `timestamp(6)`, `BIGINT UNSIGNED` becomes `numeric(20,0)`.
#[must_use]
pub fn created_as(source: SourceType) -> String {
    match source {
        // Not boolean: the type holds -128 to 127, and whoever means true and false can say so in the target.
        SourceType::TinyIntOne | SourceType::Integer { bytes: 1, .. } => "smallint".to_owned(),
        SourceType::Integer { bytes: 2, unsigned: false } => "smallint".to_owned(),
        SourceType::Integer { bytes: 8, unsigned: true } => "numeric(20,0)".to_owned(),
        SourceType::Integer { bytes: 4, unsigned: true } | SourceType::Integer { bytes: 8, .. } => {
            "bigint".to_owned()
        }
        SourceType::Integer { .. } | SourceType::Year => "integer".to_owned(),
        SourceType::Float => "real".to_owned(),
        SourceType::Double => "double precision".to_owned(),
        SourceType::Decimal { precision, scale } => format!("numeric({precision},{scale})"),
        SourceType::Bit(1) => "boolean".to_owned(),
        SourceType::Bit(bits) => format!("bit({bits})"),
        SourceType::Date => "date".to_owned(),
        SourceType::Time(digits) => format!("time({digits})"),
        SourceType::DateTime(digits) => format!("timestamp({digits})"),
        SourceType::Timestamp(digits) => format!("timestamptz({digits})"),
        // A server refuses varchar(0), which holds the empty text only.
        SourceType::Varchar(0) => "text".to_owned(),
        // MySQL gives a CHAR without its trailing blanks, so padding it would change it.
        SourceType::Varchar(length) => format!("varchar({length})"),
        SourceType::Text | SourceType::Enum | SourceType::Set | SourceType::Inet => "text".to_owned(),
        // MySQL keeps JSON as jsonb does: parsed, keys in its own order, the last of equal keys.
        SourceType::Json => "jsonb".to_owned(),
        SourceType::Bytes | SourceType::Geometry => "bytea".to_owned(),
        SourceType::Uuid => "uuid".to_owned(),
    }
}

/// The codec of a pair.
///
/// # Errors
/// The reason why the pair does not fit, in a sentence without the column's name.
pub fn codec(source: SourceType, target: &TargetType) -> Result<Codec, String> {
    let misfit = || format!("{source} does not fit {}", target.formatted);
    let base = if target.kind == 'e' { "" } else { target.name.as_str() };
    match (source, base) {
        (SourceType::TinyIntOne | SourceType::Bit(1), "bool") => return Ok(Codec::Boolean),
        (SourceType::Bit(bits), "bit" | "varbit") => {
            // The modifier of bit(n) is n; varbit takes shorter ones.
            let fits = target.modifier == i32::from(bits)
                || base == "varbit" && !(0..i32::from(bits)).contains(&target.modifier);
            return if fits { Ok(Codec::Bits(bits)) } else { Err(misfit()) };
        }
        // An auto-increment key reaches 2^63 never; a value that does is refused.
        (SourceType::Integer { bytes: 8, unsigned: true }, "int8") => {
            let target = crate::types::IntegerTarget::Eight;
            return Ok(Codec::Decimal { wide: true, scale: 0, target });
        }
        // Flink has no type of ten digits that is an integer; the number has ten at most.
        (SourceType::Integer { bytes: 4, unsigned: true }, "numeric") => {
            let ten = FlinkType::Decimal { precision: 10, scale: 0 };
            return resolve(&ten, target).map_err(|_| misfit());
        }
        // An interval with a modifier rounds or drops fields.
        (SourceType::Time(_), "interval") if target.modifier == -1 => return Ok(Codec::Interval),
        (SourceType::Time(digits), "time") if (0..i32::from(digits)).contains(&target.modifier) => {
            return Err(format!("{}: the server would round", misfit()));
        }
        (SourceType::DateTime(_), "timestamptz") => {
            return Err(format!("{source} has no time zone and {} needs one", target.formatted));
        }
        (SourceType::Timestamp(_), "timestamp") => {
            return Err(format!("{source} is a point in time and {} is not", target.formatted));
        }
        _ => {}
    }
    let flink = flink_type(source).ok_or_else(misfit)?;
    resolve(&flink, target).map_err(|reason| match reason.split_once(": ") {
        Some((_, why)) => format!("{}: {why}", misfit()),
        None => misfit(),
    })
}

/// The type that a column of the source must have, where nothing tells it and the target leaves one reading only.
///
/// # Errors
/// The reason why the JSON could mean two things, in a sentence without the column's name.
pub fn assumed(target: &TargetType, decimals: Decimals) -> Result<SourceType, String> {
    let ambiguous =
        |why: &str| Err(format!("the source's type must be known for {}: {why}", target.formatted));
    if target.kind == 'e' {
        return Ok(SourceType::Enum);
    }
    Ok(match target.name.as_str() {
        "bool" => SourceType::TinyIntOne,
        "int2" => SourceType::Integer { bytes: 2, unsigned: false },
        "int4" => SourceType::Integer { bytes: 4, unsigned: false },
        "int8" => SourceType::Integer { bytes: 8, unsigned: false },
        "float4" => SourceType::Float,
        "float8" => SourceType::Double,
        "date" => SourceType::Date,
        "timestamptz" => SourceType::Timestamp(u8::try_from(target.modifier).unwrap_or(6).min(6)),
        "text" | "varchar" | "bpchar" | "citext" | "json" | "jsonb" | "xml" | "uuid" => SourceType::Text,
        "numeric" if decimals != Decimals::Base64 => match declared(target) {
            Some(known) => known,
            None => return ambiguous("it does not say how many digits there are behind the point"),
        },
        "numeric" => return ambiguous("Base64 does not say where the point is"),
        "timestamp" | "time" | "interval" => return ambiguous("the number is milliseconds or microseconds"),
        "bytea" | "bit" | "varbit" => return ambiguous("bits and bytes look alike"),
        _ => return ambiguous("no type is read for it by default"),
    })
}

/// numeric(p, s), where the digits are in the range that a source can have.
fn declared(target: &TargetType) -> Option<SourceType> {
    let packed = u32::try_from(target.modifier.checked_sub(4)?).ok()?;
    let (precision, scale) = (u8::try_from(packed >> 16).ok()?, u8::try_from(packed & 0x7ff).ok()?);
    let known = precision <= 65 && scale <= 30 && scale <= precision;
    known.then_some(SourceType::Decimal { precision, scale })
}

/// The type whose pairs are the source's pairs.
fn flink_type(source: SourceType) -> Option<FlinkType> {
    Some(match source {
        SourceType::TinyIntOne | SourceType::Integer { bytes: 1, unsigned: false } => FlinkType::TinyInt,
        SourceType::Integer { bytes: 1, .. }
        | SourceType::Integer { bytes: 2, unsigned: false }
        | SourceType::Year => FlinkType::SmallInt,
        SourceType::Integer { bytes: 8, unsigned: true } => FlinkType::Decimal { precision: 20, scale: 0 },
        SourceType::Integer { bytes: 4, unsigned: true } | SourceType::Integer { bytes: 8, .. } => {
            FlinkType::BigInt
        }
        SourceType::Integer { .. } => FlinkType::Int,
        SourceType::Float => FlinkType::Float,
        SourceType::Double => FlinkType::Double,
        SourceType::Decimal { precision, scale } => FlinkType::Decimal { precision, scale },
        SourceType::Bit(1) => FlinkType::Boolean,
        SourceType::Bit(_) | SourceType::Bytes | SourceType::Geometry => FlinkType::Bytes,
        SourceType::Date => FlinkType::Date,
        SourceType::Time(digits) => FlinkType::Time(digits),
        SourceType::DateTime(digits) => FlinkType::Timestamp(digits),
        SourceType::Timestamp(digits) => FlinkType::TimestampLtz(digits),
        SourceType::Varchar(_)
        | SourceType::Text
        | SourceType::Enum
        | SourceType::Set
        | SourceType::Inet
        | SourceType::Uuid
        | SourceType::Json => FlinkType::Text,
    })
}

#[cfg(test)]
#[path = "mapping_tests.rs"]
mod tests;
