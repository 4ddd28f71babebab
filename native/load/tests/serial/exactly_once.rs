//! Exactly-once: what is staged is published once, whole, and only by the newest committer, whatever is repeated.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pieload::Kind;
use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use support::exactly_once::{Committer, manifest, spec, stage, staged_rows, staging_tables, writer};
use support::points::Points;
use support::{Load, Server, SpecText, eventually, open_table, put, runtime};

fn row(kind: RowKind, id: i32, score: i32) -> RowBuilder {
    RowBuilder::new(2).kind(kind).int(0, id).int(1, score)
}

fn insert(id: i32, score: i32) -> RowBuilder {
    row(RowKind::Insert, id, score)
}

/// A failpoint that one test armed must not stop another one's committer.
fn start(key: &str) -> (Points, Server) {
    let (points, server) = (Points::take(), Server::start(15));
    server.run(&format!("CREATE TABLE t (id int {key}, score int)"));
    (points, server)
}

const ALL: &str = "SELECT * FROM t ORDER BY id, score";
const LEDGER: &str = "SELECT count(*) FROM pieclouddb_flink.ledger_00000000000040008000000000000001 WHERE entry <> \
                      'committer'";

#[test]
fn rows_are_visible_when_their_manifest_is_committed_and_not_before() {
    let (_points, server) = start("PRIMARY KEY");
    let writers = [0, 1].map(|subtask| writer(&spec(&server, subtask, 2), "merge"));
    let committer = Committer::open(&spec(&server, 0, 2));
    let mut expected = Vec::new();
    for epoch in 0..5 {
        for (id, writer) in (0..).zip(&writers) {
            let last = row(RowKind::UpdateAfter, id, epoch);
            writer.offer(&[insert(id, -1), insert(10 * id + 10, epoch), last]).unwrap();
        }
        let staged: Vec<_> = writers.iter().map(|writer| stage(&writer.session).unwrap()).collect();
        assert_eq!(server.rows(ALL), expected, "staged rows are visible");
        committer.commit(&manifest(&staged)).unwrap();
        expected =
            vec![format!("0|{epoch}"), format!("1|{epoch}"), format!("10|{epoch}"), format!("20|{epoch}")];
        assert_eq!(server.rows(ALL), expected);
        assert_eq!(staged_rows(&server), 0);
    }
    assert_eq!(server.value(LEDGER), "5");
    assert_eq!(staging_tables(&server).len(), 2, "a table that the committer emptied is used again");
}

#[test]
fn append_adds_each_row_once_even_to_a_table_with_a_unique_index() {
    for key in ["", "PRIMARY KEY"] {
        let (_points, server) = start(key);
        let committer = Committer::open(&spec(&server, 0, 1));
        for attempt in 0..2 {
            let writer = writer(&spec(&server, 0, 1), "append");
            writer.offer(&[insert(attempt, 1), insert(10 + attempt, 1)]).unwrap();
            let manifest = manifest(&[stage(&writer.session).unwrap()]);
            for _ in 0..3 {
                committer.commit(&manifest).unwrap();
            }
        }
        assert_eq!(server.rows(ALL), ["0|1", "1|1", "10|1", "11|1"]);
    }
}

#[test]
fn a_manifest_that_comes_again_is_done_also_for_another_committer_and_after_newer_ones() {
    let (_points, server) = start("PRIMARY KEY");
    let writer = writer(&spec(&server, 0, 1), "merge");
    let committer = Committer::open(&spec(&server, 0, 1));
    let manifests: Vec<_> = (0..3)
        .map(|epoch| {
            writer.offer(&[insert(1, epoch)]).unwrap();
            manifest(&[stage(&writer.session).unwrap()])
        })
        .collect();
    assert_eq!(staging_tables(&server).len(), 3, "waiting for an empty table could hang");
    for manifest in &manifests {
        committer.commit(manifest).unwrap();
    }
    let again = Committer::open(&spec(&server, 0, 1));
    for manifest in &manifests {
        again.commit(manifest).unwrap();
    }
    assert_eq!(server.rows(ALL), ["1|2"]);
    assert_eq!(server.value(LEDGER), "3");
}

