//! Rows of new keys go straight into an empty target: whatever comes, ends or interferes, the table ends as the source
//! left it.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

mod changed;

use std::collections::BTreeMap;
use std::time::Duration;

use pieload::metrics::Metric;
use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use pieload::{Kind, Result};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use support::points::Points;
use support::{Load, Server, SpecText, eventually};

const STAGING: &str = "SELECT count(*) FROM pg_class WHERE relname LIKE 'pieclouddb!_stage!_%' ESCAPE '!'";

fn writer(server: &Server, (subtask, parallelism): (u32, u32)) -> SpecText {
    SpecText::session(server.port)
        .with("sink.fence", "required")
        .with("lock-timeout", "20000")
        .with("writer.subtask", &subtask.to_string())
        .with("sink.parallelism", &parallelism.to_string())
}

fn table() -> SpecText {
    another("t", "merge", "0").with("sink.merge.initial-load", "direct")
}

fn another(name: &str, mode: &str, key: &str) -> SpecText {
    SpecText::table(name, mode, &[("id", "INT NOT NULL"), ("score", "INT")], key)
}

fn open(session: &SpecText) -> Load {
    Load::open(session, &table()).unwrap()
}

fn row(kind: RowKind, id: i32, score: i32) -> RowBuilder {
    RowBuilder::new(2).kind(kind).int(0, id).int(1, score)
}

fn put(id: i32, score: i32) -> RowBuilder {
    row(RowKind::Insert, id, score)
}

fn server() -> Server {
    let server = Server::start(15);
    server.run("CREATE TABLE t (id int PRIMARY KEY, score int)");
    server
}

fn is_open(load: &Load) {
    eventually("the table is open", || load.session.await_flush(Duration::from_millis(50)).unwrap());
}

#[test]
fn new_keys_are_not_staged_and_from_the_first_other_row_all_are() {
    let (_points, server) = (Points::take(), server());
    let load = open(&writer(&server, (0, 1)));
    load.offer(&(0..1000).map(|id| put(id, 1)).collect::<Vec<_>>()).unwrap();
    load.flush().unwrap();
    load.offer(&[put(2000, 1), put(1500, 1)]).unwrap();
    load.flush().unwrap();
    assert_eq!(server.value("SELECT count(*) FROM t"), "1002");
    assert_eq!(server.value(STAGING), "0");
    // The rows before the repeat of one batch still go straight, and those behind it are merged over them.
    load.offer(&[put(3000, 1), put(3001, 1), put(3000, 2), row(RowKind::Delete, 3001, 0), put(3002, 1)])
        .unwrap();
    load.flush().unwrap();
    assert_eq!(server.rows("SELECT * FROM t WHERE id >= 3000 ORDER BY 1"), ["3000|2", "3002|1"]);
    assert_eq!(server.value(STAGING), "1");
    load.offer(&[put(4000, 1)]).unwrap();
    load.flush().unwrap();
    assert_eq!(server.value("SELECT count(*) FROM t"), "1005");
    drop(load);
    // Another attempt finds rows.
    let load = open(&writer(&server, (0, 1)));
    load.offer(&[put(0, 5), put(5000, 5)]).unwrap();
    load.flush().unwrap();
    assert_eq!(server.rows("SELECT id FROM t WHERE score = 5 ORDER BY 1"), ["0", "5000"]);
    assert_eq!(server.value(STAGING), "1");
}

#[test]
fn a_target_that_holds_rows_to_more_than_its_key_is_filled_by_merges() {
    let (_points, server) = (Points::take(), server());
    server.run(
        "CREATE DOMAIN small AS int CHECK (value < 100); CREATE TABLE other (id int PRIMARY KEY);
         CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'",
    );
    for (definition, direct) in [
        ("id int PRIMARY KEY, score int", true),
        ("id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, score int", true),
        ("id int, score int", false),
        ("id int PRIMARY KEY, score int UNIQUE", false),
        ("id int PRIMARY KEY, score int CHECK (score > 0)", false),
        ("id int PRIMARY KEY, score int REFERENCES other", false),
        ("id int PRIMARY KEY, score small", false),
        ("id int PRIMARY KEY, score int, EXCLUDE (score WITH =)", false),
    ] {
        server.run(&format!("DROP TABLE t; CREATE TABLE t ({definition})"));
        let load = open(&writer(&server, (0, 1)));
        load.offer(&[put(1, 1)]).unwrap();
        eventually("the row is on its way", || load.metric(Metric::RowsSent) == 1);
        assert_eq!(server.value(STAGING), if direct { "0" } else { "1" }, "{definition}");
    }
}

