//! Tables whose rows arrive as Debezium's JSON: exact in both modes and formats, among tables of row images too.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use std::collections::BTreeMap;

use pieload::Kind;
use pieload::metrics::Metric;
use pieload::row::RowKind;
use pieload::row::image_builder::{RowBuilder, frame};
use pieload::session::Session;
use pieload::spec::{SessionSpec, TableSpec};
use support::records::{add, add_part, enveloped, record, source_table};
use support::{Load, Server, SpecText, flush, lines, logs, metric_of, offer, runtime};

const COLUMNS: [(&str, &str); 3] =
    [("id", "bigint NOT NULL"), ("name", "varchar(20)"), ("at", "datetime(6)")];
const FIELDS: &str = r#"{"type":"int64","field":"id"},{"type":"string","field":"name"},{"type":"int64","name":"io.debezium.time.MicroTimestamp","field":"at"}"#;
const CREATE: &str = "(id bigint, name varchar(20), at timestamp)";

fn open(spec: &SpecText) -> Session {
    Session::open(SessionSpec::parse(&spec.text()).unwrap(), runtime()).unwrap()
}

fn open_table(session: &Session, spec: &SpecText) -> u32 {
    session.open_table(TableSpec::parse(&spec.text()).unwrap()).unwrap()
}

fn merge_table(name: &str) -> SpecText {
    source_table(name, "merge", &COLUMNS, "0")
}