#[test]
fn two_flushes_of_one_writer_in_one_manifest_are_merged_in_order() {
    let (_points, server) = start("");
    let writer = writer(&spec(&server, 0, 1), "merge");
    writer.offer(&[insert(1, 1), insert(2, 1), insert(3, 1)]).unwrap();
    let first = stage(&writer.session).unwrap();
    writer.offer(&[row(RowKind::Delete, 2, 1), insert(1, 2)]).unwrap();
    let second = stage(&writer.session).unwrap();
    Committer::open(&spec(&server, 0, 1)).commit(&manifest(&[first, second])).unwrap();
    assert_eq!(server.rows(ALL), ["1|2", "3|1"]);
}

#[test]
fn keys_of_two_writers_swap_a_unique_value() {
    let (_points, server) = start("PRIMARY KEY");
    server.run("CREATE UNIQUE INDEX ON t (score); INSERT INTO t VALUES (1, 10), (2, 20)");
    let writers = [0, 1].map(|subtask| writer(&spec(&server, subtask, 2), "merge"));
    for (id, score, writer) in [(1, 20, &writers[0]), (2, 10, &writers[1])] {
        writer.offer(&[row(RowKind::UpdateAfter, id, score)]).unwrap();
    }
    let staged = writers.map(|writer| stage(&writer.session).unwrap());
    Committer::open(&spec(&server, 0, 2)).commit(&manifest(&staged)).unwrap();
    assert_eq!(server.rows(ALL), ["1|20", "2|10"]);
}

#[test]
fn of_two_committers_at_once_one_publishes_and_both_succeed() {
    for mode in ["append", "merge"] {
        let (points, server) = start("");
        let writer = writer(&spec(&server, 0, 1), mode);
        writer.offer(&[insert(1, 1), insert(2, 2)]).unwrap();
        let manifest = manifest(&[stage(&writer.session).unwrap()]);
        let committers = [0, 1].map(|_| Committer::open(&spec(&server, 0, 1)));
        for committer in &committers {
            // Registered, so that only the ledger's lock stands between them.
            committer.commit(&manifest_of_nothing(&server)).unwrap();
        }
        points.arm("commit.in-transaction", "stall");
        committers[1].0.start_commit(&manifest).unwrap();
        eventually("one is in its transaction", || points.was_hit("commit.in-transaction"));
        committers[0].0.start_commit(&manifest).unwrap();
        eventually("the other one waits for the ledger", || {
            server.value("SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'ShareRowExclusiveLock'")
                == "1"
        });
        points.disarm("commit.in-transaction");
        committers.iter().for_each(|committer| committer.done().unwrap());
        assert_eq!(server.rows(ALL), ["1|1", "2|2"], "{mode}");
    }
}

/// Some writer's empty part: an entry in the ledger, and no row.
fn manifest_of_nothing(server: &Server) -> Vec<u8> {
    manifest(&[support::open(&spec(server, 0, 1)).take_committable().unwrap()])
}

