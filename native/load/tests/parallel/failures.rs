//! Servers that die, hang or never were: every failure is told by the next call, nothing waits for ever.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use std::time::{Duration, Instant};

use pieload::Kind;
use pieload::metrics::Metric;
use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use support::{Load, Server, SpecText, eventually};

const COLUMNS: [(&str, &str); 2] = [("id", "INT NOT NULL"), ("name", "STRING")];

fn row(id: i32, name: &str) -> RowBuilder {
    RowBuilder::new(2).kind(RowKind::Insert).int(0, id).string(1, name)
}

fn merge_table() -> SpecText {
    SpecText::table("t", "merge", &COLUMNS, "0")
}

fn start() -> Server {
    let server = Server::start(15);
    server.run("CREATE TABLE t (id int PRIMARY KEY, name text)");
    server
}

#[test]
fn a_server_killed_with_rows_on_the_connection_fails_the_next_call_and_a_new_attempt_is_exact() {
    let mut server = start();
    let load = Load::open(&SpecText::session(server.port), &merge_table()).unwrap();
    load.offer(&[row(1, "a"), row(2, "b")]).unwrap();
    eventually("sent", || load.metric(Metric::RowsSent) == 2);
    server.kill();
    let _started = load.session.start_flush();
    assert_eq!(load.failure().kind(), Kind::Connection);
    server.start_again();
    assert_eq!(server.value("SELECT count(*) FROM t"), "0");
    let again = Load::open(&SpecText::session(server.port), &merge_table()).unwrap();
    again.offer(&[row(1, "a"), row(2, "b")]).unwrap();
    again.flush().unwrap();
    assert_eq!(server.rows("SELECT * FROM t ORDER BY id"), ["1|a", "2|b"]);
}

#[test]
fn a_server_restarted_while_nothing_is_held_is_no_failure() {
    let mut server = start();
    let session = SpecText::session(server.port).with("connection.max-retries", "5");
    let load = Load::open(&session, &merge_table()).unwrap();
    load.offer(&[row(1, "a")]).unwrap();
    load.flush().unwrap();
    server.kill();
    server.start_again();
    load.offer(&[row(2, "b")]).unwrap();
    load.flush().unwrap();
    assert_eq!(server.rows("SELECT * FROM t ORDER BY id"), ["1|a", "2|b"]);
}

#[test]
fn a_terminated_backend_with_rows_is_noticed_without_any_call_to_the_server() {
    let server = start();
    let load = Load::open(&SpecText::session(server.port), &merge_table()).unwrap();
    load.offer(&[row(1, "a")]).unwrap();
    eventually("sent", || load.metric(Metric::RowsSent) == 1);
    server.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pieload-test'",
    );
    let error = load.failure();
    assert_eq!(error.kind(), Kind::Connection, "{error:?}");
}

#[test]
fn memory_stays_within_its_budget_when_the_server_stops_reading() {
    let server = start();
    let budget = 1 << 20;
    let session = SpecText::session(server.port).with("sink.buffer.memory-size", &budget.to_string());
    let load = Load::open(&session, &merge_table()).unwrap();
    load.offer(&[row(0, "warm")]).unwrap();
    load.flush().unwrap();
    server.freeze();
    let wide = "x".repeat(1000);
    let mut refused = 0;
    for id in 0..100_000 {
        let mut batch = Vec::new();
        for i in 0..50 {
            pieload::row::image_builder::frame(&mut batch, load.table, &row(id * 50 + i, &wide).finish());
        }
        if !load.session.offer(&batch, Duration::from_millis(20)).unwrap() {
            refused += 1;
            if refused == 20 {
                break;
            }
        }
        let memory = load.metric(Metric::SessionMemoryBytes);
        assert!(memory <= budget, "{memory} bytes are reserved");
    }
    assert_eq!(refused, 20, "the server took everything although it stands still");
    let closed = Instant::now();
    load.session.close(Duration::from_secs(5));
    assert!(closed.elapsed() < Duration::from_secs(5), "closing waited for a server that hangs");
    server.thaw();
    eventually("no connection is left", || {
        server.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pieload-test'") == "0"
    });
    assert_eq!(server.value("SELECT count(*) FROM t"), "1");
}

