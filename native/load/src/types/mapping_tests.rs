use super::*;
use crate::types::ElementType;

fn target(name: &str, modifier: i32) -> TargetType {
    TargetType { modifier, ..TargetType::plain(name) }
}

fn pair(source: &str, name: &str, modifier: i32) -> Result<Codec, String> {
    resolve(&FlinkType::parse(source).unwrap().0, &target(name, modifier))
}

fn numeric(precision: i32, scale: i32) -> i32 {
    ((precision << 16) | (scale & 0x7ff)) + 4
}

/// Every source type against every target type: what is not listed is refused.
#[test]
fn the_table_of_pairs_is_exactly_this() {
    let sources = [
        "BOOLEAN",
        "TINYINT",
        "SMALLINT",
        "INT",
        "BIGINT",
        "FLOAT",
        "DOUBLE",
        "DECIMAL(4, 0)",
        "DECIMAL(9, 0)",
        "DECIMAL(18, 0)",
        "DECIMAL(20, 0)",
        "DECIMAL(10, 2)",
        "STRING",
        "BYTES",
        "DATE",
        "TIME(3)",
        "TIMESTAMP(6)",
        "TIMESTAMP_LTZ(6)",
        "INTERVAL YEAR TO MONTH",
        "INTERVAL DAY TO SECOND(3)",
        "ARRAY<INT>",
        "ARRAY<ARRAY<SMALLINT>>",
        "ARRAY<BIGINT>",
        "ARRAY<ROW<`a` INT>>",
        "MAP<STRING, INT>",
        "MAP<INT, INT>",
        "MULTISET<STRING>",
        "ROW<`a` INT>",
    ];
    let targets = [
        "bool",
        "int2",
        "int4",
        "int8",
        "float4",
        "float8",
        "numeric",
        "text",
        "varchar",
        "bpchar",
        "citext",
        "json",
        "jsonb",
        "xml",
        "uuid",
        "bytea",
        "date",
        "time",
        "timestamp",
        "timestamptz",
        "timetz",
        "money",
        "inet",
        "interval",
        "_int4",
        "oid",
        "name",
        "other.int4",
        "char",
        "bit",
        "point",
        "other.pair",
    ];
    let allowed = [
        ("BOOLEAN", "bool"),
        ("TINYINT", "int2 int4 int8 float8 numeric"),
        ("SMALLINT", "int2 int4 int8 float8 numeric"),
        ("INT", "int4 int8 float8 numeric"),
        ("BIGINT", "int8 numeric"),
        ("FLOAT", "float4 float8"),
        ("DOUBLE", "float8"),
        ("DECIMAL(4, 0)", "int2 int4 int8 numeric"),
        ("DECIMAL(9, 0)", "int4 int8 numeric"),
        ("DECIMAL(18, 0)", "int8 numeric"),
        ("DECIMAL(20, 0)", "numeric"),
        ("DECIMAL(10, 2)", "numeric"),
        (
            "STRING",
            "text varchar bpchar citext json jsonb xml uuid timetz money inet interval other.int4 bit point other.pair",
        ),
        ("BYTES", "bytea"),
        ("DATE", "date"),
        ("TIME(3)", "time"),
        ("TIMESTAMP(6)", "timestamp"),
        ("TIMESTAMP_LTZ(6)", "timestamptz"),
        ("INTERVAL YEAR TO MONTH", "interval"),
        ("INTERVAL DAY TO SECOND(3)", "interval"),
        ("ARRAY<INT>", "_int4 text json jsonb"),
        ("ARRAY<ARRAY<SMALLINT>>", "_int4 text json jsonb"),
        ("ARRAY<BIGINT>", "text json jsonb"),
        ("ARRAY<ROW<`a` INT>>", "text json jsonb"),
        ("MAP<STRING, INT>", "text json jsonb"),
        ("MAP<INT, INT>", ""),
        ("MULTISET<STRING>", "text json jsonb"),
        ("ROW<`a` INT>", "text json jsonb"),
    ];
    for source in sources {
        let (_, names) = allowed.iter().find(|(name, _)| *name == source).expect("listed");
        for name in targets {
            let expected = names.split(' ').any(|allowed| allowed == name);
            let mut target = target(name, -1);
            target.element = (name == "_int4")
                .then(|| Box::new(ElementType { oid: 23, delimiter: b',', base: TargetType::plain("int4") }));
            let source_type = FlinkType::parse(source).unwrap().0;
            assert_eq!(resolve(&source_type, &target).is_ok(), expected, "{source} into {name}");
        }
    }
}

