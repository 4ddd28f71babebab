//! How fast Debezium's JSON becomes COPY tuples, and how fast its partition is found: TPC-H lineitem as Flink CDC's
//! `JsonDebeziumDeserializationSchema` writes it, with and without the envelope.
//!
//! `nice cargo bench -p pieload --bench debezium`; criterion's throughput is in bytes of JSON.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::BytesMut;
use criterion::{Criterion, Throughput};
use pieload::copy::{Format, KeyMemory, KeySet, Mode, PlanColumn};
use pieload::debezium::{
    ChangePlan, Decimals, Encoded, Event, KeyColumn, Partition, Partitions, SourceColumn, SourceType,
    UpdateHalf, codec,
};
use pieload::types::TargetType;
use tpchgen::generators::{LineItem, LineItemGenerator};

/// Name, source type, target type, its modifier.
const COLUMNS: [(&str, &str, &str, i32); 16] = [
    ("l_orderkey", "bigint", "int8", -1),
    ("l_partkey", "int", "int4", -1),
    ("l_suppkey", "int", "int4", -1),
    ("l_linenumber", "int", "int4", -1),
    ("l_quantity", "decimal(15,2)", "numeric", (15 << 16 | 2) + 4),
    ("l_extendedprice", "decimal(15,2)", "numeric", (15 << 16 | 2) + 4),
    ("l_discount", "decimal(15,2)", "numeric", (15 << 16 | 2) + 4),
    ("l_tax", "decimal(15,2)", "numeric", (15 << 16 | 2) + 4),
    ("l_returnflag", "char(1)", "bpchar", 4 + 1),
    ("l_linestatus", "char(1)", "bpchar", 4 + 1),
    ("l_shipdate", "date", "date", -1),
    ("l_commitdate", "date", "date", -1),
    ("l_receiptdate", "date", "date", -1),
    ("l_shipinstruct", "char(25)", "bpchar", 4 + 25),
    ("l_shipmode", "char(10)", "bpchar", 4 + 10),
    ("l_comment", "varchar(44)", "varchar", 4 + 44),
];

fn plan(format: Format, mode: Mode) -> ChangePlan {
    let columns = COLUMNS.into_iter().map(|(name, source, target, modifier)| {
        let target = TargetType { modifier, ..TargetType::plain(target) };
        let source_type = SourceType::parse(source).expect("a MySQL type");
        let codec = codec(source_type, &target).expect("a pair of the table");
        let target = PlanColumn { name: name.to_owned(), codec, not_null: true, exact_key: true };
        SourceColumn { name: name.to_owned(), source_type, target: Some(target) }
    });
    let target = "\"public\".\"lineitem\"".to_owned();
    ChangePlan::new(target, (format, mode), columns.collect(), &[0, 3], Decimals::Base64)
}

/// Java's shortest two's complement.
fn decimal(unscaled: i64) -> String {
    let bytes = unscaled.to_be_bytes();
    let sign = if unscaled < 0 { 0xff } else { 0 };
    let spare = (0..7).take_while(|i| bytes[*i] == sign && (bytes[i + 1] ^ sign) & 0x80 == 0).count();
    STANDARD.encode(&bytes[spare..])
}

fn row(line: &LineItem<'_>) -> String {
    format!(
        concat!(
            r#"{{"l_orderkey":{},"l_partkey":{},"l_suppkey":{},"l_linenumber":{},"l_quantity":"{}","#,
            r#""l_extendedprice":"{}","l_discount":"{}","l_tax":"{}","l_returnflag":"{}","l_linestatus":"{}","#,
            r#""l_shipdate":{},"l_commitdate":{},"l_receiptdate":{},"l_shipinstruct":"{}","l_shipmode":"{}","#,
            r#""l_comment":"{}"}}"#
        ),
        line.l_orderkey,
        line.l_partkey,
        line.l_suppkey,
        line.l_linenumber,
        decimal(line.l_quantity * 100),
        decimal(line.l_extendedprice.into_inner()),
        decimal(line.l_discount.into_inner()),
        decimal(line.l_tax.into_inner()),
        line.l_returnflag,
        line.l_linestatus,
        line.l_shipdate.to_unix_epoch(),
        line.l_commitdate.to_unix_epoch(),
        line.l_receiptdate.to_unix_epoch(),
        line.l_shipinstruct,
        line.l_shipmode,
        line.l_comment,
    )
}

fn record(before: &str, after: &str, op: char) -> String {
    let source = concat!(
        r#"{"version":"1.9.7.Final","connector":"mysql","name":"mysql_binlog_source","ts_ms":1700000000000,"#,
        r#""snapshot":"false","db":"tpch","sequence":null,"table":"lineitem","server_id":1,"gtid":null,"#,
        r#""file":"binlog.000002","pos":123456,"row":0,"thread":null,"query":null}"#
    );
    format!(
        r#"{{"before":{before},"after":{after},"source":{source},"op":"{op}","ts_ms":1700000000123,"transaction":null}}"#
    )
}

