//! Rows with a value that the target cannot store: the end of the job, which says how to go past it, or left out if
//! asked.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use pieload::Kind;
use pieload::metrics::Metric;
use pieload::row::RowKind;
use pieload::row::image_builder::{RowBuilder, frame};
use support::exactly_once::{SINK, Sink, manifest, stage};
use support::points::Points;
use support::records::{add, record, source_table};
use support::{Load, Server, SpecText, logs, open_table};

const COLUMNS: [(&str, &str); 3] =
    [("id", "bigint NOT NULL"), ("name", "varchar(5)"), ("price", "decimal(4,1)")];

fn row(id: u64, name: &str, price: &str) -> String {
    format!(r#"{{"id":{id},"name":"{name}","price":"{price}"}}"#)
}

/// Among good rows: U+0000, too long, too many digits, NULL where the target takes none; and the later version of one.
fn records() -> Vec<String> {
    vec![
        record("c", "null", &row(1, "one", "1.5")),
        record("c", "null", &row(2, r"a\u0000b", "1.5")),
        record("c", "null", &row(3, "longer", "1.5")),
        record("c", "null", &row(4, "four", "12345.5")),
        record("c", "null", r#"{"id":5,"name":null,"price":"1.5"}"#),
        record("u", &row(2, r"a\u0000b", "1.5"), &row(2, "ab", "2.5")),
        record("u", &row(1, "one", "1.5"), &row(1, r"\u0000", "1.5")),
        record("c", "null", &row(6, "six", "6.5")),
        record("d", &row(3, "longer", "1.5"), "null"),
    ]
}

fn offer(load: &Load, records: &[String]) -> pieload::Result<()> {
    let mut batch = Vec::new();
    records.iter().for_each(|record| add(&mut batch, load.table, record));
    load.offer_batch(&batch)
}

fn source(mode: &str) -> SpecText {
    source_table("t", mode, &COLUMNS, if mode == "merge" { "0" } else { "" })
        .with("debezium.decimals", "text")
}

#[test]
fn rows_that_cannot_be_stored_end_the_job_or_are_left_out_as_the_option_says() {
    let _turn = Points::take();
    logs::keep();
    let server = Server::start(17);
    let create = "CREATE TABLE t (id bigint PRIMARY KEY, name varchar(5) NOT NULL, price numeric(4,1))";
    for format in ["binary", "text"] {
        server.run(create);
        let spec = source("merge").with("sink.copy.format", format);
        let load = Load::open(&SpecText::session(server.port), &spec).unwrap();
        let error = offer(&load, &records()).expect_err("U+0000");
        assert_eq!(error.kind(), Kind::Data, "{error}");
        let told = [
            "\"public\".\"t\"",
            "\"name\"",
            "U+0000",
            "'sink.error-rows.action' = 'skip'",
            "correct it in the source",
        ];
        for part in told {
            assert!(error.to_string().contains(part), "{part:?} is not in: {error}");
        }
        drop(load);

        let load = Load::open(&SpecText::session(server.port), &spec.with("sink.error-rows.action", "skip"))
            .unwrap();
        offer(&load, &records()).unwrap();
        offer(&load, &[record("c", "null", &row(7, r"\u0000", "1.5"))]).unwrap();
        load.flush().unwrap();
        assert_eq!(server.rows("SELECT * FROM t ORDER BY 1"), ["1|one|1.5", "2|ab|2.5", "6|six|6.5"]);
        assert_eq!(load.metric(Metric::ErrorRows), 6);
        let warned = logs::take("5 rows more are left out");
        assert_eq!(warned.len(), 1, "{warned:?}");
        for part in [
            "table \"public\".\"t\": 5 rows more",
            "2: table \"public\".\"t\", column \"name\": the text holds U+0000",
        ] {
            assert!(warned.iter().all(|line| line.contains(part)), "{part} is not in {warned:?}");
        }
        server.run("DROP TABLE t");
    }
}

/// A stream that is not what its settings say would be left out row by row, and nothing would be loaded.
#[test]
fn a_stream_that_is_misread_ends_the_job_in_any_case() {
    let _turn = Points::take();
    let server = Server::start(17);
    server.run("CREATE TABLE t (id bigint PRIMARY KEY, name varchar(5), price numeric(4,1))");
    for (bad, told) in [
        (r#"{"id":"x","name":"a","price":"1.5"}"#, "not of the column's type"),
        (r#"{"id":1,"name":"a","price":"1.5","more":1}"#, "\"more\" is not in the table's known definition"),
        (r#"{"id":1,"name":"a"}"#, "must log full rows"),
        (r#"{"id":1,"name":"a","price":"x"}"#, "not a decimal"),
        ("{", "Debezium record"),
    ] {
        let spec = source("merge").with("sink.error-rows.action", "skip");
        let load = Load::open(&SpecText::session(server.port), &spec).unwrap();
        let records = [record("c", "null", &row(1, "one", "1.5")), record("c", "null", bad)];
        let error = offer(&load, &records).expect_err(told);
        assert!(error.to_string().contains(told), "{error}");
        assert!(!error.to_string().contains("error-rows"), "{error}");
    }
}

#[test]
fn row_images_are_left_out_alike() {
    let _turn = Points::take();
    let server = Server::start(17);
    for guarantee in ["at-least-once", "exactly-once"] {
        for (mode, format) in
            [("append", "binary"), ("append", "text"), ("merge", "binary"), ("merge", "text")]
        {
            server.run("CREATE TABLE images (id int, name varchar(5))");
            let key = if mode == "merge" { "0" } else { "" };
            let spec = SpecText::table("images", mode, &[("id", "INT"), ("name", "STRING")], key)
                .with("sink.copy.format", format);
            let sink = Sink::open(&server, guarantee, &spec.with("sink.error-rows.action", "skip"));
            let row = |id, name: &str| RowBuilder::new(2).int(0, id).string(1, name);
            sink.load.offer(&[row(1, "a"), row(2, "longer"), row(3, "b\0"), row(4, "d")]).unwrap();
            sink.flush();
            let stored = server.rows("SELECT * FROM images ORDER BY 1");
            assert_eq!(stored, ["1|a", "4|d"], "{guarantee}, {mode}, {format}");
            assert_eq!(sink.load.metric(Metric::ErrorRows), 2);
            if mode == "append" {
                let update = [row(5, "e").kind(RowKind::UpdateAfter)];
                let error = sink.load.offer(&update).expect_err("no insert");
                assert!(error.to_string().contains("takes inserts only"), "{error}");
            }
            drop(sink);
            server.run("DROP TABLE images");
        }
    }
}

#[test]
fn more_rows_than_allowed_end_the_job_with_their_number() {
    let _turn = Points::take();
    let server = Server::start(17);
    for (format, mode) in [("binary", "merge"), ("text", "append")] {
        let key = if mode == "merge" { "0" } else { "" };
        server.run("CREATE TABLE one (id int, name varchar(5)); CREATE TABLE two (id int, name varchar(5))");
        let table = |name: &str| {
            SpecText::table(name, mode, &[("id", "INT"), ("name", "STRING")], key)
                .with("sink.copy.format", format)
                .with("sink.error-rows.action", "skip")
        };
        let open = |max: &str| {
            let session = SpecText::session(server.port).with("sink.error-rows.max", max);
            let load = Load::open(&session, &table("one")).unwrap();
            let other = open_table(&load.session, &table("two"));
            (load, other)
        };
        let bad = |id| RowBuilder::new(2).int(0, id).string(1, "too long");
        let good = |id| RowBuilder::new(2).int(0, id).string(1, "a");

        let (load, other) = open("3");
        load.offer(&[good(1), bad(2), good(3)]).unwrap();
        let mut batch = Vec::new();
        [bad(1), bad(2), good(3)].iter().for_each(|row| frame(&mut batch, other, &row.clone().finish()));
        load.offer_batch(&batch).unwrap();
        load.flush().unwrap();
        assert_eq!(
            server.rows("SELECT id FROM one UNION ALL SELECT id FROM two ORDER BY 1"),
            ["1", "3", "3"]
        );
        load.offer(&[good(5)]).unwrap();
        let error = load.offer(&[bad(4), good(6)]).expect_err("the fourth");
        assert_eq!(error.kind(), Kind::Data, "{error}");
        for part in
            ["4 rows of this writer", "'sink.error-rows.max' is '3'", "\"public\".\"one\", column \"name\""]
        {
            assert!(error.to_string().contains(part), "{part:?} is not in: {error}");
        }
        drop(load);

        let (load, _) = open("0.02%");
        for window in 0..3 {
            let rows: Vec<_> = (1..10_000).map(|id| if id > 9_997 { bad(id) } else { good(id) }).collect();
            load.offer(&rows).unwrap_or_else(|error| panic!("{window}: {error}"));
            load.offer(&[good(10_000)]).unwrap();
        }
        load.flush().unwrap();
        assert_eq!(load.metric(Metric::ErrorRows), 6);
        let error = load.offer(&[bad(1), bad(2), bad(3), good(4)]).expect_err("three of ten thousand");
        for part in ["3 of the last 4 rows", "'0.02%'", "each 10000 rows"] {
            assert!(error.to_string().contains(part), "{part:?} is not in: {error}");
        }
        drop(load);
        server.run("DROP TABLE one, two");
    }
}

const ERRORS: &str = "SELECT sink, target, operation, key, row, reason, sqlstate FROM pieclouddb_flink.error_rows \
                      WHERE met_at BETWEEN now() - interval '1 minute' AND now() + interval '1 minute' ORDER BY key, row";

/// A row of the table of error rows, of column `name` of the table `t`.
fn told(operation: &str, key: &str, row: &str, reason: &str, sqlstate: &str) -> String {
    let table = "\"public\".\"t\"";
    format!("{SINK}|{table}|{operation}|{key}|{row}|table {table}, column \"name\": {reason}|{sqlstate}")
}

#[test]
fn rows_that_cannot_be_stored_stand_in_their_table_once_with_the_good_ones() {
    let _turn = Points::take();
    let server = Server::start(17);
    let columns = [("id", "INT"), ("name", "STRING"), ("at", "TIMESTAMP(3)"), ("raw", "BYTES")];
    for guarantee in ["at-least-once", "exactly-once"] {
        for (mode, format) in
            [("append", "binary"), ("append", "text"), ("merge", "binary"), ("merge", "text")]
        {
            server.run("CREATE TABLE t (id int, name varchar(5) NOT NULL, at timestamp(3), raw bytea)");
            let key = if mode == "merge" { "0" } else { "" };
            let table = SpecText::table("t", mode, &columns, key)
                .with("sink.copy.format", format)
                .with("sink.error-rows.action", "table");
            let sink = Sink::open(&server, guarantee, &table);
            let row = |id| RowBuilder::new(4).int(0, id).long(2, 1500).bytes(3, b"\x01\xff");
            sink.load
                .offer(&[row(1).string(1, "a"), row(2).string(1, "lo\"nger"), row(3).string(1, "b\0")])
                .unwrap();
            sink.load.offer(&[row(4).null(1), row(5).bytes(1, b"\xffx\0"), row(6).string(1, "f")]).unwrap();
            if guarantee == "exactly-once" {
                let staged = stage(&sink.load.session).unwrap();
                assert_eq!(server.rows(ERRORS), Vec::<String>::new(), "before the checkpoint");
                let manifest = manifest(&[staged]);
                let committer = sink.committer.as_ref().unwrap();
                // A commit whose answer was lost comes again.
                committer.commit(&manifest).unwrap();
                committer.commit(&manifest).unwrap();
            } else {
                sink.flush();
            }
            let (operation, of) =
                ("+I", |id| if key.is_empty() { "NULL".to_owned() } else { format!("{{\"id\":{id}}}") });
            let shown = |id: u32, name: &str| {
                format!("{{\"id\":{id},\"name\":{name},\"at\":\"1970-01-01 00:00:01.5\",\"raw\":\"Af8=\"}}")
            };
            let null = "the text holds U+0000, which the server cannot store; 'sink.null-char.handling' can strip or \
                        replace it";
            let expected = [
                told(
                    operation,
                    &of(2),
                    &shown(2, r#""lo\"nger""#),
                    "the text is longer than the column",
                    "22000",
                ),
                told(operation, &of(3), &shown(3, "\"b\u{fffd}\""), null, "22000"),
                told(operation, &of(4), &shown(4, "null"), "NULL in a column that is NOT NULL", "23502"),
                told(
                    operation,
                    &of(5),
                    &shown(5, "\"\u{fffd}x\u{fffd}\""),
                    "the text is not valid UTF-8",
                    "22000",
                ),
            ];
            assert_eq!(server.rows(ERRORS), expected, "{guarantee}, {mode}, {format}");
            assert_eq!(server.rows("SELECT id FROM t ORDER BY 1"), ["1", "6"]);
            assert_eq!(sink.load.metric(Metric::ErrorRows), 4);
            // The next checkpoint has its own, and good rows alone leave the table as it is.
            sink.load.offer(&[row(7).string(1, "g")]).unwrap();
            sink.flush();
            assert_eq!(server.rows(ERRORS).len(), 4);
            drop(sink);
            server.run("DROP TABLE t, pieclouddb_flink.error_rows");
        }
    }
}

#[test]
fn records_that_cannot_be_stored_stand_there_as_they_came() {
    let _turn = Points::take();
    let server = Server::start(15);
    for guarantee in ["at-least-once", "exactly-once"] {
        server.run("CREATE TABLE t (id bigint PRIMARY KEY, name varchar(5) NOT NULL, price numeric(4,1))");
        let sink = Sink::open(&server, guarantee, &source("merge").with("sink.error-rows.action", "table"));
        offer(&sink.load, &records()).unwrap();
        sink.flush();
        let rows = server
            .rows("SELECT operation, key, row FROM pieclouddb_flink.error_rows ORDER BY met_at, key, row");
        let expected = [
            ("u", 1, row(1, r"\u0000", "1.5")),
            ("c", 2, row(2, r"a\u0000b", "1.5")),
            ("c", 3, row(3, "longer", "1.5")),
            ("c", 4, row(4, "four", "12345.5")),
            ("c", 5, r#"{"id":5,"name":null,"price":"1.5"}"#.to_owned()),
        ];
        assert_eq!(rows, expected.map(|(operation, id, row)| format!("{operation}|{{\"id\":{id}}}|{row}")));
        assert_eq!(server.rows("SELECT id FROM t ORDER BY 1"), ["1", "2", "6"]);
        drop(sink);
        server.run("DROP TABLE t, pieclouddb_flink.error_rows");
    }
}

/// Rows of which none can be stored, of many batches, in a session with little memory and one connection.
#[test]
fn error_rows_alone_are_a_load_too() {
    let _turn = Points::take();
    let server = Server::start(17);
    server.run("CREATE TABLE t (id int PRIMARY KEY, name varchar(5))");
    let session = SpecText::session(server.port)
        .with("sink.buffer.memory-size", "1048576")
        .with("sink.error-rows.table-name", "bad \"rows");
    let table = SpecText::table("t", "merge", &[("id", "INT"), ("name", "STRING")], "0")
        .with("sink.error-rows.action", "table");
    let load = Load::open(&session, &table).unwrap();
    let long = "\u{1}\\\"".repeat(50);
    for batch in 0..50 {
        let rows: Vec<_> =
            (0..100).map(|i| RowBuilder::new(2).int(0, batch * 100 + i).string(1, &long)).collect();
        load.offer(&rows).unwrap();
    }
    load.flush().unwrap();
    let errors = "pieclouddb_flink.\"bad \"\"rows\"";
    assert_eq!(server.value(&format!("SELECT count(DISTINCT key) FROM {errors}")), "5000");
    assert_eq!(server.value("SELECT count(*) FROM t"), "0");
    let same = format!(
        "SELECT count(*) FROM {errors} WHERE length(row::json ->> 'name') = 150 AND sqlstate = '22000'"
    );
    assert_eq!(server.value(&same), "5000");
    drop(load);
    // That table is no target, and the job says so when it cannot have its columns.
    let own = table.with("schema-name", "pieclouddb_flink").with("table-name", "bad \"rows");
    let error = Load::open(&session, &own).err().expect("its own table");
    assert!(error.to_string().contains("'sink.error-rows.table-name'"), "{error}");
}