#[test]
fn text_is_not_parsed_where_its_input_would_round_and_is_a_key_where_equality_is_known() {
    for (name, modifier) in [("timetz", 3), ("interval", 3), ("interval", 0x6_ffff)] {
        assert!(pair("STRING", name, modifier).unwrap_err().contains("the server would round"), "{name}");
    }
    assert!(pair("STRING", "timetz", -1).is_ok() && pair("STRING", "bit", 4).is_ok());
    for (name, equality) in [
        ("inet", KeyEquality::Server),
        ("bit", KeyEquality::Server),
        ("point", KeyEquality::None),
        ("public.geometry", KeyEquality::None),
        ("other.inet", KeyEquality::None),
    ] {
        let codec = pair("STRING", name, -1).unwrap();
        assert!(codec.is_text_only() && codec.key_equality() == equality, "{name}");
    }
}

#[test]
fn decimals_fit_only_where_no_digit_is_lost() {
    for (source, precision, scale, fits) in [
        ("DECIMAL(10, 2)", 10, 2, true),
        ("DECIMAL(10, 2)", 12, 3, true),
        ("DECIMAL(10, 2)", 10, 3, false),
        ("DECIMAL(10, 2)", 12, 1, false),
        ("DECIMAL(10, 2)", 10, -2, false),
        ("DECIMAL(38, 38)", 38, 38, true),
        ("BIGINT", 19, 0, true),
        ("BIGINT", 18, 0, false),
        ("INT", 12, 2, true),
    ] {
        let result = pair(source, "numeric", numeric(precision, scale));
        assert_eq!(result.is_ok(), fits, "{source} into numeric({precision},{scale})");
    }
}

#[test]
fn fractions_of_a_second_are_never_rounded_by_the_server() {
    assert!(pair("TIMESTAMP(6)", "timestamp", 3).unwrap_err().contains("round"));
    assert_eq!(
        pair("TIMESTAMP(3)", "timestamp", 3),
        Ok(Codec::Timestamp { wide: false, unit: 1000, zoned: false })
    );
    assert_eq!(
        pair("TIMESTAMP(9)", "timestamp", -1),
        Ok(Codec::Timestamp { wide: true, unit: 1, zoned: false })
    );
    assert!(pair("TIME(3)", "time", 2).is_err());
    assert!(pair("TIME(0)", "time", 0).is_ok());
    assert!(pair("TIME(9)", "time", 3).is_ok());
}

#[test]
fn zones_are_never_guessed_and_the_message_says_what_to_cast() {
    assert!(pair("TIMESTAMP(3)", "timestamptz", -1).unwrap_err().contains("CAST it to TIMESTAMP_LTZ(3)"));
    assert!(pair("TIMESTAMP_LTZ(3)", "timestamp", -1).unwrap_err().contains("CAST it to TIMESTAMP(3)"));
}

#[test]
fn enums_take_text_whatever_they_are_called() {
    let color = TargetType { kind: 'e', ..target("int4", -1) };
    assert!(resolve(&FlinkType::Text, &color).is_ok());
    assert!(resolve(&FlinkType::Int, &color).is_err());
    assert_eq!(pair("STRING", "varchar", 36), Ok(Codec::Text(TextTarget::Plain, Some(32))));
    assert_eq!(pair("STRING", "varchar", -1), Ok(Codec::Text(TextTarget::Plain, None)));
}

#[test]
fn nested_values_say_what_does_not_fit() {
    let array = |source: &str, element: TargetType| {
        let element = ElementType { oid: 1, delimiter: b',', base: element };
        let target = TargetType { element: Some(Box::new(element)), ..target("_x", -1) };
        resolve(&FlinkType::parse(source).unwrap().0, &target)
    };
    let narrow = TargetType { modifier: numeric(5, 1), ..target("numeric", -1) };
    assert!(
        array("ARRAY<DECIMAL(10, 2)>", narrow).unwrap_err().contains("DECIMAL(10, 2) does not fit numeric")
    );
    let zoned = array("ARRAY<TIMESTAMP(3)>", target("timestamptz", -1)).unwrap_err();
    assert!(zoned.contains("CAST it to TIMESTAMP_LTZ(3)"), "{zoned}");
    let deep = format!("{}INT{}", "ARRAY<".repeat(7), ">".repeat(7));
    assert!(array(&deep, target("int4", -1)).unwrap_err().contains("6 dimensions at most"));
    assert!(array("ARRAY<STRING>", target("inet", -1)).unwrap().is_text_only());
    assert!(!array("ARRAY<STRING>", target("text", -1)).unwrap().is_text_only());
    assert_eq!(array("ARRAY<INT>", target("int4", -1)).unwrap().key_equality(), KeyEquality::None);
    assert!(
        pair("MAP<INT, INT>", "jsonb", -1)
            .unwrap_err()
            .contains("keys of a JSON object are text, and INT is not")
    );
    assert!(pair("INTERVAL MONTH", "interval", 3).unwrap_err().contains("the server would round"));
}
