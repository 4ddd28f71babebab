//! From exactly-once to at-least-once over a savepoint: what was staged is published before anything newer is merged.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use std::time::Duration;

use pieload::Kind;
use pieload::row::RowKind;
use pieload::row::image_builder::{RowBuilder, frame};
use pieload::session::Session;
use support::exactly_once::{Committer, manifest, spec, stage, staging_tables, writer};
use support::points::Points;
use support::{Load, Server, SpecText, eventually, flush, open_table, put};

fn insert(id: i32, score: i32) -> RowBuilder {
    RowBuilder::new(2).kind(RowKind::Insert).int(0, id).int(1, score)
}

fn start() -> Server {
    let server = Server::start_with(15, &["log_statement=all"], &[]);
    server.run("CREATE TABLE t (id int PRIMARY KEY, score int)");
    server
}

/// The at-least-once session of a writer that recovered this.
fn restored(server: &Server, committables: &[Vec<u8>]) -> SpecText {
    let session = SpecText::session(server.port).with("lock-timeout", "10000");
    (0..).zip(committables).fold(session, |session, (number, committable)| {
        let hex: String = committable.iter().map(|byte| format!("{byte:02x}")).collect();
        session.with(&format!("recovered.{number}"), &hex)
    })
}

/// What an exactly-once writer of `t` hands over after these rows.
fn staged(server: &Server, mode: &str, rows: &[RowBuilder]) -> Vec<u8> {
    let writer = writer(&spec(server, 0, 1), mode);
    writer.offer(rows).unwrap();
    stage(&writer.session).unwrap()
}

/// Rows are taken in when a table is open, and not before; by the next offer, where it opens during one.
fn opens(session: &Session, table: u32, wait: Duration) -> bool {
    let mut batch = Vec::new();
    frame(&mut batch, table, &RowBuilder::new(2).int(0, 0).null(1).finish());
    session.offer(&batch, wait).unwrap() || session.offer(&batch, Duration::ZERO).unwrap()
}

#[test]
fn a_newer_merge_waits_until_the_committer_has_published_the_older_one() {
    let (_points, server) = (Points::take(), start());
    let older = staged(&server, "merge", &[insert(1, 1), insert(2, 1)]);
    let fenced = restored(&server, &[older.clone(), older.clone()]).with("sink.fence", "required");
    let restored = writer(&fenced, "merge");
    assert!(!opens(&restored.session, restored.table, Duration::from_secs(2)), "nothing was waited for");
    // Of the older attempt only its committer is left.
    Committer::open(&spec(&server, 0, 1)).commit(&manifest(&[older])).unwrap();
    restored.offer(&[insert(1, 2)]).unwrap();
    restored.flush().unwrap();
    assert_eq!(server.rows("SELECT * FROM t ORDER BY id"), ["1|2", "2|1"]);
}

#[test]
fn staging_that_is_empty_or_gone_is_not_waited_for() {
    let (_points, server) = (Points::take(), start());
    let older = staged(&server, "merge", &[insert(1, 1)]);
    Committer::open(&spec(&server, 0, 1)).commit(&manifest(std::slice::from_ref(&older))).unwrap();
    let gone = staged(&server, "merge", &[insert(1, 1)]);
    let empty = |table: &String| format!("TRUNCATE pieclouddb_flink.{table}");
    let empty = staging_tables(&server).iter().map(empty).collect::<Vec<_>>().join("; ");
    for (score, remains) in [(2, empty.as_str()), (3, "DROP SCHEMA pieclouddb_flink CASCADE")] {
        server.run(remains);
        let restored = writer(&restored(&server, &[older.clone(), gone.clone()]), "merge");
        restored.offer(&[insert(1, score)]).unwrap();
        restored.flush().unwrap();
        assert_eq!(server.rows("SELECT * FROM t"), [format!("1|{score}")]);
    }
}

