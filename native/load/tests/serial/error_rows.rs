//! Rows with a value that the target cannot store: the end of the job, which says how to go past it, or left out if
//! asked.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use pieload::Kind;
use pieload::metrics::Metric;
use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use support::points::Points;
use support::records::{add, record, source_table};
use support::{Load, Server, SpecText, logs};

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

        let load =
            Load::open(&SpecText::session(server.port), &spec.with("sink.error-rows.action", "skip")).unwrap();
        offer(&load, &records()).unwrap();
        offer(&load, &[record("c", "null", &row(7, r"\u0000", "1.5"))]).unwrap();
        load.flush().unwrap();
        assert_eq!(server.rows("SELECT * FROM t ORDER BY 1"), ["1|one|1.5", "2|ab|2.5", "6|six|6.5"]);
        assert_eq!(load.metric(Metric::ErrorRows), 6);
        let warned = logs::take("table \"public\".\"t\", column");
        assert_eq!(warned.len(), 4, "one for each reason: {warned:?}");
        assert!(warned.iter().all(|line| line.contains("the row is left out")), "{warned:?}");
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
    for mode in ["append", "merge"] {
        server.run("CREATE TABLE images (id int, name varchar(5))");
        let key = if mode == "merge" { "0" } else { "" };
        let spec = SpecText::table("images", mode, &[("id", "INT"), ("name", "STRING")], key);
        let load =
            Load::open(&SpecText::session(server.port), &spec.with("sink.error-rows.action", "skip")).unwrap();
        let row = |id, name: &str| RowBuilder::new(2).int(0, id).string(1, name);
        load.offer(&[row(1, "a"), row(2, "longer"), row(3, "b\0"), row(4, "d")]).unwrap();
        load.flush().unwrap();
        assert_eq!(server.rows("SELECT * FROM images ORDER BY 1"), ["1|a", "4|d"]);
        assert_eq!(load.metric(Metric::ErrorRows), 2);
        if mode == "append" {
            let update = [row(5, "e").kind(RowKind::UpdateAfter)];
            let error = load.offer(&update).expect_err("no insert");
            assert!(error.to_string().contains("takes inserts only"), "{error}");
        }
        server.run("DROP TABLE images");
    }
}
