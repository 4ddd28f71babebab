use std::sync::Arc;

use super::*;
use crate::copy::nested;
use crate::row::image_builder::RowBuilder;
use crate::types::{Codec, ElementType, FlinkType, Nested, NullChars, TargetType, resolve};

/// The codec of an array into one of the server's elements `element`.
fn codec(flink: &str, element: &str) -> Arc<Nested> {
    let element = ElementType { oid: 23, delimiter: b',', base: TargetType::plain(element) };
    let target = TargetType { element: Some(Box::new(element)), ..TargetType::plain("_any") };
    match resolve(&FlinkType::parse(flink).unwrap().0, &target).unwrap() {
        Codec::Nested(nested) => nested,
        other => panic!("{other:?}"),
    }
}

fn encoded<const BINARY: bool>(codec: &Nested, image: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = BytesMut::new();
    let bound = nested::AROUND + nested::growth(codec) * image.len();
    match nested::put::<BINARY>(codec, image, &mut out, nested::growth(codec), NullChars::Strip) {
        Ok(()) => {
            assert!(out.len() <= bound, "{} bytes, bounded by {bound}", out.len());
            Ok(out.to_vec())
        }
        Err(Fault::Unfit(reason) | Fault::Misread(reason)) => Err(reason.to_owned()),
        Err(Fault::Image(error)) => Err(error.to_string()),
    }
}

fn text(codec: &Nested, image: &[u8]) -> String {
    String::from_utf8(encoded::<false>(codec, image).unwrap()).unwrap()
}

fn ints(values: &[i32]) -> Vec<u8> {
    let array = RowBuilder::array(values.len(), 4);
    values.iter().enumerate().fold(array, |array, (index, value)| array.int(index, *value)).finish()
}

fn outer(inner: &[Vec<u8>]) -> RowBuilder {
    let array = RowBuilder::array(inner.len(), 8);
    inner.iter().enumerate().fold(array, |array, (index, image)| array.nested(index, image))
}

#[test]
fn a_flat_array_has_its_head_and_its_elements() {
    let image = RowBuilder::array(3, 4).int(0, 1).null(1).int(2, -3).finish();
    let codec = codec("ARRAY<INT>", "int4");
    assert_eq!(text(&codec, &image), "{1,NULL,-3}");
    let head = [0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 23, 0, 0, 0, 3, 0, 0, 0, 1];
    let elements = [0, 0, 0, 4, 0, 0, 0, 1, 255, 255, 255, 255, 0, 0, 0, 4, 255, 255, 255, 253];
    assert_eq!(encoded::<true>(&codec, &image).unwrap(), [&head[..], &elements].concat());
    let empty = RowBuilder::array(0, 4).finish();
    assert_eq!(text(&codec, &empty), "{}");
    assert_eq!(encoded::<true>(&codec, &empty).unwrap(), [0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 23]);
}

