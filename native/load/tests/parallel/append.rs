//! Append mode against a real server: every row is added once, visible at the flush and not before.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use pieload::Kind;
use pieload::metrics::Metric;
use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use support::{Load, Server, SpecText, eventually, lines};

const COLUMNS: [(&str, &str); 2] = [("id", "INT"), ("name", "STRING")];

fn row(id: i32, name: &str) -> RowBuilder {
    RowBuilder::new(2).kind(RowKind::Insert).int(0, id).string(1, name)
}

/// Counts the rows that its COPY has read, for whoever looks: a sequence knows no transaction.
const COUNTED: &str =
    "CREATE SEQUENCE seen; CREATE TABLE t (id int, name text, n bigint DEFAULT nextval('seen'))";

fn seen(server: &Server) -> u32 {
    server.value("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM seen").parse().unwrap()
}

fn open(server: &Server) -> Load {
    Load::open(&SpecText::session(server.port), &SpecText::table("t", "append", &COLUMNS, "")).unwrap()
}

#[test]
fn rows_are_streamed_before_the_flush_and_visible_after_it_on_every_version() {
    for &version in lines(&[12, 15, 17]) {
        let server = Server::start(version);
        server.run(COUNTED);
        let load = open(&server);
        for start in 0..100 {
            let rows: Vec<_> = (0..100).map(|i| row(start * 100 + i, "0123456789")).collect();
            load.offer(&rows).unwrap();
        }
        eventually("all rows were sent", || load.metric(Metric::RowsSent) == 10_000);
        // The COPY runs, its rows are arriving, and nobody sees them.
        eventually("COPY in progress", || seen(&server) > 0);
        assert_eq!(server.value("SELECT count(*) FROM t"), "0");
        load.flush().unwrap();
        assert_eq!(server.value("SELECT count(*) || ':' || sum(id) FROM t"), "10000:49995000");
        assert_eq!(load.metric(Metric::RowsCommitted), 10_000);
    }
}

#[test]
fn a_single_row_reaches_the_server_without_waiting_for_others() {
    let server = Server::start(15);
    server.run(COUNTED);
    let load = open(&server);
    load.offer(&[row(1, "alone")]).unwrap();
    eventually("the server has the row", || seen(&server) == 1);
    load.flush().unwrap();
}

#[test]
fn closing_without_a_flush_publishes_nothing_and_leaves_no_connection() {
    let server = Server::start(15);
    server.run("CREATE TABLE t (id int, name text)");
    let load = open(&server);
    load.offer(&[row(1, "kept")]).unwrap();
    load.flush().unwrap();
    load.offer(&[row(2, "dropped")]).unwrap();
    eventually("sent", || load.metric(Metric::RowsSent) == 2);
    load.session.close(support::DEADLINE);
    load.session.close(support::DEADLINE);
    assert_eq!(load.session.await_flush(support::DEADLINE).unwrap_err().kind(), Kind::Closed);
    eventually("no connection is left", || {
        server.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pieload-test'") == "0"
    });
    assert_eq!(server.rows("SELECT id FROM t"), ["1"]);
}

#[test]
fn a_value_the_server_refuses_fails_the_load_without_showing_it() {
    let server = Server::start(15);
    server.run("CREATE TABLE t (id int, name text CHECK (name <> 'secret value'))");
    let load = open(&server);
    load.offer(&[row(1, "secret value")]).unwrap();
    load.session.start_flush().unwrap();
    let error = load.failure();
    assert!(error.chain().contains("23514") && error.chain().contains("t_name_check"), "{error:?}");
    assert!(!format!("{error:?}").contains("secret value"), "{error:?}");
    // The failure stays: nothing is taken any more, nothing is reported as done.
    assert!(load.offer(&[row(2, "x")]).is_err());
    assert!(load.session.await_flush(support::DEADLINE).is_err());
}

#[test]
fn an_error_in_the_middle_of_a_copy_is_found_while_rows_still_arrive() {
    let server = Server::start(15);
    server.run("CREATE TABLE t (id int, name jsonb)");
    let load = open(&server);
    load.offer(&[row(1, "{not json")]).unwrap();
    // Enough data that the server looks at the first row; no flush is ever started.
    let fill: Vec<_> =
        (0..200).map(|id| row(id, "{\"k\": \"0123456789012345678901234567890123456789\"}")).collect();
    eventually("the next calls fail", || load.offer(&fill).is_err());
    let error = load.failure();
    assert_eq!(error.kind(), Kind::Data, "{error:?}");
    assert!(error.chain().contains("\"name\""), "{error:?}");
}

#[test]
fn an_update_in_append_mode_is_an_error_that_says_what_to_do() {
    let server = Server::start(15);
    server.run("CREATE TABLE t (id int, name text)");
    let load = open(&server);
    load.flush().unwrap();
    let error = load.offer(&[row(1, "a").kind(RowKind::Delete)]).unwrap_err();
    assert_eq!(error.kind(), Kind::Data);
    assert!(error.to_string().contains("merge") && error.to_string().contains("\"public\".\"t\""), "{error}");
}
