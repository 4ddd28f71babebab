//! A server of which no process goes on, a virtual machine that is paused: sockets are accepted, nothing answers.
//! Whatever is waited for then ends within `sink.stall-timeout`, the question beside the wait included, and the error
//! names the wait.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use std::time::{Duration, Instant};

use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use pieload::{Error, Kind};
use support::exactly_once::{Committer, manifest, spec as exactly_once, stage};
use support::peer::{At, Fault, Peer};
use support::{Load, Server, SpecText, eventually};

/// Less than `connection.timeout`, which bounds a login and not a wait.
const STALL: Duration = Duration::from_secs(20);
const CONNECTING: Duration = Duration::from_secs(35);

/// For a machine that is busy.
const SLACK: Duration = Duration::from_secs(3);

fn with_timeouts(session: SpecText) -> SpecText {
    session
        .with("sink.stall-timeout", &STALL.as_millis().to_string())
        .with("connection.timeout", &CONNECTING.as_millis().to_string())
}

fn session(port: u16) -> SpecText {
    with_timeouts(SpecText::session(port))
}

fn table() -> SpecText {
    SpecText::table("t", "merge", &[("id", "INT"), ("score", "INT")], "0")
}

fn row() -> RowBuilder {
    RowBuilder::new(2).kind(RowKind::Insert).int(0, 1).int(1, 1)
}

fn start() -> Server {
    let server = Server::start(17);
    server.run("CREATE TABLE t (id int, score int)");
    server
}

/// The server freezes when it is sent `text`, on a connection that `load` makes. What `load` comes to, and after how
/// long.
fn freezes_at(server: &Server, text: &str, load: impl FnOnce(u16) -> Result<(), Error> + Send) -> Error {
    let peer = Peer::start(server.port, Fault::Freeze, At::text(text));
    let port = peer.port;
    let (error, took) = std::thread::scope(|scope| {
        let loading = scope.spawn(move || {
            let outcome = load(port);
            (outcome, Instant::now())
        });
        eventually("the statement is sent", || peer.struck() || loading.is_finished());
        assert!(peer.struck(), "{text:?} was never sent");
        let frozen = Instant::now();
        server.freeze();
        let (outcome, ended) = loading.join().unwrap();
        (outcome.unwrap_err(), ended - frozen)
    });
    assert!(took < STALL + SLACK, "{text:?}: only after {took:?}: {error:?}");
    assert_eq!(error.kind(), Kind::Stalled, "{error:?}");
    error
}

fn merges(session: &SpecText) -> Result<(), Error> {
    let load = Load::open(session, &table())?;
    load.offer(&[row()])?;
    load.flush()
}

fn names(error: &Error, what: &str) {
    let text = error.chain();
    assert!(text.contains(what) && text.contains("'sink.stall-timeout'"), "not of {what:?}: {text}");
}

#[test]
fn a_server_that_freezes_while_tables_open_is_waited_for_no_longer_than_the_stall_timeout() {
    let server = start();
    let error = freezes_at(&server, "wanted(schema_name", |port| merges(&session(port)));
    names(&error, "reading the catalog");
}

#[test]
fn a_server_that_freezes_while_its_limits_are_asked_for_is_waited_for_no_longer_than_the_stall_timeout() {
    let server = start();
    let error = freezes_at(&server, "rolconnlimit", |port| merges(&session(port)));
    names(&error, "the server's limits");
}

#[test]
fn a_server_that_freezes_while_it_is_asked_what_runs_is_waited_for_no_longer_than_the_stall_timeout() {
    let server = start();
    let holder = server.client();
    support::runtime().block_on(holder.batch_execute("BEGIN; LOCK TABLE t")).unwrap();
    let error = freezes_at(&server, "FROM pg_catalog.pg_stat_activity a", |port| merges(&session(port)));
    // Which waits for the lock, too.
    names(&error, "create the staging table of \"public\".\"t\"");
    assert!(error.chain().contains("asking whether a statement runs"), "{error:?}");
}

#[test]
fn a_server_that_freezes_while_a_writer_registers_is_waited_for_no_longer_than_the_stall_timeout() {
    let server = start();
    let error = freezes_at(&server, "IN SHARE ROW EXCLUSIVE MODE", |port| {
        merges(&session(port).with("sink.fence", "required"))
    });
    names(&error, "register at");
}

#[test]
fn a_server_that_freezes_while_a_committer_registers_is_waited_for_no_longer_than_the_stall_timeout() {
    let server = start();
    let writer = Load::open(&exactly_once(&server, 0, 1), &table()).unwrap();
    writer.offer(&[row()]).unwrap();
    let committable = stage(&writer.session).unwrap();
    let peer =
        Peer::start(server.port, Fault::Freeze, At::text("CREATE TABLE \"pieclouddb_flink\".\"ledger"));
    let spec = with_timeouts(exactly_once(&server, 0, 1)).with("port", &peer.port.to_string());
    let committer = Committer::open(&spec);
    support::logs::keep();
    committer.0.start_commit(&manifest(&[committable])).unwrap();
    eventually("the ledger is made", || peer.struck());
    server.freeze();
    let frozen = Instant::now();
    let told = [
        "create the connector's own tables: no answer after",
        "'sink.stall-timeout'",
        "the commit is repeated",
    ];
    eventually("the wait has ended", || support::logs::has(&told));
    let took = frozen.elapsed();
    assert!(took < STALL + SLACK, "only after {took:?}");
    committer.0.close(Duration::from_secs(5));
}
