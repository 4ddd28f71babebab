//! How long a row takes from image to COPY tuple: TPC-H lineitem, sixteen columns, binary and text, append, merge and
//! rows that fill an empty target.
//!
//! `cargo bench -p pieload --bench encode`; criterion's throughput is in rows.

use std::error::Error;

use bytes::BytesMut;
use criterion::{Criterion, Throughput};
use pieload::copy::{Format, KeyMemory, KeySet, Mode, Plan, PlanColumn};
use pieload::row::image_builder::{RowBuilder, frame};
use pieload::types::{FlinkType, TargetType, resolve};
use tpchgen::generators::{LineItem, LineItemGenerator};

/// Name, Flink type, target type, its modifier.
const COLUMNS: [(&str, &str, &str, i32); 16] = [
    ("l_orderkey", "BIGINT NOT NULL", "int8", -1),
    ("l_partkey", "INT NOT NULL", "int4", -1),
    ("l_suppkey", "INT NOT NULL", "int4", -1),
    ("l_linenumber", "INT NOT NULL", "int4", -1),
    ("l_quantity", "DECIMAL(15, 2) NOT NULL", "numeric", (15 << 16 | 2) + 4),
    ("l_extendedprice", "DECIMAL(15, 2) NOT NULL", "numeric", (15 << 16 | 2) + 4),
    ("l_discount", "DECIMAL(15, 2) NOT NULL", "numeric", (15 << 16 | 2) + 4),
    ("l_tax", "DECIMAL(15, 2) NOT NULL", "numeric", (15 << 16 | 2) + 4),
    ("l_returnflag", "CHAR(1) NOT NULL", "bpchar", 4 + 1),
    ("l_linestatus", "CHAR(1) NOT NULL", "bpchar", 4 + 1),
    ("l_shipdate", "DATE NOT NULL", "date", -1),
    ("l_commitdate", "DATE NOT NULL", "date", -1),
    ("l_receiptdate", "DATE NOT NULL", "date", -1),
    ("l_shipinstruct", "CHAR(25) NOT NULL", "bpchar", 4 + 25),
    ("l_shipmode", "CHAR(10) NOT NULL", "bpchar", 4 + 10),
    ("l_comment", "VARCHAR(44) NOT NULL", "varchar", 4 + 44),
];

fn plan(format: Format, mode: Mode) -> Result<Plan, Box<dyn Error>> {
    let columns: Result<Vec<PlanColumn>, Box<dyn Error>> = COLUMNS
        .into_iter()
        .map(|(name, flink, target, modifier)| {
            let (flink, nullable) = FlinkType::parse(flink)?;
            let target = TargetType { modifier, ..TargetType::plain(target) };
            let codec = resolve(&flink, &target)?;
            Ok(PlanColumn { name: name.to_owned(), codec, not_null: !nullable, exact_key: true })
        })
        .collect();
    Ok(Plan::new("\"public\".\"lineitem\"".to_owned(), format, mode, columns?, &[0, 3]))
}

fn image(line: &LineItem<'_>) -> Result<Vec<u8>, Box<dyn Error>> {
    let days = |date: tpchgen::dates::TPCHDate| date.to_unix_epoch();
    Ok(RowBuilder::new(16)
        .long(0, line.l_orderkey)
        .int(1, i32::try_from(line.l_partkey)?)
        .int(2, i32::try_from(line.l_suppkey)?)
        .int(3, line.l_linenumber)
        .decimal_compact(4, line.l_quantity * 100)
        .decimal_compact(5, line.l_extendedprice.into_inner())
        .decimal_compact(6, line.l_discount.into_inner())
        .decimal_compact(7, line.l_tax.into_inner())
        .string(8, line.l_returnflag)
        .string(9, line.l_linestatus)
        .int(10, days(line.l_shipdate))
        .int(11, days(line.l_commitdate))
        .int(12, days(line.l_receiptdate))
        .string(13, line.l_shipinstruct)
        .string(14, line.l_shipmode)
        .string(15, line.l_comment)
        .finish())
}

fn encode(criterion: &mut Criterion) {
    let mut batch = Vec::new();
    let mut rows = 0;
    for line in LineItemGenerator::new(0.01, 1, 1).iter().take(10_000) {
        frame(&mut batch, 0, &image(&line).expect("a row of lineitem"));
        rows += 1;
    }
    let mut group = criterion.benchmark_group("lineitem");
    group.throughput(Throughput::Elements(rows));
    for (format, mode) in [
        (Format::Binary, Mode::Append),
        (Format::Text, Mode::Append),
        (Format::Binary, Mode::Merge),
        (Format::Text, Mode::Merge),
        (Format::Binary, Mode::Fill),
        (Format::Text, Mode::Fill),
    ] {
        let plan = plan(format, mode).expect("pairs of the table");
        let mut out = BytesMut::with_capacity(plan.bound(&batch).expect("well-formed").bytes);
        let mut keys = KeySet::new(KeyMemory::new(1 << 24));
        let name = format!("{format:?} {mode:?}").to_lowercase();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                out.clear();
                let _proof = keys.take();
                keys.start_filling();
                plan.encode(&batch, 0, &mut out, &mut keys).expect("lineitem fits")
            });
        });
    }
    let plan = plan(Format::Binary, Mode::Append).expect("pairs of the table");
    group.bench_function("bound", |bencher| bencher.iter(|| plan.bound(&batch).expect("well-formed")));
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    encode(&mut criterion);
    criterion.final_summary();
}
