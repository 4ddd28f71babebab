//! A MySQL or MariaDB column type, read from the text of `SHOW COLUMNS`, `information_schema`, JDBC's type name or a
//! stream's `tableChanges`.
//!
//! Promise: what it reads decides how a column's JSON is read, so a text that it does not know is an error, never a
//! guess. It knows no target type; those are in `mapping`.

use std::fmt;

/// What a column of the source holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceType {
    /// TINYINT(1), MySQL's BOOLEAN: by convention true or false, by type -128 to 127.
    TinyIntOne,
    /// TINYINT to BIGINT
    Integer {
        /// How many bytes it has: 1, 2, 3, 4 or 8.
        bytes: u8,
        /// UNSIGNED or ZEROFILL
        unsigned: bool,
    },
    /// FLOAT
    Float,
    /// DOUBLE, REAL, FLOAT of more than 24 bits
    Double,
    /// DECIMAL
    Decimal {
        /// Digits in all, 1 to 65.
        precision: u8,
        /// Digits behind the point, 0 to 30.
        scale: u8,
    },
    /// BIT, with 1 to 64 bits
    Bit(u8),
    /// YEAR
    Year,
    /// DATE
    Date,
    /// TIME, 0 to 6 digits of a second
    Time(u8),
    /// DATETIME, 0 to 6 digits of a second
    DateTime(u8),
    /// TIMESTAMP, 0 to 6 digits of a second
    Timestamp(u8),
    /// CHAR and VARCHAR, with the most characters
    Varchar(u32),
    /// TINYTEXT to LONGTEXT; MariaDB's JSON is a LONGTEXT and says so.
    Text,
    /// ENUM
    Enum,
    /// SET
    Set,
    /// JSON
    Json,
    /// BINARY, VARBINARY, TINYBLOB to LONGBLOB
    Bytes,
    /// MariaDB's UUID
    Uuid,
    /// MariaDB's INET4 and INET6
    Inet,
    /// GEOMETRY, POINT and the other spatial types
    Geometry,
}

impl SourceType {
    /// Reads `int(11) unsigned`, `DECIMAL(20,4)`, `enum('a','b')`, …
    ///
    /// # Errors
    /// A sentence that quotes the type, which is no row value.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, arguments, behind) = split(text).ok_or_else(|| unknown(text))?;
        let known = of_words(&words(&format!("{name} {behind}")), &arguments);
        known.ok_or_else(|| unknown(text))
    }

    /// The type that stands for all whose values are read, checked and stored in the same way: a text's length is none
    /// of the source's business.
    #[must_use]
    pub fn reading(self) -> Self {
        match self {
            SourceType::Varchar(_) => SourceType::Text,
            other => other,
        }
    }

    /// Reads a type whose length and scale stand apart, as JDBC and `tableChanges` have them.
    ///
    /// # Errors
    /// As [`SourceType::parse`].
    pub fn from_parts(name: &str, length: Option<i64>, scale: Option<i64>) -> Result<Self, String> {
        if name.contains('(') {
            return Self::parse(name);
        }
        let arguments: Option<Vec<u32>> =
            length.iter().chain(scale.iter()).map(|n| u32::try_from(*n).ok()).collect();
        let known = arguments.and_then(|arguments| of_words(&words(name), &arguments));
        known.ok_or_else(|| unknown(name))
    }
}

fn unknown(text: &str) -> String {
    format!("the type {text:?} is not known")
}

/// `NAME(1, 2) BEHIND`; what stands in the parentheses of an enum or a set are labels, which nobody needs.
fn split(text: &str) -> Option<(&str, Vec<u32>, &str)> {
    let Some((name, rest)) = text.split_once('(') else { return Some((text, Vec::new(), "")) };
    if matches!(name.trim().to_ascii_lowercase().as_str(), "enum" | "set") {
        return Some((name, Vec::new(), ""));
    }
    let (inside, behind) = rest.split_once(')')?;
    let arguments = inside.split(',').map(|part| part.trim().parse().ok()).collect::<Option<_>>()?;
    Some((name, arguments, behind))
}

/// Lower-case words; what says nothing of the values is left out.
fn words(text: &str) -> Vec<String> {
    let words = text.split_ascii_whitespace().map(str::to_ascii_lowercase);
    let mut kept: Vec<String> = Vec::new();
    let mut skip = false;
    for word in words {
        match word.as_str() {
            _ if skip => skip = false,
            // A character set or collation and its name.
            "charset" | "collate" => skip = true,
            "set" if kept.last().is_some_and(|last| last == "character") => {
                kept.pop();
                skip = true;
            }
            // Behind a type of text it is a collation, not a type.
            "binary" if !kept.is_empty() => {}
            "signed" | "national" | "not" | "null" => {}
            _ => kept.push(word),
        }
    }
    kept
}

