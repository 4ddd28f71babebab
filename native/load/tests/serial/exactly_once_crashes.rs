//! Exactly-once, crashed at each point of the native half: while rows stream, around the staging COMMIT, around and
//! inside the committer's transaction, in the housekeeping. What Flink does after each of them is done by hand: it
//! restores the last completed checkpoint, commits again whatever manifest it does not know to be committed, and
//! replays the rest.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use pieload::Kind;
use pieload::metrics::Metric;
use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use support::exactly_once::{Committer, manifest, spec, stage, staged_rows, writer};
use support::points::Points;
use support::{Load, Server, SpecText, eventually};

/// What befalls the attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Crash {
    /// Every process of the server is killed, and it starts again.
    Server,
    /// The connections are cut.
    Connection,
    /// The client's own code fails.
    Failure,
    /// The client closes everything and is gone.
    Client,
}

const CRASHES: [Crash; 4] = [Crash::Server, Crash::Connection, Crash::Failure, Crash::Client];
const MODES: [&str; 2] = ["append", "merge"];
const ALL: &str = "SELECT * FROM t ORDER BY id, score";

fn insert(id: i32, score: i32) -> RowBuilder {
    RowBuilder::new(2).kind(RowKind::Insert).int(0, id).int(1, score)
}

fn start() -> Server {
    let server = Server::start(15);
    server.run("CREATE TABLE t (id int, score int)");
    server
}

fn cut(server: &Server) {
    server
        .run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'pieload%'");
}

/// The rows of checkpoint `epoch`; a merge replaces one of the earlier ones.
fn rows(mode: &str, epoch: i32) -> Vec<RowBuilder> {
    match mode {
        "merge" => vec![insert(0, epoch), insert(epoch, -1), insert(epoch, epoch)],
        _ => vec![insert(0, epoch), insert(epoch, epoch)],
    }
}

/// What is visible when checkpoints 1 to `epochs` are.
fn visible(mode: &str, epochs: i32) -> Vec<String> {
    let zero = if mode == "merge" { epochs..=epochs } else { 1..=epochs };
    let zero = zero.filter(|epoch| *epoch > 0).map(|epoch| format!("0|{epoch}"));
    zero.chain((1..=epochs).map(|epoch| format!("{epoch}|{epoch}"))).collect()
}

fn stage_epoch(writer: &Load, mode: &str, epoch: i32) -> Vec<u8> {
    writer.offer(&rows(mode, epoch)).unwrap();
    manifest(&[stage(&writer.session).unwrap()])
}

/// A session that never comes back by itself: a crash ends it for good, as a failed task would.
fn once(server: &Server) -> SpecText {
    spec(server, 0, 1).with("commit-timeout", "0")
}

/// The end of every case: the restored job commits what it recovered, and replays the rest.
fn recover(server: &Server, mode: &str, recovered: Option<&[u8]>, replayed: i32, case: &str) {
    let committer = Committer::open(&spec(server, 0, 1));
    let restored = writer(&spec(server, 0, 1), mode);
    if let Some(manifest) = recovered {
        committer.commit(manifest).unwrap_or_else(|error| panic!("{case}: {error:?}"));
    }
    for epoch in replayed..=3 {
        committer.commit(&stage_epoch(&restored, mode, epoch)).unwrap();
        assert_eq!(server.rows(ALL), visible(mode, epoch), "{case}");
    }
    drop((committer, restored));
    eventually("no session and no transaction is left", || {
        server.value("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pieload%'") == "0"
    });
    server.run("TRUNCATE t");
    assert!(staged_rows(server) <= 3, "{case}: more is left behind than one attempt's rows");
    server.run("DROP SCHEMA pieclouddb_flink CASCADE");
}

/// Lets it happen at a point where the client stands still, and lets the client go on afterwards.
fn befall(crash: Crash, server: &mut Server, points: &Points, point: &str) {
    eventually(point, || points.was_hit(point));
    match crash {
        Crash::Server => {
            server.kill();
            server.start_again();
        }
        Crash::Connection => cut(server),
        Crash::Failure | Crash::Client => {}
    }
    if points.is_armed(point) {
        points.disarm(point);
    }
    points.forget(point);
}

fn action(crash: Crash) -> &'static str {
    if crash == Crash::Failure { "error" } else { "stall" }
}

#[test]
fn while_rows_stream_nothing_of_the_attempt_is_published() {
    let (points, mut server) = (Points::take(), start());
    for mode in MODES {
        for crash in CRASHES {
            let case = format!("{mode}, {crash:?}");
            let failed = writer(&once(&server), mode);
            let committer = Committer::open(&once(&server));
            committer.commit(&stage_epoch(&failed, mode, 1)).unwrap();
            points.arm("copy.finish", action(crash));
            failed.offer(&rows(mode, 2)).unwrap();
            eventually("sent", || failed.metric(Metric::RowsSent) >= 2 * rows(mode, 1).len() as u64);
            failed.session.start_flush().unwrap();
            eventually("the COPY is about to end", || points.was_hit("copy.finish"));
            if crash == Crash::Client {
                failed.session.close(std::time::Duration::ZERO);
            }
            befall(crash, &mut server, &points, "copy.finish");
            failed.failure();
            drop((failed, committer));
            assert_eq!(server.rows(ALL), visible(mode, 1), "{case}");
            recover(&server, mode, None, 2, &case);
        }
    }
}