#[test]
fn rows_of_an_attempt_whose_place_was_taken_are_never_committed() {
    let (points, server) = (Points::take(), server());
    let hidden = |spec: SpecText| spec.with("connection.properties.application_name", "hidden");
    let old = open(&hidden(writer(&server, (0, 1))));
    old.offer(&[put(1, 1), put(2, 1)]).unwrap();
    eventually("they are on their way", || old.metric(Metric::RowsSent) == 2);
    let new = open(&writer(&server, (0, 1)));
    is_open(&new);
    // Its successor found the table empty. What it sends waits for the old rows, which must go.
    assert_eq!(old.flush().unwrap_err().kind(), Kind::Fenced);
    new.offer(&[put(2, 2), put(3, 2)]).unwrap();
    new.flush().unwrap();
    assert_eq!(server.rows("SELECT * FROM t ORDER BY 1"), ["2|2", "3|2"]);
    drop((old, new));
    // The other order: the registration waits for the COMMIT, and finds its rows.
    server.run("TRUNCATE t");
    let old = open(&hidden(writer(&server, (0, 1))));
    old.offer(&[put(1, 1)]).unwrap();
    points.arm("flush.in-transaction", "stall");
    old.session.start_flush().unwrap();
    eventually("it is about to commit", || points.was_hit("flush.in-transaction"));
    let new = open(&writer(&server, (0, 1)));
    eventually("the registration waits", || {
        server.value("SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'ShareRowExclusiveLock'")
            == "1"
    });
    points.disarm("flush.in-transaction");
    new.offer(&[put(1, 2)]).unwrap();
    new.flush().unwrap();
    assert_eq!(server.rows("SELECT * FROM t"), ["1|2"]);
    assert_eq!(server.value(STAGING), "1");
}

#[test]
fn a_key_that_somebody_else_stored_costs_one_failover() {
    let (_points, server) = (Points::take(), server());
    let load = open(&writer(&server, (0, 1)));
    is_open(&load);
    server.run("INSERT INTO t VALUES (5, 0)");
    let told = load.offer(&(0..10).map(|id| put(id, 1)).collect::<Vec<_>>()).and_then(|()| load.flush());
    let error = told.unwrap_err();
    assert!(!error.kind().is_permanent() && error.sqlstate() == Some("23505"), "{error:?}");
    drop(load);
    assert_eq!(server.rows("SELECT * FROM t"), ["5|0"]);
    let load = open(&writer(&server, (0, 1)));
    load.offer(&(0..10).map(|id| put(id, 1)).collect::<Vec<_>>()).unwrap();
    load.flush().unwrap();
    assert_eq!(server.value("SELECT count(*) || ' ' || sum(score) FROM t"), "10 10");
}

/// What the source brings, in its order.
#[derive(Clone, Debug)]
enum Change {
    /// So many keys from one on, in these steps.
    Run(i32, i32, i32),
    Put(i32),
    /// As it was and as it is.
    Update(i32),
    Remove(i32),
}

/// What happens behind so many of the source's rows.
#[derive(Clone, Debug)]
enum Event {
    Checkpoint,
    /// The job fails at this point, and goes on from its last checkpoint or, a second time, from none.
    Crash(prop::sample::Index, bool, bool),
    /// The same by the loss of its processes.
    Kill(bool, bool),
    /// Somebody else stores the next new key of the source.
    Foreign,
}

const POINTS: [&str; 7] = [
    "open.tables",
    "copy.begin",
    "copy.sending",
    "copy.finish",
    "flush.before-merge",
    "flush.in-transaction",
    "flush.after-commit",
];

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        6 => (0..3000, 1..200, 1..4).prop_map(|(at, count, step)| Change::Run(at, count, step)),
        1 => (0..3000).prop_map(Change::Put),
        1 => (0..40).prop_map(Change::Update),
        1 => (0..40).prop_map(Change::Remove),
    ];
    // Mostly in order at first, as a snapshot is.
    let snapshot = prop::collection::vec((1..300, 1..3), 0..6).prop_map(|runs| {
        let mut at = 0;
        runs.into_iter()
            .map(|(count, step)| {
                at += count * step;
                Change::Run(at - count * step, count, step)
            })
            .collect::<Vec<_>>()
    });
    (snapshot, prop::collection::vec(change, 0..8)).prop_map(|(first, then)| [first, then].concat())
}

fn events() -> impl Strategy<Value = Vec<(prop::sample::Index, Event)>> {
    let event = prop_oneof![
        3 => Just(Event::Checkpoint),
        3 => (any::<prop::sample::Index>(), any::<bool>(), any::<bool>())
            .prop_map(|(point, none, emptied)| Event::Crash(point, none, emptied)),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(none, emptied)| Event::Kill(none, emptied)),
        1 => Just(Event::Foreign),
    ];
    prop::collection::vec((any::<prop::sample::Index>(), event), 0..7)
}

type Row = (RowKind, i32, i32);

fn rows(changes: &[Change]) -> Vec<Row> {
    let (mut rows, mut at) = (Vec::new(), 0);
    for change in changes {
        let mut add = |kind, id| {
            at += 1;
            rows.push((kind, id, at));
        };
        match *change {
            Change::Run(first, count, step) => {
                (0..count).for_each(|n| add(RowKind::Insert, first + n * step));
            }
            Change::Put(id) => add(RowKind::UpdateAfter, id),
            Change::Update(id) => {
                add(RowKind::UpdateBefore, id);
                add(RowKind::UpdateAfter, id);
            }
            Change::Remove(id) => add(RowKind::Delete, id),
        }
    }
    rows
}

/// A job of some writers, each with its keys.
struct Job<'s> {
    server: &'s Server,
    writers: u32,
    running: Vec<Load>,
}

