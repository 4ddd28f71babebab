use super::*;
use crate::types::NullChars;
use crate::types::{IntegerSource, IntegerTarget, TextTarget};

fn reason(source: SourceType, codec: &Codec, decimals: Decimals, json: &str) -> String {
    let made = (&mut Buffers::default(), &mut Characters::new(NullChars::Fail));
    match read(source, codec, decimals, Scalar::of(json), made) {
        Err(Fault::Unfit(reason) | Fault::Misread(reason)) => reason.to_owned(),
        Err(Fault::Image(error)) => error.to_string(),
        Ok(value) => format!("{value:?}"),
    }
}

#[test]
fn the_setting_of_decimals_is_never_guessed() {
    let source = SourceType::Decimal { precision: 18, scale: 0 };
    let codec = Codec::Decimal { wide: false, scale: 0, target: IntegerTarget::Numeric };
    let read = |decimals, json| reason(source, &codec, decimals, json);
    // Base64 and digits at once.
    assert_eq!(read(Decimals::Base64, "\"1234\""), "Numeric { unscaled: -2658824, scale: 0 }");
    assert_eq!(read(Decimals::Text, "\"1234\""), "Numeric { unscaled: 1234, scale: 0 }");
    assert_eq!(read(Decimals::Numeric, "1234"), "Numeric { unscaled: 1234, scale: 0 }");
    assert!(read(Decimals::Base64, "1234").contains("decimal.handling.mode"));
    assert!(read(Decimals::Text, "1234").contains("decimal.handling.mode"));
    assert!(read(Decimals::Numeric, "\"1234\"").contains("not of the column's type"));
}

#[test]
fn base64_is_canonical_or_refused() {
    let read = |json| reason(SourceType::Bytes, &Codec::Bytes, Decimals::Base64, json);
    assert_eq!(read("\"EA==\""), "Bytes([16])");
    assert_eq!(read("\"\""), "Bytes([])");
    for json in ["\"EA\"", "\"EB==\"", "\"EA==EA==\"", "\"E-==\"", "\"EA= =\""] {
        assert!(read(json).contains("Base64"), "{json}");
    }
}

#[test]
fn unsigned_longs_come_in_three_forms() {
    let source = SourceType::Integer { bytes: 8, unsigned: true };
    let numeric = Codec::Decimal { wide: true, scale: 0, target: IntegerTarget::Numeric };
    let read = |codec, json| reason(source, codec, Decimals::Base64, json);
    for json in ["\"AP//////////\"", "18446744073709551615", "-1"] {
        assert_eq!(read(&numeric, json), "Numeric { unscaled: 18446744073709551615, scale: 0 }", "{json}");
    }
    assert!(read(&numeric, "\"/w==\"").contains("outside the range"), "minus one is no unsigned number");
    assert!(read(&numeric, "18446744073709551616").contains("outside the range"));
    assert!(read(&numeric, "-9223372036854775809").contains("outside the range"));
    let bigint = Codec::Decimal { wide: true, scale: 0, target: IntegerTarget::Eight };
    assert_eq!(read(&bigint, "\"AQ==\""), "Integer(1, Eight)");
    assert!(read(&bigint, "-1").contains("too large"));
}

#[test]
fn numbers_whose_sign_debezium_misread_are_right() {
    let decimal = Codec::Decimal { wide: false, scale: 0, target: IntegerTarget::Numeric };
    for (bytes, greatest) in [(1, 255_i64), (2, 65_535), (3, 16_777_215), (4, 4_294_967_295)] {
        let source = SourceType::Integer { bytes, unsigned: true };
        let read = |number: i64| reason(source, &decimal, Decimals::Base64, &number.to_string());
        assert_eq!(read(-1), format!("Numeric {{ unscaled: {greatest}, scale: 0 }}"));
        assert_eq!(
            read(-i64::midpoint(greatest, 1)),
            format!("Numeric {{ unscaled: {}, scale: 0 }}", i64::midpoint(greatest, 1))
        );
        assert_eq!(read(greatest), format!("Numeric {{ unscaled: {greatest}, scale: 0 }}"));
        assert!(read(-i64::midpoint(greatest, 1) - 1).contains("outside the range"));
        let signed = SourceType::Integer { bytes, unsigned: false };
        assert_eq!(reason(signed, &decimal, Decimals::Base64, "-1"), "Numeric { unscaled: -1, scale: 0 }");
    }
}

#[test]
fn bits_are_shown_as_mysql_shows_them() {
    let read = |count, codec| reason(SourceType::Bit(count), codec, Decimals::Base64, "\"AQE=\"");
    assert_eq!(read(9, &Codec::Bits(9)), "Bits { bits: 257, length: 9 }");
    assert_eq!(read(9, &Codec::Bytes), "Bytes([1, 1])");
    assert_eq!(read(17, &Codec::Bytes), "Bytes([0, 1, 1])");
}

proptest::proptest! {
    /// Whatever stands in a row: a value or a reason.
    #[test]
    fn any_scalar_is_read_or_refused(number: String, which in 0_usize..64, text: String) {
        let sources = ["int", "bigint unsigned", "float", "decimal(20,4)", "decimal(65,30)", "bit(9)", "year", "date",
            "time(6)", "datetime", "datetime(6)", "timestamp", "varchar(9)", "json", "blob", "geometry", "uuid"];
        let codecs = [Codec::Boolean, Codec::Bytes, Codec::Date, Codec::Interval, Codec::Bits(9), Codec::Time { unit: 1 },
            Codec::Timestamp { wide: true, unit: 1, zoned: true }, Codec::Text(TextTarget::Plain, Some(5)), Codec::Float,
            Codec::Decimal { wide: true, scale: 4, target: IntegerTarget::Numeric }];
        let source = SourceType::parse(sources[which % sources.len()]).unwrap();
        let quoted = serde_json::to_string(&text).unwrap();
        for codec in codecs {
            for json in [number.as_str(), quoted.as_str(), "true", "{}", "-0", "1e5"] {
                let _ = reason(source, &codec, Decimals::Numeric, json);
            }
        }
    }
}

#[test]
fn the_zero_year_of_a_log_is_zero() {
    let codec = Codec::Integer(IntegerSource::Two, IntegerTarget::Four);
    let read = |json| reason(SourceType::Year, &codec, Decimals::Base64, json);
    assert_eq!(read("1900"), read("0"));
    assert!(read("1899").contains("outside the range"));
    assert!(read("true").contains("not of the column's type"));
}

#[test]
fn a_label_is_told_with_and_without_backslashes() {
    let codec = Codec::Text(TextTarget::Plain, None);
    let read = |json| reason(SourceType::Enum, &codec, Decimals::Base64, json);
    assert_eq!(read(r#""a\\,b\\,,""#), read(r#""a,b,,""#));
    assert_ne!(read(r#""a\\b""#), read(r#""ab""#));
    assert_eq!(read(r#""\\""#), reason(SourceType::Text, &codec, Decimals::Base64, r#""\\""#));
}
