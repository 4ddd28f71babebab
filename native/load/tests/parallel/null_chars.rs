//! U+0000 in text: a refused row, left out or replaced, as the option says, in values, nested ones and keys.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use pieload::Kind;
use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use support::exactly_once::Sink;
use support::records::{add, record, source_table};
use support::{Load, Server, SpecText};

const COLUMNS: [(&str, &str); 5] = [
    ("id", "STRING"),
    ("name", "STRING"),
    ("short", "STRING"),
    ("many", "ARRAY<STRING>"),
    ("map", "MAP<STRING, STRING>"),
];

const CREATE: &str = "CREATE TABLE t (id varchar(4), name text, short char(3), many text[], map jsonb)";

fn row(id: &str, name: &str) -> RowBuilder {
    let one = |text: &str| RowBuilder::array(1, 8).string(0, text);
    let map = RowBuilder::map(one("k\0"), one("\0v"));
    RowBuilder::new(5)
        .string(0, id)
        .string(1, name)
        .string(2, "ab\0c")
        .nested(3, &one("x\0,").finish())
        .nested(4, &map)
}

#[test]
fn null_characters_go_or_are_replaced_in_values_and_keys_alike() {
    let server = Server::start(17);
    for guarantee in ["at-least-once", "exactly-once"] {
        for (format, mode) in
            [("binary", "merge"), ("text", "merge"), ("binary", "append"), ("text", "append")]
        {
            let key = if mode == "merge" { "0" } else { "" };
            let table = SpecText::table("t", mode, &COLUMNS, key).with("sink.copy.format", format);
            for (handling, null) in [("strip", ""), ("replace", "\u{fffd}")] {
                server.run(CREATE);
                let sink =
                    Sink::open(&server, guarantee, &table.clone().with("sink.null-char.handling", handling));
                // With `replace` the text of three characters is one of four, which char(3) does not take.
                let row = |id, name| {
                    let row = row(id, name);
                    if handling == "replace" { row.string(2, "a\0c") } else { row }
                };
                let short = if handling == "replace" { "a\u{fffd}c" } else { "abc" };
                sink.load
                    .offer(&[row("a\0b", "first"), row("\0\0", "se\0cond"), row("b\0", "third")])
                    .unwrap();
                let told = |id: &str, name: &str| {
                    format!("{id}|{name}|{short}|x{null},|{{\"k{null}\": \"{null}v\"}}")
                };
                let (a, zeros, b) = (format!("a{null}b"), format!("{null}{null}"), format!("b{null}"));
                let mut expected =
                    vec![told(&a, "first"), told(&zeros, &format!("se{null}cond")), told(&b, "third")];
                sink.flush();
                let all = "SELECT id, name, short, array_to_string(many, '/'), map FROM t";
                let stored = || {
                    let mut rows = server.rows(all);
                    rows.sort();
                    rows
                };
                expected.sort();
                assert_eq!(stored(), expected, "{guarantee}, {format}, {mode}, {handling}");
                if mode == "merge" {
                    // What the keys became is the key, in either spelling, in one flush and over two.
                    let gone = RowBuilder::new(5).kind(RowKind::Delete).string(0, &b);
                    sink.load
                        .offer(&[row(&a, "older"), row("a\0b", "newer"), gone, row(&zeros, "old")])
                        .unwrap();
                    sink.load.offer(&[RowBuilder::new(5).kind(RowKind::Delete).string(0, "\0\0")]).unwrap();
                    sink.flush();
                    assert_eq!(stored(), [told(&a, "newer")], "{guarantee}, {format}, {handling}");
                }
                drop(sink);
                server.run("DROP TABLE t");
            }
            server.run(CREATE);
            let sink = Sink::open(&server, guarantee, &table);
            let error = sink.load.offer(&[row("a", "b")]).unwrap_err();
            assert_eq!(error.kind(), Kind::Data);
            assert!(error.to_string().contains("'sink.null-char.handling'"), "{error}");
            drop(sink);
            server.run("DROP TABLE t");
        }
    }
}

#[test]
fn records_of_debezium_are_handled_alike() {
    let server = Server::start(15);
    let columns = [("id", "varchar(9) NOT NULL"), ("name", "longtext")];
    let row = |id: &str, name: &str| format!(r#"{{"id":"{id}","name":"{name}"}}"#);
    for format in ["binary", "text"] {
        for (handling, null) in [("strip", ""), ("replace", "\u{fffd}")] {
            server.run("CREATE TABLE t (id varchar(9) PRIMARY KEY, name text)");
            let table = source_table("t", "merge", &columns, "0")
                .with("sink.copy.format", format)
                .with("sink.null-char.handling", handling);
            let load = Load::open(&SpecText::session(server.port), &table).unwrap();
            let mut batch = Vec::new();
            let (one, other) = (row(r"a\u0000", r"x\u0000"), row(&format!("a{null}"), "y"));
            // The second one moves the key to itself, in another spelling.
            for record in
                [record("c", "null", &one), record("u", &one, &other), record("c", "null", &row("b", "z"))]
            {
                add(&mut batch, load.table, &record);
            }
            load.offer_batch(&batch).unwrap();
            load.flush().unwrap();
            let expected = [format!("a{null}|y"), "b|z".to_owned()];
            assert_eq!(
                server.rows("SELECT * FROM t ORDER BY id COLLATE \"C\""),
                expected,
                "{format}, {handling}"
            );
            let mut batch = Vec::new();
            add(&mut batch, load.table, &record("d", &one, "null"));
            load.offer_batch(&batch).unwrap();
            load.flush().unwrap();
            assert_eq!(server.rows("SELECT * FROM t"), ["b|z"]);
            drop(load);
            server.run("DROP TABLE t");
        }
    }
}
