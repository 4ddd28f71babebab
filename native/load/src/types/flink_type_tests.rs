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
        assert_eq!(FlinkType::parse(text).unwrap(), (expected.clone(), true), "{text}");
        assert_eq!(FlinkType::parse(&format!("{text} NOT NULL")).unwrap(), (expected, false), "{text}");
    }
}

#[test]
fn other_types_are_refused_by_name() {
    for text in [
        "TIMESTAMP(6) WITH TIME ZONE",
        "ARRAY<RAW('x', 'y')>",
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

fn parsed(text: &str) -> (FlinkType, bool) {
    FlinkType::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn row(fields: &[(&str, FlinkType)]) -> FlinkType {
    FlinkType::Row(fields.iter().map(|(name, field)| ((*name).to_owned(), field.clone())).collect())
}

#[test]
fn nested_types_are_read() {
    let array = |element| FlinkType::Array(Box::new(element));
    for (text, expected) in [
        ("ARRAY<INT NOT NULL>", array(FlinkType::Int)),
        (
            "ARRAY<ARRAY<DECIMAL(20, 2)> NOT NULL>",
            array(array(FlinkType::Decimal { precision: 20, scale: 2 })),
        ),
        (
            "MAP<VARCHAR(2147483647) NOT NULL, ARRAY<DECIMAL(4, 1)>>",
            FlinkType::Map(
                Box::new(FlinkType::Text),
                Box::new(array(FlinkType::Decimal { precision: 4, scale: 1 })),
            ),
        ),
        ("MULTISET<CHAR(3)>", FlinkType::Multiset(Box::new(FlinkType::Text))),
        ("ROW<>", row(&[])),
        (
            "ROW<`a``b, '>` BIGINT NOT NULL, `c` TIMESTAMP(3) WITH LOCAL TIME ZONE 'it''s, <so>', `d` ROW<`e` INT 'x'>>",
            row(&[
                ("a`b, '>", FlinkType::BigInt),
                ("c", FlinkType::TimestampLtz(3)),
                ("d", row(&[("e", FlinkType::Int)])),
            ]),
        ),
        ("INTERVAL YEAR(4) TO MONTH", FlinkType::IntervalMonths),
        ("INTERVAL MONTH", FlinkType::IntervalMonths),
        ("INTERVAL DAY(2) TO SECOND(6)", FlinkType::IntervalMillis),
        ("INTERVAL MINUTE", FlinkType::IntervalMillis),
    ] {
        assert_eq!(parsed(text), (expected.clone(), true));
        assert_eq!(parsed(&format!("{text} NOT NULL")), (expected, false));
    }
    let wide = "ROW<`a` ARRAY<STRING>, `b` MAP<STRING, MULTISET<STRING>>>";
    assert_eq!(parsed(wide).0.to_string(), wide);
}

#[test]
fn others_are_refused_by_name() {
    for text in [
        "ARRAY<RAW('x', 'y')>",
        "ARRAY<>",
        "ARRAY<INT, INT>",
        "MAP<INT>",
        "ROW<a INT>",
        "ROW<`a INT>",
        "ROW<`a` TIMESTAMP(6) WITH TIME ZONE>",
        "INTERVAL YEAR TO SECOND",
        "INTERVAL ",
        "ARRAY<INT",
    ] {
        let error = FlinkType::parse(text).unwrap_err().to_string();
        assert!(error.contains("is not supported"), "{text}: {error}");
    }
}
