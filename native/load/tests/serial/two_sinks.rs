//! Sinks that merge into one target at the same moment: each key is there once, with the last row of one of them, and
//! no sink fails for it. Where a unique index covers the key it refuses the second row; elsewhere merges follow each
//! other.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use std::time::Duration;

use pieload::error::Kind;
use support::points::Points;
use support::sinks::{AtLeastOnce, ExactlyOnce, Guarantee, PAIRS, Sink};
use support::{Server, eventually, logs, runtime};

/// Where a merge stands before its COMMIT.
fn before_commit(guarantee: Guarantee) -> &'static str {
    match guarantee {
        AtLeastOnce => "flush.in-transaction",
        ExactlyOnce => "commit.in-transaction",
    }
}

/// How the second one is kept from doubling the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// It waits until the first one is done.
    Lock,
    /// A unique index lets it wait, and then refuses its row.
    Index,
    /// A deferred constraint refuses its COMMIT.
    Commit,
}

/// The first one has merged and not committed when the second one begins; both end, and the second one's row is there.
fn second_waits(points: &Points, server: &Server, first: (&Sink, Guarantee), second: &Sink, by: By) {
    let point = before_commit(first.1);
    first.0.put(1, 1);
    second.put(1, 2);
    points.arm(point, "stall");
    points.arm("merge.waits", "stall");
    first.0.begin();
    eventually("the first one has inserted", || points.was_hit(point));
    second.begin();
    let (what, waits) = match by {
        By::Lock => ("", ""),
        By::Index => ("0", "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"),
        By::Commit => ("1", "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"),
    };
    eventually("the second one waits", || match by {
        By::Lock => points.was_hit("merge.waits"),
        By::Index | By::Commit => server.value(waits).as_str() > what,
    });
    if by == By::Commit {
        // It stands where the first one does, or comes there.
        eventually("both have inserted", || server.value(waits) == "2");
    }
    assert_eq!(points.was_hit("merge.waits"), by == By::Lock, "{by:?}");
    points.disarm(point);
    points.disarm("merge.waits");
    first.0.done().unwrap();
    second.done().unwrap();
    for point in [point, "merge.waits"] {
        if points.was_hit(point) {
            points.forget(point);
        }
    }
}

/// What the target is, and what keeps a key single there.
const TARGETS: [(&str, &str, By); 3] = [
    ("none", "CREATE TABLE t (id int NOT NULL, score int)", By::Lock),
    ("key", "CREATE TABLE t (id int PRIMARY KEY, score int)", By::Index),
    ("deferred", "CREATE TABLE t (id int UNIQUE DEFERRABLE INITIALLY DEFERRED, score int)", By::Commit),
];

#[test]
fn a_key_that_two_sinks_store_at_once_is_there_once() {
    let points = Points::take();
    let server = Server::start(15);
    let mut number = 0;
    for (name, create, by) in TARGETS {
        for (first, second) in PAIRS {
            for known in [false, true] {
                // A deferred check and a point of its own do not go together.
                if by == By::Commit && first != second {
                    continue;
                }
                server.run(&format!("DROP TABLE IF EXISTS t; {create}"));
                if known {
                    server.run("INSERT INTO t VALUES (1, 0)");
                }
                number += 2;
                let one = Sink::open(&server, number, first, "t");
                let two = Sink::open(&server, number + 1, second, "t");
                // Of a row that was there the second one waits for the first one's DELETE.
                let by = if by == By::Commit && known { By::Index } else { by };
                second_waits(&points, &server, (&one, first), &two, by);
                assert_eq!(server.rows("SELECT * FROM t"), ["1|2"], "{name} {first:?} {second:?} {known}");
            }
        }
    }
}

/// Only an index that refuses what the columns call equal makes a lock needless.
#[test]
fn an_index_that_may_let_a_key_pass_twice_does_not_count() {
    let points = Points::take();
    let server = Server::start(15);
    for (number, (definition, by)) in [
        ("CREATE UNIQUE INDEX ON t (id)", By::Index),
        ("CREATE UNIQUE INDEX ON t (id) INCLUDE (score)", By::Index),
        ("CREATE INDEX ON t (id)", By::Lock),
        ("CREATE UNIQUE INDEX ON t (id) WHERE score > 100", By::Lock),
        ("CREATE UNIQUE INDEX ON t ((id + 0), id)", By::Lock),
        ("CREATE UNIQUE INDEX ON t (id, score)", By::Lock),
        ("CREATE UNIQUE INDEX unready ON t (id); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'unready'::regclass", By::Lock),
        ("ALTER TABLE t ADD EXCLUDE USING btree (id WITH =)", By::Lock),
    ]
    .into_iter()
    .enumerate()
    {
        if definition.contains("INCLUDE") && server.version() < 110_000 {
            continue;
        }
        server.run(&format!("DROP TABLE IF EXISTS t; CREATE TABLE t (id int NOT NULL, score int); {definition}"));
        let number = u32::try_from(number).unwrap() * 2 + 1;
        let one = Sink::open(&server, number, AtLeastOnce, "t");
        let two = Sink::open(&server, number + 1, ExactlyOnce, "t");
        second_waits(&points, &server, (&one, AtLeastOnce), &two, by);
        assert_eq!(server.rows("SELECT * FROM t"), ["1|2"], "{definition}");
    }
}

