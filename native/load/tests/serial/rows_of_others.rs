//! Rows that others speak against, which come or go in a transaction beside the merge, are waited for before they are
//! left out.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use std::time::{Duration, Instant};

use pieload::Error;
use pieload::metrics::Metric;
use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use support::points::Points;
use support::{Load, Server, SpecText, eventually};

fn row(id: i32, other: i32) -> RowBuilder {
    RowBuilder::new(2).int(0, id).int(1, other)
}

fn open(server: &Server, table: &str, strategy: &str, grace: &str, most: &str) -> Load {
    let session = SpecText::session(server.port)
        .with("sink.recovery.grace-period", grace)
        .with("sink.error-rows.max", most);
    let table = SpecText::table(table, "merge", &[("id", "INT NOT NULL"), ("other", "INT")], "0")
        .with("sink.error-rows.action", "skip");
    let table = if strategy == "update" { table.with("sink.merge.strategy", strategy) } else { table };
    Load::open(&session, &table).unwrap()
}

fn start() -> Server {
    let server = Server::start(15);
    server.run(
        "CREATE TABLE customers (id int PRIMARY KEY, other int UNIQUE DEFERRABLE); CREATE TABLE orders (id int PRIMARY KEY, other int \
         CHECK (other < 100) REFERENCES customers); INSERT INTO customers VALUES (1, 1), (2, 2); INSERT INTO orders VALUES \
         (2, 2)",
    );
    server
}

/// Flushes, and runs `mend` when the server has refused rows as `told`.
fn flush_and_mend(server: &Server, load: &Load, told: &str, mend: &str) -> Result<(), Error> {
    let refused = || server.log().matches(told).count();
    let before = refused();
    load.session.start_flush()?;
    eventually("it is refused", || refused() > before);
    server.run(mend);
    while !load.session.await_flush(Duration::from_millis(50))? {}
    Ok(())
}

#[test]
fn rows_that_others_speak_against_for_a_moment_are_stored() {
    let _turn = Points::take();
    let server = start();
    // A foreign key's other row is on its way.
    let load = open(&server, "orders", "replace", "60000", "1");
    load.offer(&[row(1, 7), row(3, 1)]).unwrap();
    flush_and_mend(&server, &load, "violates foreign key", "INSERT INTO customers VALUES (7, 7)").unwrap();
    assert_eq!(server.rows("SELECT * FROM orders ORDER BY 1"), ["1|7", "2|2", "3|1"]);
    // The same where rows are told apart for another cause, and there are too many for a moment.
    load.offer(&[row(4, 100), row(5, 8)]).unwrap();
    flush_and_mend(&server, &load, "violates foreign key", "INSERT INTO customers VALUES (8, 8)").unwrap();
    assert_eq!(server.rows("SELECT * FROM orders WHERE id > 3"), ["5|8"]);
    assert_eq!(load.metric(Metric::ErrorRows), 1);
    drop(load);
    // The last row that points at a deleted one goes.
    let load = open(&server, "customers", "update", "60000", "1");
    load.offer(&[row(2, 2).kind(RowKind::Delete)]).unwrap();
    flush_and_mend(&server, &load, "violates foreign key", "DELETE FROM orders WHERE id = 2").unwrap();
    assert_eq!(server.rows("SELECT * FROM customers WHERE id = 2"), [""; 0]);
    // A unique value is freed.
    load.offer(&[row(9, 1)]).unwrap();
    flush_and_mend(&server, &load, "duplicate key", "UPDATE customers SET other = 77 WHERE id = 1").unwrap();
    assert_eq!(server.rows("SELECT * FROM customers WHERE id = 9"), ["9|1"]);
    assert_eq!(load.metric(Metric::ErrorRows), 0);
}

#[test]
fn a_row_that_others_speak_against_for_good_is_left_out_after_the_wait() {
    let _turn = Points::take();
    let server = start();
    let load = open(&server, "orders", "replace", "500", "1");
    load.offer(&[row(1, 7), row(3, 1)]).unwrap();
    let began = Instant::now();
    load.flush().unwrap();
    assert!(began.elapsed() >= Duration::from_millis(500), "{:?}", began.elapsed());
    assert_eq!(server.rows("SELECT * FROM orders ORDER BY 1"), ["2|2", "3|1"]);
    assert_eq!(load.metric(Metric::ErrorRows), 1);
}
