//! Targets created for tables of MySQL and MariaDB: every type takes its edges, and what the source says of a table
//! stays.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use pieload::debezium::EVERY_TYPE;
use support::records::{add, record, source_table};
use support::{Load, Server, SpecText, lines};

fn created(spec: &SpecText) -> SpecText {
    spec.clone().with("sink.create-table.enabled", "true")
}

type Edges = (&'static str, &'static str, [(&'static str, &'static str); 2]);

/// Name, type, and for both ends of its range the JSON and what the server shows. The key is `id`.
const EDGES: [Edges; 39] = [
    ("id", "bigint unsigned", [("0", "0"), ("18446744073709551615", "18446744073709551615")]),
    ("tiny", "tinyint", [("-128", "-128"), ("127", "127")]),
    ("tiny_u", "tinyint unsigned", [("0", "0"), ("255", "255")]),
    ("small", "smallint", [("-32768", "-32768"), ("32767", "32767")]),
    ("small_u", "smallint unsigned", [("0", "0"), ("65535", "65535")]),
    ("medium", "mediumint", [("-8388608", "-8388608"), ("8388607", "8388607")]),
    ("medium_u", "mediumint unsigned zerofill", [("0", "0"), ("16777215", "16777215")]),
    ("int", "int", [("-2147483648", "-2147483648"), ("2147483647", "2147483647")]),
    ("int_u", "int(10) unsigned", [("0", "0"), ("4294967295", "4294967295")]),
    (
        "big",
        "bigint",
        [("-9223372036854775808", "-9223372036854775808"), ("9223372036854775807", "9223372036854775807")],
    ),
    ("flag", "tinyint(1)", [("false", "0"), ("-128", "-128")]),
    ("real", "float", [("-3.4028234663852886e38", "-3.4028235e+38"), ("1.100000023841858", "1.1")]),
    (
        "double",
        "double",
        [
            ("-1.7976931348623157e308", "-1.7976931348623157e+308"),
            ("2.2250738585072014E-308", "2.2250738585072014e-308"),
        ],
    ),
    ("price", "decimal(8,4)", [("-9999.9999", "-9999.9999"), (r#""BfXg/w==""#, "9999.9999")]),
    ("whole", "decimal(6,0)", [("-999999", "-999999"), ("999999", "999999")]),
    (
        "long",
        "decimal(65,30)",
        [
            (
                r#""/wzp2OOAPG91dBC5sca6EIXayfYAAAAAAAAAAQ==""#,
                "-99999999999999999999999999999999999.999999999999999999999999999999",
            ),
            (
                r#""APMWJxx/w5CKi+9GTjlF73olNgn//////////w==""#,
                "99999999999999999999999999999999999.999999999999999999999999999999",
            ),
        ],
    ),
    ("bit1", "bit(1)", [("false", "f"), ("true", "t")]),
    ("bit9", "bit(9)", [(r#""AAA=""#, "000000000"), (r#""/wE=""#, "111111111")]),
    (
        "bit64",
        "bit(64)",
        [
            (r#""AAAAAAAAAAA=""#, "0000000000000000000000000000000000000000000000000000000000000000"),
            (r#""//////////8=""#, "1111111111111111111111111111111111111111111111111111111111111111"),
        ],
    ),
    ("year", "year(4)", [("0", "0"), ("2155", "2155")]),
    ("date", "date", [("-719528", "0001-01-01 BC"), ("2932896", "9999-12-31")]),
    ("time", "time", [("0", "00:00:00"), ("86399000000", "23:59:59")]),
    ("time6", "time(6)", [("0", "00:00:00"), ("86399999999", "23:59:59.999999")]),
    (
        "datetime",
        "datetime",
        [("-62167219200000", "0001-01-01 00:00:00 BC"), ("253402300799000", "9999-12-31 23:59:59")],
    ),
    (
        "datetime3",
        "datetime(3)",
        [("-62167219200000", "0001-01-01 00:00:00 BC"), ("253402300799999", "9999-12-31 23:59:59.999")],
    ),
    (
        "datetime6",
        "datetime(6)",
        [
            ("-62167219200000000", "0001-01-01 00:00:00 BC"),
            ("253402300799999999", "9999-12-31 23:59:59.999999"),
        ],
    ),
    (
        "stamp",
        "timestamp",
        [
            (r#""1970-01-01T00:00:01Z""#, "1970-01-01 00:00:01+00"),
            (r#""2038-01-19T03:14:07Z""#, "2038-01-19 03:14:07+00"),
        ],
    ),
    (
        "stamp6",
        "timestamp(6)",
        [
            (r#""1970-01-01T08:00:01.000000+08:00""#, "1970-01-01 00:00:01+00"),
            (r#""2038-01-19T03:14:07.999999Z""#, "2038-01-19 03:14:07.999999+00"),
        ],
    ),
    ("char", "char(3)", [(r#""""#, ""), (r#""äöü""#, "äöü")]),
    ("varchar", "varchar(20)", [(r#""""#, ""), (r#""tab\tnew\nline\\\"""#, "tab\tnew\nline\\\"")]),
    ("text", "longtext", [(r#""""#, ""), (r#""你好\ud83d\ude00""#, "你好😀")]),
    ("enum", "enum('red','white')", [(r#""""#, ""), (r#""red""#, "red")]),
    ("set", "set('a','b')", [(r#""""#, ""), (r#""a,b""#, "a,b")]),
    ("json", "json", [(r#""null""#, "null"), (r#""{\"k\": \"v\\\\\"}""#, r#"{"k": "v\\"}"#)]),
    (
        "binary",
        "binary(16)",
        [
            (r#""AAAAAAAAAAAAAAAAAAAAAA==""#, r#"\x00000000000000000000000000000000"#),
            (r#""/////////////////////w==""#, r#"\xffffffffffffffffffffffffffffffff"#),
        ],
    ),
    ("blob", "blob", [(r#""""#, r#"\x"#), (r#""AP8=""#, r#"\x00ff"#)]),
    (
        "uuid",
        "uuid",
        [
            (r#""00000000-0000-0000-0000-000000000000""#, "00000000-0000-0000-0000-000000000000"),
            (r#""ffffffff-ffff-ffff-ffff-ffffffffffff""#, "ffffffff-ffff-ffff-ffff-ffffffffffff"),
        ],
    ),
    ("inet", "inet6", [(r#""::""#, "::"), (r#""ffff::1""#, "ffff::1")]),
    (
        "shape",
        "geometry",
        [
            (
                r#"{"wkb":"AQEAAAAAAAAAAADwPwAAAAAAAPA/","srid":null}"#,
                r#"\x0101000000000000000000f03f000000000000f03f"#,
            ),
            (
                r#"{"wkb":"AQEAAAAAAAAAAADwPwAAAAAAAPA/","srid":4326}"#,
                r#"\x0101000020e6100000000000000000f03f000000000000f03f"#,
            ),
        ],
    ),
];

#[test]
fn created_tables_take_every_type_at_its_edges_on_every_version_in_both_formats() {
    // Without the TIME that is outside one day, which fits an interval only.
    let known: Vec<_> = EVERY_TYPE.into_iter().filter(|(name, _)| *name != "elapsed").collect();
    let columns: Vec<_> = EDGES.iter().map(|(name, source, _)| (*name, *source)).collect();
    assert_eq!(columns, known);
    let row = |value: &dyn Fn(&Edges) -> String| {
        let fields = EDGES.iter().map(|edges| format!("\"{}\":{}", edges.0, value(edges)));
        record("c", "null", &format!("{{{}}}", fields.collect::<Vec<_>>().join(",")))
    };
    // Up to 11 a server shows more digits than tell a number from others.
    let shown = |server: &Server, end: usize| {
        let cell = |(name, _, ends): Edges| match name {
            "real" | "double" => {
                let of_type = if name == "real" { "real" } else { "float8" };
                server.value(&format!("SET extra_float_digits = 3; SELECT '{}'::{of_type}", ends[end].1))
            }
            _ => ends[end].1.to_owned(),
        };
        EDGES.map(cell).join("|")
    };
    for &version in lines(&[12, 15, 17]) {
        let server = Server::start(version);
        for format in ["binary", "text"] {
            let table = source_table(&format!("{format}_rows"), "merge", &columns, "0")
                .with("sink.copy.format", format);
            let load = Load::open(&SpecText::session(server.port), &created(&table)).unwrap();
            let mut batch = Vec::new();
            for end in 0..2 {
                add(&mut batch, load.table, &row(&|(.., ends)| ends[end].0.to_owned()));
            }
            let nulls = row(&|(name, ..)| if *name == "id" { "1" } else { "null" }.to_owned());
            add(&mut batch, load.table, &nulls);
            load.offer_batch(&batch).unwrap();
            load.flush().unwrap();
            let rows = server.rows(&format!(
                "SET timezone = 'UTC'; SET extra_float_digits = 3; SELECT * FROM {format}_rows ORDER BY id"
            ));
            let nulls = format!("1{}", "|NULL".repeat(EDGES.len() - 1));
            assert_eq!(rows, [shown(&server, 0), nulls, shown(&server, 1)], "{format} on {version}");
        }
    }
}

#[test]
fn key_order_not_null_and_comments_are_those_of_the_source() {
    let server = Server::start(15);
    let columns = [("a", "varchar(5)"), ("Order", "int unsigned NOT NULL"), ("must", "enum('x') NOT NULL")];
    let spec = source_table("new.table", "merge", &columns, "1,0")
        .with("schema-name", "new")
        .with("table.comment", "it's a \\ table; --")
        .with("column.1.comment", "größe\n'2'")
        .with("column.2.comment", "");
    let load = Load::open(&SpecText::session(server.port), &created(&spec)).unwrap();
    let mut batch = Vec::new();
    add(&mut batch, load.table, &record("c", "null", r#"{"a":"k","Order":1,"must":"x"}"#));
    load.offer_batch(&batch).unwrap();
    load.flush().unwrap();
    let of = "'new.\"new.table\"'::regclass";
    let described = format!(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull, col_description(attrelid, attnum) \
         FROM pg_attribute WHERE attrelid = {of} AND attnum > 0 ORDER BY attnum"
    );
    assert_eq!(
        server.rows(&described),
        ["a|character varying(5)|t|NULL", "Order|bigint|t|größe\n'2'", "must|text|t|NULL"]
    );
    assert_eq!(server.value(&format!("SELECT obj_description({of})")), "it's a \\ table; --");
    let key = format!(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = {of} AND contype = 'p'"
    );
    assert_eq!(server.value(&key), "PRIMARY KEY (\"Order\", a)");
}

#[test]
fn writers_that_create_the_same_tables_at_once_all_load_them_and_what_is_there_gets_no_comment() {
    let server = Server::start(15);
    server.run("CREATE TABLE there (id bigint PRIMARY KEY, name text)");
    let table = |name: &str| {
        let columns = [("id", "bigint NOT NULL"), ("name", "longtext")];
        created(
            &source_table(name, "merge", &columns, "0")
                .with("table.comment", "c")
                .with("column.1.comment", "n"),
        )
    };
    std::thread::scope(|scope| {
        for writer in 0..6 {
            let (server, table) = (&server, &table);
            scope.spawn(move || {
                for number in 0..5 {
                    let name = if number == 4 { "there".to_owned() } else { format!("t{number}") };
                    let load = Load::open(&SpecText::session(server.port), &table(&name)).unwrap();
                    let mut batch = Vec::new();
                    let row = format!(r#"{{"id":{writer},"name":"w"}}"#);
                    add(&mut batch, load.table, &record("c", "null", &row));
                    load.offer_batch(&batch).unwrap();
                    load.flush().unwrap();
                }
            });
        }
    });
    for table in ["t0", "t1", "t2", "t3", "there"] {
        assert_eq!(server.value(&format!("SELECT count(*) FROM {table}")), "6");
        let comments = format!(
            "SELECT concat(obj_description('{table}'::regclass), col_description('{table}'::regclass, 2))"
        );
        assert_eq!(server.value(&comments), if table == "there" { "" } else { "cn" }, "{table}");
    }
}