#[test]
fn a_staging_table_that_lost_a_row_is_not_merged() {
    let server = start();
    // Only its own session reaches a temp table: a trigger takes a row away behind each COPY.
    server.run(
        "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            EXECUTE format('DELETE FROM %s WHERE id = 1', TG_RELID::regclass);
            RETURN NULL;
        END $$",
    );
    server.run(
        "CREATE FUNCTION prepare() RETURNS event_trigger LANGUAGE plpgsql AS $$ DECLARE made record; BEGIN
            FOR made IN SELECT objid::regclass AS name FROM pg_event_trigger_ddl_commands() LOOP
                EXECUTE format('CREATE TRIGGER lose AFTER INSERT ON %s FOR EACH STATEMENT EXECUTE PROCEDURE lose()',
                    made.name);
            END LOOP;
        END $$",
    );
    server.run(
        "CREATE EVENT TRIGGER prepare ON ddl_command_end WHEN TAG IN ('CREATE TABLE AS')
         EXECUTE PROCEDURE prepare()",
    );
    // The larger one is counted before the merge, the smaller one by the statement that empties it.
    for rows in [3, 6000] {
        let load = Load::open(&SpecText::session(server.port), &merge_table()).unwrap();
        load.offer(&(1..=rows).map(|id| row(id, "a")).collect::<Vec<_>>()).unwrap();
        load.session.start_flush().unwrap();
        let error = load.failure();
        let told = format!("\"t\" changed before the merge: expected {rows}, found {}", rows - 1);
        assert_eq!(error.kind(), Kind::Connection, "{error:?}");
        assert!(error.to_string().contains(&told), "{error}");
        drop(load);
        eventually("no connection is left", || {
            server.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pieload-test'")
                == "0"
        });
        assert_eq!(server.value("SELECT count(*) FROM t"), "0");
    }
}

#[test]
fn a_hung_server_is_a_stall_and_a_slow_statement_is_not() {
    let server = start();
    let session =
        SpecText::session(server.port).with("sink.stall-timeout", "2000").with("connection.timeout", "2000");
    let load = Load::open(&session, &merge_table()).unwrap();
    load.offer(&[row(1, "a")]).unwrap();
    load.flush().unwrap();

    // Slow: the merge waits three stall timeouts for a lock.
    let holder = server.client();
    support::runtime().block_on(holder.batch_execute("BEGIN; LOCK TABLE t")).unwrap();
    load.offer(&[row(2, "b")]).unwrap();
    load.session.start_flush().unwrap();
    assert!(!load.session.await_flush(Duration::from_secs(6)).unwrap());
    support::runtime().block_on(holder.batch_execute("COMMIT")).unwrap();
    eventually("the merge is done", || load.session.await_flush(Duration::from_millis(50)).unwrap());

    // Hung: nobody answers, not even to the question whether the statement runs.
    load.offer(&[row(3, "c")]).unwrap();
    eventually("sent", || load.metric(Metric::RowsSent) == 3);
    server.freeze();
    load.session.start_flush().unwrap();
    let error = load.failure();
    server.thaw();
    assert_eq!(error.kind(), Kind::Stalled, "{error:?}");
    // The COPY may have ended before, by itself.
    let told = error.to_string();
    assert!(told.contains("sink.stall-timeout"), "{told}");
    assert!(told.contains("\"t\"") || told.contains("verify the staged rows"), "{told}");
}

#[test]
fn closing_cancels_a_merge_that_waits() {
    let server = start();
    let load = Load::open(&SpecText::session(server.port), &merge_table()).unwrap();
    load.offer(&[row(1, "a")]).unwrap();
    let holder = server.client();
    support::runtime().block_on(holder.batch_execute("BEGIN; LOCK TABLE t IN SHARE MODE")).unwrap();
    load.session.start_flush().unwrap();
    eventually("the merge waits", || server.value("SELECT count(*) FROM pg_locks WHERE NOT granted") != "0");
    load.session.close(Duration::from_secs(5));
    eventually("no connection is left", || {
        server.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pieload-test'") == "0"
    });
    support::runtime().block_on(holder.batch_execute("COMMIT")).unwrap();
    assert_eq!(server.value("SELECT count(*) FROM t"), "0");
}

#[test]
fn nobody_listening_and_an_unknown_host_name_the_options() {
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let load = Load::open(&SpecText::session(unused), &merge_table()).unwrap();
    let error = load.failure();
    assert_eq!(error.kind(), Kind::Connection);
    assert!(
        error.to_string().contains("'hostname'") && error.to_string().contains(&unused.to_string()),
        "{error}"
    );

    let session = SpecText::session(5432).with("hostname", "no-such-host.invalid");
    let error = Load::open(&session, &merge_table()).unwrap().failure();
    assert_eq!(error.kind(), Kind::Connection);
    assert!(error.to_string().contains("no-such-host.invalid"), "{error}");
}

#[test]
fn a_server_that_never_answers_a_login_ends_at_the_connection_timeout() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let session = SpecText::session(silent.local_addr().unwrap().port()).with("connection.timeout", "500");
    let started = Instant::now();
    let error = Load::open(&session, &merge_table()).unwrap().failure();
    assert!(started.elapsed() < Duration::from_secs(10));
    assert!(error.to_string().contains("no answer within"), "{error}");
}