fn row(id: u64, name: &str) -> String {
    format!(r#"{{"id":{id},"name":"{name}","at":1700000000123456}}"#)
}

fn put(id: u64, name: &str) -> String {
    record("c", "null", &row(id, name))
}

fn give(load: &Load, records: &[String]) -> pieload::Result<()> {
    let mut batch = Vec::new();
    records.iter().for_each(|record| add(&mut batch, load.table, record));
    load.offer_batch(&batch)
}

#[test]
fn changes_end_exact_on_every_version_in_both_formats_with_and_without_envelope() {
    for &version in lines(&[12, 15, 17]) {
        let server = Server::start(version);
        for (number, (format, envelope)) in
            [("binary", false), ("text", false), ("binary", true), ("text", true)].into_iter().enumerate()
        {
            let table = format!("t{number}");
            server.run(&format!("CREATE TABLE {table} {CREATE}; ALTER TABLE {table} ADD PRIMARY KEY (id)"));
            let spec = merge_table(&table).with("sink.copy.format", format);
            let load = Load::open(&SpecText::session(server.port), &spec).unwrap();
            let changes = [
                put(1, "one"),
                record("r", "null", &row(2, "two")),
                record("r", "null", &row(3, "three")),
                record("c", "null", r#"{"id":4,"name":null,"at":null}"#),
                record("u", &row(2, "two"), &row(2, "second")),
                record("d", &row(3, "three"), "null"),
                record("u", &row(1, "one"), &row(10, "ten")),
                // Without the row before: the new one is put.
                record("u", "null", &row(5, "five")),
            ];
            let wrap = |text: &String| if envelope { enveloped(FIELDS, text) } else { text.clone() };
            give(&load, &changes.iter().map(wrap).collect::<Vec<_>>()).unwrap();
            assert_eq!(load.metric(Metric::RowsAccepted), 9, "tuples: one record is two");
            load.flush().unwrap();
            let at = "2023-11-14 22:13:20.123456";
            assert_eq!(
                server.rows(&format!("SELECT * FROM {table} ORDER BY id")),
                [
                    format!("2|second|{at}"),
                    "4|NULL|NULL".to_owned(),
                    format!("5|five|{at}"),
                    format!("10|ten|{at}")
                ]
            );
            assert_eq!(load.metric(Metric::RowsSent), 9);
            assert_eq!(load.metric(Metric::RowsCommitted), 9);
        }
    }
}

#[test]
fn append_adds_what_is_inserted_and_refuses_the_rest() {
    let server = Server::start(15);
    server.run(&format!("CREATE TABLE t {CREATE}"));
    for format in ["binary", "text"] {
        let spec = source_table("t", "append", &COLUMNS, "").with("sink.copy.format", format);
        let load = Load::open(&SpecText::session(server.port), &spec).unwrap();
        give(&load, &[put(1, format), record("r", "null", &row(2, format))]).unwrap();
        load.flush().unwrap();
        for change in [record("u", "null", &row(1, "x")), record("d", &row(1, "x"), "null")] {
            let load = Load::open(&SpecText::session(server.port), &spec).unwrap();
            let error = give(&load, &[put(3, "never"), change]).unwrap_err();
            assert!(error.kind() == Kind::Data && error.to_string().contains("inserts only"), "{error:?}");
            drop(load);
        }
    }
    let rows = "SELECT id, name FROM t ORDER BY name, id";
    assert_eq!(server.rows(rows), ["1|binary", "2|binary", "1|text", "2|text"]);
}

/// The removal of an update that moves its key comes behind what was put for that key before and in front of what is
/// put for it later, in one flush.
#[test]
fn tuples_of_one_record_keep_their_place_among_those_of_others() {
    let server = Server::start(15);
    server.run(&format!("CREATE TABLE t {CREATE}; ALTER TABLE t ADD PRIMARY KEY (id)"));
    let load = Load::open(&SpecText::session(server.port), &merge_table("t")).unwrap();
    let moved = |from: u64, to: u64, name: &str| record("u", &row(from, name), &row(to, name));
    give(&load, &[put(5, "a"), moved(5, 6, "a")]).unwrap();
    load.flush().unwrap();
    assert_eq!(server.rows("SELECT id, name FROM t"), ["6|a"]);
    // a and b change places by way of 9, then 9 is used again.
    give(&load, &[put(7, "b"), moved(6, 9, "a"), moved(7, 6, "b"), moved(9, 7, "a"), put(9, "c")]).unwrap();
    load.flush().unwrap();
    assert_eq!(server.rows("SELECT id, name FROM t ORDER BY id"), ["6|b", "7|a", "9|c"]);
    // The key that one record puts last is what the next one removes first.
    let chains = (100..400)
        .flat_map(|id| [put(id, "d"), moved(id, id + 300, "d"), record("d", &row(id + 300, "d"), "null")]);
    give(&load, &chains.collect::<Vec<_>>()).unwrap();
    load.flush().unwrap();
    assert_eq!(server.value("SELECT count(*) FROM t"), "3");
    let whole = moved(9, 8, "c");
    let mut batch = Vec::new();
    add_part(&mut batch, load.table, 1, whole.as_bytes());
    load.offer_batch(&batch).unwrap();
    load.flush().unwrap();
    assert_eq!(server.rows("SELECT id FROM t ORDER BY id"), ["6", "7"]);
    batch.clear();
    add_part(&mut batch, load.table, 2, whole.as_bytes());
    load.offer_batch(&batch).unwrap();
    load.flush().unwrap();
    assert_eq!(server.rows("SELECT id FROM t ORDER BY id"), ["6", "7", "8"]);
}

/// The same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// Random changes of twenty tables; every second one has row images, the others records that move keys as well.
#[test]
fn tables_of_records_and_of_row_images_end_exact_in_one_session() {
    let server = Server::start(15);
    let spec = SpecText::session(server.port).with("connection.pool.max-size", "3");
    let session = open(&spec.with("sink.buffer.memory-size", "2097152"));
    let mut ids = Vec::new();
    for number in 0..20 {
        let name = format!("t{number}");
        server.run(&format!("CREATE TABLE {name} (id bigint PRIMARY KEY, name text)"));
        let images = [("id", "BIGINT NOT NULL"), ("name", "STRING")];
        let records = [("id", "bigint NOT NULL"), ("name", "text")];
        let spec = match number % 2 {
            0 => SpecText::table(&name, "merge", &images, "0"),
            _ => source_table(&name, "merge", &records, "0"),
        };
        ids.push(open_table(&session, &spec));
    }
    let mut expected = vec![BTreeMap::<u64, String>::new(); 20];
    let mut random = Random(0x5eed);
    for _ in 0..4 {
        let mut batch = Vec::new();
        for number in 0..4_000 {
            let at = usize::try_from(random.below(20)).unwrap();
            let (id, text) = (random.below(30), format!("{number}-{}", "x".repeat(number % 200)));
            let of = |id: u64, text: &str| format!(r#"{{"id":{id},"name":"{text}"}}"#);
            let rows = &mut expected[at];
            let old = rows.get(&id).cloned();
            if at % 2 == 0 {
                let kind = if random.below(4) == 0 { RowKind::Delete } else { RowKind::UpdateAfter };
                let image =
                    RowBuilder::new(2).kind(kind).long(0, i64::try_from(id).unwrap()).string(1, &text);
                frame(&mut batch, ids[at], &image.finish());
                let _old = if kind == RowKind::Delete { rows.remove(&id) } else { rows.insert(id, text) };
            } else if let Some(old) = old {
                let to = random.below(30);
                if random.below(4) == 0 {
                    rows.remove(&id);
                    add(&mut batch, ids[at], &record("d", &of(id, &old), "null"));
                } else if to == id || !rows.contains_key(&to) {
                    rows.remove(&id);
                    add(&mut batch, ids[at], &record("u", &of(id, &old), &of(to, &text)));
                    rows.insert(to, text);
                }
            } else {
                add(&mut batch, ids[at], &record("c", "null", &of(id, &text)));
                rows.insert(id, text);
            }
            if batch.len() > 60_000 || number == 3_999 {
                offer(&session, &batch).unwrap();
                batch.clear();
                assert!(metric_of(&session, 0, Metric::SessionMemoryBytes) <= 2 << 20);
            }
        }
        flush(&session).unwrap();
        for (number, expected) in expected.iter().enumerate() {
            let wanted: Vec<_> = expected.iter().map(|(id, name)| format!("{id}|{name}")).collect();
            assert_eq!(
                server.rows(&format!("SELECT * FROM t{number} ORDER BY id")),
                wanted,
                "table {number}"
            );
        }
    }
}

#[test]
fn what_cannot_be_read_ends_the_job_naming_the_table_and_no_value_and_publishes_nothing() {
    let server = Server::start(15);
    server.run("CREATE TABLE t (id bigint PRIMARY KEY, name varchar(20) NOT NULL, at timestamp)");
    let of = |name: &str, at: &str| format!(r#"{{"id":8191,"name":{name},"at":{at}}}"#);
    let (secret, time) = ("\"S3CRET\"", "1700000000123456");
    let sound = record("c", "null", &of(secret, time));
    let other = FIELDS.replace("MicroTimestamp", "Timestamp");
    for (bad, part) in [
        (sound[..sound.len() - 5].to_owned(), "a Debezium record"),
        (record("c", "null", secret), "source table shop.orders"),
        (record("d", "null", "null"), "must log full rows"),
        (record("c", "null", &of("\"S3CRET and longer than twenty\"", time)), "column \"name\""),
        (record("c", "null", &of("null", time)), "column \"name\""),
        (record("c", "null", &of(secret, "\"S3CRET\"")), "column \"at\""),
        (record("c", "null", &of(secret, &format!("{time},\"extra\":\"S3CRET\""))), "column \"extra\""),
        (record("c", "null", r#"{"id":8191,"name":"S3CRET"}"#), "column \"at\""),
        (enveloped(&other, &sound), "'time.precision.mode'"),
    ] {
        let load = Load::open(&SpecText::session(server.port), &merge_table("t")).unwrap();
        give(&load, &[put(1, "first")]).unwrap();
        let error = give(&load, &[put(2, "second"), bad]).unwrap_err();
        let text = format!("{error:?}");
        assert_eq!(error.kind(), Kind::Data, "{text}");
        assert!(text.contains("table \"public\".\"t\"") && text.contains(part), "{part} is not in {text}");
        assert!(!text.contains("S3CRET") && !text.contains("8191") && !text.contains("17000"), "{text}");
        assert!(load.flush().is_err(), "a failed session publishes nothing");
    }
    assert_eq!(server.value("SELECT count(*) FROM t"), "0");
}

#[test]
fn records_that_change_no_row_are_passed_over_and_a_truncate_is_told_once() {
    logs::keep();
    let server = Server::start(15);
    server.run(&format!("CREATE TABLE cut {CREATE}; ALTER TABLE cut ADD PRIMARY KEY (id)"));
    let load = Load::open(&SpecText::session(server.port), &merge_table("cut")).unwrap();
    let nothing = [
        String::new(),
        "null".to_owned(),
        r#"{"schema":null,"payload":null}"#.to_owned(),
        r#"{"ts_ms":1}"#.to_owned(),
        r#"{"status":"END","id":"x","ts_ms":1}"#.to_owned(),
        record("t", "null", "null"),
    ];
    give(&load, &nothing).unwrap();
    load.flush().unwrap();
    assert_eq!((load.metric(Metric::RowsAccepted), load.metric(Metric::Flushes)), (0, 0));
    give(&load, &[put(1, "stays"), record("t", "null", "null"), put(2, "comes")]).unwrap();
    load.flush().unwrap();
    assert_eq!(server.rows("SELECT id, name FROM cut ORDER BY id"), ["1|stays", "2|comes"]);
    let told = logs::take("\"public\".\"cut\"");
    assert!(told.len() == 1 && told[0].contains("shop.orders was truncated"), "{told:?}");
}

#[test]
fn a_new_definition_takes_effect_after_a_flush() {
    let server = Server::start(15);
    server.run("CREATE TABLE t (id bigint PRIMARY KEY, at timestamp)");
    let load = |at: &str| source_table("t", "merge", &[("id", "bigint NOT NULL"), ("at", at)], "0");
    let session = open(&SpecText::session(server.port));
    let id = open_table(&session, &load("datetime(3)"));
    let give = |record: String| {
        let mut batch = Vec::new();
        add(&mut batch, id, &record);
        offer(&session, &batch).unwrap();
    };
    // The same number is milliseconds before and microseconds behind the change.
    give(record("c", "null", r#"{"id":1,"at":1700000000123}"#));
    let wider = TableSpec::parse(&load("datetime(6)").text()).unwrap();
    let early = session.open_table(wider.clone()).unwrap_err();
    assert!(early.to_string().contains("before the rows of the old one were flushed"), "{early}");
    flush(&session).unwrap();
    assert_eq!(session.open_table(wider).unwrap(), id);
    give(record("c", "null", r#"{"id":2,"at":1700000000123}"#));
    flush(&session).unwrap();
    server.run("ALTER TABLE t ADD more int");
    let more = [("id", "bigint NOT NULL"), ("at", "datetime(6)"), ("more", "int")];
    assert_eq!(open_table(&session, &source_table("t", "merge", &more, "0")), id);
    give(record("c", "null", r#"{"id":3,"at":null,"more":7}"#));
    flush(&session).unwrap();
    assert_eq!(
        server.rows("SELECT * FROM t ORDER BY id"),
        ["1|2023-11-14 22:13:20.123|NULL", "2|1970-01-20 16:13:20.000123|NULL", "3|NULL|7"]
    );
}

#[test]
fn a_column_that_the_target_lacks_is_refused_by_name_or_left_out() {
    let server = Server::start(15);
    server.run("CREATE TABLE t (id bigint PRIMARY KEY, name text)");
    let columns = [("extra", "json"), ("id", "bigint NOT NULL"), ("name", "text"), ("more", "int")];
    let spec = source_table("t", "merge", &columns, "1");
    let error = Load::open(&SpecText::session(server.port), &spec).unwrap().flush().unwrap_err();
    assert_eq!(error.kind(), Kind::Target);
    for part in ["\"t\"", "\"extra\" does not exist", "\"more\" does not exist"] {
        assert!(error.to_string().contains(part), "{part} is not in {error}");
    }
    let spec = spec.with("schema.change.behavior", "ignore");
    let load = Load::open(&SpecText::session(server.port), &spec).unwrap();
    let of = |id: u32| format!(r#"{{"extra":"{{}}","id":{id},"name":"kept","more":1}}"#);
    give(&load, &[record("c", "null", &of(1)), record("u", &of(1), &of(2))]).unwrap();
    load.flush().unwrap();
    assert_eq!(server.rows("SELECT * FROM t"), ["2|kept"]);
}

#[test]
fn everything_that_does_not_fit_is_told_at_once() {
    let server = Server::start(15);
    server.run("CREATE TABLE t (id int, at timestamptz, bits bit(3), more int NOT NULL)");
    let columns = [("id", "int unsigned"), ("at", "datetime(3)"), ("bits", "bit(4)")];
    let spec = source_table("t", "append", &columns, "");
    let error = Load::open(&SpecText::session(server.port), &spec).unwrap().flush().unwrap_err();
    assert_eq!(error.kind(), Kind::Target);
    assert_eq!(
        error.to_string(),
        "table \"public\".\"t\": column \"id\": INT UNSIGNED does not fit integer; column \"at\": DATETIME(3) has no time \
         zone and timestamp with time zone needs one; column \"bits\": BIT(4) does not fit bit(3); column \"more\" is \
         NOT NULL without a default and the source table does not have it"
    );
}
