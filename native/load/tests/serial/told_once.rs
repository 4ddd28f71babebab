//! What is said once is said once, however many connections and writers of a sink meet it in a process.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use std::time::Duration;

use pieload::row::image_builder::{RowBuilder, frame};
use pieload::session::Session;
use support::points::Points;
use support::{Load, Server, SpecText, eventually, flush, logs, offer, open, open_table, put};

const TABLES: usize = 4;

fn start(roles: &str) -> (Points, Server) {
    let points = Points::take();
    logs::keep();
    let server = Server::start(17);
    server.run(roles);
    (points, server)
}

/// One of two writers, as a role that is no superuser.
fn session(server: &Server, subtask: u32) -> SpecText {
    SpecText::session(server.port)
        .with("username", "loader")
        .with("sink.parallelism", "2")
        .with("writer.subtask", &subtask.to_string())
        .with("connection.pool.max-size", &TABLES.to_string())
}

fn refused(server: &Server) -> usize {
    server.log().matches("is not permitted to log in").count()
}

/// It was said once by each connection of each writer.
#[test]
fn a_login_that_fails_is_told_once_and_again_when_it_fails_again() {
    let (_points, server) = start("CREATE ROLE loader LOGIN");
    let writers = [0, 1].map(|subtask| {
        let writer = open(&session(&server, subtask).with("sink.recovery.grace-period", "60000"));
        let tables = (0..TABLES).map(|n| {
            let name = format!("w{subtask}t{n}");
            server.run(&format!("CREATE TABLE {name} (id int, name text); GRANT INSERT ON {name} TO loader"));
            open_table(&writer, &SpecText::table(&name, "append", &[("id", "INT"), ("name", "STRING")], ""))
        });
        let tables: Vec<u32> = tables.collect();
        load(&writer, &tables);
        flush(&writer).unwrap();
        (writer, tables)
    });
    let sessions = "FROM pg_stat_activity WHERE usename = 'loader'";
    assert_eq!(server.value(&format!("SELECT count(*) {sessions}")), (2 * TABLES).to_string());
    for _ in 0..2 {
        let before = refused(&server);
        server.run(&format!("ALTER ROLE loader NOLOGIN; SELECT pg_terminate_backend(pid) {sessions}"));
        eventually("the sessions have ended", || server.value(&format!("SELECT count(*) {sessions}")) == "0");
        for (writer, tables) in &writers {
            load(writer, tables);
            writer.start_flush().unwrap();
        }
        // So many that each connection is among them, more than once.
        eventually("all are refused", || refused(&server) - before >= 4 * 2 * TABLES);
        server.run("ALTER ROLE loader LOGIN");
        for (writer, _) in &writers {
            eventually("flushed", || writer.await_flush(Duration::from_millis(50)).unwrap());
        }
        let told = logs::take("it worked before");
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("28000"), "{told:?}");
    }
    for table in ["w0t0", "w1t3"] {
        assert_eq!(server.value(&format!("SELECT count(*) FROM {table}")), "3");
    }
}

fn load(writer: &Session, tables: &[u32]) {
    tables.iter().for_each(|table| put(writer, *table, 1, "x"));
}

#[test]
fn what_each_writer_finds_is_told_by_one_of_them() {
    let (_points, server) = start(
        "CREATE ROLE loader LOGIN; CREATE TABLE t (id int, name varchar(3)); GRANT SELECT, INSERT, DELETE ON t TO loader;
         GRANT CREATE ON SCHEMA public TO loader",
    );
    let told = |subtask, part: &str, table: &SpecText, name: &str| {
        let load = Load::open(&session(&server, subtask).with("sink.fence", "auto"), table).unwrap();
        let mut batch = Vec::new();
        frame(&mut batch, load.table, &RowBuilder::new(2).int(0, 1).string(1, name).finish());
        offer(&load.session, &batch).unwrap();
        load.flush().unwrap();
        (load, logs::take(part).len())
    };
    let table = |name| SpecText::table(name, "merge", &[("id", "INT NOT NULL"), ("name", "STRING")], "0");
    let made = |name| {
        table(name).with("sink.create-table.enabled", "true").with("table.create.distributed-by", "id")
    };
    for (part, tables, name) in [
        ("there is no fence", [table("t"), table("t")], "a"),
        ("'table.create.distributed-by' is ignored", [made("one"), made("two")], "a"),
    ] {
        let first = told(0, part, &tables[0], name);
        let second = told(1, part, &tables[1], name);
        assert_eq!((first.1, second.1), (1, 0), "{part}");
        // Those that come when all are gone are others.
        drop((first, second));
        let _theirs = logs::take("");
        assert_eq!(told(1, "there is no fence", &table("t"), "a").1, 1, "{part}");
        let _rest = logs::take("");
    }
}
