//! One table with every type, both formats, both modes, against readable files in `tests/fixtures/copy`.
//! `PIELOAD_BLESS=1 cargo test golden` writes them anew.

use std::fmt::Write as _;
use std::path::PathBuf;

use bytes::BytesMut;

use super::{Format, KeyMemory, KeySet, Mode, Pair, Plan, pairs};
use crate::row::RowKind;
use crate::row::image_builder::{RowBuilder, frame};
use crate::types::FlinkType;

/// The image of a nested value of each shape that there is among the pairs.
fn nested(flink: &FlinkType, edge: bool) -> Vec<u8> {
    let texts = |texts: [&str; 2]| RowBuilder::array(2, 8).string(0, texts[0]).string(1, texts[1]);
    match flink {
        FlinkType::Array(element) if edge => RowBuilder::array(0, element.width()).finish(),
        FlinkType::Array(element) if **element == FlinkType::Int => {
            RowBuilder::array(3, 4).int(0, 1).null(1).int(2, -3).finish()
        }
        FlinkType::Array(element) if element.is_nested() => RowBuilder::array(2, 8)
            .nested(0, &texts(["a\"b\\c", "\t"]).finish())
            .nested(1, &texts(["é", ""]).null(1).finish())
            .finish(),
        FlinkType::Array(_) => {
            RowBuilder::array(2, 8).decimal_compact(0, 1205).decimal_compact(1, -1).finish()
        }
        FlinkType::Map(..) => RowBuilder::map(
            texts(["a", "\"\n"]),
            RowBuilder::array(2, 8).decimal_compact(0, if edge { -9_999_999_999 } else { 1205 }).null(1),
        ),
        FlinkType::Multiset(_) => {
            RowBuilder::map(texts(["a", "\\"]), RowBuilder::array(2, 4).int(0, 1).int(1, 2))
        }
        _ => {
            let flags = RowBuilder::array(3, 1).boolean(0, true).boolean(1, false).null(2).finish();
            let row = RowBuilder::new(2).long(0, if edge { i64::MIN } else { 7 }).nested(1, &flags);
            if edge { row.null(1).finish() } else { row.finish() }
        }
    }
}

/// A plain value or an edge for every pair.
fn sample(mut row: RowBuilder, pairs: &[Pair], edge: bool) -> RowBuilder {
    for (i, pair) in pairs.iter().enumerate() {
        let pick = |plain: i64, at_edge: i64| if edge { at_edge } else { plain };
        let (flink, _) = FlinkType::parse(pair.flink).unwrap();
        row = match flink {
            FlinkType::Boolean => row.boolean(i, !edge),
            FlinkType::TinyInt => row.tiny(i, if edge { i8::MIN } else { 7 }),
            FlinkType::SmallInt => row.small(i, if edge { i16::MIN } else { 300 }),
            FlinkType::Int => row.int(i, if edge { i32::MIN } else { 70_000 }),
            FlinkType::BigInt => row.long(i, pick(5_000_000_000, i64::MIN)),
            FlinkType::Float => row.float(i, if edge { f32::MIN_POSITIVE } else { 1.5 }),
            FlinkType::Double => row.double(i, if edge { f64::NEG_INFINITY } else { 0.1 }),
            FlinkType::Decimal { precision: p @ ..=18, .. } => {
                row.long(i, pick(1205, 1 - 10_i64.pow(p.into())))
            }
            FlinkType::Decimal { precision: p, .. } => {
                row.decimal_wide(i, if edge { 1 - 10_i128.pow(p.into()) } else { 1205 })
            }
            FlinkType::Bytes => row.bytes(i, if edge { &[] } else { &[0, 92, 255] }),
            FlinkType::Date => row.int(i, if edge { -2_440_588 } else { 19_000 }),
            FlinkType::Time(0) => row.int(i, if edge { 86_399_000 } else { 3_723_000 }),
            FlinkType::Time(_) => row.int(i, if edge { 86_399_999 } else { 3_723_004 }),
            FlinkType::Timestamp(p) | FlinkType::TimestampLtz(p) => {
                let millis = pick(1_700_000_000_123, -210_866_803_200_000);
                if p <= 3 {
                    row.long(i, millis)
                } else {
                    row.timestamp(i, millis, if edge { 0 } else { 456_000 })
                }
            }
            FlinkType::IntervalMonths => row.int(i, if edge { -1 } else { 14 }),
            FlinkType::IntervalMillis => row.long(i, pick(93_784_005, -1)),
            ref other if other.is_nested() => row.nested(i, &nested(other, edge)),
            _ => row.string(
                i,
                match (pair.target.name.as_str(), edge) {
                    ("json" | "jsonb", _) => "{\"a\": \"\\t\"}",
                    ("uuid", _) => "{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}",
                    ("mood", _) => "happy",
                    ("xml", _) => "<a/>",
                    (_, false) => "é\t\\.",
                    (_, true) => "",
                },
            ),
        };
    }
    row
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn rows(pairs: &[Pair], mode: Mode) -> Vec<u8> {
    let empty = || RowBuilder::new(pairs.len());
    let nulls = (1..pairs.len()).fold(empty(), RowBuilder::null);
    let mut rows = vec![sample(empty(), pairs, false), sample(empty(), pairs, true), nulls];
    if mode == Mode::Merge {
        rows.push(sample(empty(), pairs, true).kind(RowKind::Delete));
    }
    let mut batch = Vec::new();
    rows.into_iter().for_each(|row| frame(&mut batch, 0, &row.finish()));
    batch
}

/// Text as it is, one line a row; binary as one line a column: its type, its length, its bytes.
fn readable(pairs: &[Pair], format: Format, mode: Mode, bytes: &[u8]) -> String {
    if format == Format::Text {
        return String::from_utf8(bytes.to_vec()).unwrap();
    }
    let mut names: Vec<&str> = pairs.iter().map(|p| p.sql).collect();
    if mode == Mode::Merge {
        names.extend(["op", "seq"]);
    }
    let (mut shown, mut rest) = (String::new(), bytes);
    while let Some((count, tail)) = rest.split_first_chunk::<2>() {
        assert_eq!(usize::from(u16::from_be_bytes(*count)), names.len());
        writeln!(shown, "row of {} columns", names.len()).unwrap();
        rest = tail;
        for name in &names {
            let (length, tail) = rest.split_first_chunk::<4>().unwrap();
            let length = i32::from_be_bytes(*length);
            let (value, tail) = tail.split_at(usize::try_from(length).unwrap_or(0));
            writeln!(shown, "  {name:<16} {length:>3} {}", hex(value)).unwrap();
            rest = tail;
        }
    }
    shown
}

#[test]
fn every_type_in_both_formats_and_modes() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/copy");
    let pairs = pairs();
    for (format, format_name) in [(Format::Binary, "binary"), (Format::Text, "text")] {
        for (mode, mode_name) in [(Mode::Append, "append"), (Mode::Merge, "merge")] {
            let columns = pairs.iter().map(|p| p.column(p.sql)).collect();
            let plan = Plan::new("t".to_owned(), format, mode, columns, &[0]);
            let mut bytes = BytesMut::new();
            plan.encode(&rows(&pairs, mode), 1000, &mut bytes, &mut KeySet::new(KeyMemory::new(0))).unwrap();
            let shown = readable(&pairs, format, mode, &bytes);
            let file = folder.join(format!("every-type-{mode_name}.{format_name}"));
            if std::env::var_os("PIELOAD_BLESS").is_some() {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(&file, &shown).unwrap();
            }
            let golden = std::fs::read_to_string(&file).unwrap();
            assert!(golden == shown, "{} differs", file.display());
        }
    }
}