/// The same sink in a job that was started a second time, or an attempt that nobody told of its end.
#[test]
fn what_an_attempt_staged_is_published_until_a_later_one_has_published() {
    for publishes_before in [false, true] {
        let (_points, server) = start("PRIMARY KEY");
        let old = Committer::open(&spec(&server, 0, 1));
        let first = writer(&spec(&server, 0, 1), "merge");
        let epoch = |score| {
            first.offer(&[insert(1, score)]).unwrap();
            manifest(&[stage(&first.session).unwrap()])
        };
        if publishes_before {
            old.commit(&epoch(1)).unwrap();
        }
        let (recovered, late) = (epoch(2), epoch(3));
        // Its writer stands in the fence in the place of the first one's, and it has recovered a checkpoint of that
        // one.
        let second = writer(&spec(&server, 0, 1), "merge");
        second.offer(&[insert(2, 4)]).unwrap();
        let own = manifest(&[stage(&second.session).unwrap()]);
        let new = Committer::open(&spec(&server, 0, 1));
        new.commit(&recovered).unwrap();
        new.commit(&own).unwrap();
        let expected = ["1|2", "2|4"];
        assert_eq!(server.rows(ALL), expected);
        // What the other one has published already is no harm.
        old.commit(&recovered).unwrap();
        let error = old.commit(&late).unwrap_err();
        assert_eq!(error.kind(), Kind::Fenced, "{error:?}");
        assert_eq!(server.rows(ALL), expected);
        second.offer(&[insert(3, 5)]).unwrap();
        new.commit(&manifest(&[stage(&second.session).unwrap()])).unwrap();
        assert_eq!(server.rows(ALL), ["1|2", "2|4", "3|5"]);
    }
}

/// It registered as the newest, and the healthy job's next commit failed for good.
#[test]
fn a_committer_that_connects_late_does_not_replace_its_successor() {
    let (_points, server) = start("PRIMARY KEY");
    let late = Committer::open(&spec(&server, 0, 2));
    let writers = [0, 1].map(|subtask| writer(&spec(&server, subtask, 2), "merge"));
    let epoch = |score| {
        writers[0].offer(&[insert(1, score)]).unwrap();
        manifest(&writers.each_ref().map(|writer| stage(&writer.session).unwrap()))
    };
    let (first, second) = (epoch(1), epoch(2));
    let successor = Committer::open(&spec(&server, 0, 2));
    successor.commit(&first).unwrap();
    late.commit(&first).unwrap();
    successor.commit(&second).unwrap();
    // Nor one that had nothing to commit but what its successor recovered as well.
    let third = epoch(3);
    late.commit(&third).unwrap();
    successor.commit(&third).unwrap();
    successor.commit(&epoch(4)).unwrap();
    assert_eq!(server.rows(ALL), ["1|4"]);
}

#[test]
fn a_late_copy_into_a_staging_table_is_neither_published_nor_lost_in_silence() {
    let (points, server) = start("PRIMARY KEY");
    let writer = writer(&spec(&server, 0, 1), "merge");
    writer.offer(&[insert(1, 1)]).unwrap();
    let staged = stage(&writer.session).unwrap();
    let table = staging_tables(&server).remove(0);
    let committer = Committer::open(&spec(&server, 0, 1));
    points.arm("commit.verified", "stall");
    committer.0.start_commit(&manifest(&[staged])).unwrap();
    eventually("the staging is verified", || points.was_hit("commit.verified"));
    let late = server.client();
    let sql = format!("INSERT INTO pieclouddb_flink.{table} VALUES (9, 9, 1, 9)");
    let late = runtime().spawn(async move { late.batch_execute(&sql).await });
    eventually("the late row waits", || {
        server.value("SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'RowExclusiveLock'") == "1"
    });
    points.disarm("commit.verified");
    committer.done().unwrap();
    runtime().block_on(late).unwrap().unwrap();
    assert_eq!(server.rows(ALL), ["1|1"]);
    // The table is not empty, so the writer takes another one; the stray row stays where it is.
    writer.offer(&[insert(2, 2)]).unwrap();
    committer.commit(&manifest(&[stage(&writer.session).unwrap()])).unwrap();
    assert_eq!(server.rows(ALL), ["1|1", "2|2"]);
    assert_eq!(staged_rows(&server), 1);
}

