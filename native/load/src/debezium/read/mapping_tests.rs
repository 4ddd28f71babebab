use super::*;
use crate::debezium::testing::catalog;

/// Lines of the table in docs/types.md: source types, created column.
fn documented() -> Vec<(String, String)> {
    let text = include_str!("../../../../../docs/types.md");
    let table = text.split("| MySQL, MariaDB |").nth(1).expect("the table");
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let lines = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    lines.map(|line| (cells(line)[1].clone(), cells(line)[2].clone())).collect()
}

/// Every type there is, with its edges.
fn all() -> Vec<SourceType> {
    let mut all = vec![
        SourceType::TinyIntOne,
        SourceType::Float,
        SourceType::Double,
        SourceType::Year,
        SourceType::Date,
        SourceType::Text,
        SourceType::Enum,
        SourceType::Set,
        SourceType::Json,
        SourceType::Bytes,
        SourceType::Uuid,
        SourceType::Inet,
        SourceType::Geometry,
    ];
    for bytes in [1, 2, 3, 4, 8] {
        all.extend([true, false].map(|unsigned| SourceType::Integer { bytes, unsigned }));
    }
    for (precision, scale) in [(1, 0), (10, 2), (38, 38), (65, 30)] {
        all.push(SourceType::Decimal { precision, scale });
    }
    for digits in 0..=6 {
        all.extend([SourceType::Time(digits), SourceType::DateTime(digits), SourceType::Timestamp(digits)]);
    }
    all.extend([1, 8, 64].map(SourceType::Bit));
    all.extend([0, 1, 65_535].map(SourceType::Varchar));
    all
}

#[test]
fn a_created_column_takes_its_source() {
    for source in all() {
        let created = created_as(source);
        assert!(codec(source, &catalog(&created)).is_ok(), "{source} into {created}");
    }
}

#[test]
fn the_documented_table_is_this_one() {
    let lines = documented();
    assert!(lines.len() > 20);
    let mut seen = Vec::new();
    for (sources, created) in lines {
        for source in sources.split("; ") {
            let parsed = SourceType::parse(source).unwrap();
            assert_eq!(created_as(parsed), created, "{source}");
            seen.push(std::mem::discriminant(&parsed));
        }
    }
    for source in all() {
        assert!(seen.contains(&std::mem::discriminant(&source)), "{source} is not documented");
    }
}

#[test]
fn pairs_that_would_change_a_value_are_refused() {
    let fits = |source: &str, sql: &str| codec(SourceType::parse(source).unwrap(), &catalog(sql));
    for (source, sql) in [
        ("tinyint(1)", "boolean"),
        ("bigint unsigned", "bigint"),
        ("time(6)", "interval"),
        ("bit(8)", "bytea"),
        ("bit(8)", "varbit(9)"),
        ("bit(8)", "varbit"),
        ("enum('a')", "varchar(3)"),
        ("year", "smallint"),
        ("int unsigned", "numeric(10,0)"),
        ("json", "json"),
        ("json", "text"),
    ] {
        assert!(fits(source, sql).is_ok(), "{source} into {sql}");
    }
    for (source, sql, reason) in [
        ("int unsigned", "integer", "INT UNSIGNED does not fit integer"),
        ("tinyint(4)", "boolean", "TINYINT does not fit boolean"),
        ("datetime(6)", "timestamp(3)", "DATETIME(6) does not fit timestamp(3): the server would round"),
        ("time(6)", "time(3)", "TIME(6) does not fit time(3): the server would round"),
        ("datetime", "timestamptz", "DATETIME has no time zone and timestamptz needs one"),
        ("timestamp", "timestamp", "TIMESTAMP is a point in time and timestamp is not"),
        ("decimal(10,2)", "numeric(10,1)", "DECIMAL(10,2) does not fit numeric(10,1)"),
        ("bit(9)", "bit(8)", "BIT(9) does not fit bit(8)"),
        ("bit(9)", "varbit(8)", "BIT(9) does not fit varbit(8)"),
        ("blob", "text", "BLOB does not fit text"),
    ] {
        assert_eq!(fits(source, sql), Err(reason.to_owned()));
    }
}

#[test]
fn without_a_source_type_only_what_has_one_reading_is_taken() {
    for sql in [
        "boolean",
        "smallint",
        "integer",
        "bigint",
        "real",
        "double precision",
        "date",
        "timestamptz(3)",
        "text",
        "varchar(3)",
        "jsonb",
        "uuid",
    ] {
        let target = catalog(sql);
        let source = assumed(&target, Decimals::Base64).unwrap();
        assert!(codec(source, &target).is_ok(), "{source} into {sql}");
    }
    for sql in
        ["timestamp(3)", "timestamp", "time(6)", "interval", "numeric(10,2)", "bytea", "bit(8)", "inet"]
    {
        let reason = assumed(&catalog(sql), Decimals::Base64).unwrap_err();
        assert!(reason.starts_with(&format!("the source's type must be known for {sql}: ")), "{reason}");
    }
    let numeric = assumed(&catalog("numeric(10,2)"), Decimals::Text);
    assert_eq!(numeric, Ok(SourceType::Decimal { precision: 10, scale: 2 }));
    assert!(assumed(&catalog("numeric"), Decimals::Numeric).is_err());
}
