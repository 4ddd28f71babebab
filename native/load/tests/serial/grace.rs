//! Faults that pass: what worked once is tried again in place for the grace period, and what never worked ends the job
//! at once.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use std::time::{Duration, Instant};

use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use pieload::{Error, Kind};
use support::exactly_once::{Committer, manifest, spec, stage};
use support::points::Points;
use support::{Load, Server, SpecText, eventually, logs, open_table};

const COLUMNS: [(&str, &str); 2] = [("id", "INT"), ("score", "INT")];
const LONG: &str = "60000";

fn row(id: i32, score: i32) -> RowBuilder {
    RowBuilder::new(2).kind(RowKind::Insert).int(0, id).int(1, score)
}

fn table(name: &str, mode: &str) -> SpecText {
    SpecText::table(name, mode, &COLUMNS, if mode == "merge" { "0" } else { "" })
}

fn start() -> Server {
    logs::keep();
    let server = Server::start(17);
    server.run(
        "CREATE TABLE t (id int PRIMARY KEY, score int); CREATE ROLE loader LOGIN;
         GRANT SELECT, INSERT, DELETE ON t TO loader",
    );
    server
}

fn session(server: &Server, period: &str) -> SpecText {
    SpecText::session(server.port).with("username", "loader").with("sink.recovery.grace-period", period)
}

/// Opens a table, and gives up at the first failure.
fn opens(session: &SpecText, name: &str) -> Result<Load, Error> {
    let load = Load::open(session, &table(name, "merge"))?;
    load.flush()?;
    Ok(load)
}

/// Waits until it is told that something is tried again, and mends it.
fn mend_when_told(server: &Server, told: &str, mended: &str) {
    eventually("one warning", || logs::has(&[told, "it worked before", "'sink.recovery.grace-period'"]));
    server.run(mended);
    assert_eq!(logs::take("it worked before").len(), 1, "one warning names it");
}

#[test]
fn faults_that_pass_are_waited_for_in_place() {
    let (_points, server) = (Points::take(), start());
    // A role that may not log in: of a session that had worked, and lost its connection without rows.
    let load = opens(&session(&server, LONG), "t").unwrap();
    let sessions = "FROM pg_stat_activity WHERE usename = 'loader'";
    server.run(&format!("ALTER ROLE loader NOLOGIN; SELECT pg_terminate_backend(pid) {sessions}"));
    eventually("the session has ended", || server.value(&format!("SELECT count(*) {sessions}")) == "0");
    load.offer(&[row(1, 1)]).unwrap();
    load.session.start_flush().unwrap();
    mend_when_told(&server, "28000", "ALTER ROLE loader LOGIN");
    eventually("flushed", || load.session.await_flush(Duration::from_millis(50)).unwrap());
    // A target that is swapped by RENAME, with rows that are staged.
    load.offer(&[row(1, 2)]).unwrap();
    let swap = server.client();
    server.run("CREATE TABLE new (LIKE t INCLUDING ALL); GRANT ALL ON new TO loader");
    support::runtime().block_on(swap.batch_execute("ALTER TABLE t RENAME TO old")).unwrap();
    load.session.start_flush().unwrap();
    mend_when_told(&server, "merge into \"public\".\"t\"", "ALTER TABLE new RENAME TO t");
    eventually("flushed", || load.session.await_flush(Duration::from_millis(50)).unwrap());
    assert_eq!(server.rows("SELECT * FROM t"), ["1|2"]);
    drop(load);
    // The same after a failover, when the table opens again.
    server.run("ALTER TABLE t RENAME TO away");
    let again = session(&server, LONG).with("worked-before", "true");
    let load = Load::open(&again, &table("t", "merge")).unwrap();
    mend_when_told(&server, "\"public\".\"t\": does not exist", "ALTER TABLE away RENAME TO t");
    load.flush().unwrap();
    // A privilege that is taken and given back.
    server.run("REVOKE DELETE ON t FROM loader");
    load.offer(&[row(1, 3)]).unwrap();
    load.session.start_flush().unwrap();
    mend_when_told(&server, "42501", "GRANT DELETE ON t TO loader");
    eventually("flushed", || load.session.await_flush(Duration::from_millis(50)).unwrap());
    assert_eq!(server.rows("SELECT * FROM t"), ["1|3"]);
}

