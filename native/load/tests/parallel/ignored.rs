//! Rows that are left out by their kind: what removes a key, as row images and as Debezium's records, counted.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use pieload::metrics::Metric;
use pieload::row::RowKind::{self, Delete, Insert, UpdateAfter, UpdateBefore};
use pieload::row::image_builder::RowBuilder;
use support::records::{add_part, record, source_table};
use support::{Load, Server, SpecText};

const NAMED: [(&str, &str); 2] = [("id", "INT NOT NULL"), ("name", "STRING")];
const WAYS: [(&str, [&str; 3], u64); 3] = [
    ("", ["4|two", "5|five", ""], 0),
    ("sink.ignore-update-before", ["2|two", "4|two", "5|five"], 1),
    ("sink.ignore-delete", ["1|uno", "2|two", "4|two,5|five"], 2),
];

fn row(kind: RowKind, id: i32, name: &str) -> RowBuilder {
    RowBuilder::new(2).kind(kind).int(0, id).string(1, name)
}

fn told(expected: [&str; 3]) -> Vec<String> {
    expected.join(",").split(',').filter(|row| !row.is_empty()).map(str::to_owned).collect()
}

fn with(spec: SpecText, option: &str) -> SpecText {
    if option.is_empty() { spec } else { spec.with(option, "true") }
}

#[test]
fn a_merge_leaves_out_what_the_options_name_and_counts_it() {
    let server = Server::start(15);
    for (option, expected, ignored) in WAYS {
        for format in ["binary", "text"] {
            server.run(
                "DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, name text);
                 INSERT INTO t VALUES (1, 'one'), (2, 'two')",
            );
            let spec = SpecText::table("t", "merge", &NAMED, "0").with("sink.copy.format", format);
            let load = Load::open(&SpecText::session(server.port), &with(spec, option)).unwrap();
            load.offer(&[row(UpdateAfter, 1, "uno"), row(Delete, 1, "uno"), row(UpdateBefore, 2, "two")])
                .unwrap();
            load.offer(&[row(UpdateAfter, 4, "two"), row(Insert, 5, "five")]).unwrap();
            load.flush().unwrap();
            let told_by = format!("{option}, {format}");
            assert_eq!(server.rows("SELECT * FROM t ORDER BY 1"), told(expected), "{told_by}");
            assert_eq!(load.metric(Metric::RowsIgnored), ignored, "{told_by}");
            assert_eq!(load.metric(Metric::RowsAccepted), 5 - ignored, "{told_by}");
            // A batch of nothing else.
            load.offer(&[row(Delete, 5, "five")]).unwrap();
            load.flush().unwrap();
            let stays = option == "sink.ignore-delete";
            assert_eq!(server.rows("SELECT count(*) FROM t WHERE id = 5"), [u8::from(stays).to_string()]);
        }
    }
}

/// Key 1 is deleted, key 2 becomes key 4: whole, and as the two halves that a router makes of it.
#[test]
fn records_of_debezium_are_left_out_alike() {
    let server = Server::start(15);
    let object = |id: u32, name: &str| format!(r#"{{"id":{id},"name":"{name}"}}"#);
    for (option, expected, ignored) in WAYS {
        for halves in [&[0_u8][..], &[1, 2]] {
            server.run(
                "DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, name text);
                 INSERT INTO t VALUES (1, 'one'), (2, 'two')",
            );
            let spec = source_table("t", "merge", &[("id", "int NOT NULL"), ("name", "varchar(9)")], "0");
            let load = Load::open(&SpecText::session(server.port), &with(spec, option)).unwrap();
            let mut batch = Vec::new();
            let mut add = |half, record: String| add_part(&mut batch, load.table, half, record.as_bytes());
            add(0, record("u", &object(1, "one"), &object(1, "uno")));
            add(0, record("d", &object(1, "uno"), "null"));
            for half in halves {
                add(*half, record("u", &object(2, "two"), &object(4, "two")));
            }
            add(0, record("c", "null", &object(5, "five")));
            load.offer_batch(&batch).unwrap();
            load.flush().unwrap();
            assert_eq!(server.rows("SELECT * FROM t ORDER BY 1"), told(expected), "{option}, {halves:?}");
            assert_eq!(load.metric(Metric::RowsIgnored), ignored, "{option}, {halves:?}");
        }
    }
}

/// Old rows are cleared at the source and kept here; an update still has no key to go by.
#[test]
fn append_leaves_out_deletes_and_refuses_updates_still() {
    let server = Server::start(15);
    server.run("CREATE TABLE t (id int, name text)");
    let spec = SpecText::table("t", "append", &NAMED, "").with("sink.ignore-delete", "true");
    let load = Load::open(&SpecText::session(server.port), &spec).unwrap();
    load.offer(&[row(Insert, 1, "one"), row(Delete, 1, "one"), row(Insert, 1, "again")]).unwrap();
    load.flush().unwrap();
    assert_eq!(server.rows("SELECT * FROM t ORDER BY 2"), ["1|again", "1|one"]);
    let error = load.offer(&[row(UpdateAfter, 1, "uno")]).expect_err("no insert");
    assert!(error.to_string().contains("takes inserts only"), "{error}");
}

/// One that is left out since a value does not fit is counted as that, and those beside it once.
#[test]
fn rows_that_do_not_fit_are_counted_apart() {
    let server = Server::start(15);
    server.run("CREATE TABLE t (id int PRIMARY KEY, name varchar(4))");
    let spec = SpecText::table("t", "merge", &NAMED, "0")
        .with("sink.ignore-delete", "true")
        .with("sink.error-rows.action", "skip");
    let load = Load::open(&SpecText::session(server.port), &spec).unwrap();
    load.offer(&[row(Delete, 1, "x"), row(Insert, 2, "longer"), row(Insert, 3, "ok"), row(Delete, 3, "ok")])
        .unwrap();
    load.flush().unwrap();
    assert_eq!(server.rows("SELECT * FROM t"), ["3|ok"]);
    assert_eq!(load.metric(Metric::ErrorRows), 1);
    assert_eq!(load.metric(Metric::RowsIgnored), 2);
}
