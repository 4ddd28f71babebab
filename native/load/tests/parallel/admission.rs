//! A target that admits fewer statements, transactions or connections than the sessions open: all ends exact, and at no
//! time does nothing move for long.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use std::time::{Duration, Instant};

use pieload::metrics::Metric;
use pieload::row::image_builder::{RowBuilder, frame};
use pieload::session::Session;
use support::exactly_once::{Committer, manifest, spec as exactly_once};
use support::gate::{Gate, Unit};
use support::{Server, SpecText, eventually, flush, logs, metric_of, offer, open, open_table};

const TABLES: usize = 60;
const ROUNDS: i32 = 2;
const POOL: usize = 4;
const STALL: Duration = Duration::from_secs(10);
const COLUMNS: [(&str, &str); 2] = [("id", "INT NOT NULL"), ("name", "STRING")];

/// One job on a target that admits so much.
struct Job {
    unit: Unit,
    admitted: usize,
    exactly_once: bool,
    mode: &'static str,
    writers: u32,
    pool: usize,
}

impl Job {
    fn spec(&self, server: &Server, port: u16, subtask: u32) -> SpecText {
        let spec = if self.exactly_once {
            exactly_once(server, subtask, self.writers)
        } else {
            SpecText::session(server.port)
                .with("writer.subtask", &subtask.to_string())
                .with("sink.parallelism", &self.writers.to_string())
                .with("sink.fence", "auto")
                .with("lock-timeout", "20000")
        };
        spec.with("port", &port.to_string())
            .with("connection.pool.max-size", &self.pool.to_string())
            .with("sink.stall-timeout", &STALL.as_millis().to_string())
    }

    /// Rows of all tables and writers, checkpoint by checkpoint, through the gate.
    fn run(&self) {
        logs::keep();
        let server = Server::start_with(15, &["max_connections=80"], &[]);
        let key = if self.mode == "merge" { " PRIMARY KEY" } else { "" };
        let text: String =
            (0..TABLES).map(|n| format!("CREATE TABLE t{n} (id int{key}, name text);")).collect();
        server.run(&text);
        let gate = Gate::start(server.port, self.unit, self.admitted);
        let committer = self.exactly_once.then(|| Committer::open(&self.spec(&server, gate.port, 0)));
        let writers: Vec<Session> =
            (0..self.writers).map(|n| open(&self.spec(&server, gate.port, n))).collect();
        let key = if self.mode == "merge" { "0" } else { "" };
        let tables: Vec<Vec<u32>> = writers
            .iter()
            .map(|session| {
                let table =
                    |n| open_table(session, &SpecText::table(&format!("t{n}"), self.mode, &COLUMNS, key));
                (0..TABLES).map(table).collect()
            })
            .collect();
        gate.begin();
        let mut published: Option<Vec<u8>> = None;
        for round in 0..ROUNDS {
            let staged: Vec<Vec<u8>> = std::thread::scope(|scope| {
                // Publishes the last checkpoint while the rows of the next one come.
                let publishing = scope.spawn(|| {
                    if let (Some(committer), Some(manifest)) = (&committer, &published) {
                        committer.commit(manifest).unwrap();
                    }
                });
                let loading: Vec<_> = writers
                    .iter()
                    .zip(&tables)
                    .zip(0..)
                    .map(|((session, tables), writer)| {
                        scope.spawn(move || self.load(session, tables, writer, round))
                    })
                    .collect();
                publishing.join().unwrap();
                loading.into_iter().map(|writer| writer.join().unwrap()).collect()
            });
            published = self.exactly_once.then(|| manifest(&staged));
        }
        if let (Some(committer), Some(manifest)) = (&committer, &published) {
            committer.commit(manifest).unwrap();
        }
        let pause = gate.longest_pause();
        assert!(pause < STALL, "for {pause:?} nothing moved");
        drop((writers, committer));
        let rows = self.writers.cast_signed() * ROUNDS;
        for n in 0..TABLES {
            let found = server.rows(&format!("SELECT id, name FROM t{n} ORDER BY 1, 2"));
            let wanted: Vec<_> = (0..rows).map(|id| format!("{id}|row {id}")).collect();
            assert_eq!(found, wanted, "table {n}");
        }
    }

    /// What one writer does in one checkpoint; what it hands over.
    fn load(&self, session: &Session, tables: &[u32], writer: i32, round: i32) -> Vec<u8> {
        let id = round * self.writers.cast_signed() + writer;
        for some in tables.chunks(7) {
            let mut batch = Vec::new();
            for table in some {
                let row = RowBuilder::new(2).int(0, id).string(1, &format!("row {id}"));
                frame(&mut batch, *table, &row.finish());
            }
            offer(session, &batch).unwrap();
        }
        // Long before the checkpoint: nobody's COPY may wait for it.
        let sent = u64::try_from(round + 1).unwrap();
        eventually("all rows are on the server", || {
            session.await_flush(Duration::ZERO).unwrap();
            tables.iter().all(|table| metric_of(session, *table, Metric::RowsSent) >= sent)
        });
        flush(session).unwrap();
        if self.exactly_once { session.take_committable().unwrap() } else { Vec::new() }
    }
}

fn statements(admitted: usize, exactly_once: bool, writers: u32) -> Job {
    Job { unit: Unit::Statement, admitted, exactly_once, mode: "merge", writers, pool: POOL }
}

fn all(jobs: &[Job]) {
    jobs.iter().for_each(Job::run);
}

