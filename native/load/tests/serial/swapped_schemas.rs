//! A DBA puts a schema in place by ALTER SCHEMA … RENAME, which waits for no lock of a table, in the middle of a load:
//! what was loaded is in the table that has the name then, or is loaded again.
#![allow(clippy::unwrap_used, missing_docs)]

use std::time::Duration;

use crate::support;

use pieload::Kind;
use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use support::exactly_once::{Committer, manifest, spec as exactly_once, stage};
use support::points::Points;
use support::{Load, Server, SpecText, eventually};

const SWAP: &str = "BEGIN; ALTER SCHEMA s RENAME TO former; CREATE SCHEMA s; \
                    CREATE TABLE s.t (LIKE former.t INCLUDING ALL); INSERT INTO s.t SELECT * FROM former.t; COMMIT";

fn row(id: i32, score: i32) -> RowBuilder {
    RowBuilder::new(2).kind(RowKind::Insert).int(0, id).int(1, score)
}

fn start(key: &str) -> Server {
    let server = Server::start(15);
    server.run(&format!("CREATE SCHEMA s; CREATE TABLE s.t (id int {key}, score int)"));
    server
}

fn table(mode: &str) -> SpecText {
    let key = if mode == "merge" { "0" } else { "" };
    SpecText::table("t", mode, &[("id", "INT NOT NULL"), ("score", "INT")], key).with("schema-name", "s")
}

fn stored(server: &Server) -> Vec<String> {
    server.rows("SELECT * FROM s.t ORDER BY id")
}

#[test]
fn an_append_is_not_committed_into_a_table_that_lost_its_name() {
    let _points = Points::take();
    let server = start("");
    let session = SpecText::session(server.port).with("sink.copy.max-duration", "0");
    let load = Load::open(&session, &table("append")).unwrap();
    load.offer(&[row(1, 1)]).unwrap();
    eventually("the row is in the transaction", || server.waiting_writers("s.t") == 1);
    server.run(SWAP);
    let error = load.flush().expect_err("the row is in the former table");
    assert_eq!(error.kind(), Kind::Server, "{error}");
    assert!(error.to_string().contains("another table has its name"), "{error}");
    drop(load);
    // The restarted job's, and a swap between two flushes, which nothing is lost by.
    let load = Load::open(&session, &table("append")).unwrap();
    load.offer(&[row(1, 1)]).unwrap();
    load.flush().unwrap();
    server.run(&SWAP.replace("former", "older"));
    load.offer(&[row(2, 2)]).unwrap();
    load.flush().unwrap();
    assert_eq!(stored(&server), ["1|1", "2|2"]);
    assert_eq!(server.rows("SELECT * FROM former.t"), [""; 0]);
}

#[test]
fn a_merge_comes_again_for_the_table_that_has_the_name_now() {
    let points = Points::take();
    for key in ["PRIMARY KEY", ""] {
        let server = start(key);
        server.run("INSERT INTO s.t VALUES (1, 0)");
        let load = Load::open(&SpecText::session(server.port), &table("merge")).unwrap();
        load.offer(&[row(1, 1), row(2, 2)]).unwrap();
        points.arm("flush.in-transaction", "stall");
        load.session.start_flush().unwrap();
        eventually("the rows are merged", || points.was_hit("flush.in-transaction"));
        server.run(SWAP);
        points.disarm("flush.in-transaction");
        eventually("the flush ends", || load.session.await_flush(Duration::from_millis(50)).unwrap());
        assert_eq!(stored(&server), ["1|1", "2|2"], "{key}");
        assert_eq!(server.rows("SELECT * FROM former.t"), ["1|0"], "{key}");
        points.forget("flush.in-transaction");
    }
}

#[test]
fn what_is_staged_is_published_into_the_table_that_has_the_name_now() {
    let points = Points::take();
    for (mode, key) in [("append", ""), ("merge", "PRIMARY KEY"), ("merge", "")] {
        let server = start(key);
        let session = exactly_once(&server, 0, 1);
        let load = Load::open(&session, &table(mode)).unwrap();
        let committer = Committer::open(&session);
        // Also a second time, when the committer has seen the name change already.
        for (id, former) in [(1, "former"), (2, "older")] {
            load.offer(&[row(id, id)]).unwrap();
            let staged = manifest(&[stage(&load.session).unwrap()]);
            points.arm("commit.merged", "stall");
            committer.0.start_commit(&staged).unwrap();
            eventually("the rows are published", || points.was_hit("commit.merged"));
            server.run(&SWAP.replace("former", former));
            points.disarm("commit.merged");
            committer.done().unwrap();
            points.forget("commit.merged");
        }
        assert_eq!(stored(&server), ["1|1", "2|2"], "{mode} {key}");
        assert_eq!(server.rows("SELECT * FROM older.t"), ["1|1"], "{mode} {key}");
        assert_eq!(server.rows("SELECT * FROM former.t"), [""; 0], "{mode} {key}");
    }
}
