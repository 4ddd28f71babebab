//! Exactly-once's housekeeping: what nobody will publish goes, and nothing else does.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use crate::support;

use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use support::exactly_once::{Committer, manifest, spec, stage, staged_rows, staging_tables, writer};
use support::points::Points;
use support::{Server, eventually, lines, open};

fn insert(id: i32, score: i32) -> RowBuilder {
    RowBuilder::new(2).kind(RowKind::Insert).int(0, id).int(1, score)
}

/// A failpoint that one test armed must not stop another one's committer.
fn start() -> (Points, Server) {
    start_of(15)
}

fn start_of(version: u32) -> (Points, Server) {
    let (points, server) = (Points::take(), Server::start(version));
    server.run("CREATE TABLE t (id int PRIMARY KEY, score int)");
    (points, server)
}

const ALL: &str = "SELECT * FROM t ORDER BY id, score";
const LEDGER: &str = "SELECT count(*) FROM pieclouddb_flink.ledger_00000000000040008000000000000001 WHERE entry <> \
                      'committer'";

#[test]
fn what_a_failed_attempt_staged_goes_when_it_is_nobodys() {
    let (_points, server) = start();
    let committer = Committer::open(&spec(&server, 0, 1));
    let committed = writer(&spec(&server, 0, 1), "merge");
    committed.offer(&[insert(1, 1)]).unwrap();
    let recovered = manifest(&[stage(&committed.session).unwrap()]);
    drop(committed);
    let lost = writer(&spec(&server, 0, 1), "merge");
    lost.offer(&[insert(2, 2)]).unwrap();
    let _never_committed = stage(&lost.session).unwrap();
    drop(lost);
    // Recovered: its attempt is not the living one, so nothing is removed yet, least of all what it needs.
    let living = writer(&spec(&server, 0, 1), "merge");
    living.offer(&[insert(3, 3)]).unwrap();
    let new = stage(&living.session).unwrap();
    committer.commit(&recovered).unwrap();
    assert_eq!(staging_tables(&server).len(), 3);
    committer.commit(&manifest(&[new])).unwrap();
    assert_eq!(server.rows(ALL), ["1|1", "3|3"]);
    // The first attempt's table was empty, the second's is kept for a savepoint and marked.
    assert_eq!((staging_tables(&server).len(), staged_rows(&server)), (2, 1));
    let marked =
        "SELECT count(*) FROM pg_description WHERE description LIKE 'pieclouddb-flink: nobody''s since %'";
    assert_eq!(server.value(marked), "1");
    // Past the retention; also the ledger's.
    let later = spec(&server, 0, 1).with("sink.staging.retention", "0").with("sink.ledger.retention", "0");
    living.offer(&[insert(4, 4)]).unwrap();
    let last = manifest(&[stage(&living.session).unwrap()]);
    Committer::open(&later).commit(&last).unwrap();
    assert_eq!((staging_tables(&server).len(), staged_rows(&server)), (1, 0));
    assert_eq!(server.value(LEDGER), "0");
    assert_eq!(server.rows(ALL), ["1|1", "3|3", "4|4"]);
}

/// A restored committer brings a manifest of the attempt that failed, before the new writers have taken its place in
/// the fence. The housekeeping counted that attempt among the living, and was not due again for ten minutes.
#[test]
fn what_the_attempt_before_staged_is_nobodys_although_its_manifest_came_again_first() {
    let (_points, server) = start();
    let failed = writer(&spec(&server, 0, 1), "merge");
    failed.offer(&[insert(1, 1)]).unwrap();
    let completed = manifest(&[stage(&failed.session).unwrap()]);
    failed.offer(&[insert(2, 2)]).unwrap();
    let _never_committed = stage(&failed.session).unwrap();
    drop(failed);
    let restored = Committer::open(&spec(&server, 0, 1).with("sink.staging.retention", "0"));
    restored.commit(&completed).unwrap();
    assert_eq!((staging_tables(&server).len(), staged_rows(&server)), (2, 1));
    let living = writer(&spec(&server, 0, 1), "merge");
    living.offer(&[insert(3, 3)]).unwrap();
    restored.commit(&manifest(&[stage(&living.session).unwrap()])).unwrap();
    assert_eq!((staging_tables(&server).len(), staged_rows(&server)), (1, 0));
    assert_eq!(server.rows(ALL), ["1|1", "3|3"]);
}

/// `interval '2592000000 milliseconds'`, the default retention, is out of range up to PostgreSQL 14 and on Greenplum:
/// the ledger was never pruned there, and staging tables stayed for ever. The same with the longest times that options
/// can say.
#[test]
fn the_ledger_forgets_at_every_retention_on_every_server() {
    for &version in lines(&[12, 15, 17]) {
        let (_points, server) = start_of(version);
        support::logs::keep();
        let _of_other_tests = support::logs::take("");
        for retention in ["2592000000", "2147483648", "9223372036854775807"] {
            let long = spec(&server, 0, 1)
                .with("sink.ledger.retention", retention)
                .with("sink.staging.retention", retention)
                .with("lock-timeout", retention)
                .with("commit-timeout", retention);
            let committing = |rows: i32| {
                let writer = writer(&long, "merge");
                writer.offer(&[insert(rows, rows)]).unwrap();
                Committer::open(&long).commit(&manifest(&[stage(&writer.session).unwrap()])).unwrap();
            };
            committing(1);
            server.run(&format!(
                "INSERT INTO pieclouddb_flink.ledger_{} VALUES ('old', '', 1, '-infinity'), ('new', '', 1, now())",
                support::exactly_once::SINK
            ));
            committing(2);
            assert_eq!(support::logs::take(""), Vec::<String>::new(), "{version}, {retention}");
            assert_eq!(staging_tables(&server).len(), 1, "{version}, {retention}");
            assert_eq!(server.value(LEDGER), "3", "{version}, {retention}");
            server.run("DROP SCHEMA pieclouddb_flink CASCADE");
        }
    }
}