#[test]
fn what_was_appended_is_not_waited_for() {
    let (_points, server) = (Points::take(), start());
    server.run("ALTER TABLE t DROP CONSTRAINT t_pkey");
    let older = staged(&server, "append", &[insert(1, 1)]);
    let restored = writer(&restored(&server, std::slice::from_ref(&older)), "append");
    restored.offer(&[insert(1, 2)]).unwrap();
    restored.flush().unwrap();
    assert_eq!(server.rows("SELECT * FROM t"), ["1|2"]);
    Committer::open(&spec(&server, 0, 1)).commit(&manifest(&[older])).unwrap();
    assert_eq!(server.rows("SELECT * FROM t ORDER BY score"), ["1|1", "1|2"]);
}

#[test]
fn the_wait_ends_at_its_deadline_and_names_what_it_waited_for() {
    let (_points, server) = (Points::take(), start());
    let older = staged(&server, "merge", &[insert(1, 1)]);
    let staging = staging_tables(&server).remove(0);
    let short = restored(&server, std::slice::from_ref(&older)).with("sink.stall-timeout", "1500");
    let told = |load: &Load| {
        let error = load.failure();
        assert_eq!(error.kind(), Kind::Stalled, "{error:?}");
        for part in
            [staging.as_str(), "\"public\".\"t\"", "'sink.stall-timeout'", "committer", "exactly-once"]
        {
            assert!(error.to_string().contains(part), "{part} is not in {error}");
        }
    };
    told(&writer(&short, "merge"));
    // Somebody's lock in the way of the question.
    let holder = server.client();
    let lock = format!("BEGIN; LOCK TABLE pieclouddb_flink.{staging} IN ACCESS EXCLUSIVE MODE");
    support::runtime().block_on(holder.batch_execute(&lock)).unwrap();
    told(&writer(&short, "merge"));
    assert_eq!(server.value("SELECT count(*) FROM t"), "0");
}

/// The committer publishes in one transaction over all tables; each connection of the pool waits for it.
#[test]
fn every_connection_and_every_table_waits() {
    let (points, server) = (Points::take(), start());
    let columns = [("id", "INT"), ("name", "STRING")];
    let table = |number: usize| SpecText::table(&format!("t{number}"), "merge", &columns, "0");
    (0..130)
        .for_each(|number| server.run(&format!("CREATE TABLE t{number} (id int PRIMARY KEY, name text)")));
    let session = support::open(&spec(&server, 0, 1));
    (0..130).for_each(|number| put(&session, open_table(&session, &table(number)), 1, "older"));
    let older = stage(&session).unwrap();
    drop(session);
    let session =
        support::open(&restored(&server, std::slice::from_ref(&older)).with("connection.pool.max-size", "4"));
    let tables: Vec<u32> = (0..130).map(|number| open_table(&session, &table(number))).collect();
    points.arm("commit.in-transaction", "stall");
    let committer = Committer::open(&spec(&server, 0, 1));
    committer.0.start_commit(&manifest(&[older])).unwrap();
    eventually("the commit has emptied the tables", || points.was_hit("commit.in-transaction"));
    for table in tables.iter().step_by(10) {
        assert!(!opens(&session, *table, Duration::from_millis(200)), "table {table} did not wait");
    }
    points.disarm("commit.in-transaction");
    committer.done().unwrap();
    tables.iter().for_each(|table| put(&session, *table, 1, "newer"));
    flush(&session).unwrap();
    for number in [0, 99, 100, 129] {
        assert_eq!(server.rows(&format!("SELECT * FROM t{number}")), ["1|newer"]);
    }
}

#[test]
fn without_recovered_committables_nothing_is_asked() {
    let (_points, server) = (Points::take(), start());
    let asked = |session: &SpecText| {
        let load = writer(session, "merge");
        load.offer(&[insert(1, 1)]).unwrap();
        load.flush().unwrap();
        let log = std::fs::read_to_string(server.log_path()).unwrap();
        log.matches("wanted(schema_name, table_name)").count()
    };
    // The catalog is asked for the target, and with recovered committables for the staging tables.
    let target_only = asked(&restored(&server, &[]));
    let older = staged(&server, "merge", &[insert(2, 1)]);
    server.run("DROP SCHEMA pieclouddb_flink CASCADE");
    let before = asked(&restored(&server, &[]));
    assert_eq!(asked(&restored(&server, &[older])) - before, target_only + 1);
}