fn of_words(words: &[String], arguments: &[u32]) -> Option<SourceType> {
    let attribute = |word: &String| matches!(word.as_str(), "unsigned" | "zerofill");
    // ZEROFILL makes a column UNSIGNED.
    let unsigned = words.iter().any(attribute);
    let name: Vec<&str> = words.iter().filter(|word| !attribute(word)).map(String::as_str).collect();
    let first = arguments.first().copied();
    let integer = |bytes| Some(SourceType::Integer { bytes, unsigned });
    match name.join(" ").as_str() {
        "tinyint" | "int1" if first == Some(1) && !unsigned => Some(SourceType::TinyIntOne),
        "bool" | "boolean" => Some(SourceType::TinyIntOne),
        "tinyint" | "int1" => integer(1),
        "smallint" | "int2" => integer(2),
        "mediumint" | "int3" | "middleint" => integer(3),
        "int" | "integer" | "int4" => integer(4),
        "bigint" | "int8" => integer(8),
        "serial" => Some(SourceType::Integer { bytes: 8, unsigned: true }),
        // One argument is a number of bits; two are digits and leave the four bytes alone.
        "float" if arguments.len() == 1 && first > Some(24) => Some(SourceType::Double),
        "float" | "float4" => Some(SourceType::Float),
        "double" | "double precision" | "real" | "float8" => Some(SourceType::Double),
        "decimal" | "numeric" | "dec" | "fixed" => decimal(arguments),
        "bit" => bounded(first.unwrap_or(1), 1..=64).map(SourceType::Bit),
        "year" => Some(SourceType::Year),
        "date" => Some(SourceType::Date),
        "time" => digits(first).map(SourceType::Time),
        "datetime" => digits(first).map(SourceType::DateTime),
        "timestamp" => digits(first).map(SourceType::Timestamp),
        "char" | "character" | "nchar" => Some(SourceType::Varchar(first.unwrap_or(1))),
        "varchar" | "nvarchar" | "char varying" | "character varying" | "nchar varchar" | "nchar varying"
        | "varcharacter" => Some(SourceType::Varchar(first?)),
        "tinytext" | "text" | "mediumtext" | "longtext" | "long" | "long varchar" => Some(SourceType::Text),
        "enum" => Some(SourceType::Enum),
        "set" => Some(SourceType::Set),
        "json" => Some(SourceType::Json),
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" | "long varbinary" => {
            Some(SourceType::Bytes)
        }
        "uuid" => Some(SourceType::Uuid),
        "inet4" | "inet6" => Some(SourceType::Inet),
        "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring"
        | "multipolygon" | "geometrycollection" | "geomcollection" => Some(SourceType::Geometry),
        _ => None,
    }
}

fn bounded(number: u32, range: std::ops::RangeInclusive<u8>) -> Option<u8> {
    u8::try_from(number).ok().filter(|number| range.contains(number))
}

fn digits(first: Option<u32>) -> Option<u8> {
    bounded(first.unwrap_or(0), 0..=6)
}

fn decimal(arguments: &[u32]) -> Option<SourceType> {
    let precision = bounded(arguments.first().copied().unwrap_or(10), 1..=65)?;
    let scale = bounded(arguments.get(1).copied().unwrap_or(0), 0..=30)?;
    (scale <= precision).then_some(SourceType::Decimal { precision, scale })
}

