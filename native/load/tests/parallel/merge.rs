//! Merge mode against a real server: the last operation of each key wins, exactly, however often it is replayed.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use std::collections::BTreeMap;

use pieload::metrics::Metric;
use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use support::{Load, Server, SpecText, lines};

const VERSIONS: [u32; 3] = [12, 15, 17];
const STUDENT: [(&str, &str); 3] = [("id", "INT NOT NULL"), ("name", "STRING"), ("score", "INT")];

fn student(kind: RowKind, id: i32, name: &str, score: i32) -> RowBuilder {
    RowBuilder::new(3).kind(kind).int(0, id).string(1, name).int(2, score)
}

fn open(server: &Server, format: &str) -> Load {
    let table = SpecText::table("student", "merge", &STUDENT, "0").with("sink.copy.format", format);
    Load::open(&SpecText::session(server.port), &table).unwrap()
}

fn create(server: &Server) {
    server.run("CREATE TABLE student (id int PRIMARY KEY, name varchar(32), score int)");
}

#[test]
fn every_operation_has_its_effect_on_every_version_and_in_both_formats() {
    for &version in lines(&VERSIONS) {
        let server = Server::start(version);
        for format in ["binary", "text"] {
            server.run("DROP TABLE IF EXISTS student");
            create(&server);
            server.run(
                "INSERT INTO student VALUES (1, 'old', 1), (2, 'stays', 2), (3, 'goes', 3), (5, 'moves', 5)",
            );
            let load = open(&server, format);
            load.offer(&[
                student(RowKind::Insert, 1, "first", 10),
                student(RowKind::UpdateBefore, 1, "first", 10),
                student(RowKind::UpdateAfter, 1, "second", 20),
                student(RowKind::Delete, 3, "goes", 3),
                student(RowKind::Insert, 4, "fleeting", 4),
                student(RowKind::Delete, 4, "fleeting", 4),
                student(RowKind::UpdateBefore, 5, "moves", 5),
                student(RowKind::UpdateAfter, 6, "moved", 5),
            ])
            .unwrap();
            load.flush().unwrap();
            assert_eq!(
                server.rows("SELECT * FROM student ORDER BY id"),
                ["1|second|20", "2|stays|2", "6|moved|5"],
                "version {version}, {format}"
            );
        }
    }
}

/// A small generator of its own: the same operations in every run, no clock, no system randomness.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

#[test]
fn a_random_changelog_ends_exact_over_many_flushes() {
    let server = Server::start(15);
    create(&server);
    let load = open(&server, "auto");
    let mut random = Random(0x5eed);
    let mut expected = BTreeMap::new();
    for _flush in 0..20 {
        for _batch in 0..5 {
            let rows: Vec<_> = (0..200)
                .map(|_| {
                    let id = i32::try_from(random.below(500)).unwrap();
                    let score = i32::try_from(random.below(1000)).unwrap();
                    if random.below(4) == 0 {
                        expected.remove(&id);
                        student(RowKind::Delete, id, "x", 0)
                    } else {
                        expected.insert(id, score);
                        student(RowKind::UpdateAfter, id, "x", score)
                    }
                })
                .collect();
            load.offer(&rows).unwrap();
        }
        load.flush().unwrap();
        let found = server.rows("SELECT id, score FROM student ORDER BY id");
        let wanted: Vec<_> = expected.iter().map(|(id, score)| format!("{id}|{score}")).collect();
        assert_eq!(found, wanted);
    }
}

#[test]
fn replaying_the_same_rows_changes_nothing() {
    let server = Server::start(17);
    create(&server);
    let rows: Vec<_> = (0..100).map(|id| student(RowKind::Insert, id, "n", id)).collect();
    for _attempt in 0..3 {
        let load = open(&server, "auto");
        load.offer(&rows).unwrap();
        load.flush().unwrap();
        assert_eq!(server.value("SELECT count(*) || ':' || sum(score) FROM student"), "100:4950");
    }
}

#[test]
fn what_is_not_flushed_is_never_seen() {
    let server = Server::start(15);
    create(&server);
    let load = open(&server, "auto");
    load.offer(&[student(RowKind::Insert, 1, "a", 1)]).unwrap();
    load.flush().unwrap();
    load.offer(&[student(RowKind::Insert, 2, "b", 2)]).unwrap();
    support::eventually("the row reached the server", || load.metric(Metric::RowsSent) == 2);
    load.session.close(support::DEADLINE);
    drop(load);
    assert_eq!(server.rows("SELECT id FROM student"), ["1"]);
}