/// The one never stood in the fence, so nobody could tell who lives: six attempts left six staging tables and twelve
/// entries.
#[test]
fn a_writer_that_never_gets_a_row_does_not_stop_the_housekeeping() {
    let (_points, server) = start();
    let short = |subtask| {
        spec(&server, subtask, 2).with("sink.ledger.retention", "0").with("sink.staging.retention", "0")
    };
    // The second writer had rows once.
    let first = [0, 1].map(|subtask| writer(&short(subtask), "merge"));
    first[0].offer(&[insert(100, 1)]).unwrap();
    first[1].offer(&[insert(101, 1)]).unwrap();
    Committer::open(&short(0))
        .commit(&manifest(&first.each_ref().map(|w| stage(&w.session).unwrap())))
        .unwrap();
    drop(first);
    for attempt in 0..5 {
        let (busy, idle) = (writer(&short(0), "merge"), open(&short(1)));
        let committer = Committer::open(&short(0));
        let epoch = |score| {
            busy.offer(&[insert(attempt, score)]).unwrap();
            manifest(&[stage(&busy.session).unwrap(), stage(&idle).unwrap()])
        };
        let (one, two) = (epoch(1), epoch(2));
        let _lost = epoch(3);
        committer.commit(&one).unwrap();
        committer.commit(&two).unwrap();
        assert_eq!(staging_tables(&server).len(), 3, "attempt {attempt}: more than this attempt's");
        assert_eq!(staged_rows(&server), 1, "attempt {attempt}");
        assert_eq!(server.value(LEDGER), "1", "attempt {attempt}: what came after the housekeeping");
    }
    // The server ends a session some time after we did.
    let sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pieload%'";
    eventually("its sessions end", || server.value(sessions) == "0");
}

/// A commit looks for two entries, however many there are: it took 2 s at 2.6 million, a month of one-second
/// checkpoints.
#[test]
fn a_commit_finds_its_entries_without_reading_all_and_forgets_in_steps() {
    let (_points, server) = start();
    let ledger = format!("pieclouddb_flink.ledger_{}", support::exactly_once::SINK);
    let writer = writer(&spec(&server, 0, 1), "merge");
    let committer = Committer::open(&spec(&server, 0, 1));
    let epoch = |id| {
        writer.offer(&[insert(id, 1)]).unwrap();
        manifest(&[stage(&writer.session).unwrap()])
    };
    committer.commit(&epoch(1)).unwrap();
    server.run(&format!(
        "INSERT INTO {ledger} SELECT md5(i::text), '', 1, now() - interval '1 day' * (i % 60) FROM generate_series(1, \
         300000) i; ANALYZE {ledger}"
    ));
    let scans = format!("SELECT seq_scan FROM pg_stat_user_tables WHERE relid = '{ledger}'::regclass");
    // The server counts with a delay, and ANALYZE and the indexes' making are counted too.
    let before: u32 = server.value(&scans).parse().unwrap();
    for id in 2..30 {
        committer.commit(&epoch(id)).unwrap();
    }
    let after: u32 = server.value(&scans).parse().unwrap();
    assert!(after - before < 10, "{} of 28 commits read the whole ledger", after - before);
    // The next committer is the first one with its manifest, and tidies up.
    let other = self::writer(&spec(&server, 0, 1), "merge");
    other.offer(&[insert(50, 1)]).unwrap();
    Committer::open(&spec(&server, 0, 1)).commit(&manifest(&[stage(&other.session).unwrap()])).unwrap();
    let old = format!(
        "SELECT count(*) FROM {ledger} WHERE entry <> 'committer' AND at < now() - interval '30 days'"
    );
    assert_eq!(server.value(&old), "0");
    assert!(server.value(LEDGER).parse::<u32>().unwrap() > 150_000);
}

/// Prints the row of docs/operations.md.
#[test]
#[ignore = "long, a month of entries: part of ./test all"]
fn a_commit_costs_the_same_beside_a_month_of_one_second_checkpoints() {
    let (_points, server) = start();
    let ledger = format!("pieclouddb_flink.ledger_{}", support::exactly_once::SINK);
    let writer = writer(&spec(&server, 0, 1), "merge");
    let committer = Committer::open(&spec(&server, 0, 1));
    let mean = |from: i32| {
        let mut took = std::time::Duration::ZERO;
        for id in from..from + 40 {
            writer.offer(&[insert(id, 1)]).unwrap();
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&id.to_be_bytes());
            let manifest = pieload::committable::Manifest::join(bytes, &[stage(&writer.session).unwrap()]);
            let began = std::time::Instant::now();
            committer.commit(&manifest).unwrap();
            took += began.elapsed();
        }
        took / 40
    };
    let first = mean(0);
    let before = mean(40);
    server.run(&format!(
        "INSERT INTO {ledger} SELECT md5(i::text), '', 1, now() - interval '1 second' * i FROM generate_series(1, 2592000) i"
    ));
    let after = mean(80);
    println!("{first:?} a commit at first, {before:?} then, {after:?} beside 2,592,000 entries");
    assert!(after < before * 3, "{after:?} instead of {before:?}");
}
