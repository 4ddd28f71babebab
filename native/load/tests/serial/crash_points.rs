//! Failures at named points of the loader: each is hit for certain, and what the next attempt finds is exact.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use pieload::Kind;
use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use support::points::Points;
use support::{Load, Server, SpecText, eventually};

fn row(id: i32, score: i32) -> RowBuilder {
    RowBuilder::new(2).kind(RowKind::Insert).int(0, id).int(1, score)
}

fn open(server: &Server, mode: &str) -> Load {
    let columns = [("id", "INT"), ("score", "INT")];
    let table = SpecText::table("t", mode, &columns, if mode == "merge" { "0" } else { "" });
    Load::open(&SpecText::session(server.port), &table).unwrap()
}

fn start(mode: &str) -> Server {
    let server = Server::start(15);
    let key = if mode == "merge" { "PRIMARY KEY" } else { "" };
    server.run(&format!("CREATE TABLE t (id int {key}, score int)"));
    server
}

#[test]
fn a_failure_at_any_point_is_told_and_a_second_attempt_ends_exact() {
    let points = Points::take();
    let server = start("merge");
    for point in ["copy.begin", "flush.before-merge", "flush.in-transaction", "flush.after-commit"] {
        for action in ["error", "panic"] {
            server.run("TRUNCATE t");
            points.arm(point, action);
            let failed = open(&server, "merge");
            let _offered = failed.offer(&[row(1, 1), row(2, 2)]);
            let _started = failed.session.start_flush();
            let error = failed.failure();
            assert!(points.was_hit(point), "{point} was not reached");
            let kind = if action == "panic" { Kind::Internal } else { Kind::Server };
            assert_eq!(error.kind(), kind, "{point} {action}: {error:?}");
            assert!(error.to_string().contains("failpoint"), "{error}");
            drop(failed);
            let visible = server.value("SELECT count(*) FROM t");
            assert_eq!(visible, if point == "flush.after-commit" { "2" } else { "0" }, "{point}");
            let again = open(&server, "merge");
            again.offer(&[row(1, 1), row(2, 2)]).unwrap();
            again.flush().unwrap();
            assert_eq!(server.rows("SELECT * FROM t ORDER BY id"), ["1|1", "2|2"], "{point} {action}");
            points.forget(point);
        }
    }
}

/// A connection that breaks while one table's COPY is ended for another's takes that table's rows with it. It looked as
/// if it held none, was replaced, and the flush succeeded without them.
#[test]
fn rows_of_a_copy_that_could_not_be_ended_are_never_forgotten() {
    let points = Points::take();
    let server = start("merge");
    server.run("CREATE TABLE other (id int PRIMARY KEY, score int)");
    let load = open(&server, "merge");
    let columns = [("id", "INT"), ("score", "INT")];
    let other = SpecText::table("other", "merge", &columns, "0");
    let other = load.session.open_table(pieload::spec::TableSpec::parse(&other.text()).unwrap()).unwrap();
    load.offer(&[row(1, 1)]).unwrap();
    eventually("the row is on its way", || load.metric(pieload::metrics::Metric::RowsSent) == 1);
    points.arm("copy.finish", "disconnect");
    let mut batch = Vec::new();
    pieload::row::image_builder::frame(&mut batch, other, &row(2, 2).finish());
    support::offer(&load.session, &batch).unwrap();
    let error = load.flush().unwrap_err();
    assert!(points.was_hit("copy.finish"));
    assert_eq!(error.kind(), Kind::Connection, "{error:?}");
    assert_eq!(server.value("SELECT count(*) FROM t"), "0");
}

#[test]
fn a_failed_append_leaves_nothing_behind_and_success_is_never_reported() {
    let points = Points::take();
    let server = start("append");
    points.arm("flush.in-transaction", "error");
    let load = open(&server, "append");
    load.offer(&[row(1, 1)]).unwrap();
    assert!(load.flush().is_err());
    assert!(points.was_hit("flush.in-transaction"));
    assert!(load.session.await_flush(support::DEADLINE).is_err());
    drop(load);
    eventually("the transaction is gone", || {
        server.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pieload-test'") == "0"
    });
    assert_eq!(server.value("SELECT count(*) FROM t"), "0");
}

#[test]
fn a_staging_table_that_vanished_is_never_merged_as_empty() {
    let points = Points::take();
    let server = start("merge");
    points.arm("flush.before-merge", "stall");
    let load = open(&server, "merge");
    load.offer(&[row(1, 1)]).unwrap();
    load.session.start_flush().unwrap();
    eventually("the merge is about to begin", || points.was_hit("flush.before-merge"));
    // What an MPP does to a session whose segment died: the session lives, its temp table does not.
    let staging = server.value("SELECT oid::regclass FROM pg_class WHERE relname = 'pieclouddb_stage_0'");
    server.run(&format!("DROP TABLE {staging}"));
    points.disarm("flush.before-merge");
    let error = load.failure();
    assert!(error.chain().contains("42P01"), "{error:?}");
    assert_eq!(server.value("SELECT count(*) FROM t"), "0");
}
