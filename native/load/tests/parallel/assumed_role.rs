//! A role that assumes another one at login (`ALTER ROLE x SET role = y`), which is no member of it: the server then
//! neither shows nor lets it end its own sessions, unless it is asked as who logged in.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use std::time::{Duration, Instant};

use pieload::Kind;
use pieload::row::image_builder::RowBuilder;
use support::{Load, Server, SpecText, eventually, flush, open, runtime};

fn start() -> Server {
    let server = Server::start(15);
    server.run(
        "CREATE TABLE t (id int PRIMARY KEY, score int); CREATE ROLE person LOGIN; CREATE ROLE job; GRANT job TO person; \
         ALTER ROLE person SET role = job; GRANT SELECT, INSERT, DELETE ON t TO job; GRANT CREATE, TEMP ON DATABASE postgres TO job",
    );
    server
}

fn session(server: &Server) -> SpecText {
    SpecText::session(server.port).with("username", "person").with("lock-timeout", "20000")
}

fn writer(session: &SpecText) -> Load {
    Load::open(session, &SpecText::table("t", "merge", &[("id", "INT NOT NULL"), ("score", "INT")], "0"))
        .unwrap()
}

fn put(load: &Load, id: i32, score: i32) {
    load.offer(&[RowBuilder::new(2).int(0, id).int(1, score)]).unwrap();
}

#[test]
fn a_later_attempt_ends_the_sessions_of_the_earlier_one() {
    let server = start();
    let spec = session(&server).with("sink.fence", "required");
    let earlier = writer(&spec);
    put(&earlier, 1, 1);
    earlier.flush().unwrap();
    assert_eq!(
        server.value("SELECT usename FROM pg_stat_activity WHERE application_name LIKE 'pieload-test%'"),
        "person"
    );
    let pid = server.value("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'pieload-test%'");
    let later = writer(&spec);
    put(&later, 1, 2);
    later.flush().unwrap();
    eventually("the earlier session is ended", || {
        server.value(&format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}")) == "0"
    });
    assert_eq!(server.rows("SELECT * FROM t"), ["1|2"]);
    assert_eq!(
        server.value("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'pieclouddb_flink'"),
        "job"
    );
}

#[test]
fn a_label_is_seen_to_be_held() {
    let server = start();
    let labelled = |sink: u32| {
        session(&server)
            .with("sink.label", "a_b")
            .with("sink.id", &format!("{sink}0000000-0000-4000-8000-000000000001"))
            .with("application-name", &format!("a_b-{sink}0000000-0-0"))
    };
    let holder = writer(&labelled(1));
    put(&holder, 1, 1);
    holder.flush().unwrap();
    let error = writer(&labelled(2)).failure();
    assert_eq!(error.kind(), Kind::Config, "{error:?}");
    assert!(error.to_string().contains("is held by another live job"), "{error}");
}

#[test]
fn a_statement_that_runs_is_waited_for() {
    let server = start();
    let stall = Duration::from_millis(500);
    let load = writer(&session(&server).with("sink.stall-timeout", &stall.as_millis().to_string()));
    put(&load, 1, 1);
    flush(&load.session).unwrap();
    let dba = server.client();
    runtime().block_on(dba.batch_execute("BEGIN; LOCK TABLE t IN SHARE MODE")).unwrap();
    put(&load, 1, 2);
    load.session.start_flush().unwrap();
    // Longer than the server would be given that does not tell what it does.
    let began = Instant::now();
    while began.elapsed() < stall * 10 {
        assert!(!load.session.await_flush(Duration::from_millis(50)).unwrap(), "it did not wait");
    }
    runtime().block_on(dba.batch_execute("COMMIT")).unwrap();
    eventually("the merge ends", || load.session.await_flush(Duration::from_millis(50)).unwrap());
    assert_eq!(server.rows("SELECT * FROM t"), ["1|2"]);
}

#[test]
fn the_limit_that_counts_is_that_of_who_logged_in() {
    let server = start();
    server.run("ALTER ROLE person CONNECTION LIMIT 1; ALTER ROLE job CONNECTION LIMIT 50");
    let session = open(&session(&server).with("connection.pool.max-size", "2"));
    support::open_table(
        &session,
        &SpecText::table("t", "merge", &[("id", "INT NOT NULL"), ("score", "INT")], "0"),
    );
    let mut told = None;
    eventually("it is refused", || {
        told = session.await_flush(Duration::from_millis(50)).err();
        told.is_some()
    });
    let error = told.unwrap();
    assert_eq!(error.kind(), Kind::Config, "{error:?}");
    assert!(error.to_string().contains("CONNECTION LIMIT of the user"), "{error}");
}
