//! A merge finds rows by the equality of the key's type, whatever operators somebody made.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use support::exactly_once::Sink;
use support::{Server, SpecText};

/// Operators that call keys equal whose case alone differs, of exactly the types of the columns.
fn start() -> Server {
    let server = Server::start(15);
    server.run(
        "CREATE TYPE letter AS ENUM ('A', 'a'); CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext;
         CREATE FUNCTION any_case(text, text) RETURNS bool LANGUAGE sql AS 'SELECT pg_catalog.lower($1) = pg_catalog.lower($2)'",
    );
    for kind in ["varchar", "bpchar", "letter"] {
        server.run(&format!(
            "CREATE FUNCTION any_case({kind}, {kind}) RETURNS bool LANGUAGE sql AS 'SELECT any_case($1::text, $2::text)';
             CREATE OPERATOR = (LEFTARG = {kind}, RIGHTARG = {kind}, PROCEDURE = any_case)"
        ));
    }
    server
}

const WAYS: [(&str, &str); 4] = [
    ("at-least-once", "replace"),
    ("at-least-once", "update"),
    ("exactly-once", "replace"),
    ("exactly-once", "update"),
];

fn row(key: &str, value: i32) -> RowBuilder {
    RowBuilder::new(3).kind(RowKind::Insert).string(0, key).int(1, 7).int(2, value)
}

#[test]
fn keys_are_compared_by_their_types_own_equality() {
    let server = start();
    let text = ["A|7|1", "a|7|3"].as_slice();
    let cases = [
        ("varchar(9)", text),
        ("char(1)", text),
        ("text", text),
        ("letter", text),
        // Its own calls both equal.
        ("ext.citext", &["a|7|3"]),
    ];
    for (kind, expected) in cases {
        for (key, indexes, constraint) in [("k", "0", ", PRIMARY KEY (k)"), ("k, n", "0,1", "")] {
            for (guarantee, strategy) in WAYS {
                let told = format!("{kind}, ({key}), {guarantee}, {strategy}");
                server.run(&format!(
                    "DROP TABLE IF EXISTS t; CREATE TABLE t (k {kind}, n int, v int{constraint})"
                ));
                let columns = [("k", "STRING NOT NULL"), ("n", "INT NOT NULL"), ("v", "INT")];
                let table = SpecText::table("t", "merge", &columns, indexes);
                let table = match strategy {
                    "update" => table.with("sink.merge.strategy", strategy),
                    _ => table,
                };
                let sink = Sink::open(&server, guarantee, &table);
                // A key once, and a key twice, which is another statement.
                for rows in [vec![row("A", 1)], vec![row("a", 2)], vec![row("a", 4), row("a", 3)]] {
                    sink.store(&rows).unwrap_or_else(|error| panic!("{told}: {error:?}"));
                }
                let stored = server.rows("SELECT * FROM t ORDER BY k::text COLLATE \"C\"");
                // A row that is updated keeps the spelling of its key.
                let kept: Vec<String> = match (strategy, expected) {
                    ("update", ["a|7|3"]) => vec!["A|7|3".to_owned()],
                    _ => expected.iter().map(|row| (*row).to_owned()).collect(),
                };
                assert_eq!(stored, kept, "{told}");
            }
        }
    }
}
