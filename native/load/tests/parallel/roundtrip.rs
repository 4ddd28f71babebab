//! The server is the oracle: every type at its edges, in both COPY formats and both modes, read back and compared.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;
use crate::support::turns::Turns;

use pieload::row::image_builder::RowBuilder;
use support::{Load, Server, SpecText, lines};

/// Flink type, SQL type, and rows: how the image gets the value, and the SQL literal it must equal.
pub(crate) struct Case {
    flink: &'static str,
    sql: &'static str,
    values: Vec<(Set, &'static str)>,
}

pub(crate) type Set = Box<dyn Fn(RowBuilder) -> RowBuilder>;

pub(crate) fn case(flink: &'static str, sql: &'static str, values: Vec<(Set, &'static str)>) -> Case {
    Case { flink, sql, values }
}

pub(crate) fn set(f: impl Fn(RowBuilder) -> RowBuilder + 'static) -> Set {
    Box::new(f)
}

/// The value as a literal.
fn quoted(value: &str) -> &'static str {
    format!("'{}'", value.replace('\'', "''")).leak()
}

fn text(value: &'static str) -> Set {
    set(move |row| row.string(1, value))
}

const NUMBERS: fn() -> Vec<Case> = || {
    let max = 10_i128.pow(38) - 1;
    vec![
        case(
            "BOOLEAN",
            "bool",
            vec![(set(|r| r.boolean(1, true)), "true"), (set(|r| r.boolean(1, false)), "false")],
        ),
        case(
            "TINYINT",
            "int2",
            vec![(set(|r| r.tiny(1, i8::MIN)), "-128"), (set(|r| r.tiny(1, i8::MAX)), "127")],
        ),
        case("TINYINT", "numeric(3,0)", vec![(set(|r| r.tiny(1, -128)), "-128")]),
        case(
            "SMALLINT",
            "int2",
            vec![(set(|r| r.small(1, i16::MIN)), "-32768"), (set(|r| r.small(1, i16::MAX)), "32767")],
        ),
        case("SMALLINT", "int8", vec![(set(|r| r.small(1, i16::MIN)), "-32768")]),
        case(
            "INT",
            "int4",
            vec![(set(|r| r.int(1, i32::MIN)), "-2147483648"), (set(|r| r.int(1, i32::MAX)), "2147483647")],
        ),
        case("INT", "float8", vec![(set(|r| r.int(1, i32::MAX)), "2147483647")]),
        case(
            "BIGINT",
            "int8",
            vec![
                (set(|r| r.long(1, i64::MIN)), "-9223372036854775808"),
                (set(|r| r.long(1, i64::MAX)), "9223372036854775807"),
            ],
        ),
        case(
            "BIGINT",
            "numeric",
            vec![(set(|r| r.long(1, i64::MIN)), "-9223372036854775808"), (set(|r| r.long(1, 0)), "0")],
        ),
        case(
            "FLOAT",
            "float4",
            vec![
                (set(|r| r.float(1, f32::MIN_POSITIVE)), "'1.17549435e-38'"),
                (set(|r| r.float(1, f32::MAX)), "'3.4028235e38'"),
                (set(|r| r.float(1, 0.1)), "'0.1'"),
                (set(|r| r.float(1, f32::NAN)), "'NaN'"),
                (set(|r| r.float(1, f32::NEG_INFINITY)), "'-Infinity'"),
            ],
        ),
        case("FLOAT", "float8", vec![(set(|r| r.float(1, 0.5)), "0.5")]),
        case(
            "DOUBLE",
            "float8",
            vec![
                (set(|r| r.double(1, f64::MAX)), "'1.7976931348623157e308'"),
                (set(|r| r.double(1, 5e-324)), "'5e-324'"),
                (set(|r| r.double(1, 0.1)), "'0.1'"),
                (set(|r| r.double(1, f64::INFINITY)), "'Infinity'"),
            ],
        ),
        case(
            "DECIMAL(10, 2)",
            "numeric(10,2)",
            vec![
                (set(|r| r.decimal_compact(1, 0)), "0.00"),
                (set(|r| r.decimal_compact(1, -1)), "-0.01"),
                (set(|r| r.decimal_compact(1, 9_999_999_999)), "99999999.99"),
                (set(|r| r.decimal_compact(1, 1_000_000)), "10000.00"),
            ],
        ),
        case(
            "DECIMAL(38, 0)",
            "numeric",
            vec![
                (set(move |r| r.decimal_wide(1, max)), "99999999999999999999999999999999999999"),
                (set(move |r| r.decimal_wide(1, -max)), "-99999999999999999999999999999999999999"),
                (set(|r| r.decimal_wide(1, 0)), "0"),
            ],
        ),
        case(
            "DECIMAL(38, 38)",
            "numeric(38,38)",
            vec![
                (set(move |r| r.decimal_wide(1, max)), "0.99999999999999999999999999999999999999"),
                (set(|r| r.decimal_wide(1, 1)), "0.00000000000000000000000000000000000001"),
            ],
        ),
        case(
            "DECIMAL(20, 3)",
            "numeric",
            vec![(set(|r| r.decimal_wide(1, 1_000_000_000_001)), "1000000000.001")],
        ),
        case("DECIMAL(9, 0)", "int4", vec![(set(|r| r.decimal_compact(1, -999_999_999)), "-999999999")]),
        case(
            "DECIMAL(18, 0)",
            "int8",
            vec![(set(|r| r.decimal_compact(1, 999_999_999_999_999_999)), "999999999999999999")],
        ),
    ]
};

const TEXTS: fn() -> Vec<Case> = || {
    let all: Vec<u8> = (0..=255).collect();
    vec![
        case(
            "STRING",
            "text",
            vec![
                (text(""), "''"),
                (text("\\N"), "E'\\\\N'"),
                (text("\\."), "E'\\\\.'"),
                (text("NULL"), "'NULL'"),
                (text("a\tb\nc\rd\\e'f\"g\u{8}\u{b}\u{c}"), "E'a\\tb\\nc\\rd\\\\e''f\"g\\b\\x0b\\f'"),
                (text("你好，世界 😀 ñ é"), "'你好，世界 😀 ñ é'"),
                (text("  blanks  "), "'  blanks  '"),
            ],
        ),
        case("VARCHAR(3)", "varchar(3)", vec![(text("你好吗"), "'你好吗'"), (text("ab "), "'ab '")]),
        case("CHAR(3)", "char(5)", vec![(text("x  "), "'x'"), (text(""), "''")]),
        case(
            "STRING",
            "json",
            vec![(text("{\"a\": [1, null, \"\\n\"]}"), "E'{\"a\": [1, null, \"\\\\n\"]}'")],
        ),
        case("STRING", "jsonb", vec![(text("{\"b\":1,\"a\":\"\\u00e9\"}"), "'{\"a\": \"é\", \"b\": 1}'")]),
        case("STRING", "xml", vec![(text("<a>1</a>"), "'<a>1</a>'")]),
        case("STRING", "color", vec![(text("deep blue"), "'deep blue'")]),
        case("STRING", "public.citext", vec![(text("MiXed"), "'MiXed'")]),
        case("STRING", "positive_text", vec![(text("domain"), "'domain'")]),
        case(
            "STRING",
            "uuid",
            vec![(text("{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}"), "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'")],
        ),
        case(
            "BYTES",
            "bytea",
            vec![
                (set(|r| r.bytes(1, &[])), "''"),
                (
                    set(move |r| r.bytes(1, &all)),
                    "decode((SELECT string_agg(lpad(to_hex(i), 2, '0'), '' ORDER BY i) FROM generate_series(0, 255) i), 'hex')",
                ),
                (set(|r| r.bytes(1, b"\\x41")), "'\\\\x41'"),
            ],
        ),
    ]
};

/// What the server's input functions read; sent as text whatever format is asked for.
const PARSED: fn() -> Vec<Case> = || {
    let case = |sql, values: Vec<&'static str>| {
        case("STRING", sql, values.into_iter().map(|value| (text(value), quoted(value))).collect())
    };
    vec![
        case("inet", vec!["10.0.0.1/24", "::ffff:1.2.3.4", "10.0.0.1/32"]),
        case("cidr", vec!["2001:db8::/32"]),
        case("address", vec!["10.1.2.3"]),
        case("macaddr", vec!["08-00-2B-01-02-03", "0800.2b01.0203"]),
        case("bit(4)", vec!["1010", "xF"]),
        case("varbit(5)", vec!["", "101"]),
        case("money", vec!["-12.34", "$1,000"]),
        case("timetz", vec!["04:05:06.789-08", "24:00:00+00"]),
        case("interval", vec!["1 year 2 mons -3 days 04:05:06.789012", "P1Y2M"]),
        case("tsvector", vec!["'a\\\\b':1A c d:3"]),
        case("int4range", vec!["[1,5]", "empty", "(,)"]),
        case("tsrange", vec!["[2000-01-01 00:00, infinity)"]),
        case("floats", vec!["(0.1,0.2]"]),
        case("point", vec!["(0.1,-0.2)"]),
        case("public.hstore", vec!["\"a\\tb\"=>\"1\\\\2\", \"c\"=>NULL"]),
        case("pair", vec!["(1,\"a\"\"b\tc\\\\d\")", "(,)"]),
    ]
};

