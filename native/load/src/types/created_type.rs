//! Reads the text of a type with which we create a column, as the type that the catalog shows for that column then.
//!
//! Promise: it reads every text that [`super::created()`] and the mapping of the source's types write, but for arrays:
//! of those it gives nothing.

use super::target_type::TargetType;

/// `varchar(20)`, `numeric(12,2)`, `bigint`, …
#[must_use]
pub fn parse_created(text: &str) -> Option<TargetType> {
    let (word, digits) = match text.strip_suffix(')').and_then(|text| text.split_once('(')) {
        Some((word, digits)) => {
            (word, digits.split(',').map(|n| n.parse().ok()).collect::<Option<Vec<i32>>>()?)
        }
        None => (text, Vec::new()),
    };
    let name = match word {
        "boolean" => "bool",
        "smallint" => "int2",
        "integer" => "int4",
        "bigint" => "int8",
        "real" => "float4",
        "double precision" => "float8",
        "numeric" | "varchar" | "bit" | "time" | "timestamp" | "timestamptz" | "date" | "text" | "bytea"
        | "jsonb" | "uuid" | "interval" => word,
        _ => return None,
    };
    let modifier = match (name, digits.as_slice()) {
        (_, []) => -1,
        ("numeric", [precision, scale]) => ((precision << 16) | scale) + 4,
        ("varchar", [length]) => length + 4,
        ("bit" | "time" | "timestamp" | "timestamptz", [digits]) => *digits,
        _ => return None,
    };
    Some(TargetType { name: name.to_owned(), kind: 'b', modifier, formatted: text.to_owned(), element: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{FlinkType, created};

    #[test]
    fn a_type_is_read_with_its_modifier() {
        let read = |text| parse_created(text).map(|read| (read.name, read.modifier));
        for (text, name, modifier) in [
            ("smallint", "int2", -1),
            ("double precision", "float8", -1),
            ("numeric(12,2)", "numeric", (12 << 16 | 2) + 4),
            ("varchar(20)", "varchar", 24),
            ("bit(7)", "bit", 7),
            ("timestamptz(3)", "timestamptz", 3),
        ] {
            assert_eq!(read(text), Some((name.to_owned(), modifier)), "{text}");
        }
        for unknown in ["integer[]", "varchar(x)", "text(1)", "money", ""] {
            assert_eq!(read(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn whatever_a_column_is_created_as_is_read() {
        for flink in [
            "BOOLEAN",
            "TINYINT",
            "INT",
            "BIGINT",
            "FLOAT",
            "DOUBLE",
            "DECIMAL(7, 3)",
            "STRING",
            "BYTES",
            "DATE",
            "TIME(3)",
            "TIMESTAMP(9)",
            "TIMESTAMP_LTZ(6)",
            "INTERVAL YEAR TO MONTH",
            "ROW<`a` INT>",
        ] {
            let (flink_type, _) = FlinkType::parse(flink).expect("a type");
            assert!(parse_created(&created(&flink_type)).is_some(), "{flink}");
        }
    }
}
