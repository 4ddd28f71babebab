//! A label is held by one sink at a time, seen in the server's list of sessions.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use std::time::Duration;

use pieload::Kind;
use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use support::exactly_once::{spec, stage, writer};
use support::{Load, Server, SpecText, eventually};

fn start() -> Server {
    let server = Server::start(15);
    server.run("CREATE TABLE t (id int, score int)");
    server
}

/// An at-least-once writer of the sink with this first digit.
fn labelled(server: &Server, label: &str, sink: u32) -> SpecText {
    named(SpecText::session(server.port).with("lock-timeout", "10000"), label, sink)
}

fn named(session: SpecText, label: &str, sink: u32) -> SpecText {
    session
        .with("sink.label", label)
        .with("sink.id", &format!("{sink}0000000-0000-4000-8000-000000000001"))
        .with("application-name", &format!("{label}-{sink}0000000-0-0"))
}

fn loads(load: &Load) {
    load.offer(&[RowBuilder::new(2).kind(RowKind::Insert).int(0, 1).int(1, 1)]).unwrap();
    load.flush().unwrap();
}

fn is_refused(load: &Load, other: &str) {
    let error = load.failure();
    assert_eq!(error.kind(), Kind::Config, "{error:?}");
    for part in ["'sink.label-prefix' = 'a_b'", "is held by another live job", other] {
        assert!(error.to_string().contains(part), "{part} is not in {error}");
    }
}

fn sessions(server: &Server) -> String {
    server.value("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '%0000000-0%'")
}

#[test]
fn a_label_that_another_sink_holds_is_refused_until_that_has_ended() {
    let server = start();
    let unfenced = labelled(&server, "a_b", 1);
    let fenced = labelled(&server, "a_b", 1).with("sink.fence", "required");
    let exactly_once = named(spec(&server, 0, 1), "a_b", 1);
    for (session, mode) in
        [(&unfenced, "append"), (&unfenced, "merge"), (&fenced, "merge"), (&exactly_once, "append")]
    {
        let holder = writer(session, mode);
        loads(&holder);
        is_refused(&writer(&labelled(&server, "a_b", 2), "append"), "'a_b-10000000-0-0");
        loads(&holder);
        drop(holder);
        // The new job need not wait by itself: sessions that are about to end have some seconds.
        let next = writer(&labelled(&server, "a_b", 2), mode);
        loads(&next);
        drop(next);
        eventually("no session is left", || sessions(&server) == "0");
    }
    let holder = writer(&labelled(&server, "a_b", 1), "append");
    loads(&holder);
    is_refused(&writer(&named(spec(&server, 0, 1), "a_b", 3), "append"), "'a_b-10000000-0-0'");
    let made = "SELECT count(*) FROM pg_class WHERE relname LIKE '%_30000000000040008%'";
    assert_eq!(server.value(made), "0", "it made a fence before it looked");
}

#[test]
fn the_same_sink_takes_over_at_once() {
    let server = start();
    let first = writer(&named(spec(&server, 0, 1), "a_b", 1), "merge");
    loads(&first);
    let second = writer(&named(spec(&server, 0, 1), "a_b", 1), "merge");
    stage(&second.session).unwrap();
    eventually("the first one's session was ended", || sessions(&server) == "1");
    let sibling = writer(&labelled(&server, "a_b", 1).with("writer.subtask", "1"), "append");
    loads(&sibling);
}

/// `_` stands for itself, a longer label is another one, and another database does not matter.
#[test]
fn only_the_very_same_label_in_the_same_database_is_held() {
    let server = start();
    server.run("CREATE DATABASE other");
    let others = ["axb", "a_b-c", "a_b-deadbeef", "A_B"];
    let holders: Vec<_> = others.iter().map(|label| writer(&labelled(&server, label, 1), "append")).collect();
    holders.iter().for_each(loads);
    let elsewhere = server.client();
    let name = "SET application_name TO 'a_b-mine'";
    support::runtime().block_on(elsewhere.batch_execute(name)).unwrap();
    let mut config = tokio_postgres::Config::new();
    config.host("127.0.0.1").port(server.port).user("postgres").dbname("other");
    config.application_name("a_b-10000000-0-0");
    let connected = support::runtime().block_on(config.connect(tokio_postgres::NoTls)).unwrap();
    support::runtime().spawn(connected.1);
    let labelled = writer(&labelled(&server, "a_b", 2), "append");
    loads(&labelled);
}

/// PostgreSQL shows the names of all sessions to everybody, and only their statements to some.
#[test]
fn another_users_session_is_found_without_privileges() {
    let server = start();
    server.run("CREATE ROLE loader LOGIN; GRANT SELECT, INSERT ON t TO loader");
    let holder = writer(&labelled(&server, "a_b", 1), "append");
    loads(&holder);
    is_refused(&writer(&labelled(&server, "a_b", 2).with("username", "loader"), "append"), "'a_b-1");
}

#[test]
fn a_job_that_has_just_been_ended_is_waited_for() {
    let server = start();
    let holder = writer(&labelled(&server, "a_b", 1), "append");
    loads(&holder);
    let next = writer(&labelled(&server, "a_b", 2), "append");
    eventually("the new session looks", || {
        server.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'a_b-20000000-0-0' AND query LIKE '%pg_stat_activity%'") == "1"
    });
    assert!(!next.session.await_flush(Duration::from_millis(300)).unwrap());
    drop(holder);
    loads(&next);
}