const TIMES: fn() -> Vec<Case> = || {
    vec![
        case(
            "DATE",
            "date",
            vec![
                (set(|r| r.int(1, 0)), "'1970-01-01'"),
                (set(|r| r.int(1, -1)), "'1969-12-31'"),
                (set(|r| r.int(1, 11_016)), "'2000-02-29'"),
                (set(|r| r.int(1, -719_163)), "'0001-12-31 BC'"),
                (set(|r| r.int(1, -2_440_588)), "'4714-11-24 BC'"),
                (set(|r| r.int(1, 2_145_042_905)), "'5874897-12-31'"),
                (set(|r| r.int(1, 2_932_897)), "'10000-01-01'"),
            ],
        ),
        case(
            "TIME(3)",
            "time",
            vec![(set(|r| r.int(1, 0)), "'00:00:00'"), (set(|r| r.int(1, 86_399_999)), "'23:59:59.999'")],
        ),
        case("TIME(0)", "time(0)", vec![(set(|r| r.int(1, 3_723_000)), "'01:02:03'")]),
        case(
            "TIMESTAMP(3)",
            "timestamp",
            vec![
                (set(|r| r.long(1, 1_700_000_000_123)), "'2023-11-14 22:13:20.123'"),
                (set(|r| r.long(1, -1)), "'1969-12-31 23:59:59.999'"),
            ],
        ),
        case(
            "TIMESTAMP(3)",
            "timestamp(3)",
            vec![(set(|r| r.long(1, 1_700_000_000_123)), "'2023-11-14 22:13:20.123'")],
        ),
        case(
            "TIMESTAMP(6)",
            "timestamp",
            vec![
                (set(|r| r.timestamp(1, -1, 999_000)), "'1969-12-31 23:59:59.999999'"),
                (set(|r| r.timestamp(1, -210_866_803_200_000, 0)), "'4714-11-24 00:00:00 BC'"),
                (set(|r| r.timestamp(1, 9_224_318_015_999_999, 999_000)), "'294276-12-31 23:59:59.999999'"),
            ],
        ),
        case(
            "TIMESTAMP(9)",
            "timestamp",
            vec![(set(|r| r.timestamp(1, 0, 1000)), "'1970-01-01 00:00:00.000001'")],
        ),
        case(
            "TIMESTAMP_LTZ(6)",
            "timestamptz",
            vec![
                (set(|r| r.timestamp(1, 0, 0)), "'1970-01-01 00:00:00+00'"),
                (set(|r| r.timestamp(1, -62_135_596_800_001, 1000)), "'0001-12-31 23:59:59.999001+00 BC'"),
            ],
        ),
    ]
};

