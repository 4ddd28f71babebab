//! What an attempt that died had sent is never published after its successor began, whichever of them the server
//! hears first.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use std::time::Duration;

use pieload::Kind;
use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use support::points::Points;
use support::{Load, Server, SpecText, eventually, runtime};

const FENCE: &str = "pieclouddb_flink.fence_00000000000040008000000000000001";
const LEFT: &str = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pieload-test%'";

fn row(id: i32, score: i32) -> RowBuilder {
    RowBuilder::new(2).kind(RowKind::Insert).int(0, id).int(1, score)
}

/// A failpoint that one test armed must not stop another one's writers.
fn start() -> (Points, Server) {
    let (points, server) = (Points::take(), Server::start(15));
    server.run("CREATE TABLE t (id int PRIMARY KEY, score int)");
    (points, server)
}

fn writer(server: &Server, subtask: u32, parallelism: u32) -> SpecText {
    SpecText::session(server.port)
        .with("sink.fence", "required")
        .with("writer.subtask", &subtask.to_string())
        .with("sink.parallelism", &parallelism.to_string())
}

/// A writer whose sessions a successor does not find, as if they could not be ended.
fn hidden(writer: SpecText) -> SpecText {
    writer.with("connection.properties.application_name", "hidden")
}

fn open(session: &SpecText) -> Load {
    Load::open(session, &SpecText::table("t", "merge", &[("id", "INT"), ("score", "INT")], "0")).unwrap()
}

fn registered(load: &Load) {
    eventually("the table is open", || load.session.await_flush(Duration::from_millis(50)).unwrap());
}

#[test]
fn a_merge_that_begins_after_the_successor_registered_is_refused() {
    let (points, server) = start();
    let (old, new) = (open(&hidden(writer(&server, 0, 1))), writer(&server, 0, 1));
    old.offer(&[row(1, 1)]).unwrap();
    points.arm("flush.before-merge", "stall");
    old.session.start_flush().unwrap();
    eventually("the merge is about to begin", || points.was_hit("flush.before-merge"));
    let new = open(&new);
    registered(&new);
    points.disarm("flush.before-merge");
    let error = old.failure();
    assert_eq!(error.kind(), Kind::Fenced, "{error:?}");
    assert!(error.to_string().contains("\"fence_0000"), "{error}");
    new.offer(&[row(1, 2)]).unwrap();
    new.flush().unwrap();
    assert_eq!(server.rows("SELECT * FROM t"), ["1|2"]);
}

#[test]
fn a_registration_waits_for_a_merge_in_flight_and_comes_after_it() {
    let (points, server) = start();
    let old = open(&hidden(writer(&server, 0, 1)));
    old.offer(&[row(1, 1), row(2, 1)]).unwrap();
    points.arm("flush.in-transaction", "stall");
    old.session.start_flush().unwrap();
    eventually("the merge is done, not committed", || points.was_hit("flush.in-transaction"));
    let new = open(&writer(&server, 0, 1));
    eventually("the registration waits", || {
        server.value("SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'ShareRowExclusiveLock'")
            == "1"
    });
    assert!(!new.session.await_flush(Duration::from_millis(1500)).unwrap(), "the fence has a gap");
    points.disarm("flush.in-transaction");
    eventually("the old merge is committed", || server.value("SELECT count(*) FROM t") == "2");
    registered(&new);
    new.offer(&[row(1, 2), RowBuilder::new(2).kind(RowKind::Delete).int(0, 2).null(1)]).unwrap();
    new.flush().unwrap();
    assert_eq!(server.rows("SELECT * FROM t"), ["1|2"]);
}

