//! Exactly-once over many tables, changing columns, several server versions and users with few privileges.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use pieload::Kind;
use pieload::committable::Committable;
use pieload::row::RowKind;
use pieload::row::image_builder::{RowBuilder, frame};
use pieload::session::Session;
use support::exactly_once::{Committer, manifest, spec, stage, staged_rows, staging_tables, writer};
use support::{Server, SpecText, lines, offer, open, open_table, put};

const COLUMNS: [(&str, &str); 2] = [("id", "INT"), ("name", "STRING")];

fn create(server: &Server, tables: usize) {
    for table in 0..tables {
        server.run(&format!("CREATE TABLE t{table} (id int PRIMARY KEY, name text)"));
    }
}

fn open_all(session: &Session, tables: usize) -> Vec<u32> {
    let table = |number| open_table(session, &SpecText::table(&format!("t{number}"), "merge", &COLUMNS, "0"));
    (0..tables).map(table).collect()
}

#[test]
fn every_version_stages_and_publishes() {
    for &version in lines(&[12, 15, 17]) {
        let server = Server::start(version);
        server.run("CREATE TABLE t (id int PRIMARY KEY, score int)");
        for format in ["binary", "text"] {
            let key = SpecText::table("t", "merge", &[("id", "INT"), ("score", "INT")], "0");
            let load =
                support::Load::open(&spec(&server, 0, 1), &key.with("sink.copy.format", format)).unwrap();
            let committer = Committer::open(&spec(&server, 0, 1));
            for epoch in 0..2 {
                let before = server.rows("SELECT * FROM t");
                load.offer(&[RowBuilder::new(2).int(0, 1).int(1, epoch)]).unwrap();
                let staged = stage(&load.session).unwrap();
                assert_eq!(
                    server.rows("SELECT * FROM t"),
                    before,
                    "version {version}, {format}: staged only"
                );
                committer.commit(&manifest(&[staged])).unwrap();
            }
            assert_eq!(server.rows("SELECT * FROM t"), ["1|1"], "version {version}, {format}");
        }
    }
}

#[test]
fn tables_without_rows_cost_nothing_and_staging_does_not_grow_with_checkpoints() {
    let server = Server::start(15);
    create(&server, 40);
    let session = open(&spec(&server, 0, 1).with("connection.pool.max-size", "3"));
    let tables = open_all(&session, 40);
    let committer = Committer::open(&spec(&server, 0, 1));
    for epoch in 0..6 {
        for table in tables.iter().step_by(if epoch == 0 { 1 } else { 4 }) {
            for id in 0..5 {
                put(&session, *table, id, &epoch.to_string());
            }
        }
        committer.commit(&manifest(&[stage(&session).unwrap()])).unwrap();
    }
    for table in 0..40 {
        let name = if table % 4 == 0 { "5" } else { "0" };
        assert_eq!(
            server.value(&format!("SELECT count(*) FROM t{table} WHERE name = '{name}'")),
            "5",
            "t{table}"
        );
    }
    assert_eq!((staging_tables(&server).len(), staged_rows(&server)), (40, 0));
}

#[test]
fn keys_are_proven_unique_for_one_table_and_flush_alone() {
    let server = Server::start(15);
    create(&server, 2);
    let session = open(&spec(&server, 0, 1));
    let tables = open_all(&session, 2);
    // The keys of both tables by flush; 1 comes again in each, which is no repeat.
    for keys in [[&[1, 2], &[1, 2]], [&[1, 1], &[1, 3]], [&[1, 2], &[1, 1]], [&[1, 2], &[1, 2]]] {
        for (table, keys) in tables.iter().zip(keys) {
            keys.iter().for_each(|key| put(&session, *table, *key, "row"));
        }
        let staged = Committable::from_bytes(&stage(&session).unwrap()).unwrap();
        let mut unique: Vec<_> =
            staged.tables.into_iter().map(|table| (table.target.1, table.merge.map(|m| m.unique))).collect();
        unique.sort();
        let expected = [("t0", keys[0]), ("t1", keys[1])];
        assert_eq!(unique, expected.map(|(name, keys)| (name.to_owned(), Some(keys[0] != keys[1]))));
    }
}

