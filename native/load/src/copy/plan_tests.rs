use super::*;
use crate::copy::KeyMemory;
use crate::row::image_builder::{RowBuilder, frame};
use crate::types::{FlinkType, TargetType, TextTarget, resolve};

fn column(name: &str, flink_type: &str, target: &str) -> PlanColumn {
    let codec = resolve(&FlinkType::parse(flink_type).unwrap().0, &TargetType::plain(target)).unwrap();
    PlanColumn { name: name.to_owned(), codec, not_null: false, exact_key: true }
}

fn plan(format: Format, mode: Mode) -> Plan {
    let columns = vec![column("id", "INT", "int4"), column("name", "STRING", "text")];
    Plan::new("\"s\".\"t\"".to_owned(), format, mode, columns, &[0])
}

fn batch(rows: &[RowBuilder]) -> Vec<u8> {
    let mut batch = Vec::new();
    rows.iter().for_each(|row| frame(&mut batch, 0, &row.clone().finish()));
    batch
}

fn encode(plan: &Plan, rows: &[RowBuilder]) -> Result<(Vec<u8>, bool)> {
    let mut out = BytesMut::new();
    let mut keys = KeySet::new(KeyMemory::new(1 << 20));
    let batch = batch(rows);
    let rows = plan.encode(&batch, 7, &mut out, &mut keys)?;
    let bound = plan.bound(&batch)?;
    assert!(out.len() <= bound.bytes && rows == bound.rows);
    Ok((out.to_vec(), keys.prove()))
}

#[test]
fn tuples_have_their_fields_and_in_merge_mode_operation_and_sequence() {
    let rows = [
        RowBuilder::new(2).int(0, 1).string(1, "a"),
        RowBuilder::new(2).int(0, 2).null(1).kind(RowKind::UpdateAfter),
    ];
    let (text, _) = encode(&plan(Format::Text, Mode::Merge), &rows).unwrap();
    assert_eq!(text, b"1\ta\t1\t7\n2\t\\N\t1\t8\n");
    let (text, _) = encode(&plan(Format::Text, Mode::Append), &rows[..1]).unwrap();
    assert_eq!(text, b"1\ta\n");
    let (binary, _) = encode(&plan(Format::Binary, Mode::Merge), &rows[..1]).unwrap();
    let expected = [
        &[0, 4][..],
        &[0, 0, 0, 4, 0, 0, 0, 1],
        &[0, 0, 0, 1, b'a'],
        &[0, 0, 0, 2, 0, 1],
        &[0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 7],
    ];
    assert_eq!(binary, expected.concat());
}

#[test]
fn a_row_that_removes_a_key_carries_the_key_only() {
    for kind in [RowKind::Delete, RowKind::UpdateBefore] {
        let row = RowBuilder::new(2).int(0, 1).string(1, "left out").kind(kind);
        assert_eq!(encode(&plan(Format::Text, Mode::Merge), &[row]).unwrap().0, b"1\t\\N\t0\t7\n");
    }
}

#[track_caller]
fn refused(plan: &Plan, row: RowBuilder, parts: &[&str]) {
    let error = encode(plan, &[row]).unwrap_err();
    assert_eq!(error.kind(), Kind::Data);
    for part in parts.iter().chain([&"\"s\".\"t\""]) {
        assert!(error.to_string().contains(part), "{part:?} is not in: {error}");
    }
}

#[test]
fn what_cannot_be_stored_names_table_and_column_and_not_the_value() {
    let merge = plan(Format::Binary, Mode::Merge);
    refused(&merge, RowBuilder::new(2).null(0).string(1, "a"), &["\"id\"", "NULL in a key column"]);
    refused(&merge, RowBuilder::new(2).null(0).kind(RowKind::Delete), &["\"id\"", "NULL"]);
    refused(&merge, RowBuilder::new(2).int(0, 1).string(1, "a\0b"), &["\"name\"", "U+0000"]);
    refused(&merge, RowBuilder::new(2).int(0, 1).bytes(1, &[0xc3, 0x28]), &["\"name\"", "UTF-8"]);
    let append = plan(Format::Text, Mode::Append);
    refused(&append, RowBuilder::new(2).kind(RowKind::Delete), &["merge"]);
    let mut strict = plan(Format::Text, Mode::Append);
    strict.columns[1].not_null = true;
    refused(&strict, RowBuilder::new(2).int(0, 1).null(1), &["\"name\"", "NOT NULL"]);
}