impl fmt::Display for SourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fraction = |f: &mut fmt::Formatter<'_>, name: &str, digits: u8| match digits {
            0 => f.write_str(name),
            digits => write!(f, "{name}({digits})"),
        };
        match *self {
            SourceType::TinyIntOne => f.write_str("TINYINT(1)"),
            SourceType::Integer { bytes, unsigned } => {
                f.write_str(match bytes {
                    1 => "TINYINT",
                    2 => "SMALLINT",
                    3 => "MEDIUMINT",
                    4 => "INT",
                    _ => "BIGINT",
                })?;
                f.write_str(if unsigned { " UNSIGNED" } else { "" })
            }
            SourceType::Float => f.write_str("FLOAT"),
            SourceType::Double => f.write_str("DOUBLE"),
            SourceType::Decimal { precision, scale } => write!(f, "DECIMAL({precision},{scale})"),
            SourceType::Bit(bits) => write!(f, "BIT({bits})"),
            SourceType::Year => f.write_str("YEAR"),
            SourceType::Date => f.write_str("DATE"),
            SourceType::Time(digits) => fraction(f, "TIME", digits),
            SourceType::DateTime(digits) => fraction(f, "DATETIME", digits),
            SourceType::Timestamp(digits) => fraction(f, "TIMESTAMP", digits),
            SourceType::Varchar(length) => write!(f, "VARCHAR({length})"),
            SourceType::Text => f.write_str("TEXT"),
            SourceType::Enum => f.write_str("ENUM"),
            SourceType::Set => f.write_str("SET"),
            SourceType::Json => f.write_str("JSON"),
            SourceType::Bytes => f.write_str("BLOB"),
            SourceType::Uuid => f.write_str("UUID"),
            SourceType::Inet => f.write_str("INET6"),
            SourceType::Geometry => f.write_str("GEOMETRY"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_as_the_server_and_the_stream_write_them() {
        let integer = |bytes, unsigned| SourceType::Integer { bytes, unsigned };
        for (text, expected) in [
            ("int(11) unsigned", integer(4, true)),
            ("INT UNSIGNED", integer(4, true)),
            ("bigint unsigned zerofill", integer(8, true)),
            ("bigint(20) zerofill", integer(8, true)),
            ("SERIAL", integer(8, true)),
            ("mediumint", integer(3, false)),
            ("tinyint(1)", SourceType::TinyIntOne),
            ("tinyint(1) unsigned", integer(1, true)),
            ("tinyint(4)", integer(1, false)),
            ("decimal(20,4)", SourceType::Decimal { precision: 20, scale: 4 }),
            ("DECIMAL(65, 30) UNSIGNED", SourceType::Decimal { precision: 65, scale: 30 }),
            ("numeric", SourceType::Decimal { precision: 10, scale: 0 }),
            ("datetime(6)", SourceType::DateTime(6)),
            ("datetime", SourceType::DateTime(0)),
            ("timestamp(3)", SourceType::Timestamp(3)),
            ("time(6)", SourceType::Time(6)),
            ("year(4)", SourceType::Year),
            ("bit(8)", SourceType::Bit(8)),
            ("BIT", SourceType::Bit(1)),
            ("enum('a,b)','it''s')", SourceType::Enum),
            ("set('a','b')", SourceType::Set),
            ("SET", SourceType::Set),
            ("json", SourceType::Json),
            ("varbinary(16)", SourceType::Bytes),
            ("double", SourceType::Double),
            ("double precision unsigned", SourceType::Double),
            ("float(7,3)", SourceType::Float),
            ("float(53)", SourceType::Double),
            ("geometry", SourceType::Geometry),
            ("POINT", SourceType::Geometry),
            ("uuid", SourceType::Uuid),
            ("inet6", SourceType::Inet),
            ("varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", SourceType::Varchar(20)),
            ("char(3) charset latin1", SourceType::Varchar(3)),
            ("NATIONAL VARCHAR(7)", SourceType::Varchar(7)),
            ("longtext", SourceType::Text),
            ("varchar(9) binary", SourceType::Varchar(9)),
            ("TEXT BINARY", SourceType::Text),
        ] {
            assert_eq!(SourceType::parse(text), Ok(expected), "{text}");
            let again = expected.to_string();
            assert_eq!(SourceType::parse(&again), Ok(expected), "{again}");
        }
    }

    #[test]
    fn length_and_scale_may_stand_apart() {
        for (name, length, scale, expected) in [
            ("DECIMAL UNSIGNED", Some(8), Some(4), SourceType::Decimal { precision: 8, scale: 4 }),
            ("DATETIME", Some(6), None, SourceType::DateTime(6)),
            ("TINYINT", Some(1), None, SourceType::TinyIntOne),
            ("INT", Some(11), None, SourceType::Integer { bytes: 4, unsigned: false }),
            ("FLOAT", Some(7), Some(3), SourceType::Float),
            ("ENUM", Some(1), None, SourceType::Enum),
            ("VARCHAR", Some(255), None, SourceType::Varchar(255)),
            ("VARCHAR BINARY", Some(9), None, SourceType::Varchar(9)),
        ] {
            assert_eq!(SourceType::from_parts(name, length, scale), Ok(expected), "{name}");
        }
        assert!(SourceType::from_parts("DATETIME", Some(-1), None).is_err());
    }

    #[test]
    fn what_is_not_known_is_refused_by_its_name() {
        for text in [
            "",
            "vector(3)",
            "decimal(66,0)",
            "decimal(5,6)",
            "bit(65)",
            "time(7)",
            "varchar",
            "int(",
            "(",
            "int(x)",
        ] {
            assert_eq!(SourceType::parse(text), Err(format!("the type {text:?} is not known")));
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_type_or_an_error(text: String, length: Option<i64>, scale: Option<i64>) {
            let _ = (SourceType::parse(&text), SourceType::from_parts(&text, length, scale));
        }
    }
}
