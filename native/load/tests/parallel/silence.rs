//! A server that is silent: its word on what it does decides, and where it has none the wait is bounded all the same.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use std::time::{Duration, Instant};

use pieload::Kind;
use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use support::peer::{At, Fault, Peer};
use support::{Load, Server, SpecText, eventually};

fn row(id: i32) -> RowBuilder {
    RowBuilder::new(1).kind(RowKind::Insert).int(0, id)
}

fn session(port: u16) -> SpecText {
    SpecText::session(port).with("sink.stall-timeout", "1000").with("connection.timeout", "5000")
}

fn table(mode: &str) -> SpecText {
    SpecText::table("t", mode, &[("id", "INT")], if mode == "merge" { "0" } else { "" })
}

/// What ends the COPY is lost. Greenplum 6 and PostgreSQL 9 do not tell that they wait for it; nor does a server that
/// does not track what its sessions do.
#[test]
fn a_server_that_does_not_say_whom_it_waits_for_is_not_waited_for_without_end() {
    let server = Server::start_with(17, &["track_activities=off"], &[]);
    server.run("CREATE TABLE t (id int)");
    let peer = Peer::start(server.port, Fault::Swallow, At::text("c\0\0\0\x04S\0\0\0\x04"));
    let load = Load::open(&session(peer.port), &table("append")).unwrap();
    load.offer(&[row(1)]).unwrap();
    let began = Instant::now();
    load.session.start_flush().unwrap();
    let error = load.failure();
    assert!(began.elapsed() > Duration::from_secs(3), "it was given up after {:?}", began.elapsed());
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    assert_eq!(error.kind(), Kind::Stalled, "{error:?}");
    assert!(
        error.to_string().contains("COPY for \"public\".\"t\"")
            && error.to_string().contains("does not show")
    );
}

/// The question beside the silent connection needs one more, which the user does not get.
#[test]
fn a_statement_goes_on_where_the_server_is_too_full_to_be_asked() {
    let server = Server::start(17);
    server.run(
        "CREATE TABLE t (id int); CREATE ROLE loader LOGIN CONNECTION LIMIT 1;
         GRANT SELECT, INSERT, DELETE ON t TO loader",
    );
    let load = Load::open(&session(server.port).with("username", "loader"), &table("merge")).unwrap();
    load.offer(&[row(1)]).unwrap();
    let holder = server.client();
    support::runtime().block_on(holder.batch_execute("BEGIN; LOCK TABLE t")).unwrap();
    load.session.start_flush().unwrap();
    assert!(!load.session.await_flush(Duration::from_millis(2500)).unwrap());
    support::runtime().block_on(holder.batch_execute("COMMIT")).unwrap();
    eventually("the merge is done", || load.session.await_flush(Duration::from_millis(50)).unwrap());
    assert_eq!(server.value("SELECT count(*) FROM t"), "1");
}
