//! Rows that are marked as deleted instead of being deleted: by a flag or a time, cleared when the key comes again.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use pieload::Kind;
use pieload::row::RowKind::{self, Delete, Insert, UpdateBefore};
use pieload::row::image_builder::RowBuilder;
use support::exactly_once::{Committer, Sink, manifest, spec, stage};
use support::{Load, Server, SpecText, lines};

const COLUMNS: [(&str, &str); 2] = [("id", "INT NOT NULL"), ("name", "STRING")];

fn row(kind: RowKind, id: i32, name: &str) -> RowBuilder {
    RowBuilder::new(2).kind(kind).int(0, id).string(1, name)
}

fn table(strategy: &str) -> SpecText {
    SpecText::table("t", "merge", &COLUMNS, "0")
        .with("sink.merge.strategy", strategy)
        .with("sink.soft-delete.column", "Gone")
}

#[test]
fn a_deleted_row_stays_and_says_so_until_its_key_comes_again() {
    for &version in lines(&[12, 17]) {
        let server = Server::start(version);
        for (guarantee, strategy) in
            [("at-least-once", "auto"), ("at-least-once", "update"), ("exactly-once", "auto")]
        {
            for (column, gone) in [
                ("boolean", "\"Gone\" IS TRUE"),
                ("boolean NOT NULL DEFAULT false", "\"Gone\""),
                ("timestamptz", "\"Gone\" IS NOT NULL"),
                ("timestamp(0)", "\"Gone\" IS NOT NULL"),
            ] {
                server.run(&format!(
                    "DROP TABLE IF EXISTS child, t; DROP SCHEMA IF EXISTS pieclouddb_flink CASCADE;
                     CREATE TABLE t (id int PRIMARY KEY, name text, \"Gone\" {column});
                     CREATE TABLE child (t_id int REFERENCES t ON DELETE CASCADE);
                     INSERT INTO t (id, name) VALUES (1, 'one'), (2, 'two'), (3, 'three'); INSERT INTO child VALUES (2)"
                ));
                let told = format!("PostgreSQL {version}, {guarantee}, {strategy}, {column}");
                let sink = Sink::open(&server, guarantee, &table(strategy));
                let rows = || server.rows(&format!("SELECT id, name, {gone} FROM t ORDER BY 1"));
                sink.store(&[
                    row(Delete, 2, "two"),
                    row(UpdateBefore, 3, "three"),
                    row(Insert, 4, "four"),
                    row(Insert, 5, "five"),
                    row(Delete, 5, "five"),
                    row(Delete, 6, "never there"),
                ])
                .unwrap();
                assert_eq!(rows(), ["1|one|f", "2|two|t", "3|three|t", "4|four|f"], "{told}");
                assert_eq!(server.rows("SELECT * FROM child"), ["2"], "{told}: nothing cascades");
                // A replay leaves the time as it is.
                let when = "SELECT \"Gone\" FROM t WHERE id = 2";
                let first = server.value(when);
                if column.starts_with("timestamptz") {
                    assert_eq!(
                        server.value(&format!("{when} AND \"Gone\" > now() - interval '1 hour'")),
                        first
                    );
                }
                sink.store(&[row(Delete, 2, "two")]).unwrap();
                assert_eq!(server.value(when), first, "{told}");
                sink.store(&[row(Insert, 2, "again"), row(Insert, 1, "uno")]).unwrap();
                assert_eq!(rows(), ["1|uno|f", "2|again|f", "3|three|t", "4|four|f"], "{told}");
            }
        }
    }
}

#[test]
fn a_column_that_cannot_say_it_is_refused_by_name() {
    let server = Server::start(17);
    for (definition, told) in [
        ("CREATE TABLE t (id int PRIMARY KEY, name text)", "ADD COLUMN"),
        ("CREATE TABLE t (id int PRIMARY KEY, name text, \"Gone\" text)", "must be of type boolean"),
        (
            "CREATE TABLE t (id int PRIMARY KEY, name text, \"Gone\" timestamptz NOT NULL DEFAULT now())",
            "takes NULL",
        ),
        (
            "CREATE TABLE t (id int PRIMARY KEY, name text, \"Gone\" boolean GENERATED ALWAYS AS (id > 0) STORED)",
            "not generated",
        ),
    ] {
        server.run("DROP TABLE IF EXISTS t");
        if !server.define(definition) {
            continue;
        }
        for guarantee in ["at-least-once", "exactly-once"] {
            let sink = Sink::open(&server, guarantee, &table("auto"));
            let error = sink.store(&[row(Insert, 1, "a")]).expect_err(definition);
            assert_eq!(error.kind(), Kind::Target, "{definition}: {error}");
            for part in ["'sink.soft-delete.column'", "\"Gone\"", told] {
                assert!(error.to_string().contains(part), "{definition}: {part} is not in: {error}");
            }
        }
    }
    server.run("DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, name boolean)");
    let own = table("auto").with("column.1.type", "BOOLEAN").with("sink.soft-delete.column", "name");
    let load = Load::open(&SpecText::session(server.port), &own).unwrap();
    let error = load.flush().expect_err("a column of the rows");
    assert!(error.to_string().contains("none that the Flink table has"), "{error}");
}

/// A created table has the column; a user without DELETE is enough.
#[test]
fn a_created_table_has_a_flag_and_nobody_needs_to_delete() {
    let server = Server::start(15);
    server.run("CREATE ROLE loader LOGIN; GRANT TEMPORARY ON DATABASE postgres TO loader; GRANT ALL ON SCHEMA public TO loader");
    let spec = table("update").with("sink.create-table.enabled", "true");
    let load = Load::open(&SpecText::session(server.port).with("username", "loader"), &spec).unwrap();
    load.offer(&[row(Insert, 1, "a"), row(Insert, 2, "b")]).unwrap();
    load.flush().unwrap();
    server.run("REVOKE DELETE ON t FROM loader");
    let load =
        Load::open(&SpecText::session(server.port).with("username", "loader"), &table("update")).unwrap();
    load.offer(&[row(Delete, 1, "a")]).unwrap();
    load.flush().unwrap();
    assert_eq!(server.rows("SELECT * FROM t ORDER BY 1"), ["1|a|t", "2|b|f"]);
}

/// The column changes its type while rows are staged: nothing is published that would say something else.
#[test]
fn another_type_of_the_column_is_found_before_rows_are_published() {
    let server = Server::start(15);
    server.run(
        "CREATE TABLE t (id int PRIMARY KEY, name text, \"Gone\" boolean); INSERT INTO t VALUES (1, 'a')",
    );
    let session = spec(&server, 0, 1);
    let load = Load::open(&session, &table("auto")).unwrap();
    load.offer(&[row(Delete, 1, "a")]).unwrap();
    let staged = manifest(&[stage(&load.session).unwrap()]);
    server.run("ALTER TABLE t DROP \"Gone\", ADD \"Gone\" timestamptz");
    let error = Committer::open(&session).commit(&staged).expect_err("another type");
    assert!(error.to_string().contains("has another type"), "{error}");
    assert_eq!(server.rows("SELECT id, \"Gone\" FROM t"), ["1|NULL"]);
    server.run("ALTER TABLE t DROP \"Gone\", ADD \"Gone\" boolean");
    Committer::open(&session).commit(&staged).unwrap();
    assert_eq!(server.rows("SELECT id, \"Gone\" FROM t"), ["1|t"]);
}
