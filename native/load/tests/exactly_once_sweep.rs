//! Exactly-once's housekeeping: what nobody will publish goes, and nothing else does.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use support::Server;
use support::exactly_once::{Committer, manifest, spec, stage, staged_rows, staging_tables, writer};
use support::points::Points;

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

/// A restored committer brings a manifest of the attempt that failed, before the new writers have taken its place in the
/// fence. The housekeeping counted that attempt among the living, and was not due again for ten minutes.
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

/// `interval '2592000000 milliseconds'`, the default retention, is out of range up to PostgreSQL 14 and on Greenplum: the
/// ledger was never pruned there, and staging tables stayed for ever. The same with the longest times that options can say.
#[test]
fn the_ledger_forgets_at_every_retention_on_every_server() {
    for version in [12, 15, 17] {
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