/// The client is gone, its transaction is not: the server still reads what it sent.
#[test]
fn a_client_that_died_after_it_sent_its_commit_is_done_before_its_successor_begins() {
    let (_points, server) = start();
    registered(&open(&writer(&server, 0, 1)));
    let (dead, gate) = (server.client(), server.client());
    runtime().block_on(gate.batch_execute("SELECT pg_advisory_lock(1)")).unwrap();
    let late = format!(
        "BEGIN; LOCK TABLE {FENCE} IN ROW EXCLUSIVE MODE; SELECT pg_advisory_xact_lock(1); INSERT INTO t VALUES (7, 7); \
         COMMIT"
    );
    let late = runtime().spawn(async move { dead.batch_execute(&late).await });
    let locks = |granted: bool| {
        server.value(&format!(
            "SELECT count(*) FROM pg_locks WHERE relation = '{FENCE}'::regclass AND granted = {granted}"
        ))
    };
    eventually("it holds the fence", || locks(true) == "1");
    let new = open(&writer(&server, 0, 1));
    eventually("the successor waits for it", || locks(false) == "1");
    assert!(!late.is_finished());
    drop(gate);
    new.offer(&[RowBuilder::new(2).kind(RowKind::Delete).int(0, 7).null(1)]).unwrap();
    new.flush().unwrap();
    assert!(late.is_finished(), "the successor published before it");
    runtime().block_on(late).unwrap().unwrap();
    assert_eq!(server.value("SELECT count(*) FROM t"), "0", "the deleted key came back");
}

#[test]
fn the_sessions_of_the_replaced_attempt_are_ended() {
    let (_points, server) = start();
    let old = open(&writer(&server, 0, 1));
    old.offer(&[row(1, 1)]).unwrap();
    eventually("it is connected", || server.value(LEFT) == "1");
    let new = open(&writer(&server, 0, 1));
    registered(&new);
    assert_eq!(old.failure().kind(), Kind::Connection);
    eventually("only the successor is left", || server.value(LEFT) == "1");
}

#[test]
fn siblings_do_not_disturb_each_other_and_a_rescaled_sink_replaces_all() {
    let (_points, server) = start();
    let old = [0, 1, 2].map(|subtask| open(&hidden(writer(&server, subtask, 3))));
    for (id, writer) in (0..).zip(&old) {
        writer.offer(&[row(id, 1)]).unwrap();
        writer.flush().unwrap();
    }
    let new = [0, 1].map(|subtask| open(&writer(&server, subtask, 2)));
    new.iter().for_each(registered);
    for (id, writer) in (0..).zip(&new) {
        writer.offer(&[row(id, 2)]).unwrap();
        writer.flush().unwrap();
    }
    for (id, writer) in (0..).zip(&old) {
        writer.offer(&[row(id, 3)]).unwrap();
        assert_eq!(writer.flush().unwrap_err().kind(), Kind::Fenced);
    }
    assert_eq!(server.rows("SELECT * FROM t ORDER BY id"), ["0|2", "1|2", "2|1"]);
}

#[test]
fn the_fence_holds_one_row_per_writer_however_many_attempts_there_were() {
    let (_points, server) = start();
    for parallelism in [1, 3, 2] {
        for _attempt in 0..4 {
            for subtask in 0..parallelism {
                registered(&open(&writer(&server, subtask, parallelism)));
            }
        }
        assert_eq!(
            server.value(&format!("SELECT count(*) || ':' || count(DISTINCT subtask) FROM {FENCE}")),
            format!("{parallelism}:{parallelism}")
        );
    }
}

#[test]
fn writers_that_register_at_once_all_do() {
    let (_points, server) = start();
    let writers: Vec<_> = (0..8).map(|subtask| open(&writer(&server, subtask, 8))).collect();
    for (id, writer) in (0..).zip(&writers) {
        writer.offer(&[row(id, 1)]).unwrap();
        writer.flush().unwrap();
    }
    assert_eq!(server.value(&format!("SELECT count(*) FROM {FENCE}")), "8");
    assert_eq!(server.value("SELECT count(*) FROM t"), "8");
}

