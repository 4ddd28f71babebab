//! What the catalog of a real server says against a load: found before the first row, all of it in one message.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use pieload::Kind;
use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use support::{Load, Server, SpecText, lines};

const COLUMNS: [(&str, &str); 2] = [("id", "INT NOT NULL"), ("name", "STRING")];

struct Target<'a> {
    server: &'a Server,
    mode: &'static str,
    parallelism: &'static str,
    allow: &'static str,
}

impl Target<'_> {
    fn open(&self) -> Result<(), pieload::Error> {
        let key = if self.mode == "merge" { "0" } else { "" };
        let table = SpecText::table("t", self.mode, &COLUMNS, key)
            .with("sink.merge.allow-replace", self.allow)
            .with("sink.append.allow-unique", self.allow);
        let session = SpecText::session(self.server.port).with("sink.parallelism", self.parallelism);
        let load = Load::open(&session, &table)?;
        load.offer(&[RowBuilder::new(2).kind(RowKind::Insert).int(0, 1).string(1, "a")])?;
        load.flush()
    }
}

/// The table's definition, how it is loaded, and parts of the one message; no parts = it is loaded.
type Case = (&'static str, &'static str, &'static str, &'static str, &'static [&'static str]);

const CASES: [Case; 19] = [
    ("CREATE TABLE other (id int)", "append", "1", "false", &["does not exist", "'table-name'"]),
    ("CREATE VIEW t AS SELECT 1 AS id, ''::text AS name", "append", "1", "false", &["not a table"]),
    (
        "CREATE TABLE t (\"ID\" int, name bool)",
        "append",
        "1",
        "false",
        &["\"id\" does not exist, but \"ID\" does", "\"name\": STRING does not fit boolean"],
    ),
    ("CREATE TABLE t (id int PRIMARY KEY, name text)", "append", "1", "false", &["t_pkey", "allow-unique"]),
    ("CREATE TABLE t (id int PRIMARY KEY, name text)", "append", "1", "true", &[]),
    ("CREATE TABLE t (id int PRIMARY KEY, name text)", "merge", "4", "false", &[]),
    ("CREATE TABLE t (id int, name text)", "merge", "4", "false", &[]),
    (
        "CREATE TABLE t (id int, name text, EXCLUDE USING btree (id WITH =))",
        "append",
        "1",
        "false",
        &["t_id_excl"],
    ),
    ("CREATE TABLE t (id int PRIMARY KEY, name text UNIQUE)", "merge", "2", "false", &["t_name_key", "parallelism"]),
    ("CREATE TABLE t (id int PRIMARY KEY, name text UNIQUE)", "merge", "1", "false", &[]),
    (
        "CREATE TABLE t (id int, name text); CREATE UNIQUE INDEX part ON t (id) WHERE name > 'a'",
        "merge",
        "2",
        "false",
        &["part"],
    ),
    ("CREATE TABLE t (id int, name text); CREATE UNIQUE INDEX i ON t (id) INCLUDE (name)", "merge", "2", "false", &[]),
    (
        "CREATE TABLE t (id int PRIMARY KEY, name text); CREATE TABLE child (t_id int REFERENCES t)",
        "merge",
        "1",
        "true",
        &["foreign key", "child_t_id_fkey of child"],
    ),
    (
        "CREATE TABLE t (id int PRIMARY KEY, name text, note text, more int)",
        "merge",
        "1",
        "false",
        &["\"note\", \"more\"", "allow-replace"],
    ),
    ("CREATE TABLE t (id int PRIMARY KEY, name text, note text)", "merge", "1", "true", &[]),
    (
        "CREATE TABLE t (id int PRIMARY KEY, name text, n int GENERATED ALWAYS AS (id * 2) STORED)",
        "merge",
        "1",
        "false",
        &[],
    ),
    ("CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, name text)", "merge", "1", "false", &[]),
    ("CREATE TABLE t (id int, name text, must int NOT NULL)", "append", "1", "false", &["\"must\" is NOT NULL"]),
    (
        "CREATE TABLE t (id int PRIMARY KEY, name text); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS
         'BEGIN RETURN NEW; END'; CREATE TRIGGER audit AFTER INSERT ON t FOR EACH ROW EXECUTE PROCEDURE f()",
        "merge",
        "1",
        "false",
        &["audit", "allow-replace"],
    ),
];

#[test]
fn every_refusal_comes_from_the_catalog_of_every_version() {
    for &version in lines(&[12, 15, 17]) {
        let server = Server::start(version);
        for (definition, mode, parallelism, allow, parts) in CASES {
            server.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
            if !server.define(definition) {
                continue;
            }
            let result = Target { server: &server, mode, parallelism, allow }.open();
            if parts.is_empty() {
                result.unwrap_or_else(|e| panic!("{version}, {definition}, {mode}: {e:?}"));
                assert_eq!(server.value("SELECT count(*) FROM t"), "1", "{definition}");
                continue;
            }
            let error = result.expect_err(definition);
            assert_eq!(error.kind(), Kind::Target, "{version}, {definition}: {error:?}");
            for part in parts {
                assert!(
                    error.to_string().contains(part),
                    "{version}, {definition}: {part} is not in {error}"
                );
            }
        }
    }
}

#[test]
fn missing_privileges_are_told_together() {
    let server = Server::start(15);
    server.run(
        "CREATE TABLE t (id int PRIMARY KEY, name text); CREATE ROLE loader LOGIN; GRANT SELECT ON t TO loader;
         REVOKE TEMPORARY ON DATABASE postgres FROM PUBLIC",
    );
    let session = SpecText::session(server.port).with("username", "loader");
    let load = Load::open(&session, &SpecText::table("t", "merge", &COLUMNS, "0")).unwrap();
    let error = load.flush().unwrap_err();
    assert_eq!(error.kind(), Kind::Target);
    for part in ["INSERT on it", "DELETE on it", "TEMPORARY on the database"] {
        assert!(error.to_string().contains(part), "{part} is not in {error}");
    }
    server.run("GRANT INSERT, DELETE ON t TO loader; GRANT TEMPORARY ON DATABASE postgres TO loader");
    let load = Load::open(&session, &SpecText::table("t", "merge", &COLUMNS, "0")).unwrap();
    load.offer(&[RowBuilder::new(2).int(0, 1).string(1, "a")]).unwrap();
    load.flush().unwrap();
    assert_eq!(server.rows("SELECT * FROM t"), ["1|a"]);
}

#[test]
fn a_citext_key_is_one_key_whatever_its_case_and_needs_one_writer() {
    let server = Server::start(15);
    server.run("CREATE EXTENSION citext; CREATE TABLE t (id citext PRIMARY KEY, name text)");
    let table = SpecText::table("t", "merge", &[("id", "STRING NOT NULL"), ("name", "STRING")], "0");
    let parallel = SpecText::session(server.port).with("sink.parallelism", "2");
    let error = Load::open(&parallel, &table).unwrap().flush().unwrap_err();
    assert!(error.to_string().contains("'sink.parallelism' = '1'"), "{error}");
    let load = Load::open(&SpecText::session(server.port), &table).unwrap();
    let row = |id: &str, name: &str| RowBuilder::new(2).string(0, id).string(1, name);
    load.offer(&[row("Key", "first"), row("KEY", "second")]).unwrap();
    load.flush().unwrap();
    assert_eq!(server.rows("SELECT * FROM t"), ["KEY|second"]);
}