#[test]
fn a_swapped_target_is_published_into_when_it_is_back() {
    let (_points, server) = (Points::take(), start());
    let spec = spec(&server, 0, 1).with("sink.recovery.grace-period", LONG);
    let load = Load::open(&spec, &table("t", "merge")).unwrap();
    load.offer(&[row(1, 1)]).unwrap();
    let committable = stage(&load.session).unwrap();
    server.run("ALTER TABLE t RENAME TO away");
    let committer = Committer::open(&spec);
    committer.0.start_commit(&manifest(&[committable])).unwrap();
    mend_when_told(&server, "publish into \"public\".\"t\"", "ALTER TABLE away RENAME TO t");
    committer.done().unwrap();
    assert_eq!(server.rows("SELECT * FROM t"), ["1|1"]);
}

#[test]
fn what_worked_once_ends_the_job_when_the_period_is_over_and_what_never_did_at_once() {
    let (_points, server) = (Points::take(), start());
    let began = Instant::now();
    // Never: a table that is missing, also beside one that is there, and a role that may not log in.
    let error = opens(&session(&server, LONG), "missing").err().unwrap();
    assert_eq!(error.kind(), Kind::Target, "{error:?}");
    let load = opens(&session(&server, LONG), "t").unwrap();
    open_table(&load.session, &table("missing", "merge"));
    let error = load.failure();
    assert!(error.kind() == Kind::Target && error.to_string().contains("\"missing\""), "{error:?}");
    server.run("CREATE ROLE nobody NOLOGIN");
    let error = opens(&session(&server, LONG).with("username", "nobody"), "t").err().unwrap();
    assert_eq!(error.kind(), Kind::Auth, "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(30), "it was waited for: {:?}", began.elapsed());
    // Once, in an earlier attempt.
    let short = session(&server, "1500").with("worked-before", "true");
    let began = Instant::now();
    let error = opens(&short.clone().with("username", "nobody"), "t").err().unwrap();
    assert!(began.elapsed() >= Duration::from_millis(1500), "{:?}", began.elapsed());
    assert_eq!(error.kind(), Kind::Auth, "{error:?}");
    let told = error.to_string();
    assert!(told.contains("has failed for") && told.contains("'sink.recovery.grace-period'"), "{told}");
    let error = opens(&short, "missing").err().unwrap();
    assert!(error.kind() == Kind::Target && error.to_string().contains("has failed for"), "{error:?}");
    // Without a period, at once.
    let error = opens(&session(&server, "0").with("worked-before", "true"), "missing").err().unwrap();
    assert!(error.kind() == Kind::Target && !error.to_string().contains("has failed for"), "{error:?}");
}

/// The server is there and only reads: the job fails over until it is promoted, and is told why, not of privileges.
#[test]
fn a_standby_ends_no_job() {
    let _points = Points::take();
    let mut server = Server::start_with(17, &["hot_standby=on", "wal_level=replica"], &[]);
    server.run("CREATE TABLE t (id int PRIMARY KEY, score int); CHECKPOINT");
    // As it was before PostgreSQL 12.
    let recovery = server.version() < 120_000;
    server.kill();
    let data = server.data.path().join("data");
    if recovery {
        let text = format!("standby_mode = 'on'\ntrigger_file = '{}'\n", data.join("promote.now").display());
        std::fs::write(data.join("recovery.conf"), text).unwrap();
    } else {
        std::fs::write(data.join("standby.signal"), "").unwrap();
    }
    server.start_again();
    for session in [
        spec(&server, 0, 1),
        SpecText::session(server.port).with("sink.fence", "required"),
        SpecText::session(server.port).with("sink.fence", "auto"),
    ] {
        let load = Load::open(&session, &table("t", "merge")).unwrap();
        let error = load.failure();
        assert!(!error.kind().is_permanent(), "{error:?}");
        assert!(error.to_string().contains("standby") && !error.to_string().contains("CREATE on"), "{error}");
    }
    if recovery {
        std::fs::write(data.join("promote.now"), "").unwrap();
    } else {
        server.run("SELECT pg_promote()");
    }
    eventually("it is promoted", || server.value("SELECT pg_is_in_recovery()") == "f");
    let load = Load::open(&spec(&server, 0, 1), &table("t", "merge")).unwrap();
    load.offer(&[row(2, 2)]).unwrap();
    stage(&load.session).unwrap();
}
