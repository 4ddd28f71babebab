//! What a committer warns of, and that being slow is no failure.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use pieload::Kind;
use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use support::exactly_once::{Committer, manifest, spec, stage, writer};
use support::points::Points;
use support::{Load, Server, logs};

const OLDER: &str = "older savepoint";
const SLOW: &str = "over half of the checkpoint timeout";

/// Committers of one process log to one place, so the tests take turns.
fn start() -> (Points, Server) {
    let (points, server) = (Points::take(), Server::start(15));
    logs::keep();
    server.run("CREATE TABLE t (id int, score int)");
    (points, server)
}

/// The manifest of a checkpoint with so many rows.
fn checkpoint(writer: &Load, rows: i32) -> Vec<u8> {
    let row = |id| RowBuilder::new(2).kind(RowKind::Insert).int(0, id).int(1, rows);
    writer.offer(&(0..rows).map(row).collect::<Vec<_>>()).unwrap();
    manifest(&[stage(&writer.session).unwrap()])
}

fn commit(committer: &Committer, manifests: &[Vec<u8>]) {
    manifests.iter().for_each(|manifest| committer.commit(manifest).unwrap());
}

#[test]
fn an_older_savepoint_is_told_once_with_what_was_committed_after_it() {
    let (_points, server) = start();
    // Each savepoint was taken when two manifests were on their way, one of them empty.
    for (mode, recovered, expected) in [
        ("append", 1..3, "2 manifests with 7 rows"),
        ("merge", 1..3, "2 manifests with 7 rows"),
        ("merge", 2..4, "1 manifest with 5 rows"),
    ] {
        let first = writer(&spec(&server, 0, 1), mode);
        let manifests: Vec<_> = [1, 1, 0, 2, 0, 5].map(|rows| checkpoint(&first, rows)).into();
        commit(&Committer::open(&spec(&server, 0, 1)), &manifests);
        assert_eq!(logs::take(OLDER), Vec::<String>::new(), "{mode}");
        let restored = writer(&spec(&server, 0, 1), mode);
        let committer = Committer::open(&spec(&server, 0, 1));
        commit(&committer, &manifests[recovered]);
        commit(&committer, &[checkpoint(&restored, 2), checkpoint(&restored, 5)]);
        let told = logs::take(OLDER);
        assert!(told.len() == 1 && told[0].contains(expected), "{mode}: {told:?}");
        server.run("DROP SCHEMA pieclouddb_flink CASCADE; TRUNCATE t");
    }
}

#[test]
fn a_failure_is_no_older_savepoint_however_many_manifests_come_again() {
    let (points, server) = start();
    let first = writer(&spec(&server, 0, 1), "append");
    let manifests: Vec<_> = [3, 2, 4].map(|rows| checkpoint(&first, rows)).into();
    let committer = Committer::open(&spec(&server, 0, 1));
    points.arm("commit.after-commit", "disconnect");
    commit(&committer, &manifests);
    assert!(points.was_hit("commit.after-commit"), "no manifest came again to the first committer");
    let restored = writer(&spec(&server, 0, 1), "append");
    let committer = Committer::open(&spec(&server, 0, 1));
    commit(&committer, &manifests);
    commit(&committer, &[checkpoint(&restored, 1)]);
    assert_eq!(server.value("SELECT count(*) FROM t"), "10");
    assert_eq!(logs::take(OLDER), Vec::<String>::new());
}

/// An INSERT takes two seconds; where it is said so, the first one fails after them.
fn make_slow(server: &Server, fails: bool) {
    let raise = "IF nextval('tries') = 1 THEN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END IF;";
    server.run(&format!(
        "CREATE SEQUENCE tries;
         CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN PERFORM pg_sleep(2); {} RETURN NULL; END $$;
         CREATE TRIGGER slow BEFORE INSERT ON t FOR EACH STATEMENT EXECUTE PROCEDURE slow()",
        if fails { raise } else { "" }
    ));
}

#[test]
fn a_commit_that_is_longer_than_every_timeout_succeeds_and_is_told() {
    for fails in [false, true] {
        let (_points, server) = start();
        let writer = writer(&spec(&server, 0, 1), "append");
        let patient = spec(&server, 0, 1);
        commit(&Committer::open(&patient), &[checkpoint(&writer, 1)]);
        assert_eq!(logs::take(SLOW), Vec::<String>::new());
        let committer = Committer::open(
            &patient
                .with("commit-timeout", "1500")
                .with("lock-timeout", "1500")
                .with("sink.stall-timeout", "1500"),
        );
        make_slow(&server, fails);
        commit(&committer, &[checkpoint(&writer, 2)]);
        let told = logs::take(SLOW);
        assert!(told.len() == 1 && told[0].contains("the commit of 2 rows"), "{told:?}");
        assert_eq!(server.value("SELECT count(*) FROM t"), "3");
    }
}

#[test]
fn a_commit_that_fails_for_longer_than_its_timeout_fails() {
    let (_points, server) = start();
    let writer = writer(&spec(&server, 0, 1), "append");
    make_slow(&server, true);
    let committer = Committer::open(&spec(&server, 0, 1).with("commit-timeout", "0"));
    let manifest = checkpoint(&writer, 1);
    assert_eq!(committer.commit(&manifest).unwrap_err().kind(), Kind::Contention);
    assert_eq!(server.value("SELECT count(*) FROM t"), "0");
}
