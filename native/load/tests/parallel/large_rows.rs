//! A row that is larger than a batch: its memory is the budget's before the caller copies it, and until it was taken.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use std::time::Duration;

use pieload::metrics::Metric;
use pieload::row::image_builder::{RowBuilder, frame};
use support::{Server, SpecText, eventually, flush, metric_of, open, open_table};

const BUDGET: usize = 1 << 20;
const COLUMNS: [(&str, &str); 2] = [("id", "INT"), ("name", "STRING")];
const SHORT: Duration = Duration::from_millis(50);

fn batch(table: u32, ids: std::ops::Range<i32>, bytes: usize) -> Vec<u8> {
    let mut batch = Vec::new();
    for id in ids {
        frame(&mut batch, table, &RowBuilder::new(2).int(0, id).string(1, &"x".repeat(bytes)).finish());
    }
    batch
}

#[test]
fn a_row_that_waits_for_its_memory_is_not_copied_yet_and_then_accounted_for() {
    let server = Server::start(15);
    server.run("CREATE TABLE t (id int, name text)");
    let session = open(&SpecText::session(server.port).with("sink.buffer.memory-size", &BUDGET.to_string()));
    let table = open_table(&session, &SpecText::table("t", "append", &COLUMNS, ""));
    let used = || usize::try_from(metric_of(&session, table, Metric::SessionMemoryBytes)).unwrap();
    let mut ids = 1;
    let first = batch(table, 0..1, 10);
    eventually("the table is open", || session.offer(&first, SHORT).unwrap());
    flush(&session).unwrap();
    // The last is larger than the whole budget: it passes alone.
    for bytes in [100_000, BUDGET / 2, 3 * BUDGET] {
        let huge = batch(table, ids..ids + 1, bytes);
        ids += 1;
        server.freeze();
        let mut refused = 0;
        while refused < 3 {
            let more = batch(table, ids..ids + 50, 1_000);
            let taken = session.offer(&more, SHORT).unwrap();
            (ids, refused) = if taken { (ids + 50, refused) } else { (ids, refused + 1) };
        }
        // No permit, or one that all of it fits beside.
        let room = session.make_room(huge.len(), SHORT).unwrap();
        assert!(used() <= BUDGET, "{bytes}: {} bytes of {BUDGET}, room {room}", used());
        assert!(!room || bytes == 100_000, "{bytes}: there was room");
        server.thaw();
        eventually("there is room", || session.make_room(huge.len(), SHORT).unwrap());
        eventually("it is the row's alone", || used() == huge.len());
        // Asked for again it is the same.
        assert!(session.make_room(huge.len(), Duration::ZERO).unwrap());
        assert_eq!(used(), huge.len());
        eventually("it is taken", || session.offer(&huge, SHORT).unwrap());
        flush(&session).unwrap();
        assert_eq!(used(), 0, "{bytes}: all is given back");
        assert_eq!(server.value(&format!("SELECT count(*) FROM t WHERE length(name) = {bytes}")), "1");
    }
    assert_eq!(server.value("SELECT count(DISTINCT id) = count(*) FROM t"), "t");
    assert_eq!(server.value("SELECT count(*) FROM t"), ids.to_string());
}
