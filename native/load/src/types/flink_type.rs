//! A Flink type, read from the text of `LogicalType.asSerializableString()`.

use std::fmt;

use super::nested_text::{self, Parts};
use crate::error::{Error, Kind, Result};

/// The types that the sink takes; lengths and precisions as declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlinkType {
    /// BOOLEAN
    Boolean,
    /// TINYINT, 1 byte
    TinyInt,
    /// SMALLINT, 2 bytes
    SmallInt,
    /// INT, 4 bytes
    Int,
    /// BIGINT, 8 bytes
    BigInt,
    /// FLOAT
    Float,
    /// DOUBLE
    Double,
    /// DECIMAL
    Decimal {
        /// Digits in all, 1 to 38.
        precision: u8,
        /// Digits behind the point, 0 to precision.
        scale: u8,
    },
    /// CHAR, VARCHAR and STRING alike: the image is the same, and Flink does not enforce the length by default.
    Text,
    /// BINARY, VARBINARY and BYTES alike.
    Bytes,
    /// DATE
    Date,
    /// TIME; the image holds milliseconds whatever the precision is.
    Time(u8),
    /// TIMESTAMP, 0 to 9 digits
    Timestamp(u8),
    /// TIMESTAMP_LTZ, 0 to 9 digits
    TimestampLtz(u8),
    /// INTERVAL of years and months, in months
    IntervalMonths,
    /// INTERVAL of days to seconds, in milliseconds
    IntervalMillis,
    /// ARRAY
    Array(Box<FlinkType>),
    /// MAP
    Map(Box<FlinkType>, Box<FlinkType>),
    /// MULTISET, a map to how often each is there
    Multiset(Box<FlinkType>),
    /// ROW, its fields with their names
    Row(Vec<(String, FlinkType)>),
}

impl FlinkType {
    /// Reads a type and whether it is nullable.
    ///
    /// # Errors
    /// Kind `Config`, naming the type, for one that the sink does not take.
    pub fn parse(text: &str) -> Result<(Self, bool)> {
        let unsupported = || Error::new(Kind::Config, format!("type {text} is not supported"));
        let (bare, nullable) = match text.strip_suffix(" NOT NULL") {
            Some(bare) => (bare, false),
            None => (text, true),
        };
        if let Some(parts) = nested_text::split(bare) {
            return Ok((Self::of_parts(parts).map_err(|_| unsupported())?, nullable));
        }
        let (name, arguments, rest) = split(bare).ok_or_else(unsupported)?;
        let number = |default: u8| match arguments.as_slice() {
            [] => Ok(default),
            [one] => u8::try_from(*one).map_err(|_| unsupported()),
            _ => Err(unsupported()),
        };
        let fraction = |digits: u8| if digits <= 9 { Ok(digits) } else { Err(unsupported()) };
        let flink_type = match (name, rest) {
            ("BOOLEAN", "") => FlinkType::Boolean,
            ("TINYINT", "") => FlinkType::TinyInt,
            ("SMALLINT", "") => FlinkType::SmallInt,
            ("INT" | "INTEGER", "") => FlinkType::Int,
            ("BIGINT", "") => FlinkType::BigInt,
            ("FLOAT", "") => FlinkType::Float,
            ("DOUBLE" | "DOUBLE PRECISION", "") => FlinkType::Double,
            ("DECIMAL" | "NUMERIC", "") => decimal(&arguments).ok_or_else(unsupported)?,
            ("CHAR" | "VARCHAR" | "STRING", "") => FlinkType::Text,
            ("BINARY" | "VARBINARY" | "BYTES", "") => FlinkType::Bytes,
            ("DATE", "") => FlinkType::Date,
            ("TIME", "") => FlinkType::Time(fraction(number(0)?)?),
            ("TIMESTAMP", "" | "WITHOUT TIME ZONE") => FlinkType::Timestamp(fraction(number(6)?)?),
            ("TIMESTAMP_LTZ", "") | ("TIMESTAMP", "WITH LOCAL TIME ZONE") => {
                FlinkType::TimestampLtz(fraction(number(6)?)?)
            }
            _ => return Err(unsupported()),
        };
        Ok((flink_type, nullable))
    }