#[test]
fn null_characters_are_no_part_of_a_key_or_another_one() {
    let columns = || vec![column("id", "STRING", "text")];
    let plan = |format| Plan::new("t".to_owned(), format, Mode::Merge, columns(), &[0]);
    let of = |null_chars, format, keys: &[&str]| {
        let rows: Vec<_> = keys.iter().map(|key| RowBuilder::new(1).string(0, key)).collect();
        encode(&plan(format).with_null_chars(null_chars), &rows).unwrap()
    };
    for (null_chars, made) in [(NullChars::Strip, "ab"), (NullChars::Replace, "a\u{fffd}b")] {
        for format in [Format::Text, Format::Binary] {
            assert_eq!(of(null_chars, format, &["a\0b"]), of(null_chars, format, &[made]));
            assert!(!of(null_chars, format, &["a\0b", made]).1, "one key");
            assert!(of(null_chars, format, &["a\0b", "a\0c", "\0ab\0c"]).1, "three keys");
            // Nothing but what grows most: `encode` asks for the bound.
            of(null_chars, format, &[&"\0".repeat(1000), &"\0\\".repeat(1000)]);
        }
    }
}

#[test]
fn keys_are_proven_unique_or_not_at_all() {
    let rows = |ids: &[i32]| ids.iter().map(|id| RowBuilder::new(2).int(0, *id)).collect::<Vec<_>>();
    assert!(encode(&plan(Format::Text, Mode::Merge), &rows(&[1, 2, 3])).unwrap().1);
    assert!(!encode(&plan(Format::Text, Mode::Merge), &rows(&[1, 2, 1])).unwrap().1);
    let mut folded = plan(Format::Text, Mode::Merge).columns;
    folded[0].exact_key = false;
    let folded = Plan::new("t".to_owned(), Format::Text, Mode::Merge, folded, &[0]);
    assert!(!encode(&folded, &rows(&[1, 2, 3])).unwrap().1);
    let columns =
        vec![PlanColumn { codec: Codec::Text(TextTarget::Citext, None), ..column("id", "STRING", "text") }];
    let citext = Plan::new("t".to_owned(), Format::Text, Mode::Merge, columns, &[0]);
    assert!(!encode(&citext, &[RowBuilder::new(1).string(0, "a")]).unwrap().1);
}

#[test]
fn fields_that_the_target_lacks_are_left_out_and_the_others_keep_their_places() {
    let fields = vec![None, Some(column("id", "INT", "int4")), None, Some(column("name", "STRING", "text"))];
    let row = RowBuilder::new(4).int(0, 9).int(1, 1).string(2, "a text that nobody wants").string(3, "b");
    for (format, expected) in [
        (Format::Text, &b"1\tb\t1\t7\n"[..]),
        (
            Format::Binary,
            &[
                0, 4, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 1, b'b', 0, 0, 0, 2, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0,
                0, 0, 7,
            ],
        ),
    ] {
        let plan = Plan::leaving_out("t".to_owned(), format, Mode::Merge, fields.clone(), &[1]);
        let (tuple, unique) = encode(&plan, std::slice::from_ref(&row)).unwrap();
        assert_eq!((tuple.as_slice(), unique), (expected, true));
        let removed = encode(&plan, &[row.clone().kind(RowKind::Delete).null(0)]).unwrap();
        assert!(!removed.0.is_empty(), "the key is field 1, not 0");
    }
}

#[test]
fn a_refused_batch_leaves_nothing_behind() {
    let plan = plan(Format::Binary, Mode::Merge);
    let good = RowBuilder::new(2).int(0, 1).string(1, "a text that is out of line");
    let whole = batch(&[good.clone(), good.clone().int(0, 2)]);
    let refused = batch(&[good.clone(), good.null(0)]);
    let cuts = (0..whole.len()).map(|end| &whole[..end]).chain([refused.as_slice()]);
    for bad in cuts {
        let (mut out, mut keys) = (BytesMut::from(&b"before"[..]), KeySet::new(KeyMemory::new(1 << 20)));
        let Err(error) = plan.encode(bad, 0, &mut out, &mut keys) else { continue };
        assert_eq!((&out[..], keys.is_open()), (&b"before"[..], false));
        assert!(error.to_string().starts_with("table \"s\".\"t\""), "{error}");
    }
}

