//! The memory of the process, which is why this test has a process to itself: the budget bounds it, and a constant.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::time::Duration;

use pieload::metrics::Metric;
use pieload::row::image_builder::{RowBuilder, frame};
use pieload::session::Session;
use pieload::spec::{SessionSpec, TableSpec};
use support::{Server, SpecText, flush, metric_of, offer, runtime};

const TABLES: u32 = 1_000;
const BUDGET: usize = 32 << 20;

/// What a session takes beside its budget: buffers of its connections, the batch that is being encoded, and what the
/// allocator keeps for itself; and for each open table its plan and its statements. docs/database-sync.md states both.
const CONSTANT: usize = (8 << 20) + 8 * 1024 * 1000;

fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[test]
fn a_thousand_tables_of_a_server_that_stops_reading_stay_within_the_budget_and_a_constant() {
    let server = Server::start(15);
    let text: String =
        (0..TABLES).map(|n| format!("CREATE TABLE t{n} (id int PRIMARY KEY, name text);")).collect();
    server.run(&text);
    let spec = SpecText::session(server.port)
        .with("connection.pool.max-size", "8")
        .with("sink.buffer.memory-size", &BUDGET.to_string());
    let before = resident();
    let session = Session::open(SessionSpec::parse(&spec.text()).unwrap(), runtime()).unwrap();
    let row =
        |id: u32, text: &str| RowBuilder::new(2).int(0, i32::try_from(id).unwrap()).string(1, text).finish();
    let mut batch = Vec::new();
    for table in 0..TABLES {
        let columns = [("id", "INT NOT NULL"), ("name", "STRING")];
        let spec = SpecText::table(&format!("t{table}"), "merge", &columns, "0");
        assert_eq!(session.open_table(TableSpec::parse(&spec.text()).unwrap()).unwrap(), table);
        frame(&mut batch, table, &row(0, "first"));
    }
    offer(&session, &batch).unwrap();
    flush(&session).unwrap();
    let opened = resident();
    server.freeze();
    let (mut refused, mut most, mut id) = (0, 0, 1);
    while refused < 5 {
        batch.clear();
        while batch.len() < 60_000 {
            id += 1;
            frame(
                &mut batch,
                id % TABLES,
                &row(id, "a row of usual length, as it may come from any table of any database"),
            );
        }
        refused += usize::from(!session.offer(&batch, Duration::from_millis(50)).unwrap());
        most = most.max(usize::try_from(metric_of(&session, 0, Metric::SessionMemoryBytes)).unwrap());
        assert!(most <= BUDGET, "{most} bytes are accounted for");
    }
    let gained = resident() - before;
    println!("accounted {most}, resident: {} when open, {gained} in the end", opened - before);
    assert!(most > BUDGET / 4, "the queue was never filled: {most}");
    assert!(gained <= BUDGET + CONSTANT, "{gained} bytes of memory, {most} accounted for");
    session.close(Duration::from_secs(5));
    drop(session);
    server.thaw();
}