/// As Kafka's `JsonConverter` writes it: every field of `before` and `after`, and of `source`.
fn envelope(record: &str) -> String {
    let field = |name: &str, kind: &str, extra: &str| {
        format!(r#"{{"type":"{kind}","optional":false{extra},"field":"{name}"}}"#)
    };
    let columns: Vec<String> = COLUMNS
        .iter()
        .map(|(name, source, _, _)| match source.split('(').next() {
            Some("bigint") => field(name, "int64", ""),
            Some("int") => field(name, "int32", ""),
            Some("date") => field(name, "int32", r#","name":"io.debezium.time.Date","version":1"#),
            Some("decimal") => field(
                name,
                "bytes",
                r#","name":"org.apache.kafka.connect.data.Decimal","version":1,"parameters":{"scale":"2","connect.decimal.precision":"15"}"#,
            ),
            _ => field(name, "string", ""),
        })
        .collect();
    let rows = ["before", "after"].map(|name| {
        format!(
            r#"{{"type":"struct","fields":[{}],"optional":true,"name":"mysql_binlog_source.tpch.lineitem.Value","field":"{name}"}}"#,
            columns.join(",")
        )
    });
    format!(
        r#"{{"schema":{{"type":"struct","fields":[{}],"optional":false,"name":"mysql_binlog_source.tpch.lineitem.Envelope"}},"payload":{record}}}"#,
        rows.join(",")
    )
}

fn main() {
    let lines: Vec<String> =
        LineItemGenerator::new(0.01, 1, 1).iter().take(10_000).map(|line| row(&line)).collect();
    let inserts: Vec<String> = lines.iter().map(|row| record("null", row, 'c')).collect();
    let updates: Vec<String> = lines.iter().map(|row| record(row, row, 'u')).collect();
    let wrapped: Vec<String> = inserts.iter().map(|record| envelope(record)).collect();
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("json to tuple");
    for (records, name) in [(&inserts, "insert"), (&updates, "update"), (&wrapped, "insert in envelope")] {
        let bytes: usize = records.iter().map(String::len).sum();
        group.throughput(Throughput::Bytes(u64::try_from(bytes).expect("a size")));
        for (format, mode) in
            [(Format::Binary, Mode::Append), (Format::Binary, Mode::Merge), (Format::Text, Mode::Merge)]
        {
            if name == "update" && mode == Mode::Append {
                continue;
            }
            let plan = plan(format, mode);
            let mut out = BytesMut::with_capacity(bytes * 2);
            let mut keys = KeySet::new(KeyMemory::new(1 << 24));
            let title =
                format!("{name}, {} bytes, {format:?} {mode:?}", bytes / records.len()).to_lowercase();
            group.bench_function(title, |bencher| {
                bencher.iter(|| {
                    out.clear();
                    let _proof = keys.take();
                    let mut seq = 0;
                    for record in records {
                        let Ok(Event::Change(change)) = Event::parse(record.as_bytes()) else {
                            panic!("a change")
                        };
                        match plan.encode(&change, (None, UpdateHalf::Whole), seq, &mut out, &mut keys) {
                            Ok(Encoded::Rows(rows)) => seq += rows.cast_signed(),
                            other => panic!("{other:?}"),
                        }
                    }
                    seq
                });
            });
        }
    }
    group.finish();
    let mut partitions = Partitions::default();
    let column = |(name, source): (&str, &str)| KeyColumn {
        name: name.to_owned(),
        source_type: SourceType::parse(source).expect("a MySQL type"),
    };
    let key = [("l_orderkey", "bigint"), ("l_linenumber", "int")].map(column).to_vec();
    partitions.add("tpch", "lineitem", key, Decimals::Base64);
    let mut group = criterion.benchmark_group("partition scan");
    for (records, name) in [(&inserts, "insert"), (&updates, "update"), (&wrapped, "insert in envelope")] {
        let bytes: usize = records.iter().map(String::len).sum();
        group.throughput(Throughput::Bytes(u64::try_from(bytes).expect("a size")));
        group.bench_function(format!("{name}, {} bytes", bytes / records.len()), |bencher| {
            bencher.iter(|| {
                records.iter().fold(0_u64, |sum, record| match partitions.find(record.as_bytes(), None) {
                    Ok(Partition::Key { hash, .. }) => sum.wrapping_add(hash),
                    other => panic!("{other:?}"),
                })
            });
        });
    }
    group.finish();
    criterion.final_summary();
}