/// Both were planned with the index.
#[test]
fn an_index_that_is_dropped_meanwhile_is_missed_before_anything_is_committed() {
    let points = Points::take();
    let server = Server::start(15);
    for (number, guarantee) in [(1, AtLeastOnce), (3, ExactlyOnce)] {
        server.run("DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, score int)");
        let sinks = [number, number + 1].map(|number| Sink::open(&server, number, guarantee, "t"));
        for sink in &sinks {
            sink.put(7, 7);
            sink.store();
        }
        server.run("ALTER TABLE t DROP CONSTRAINT t_pkey");
        let point = if guarantee == AtLeastOnce { "flush.in-transaction" } else { "commit.merged" };
        points.arm(point, "stall");
        for (sink, score) in sinks.iter().zip([1, 2]) {
            sink.put(1, score);
            sink.begin();
        }
        eventually("both have inserted", || points.was_hit(point) && server.waiting_writers("t") == 2);
        points.disarm(point);
        points.forget(point);
        sinks.iter().for_each(|sink| sink.done().unwrap());
        let found = server.rows("SELECT * FROM t WHERE id = 1");
        assert!(found == ["1|1"] || found == ["1|2"], "{guarantee:?}: {found:?}");
        assert_eq!(server.rows("SELECT * FROM t WHERE id = 7"), ["7|7"]);
        // From now on they follow each other.
        second_waits(&points, &server, (&sinks[0], guarantee), &sinks[1], By::Lock);
        assert_eq!(server.rows("SELECT * FROM t WHERE id = 1"), ["1|2"]);
    }
}

#[test]
fn a_table_put_in_place_by_rename_is_the_one_that_is_locked() {
    let points = Points::take();
    let server = Server::start(15);
    for (number, guarantee) in [(1, AtLeastOnce), (3, ExactlyOnce)] {
        server.run("DROP TABLE IF EXISTS t, t_old; CREATE TABLE t (id int NOT NULL, score int)");
        let sinks = [number, number + 1].map(|number| Sink::open(&server, number, guarantee, "t"));
        for sink in &sinks {
            sink.put(7, 7);
            sink.store();
        }
        server.run(
            "CREATE TABLE t_new (LIKE t); BEGIN; ALTER TABLE t RENAME TO t_old; ALTER TABLE t_new RENAME TO t; COMMIT",
        );
        second_waits(&points, &server, (&sinks[0], guarantee), &sinks[1], By::Lock);
        assert_eq!(server.rows("SELECT * FROM t"), ["1|2"], "{guarantee:?}");
        assert_eq!(server.rows("SELECT * FROM t_old"), ["7|7"], "{guarantee:?}");
    }
}

#[test]
fn a_table_and_its_partition_are_one_target() {
    let points = Points::take();
    let server = Server::start(15);
    // Before that a partition is an inheritance child.
    if server.version() < 100_000 {
        return;
    }
    for (number, (first, second)) in (1..).step_by(2).zip(PAIRS) {
        for (one, two) in [("t", "t_leaf"), ("t_leaf", "t")] {
            server.run(
                "DROP TABLE IF EXISTS t; CREATE TABLE t (id int NOT NULL, score int) PARTITION BY RANGE (id); \
                 CREATE TABLE t_half PARTITION OF t FOR VALUES FROM (0) TO (100) PARTITION BY RANGE (id); \
                 CREATE TABLE t_leaf PARTITION OF t_half FOR VALUES FROM (0) TO (50)",
            );
            let one = Sink::open(&server, number, first, one);
            let two = Sink::open(&server, number + 1, second, two);
            second_waits(&points, &server, (&one, first), &two, By::Lock);
            assert_eq!(server.rows("SELECT * FROM t"), ["1|2"]);
        }
    }
}