#[test]
fn staging_that_is_gone_or_differs_fails_and_is_left_out_only_if_asked() {
    for (mode, damage, told) in [
        ("merge", "DROP TABLE %", "does not exist"),
        ("merge", "DELETE FROM % WHERE id = 1", "holds 1, 1:1 instead of 2, 0:1"),
        ("merge", "TRUNCATE %", "instead of 2, 0:1"),
        ("merge", "UPDATE % SET pieclouddb_seq = 7 WHERE id = 1", "holds 2, 1:7"),
        ("append", "INSERT INTO % VALUES (3, 3)", "holds 3 instead of 2"),
    ] {
        let (_points, server) = start("");
        server.run("CREATE TABLE other (id int, score int)");
        let writer = writer(&spec(&server, 0, 1), mode);
        writer.offer(&[insert(1, 1), insert(2, 2)]).unwrap();
        let first = stage(&writer.session).unwrap();
        let table = format!("pieclouddb_flink.{}", staging_tables(&server).remove(0));
        let columns = [("id", "INT"), ("score", "INT")];
        let key = if mode == "merge" { "0" } else { "" };
        let other = open_table(&writer.session, &SpecText::table("other", mode, &columns, key));
        let mut batch = Vec::new();
        pieload::row::image_builder::frame(&mut batch, other, &insert(5, 5).finish());
        support::offer(&writer.session, &batch).unwrap();
        let manifest = manifest(&[first, stage(&writer.session).unwrap()]);
        server.run(&damage.replace('%', &table));
        let error = Committer::open(&spec(&server, 0, 1)).commit(&manifest).unwrap_err();
        assert!(error.kind().is_permanent(), "{error:?}");
        for part in [told, "sink.recovery.missing-staging", "\"t\""] {
            assert!(error.to_string().contains(part), "{part} is not in {error}");
        }
        assert_eq!(
            server.value("SELECT count(*) FROM t") + &server.value("SELECT count(*) FROM other"),
            "00"
        );
        let skip = spec(&server, 0, 1).with("sink.recovery.missing-staging", "skip");
        Committer::open(&skip).commit(&manifest).unwrap();
        assert_eq!(server.value("SELECT count(*) FROM t"), "0", "{damage}");
        assert_eq!(server.rows("SELECT * FROM other"), ["5|5"], "{damage}");
        Committer::open(&spec(&server, 0, 1)).commit(&manifest).unwrap();
        assert_eq!(server.value("SELECT count(*) FROM other"), "1", "{damage}");
    }
}

/// Ends the reader also where the test fails; it would be waited for for ever.
struct AtTheEnd<'a>(&'a AtomicBool);

impl Drop for AtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// All tables and writers of a checkpoint at once, or none of them.
#[test]
fn a_reader_that_polls_sees_only_whole_checkpoints() {
    let (_points, server) = start("");
    server.run("DROP TABLE t");
    for table in 0..3 {
        server.run(&format!("CREATE TABLE t{table} (id int PRIMARY KEY, name text)"));
    }
    let writers = [0, 1].map(|subtask| {
        let session = support::open(&spec(&server, subtask, 2).with("connection.pool.max-size", "2"));
        let columns = [("id", "INT"), ("name", "STRING")];
        let tables = [0, 1, 2]
            .map(|t| open_table(&session, &SpecText::table(&format!("t{t}"), "merge", &columns, "0")));
        (session, tables)
    });
    let committer = Committer::open(&spec(&server, 0, 2));
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let client = server.client();
            let mut seen = std::collections::BTreeSet::new();
            while !done.load(Ordering::Acquire) {
                let all = "SELECT coalesce(string_agg(DISTINCT name, ','), '') || '/' || count(*) FROM (SELECT * FROM \
                           t0 UNION ALL SELECT * FROM t1 UNION ALL SELECT * FROM t2) AS x";
                let row = runtime().block_on(client.query_one(all, &[])).unwrap();
                seen.insert(row.get::<_, String>(0));
            }
            seen
        });
        let end = AtTheEnd(&done);
        for epoch in 0..20 {
            let mut staged = Vec::new();
            for (number, (session, tables)) in (0..).zip(&writers) {
                for table in tables {
                    for id in 0..20 {
                        put(session, *table, 2 * id + number, &format!("{epoch:02}"));
                    }
                }
                staged.push(stage(session).unwrap());
                if epoch % 5 == 2 {
                    // A checkpoint that was aborted before the other writer saw it: the next one takes its rows along.
                    put(session, tables[0], number, &format!("{epoch:02}"));
                    staged.push(stage(session).unwrap());
                }
            }
            committer.commit(&manifest(&staged)).unwrap();
        }
        drop(end);
        let seen = reader.join().unwrap();
        assert!(seen.len() > 3, "the reader saw too little: {seen:?}");
        let whole = |state: &String| state == "/0" || (state.len() == 6 && state.ends_with("/120"));
        assert!(seen.iter().all(whole), "{seen:?}");
    });
}

