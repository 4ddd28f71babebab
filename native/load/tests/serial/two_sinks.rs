//! Two sinks that merge into one target.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use std::time::Duration;

use pieload::row::image_builder::RowBuilder;
use support::points::Points;
use support::{Load, Server, SpecText};

/// Both insert the same new key: the later one replaces the earlier one's row, and no job fails over for it.
#[test]
fn a_key_that_another_sink_inserts_meanwhile_is_replaced() {
    let points = Points::take();
    let server = Server::start(15);
    server.run("CREATE TABLE t (id int PRIMARY KEY, score int)");
    let table = SpecText::table("t", "merge", &[("id", "INT NOT NULL"), ("score", "INT")], "0");
    let sink = |id: &str| Load::open(&SpecText::session(server.port).with("sink.id", id), &table).unwrap();
    let first = sink("00000000-0000-4000-8000-000000000001");
    let second = sink("00000000-0000-4000-8000-000000000002");
    first.offer(&[RowBuilder::new(2).int(0, 1).int(1, 1)]).unwrap();
    second.offer(&[RowBuilder::new(2).int(0, 1).int(1, 2)]).unwrap();
    points.arm("flush.in-transaction", "stall");
    first.session.start_flush().unwrap();
    support::eventually("the first one has inserted", || points.was_hit("flush.in-transaction"));
    second.session.start_flush().unwrap();
    support::eventually("the second one waits for it", || {
        server.value("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'") == "1"
    });
    points.disarm("flush.in-transaction");
    support::eventually("first", || first.session.await_flush(Duration::from_millis(50)).unwrap());
    support::eventually("second", || second.session.await_flush(Duration::from_millis(50)).unwrap());
    assert_eq!(server.rows("SELECT * FROM t"), ["1|2"]);
}
