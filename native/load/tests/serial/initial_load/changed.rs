//! The target changes, or its rows are told apart, while it is filled: none is lost, and none is there twice or older
//! than its source has it.

use std::time::Duration;

use pieload::Kind;
use pieload::metrics::Metric;
use pieload::row::RowKind;
use pieload::row::image_builder::{RowBuilder, frame};

use super::{STAGING, another, is_open, open, put, row, server, writer};
use crate::support::points::Points;
use crate::support::{Load, Server, eventually, metric_of, open_table, runtime};

fn batch(table: u32, rows: &[RowBuilder]) -> Vec<u8> {
    let mut batch = Vec::new();
    rows.iter().for_each(|row| frame(&mut batch, table, &row.clone().finish()));
    batch
}

fn sent(load: &Load, rows: u64) {
    eventually("the rows are on their way", || load.metric(Metric::RowsSent) == rows);
}

/// A table that opens ends the transaction of those that are open, long before the checkpoint.
fn opens_another(server: &Server, load: &Load) -> u32 {
    server.run("CREATE TABLE u (id int PRIMARY KEY, score int)");
    open_table(&load.session, &another("u", "merge", "0"))
}

#[test]
fn what_is_staged_stays_when_a_changed_target_gets_its_first_rows_before_the_checkpoint() {
    let (_points, server) = (Points::take(), server());
    let load = open(&writer(&server, (0, 1)));
    load.offer(&[put(0, 1), put(1, 1)]).unwrap();
    sent(&load, 2);
    server.run("GRANT SELECT ON t TO public");
    load.offer(&[put(0, 2), put(2, 1), row(RowKind::Delete, 1, 0)]).unwrap();
    sent(&load, 5);
    let other = opens_another(&server, &load);
    load.offer_batch(&batch(other, &[put(1, 1)])).unwrap();
    assert_eq!(server.rows("SELECT * FROM t ORDER BY 1"), ["0|1", "1|1"]);
    load.offer(&[put(3, 1)]).unwrap();
    load.flush().unwrap();
    assert_eq!(server.rows("SELECT * FROM t ORDER BY 1"), ["0|2", "2|1", "3|1"]);
    load.offer(&[put(0, 3)]).unwrap();
    load.flush().unwrap();
    assert_eq!(server.rows("SELECT * FROM t ORDER BY 1"), ["0|3", "2|1", "3|1"]);
}

#[test]
fn rows_that_wait_to_fill_a_target_fill_it_when_its_definition_has_changed() {
    let (points, server) = (Points::take(), server());
    let load = open(&writer(&server, (0, 1)));
    load.offer(&[put(0, 1)]).unwrap();
    sent(&load, 1);
    server.run("GRANT SELECT ON t TO public");
    points.arm("flush.in-transaction", "stall");
    let other = opens_another(&server, &load);
    let others = batch(other, &[put(1, 1)]);
    assert!(!load.session.offer(&others, Duration::ZERO).unwrap());
    eventually("the first row is about to be visible", || points.was_hit("flush.in-transaction"));
    // They are made for the target as it was.
    load.offer(&[put(1, 1), put(2, 1)]).unwrap();
    points.disarm("flush.in-transaction");
    load.offer_batch(&others).unwrap();
    load.flush().unwrap();
    assert_eq!(server.rows("SELECT * FROM t ORDER BY 1"), ["0|1", "1|1", "2|1"]);
    assert_eq!(server.value(STAGING), "1");
    load.offer(&[put(3, 1), put(0, 2)]).unwrap();
    load.flush().unwrap();
    assert_eq!(server.rows("SELECT * FROM t ORDER BY 1"), ["0|2", "1|1", "2|1", "3|1"]);
    assert_eq!(server.value(STAGING), "2");
}

#[test]
fn a_target_that_loses_what_makes_its_rows_right_meanwhile_is_filled_no_further() {
    let (_points, server) = (Points::take(), server());
    server.run("CREATE TABLE other (id int PRIMARY KEY); INSERT INTO other VALUES (1)");
    for change in [
        "ALTER TABLE t DROP CONSTRAINT t_pkey; INSERT INTO t VALUES (5, 0)",
        "ALTER TABLE t ADD UNIQUE (score)",
        "ALTER TABLE t ADD CHECK (score > 0)",
        "ALTER TABLE t ADD FOREIGN KEY (score) REFERENCES other",
    ] {
        server.run("DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY, score int)");
        let load = open(&writer(&server, (0, 1)));
        is_open(&load);
        server.run(change);
        let before = server.rows("SELECT * FROM t");
        let error = load.offer(&[put(5, 1)]).and_then(|()| load.flush()).expect_err(change);
        assert!(
            error.kind() == Kind::Server && error.to_string().contains("definition"),
            "{change}: {error:?}"
        );
        drop(load);
        assert_eq!(server.rows("SELECT * FROM t"), before, "{change}");
        let load = open(&writer(&server, (0, 1)));
        load.offer(&[put(5, 1)]).unwrap();
        load.flush().unwrap();
        assert_eq!(server.rows("SELECT * FROM t"), ["5|1"], "{change}");
    }
}

#[test]
fn a_table_stays_where_its_rows_are_staged_although_earlier_ones_became_visible() {
    let (_points, server) = (Points::take(), server());
    (0..4).for_each(|n| server.run(&format!("CREATE TABLE a{n} (id int, score int)")));
    let spec =
        writer(&server, (0, 1)).with("connection.pool.max-size", "2").with("sink.copy.max-duration", "500");
    let load = open(&spec);
    load.offer(&[put(0, 1)]).unwrap();
    // In turn they go over the other connection and over that of `t`.
    let others: Vec<_> =
        (0..4).map(|n| open_table(&load.session, &another(&format!("a{n}"), "append", ""))).collect();
    for other in &others {
        load.offer_batch(&batch(*other, &[put(0, 0)])).unwrap();
    }
    load.flush().unwrap();
    load.offer(&[put(1, 1), put(1, 2)]).unwrap();
    eventually("the new key is visible", || server.value("SELECT max(id) FROM t") == "1");
    sent(&load, 3);
    let holder = server.client();
    runtime().block_on(holder.batch_execute("BEGIN; LOCK TABLE a1 IN ACCESS EXCLUSIVE MODE")).unwrap();
    load.offer_batch(&batch(others[1], &[put(1, 0)])).unwrap();
    eventually("a table leaves the connection, which stands still", || {
        load.offer_batch(&batch(others[3], &[put(1, 0)])).unwrap();
        metric_of(&load.session, others[3], Metric::RowsSent) > 1
    });
    load.offer(&[put(1, 3)]).unwrap();
    load.session.start_flush().unwrap();
    eventually("the other connection is done", || server.value("SELECT count(*) > 1 FROM a3") == "t");
    runtime().block_on(holder.batch_execute("COMMIT")).unwrap();
    eventually("all are", || load.session.await_flush(Duration::from_millis(50)).unwrap());
    assert_eq!(server.rows("SELECT * FROM t ORDER BY 1"), ["0|1", "1|3"]);
}
