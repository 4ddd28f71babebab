//! The memory of a process that loads records, which is why this test has a process to itself: within the budget and a
//! constant, however long the envelopes are and although nothing leaves.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::time::Duration;

use pieload::metrics::Metric;
use pieload::session::Session;
use pieload::spec::{SessionSpec, TableSpec};
use support::records::{add, enveloped, record, source_table};
use support::{Server, SpecText, flush, metric_of, offer, runtime};

const TABLES: u32 = 100;
const BUDGET: usize = 16 << 20;

/// As docs/database-sync.md states it: a constant, and for each table its plan, its statements and its envelope's
/// schema.
const CONSTANT: usize = (8 << 20) + (8 + 4) * 1024 * 100;

fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[test]
fn records_for_a_server_that_stops_reading_stay_within_the_budget_and_a_constant() {
    let server = Server::start(15);
    let text: String =
        (0..TABLES).map(|n| format!("CREATE TABLE t{n} (id int PRIMARY KEY, name text);")).collect();
    server.run(&text);
    let spec = SpecText::session(server.port)
        .with("connection.pool.max-size", "4")
        .with("sink.buffer.memory-size", &BUDGET.to_string());
    let padding = "x".repeat(3_500);
    let fields =
        format!(r#"{{"type":"int32","field":"id"}},{{"type":"string","doc":"{padding}","field":"name"}}"#);
    // Long enough that what a chunk needs beside its data could not hide rows that nobody accounts for.
    let name = "y".repeat(1_000);
    let change = |before: u32, after: u32| {
        let row = |id: u32| format!(r#"{{"id":{id},"name":"{name}"}}"#);
        enveloped(&fields, &record("u", &row(before), &row(after)))
    };
    let before = resident();
    let session = Session::open(SessionSpec::parse(&spec.text()).unwrap(), runtime()).unwrap();
    let mut batch = Vec::new();
    for table in 0..TABLES {
        let spec =
            source_table(&format!("t{table}"), "merge", &[("id", "int NOT NULL"), ("name", "text")], "0");
        assert_eq!(session.open_table(TableSpec::parse(&spec.text()).unwrap()).unwrap(), table);
        add(&mut batch, table, &change(0, 1));
    }
    offer(&session, &batch).unwrap();
    flush(&session).unwrap();
    server.freeze();
    let (mut refused, mut most, mut id) = (0, 0, 1);
    while refused < 5 {
        batch.clear();
        while batch.len() < 60_000 {
            id += 3;
            add(&mut batch, id % TABLES, &change(id, id + 1));
        }
        refused += usize::from(!session.offer(&batch, Duration::from_millis(50)).unwrap());
        most = most.max(usize::try_from(metric_of(&session, 0, Metric::SessionMemoryBytes)).unwrap());
        assert!(most <= BUDGET, "{most} bytes are accounted for");
        // In the loop: where nothing is accounted for, it does not end.
        let gained = resident().saturating_sub(before);
        assert!(gained <= BUDGET + CONSTANT, "{gained} bytes of memory, {most} accounted for");
    }
    println!("accounted {most}, resident {}", resident().saturating_sub(before));
    assert!(most > BUDGET / 4, "the queue was never filled: {most}");
    session.close(Duration::from_secs(5));
    drop(session);
    server.thaw();
}