impl Job<'_> {
    fn start(&mut self) {
        self.running =
            (0..self.writers).map(|number| open(&writer(self.server, (number, self.writers)))).collect();
    }

    fn send(&self, rows: &[Row]) -> Result<()> {
        for (number, load) in (0..).zip(&self.running) {
            let own = rows.iter().filter(|(_, id, _)| id % i32::try_from(self.writers).unwrap() == number);
            let own: Vec<_> = own.map(|(kind, id, score)| row(*kind, *id, *score)).collect();
            for batch in own.chunks(70) {
                load.offer(batch)?;
            }
        }
        Ok(())
    }

    fn checkpoint(&self) -> Result<()> {
        self.running.iter().try_for_each(Load::flush)
    }
}

fn random(
    points: &Points,
    server: &Server,
    writers: u32,
    changes: &[Change],
    events: &[(prop::sample::Index, Event)],
) {
    server.run("TRUNCATE t");
    let rows = rows(changes);
    let mut events: Vec<_> = events.iter().map(|(at, event)| (at.index(rows.len() + 1), event)).collect();
    events.sort_by_key(|(at, _)| *at);
    let mut job = Job { server, writers, running: Vec::new() };
    job.start();
    let (mut sent, mut checkpoint, mut may_fail) = (0, 0, 0);
    let restart = |job: &mut Job<'_>, from: usize, emptied: bool| {
        job.running.clear();
        if from == 0 && emptied {
            server.run("TRUNCATE t");
        }
        job.start();
        from
    };
    // Behind the last event there is a checkpoint.
    for (at, event) in events.iter().map(|(at, event)| (*at, Some(*event))).chain([(rows.len(), None)]) {
        loop {
            if let Some(Event::Crash(point, ..)) = event {
                points.arm(POINTS[point.index(POINTS.len())], "error");
            }
            let done = job.send(&rows[sent.min(at)..at]).and_then(|()| match event {
                Some(Event::Foreign | Event::Kill(..)) => Ok(()),
                _ => job.checkpoint(),
            });
            let hit = POINTS.iter().any(|point| points.was_hit(point));
            for point in POINTS {
                if points.is_armed(point) {
                    points.disarm(point);
                }
                if points.was_hit(point) {
                    points.forget(point);
                }
            }
            sent = sent.max(at);
            match (done, event) {
                (Ok(()), Some(Event::Crash(.., none, emptied)) | Some(Event::Kill(none, emptied))) => {
                    sent = restart(&mut job, if *none { 0 } else { checkpoint }, *emptied);
                    checkpoint = if *none { 0 } else { checkpoint };
                    break;
                }
                (Ok(()), Some(Event::Foreign)) => {
                    let known = server.rows("SELECT id FROM t");
                    let next = rows[at..]
                        .iter()
                        .find(|(kind, id, _)| *kind == RowKind::Insert && !known.contains(&id.to_string()));
                    if let Some((_, id, _)) = next {
                        // What is on its way may have it.
                        let stored = format!(
                            "SET lock_timeout TO 20; INSERT INTO t SELECT {id}, -1 WHERE NOT EXISTS (SELECT 1 FROM t WHERE id = {id})"
                        );
                        let client = server.client();
                        may_fail +=
                            u32::from(support::runtime().block_on(client.batch_execute(&stored)).is_ok());
                    }
                    break;
                }
                (Ok(()), Some(Event::Checkpoint) | None) => {
                    checkpoint = at;
                    break;
                }
                (Err(error), event) => {
                    assert!(!error.kind().is_permanent(), "{error:?}");
                    if !hit {
                        assert!(may_fail > 0 && error.sqlstate() == Some("23505"), "{error:?}");
                        may_fail -= 1;
                    }
                    let (none, emptied) = match event {
                        Some(Event::Crash(.., none, emptied)) => (*none, *emptied),
                        _ => (false, false),
                    };
                    checkpoint = if none { 0 } else { checkpoint };
                    sent = restart(&mut job, checkpoint, emptied);
                    if hit {
                        break;
                    }
                }
            }
        }
    }
    let mut model = BTreeMap::new();
    for (kind, id, score) in &rows {
        match kind {
            RowKind::Insert | RowKind::UpdateAfter => _ = model.insert(*id, *score),
            _ => _ = model.remove(id),
        }
    }
    // A row of somebody else under a key that the source removed for good is nobody's mistake.
    let found = server.rows("SELECT id, score FROM t WHERE score > 0 ORDER BY 1");
    let expected: Vec<_> = model.iter().map(|(id, score)| format!("{id}|{score}")).collect();
    assert_eq!(found, expected);
}

#[test]
fn random_changes_crashes_and_other_writers_end_as_the_source_left_them() {
    let (points, server) = (Points::take(), server());
    let cases = if std::env::var("PIE_LONG").is_ok_and(|long| long == "true") { 400 } else { 16 };
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let whole = (1..3_u32, changes(), events());
    runner
        .run(&whole, |(writers, changes, events)| {
            random(&points, &server, writers, &changes, &events);
            Ok(())
        })
        .unwrap();
}
