//! Text that the server's input functions read: what of it is a key, and what becomes of text that they refuse.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use pieload::row::image_builder::RowBuilder;
use pieload::{Kind, Result};
use support::{Load, Server, SpecText};

fn open(server: &Server, mode: &str, parallelism: &str, column: &str, format: &str) -> Result<Load> {
    server.run(&format!("DROP TABLE IF EXISTS t; CREATE TABLE t (a {column}, n int)"));
    let session = SpecText::session(server.port).with("sink.parallelism", parallelism);
    let table = SpecText::table("t", mode, &[("a", "STRING NOT NULL"), ("n", "INT")], "0");
    let load = Load::open(&session, &table.with("sink.copy.format", format))?;
    load.offer(&[])?;
    Ok(load)
}

fn row(address: &str, n: i32) -> RowBuilder {
    RowBuilder::new(2).string(0, address).int(1, n)
}

#[test]
fn two_texts_of_one_key_are_one_row() {
    let server = Server::start(15);
    for (column, one, same, other) in [
        ("inet", "10.0.0.1", "10.0.0.1/32", "10.0.0.1/24"),
        ("macaddr", "08:00:2b:01:02:03", "08-00-2B-01-02-03", "08:00:2b:01:02:04"),
        ("varbit", "11111111", "xFF", "1111111"),
        ("interval", "24:00:00", "1 day", "25:00:00"),
        ("timetz", "04:05:06+00", "04:05:06Z", "05:05:06+01"),
    ] {
        let load = open(&server, "merge", "1", column, "binary").unwrap();
        load.offer(&[row(one, 1), row(other, 2), row(same, 3)]).unwrap();
        load.flush().unwrap();
        assert_eq!(server.rows("SELECT n FROM t ORDER BY n"), ["2", "3"], "{column}, in one flush");
        load.offer(&[row(one, 4)]).unwrap();
        load.flush().unwrap();
        assert_eq!(server.rows("SELECT n FROM t ORDER BY n"), ["2", "4"], "{column}, in another one");
        load.offer(&[row(same, 0).kind(pieload::row::RowKind::Delete)]).unwrap();
        load.flush().unwrap();
        assert_eq!(server.rows("SELECT n FROM t ORDER BY n"), ["2"], "{column}, removed");
    }
}

#[test]
fn a_key_is_refused_by_name_where_writers_or_the_sink_would_not_know_it() {
    let server = Server::start(15);
    for (column, parallelism, part) in [
        ("inet", "2", "set 'sink.parallelism' = '1'"),
        ("point", "1", "without an equality that is known to the sink"),
        ("int4range", "1", "without an equality that is known to the sink"),
    ] {
        let load = open(&server, "merge", parallelism, column, "auto").unwrap();
        let error = load.offer(&[row("x", 1)]).and_then(|()| load.flush()).unwrap_err();
        assert_eq!(error.kind(), Kind::Target);
        assert!(error.to_string().contains(&format!("key column \"a\" ({column})")), "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn text_that_the_server_refuses_names_the_column_and_not_the_value() {
    let server = Server::start(15);
    for (column, bad) in [("inet", "secret"), ("bit(4)", "101"), ("varbit(2)", "101"), ("int4range", "[5,1]")]
    {
        for (mode, column) in [("append", column.to_owned()), ("append", format!("{column} NOT NULL"))] {
            let load = open(&server, mode, "1", &column, "binary").unwrap();
            let error = load.offer(&[row(bad, 1)]).and_then(|()| load.flush()).unwrap_err();
            assert_eq!(error.kind(), Kind::Data, "{error}");
            let text = error.to_string();
            assert!(text.contains("\"t\"") && !text.contains(bad), "{text}");
            assert!(text.contains("column \"a\""), "{text}");
        }
    }
}