fn check(server: &Server, turns: &Turns, cases: &[Case]) {
    for case in cases {
        for format in ["binary", "text"] {
            for mode in ["append", "merge"] {
                let what = format!("{} into {} by {format} in {mode} mode", case.flink, case.sql);
                if !turns.include(&what) {
                    continue;
                }
                let key = if mode == "merge" { "PRIMARY KEY" } else { "" };
                server.run(&format!("DROP TABLE IF EXISTS t; CREATE TABLE t (id int {key}, v {})", case.sql));
                let columns = [("id", "INT"), ("v", case.flink)];
                let table = SpecText::table("t", mode, &columns, if mode == "merge" { "0" } else { "" })
                    .with("sink.copy.format", format);
                let load = Load::open(&SpecText::session(server.port), &table).unwrap();
                let row = |id: usize| RowBuilder::new(2).int(0, i32::try_from(id).unwrap());
                let mut rows: Vec<_> =
                    case.values.iter().enumerate().map(|(id, (set, _))| set(row(id))).collect();
                rows.push(row(case.values.len()).null(1));
                load.offer(&rows).unwrap_or_else(|e| panic!("{what}: {e:?}"));
                load.flush().unwrap_or_else(|e| panic!("{what}: {e:?}"));
                for (id, (_, literal)) in case.values.iter().enumerate() {
                    // By the type's own output, so that json and xml, which have no equality, compare too.
                    let same =
                        format!("SELECT v::text = ({literal})::{}::text FROM t WHERE id = {id}", case.sql);
                    let found = server.value(&format!("SELECT v::text FROM t WHERE id = {id}"));
                    assert_eq!(server.value(&same), "t", "{what}: {literal} became {found}");
                }
                let null = format!("SELECT v IS NULL FROM t WHERE id = {}", case.values.len());
                assert_eq!(server.value(&null), "t", "{what}: NULL");
            }
        }
    }
}

fn start(version: u32) -> Server {
    let server = Server::start(version);
    server.run(
        "CREATE EXTENSION citext; CREATE TYPE color AS ENUM ('red', 'deep blue');
         CREATE DOMAIN positive_text AS varchar(20) CHECK (length(VALUE) > 0);
         CREATE EXTENSION hstore; CREATE DOMAIN address AS inet CHECK (VALUE <<= '10.0.0.0/8');
         CREATE TYPE floats AS RANGE (subtype = float8); CREATE TYPE pair AS (a int, b text)",
    );
    server
}

pub(crate) fn check_each(cases: &[Case]) {
    for &version in lines(&[12, 15, 17]) {
        check(&start(version), &Turns::of(version, &[12, 15, 17]), cases);
    }
}

#[test]
fn numbers_are_read_back_equal() {
    check_each(&NUMBERS());
}

#[test]
fn text_and_bytes_are_read_back_equal() {
    check_each(&TEXTS());
}

#[test]
fn what_the_server_parses_is_read_back_equal() {
    check_each(&PARSED());
}

#[test]
fn dates_and_times_are_read_back_equal() {
    check_each(&TIMES());
}
