//! A Flink type, read from the text of `LogicalType.asSerializableString()`.

use std::fmt;

use crate::error::{Error, Kind, Result};

/// The types that the sink takes; lengths and precisions as declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_supported_text_is_read() {
        for (text, expected) in [
            ("BOOLEAN", FlinkType::Boolean),
            ("INT", FlinkType::Int),
            ("DECIMAL(10, 2)", FlinkType::Decimal { precision: 10, scale: 2 }),
            ("DECIMAL(38,38)", FlinkType::Decimal { precision: 38, scale: 38 }),
            ("CHAR(3)", FlinkType::Text),
            ("VARCHAR(2147483647)", FlinkType::Text),
            ("STRING", FlinkType::Text),
            ("VARBINARY(2147483647)", FlinkType::Bytes),
            ("BYTES", FlinkType::Bytes),
            ("TIME(0)", FlinkType::Time(0)),
            ("TIMESTAMP(9)", FlinkType::Timestamp(9)),
            ("TIMESTAMP(3) WITH LOCAL TIME ZONE", FlinkType::TimestampLtz(3)),
            ("TIMESTAMP_LTZ(6)", FlinkType::TimestampLtz(6)),
        ] {
            assert_eq!(FlinkType::parse(text).unwrap(), (expected, true), "{text}");
            assert_eq!(FlinkType::parse(&format!("{text} NOT NULL")).unwrap(), (expected, false), "{text}");
        }
    }

    #[test]
    fn other_types_are_refused_by_name() {
        for text in [
            "ARRAY<INT>",
            "MAP<VARCHAR(99), INT>",
            "ROW<`f0` BIGINT, `f1` VARCHAR(99)>",
            "ARRAY<DECIMAL(20, 2)>",
            "MULTISET<INT>",
            "TIMESTAMP(6) WITH TIME ZONE",
            "INTERVAL DAY(2) TO SECOND(6)",
            "DECIMAL(39, 0)",
            "DECIMAL(5, 6)",
            "TIMESTAMP(10)",
            "RAW('x', 'y')",
            "",
            "INT(",
        ] {
            let error = FlinkType::parse(text).unwrap_err();
            assert!(error.to_string().contains(text), "{text}: {error}");
        }
    }
}