#[test]
fn a_server_without_advisory_locks_locks_the_table() {
    let points = Points::take();
    let server = Server::start(15);
    server.run("ALTER FUNCTION pg_catalog.pg_try_advisory_xact_lock(bigint) RENAME TO not_known");
    for (number, (first, second)) in (1..).step_by(2).zip(PAIRS) {
        server.run("DROP TABLE IF EXISTS t; CREATE TABLE t (id int NOT NULL, score int)");
        let one = Sink::open(&server, number, first, "t");
        let two = Sink::open(&server, number + 1, second, "t");
        // Each finds out by itself.
        for sink in [&one, &two] {
            sink.put(7, 7);
            sink.store();
        }
        second_waits(&points, &server, (&one, first), &two, By::Lock);
        assert_eq!(server.rows("SELECT * FROM t WHERE id = 1"), ["1|2"]);
    }
}

#[test]
fn a_role_that_may_not_lock_is_told_which_right_it_lacks() {
    let _points = Points::take();
    let server = Server::start(15);
    server.run(
        "CREATE TABLE t (id int NOT NULL, score int); CREATE ROLE loader LOGIN; GRANT SELECT, INSERT, DELETE ON t TO loader; \
         GRANT CREATE ON DATABASE postgres TO loader; CREATE TABLE u (id int PRIMARY KEY, score int); \
         GRANT SELECT, INSERT, DELETE ON u TO loader; \
         REVOKE EXECUTE ON FUNCTION pg_try_advisory_xact_lock(bigint) FROM PUBLIC",
    );
    for (number, guarantee) in [(1, AtLeastOnce), (2, ExactlyOnce)] {
        let options = [("username", "loader"), ("sink.recovery.grace-period", "0")];
        let sink = Sink::open_with(&server, number, guarantee, "t", &options);
        sink.put(1, 1);
        sink.begin();
        let error = sink.done().unwrap_err();
        assert_eq!(error.kind(), Kind::Target, "{error}");
        assert!(error.to_string().contains("function pg_try_advisory_xact_lock"), "{error}");
        assert_eq!(server.value("SELECT count(*) FROM t"), "0");
        // Nobody needs it where a unique index is.
        let keyed = Sink::open_with(&server, number + 2, guarantee, "u", &options);
        keyed.put(1, 1);
        keyed.store();
    }
    assert_eq!(server.rows("SELECT * FROM u"), ["1|1"]);
}

/// The number of the target's lock.
fn lock_of(server: &Server, table: &str) -> String {
    server.value(&format!("SELECT (x'70636462'::bigint << 32) + '{table}'::regclass::oid::bigint"))
}

#[test]
fn a_wait_is_as_long_as_the_other_one_works_and_ends_with_the_session() {
    logs::keep();
    let points = Points::take();
    let server = Server::start(15);
    server.run("CREATE TABLE t (id int NOT NULL, score int)");
    let lock = lock_of(&server, "t");
    for (number, guarantee) in [(1, AtLeastOnce), (5, ExactlyOnce)] {
        let options = [("lock-timeout", "300")];
        let holder = server.client();
        let working = Sink::open_with(&server, number, guarantee, "t", &options);
        working.put(1, 1);
        let works = format!("BEGIN; SELECT pg_advisory_xact_lock({lock}); SELECT pg_sleep(3); COMMIT");
        let worked = runtime().spawn({
            let holder = server.client();
            async move { holder.batch_execute(&works).await.unwrap() }
        });
        eventually("it is locked", || {
            server.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == "1"
        });
        working.store();
        runtime().block_on(worked).unwrap();
        assert!(!logs::take("wait for another merge").is_empty(), "it was not told");
        // One that does nothing is waited for no longer than for any lock, and is named.
        runtime()
            .block_on(holder.batch_execute(&format!("BEGIN; SELECT pg_advisory_xact_lock({lock})")))
            .unwrap();
        let options = [("lock-timeout", "300"), ("commit-timeout", "2000")];
        let options = if guarantee == AtLeastOnce { &options[..1] } else { &options };
        let waiting = Sink::open_with(&server, number + 1, guarantee, "t", options);
        waiting.put(2, 2);
        waiting.begin();
        let error = waiting.done().unwrap_err();
        assert_eq!(error.kind(), Kind::Contention, "{error}");
        for part in ["\"public\".\"t\"", "wait for another merge", "idle in transaction"] {
            assert!(error.to_string().contains(part), "{part:?} is not in: {error}");
        }
        // Closing does not wait.
        let closed = Sink::open_with(&server, number + 2, guarantee, "t", &[]);
        closed.put(3, 3);
        points.arm("merge.waits", "stall");
        closed.begin();
        eventually("it waits", || points.was_hit("merge.waits"));
        points.disarm("merge.waits");
        points.forget("merge.waits");
        let began = std::time::Instant::now();
        drop(closed);
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        runtime().block_on(holder.batch_execute("ROLLBACK")).unwrap();
        assert_eq!(server.rows("SELECT * FROM t"), ["1|1"], "{guarantee:?}");
        server.run("TRUNCATE t");
    }
}