#[test]
fn columns_that_change_between_two_flushes_of_one_manifest_are_published_in_order() {
    let server = Server::start(15);
    server.run("CREATE TABLE t0 (id int PRIMARY KEY, name text, more int)");
    let session = open(&spec(&server, 0, 1));
    let narrow = SpecText::table("t0", "merge", &COLUMNS, "0").with("sink.merge.allow-replace", "true");
    let wide = SpecText::table("t0", "merge", &[COLUMNS[0], COLUMNS[1], ("more", "INT")], "0");
    let mut staged = Vec::new();
    let table = open_table(&session, &narrow);
    put(&session, table, 1, "narrow");
    put(&session, table, 2, "narrow");
    staged.push(stage(&session).unwrap());
    assert_eq!(open_table(&session, &wide), table);
    let mut batch = Vec::new();
    frame(&mut batch, table, &RowBuilder::new(3).int(0, 1).string(1, "wide").int(2, 7).finish());
    frame(&mut batch, table, &RowBuilder::new(3).kind(RowKind::Delete).int(0, 2).null(1).null(2).finish());
    offer(&session, &batch).unwrap();
    staged.push(stage(&session).unwrap());
    assert_eq!(open_table(&session, &narrow), table);
    put(&session, table, 2, "again");
    staged.push(stage(&session).unwrap());
    let committer = Committer::open(&spec(&server, 0, 1));
    committer.commit(&manifest(&staged)).unwrap();
    assert_eq!(server.rows("SELECT * FROM t0 ORDER BY id"), ["1|wide|7", "2|again|NULL"]);
    // The staging table of the narrow form is used again, and has a name before that of the wide one.
    assert_eq!(open_table(&session, &wide), table);
    let mut batch = Vec::new();
    frame(&mut batch, table, &RowBuilder::new(3).int(0, 1).string(1, "early").int(2, 8).finish());
    offer(&session, &batch).unwrap();
    let early = stage(&session).unwrap();
    assert_eq!(open_table(&session, &narrow), table);
    put(&session, table, 1, "late");
    committer.commit(&manifest(&[early, stage(&session).unwrap()])).unwrap();
    assert_eq!(server.rows("SELECT * FROM t0 ORDER BY id"), ["1|late|NULL", "2|again|NULL"]);
    assert_eq!(staged_rows(&server), 0);
}

#[test]
fn more_locks_than_the_server_has_are_refused_with_the_setting_to_raise() {
    let server = Server::start_with(15, &["max_locks_per_transaction=10", "max_connections=20"], &[]);
    create(&server, 80);
    // At the start, for the tables and writers that there are; by the commit, for what came together after all.
    let session = open(&spec(&server, 0, 2));
    open_all(&session, 49);
    support::flush(&session).unwrap();
    open_all(&session, 50);
    let told = |error: pieload::Error, wanted: u32| {
        assert_eq!(error.kind(), Kind::Config, "{error:?}");
        let setting = format!("raise max_locks_per_transaction to {wanted} at least");
        assert!(error.to_string().contains(&setting), "{error}");
    };
    told(support::flush(&session).unwrap_err(), 40);
    let halves = [0, 40].map(|first| {
        let session = open(&spec(&server, first, 1));
        for table in 0..40 {
            let table = SpecText::table(&format!("t{}", first + table), "merge", &COLUMNS, "0");
            let table = open_table(&session, &table);
            put(&session, table, 1, "one");
        }
        stage(&session).unwrap()
    });
    told(Committer::open(&spec(&server, 0, 1)).commit(&manifest(&halves)).unwrap_err(), 48);
    assert_eq!((server.value("SELECT count(*) FROM t0").as_str(), staged_rows(&server)), ("0", 80));
}

#[test]
fn a_user_without_the_privileges_is_told_which_option_needs_them() {
    let server = Server::start(15);
    server.run("CREATE TABLE t (id int PRIMARY KEY, score int); CREATE ROLE loader LOGIN");
    server.run(
        "GRANT SELECT, INSERT, DELETE ON t TO loader; REVOKE TEMPORARY ON DATABASE postgres FROM public",
    );
    let loader = spec(&server, 0, 1).with("username", "loader");
    let error = writer(&loader, "merge").failure();
    assert_eq!(error.kind(), Kind::Target, "{error:?}");
    for part in ["'sink.delivery-guarantee'", "'sink.staging-schema'", "42501"] {
        assert!(error.to_string().contains(part), "{part} is not in {error}");
    }
    server.run("CREATE SCHEMA pieclouddb_flink; GRANT USAGE, CREATE ON SCHEMA pieclouddb_flink TO loader");
    let load = writer(&loader, "merge");
    load.offer(&[RowBuilder::new(2).int(0, 1).int(1, 1)]).unwrap();
    Committer::open(&loader).commit(&manifest(&[stage(&load.session).unwrap()])).unwrap();
    assert_eq!(server.rows("SELECT * FROM t"), ["1|1"]);
}