/// What a server admits, and one writer or two, with and without a committer.
#[test]
fn a_target_that_admits_one_statement_ends_exact() {
    all(&[statements(1, false, 2), statements(1, true, 2)]);
}

#[test]
#[ignore = "long: part of ./test all"]
fn one_writer_goes_on_with_what_is_admitted() {
    all(&[statements(1, false, 1), statements(2, false, 1), statements(4, false, 1)]);
    all(&[statements(1, true, 1), statements(2, true, 1), statements(4, true, 1)]);
}

#[test]
#[ignore = "long: part of ./test all"]
fn two_writers_go_on_with_what_is_admitted() {
    all(&[statements(2, false, 2), statements(4, false, 2)]);
    all(&[statements(2, true, 2), statements(4, true, 2)]);
}

fn append(unit: Unit, admitted: usize, exactly_once: bool, writers: u32) -> Job {
    Job { mode: "append", unit, ..statements(admitted, exactly_once, writers) }
}

#[test]
fn append_into_a_resource_group_of_one_transaction_ends_exact() {
    all(&[append(Unit::Transaction, 1, false, 2)]);
}

#[test]
#[ignore = "long: part of ./test all"]
fn append_goes_on_with_what_is_admitted() {
    let one = |exactly_once, writers| append(Unit::Statement, 1, exactly_once, writers);
    all(&[one(false, 1), one(false, 2), one(true, 2), append(Unit::Transaction, 1, true, 2)]);
}

#[test]
#[ignore = "long: part of ./test all"]
fn a_resource_group_that_admits_few_transactions_ends_exact() {
    let group =
        |admitted, exactly_once| Job { unit: Unit::Transaction, ..statements(admitted, exactly_once, 2) };
    all(&[group(1, false), group(1, true), group(2, true)]);
}

#[test]
fn a_pooler_with_fewer_connections_than_the_pool_ends_exact() {
    let pooler =
        |admitted, exactly_once| Job { unit: Unit::Connection, ..statements(admitted, exactly_once, 1) };
    all(&[pooler(1, false), pooler(2, true)]);
}

/// A writer with one table and one connection never waits for itself: the other one's statements must get in between.
#[test]
fn two_hot_tables_share_one_statement() {
    let server = Server::start(15);
    server.run("CREATE TABLE t0 (id int, name text); CREATE TABLE t1 (id int, name text)");
    let gate = Gate::start(server.port, Unit::Statement, 1);
    let first = Job { pool: 1, ..append(Unit::Statement, 1, false, 2) };
    let open_one = |n: u32| {
        let session = open(&first.spec(&server, gate.port, n));
        let table = open_table(&session, &SpecText::table(&format!("t{n}"), "append", &COLUMNS, ""));
        (session, table)
    };
    let (busy, table) = open_one(0);
    support::put(&busy, table, 0, "x");
    let done = std::sync::atomic::AtomicBool::new(false);
    let rows = std::thread::scope(|scope| {
        let rows = scope.spawn(|| {
            let mut rows = 1;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                support::put(&busy, table, rows, "x");
                rows += 1;
            }
            rows
        });
        let began = Instant::now();
        let (other, table) = open_one(1);
        support::put(&other, table, 1, "y");
        flush(&other).unwrap();
        let took = began.elapsed();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(took < Duration::from_secs(40), "{took:?} for one row beside a busy table");
        rows.join().unwrap()
    });
    flush(&busy).unwrap();
    assert_eq!(server.value("SELECT count(*) FROM t0"), rows.to_string());
    assert_eq!(server.value("SELECT count(*) FROM t1"), "1");
}

/// The server's own limits, which others use up while the job runs.
#[test]
fn a_writer_that_gets_no_second_connection_goes_on_with_one() {
    logs::keep();
    let server = Server::start(15);
    let text: String =
        (0..TABLES).map(|n| format!("CREATE TABLE t{n} (id int PRIMARY KEY, name text);")).collect();
    server.run(&text);
    server.run(
        "CREATE ROLE few LOGIN CONNECTION LIMIT 4; GRANT ALL ON ALL TABLES IN SCHEMA public TO few; GRANT CREATE ON DATABASE \
         postgres TO few",
    );
    let mut login = tokio_postgres::Config::new();
    login.host("127.0.0.1").port(server.port).user("few").dbname("postgres");
    let others: Vec<_> = (0..3)
        .map(|_| {
            let (client, connection) =
                support::runtime().block_on(login.connect(tokio_postgres::NoTls)).unwrap();
            support::runtime().spawn(connection);
            client
        })
        .collect();
    let job = Job { pool: 4, ..statements(1, false, 1) };
    let session = open(&job.spec(&server, server.port, 0).with("username", "few"));
    let tables: Vec<u32> = (0..TABLES)
        .map(|n| open_table(&session, &SpecText::table(&format!("t{n}"), "merge", &COLUMNS, "0")))
        .collect();
    for round in 0..2 {
        job.load(&session, &tables, 0, round);
    }
    // Logins are refused at once, so the other tests' words are others.
    let told = logs::take("too many connections for role \"few\"");
    let warned: Vec<_> = told.iter().filter(|line| line.contains("gets no further one")).collect();
    assert!(warned.len() == 1 && warned[0].contains("'connection.pool.max-size' = 4"), "{told:?}");
    drop((session, others));
    assert_eq!(server.rows("SELECT * FROM t59 ORDER BY 1"), ["0|row 0", "1|row 1"]);
}
