//! Sinks that change the same keys of one table at random and at once: each key ends as one of them left it, and none
//! fails.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use support::Server;
use support::sinks::{AtLeastOnce, ExactlyOnce, Guarantee, Sink};

const TARGETS: [&str; 3] = [
    "CREATE TABLE t (id int NOT NULL, score int)",
    "CREATE TABLE t (id int PRIMARY KEY, score int)",
    "CREATE TABLE t (id int UNIQUE DEFERRABLE INITIALLY DEFERRED, score int)",
];

/// A generator without a seed of its own: the same rows each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

const KEYS: u64 = 20;

/// What each sink did last with each key: a score, or nothing where it removed it.
type Last = Vec<Option<Option<i32>>>;

fn changes(sink: &Sink, number: u64, rounds: i32) -> Last {
    let mut random = Random(number);
    let mut last: Last = vec![None; usize::try_from(KEYS).unwrap()];
    for round in 0..rounds {
        for _ in 0..=random.below(2 * KEYS) {
            let key = random.below(KEYS);
            let (id, index) = (i32::try_from(key).unwrap(), usize::try_from(key).unwrap());
            if random.below(4) == 0 {
                sink.remove(id);
                last[index] = Some(None);
            } else {
                let score = round * 100 + i32::try_from(number).unwrap();
                sink.put(id, score);
                last[index] = Some(Some(score));
            }
        }
        sink.store();
    }
    last
}

/// Any number of sinks change the same keys at once, each second one as `strategy` says; none fails.
fn random(create: &str, guarantees: &[Guarantee], strategy: &str, rounds: i32) {
    let server = Server::start(15);
    server.run(create);
    let sinks: Vec<_> = guarantees
        .iter()
        .zip(1..)
        .map(|(guarantee, number)| {
            let option = [("sink.merge.strategy", strategy)];
            let options = if number % 2 == 0 && strategy != "replace" { &option[..] } else { &[] };
            Sink::open_with(&server, number, *guarantee, "t", options)
        })
        .collect();
    let last: Vec<Last> = std::thread::scope(|scope| {
        let running: Vec<_> = sinks
            .iter()
            .zip(1..)
            .map(|(sink, number)| scope.spawn(move || changes(sink, number, rounds)))
            .collect();
        running.into_iter().map(|sink| sink.join().unwrap()).collect()
    });
    for key in 0..usize::try_from(KEYS).unwrap() {
        let found = server.rows(&format!("SELECT score FROM t WHERE id = {key}"));
        let possible: Vec<Vec<String>> = last
            .iter()
            .filter_map(|last| last[key])
            .map(|row| row.iter().map(i32::to_string).collect())
            .collect();
        assert!(possible.contains(&found), "{guarantees:?}: key {key} is {found:?} and not of {possible:?}");
    }
    assert_eq!(server.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), "0");
}

#[test]
fn random_changes_of_equal_keys_end_as_one_of_the_sinks_left_them() {
    for create in TARGETS {
        random(create, &[AtLeastOnce, AtLeastOnce, AtLeastOnce], "replace", 30);
        random(create, &[ExactlyOnce, ExactlyOnce], "replace", 15);
        random(create, &[AtLeastOnce, ExactlyOnce, ExactlyOnce], "replace", 15);
        random(create, &[AtLeastOnce, AtLeastOnce, AtLeastOnce, AtLeastOnce], "update", 30);
        random(create, &[ExactlyOnce, AtLeastOnce, ExactlyOnce, ExactlyOnce], "update", 15);
    }
}
