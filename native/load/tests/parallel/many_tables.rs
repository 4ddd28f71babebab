//! Many tables in one session: exact whatever the pool, the budget and the skew; bounded connections and memory.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use pieload::metrics::Metric;
use pieload::row::RowKind;
use pieload::row::image_builder::{RowBuilder, frame};
use support::{
    Server, SpecText, eventually, flush, metric_of, offer, open, open_table, put, runtime, session,
};

const COLUMNS: [(&str, &str); 2] = [("id", "INT NOT NULL"), ("name", "STRING")];
const OURS: &str = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pieload-test'";

fn merge_table(name: &str) -> SpecText {
    SpecText::table(name, "merge", &COLUMNS, "0")
}

fn row(kind: RowKind, id: i32, name: &str) -> Vec<u8> {
    RowBuilder::new(2).kind(kind).int(0, id).string(1, name).finish()
}

fn create(server: &Server, prefix: &str, count: usize) {
    let text: String =
        (0..count).map(|n| format!("CREATE TABLE {prefix}{n} (id int PRIMARY KEY, name text);")).collect();
    server.run(&text);
}

/// The same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).unwrap()).unwrap()
    }
}

/// Half of all rows go to table 0; every table's content is compared at the end, row by row.
fn random_load(tables: usize, pool: usize, budget: usize, rows: usize, flushes: usize) {
    let server = Server::start_with(15, &["max_connections=40"], &[]);
    create(&server, "t", tables);
    let session = open(&session(&server, pool, budget));
    let ids: Vec<u32> = (0..tables).map(|n| open_table(&session, &merge_table(&format!("t{n}")))).collect();
    let most = AtomicU64::new(0);
    let done = AtomicBool::new(false);
    let mut expected = vec![BTreeMap::new(); tables];
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let watcher = server.client();
            while !done.load(Ordering::Relaxed) {
                let found = runtime().block_on(watcher.query_one(OURS, &[])).unwrap().get::<_, i64>(0);
                most.fetch_max(u64::try_from(found).unwrap(), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        let mut random = Random(0x5eed + u64::try_from(pool).unwrap());
        for _ in 0..flushes {
            let mut batch = Vec::new();
            for number in 0..rows {
                let table = if random.below(2) == 0 { 0 } else { random.below(tables) };
                let id = i32::try_from(random.below(50)).unwrap();
                let text = format!("{number}-{}", "x".repeat(random.below(300)));
                if random.below(4) == 0 {
                    expected[table].remove(&id);
                    frame(&mut batch, ids[table], &row(RowKind::Delete, id, ""));
                } else {
                    frame(&mut batch, ids[table], &row(RowKind::UpdateAfter, id, &text));
                    expected[table].insert(id, text);
                }
                if batch.len() > 60_000 || number + 1 == rows {
                    offer(&session, &batch).unwrap();
                    batch.clear();
                    let memory = metric_of(&session, 0, Metric::SessionMemoryBytes);
                    assert!(memory <= u64::try_from(budget).unwrap(), "{memory} bytes");
                }
            }
            flush(&session).unwrap();
            assert_eq!(metric_of(&session, 0, Metric::PoolInUse), 0);
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(metric_of(&session, 0, Metric::QueuedBytes), 0);
    let most = most.into_inner();
    assert!(most <= u64::try_from(pool).unwrap(), "{most} connections, {pool} allowed");
    assert_eq!(most, u64::try_from(pool.min(tables)).unwrap(), "the whole pool is used");
    drop(session);
    for (number, expected) in expected.iter().enumerate() {
        let wanted: Vec<_> = expected.iter().map(|(id, name)| format!("{id}|{name}")).collect();
        assert_eq!(server.rows(&format!("SELECT * FROM t{number} ORDER BY id")), wanted, "table {number}");
    }
}

#[test]
fn a_hot_table_and_hundreds_of_cold_ones_end_exact() {
    random_load(300, 4, 4 << 20, 20_000, 3);
}

#[test]
fn a_pool_of_one_and_the_smallest_budget_end_exact() {
    random_load(100, 1, 1 << 20, 10_000, 3);
}

#[test]
#[ignore = "long: part of ./test all"]
fn other_pools_and_budgets_end_exact() {
    random_load(1_000, 16, 1 << 20, 100_000, 4);
    random_load(1_000, 1, 256 << 20, 100_000, 4);
    random_load(1_000, 2, 64 << 20, 100_000, 4);
    random_load(3, 8, 1 << 20, 100_000, 4);
}

#[test]
fn a_row_larger_than_the_budget_passes_alone_among_many_tables() {
    let server = Server::start(15);
    create(&server, "t", 20);
    let session = open(&session(&server, 4, 1 << 20));
    let ids: Vec<u32> = (0..20).map(|n| open_table(&session, &merge_table(&format!("t{n}")))).collect();
    let large = "x".repeat(5 << 20);
    for round in 0..2 {
        for id in &ids {
            put(&session, *id, round, "small");
        }
        put(&session, ids[7], 100 + round, &large);
    }
    flush(&session).unwrap();
    assert_eq!(server.value("SELECT sum(length(name)) FROM t7"), (2 * (5 << 20) + 10).to_string());
    assert_eq!(server.value("SELECT count(*) FROM t19"), "2");
}

#[test]
fn append_commits_at_fifty_tables_and_mixes_with_merge_on_one_connection() {
    let server = Server::start(15);
    create(&server, "m", 60);
    let text: String = (0..120).map(|n| format!("CREATE TABLE a{n} (id int, name text);")).collect();
    server.run(&text);
    let session = open(&session(&server, 1, 4 << 20));
    let append: Vec<u32> = (0..120)
        .map(|n| open_table(&session, &SpecText::table(&format!("a{n}"), "append", &COLUMNS, "")))
        .collect();
    let merge: Vec<u32> = (0..60).map(|n| open_table(&session, &merge_table(&format!("m{n}")))).collect();
    for round in 0..2 {
        for number in 0..120 {
            put(&session, append[number], round, "a");
            put(&session, merge[number / 2], round, "m");
        }
        let counts = |prefix: &str, tables: usize| {
            let each = (0..tables).map(|n| format!("SELECT count(*) AS rows FROM {prefix}{n}"));
            each.collect::<Vec<_>>().join(" UNION ALL ")
        };
        let appended = format!("SELECT sum(rows) FROM ({}) AS counts", counts("a", 120));
        eventually("a hundred tables are committed before the flush", || {
            server.value(&appended).parse::<i32>().unwrap() >= round * 120 + 100
        });
        flush(&session).unwrap();
        for (prefix, tables) in [("a", 120), ("m", 60)] {
            let rows = format!("SELECT DISTINCT rows FROM ({}) AS counts", counts(prefix, tables));
            assert_eq!(server.rows(&rows), [(round + 1).to_string()]);
        }
    }
}

/// COPY into `cold0` waits for a key that another session holds. Its connection stands still, the others do not, and
/// tables that had belonged to it go elsewhere.
#[test]
fn a_connection_that_hangs_on_one_table_stops_no_other_and_the_error_names_it() {
    let server = Server::start(15);
    create(&server, "cold", 10);
    let spec = session(&server, 2, 4 << 20).with("lock-timeout", "20000");
    let session = open(&spec);
    let ids: Vec<u32> = (0..10)
        .map(|n| {
            let table = SpecText::table(&format!("cold{n}"), "append", &COLUMNS, "");
            open_table(&session, &table.with("sink.append.allow-unique", "true"))
        })
        .collect();
    for id in &ids {
        put(&session, *id, 0, "first");
    }
    flush(&session).unwrap();
    let holder = server.client();
    runtime().block_on(holder.batch_execute("BEGIN; INSERT INTO cold0 VALUES (1, 'theirs')")).unwrap();
    put(&session, ids[0], 1, "ours");
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'COPY%'";
    let mut next = 1;
    let mut others = || {
        next += 1;
        ids[1..].iter().for_each(|id| put(&session, *id, next, "others"));
    };
    others();
    eventually("the COPY waits", || server.value(waits) == "1");
    eventually("all other tables go on, those of the same connection too", || {
        others();
        let sent = |id: &u32| metric_of(&session, *id, Metric::RowsSent);
        ids[1..].iter().all(|id| sent(id) > 2)
    });
    session.start_flush().unwrap();
    let error = loop {
        match session.await_flush(Duration::from_millis(50)) {
            Ok(done) => assert!(!done, "a flush cannot succeed without the row"),
            Err(error) => break error,
        }
    };
    assert!(error.to_string().contains("\"cold0\""), "{error:?}");
    runtime().block_on(holder.batch_execute("ROLLBACK")).unwrap();
}

#[test]
fn a_merge_that_waits_for_one_row_names_its_table_and_the_other_connections_commit() {
    let server = Server::start(15);
    create(&server, "t", 4);
    server.run("INSERT INTO t2 VALUES (1, 'held')");
    let spec = session(&server, 4, 4 << 20).with("lock-timeout", "100");
    let session = open(&spec);
    let ids: Vec<u32> = (0..4).map(|n| open_table(&session, &merge_table(&format!("t{n}")))).collect();
    let holder = server.client();
    runtime().block_on(holder.batch_execute("BEGIN; UPDATE t2 SET name = 'theirs'")).unwrap();
    ids.iter().for_each(|id| put(&session, *id, 1, "ours"));
    let error = flush(&session).unwrap_err();
    assert!(error.to_string().contains("\"t2\"") && error.to_string().contains("lock timeout"), "{error:?}");
    assert_eq!(server.rows("SELECT name FROM t0 UNION ALL SELECT name FROM t3"), ["ours", "ours"]);
    drop(session);
    runtime().block_on(holder.batch_execute("ROLLBACK")).unwrap();
    // The replay converges, with the rows that were committed before among it.
    let again = open(&spec);
    let ids: Vec<u32> = (0..4).map(|n| open_table(&again, &merge_table(&format!("t{n}")))).collect();
    ids.iter().for_each(|id| put(&again, *id, 1, "ours"));
    flush(&again).unwrap();
    for table in 0..4 {
        assert_eq!(server.rows(&format!("SELECT * FROM t{table}")), ["1|ours"]);
    }
}

/// What the server logged of us, statement by statement.
fn statements(server: &Server) -> Vec<String> {
    let log = std::fs::read_to_string(server.log_path()).unwrap();
    log.lines().filter(|line| line.contains("pieload-test")).map(str::to_owned).collect()
}

#[test]
fn a_silent_table_costs_no_round_trip_and_the_catalog_does_not_grow() {
    let settings = ["log_statement=all", "log_line_prefix=%a ", "autovacuum=off"];
    let server = Server::start_with(15, &settings, &[]);
    create(&server, "t", 40);
    let session = open(&session(&server, 4, 4 << 20));
    let ids: Vec<u32> = (0..40).map(|n| open_table(&session, &merge_table(&format!("t{n}")))).collect();
    let round = |number: i32, ids: &[u32]| {
        ids.iter().for_each(|id| put(&session, *id, number, "x"));
        flush(&session).unwrap();
    };
    round(0, &ids);
    let before = statements(&server).len();
    flush(&session).unwrap();
    assert_eq!(statements(&server).len(), before, "nothing to flush, and yet statements");
    round(1, &ids[..1]);
    let all = statements(&server);
    let of_others: Vec<_> = all[before..].iter().filter(|line| !line.contains("stage_0")).collect();
    // Begin, the end of the COPY and COMMIT name no table.
    assert!(all.len() > before && of_others.iter().all(|line| !line.contains("\"t")), "{of_others:?}");

    let size = "SELECT pg_total_relation_size('pg_class') + pg_total_relation_size('pg_attribute') \
                || ' ' || (SELECT count(*) FROM pg_class) || ' ' || (SELECT count(*) FROM pg_attribute)";
    let before = server.value(size);
    (2..12).for_each(|number| round(number, &ids));
    assert_eq!(server.value(size), before, "the catalog grew");
    assert_eq!(server.value("SELECT count(*) FROM t39"), "11");
}

#[test]
fn idle_connections_and_tables_are_closed_but_never_one_that_holds_rows() {
    let server = Server::start(15);
    create(&server, "t", 8);
    let spec = session(&server, 4, 4 << 20).with("connection.pool.idle-timeout", "1000");
    let session = open(&spec);
    let ids: Vec<u32> = (0..8).map(|n| open_table(&session, &merge_table(&format!("t{n}")))).collect();
    ids.iter().for_each(|id| put(&session, *id, 1, "x"));
    flush(&session).unwrap();
    assert_eq!(server.value(OURS), "4");
    put(&session, ids[3], 2, "held");
    eventually("three idle connections are gone", || server.value(OURS) == "1");
    std::thread::sleep(Duration::from_millis(1500)); // that the last one stays is no condition to wait for
    assert_eq!(server.value(OURS), "1");
    flush(&session).unwrap();
    eventually("no connection is left", || server.value(OURS) == "0");
    // All of it comes back when rows do.
    ids.iter().for_each(|id| put(&session, *id, 3, "again"));
    flush(&session).unwrap();
    assert_eq!(server.rows("SELECT * FROM t3 ORDER BY id"), ["1|x", "2|held", "3|again"]);
    // Beside a busy table the idle ones give up their staging tables.
    eventually("idle staging tables are dropped", || {
        put(&session, ids[0], 4, "busy");
        put(&session, ids[1], 4, "busy");
        put(&session, ids[2], 4, "busy");
        put(&session, ids[3], 4, "busy");
        flush(&session).unwrap();
        server.value("SELECT count(*) FROM pg_class WHERE relname LIKE 'pieclouddb_stage_%'") == "4"
    });
}

#[test]
fn more_connections_than_the_server_gives_are_refused_at_the_start() {
    let server = Server::start_with(15, &["max_connections=20", "superuser_reserved_connections=3"], &[]);
    create(&server, "t", 1);
    let refused = |spec: &SpecText| {
        let session = open(spec);
        open_table(&session, &merge_table("t0"));
        flush(&session).unwrap_err()
    };
    let error = refused(&session(&server, 9, 4 << 20).with("sink.parallelism", "2"));
    assert_eq!(error.kind(), pieload::Kind::Config);
    for part in ["2 writers with 9 connections", "need 18", "17", "'connection.pool.max-size'"] {
        assert!(error.to_string().contains(part), "{part} is not in {error}");
    }
    server.run("CREATE ROLE few LOGIN CONNECTION LIMIT 3; GRANT ALL ON t0 TO few");
    let few = session(&server, 4, 4 << 20).with("username", "few");
    assert!(refused(&few).to_string().contains("CONNECTION LIMIT of the user"), "{few:?}", few = few.text());
    let fits = open(&session(&server, 17, 4 << 20));
    put(&fits, open_table(&fits, &merge_table("t0")), 1, "x");
    flush(&fits).unwrap();
}

#[test]
fn tables_beyond_the_metrics_limit_are_counted_together_and_all_problems_are_told_at_once() {
    let server = Server::start(15);
    create(&server, "t", 4);
    let spec = session(&server, 2, 4 << 20).with("sink.metrics.max-tables", "2");
    let session = open(&spec);
    let ids: Vec<u32> = (0..4).map(|n| open_table(&session, &merge_table(&format!("t{n}")))).collect();
    for (rows, id) in ids.iter().enumerate() {
        (0..=rows).for_each(|row| put(&session, *id, i32::try_from(row).unwrap(), "x"));
    }
    assert!(metric_of(&session, ids[3], Metric::OldestUnflushedMillis) < 60_000);
    flush(&session).unwrap();
    let committed: Vec<u64> = ids.iter().map(|id| metric_of(&session, *id, Metric::RowsCommitted)).collect();
    assert_eq!(committed, [1, 2, 7, 7]);
    assert_eq!(metric_of(&session, ids[0], Metric::SessionRowsSent), 10);
    assert_eq!(metric_of(&session, ids[0], Metric::OldestUnflushedMillis), 0);
    let missing = open(&spec);
    for number in 0..3 {
        open_table(&missing, &merge_table(&format!("missing{number}")));
    }
    let error = flush(&missing).unwrap_err().to_string();
    assert!(error.contains("missing0"), "{error}");
}