#[test]
fn no_text_can_end_its_element_or_the_array() {
    let values = ["", "NULL", "a\"b", "c\\d", "{,}", "\t\n", " x "];
    let array = RowBuilder::array(values.len(), 8);
    let image =
        values.iter().enumerate().fold(array, |array, (index, text)| array.string(index, text)).finish();
    assert_eq!(
        text(&codec("ARRAY<STRING>", "text"), &image),
        r#"{"","NULL","a\\"b","c\\\\d","{,}","\t\n"," x "}"#
    );
    let bytes = RowBuilder::array(1, 8).bytes(0, &[0, 255]).finish();
    assert_eq!(text(&codec("ARRAY<BYTES>", "bytea"), &bytes), r#"{"\\\\x00ff"}"#);
    let dates = RowBuilder::array(1, 4).int(0, -719_163).finish();
    assert_eq!(text(&codec("ARRAY<DATE>", "date"), &dates), r#"{"0001-12-31 BC"}"#);
}

#[test]
fn dimensions_are_told_and_must_agree() {
    let codec = codec("ARRAY<ARRAY<INT>>", "int4");
    let image = outer(&[ints(&[1, 2, 3]), ints(&[4, 5, 6])]).finish();
    assert_eq!(text(&codec, &image), "{{1,2,3},{4,5,6}}");
    let head = encoded::<true>(&codec, &image).unwrap();
    assert_eq!(
        head[4..32],
        [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 23, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 1]
    );
    assert_eq!(text(&codec, &outer(&[]).finish()), "{}");
    for (image, reason) in [
        (outer(&[ints(&[1]), ints(&[2, 3])]).finish(), "not of one length"),
        (outer(&[ints(&[1]), ints(&[])]).finish(), "not of one length"),
        (outer(&[ints(&[]), ints(&[])]).finish(), "empty arrays inside"),
        (outer(&[ints(&[1]), ints(&[1])]).null(1).finish(), "is NULL"),
        (outer(&[ints(&[1]), ints(&[1])]).null(0).finish(), "is NULL"),
    ] {
        for refused in [encoded::<true>(&codec, &image), encoded::<false>(&codec, &image)] {
            assert!(refused.unwrap_err().contains(reason), "{reason}");
        }
    }
}

const PAIRS: [(&str, &str); 14] = [
    ("ARRAY<BOOLEAN>", "bool"),
    ("ARRAY<TINYINT>", "numeric"),
    ("ARRAY<SMALLINT>", "int2"),
    ("ARRAY<ARRAY<INT>>", "int4"),
    ("ARRAY<FLOAT>", "float4"),
    ("ARRAY<DOUBLE>", "float8"),
    ("ARRAY<DECIMAL(38, 38)>", "numeric"),
    ("ARRAY<STRING>", "jsonb"),
    ("ARRAY<STRING>", "uuid"),
    ("ARRAY<ARRAY<ARRAY<BYTES>>>", "bytea"),
    ("ARRAY<DATE>", "date"),
    ("ARRAY<TIME(3)>", "time"),
    ("ARRAY<TIMESTAMP_LTZ(9)>", "timestamptz"),
    ("ARRAY<INTERVAL MONTH>", "interval"),
];

proptest::proptest! {
    /// Never a panic, and never more than the bound.
    #[test]
    fn any_image_is_an_array_or_refused(
        pair in 0..PAIRS.len(), size in 0_u8..6, bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
    ) {
        let (flink, element) = PAIRS[pair];
        let image = [&[size, 0, 0, 0, 0, 0, 0, 0][..], &bytes].concat();
        let codec = codec(flink, element);
        let _ = (encoded::<true>(&codec, &image), encoded::<false>(&codec, &image));
    }

    /// The smallest images that become the longest text.
    #[test]
    fn valid_arrays_stay_in_their_bound(tiny: Vec<i8>, date in -700_000..2_000_000_i32, wide: i128) {
        let array = |width| RowBuilder::array(tiny.len(), width);
        let all = |width, set: &dyn Fn(RowBuilder, usize) -> RowBuilder| (0..tiny.len()).fold(array(width), set).finish();
        let wide = wide % 10_i128.pow(38);
        for (flink, element, image) in [
            ("ARRAY<TINYINT>", "numeric", all(1, &|row, i| row.tiny(i, tiny[i]))),
            ("ARRAY<TINYINT>", "float8", all(1, &|row, i| row.tiny(i, tiny[i]))),
            ("ARRAY<BOOLEAN>", "bool", all(1, &|row, i| row.boolean(i, tiny[i] > 0))),
            ("ARRAY<BOOLEAN>", "bool", all(1, &RowBuilder::null)),
            ("ARRAY<DATE>", "date", all(4, &|row, i| row.int(i, date))),
            ("ARRAY<DECIMAL(38, 38)>", "numeric", all(8, &|row, i| row.decimal_wide(i, wide))),
            ("ARRAY<STRING>", "text", all(8, &|row, i| row.string(i, "\\\"\\"))),
        ] {
            let codec = codec(flink, element);
            proptest::prop_assert!(encoded::<true>(&codec, &image).is_ok());
            proptest::prop_assert!(encoded::<false>(&codec, &image).is_ok());
        }
    }
}