#[test]
fn after_the_staging_was_committed_and_before_the_checkpoint_completed_nothing_is_published() {
    let (points, mut server) = (Points::take(), start());
    for mode in MODES {
        for crash in CRASHES {
            let case = format!("{mode}, {crash:?}");
            let failed = writer(&once(&server), mode);
            Committer::open(&once(&server)).commit(&stage_epoch(&failed, mode, 1)).unwrap();
            points.arm("flush.precommit", action(crash));
            failed.offer(&rows(mode, 2)).unwrap();
            failed.session.start_flush().unwrap();
            befall(crash, &mut server, &points, "flush.precommit");
            // With the checkpoint never completed, whatever was staged is nobody's.
            drop(failed);
            assert_eq!(server.rows(ALL), visible(mode, 1), "{case}");
            assert!(staged_rows(&server) > 0, "{case}: the point is not after the staging COMMIT");
            recover(&server, mode, None, 2, &case);
        }
    }
}

#[test]
fn a_completed_checkpoint_is_published_once_wherever_its_committer_failed() {
    let (points, mut server) = (Points::take(), start());
    for mode in MODES {
        for point in ["commit.before", "commit.verified", "commit.in-transaction", "commit.after-commit"] {
            for crash in CRASHES {
                let case = format!("{mode}, {point}, {crash:?}");
                let failed = writer(&once(&server), mode);
                let committer = Committer::open(&once(&server));
                committer.commit(&stage_epoch(&failed, mode, 1)).unwrap();
                let completed = stage_epoch(&failed, mode, 2);
                points.arm(point, action(crash));
                committer.0.start_commit(&completed).unwrap();
                eventually(point, || points.was_hit(point));
                if crash == Crash::Client {
                    committer.0.close(std::time::Duration::ZERO);
                }
                befall(crash, &mut server, &points, point);
                let told = committer.done();
                // A cut at the last point is seen by nobody: everything had been answered.
                assert!(point == "commit.after-commit" || told.is_err(), "{case}: success was reported");
                drop((committer, failed));
                let epochs = if point == "commit.after-commit" { 2 } else { 1 };
                assert_eq!(server.rows(ALL), visible(mode, epochs), "{case}");
                recover(&server, mode, Some(&completed), 3, &case);
            }
        }
    }
}

#[test]
fn a_commit_that_lost_its_connection_is_found_in_the_ledger_by_the_same_committer() {
    let (points, mut server) = (Points::take(), start());
    for point in ["commit.in-transaction", "commit.after-commit"] {
        for mode in MODES {
            for crash in [Crash::Server, Crash::Connection] {
                let staging = writer(&spec(&server, 0, 1), mode);
                let committer = Committer::open(&spec(&server, 0, 1));
                points.arm(point, "stall");
                committer.0.start_commit(&stage_epoch(&staging, mode, 1)).unwrap();
                befall(crash, &mut server, &points, point);
                committer.done().unwrap();
                assert_eq!(server.rows(ALL), visible(mode, 1), "{point}, {mode}, {crash:?}");
                drop((staging, committer));
                recover(&server, mode, None, 2, &format!("{point}, {mode}, {crash:?}"));
            }
        }
    }
}

#[test]
fn the_answer_to_a_commit_that_is_lost_does_not_double_anything() {
    let (points, server) = (Points::take(), start());
    for mode in MODES {
        let staging = writer(&spec(&server, 0, 1), mode);
        let committer = Committer::open(&spec(&server, 0, 1));
        points.arm("commit.after-commit", "disconnect");
        committer.commit(&stage_epoch(&staging, mode, 1)).unwrap();
        assert!(points.was_hit("commit.after-commit"));
        points.forget("commit.after-commit");
        assert_eq!(server.rows(ALL), visible(mode, 1), "{mode}");
        drop((staging, committer));
        recover(&server, mode, None, 2, mode);
    }
}

#[test]
fn a_failure_of_the_housekeeping_fails_no_commit() {
    let (points, mut server) = (Points::take(), start());
    for crash in [Crash::Server, Crash::Connection, Crash::Failure] {
        let staging = writer(&spec(&server, 0, 1), "append");
        let committer = Committer::open(&spec(&server, 0, 1));
        points.arm("commit.sweep", action(crash));
        committer.0.start_commit(&stage_epoch(&staging, "append", 1)).unwrap();
        befall(crash, &mut server, &points, "commit.sweep");
        committer.done().unwrap();
        assert_eq!(server.rows(ALL), visible("append", 1), "{crash:?}");
        drop((staging, committer));
        recover(&server, "append", None, 2, &format!("{crash:?}"));
    }
}

#[test]
fn a_panic_of_the_committer_is_told_and_publishes_nothing() {
    let (points, server) = (Points::take(), start());
    let staging = writer(&spec(&server, 0, 1), "merge");
    let committer = Committer::open(&spec(&server, 0, 1));
    let completed = stage_epoch(&staging, "merge", 1);
    points.arm("commit.in-transaction", "panic");
    let error = committer.commit(&completed).unwrap_err();
    assert_eq!(error.kind(), Kind::Internal, "{error:?}");
    assert!(error.to_string().contains("panicked"), "{error}");
    assert_eq!(server.rows(ALL), visible("merge", 0));
    drop((staging, committer));
    recover(&server, "merge", Some(&completed), 2, "panic");
}
