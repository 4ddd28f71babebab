//! Operators and functions that somebody made never take the place of those that our statements mean.
//!
//! The server prefers one of exactly the arguments' types to one of `pg_catalog` that wants a conversion, wherever in
//! the search path it stands. Here there is one for each pair of types. They give a point, which nothing wants, so that
//! a statement that takes one is refused when it is read, though no row comes to it.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use pieload::row::RowKind::{Delete, Insert};
use pieload::row::image_builder::RowBuilder;
use support::exactly_once::{Committer, Sink, manifest, spec, stage, writer};
use support::{Load, Server, SpecText};

const MADE: &str = r#"
SET search_path TO pg_catalog;
CREATE TYPE public.mood AS ENUM ('good', 'bad');
DO $make$
DECLARE
    types text[] := ARRAY['name', 'text', 'varchar', 'oid', 'regclass', 'int2', 'int4', 'int8', 'float8', '"char"', 'bool',
                          'json', 'jsonb', 'xid', 'timestamptz', 'interval', 'text[]', 'oid[]', 'public.mood'];
    operators text[] := '{=, <>, <, >, <=, >=, ||, ->, ->>, ~, ~~, !~~, &, +, -, *, /}';
    functions text[] := '{count, min, max, sum, length, left, right, substr, concat, array_agg, string_agg,
                          hashtext, quote_ident, row_to_json, unnest}';
    body text := ' RETURNS point LANGUAGE plpgsql AS ''BEGIN RAISE EXCEPTION ''''captured''''; END''';
    one text; other text; called text;
BEGIN
    FOREACH one IN ARRAY types LOOP
        FOREACH other IN ARRAY types LOOP
            EXECUTE format('CREATE FUNCTION public.captured(%s, %s)', one, other) || body;
            FOREACH called IN ARRAY operators LOOP
                EXECUTE format('CREATE OPERATOR public.%s (LEFTARG = %s, RIGHTARG = %s, PROCEDURE = public.captured)',
                               called, one, other);
            END LOOP;
        END LOOP;
        FOREACH called IN ARRAY functions LOOP
            EXECUTE format('CREATE FUNCTION public.%I(%s)', called, one) || body;
        END LOOP;
    END LOOP;
END $make$;
ALTER ROLE postgres SET search_path = public, pg_catalog"#;

fn start() -> Server {
    let server = Server::start(15);
    server.run(MADE);
    let captures = |question: &str| {
        let asked = support::runtime().block_on(server.client().simple_query(question));
        asked.err().and_then(|error| error.as_db_error().map(|db| db.message().to_owned()))
    };
    // What it is about, so that it is known to be met where it is not avoided.
    for question in ["SELECT 'a'::text || 1::oid", "SELECT '{}'::json ->> '{}'", "SELECT count(1::int2)"] {
        assert_eq!(captures(question).as_deref(), Some("captured"), "{question}");
    }
    server
}

fn row(id: &str, mood: &str, n: i32) -> RowBuilder {
    RowBuilder::new(4).kind(Insert).string(0, id).int(1, 1).string(2, mood).int(3, n)
}

const COLUMNS: [(&str, &str); 4] =
    [("id", "VARCHAR(9) NOT NULL"), ("part", "INT NOT NULL"), ("mood", "STRING"), ("n", "INT")];
const GUARANTEES: [&str; 2] = ["at-least-once", "exactly-once"];