#[test]
fn a_manifest_that_the_ledger_forgot_is_refused_and_not_published_again() {
    let (_points, server) = start("");
    let writer = writer(&spec(&server, 0, 1), "append");
    writer.offer(&[insert(1, 1)]).unwrap();
    let manifest = manifest(&[stage(&writer.session).unwrap()]);
    let committer = Committer::open(&spec(&server, 0, 1));
    committer.commit(&manifest).unwrap();
    server.run(
        "DELETE FROM pieclouddb_flink.ledger_00000000000040008000000000000001 WHERE entry <> 'committer'",
    );
    let error = committer.commit(&manifest).unwrap_err();
    assert!(error.to_string().contains("sink.recovery.missing-staging"), "{error}");
    assert_eq!(server.rows(ALL), ["1|1"]);
}

#[test]
fn a_commit_waits_for_locks_and_tries_again_until_its_deadline() {
    let (_points, server) = start("PRIMARY KEY");
    server.run("INSERT INTO t VALUES (1, 0)");
    let writer = writer(&spec(&server, 0, 1), "merge");
    writer.offer(&[insert(1, 1)]).unwrap();
    let manifest = manifest(&[stage(&writer.session).unwrap()]);
    let holder = server.client();
    runtime().block_on(holder.batch_execute("BEGIN; UPDATE t SET score = 5")).unwrap();
    let short = spec(&server, 0, 1).with("lock-timeout", "100").with("commit-timeout", "500");
    let error = Committer::open(&short).commit(&manifest).unwrap_err();
    assert_eq!(error.kind(), Kind::Contention, "{error:?}");
    assert!(error.to_string().contains("\"t\""), "{error}");
    let patient = Committer::open(&spec(&server, 0, 1).with("lock-timeout", "100"));
    patient.0.start_commit(&manifest).unwrap();
    assert!(!patient.0.await_flush(Duration::from_millis(500)).unwrap());
    runtime().block_on(holder.batch_execute("COMMIT")).unwrap();
    patient.done().unwrap();
    assert_eq!(server.rows(ALL), ["1|1"]);
}

#[test]
fn without_exactly_once_there_is_nothing_to_take_or_to_commit() {
    let (_points, server) = start("PRIMARY KEY");
    let load = Load::open(
        &SpecText::session(server.port),
        &SpecText::table("t", "merge", &[("id", "INT"), ("score", "INT")], "0"),
    )
    .unwrap();
    assert_eq!(load.session.take_committable().unwrap_err().kind(), Kind::Internal);
    assert_eq!(load.session.start_commit(&manifest(&[])).unwrap_err().kind(), Kind::Internal);
    let exactly = support::open(&spec(&server, 0, 1));
    assert_eq!(exactly.start_commit(b"nonsense").unwrap_err().kind(), Kind::Internal);
    let foreign = spec(&server, 0, 1).with("sink.id", "00000000-0000-4000-8000-000000000002");
    let foreign = support::open(&foreign).take_committable().unwrap();
    assert!(exactly.start_commit(&manifest(&[foreign])).unwrap_err().to_string().contains("sink"));
    Committer(exactly).commit(&manifest(&[])).unwrap();
}
