use super::super::image_builder::{self, RowBuilder};
use super::super::{Frame, Frames};
use super::*;

/// The image and type names of a vector that three Flink versions wrote.
fn vector(name: &str) -> (Vec<String>, Vec<u8>) {
    let text = include_str!("../../../../tests/fixtures/rows/binaryrow-vectors.tsv");
    let line = text.lines().find(|line| line.split('\t').next() == Some(name)).expect("the vector");
    let mut parts = line.split('\t').skip(1);
    let types = parts.next().unwrap_or_default();
    let hex = parts.next().unwrap_or_default();
    let bytes =
        (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hex")).collect();
    (types.split('|').filter(|t| !t.is_empty()).map(str::to_owned).collect(), bytes)
}

/// Runs `check` on a vector's row.
fn with_row(name: &str, check: impl FnOnce(RowImage<'_>)) {
    let (types, bytes) = vector(name);
    check(RowImage::new(&bytes, types.len()).expect("well formed"));
}

#[test]
fn primitives_are_read_as_flink_wrote_them() {
    with_row("prims", |row| {
        assert_eq!(row.kind().unwrap(), RowKind::UpdateAfter);
        assert_eq!(row.fixed(0).unwrap(), [1_u8]);
        assert_eq!(i8::from_le_bytes(row.fixed(1).unwrap()), -2);
        assert_eq!(i16::from_le_bytes(row.fixed(2).unwrap()), -300);
        assert_eq!(i32::from_le_bytes(row.fixed(3).unwrap()), -70_000);
        assert_eq!(i64::from_le_bytes(row.fixed(4).unwrap()), -5_000_000_000);
        assert_eq!(f32::from_le_bytes(row.fixed(5).unwrap()), 1.5);
        assert_eq!(f64::from_le_bytes(row.fixed(6).unwrap()), -2.25);
        assert_eq!(i32::from_le_bytes(row.fixed(7).unwrap()), 19_000);
        assert_eq!(i32::from_le_bytes(row.fixed(8).unwrap()), 3_723_004);
        assert!((0..9).all(|field| !row.is_null(field)));
    });
}

#[test]
fn nulls_are_seen_even_where_the_slot_is_not_zero() {
    with_row("nulls", |row| {
        assert_eq!(row.kind().unwrap(), RowKind::Delete);
        assert!((0..4).all(|field| row.is_null(field)));
    });
    with_row("wide130", |row| {
        for field in 0..130 {
            assert_eq!(row.is_null(field), field % 3 == 0, "field {field}");
            if field % 3 != 0 {
                let value = i32::from_le_bytes(row.fixed(field).unwrap());
                assert_eq!(usize::try_from(value).unwrap(), field);
            }
        }
    });
    with_row("empty0", |row| assert_eq!(row.kind().unwrap(), RowKind::Delete));
}

#[test]
fn text_and_bytes_are_read_inline_and_out_of_line() {
    with_row("strings", |row| {
        for (field, text) in ["", "abcdefg", "abcdefgh", "你好😀", "x  "].into_iter().enumerate() {
            assert_eq!(row.bytes(field).unwrap(), text.as_bytes());
        }
        assert_eq!(row.bytes(5).unwrap(), [0, 0xff]);
        assert_eq!(row.bytes(6).unwrap(), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });
}

#[test]
fn decimals_are_read_compact_and_wide() {
    with_row("decimals", |row| {
        assert_eq!(i64::from_le_bytes(row.fixed(0).unwrap()), -12_345);
        assert_eq!(i64::from_le_bytes(row.fixed(1).unwrap()), 999_999_999_999_999_999);
        assert_eq!(row.wide_decimal(2).unwrap(), -1);
        assert_eq!(row.wide_decimal(3).unwrap(), -123_456_789_012_345_678_900_123_456_789);
        assert_eq!(row.wide_decimal(4).unwrap(), 0);
    });
}

#[test]
fn timestamps_are_read_compact_and_wide() {
    with_row("timestamps", |row| {
        assert_eq!(i64::from_le_bytes(row.fixed(0).unwrap()), -1000);
        assert_eq!(i64::from_le_bytes(row.fixed(1).unwrap()), 1_700_000_000_123);
        for (field, millis, nanos) in [(2, -1, 999_000), (3, 1_700_000_000_123, 456_789), (5, 5, 7000)] {
            let (read, low) = row.out_of_line(field).unwrap();
            assert_eq!((i64::from_le_bytes(read), low), (millis, nanos));
        }
        assert_eq!(i64::from_le_bytes(row.fixed(4).unwrap()), 5);
    });
}

#[test]
fn the_builder_writes_what_flink_writes() {
    let built = RowBuilder::new(7)
        .kind(RowKind::Insert)
        .string(0, "")
        .string(1, "abcdefg")
        .string(2, "abcdefgh")
        .string(3, "你好😀")
        .string(4, "x  ")
        .bytes(5, &[0, 0xff])
        .bytes(6, &[1, 2, 3, 4, 5, 6, 7, 8, 9])
        .finish();
    assert_eq!(built, vector("strings").1);
    let built = RowBuilder::new(5)
        .decimal_compact(0, -12_345)
        .decimal_compact(1, 999_999_999_999_999_999)
        .decimal_wide(2, -1)
        .decimal_wide(3, -123_456_789_012_345_678_900_123_456_789)
        .decimal_wide(4, 0)
        .finish();
    assert_eq!(built, vector("decimals").1);
}

#[test]
fn offsets_outside_the_row_are_errors() {
    let far = (u64::from(u32::MAX) << 32) | 5;
    let image = RowBuilder::new(1).raw(0, &far.to_le_bytes()).finish();
    let row = RowImage::new(&image, 1).unwrap();
    assert!(row.bytes(0).is_err() && row.wide_decimal(0).is_err() && row.out_of_line(0).is_err());
    let inline_too_long = RowBuilder::new(1).raw(0, &[0, 0, 0, 0, 0, 0, 0, 0x80 | 8]).finish();
    assert!(RowImage::new(&inline_too_long, 1).unwrap().bytes(0).is_err());
    assert!(RowImage::new(&image, 2).is_err());
    assert!(RowImage::new(&image, 1).unwrap().fixed::<8>(1).is_err());
}

#[test]
fn frames_end_with_an_error_where_a_length_lies() {
    let mut batch = Vec::new();
    image_builder::frame(&mut batch, 0, b"first");
    image_builder::frame(&mut batch, u32::MAX, b"");
    let whole: Vec<_> = Frames::new(&batch).map(|frame| frame.unwrap()).collect();
    assert_eq!(whole, [Frame { table: 0, image: b"first" }, Frame { table: u32::MAX, image: b"" }]);
    batch.extend_from_slice(&[0, 0, 0, 0, 9, 0, 0, 0, 1]);
    let results: Vec<_> = Frames::new(&batch).collect();
    assert_eq!(results.len(), 3);
    assert!(results[2].is_err());
    assert!(Frames::new(&[1, 2]).next().unwrap().is_err());
}

proptest::proptest! {
    #[test]
    fn any_bytes_give_values_or_errors(bytes: Vec<u8>, fields in 0_usize..200, field in 0_usize..210) {
        if let Ok(row) = RowImage::new(&bytes, fields) {
            let _ = (row.kind(), row.is_null(field), row.fixed::<8>(field), row.bytes(field));
            let _ = (row.wide_decimal(field), row.out_of_line(field));
        }
        let _ = Frames::new(&bytes).count();
    }

    #[test]
    fn what_the_builder_writes_is_read_back(
        text: String, long: i64, wide: i128, millis: i64, nanos in 0_u32..1_000_000, flag: bool,
    ) {
        let image = RowBuilder::new(5).string(0, &text).long(1, long).decimal_wide(2, wide)
            .timestamp(3, millis, nanos).boolean(4, flag).finish();
        let row = RowImage::new(&image, 5).unwrap();
        proptest::prop_assert_eq!(row.bytes(0).unwrap(), text.as_bytes());
        proptest::prop_assert_eq!(i64::from_le_bytes(row.fixed(1).unwrap()), long);
        proptest::prop_assert_eq!(row.wide_decimal(2).unwrap(), wide);
        proptest::prop_assert_eq!(row.out_of_line(3).unwrap(), (millis.to_le_bytes(), nanos));
        proptest::prop_assert_eq!(row.fixed(4).unwrap(), [u8::from(flag)]);
    }
}