#[test]
fn without_the_privilege_auto_loads_and_required_refuses() {
    let (_points, server) = start();
    server.run("CREATE ROLE loader LOGIN; GRANT SELECT, INSERT, DELETE ON t TO loader");
    let unprivileged =
        |fence: &str| writer(&server, 0, 1).with("username", "loader").with("sink.fence", fence);
    let refused = open(&unprivileged("required")).failure();
    assert_eq!(refused.kind(), Kind::Target, "{refused:?}");
    for part in ["'sink.fence' = 'required'", "42501", "'sink.staging-schema'"] {
        assert!(refused.to_string().contains(part), "{part} is not in {refused}");
    }
    for (id, fence) in [(1, "auto"), (2, "none")] {
        let load = open(&unprivileged(fence));
        load.offer(&[row(id, 1)]).unwrap();
        load.flush().unwrap();
    }
    assert_eq!(server.value("SELECT count(*) FROM t"), "2");
    // With the schema there, a user without CREATE on the database has a fence too.
    server.run("CREATE SCHEMA pieclouddb_flink; GRANT USAGE, CREATE ON SCHEMA pieclouddb_flink TO loader");
    registered(&open(&unprivileged("required")));
    assert_eq!(server.value(&format!("SELECT count(*) FROM {FENCE}")), "1");
}

#[test]
fn none_and_append_create_nothing() {
    let (_points, server) = start();
    let none = open(&writer(&server, 0, 1).with("sink.fence", "none"));
    none.offer(&[row(1, 1)]).unwrap();
    none.flush().unwrap();
    server.run("CREATE TABLE a (id int)");
    let append = SpecText::table("a", "append", &[("id", "INT")], "");
    let append = Load::open(&writer(&server, 0, 1), &append).unwrap();
    append.offer(&[RowBuilder::new(1).int(0, 1)]).unwrap();
    append.flush().unwrap();
    assert_eq!(server.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'pieclouddb_flink'"), "0");
}

#[test]
fn a_merge_that_never_ends_is_told_at_the_deadline() {
    let (_points, server) = start();
    registered(&open(&writer(&server, 0, 1)));
    let holder = server.client();
    let lock = format!("BEGIN; LOCK TABLE {FENCE} IN ROW EXCLUSIVE MODE");
    runtime().block_on(holder.batch_execute(&lock)).unwrap();
    let error = open(&writer(&server, 0, 1).with("lock-timeout", "1500")).failure();
    assert_eq!(error.kind(), Kind::Stalled, "{error:?}");
    assert!(error.to_string().contains("'sink.fence'"), "{error}");
}

/// As when 30 days have passed in which nobody registered and no session was seen.
#[test]
fn a_writer_whose_fence_is_gone_fails_over_and_registers_anew() {
    let (_points, server) = start();
    for (id, connected) in [(1, true), (2, false)] {
        let idle = if connected { "300000" } else { "200" };
        let spec = writer(&server, 0, 1).with("connection.pool.idle-timeout", idle);
        let load = open(&spec);
        load.offer(&[row(id, 1)]).unwrap();
        load.flush().unwrap();
        if !connected {
            eventually("its session is closed", || server.value(LEFT) == "0");
        }
        server.run(&format!("DROP TABLE {FENCE}"));
        load.offer(&[row(id, 2)]).unwrap();
        let error = load.flush().unwrap_err();
        assert!(!error.kind().is_permanent(), "{error:?}");
        assert!(error.to_string().contains("fence_0000"), "{error}");
        drop(load);
        let restarted = open(&spec);
        restarted.offer(&[row(id, 3)]).unwrap();
        restarted.flush().unwrap();
        assert_eq!(server.value(&format!("SELECT score FROM t WHERE id = {id}")), "3");
        assert_eq!(server.value(&format!("SELECT count(*) FROM {FENCE}")), "1");
        drop(restarted);
        eventually("its session is closed", || server.value(LEFT) == "0");
    }
}
