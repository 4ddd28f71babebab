//! Between two checkpoints nobody waits for us for long: a DBA's DDL, who queues behind it, vacuum.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pieload::row::image_builder::RowBuilder;
use support::{DEADLINE, Load, Server, SpecText, eventually};

const COLUMNS: [(&str, &str); 2] = [("id", "INT"), ("score", "INT")];
/// Sessions of ours that keep vacuum from removing anything.
const PINNING: &str = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pieload-test' AND (backend_xmin IS NOT \
                       NULL OR backend_xid IS NOT NULL OR state <> 'idle')";

fn row(id: i32) -> RowBuilder {
    RowBuilder::new(2).int(0, id).int(1, id)
}

#[test]
fn ddl_and_who_waits_behind_it_do_not_wait_for_the_checkpoint() {
    let server = Server::start(17);
    server.run("CREATE TABLE t (id int, score int)");
    let spec = SpecText::session(server.port).with("sink.copy.max-duration", "1500");
    let load = Load::open(&spec, &SpecText::table("t", "append", &COLUMNS, "")).unwrap();
    load.offer(&[row(1)]).unwrap();
    eventually("the row locks the table", || {
        server
            .value("SELECT count(*) FROM pg_locks WHERE relation = 't'::regclass AND pid <> pg_backend_pid()")
            != "0"
    });
    let altered = AtomicBool::new(false);
    let began = Instant::now();
    std::thread::scope(|scope| {
        let (server, altered) = (&server, &altered);
        let alter = move |default: &str| {
            server.run(&format!(
                "SET lock_timeout TO '20s'; ALTER TABLE t ALTER COLUMN score SET DEFAULT {default}"
            ));
        };
        scope.spawn(move || alter("0"));
        scope.spawn(move || {
            alter("1");
            // Queued behind the other one, as a reader would be.
            assert_eq!(server.value("SELECT score FROM t ORDER BY id LIMIT 1"), "1");
            altered.store(true, Ordering::Relaxed);
        });
        // Rows go on coming, so that the COPY is never idle.
        for id in 2.. {
            load.offer(&[row(id)]).unwrap();
            if altered.load(Ordering::Relaxed) {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "the DDL waits for the checkpoint");
        }
    });
    load.flush().unwrap();
    assert_eq!(server.value("SELECT count(*) - max(id) FROM t"), "0");
}

#[test]
fn nothing_is_pinned_while_no_row_comes() {
    let server = Server::start(17);
    server.run("CREATE TABLE t (id int, score int); CREATE TABLE m (id int PRIMARY KEY, score int)");
    let spec = SpecText::session(server.port).with("sink.copy.max-duration", "1000");
    let append = Load::open(&spec, &SpecText::table("t", "append", &COLUMNS, "")).unwrap();
    let merge = Load::open(&spec, &SpecText::table("m", "merge", &COLUMNS, "0")).unwrap();
    append.offer(&[row(1)]).unwrap();
    merge.offer(&[row(1)]).unwrap();
    eventually("something is open", || server.value(PINNING) != "0");
    eventually("nothing is open", || server.value(PINNING) == "0");
    assert_eq!(server.value("SELECT count(*) FROM t"), "1", "append may be visible early");
    assert_eq!(server.value("SELECT count(*) FROM m"), "0", "a merge may not");
    for id in 2..5 {
        append.offer(&[row(id)]).unwrap();
        merge.offer(&[row(id)]).unwrap();
        eventually("nothing is open", || server.value(PINNING) == "0");
    }
    append.flush().unwrap();
    merge.flush().unwrap();
    assert_eq!(server.value("SELECT count(*) || ' ' || (SELECT count(*) FROM m) FROM t"), "4 4");
}

/// True where a row of a busy table is visible before the checkpoint, which comes after that time.
fn is_visible_early(server: &Server, limit: &str, checkpoint: Duration) -> bool {
    server.run("TRUNCATE t");
    let spec = SpecText::session(server.port).with("sink.copy.max-duration", limit);
    let load = Load::open(&spec, &SpecText::table("t", "append", &COLUMNS, "")).unwrap();
    let began = Instant::now();
    for id in 0.. {
        load.offer(&[row(id)]).unwrap();
        if id % 100 == 0 && server.value("SELECT count(*) FROM t") != "0" {
            return true;
        }
        if began.elapsed() > checkpoint {
            break;
        }
    }
    load.flush().unwrap();
    assert_ne!(server.value("SELECT count(*) FROM t"), "0");
    false
}

#[test]
fn a_busy_table_is_committed_in_time_or_with_the_checkpoint_as_the_option_says() {
    let server = Server::start(15);
    server.run("CREATE TABLE t (id int, score int)");
    assert!(is_visible_early(&server, "500", DEADLINE));
    let soon = Duration::from_secs(2);
    assert!(!is_visible_early(&server, "0", soon));
    assert!(!is_visible_early(&server, "60000", soon));
}
