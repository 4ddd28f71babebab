//! A BATCH job commits once: whatever runs again, its rows are there once, and nothing of it stays but an entry.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use pieload::committable::Manifest;
use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use support::exactly_once::{Committer, spec, stage, writer};
use support::points::Points;
use support::{Server, SpecText, eventually};

const MODES: [&str; 2] = ["append", "merge"];
const ALL: &str = "SELECT * FROM t ORDER BY id, score";
const OBJECTS: &str = "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace('pieclouddb_flink') AND relkind = \
                       'r' ORDER BY 1";

fn start() -> (Points, Server) {
    let (points, server) = (Points::take(), Server::start(15));
    server.run("CREATE TABLE t (id int, score int)");
    (points, server)
}

/// The session text of run number `run`.
fn run_spec(server: &Server, run: u32, subtask: u32) -> SpecText {
    spec(server, subtask, 2)
        .with("sink.id", &format!("00000000-0000-4000-8000-{run:012}"))
        .with("application-name", &format!("pieload-00000000-{subtask}-0"))
}

fn committer(server: &Server, run: u32) -> Committer {
    let spec = run_spec(server, run, 0).with("commit.whole-job", "true");
    Committer(support::open(&spec.with("application-name", "pieload-00000000-committer")))
}

/// Both writers run; the manifest is the run's, whatever they draw.
fn write(server: &Server, run: u32, mode: &str) -> Vec<u8> {
    let staged = [0, 1].map(|subtask| {
        let writer = writer(&run_spec(server, run, subtask), mode);
        let id = i32::try_from(run * 2 + subtask).unwrap();
        writer.offer(&[RowBuilder::new(2).kind(RowKind::Insert).int(0, id).int(1, 1)]).unwrap();
        stage(&writer.session).unwrap()
    });
    let mut id = [0; 16];
    id[..4].copy_from_slice(&run.to_be_bytes());
    Manifest::join(id, &staged)
}

#[test]
fn writers_that_run_again_after_the_commit_double_nothing_and_nothing_stays() {
    for mode in MODES {
        let (_points, server) = start();
        let first = committer(&server, 0);
        first.commit(&write(&server, 0, mode)).unwrap();
        assert_eq!(server.rows(ALL), ["0|1", "1|1"], "{mode}");
        assert_eq!(server.rows(OBJECTS), ["batches_postgres"], "{mode}");
        for _ in 0..2 {
            committer(&server, 0).commit(&write(&server, 0, mode)).unwrap();
            assert_eq!(server.rows(ALL), ["0|1", "1|1"], "{mode}");
            assert_eq!(server.rows(OBJECTS), ["batches_postgres"], "{mode}");
        }
        committer(&server, 1).commit(&write(&server, 1, mode)).unwrap();
        assert_eq!(server.rows(ALL), ["0|1", "1|1", "2|1", "3|1"], "{mode}: another run is another manifest");
        assert_eq!(server.value("SELECT count(*) FROM pieclouddb_flink.batches_postgres"), "2");
    }
}

/// The first committer hangs in its transaction while Flink runs everything again.
#[test]
fn of_two_committers_of_one_run_one_publishes_and_both_succeed() {
    for (mode, point) in
        [("append", "commit.in-transaction"), ("merge", "commit.after-commit"), ("append", "commit.sweep")]
    {
        let (points, server) = start();
        let late = committer(&server, 0);
        points.arm(point, "stall");
        late.0.start_commit(&write(&server, 0, mode)).unwrap();
        eventually(point, || points.was_hit(point));
        let again = write(&server, 0, mode);
        let next = committer(&server, 0);
        if point == "commit.in-transaction" {
            next.0.start_commit(&again).unwrap();
            eventually("the next one waits for the ledger", || {
                server.value(
                    "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'ShareRowExclusiveLock'",
                ) == "1"
            });
            points.disarm(point);
            late.done().unwrap();
            next.done().unwrap();
        } else {
            // What the late one removes must not be what the next one needs.
            points.disarm(point);
            late.done().unwrap();
            next.commit(&again).unwrap();
        }
        assert_eq!(server.rows(ALL), ["0|1", "1|1"], "{mode}, {point}");
        assert_eq!(server.rows(OBJECTS), ["batches_postgres"], "{mode}, {point}");
    }
}

/// Its commit timeout was 0, so that a lost connection ended the attempt, and each commit was called slow.
#[test]
fn the_only_commit_is_repeated_and_is_not_measured_by_checkpoints() {
    let (points, server) = start();
    support::logs::keep();
    let _of_other_tests = support::logs::take("");
    for (run, point) in (0..).zip(["commit.in-transaction", "commit.after-commit"]) {
        points.arm(point, "disconnect");
        committer(&server, run).commit(&write(&server, run, "append")).unwrap();
        assert!(points.was_hit(point));
        let repeated = support::logs::take("");
        assert!(repeated.len() == 1 && repeated[0].contains("the commit is repeated"), "{repeated:?}");
    }
    assert_eq!(server.rows(ALL), ["0|1", "1|1", "2|1", "3|1"]);
    assert_eq!(server.rows(OBJECTS), ["batches_postgres"]);
}
