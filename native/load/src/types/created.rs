//! Which type a column gets when we create it: the one that takes every value of the Flink type.
//!
//! It is always one that [`super::resolve`] accepts. Lengths of text are not carried over: Flink does not enforce them,
//! and a text that is too long would end the job.

use super::flink_type::FlinkType;
use super::nested::nested_created;

/// The SQL type of a new column.
#[must_use]
pub fn created(flink_type: &FlinkType) -> String {
    // The server keeps six digits of a second.
    let digits = |digits: u8| digits.min(6);
    match flink_type {
        FlinkType::Boolean => "boolean".to_owned(),
        FlinkType::TinyInt | FlinkType::SmallInt => "smallint".to_owned(),
        FlinkType::Int => "integer".to_owned(),
        FlinkType::BigInt => "bigint".to_owned(),
        FlinkType::Float => "real".to_owned(),
        FlinkType::Double => "double precision".to_owned(),
        FlinkType::Decimal { precision, scale } => format!("numeric({precision},{scale})"),
        FlinkType::Text => "text".to_owned(),
        FlinkType::Bytes => "bytea".to_owned(),
        FlinkType::Date => "date".to_owned(),
        // The row image has milliseconds, whatever is declared.
        FlinkType::Time(p) => format!("time({})", p.min(&3)),
        FlinkType::Timestamp(p) => format!("timestamp({})", digits(*p)),
        FlinkType::TimestampLtz(p) => format!("timestamptz({})", digits(*p)),
        FlinkType::IntervalMonths | FlinkType::IntervalMillis => "interval".to_owned(),
        FlinkType::Array(_) | FlinkType::Map(..) | FlinkType::Multiset(_) | FlinkType::Row(_) => {
            nested_created(flink_type, created)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docs_say_which_type_a_column_gets() {
        let document = include_str!("../../../../docs/types.md");
        for (flink, sql) in [
            ("BOOLEAN", "boolean"),
            ("TINYINT", "smallint"),
            ("SMALLINT", "smallint"),
            ("INT", "integer"),
            ("BIGINT", "bigint"),
            ("FLOAT", "real"),
            ("DOUBLE", "double precision"),
            ("DECIMAL(7, 3)", "numeric(7,3)"),
            ("STRING", "text"),
            ("BYTES", "bytea"),
            ("DATE", "date"),
            ("TIME(3)", "time(3)"),
            ("TIMESTAMP(3)", "timestamp(3)"),
            ("TIMESTAMP(9)", "timestamp(6)"),
            ("TIMESTAMP_LTZ(6)", "timestamptz(6)"),
            ("INTERVAL YEAR TO MONTH", "interval"),
            ("ARRAY<INT>", "integer[]"),
            ("ARRAY<ARRAY<DECIMAL(7, 3)>>", "numeric(7,3)[]"),
            ("ARRAY<MAP<STRING, INT>>", "jsonb"),
            ("ROW<`a` INT>", "jsonb"),
        ] {
            let (flink_type, _) = FlinkType::parse(flink).expect("a type");
            assert_eq!(created(&flink_type), sql);
            let sql = if sql.ends_with(']') { "[]" } else { sql };
            let name = sql.split('(').next().unwrap_or_default();
            assert!(
                document.lines().any(|line| line.starts_with("| created |") && line.contains(name)),
                "{name} is not among the created types of docs/types.md"
            );
        }
    }
}