#[test]
fn a_repeated_key_in_one_flush_is_reduced_to_its_last_operation() {
    let server = Server::start(15);
    // No unique index: a wrong proof of unique keys would double rows here without an error.
    server.run("CREATE TABLE student (id int, name text, score int)");
    let load = open(&server, "auto");
    for score in 0..50 {
        load.offer(&[
            student(RowKind::Insert, 1, "a", score),
            student(RowKind::Insert, 100 + score, "b", score),
        ])
        .unwrap();
    }
    load.flush().unwrap();
    assert_eq!(server.rows("SELECT score FROM student WHERE id = 1"), ["49"]);
    assert_eq!(server.value("SELECT count(*) FROM student"), "51");
    // The next flush has no repeat, and its proof must not remember this one.
    load.offer(&[student(RowKind::Insert, 1, "a", 99)]).unwrap();
    load.flush().unwrap();
    assert_eq!(server.rows("SELECT score FROM student WHERE id = 1"), ["99"]);
}

#[test]
fn composite_keys_hostile_names_and_domains_are_merged() {
    let server = Server::start(15);
    server.run(
        r#"CREATE SCHEMA "My ""Schema"; CREATE DOMAIN positive AS numeric(10, 2) NOT NULL CHECK (VALUE > 0);
           CREATE TABLE "My ""Schema"."a.b; DROP TABLE x" ("Select" int, "列 名" text, "pieclouddb_op" positive,
           PRIMARY KEY ("列 名", "Select"))"#,
    );
    let columns =
        [("Select", "INT NOT NULL"), ("列 名", "STRING NOT NULL"), ("pieclouddb_op", "DECIMAL(10, 2)")];
    let table =
        SpecText::table("a.b; DROP TABLE x", "merge", &columns, "1,0").with("schema-name", "My \"Schema");
    let load = Load::open(&SpecText::session(server.port), &table).unwrap();
    let row = |kind, id, name: &str, cents| {
        RowBuilder::new(3).kind(kind).int(0, id).string(1, name).decimal_compact(2, cents)
    };
    load.offer(&[
        row(RowKind::Insert, 1, "一", 100),
        row(RowKind::Insert, 1, "二", 200),
        row(RowKind::Delete, 1, "一", 100),
        row(RowKind::UpdateAfter, 1, "二", 250),
    ])
    .unwrap();
    load.flush().unwrap();
    assert_eq!(server.rows(r#"SELECT * FROM "My ""Schema"."a.b; DROP TABLE x""#), ["1|二|2.50"]);
}

#[test]
fn a_deadlock_or_lock_wait_lost_is_repeated_without_loss() {
    let server = Server::start(15);
    create(&server);
    server.run("INSERT INTO student VALUES (1, 'held', 0)");
    let session = SpecText::session(server.port).with("lock-timeout", "100");
    let load = Load::open(&session, &SpecText::table("student", "merge", &STUDENT, "0")).unwrap();
    load.offer(&[student(RowKind::UpdateAfter, 1, "mine", 1)]).unwrap();
    let holder = server.client();
    support::runtime()
        .block_on(holder.batch_execute("BEGIN; UPDATE student SET name = 'theirs' WHERE id = 1"))
        .unwrap();
    load.session.start_flush().unwrap();
    // The merge runs into the lock timeout at least once before the row is released.
    support::eventually("the merge waits for the lock", || {
        server.value("SELECT count(*) FROM pg_locks WHERE NOT granted") != "0"
    });
    assert!(!load.session.await_flush(std::time::Duration::from_millis(400)).unwrap());
    support::runtime().block_on(holder.batch_execute("COMMIT")).unwrap();
    support::eventually("the merge is done", || {
        load.session.await_flush(std::time::Duration::from_millis(50)).unwrap()
    });
    assert_eq!(server.rows("SELECT * FROM student"), ["1|mine|1"]);
}

#[test]
fn idle_flushes_cost_the_server_nothing_and_temp_tables_do_not_multiply() {
    let server = Server::start(15);
    create(&server);
    let load = open(&server, "auto");
    for id in 0..5 {
        load.offer(&[student(RowKind::Insert, id, "a", 1)]).unwrap();
        load.flush().unwrap();
    }
    assert_eq!(server.value("SELECT count(*) FROM pg_class WHERE relname LIKE 'pieclouddb_stage_%'"), "1");
    let last = "SELECT query_start FROM pg_stat_activity WHERE application_name = 'pieload-test'";
    let before = server.value(last);
    for _ in 0..10 {
        load.flush().unwrap();
    }
    assert_eq!(server.value(last), before);
}
