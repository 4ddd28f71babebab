use super::*;
use crate::row::image_builder::RowBuilder;
use crate::types::NullChars;

fn encoded<const COPY: bool>(shape: &str, image: &[u8]) -> Result<String, String> {
    let shape = FlinkType::parse(shape).unwrap().0;
    let mut out = BytesMut::new();
    match put::<COPY>(&shape, image, &mut out, 1 << 20, &mut Characters::new(NullChars::Fail)) {
        Ok(()) => Ok(String::from_utf8(out.to_vec()).unwrap()),
        Err(Fault::Unfit(reason) | Fault::Misread(reason)) => Err(reason.to_owned()),
        Err(Fault::Image(error)) => Err(error.to_string()),
    }
}

fn json(shape: &str, image: &[u8]) -> String {
    encoded::<false>(shape, image).unwrap()
}

/// Bytes that Flink wrote, on three of its versions.
#[test]
fn what_flink_wrote_is_json() {
    let text = include_str!("../../../../tests/fixtures/rows/binaryrow-vectors.tsv");
    let line = text.lines().find(|line| line.starts_with("nested\t")).unwrap();
    let [types, hex] = line.split('\t').skip(1).take(2).collect::<Vec<_>>().try_into().unwrap();
    let bytes: Vec<u8> =
        (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect();
    let fields: Vec<String> =
        types.split('|').enumerate().map(|(index, field)| format!("`c{index}` {field}")).collect();
    assert_eq!(
        json(&format!("ROW<{}>", fields.join(", ")), &bytes),
        "{\"c0\":[1,null,-3],\"c1\":[\"hi\",null,\"longer than seven\"],\"c2\":{\"k1\":1,\"a long key value\":null},\
         \"c3\":{\"f0\":7,\"f1\":\"nested string\"},\"c4\":[1.25,null],\"c5\":[true,false,null],\"c6\":[{\"f0\":42},null]}"
    );
}

/// Each but TIME and the scale of decimals is what `JsonRowDataSerializationSchema` of Flink 1.18.1 wrote.
#[test]
fn every_scalar_has_the_form_that_flink_gives_it() {
    let one = |flink: &str, set: &dyn Fn(RowBuilder) -> RowBuilder| {
        json(&format!("ROW<`a` {flink}>"), &set(RowBuilder::new(1)).finish())
            .strip_prefix("{\"a\":")
            .and_then(|value| value.strip_suffix('}'))
            .unwrap()
            .to_owned()
    };
    assert_eq!(one("TINYINT", &|row| row.tiny(0, -128)), "-128");
    assert_eq!(one("SMALLINT", &|row| row.small(0, -300)), "-300");
    assert_eq!(one("BIGINT", &|row| row.long(0, i64::MIN)), "-9223372036854775808");
    assert_eq!(one("FLOAT", &|row| row.float(0, 0.1)), "0.1");
    assert_eq!(one("DOUBLE", &|row| row.double(0, f64::NAN)), "\"NaN\"");
    assert_eq!(one("DOUBLE", &|row| row.double(0, f64::NEG_INFINITY)), "\"-Infinity\"");
    assert_eq!(one("DECIMAL(38, 30)", &|row| row.decimal_wide(0, 1)), "0.000000000000000000000000000001");
    assert_eq!(one("DECIMAL(9, 2)", &|row| row.decimal_compact(0, -100)), "-1.00");
    assert_eq!(one("BYTES", &|row| row.bytes(0, &[0, 255])), "\"AP8=\"");
    assert_eq!(one("BYTES", &|row| row.bytes(0, &[])), "\"\"");
    assert_eq!(one("DATE", &|row| row.int(0, 19_000)), "\"2022-01-08\"");
    assert_eq!(one("DATE", &|row| row.int(0, 2_932_897)), "\"+10000-01-01\"");
    assert_eq!(one("DATE", &|row| row.int(0, -719_529)), "\"-0001-12-31\"");
    assert_eq!(one("TIME(3)", &|row| row.int(0, 3_723_040)), "\"01:02:03.04\"");
    assert_eq!(
        one("TIMESTAMP(9)", &|row| row.timestamp(0, -1, 999_999)),
        "\"1969-12-31 23:59:59.999999999\""
    );
    assert_eq!(one("TIMESTAMP_LTZ(3)", &|row| row.long(0, 1_700_000_000_000)), "\"2023-11-14 22:13:20Z\"");
    assert_eq!(one("INTERVAL YEAR TO MONTH", &|row| row.int(0, 14)), "14");
    assert_eq!(one("INTERVAL DAY TO SECOND", &|row| row.long(0, -1)), "-1");
    assert_eq!(one("STRING", &|row| row.null(0)), "null");
    let multiset = RowBuilder::map(RowBuilder::array(1, 8).string(0, "x"), RowBuilder::array(1, 4).int(0, 3));
    assert_eq!(one("MULTISET<STRING>", &|row| row.nested(0, &multiset)), "{\"x\":3}");
}

#[test]
fn text_is_escaped_for_json_and_then_for_copy() {
    let image = RowBuilder::array(1, 8).string(0, "a\"b\\c\n\u{1}é").finish();
    assert_eq!(json("ARRAY<STRING>", &image), r#"["a\"b\\c\n\u0001é"]"#);
    assert_eq!(encoded::<true>("ARRAY<STRING>", &image).unwrap(), r#"["a\\"b\\\\c\\n\\u0001é"]"#);
    for bad in [&b"a\0"[..], &[0xff]] {
        let image = RowBuilder::array(1, 8).bytes(0, bad).finish();
        assert!(encoded::<false>("ARRAY<STRING>", &image).is_err());
    }
    let keyless = RowBuilder::map(RowBuilder::array(1, 8).null(0), RowBuilder::array(1, 4));
    assert!(encoded::<true>("MAP<STRING, INT>", &keyless).unwrap_err().contains("a key of the map is NULL"));
}

const SHAPES: [&str; 5] = [
    "ARRAY<TINYINT>",
    "ARRAY<ROW<`a long name of a field` BOOLEAN, `b` DATE>>",
    "MAP<STRING, ARRAY<DECIMAL(38, 38)>>",
    "ROW<`a` MULTISET<STRING>, `b` TIMESTAMP(9), `c` ARRAY<STRING>>",
    "ARRAY<MAP<STRING, DOUBLE>>",
];

proptest::proptest! {
    /// Never a panic, never more than the bound, and what comes out is JSON.
    #[test]
    fn any_image_is_json_or_refused(
        shape in 0..SHAPES.len(), size in 0_u8..6, bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
    ) {
        use crate::copy::nested;
        use crate::types::{Nested, TextTarget};
        let shape = FlinkType::parse(SHAPES[shape]).unwrap().0;
        let nested = Nested::Json(shape, TextTarget::Jsonb);
        let image = [&[size, 0, 0, 0, 0, 0, 0, 0][..], &bytes].concat();
        let bound = nested::AROUND + nested::growth(&nested) * image.len();
        for binary in [true, false] {
            let mut out = BytesMut::new();
            let put = if binary { nested::put::<true> } else { nested::put::<false> };
            if put(&nested, &image, &mut out, nested::growth(&nested), NullChars::Replace).is_ok() {
                proptest::prop_assert!(out.len() <= bound, "{} bytes, bounded by {bound}", out.len());
                if binary {
                    let read: Result<serde_json::Value, _> = serde_json::from_slice(&out[5..]);
                    proptest::prop_assert!(read.is_ok(), "{:?}", out);
                }
            }
        }
    }
}