    fn of_parts(parts: Parts<'_>) -> Result<Self> {
        let read = |text: &str| FlinkType::parse(text).map(|(inner, _)| inner);
        let boxed = |text: &str| read(text).map(Box::new);
        Ok(match parts {
            Parts::Months => FlinkType::IntervalMonths,
            Parts::Millis => FlinkType::IntervalMillis,
            Parts::Array(element) => FlinkType::Array(boxed(element)?),
            Parts::Multiset(element) => FlinkType::Multiset(boxed(element)?),
            Parts::Map(key, value) => FlinkType::Map(boxed(key)?, boxed(value)?),
            Parts::Row(fields) => FlinkType::Row(
                fields.into_iter().map(|(name, text)| Ok((name, read(text)?))).collect::<Result<_>>()?,
            ),
        })
    }
}

impl FlinkType {
    /// True where a value has other values inside.
    #[must_use]
    pub fn is_nested(&self) -> bool {
        matches!(self, FlinkType::Array(_) | FlinkType::Map(..) | FlinkType::Multiset(_) | FlinkType::Row(_))
    }

    /// Bytes that a value takes in an array's image.
    #[must_use]
    pub fn width(&self) -> usize {
        match self {
            FlinkType::Boolean | FlinkType::TinyInt => 1,
            FlinkType::SmallInt => 2,
            FlinkType::Int
            | FlinkType::Date
            | FlinkType::Time(_)
            | FlinkType::Float
            | FlinkType::IntervalMonths => 4,
            _ => 8,
        }
    }
}

/// `NAME(1, 2) REST` → name, numbers, rest.
fn split(text: &str) -> Option<(&str, Vec<u32>, &str)> {
    let Some((name, behind)) = text.split_once('(') else {
        return match text.strip_suffix(" WITH LOCAL TIME ZONE") {
            Some(name) => Some((name, Vec::new(), "WITH LOCAL TIME ZONE")),
            None => Some((text, Vec::new(), "")),
        };
    };
    let (inside, rest) = behind.split_once(')')?;
    let arguments = inside.split(',').map(|part| part.trim().parse().ok()).collect::<Option<_>>()?;
    Some((name, arguments, rest.trim_start()))
}

fn decimal(arguments: &[u32]) -> Option<FlinkType> {
    let (precision, scale) = match arguments {
        [] => (10, 0),
        [precision] => (*precision, 0),
        [precision, scale] => (*precision, *scale),
        _ => return None,
    };
    let valid = (1..=38).contains(&precision) && scale <= precision;
    Some(FlinkType::Decimal { precision: u8::try_from(precision).ok()?, scale: u8::try_from(scale).ok()? })
        .filter(|_| valid)
}

impl fmt::Display for FlinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FlinkType::Boolean => f.write_str("BOOLEAN"),
            FlinkType::TinyInt => f.write_str("TINYINT"),
            FlinkType::SmallInt => f.write_str("SMALLINT"),
            FlinkType::Int => f.write_str("INT"),
            FlinkType::BigInt => f.write_str("BIGINT"),
            FlinkType::Float => f.write_str("FLOAT"),
            FlinkType::Double => f.write_str("DOUBLE"),
            FlinkType::Decimal { precision, scale } => write!(f, "DECIMAL({precision}, {scale})"),
            FlinkType::Text => f.write_str("STRING"),
            FlinkType::Bytes => f.write_str("BYTES"),
            FlinkType::Date => f.write_str("DATE"),
            FlinkType::Time(digits) => write!(f, "TIME({digits})"),
            FlinkType::Timestamp(digits) => write!(f, "TIMESTAMP({digits})"),
            FlinkType::TimestampLtz(digits) => write!(f, "TIMESTAMP_LTZ({digits})"),
            FlinkType::IntervalMonths => f.write_str("INTERVAL YEAR TO MONTH"),
            FlinkType::IntervalMillis => f.write_str("INTERVAL DAY TO SECOND"),
            FlinkType::Array(element) => write!(f, "ARRAY<{element}>"),
            FlinkType::Map(key, value) => write!(f, "MAP<{key}, {value}>"),
            FlinkType::Multiset(element) => write!(f, "MULTISET<{element}>"),
            FlinkType::Row(fields) => {
                f.write_str("ROW<")?;
                for (index, (name, field)) in fields.iter().enumerate() {
                    write!(f, "{}`{name}` {field}", if index > 0 { ", " } else { "" })?;
                }
                f.write_str(">")
            }
        }
    }
}

#[cfg(test)]
#[path = "flink_type_tests.rs"]
mod tests;