#[test]
fn nanoseconds_beyond_a_millisecond_are_a_bug() {
    let plan = Plan::new(
        "t".to_owned(),
        Format::Text,
        Mode::Append,
        vec![column("c", "TIMESTAMP(6)", "timestamp")],
        &[],
    );
    let error = encode(&plan, &[RowBuilder::new(1).timestamp(0, 0, 1_000_000)]).unwrap_err();
    assert_eq!(error.kind(), Kind::Internal);
}

/// One column of every type, for the properties.
fn all_types() -> Vec<PlanColumn> {
    [
        ("BOOLEAN", "bool"),
        ("TINYINT", "int2"),
        ("SMALLINT", "numeric"),
        ("INT", "float8"),
        ("BIGINT", "int8"),
        ("FLOAT", "float4"),
        ("DOUBLE", "float8"),
        ("DECIMAL(18, 4)", "numeric"),
        ("DECIMAL(38, 10)", "numeric"),
        ("STRING", "text"),
        ("STRING", "jsonb"),
        ("STRING", "uuid"),
        ("BYTES", "bytea"),
        ("DATE", "date"),
        ("TIME(3)", "time"),
        ("TIMESTAMP(3)", "timestamp"),
        ("TIMESTAMP_LTZ(6)", "timestamptz"),
    ]
    .iter()
    .enumerate()
    .map(|(index, (source, target))| column(&format!("c{index}"), source, target))
    .collect()
}

proptest::proptest! {
    /// Whatever the bytes are: no panic, and never more than the bound.
    #[test]
    fn any_image_encodes_within_its_bound_or_is_refused(
        image in proptest::collection::vec(proptest::num::u8::ANY, 0..600),
        merge: bool, binary: bool, kind in 0_u8..4,
    ) {
        let mode = if merge { Mode::Merge } else { Mode::Append };
        let format = if binary { Format::Binary } else { Format::Text };
        let plan = Plan::new("t".to_owned(), format, mode, all_types(), &[4, 9]);
        let mut image = image;
        if let Some(first) = image.first_mut() { *first = kind; }
        let mut batch = Vec::new();
        frame(&mut batch, 0, &image);
        let bound = plan.bound(&batch).unwrap();
        let mut out = BytesMut::new();
        if plan.encode(&batch, 0, &mut out, &mut KeySet::new(KeyMemory::new(1 << 16))).is_ok() {
            proptest::prop_assert!(out.len() <= bound.bytes);
        }
    }

    #[test]
    fn valid_rows_encode_within_their_bound(
        flag: bool, long: i64, wide in -(10_i128.pow(38) - 1)..10_i128.pow(38), text in "[^\0]{0,80}",
        bytes: Vec<u8>, double: f64, days in -700_000..2_000_000_i32, millis in 0..86_400_000_i32,
        epoch in -60_000_000_000_000_i64..200_000_000_000_000, binary: bool,
    ) {
        let format = if binary { Format::Binary } else { Format::Text };
        let plan = Plan::new("t".to_owned(), format, Mode::Merge, all_types(), &[4, 9]);
        let row = RowBuilder::new(17).boolean(0, flag).tiny(1, -1).small(2, i16::MIN).int(3, i32::MAX)
            .long(4, long).float(5, 1.5e-30).double(6, double).decimal_compact(7, long % 1_000_000_000_000_000_000)
            .decimal_wide(8, wide).string(9, &text).string(10, "{}")
            .string(11, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11").bytes(12, &bytes).int(13, days)
            .int(14, millis).long(15, epoch).timestamp(16, epoch, 999_000);
        let (encoded, _) = encode(&plan, &[row]).unwrap();
        proptest::prop_assert!(!encoded.is_empty());
    }
}