#[test]
fn rows_are_loaded_in_each_way() {
    let server = start();
    for guarantee in GUARANTEES {
        for (mode, options) in [
            ("append", [("sink.create-table.enabled", "true")].as_slice()),
            ("merge", &[("sink.create-table.enabled", "true")]),
            ("merge", &[("sink.merge.strategy", "update"), ("sink.soft-delete.column", "gone")]),
            ("merge", &[("sink.error-rows.action", "table")]),
            ("merge", &[("sink.error-rows.action", "table"), ("sink.merge.strategy", "update")]),
            ("merge", &[("schema.change.behavior", "lenient")]),
        ] {
            let told = format!("{guarantee}, {mode}, {options:?}");
            let has = |name: &str| options.iter().any(|(known, _)| *known == name);
            server.run("DROP TABLE IF EXISTS t");
            if !has("sink.create-table.enabled") {
                let gone = if has("sink.soft-delete.column") { ", gone bool" } else { "" };
                let id =
                    if has("schema.change.behavior") { "varchar(1) COLLATE \"C\"" } else { "varchar(9)" };
                server.run(&format!(
                    "CREATE TABLE t (id {id}, part int, mood mood, n int CHECK (n IS NOT NULL){gone})"
                ));
            }
            let table = SpecText::table("t", mode, &COLUMNS, if mode == "merge" { "0,1" } else { "" });
            let table = options.iter().fold(table, |table, (name, value)| table.with(name, value));
            let sink = Sink::open(&server, guarantee, &table);
            let store =
                |rows: &[RowBuilder]| sink.store(rows).unwrap_or_else(|error| panic!("{told}: {error:?}"));
            store(&[row("one", "good", 1), row("two", "bad", 2)]);
            let mut expected = vec!["one|good|1", "two|bad|2"];
            if mode == "merge" {
                store(&[row("one", "bad", 3), row("one", "good", 4), row("two", "bad", 2).kind(Delete)]);
                expected = vec!["one|good|4"];
            }
            let is_kept = has("sink.error-rows.action");
            if is_kept && guarantee == "at-least-once" {
                store(&[row("one", "good", 5), row("one", "worse", 6), row("six", "good", 6).null(3)]);
                expected = vec!["one|good|5"];
                let errors = server.rows("SELECT sqlstate FROM pieclouddb_flink.error_rows ORDER BY 1");
                assert_eq!(errors, ["22P02", "23514"], "{told}");
                server.run("DELETE FROM pieclouddb_flink.error_rows");
            }
            let gone = if has("sink.soft-delete.column") { " WHERE gone IS NOT TRUE" } else { "" };
            assert_eq!(
                server.rows(&format!("SELECT id, mood, n FROM t{gone} ORDER BY id")),
                expected,
                "{told}"
            );
        }
    }
}

#[test]
fn an_empty_target_is_filled_beside_a_fence_and_a_label() {
    let server = start();
    server.run("CREATE TABLE t (id int PRIMARY KEY, score int)");
    let session = SpecText::session(server.port)
        .with("sink.fence", "required")
        .with("sink.label", "a_b")
        .with("application-name", "a_b-00000000-0-0");
    let columns = [("id", "INT NOT NULL"), ("score", "INT")];
    let table = SpecText::table("t", "merge", &columns, "0").with("sink.merge.initial-load", "direct");
    for score in [1, 2] {
        let load = Load::open(&session, &table).unwrap();
        load.offer(&[RowBuilder::new(2).int(0, 1).int(1, score)]).unwrap();
        load.flush().unwrap();
        assert_eq!(server.rows("SELECT * FROM t"), [format!("1|{score}")]);
    }
}

/// What a sink looks for of its own earlier attempts and of other sinks.
#[test]
fn what_earlier_attempts_and_other_sinks_left_is_found() {
    let server = start();
    server.run("CREATE TABLE t (id int, score int)");
    let session = |sink: u32| {
        spec(&server, 0, 1)
            .with("sink.id", &format!("{sink:08x}-0000-4000-8000-000000000000"))
            .with("application-name", &format!("pieload-{sink:08x}-0-0"))
            .with("sink.ledger.retention", "0")
            .with("sink.staging.retention", "0")
    };
    let run = |session: &SpecText, mode: &str| {
        let load = writer(session, mode);
        load.offer(&[RowBuilder::new(2).int(0, 1).int(1, 1)]).unwrap();
        let staged = stage(&load.session).unwrap();
        Committer::open(session).commit(&manifest(&[staged])).unwrap();
    };
    for sink in [1, 1, 2] {
        run(&session(sink), "merge");
    }
    support::eventually("its sessions end", || {
        let names = server.rows("SELECT application_name FROM pg_catalog.pg_stat_activity");
        !names.iter().any(|name| name.contains("pieload"))
    });
    run(&session(3).with("commit.whole-job", "true"), "append");
    let left = server.rows("SELECT tablename FROM pg_catalog.pg_tables");
    let left: Vec<_> = left.iter().filter(|name| name.contains("00004000")).collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(server.rows("SELECT * FROM t"), ["1|1", "1|1"]);
}
