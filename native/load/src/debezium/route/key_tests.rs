use proptest::prelude::*;

use super::*;
use crate::debezium::{KeyColumn, Partition, Partitions};

/// The hash of a row's key by the types of its columns.
#[track_caller]
fn hash(decimals: Decimals, key: &[(&str, &str)]) -> u64 {
    let mut partitions = Partitions::default();
    let columns = key.iter().enumerate().map(|(i, (source, _))| KeyColumn {
        name: format!("k{i}"),
        source_type: SourceType::parse(source).unwrap(),
    });
    partitions.add("shop", "t", columns.collect(), decimals);
    let row: Vec<String> =
        key.iter().enumerate().map(|(i, (_, value))| format!(r#""k{i}":{value}"#)).collect();
    let row = row.join(",");
    let record = format!(r#"{{"after":{{{row}}},"source":{{"db":"shop","table":"t"}},"op":"c"}}"#);
    match partitions.find(record.as_bytes(), None) {
        Ok(Partition::Key { hash, .. }) => hash,
        other => panic!("{key:?}: {other:?}"),
    }
}

/// One value in the forms that it has in columns of several types: alone, and on either side of another key column.
#[track_caller]
fn keeps_its_hash(forms: &[(&str, &str)]) {
    let other = ("varchar(9)", r#""x""#);
    for key in [|form, _| vec![form], |form, other| vec![form, other], |form, other| vec![other, form]] {
        let mut hashes = forms.iter().map(|form| hash(Decimals::Base64, &key(*form, other)));
        let first = hashes.next().unwrap();
        assert!(hashes.all(|hash| hash == first), "{forms:?}");
    }
}

#[test]
fn a_key_keeps_its_hash_when_its_column_is_widened() {
    keeps_its_hash(&[
        ("tinyint(1)", "7"),
        ("tinyint", "7"),
        ("smallint unsigned", "7"),
        ("mediumint", "7"),
        ("int", "7"),
        ("int unsigned", "7"),
        ("bigint", "7"),
        ("bigint unsigned", r#""Bw==""#),
        ("bigint unsigned", "7"),
        ("decimal(10,0)", r#""Bw==""#),
        ("decimal(20,0)", r#""Bw==""#),
        ("decimal(12,2)", r#""Arw=""#),
        ("decimal(65,30)", r#""WFo4SbHtMoFnwAAAAA==""#),
        ("decimal(12,2)", "7.00"),
        ("float", "7.0"),
        ("double", "7.0"),
        ("bit(3)", r#""Bw==""#),
        ("bit(16)", r#""BwA=""#),
    ]);
    keeps_its_hash(&[
        ("bit(1)", "true"),
        ("tinyint(1)", "true"),
        ("int", "1"),
        ("decimal(5,0)", r#""AQ==""#),
    ]);
    keeps_its_hash(&[
        ("int unsigned", "4000000000"),
        ("bigint unsigned", r#""AO5rKAA=""#),
        ("bigint", "4000000000"),
    ]);
    keeps_its_hash(&[
        ("bigint", "-5"),
        ("decimal(20,0)", r#""+w==""#),
        ("decimal(12,2)", r#""/gw=""#),
        ("double", "-5.0"),
    ]);
    keeps_its_hash(&[("decimal(3,1)", r#""Dw==""#), ("decimal(4,2)", r#""AJY=""#), ("decimal(9,5)", "1.5")]);
    keeps_its_hash(&[("int", "0"), ("decimal(9,3)", r#""AA==""#), ("double", "-0.0"), ("float", "0.0")]);
    keeps_its_hash(&[("float", "1.1"), ("double", "1.100000023841858")]);
    keeps_its_hash(&[
        ("date", "1"),
        ("datetime", "86400000"),
        ("datetime(3)", "86400000"),
        ("datetime(6)", "86400000000"),
    ]);
    keeps_its_hash(&[("datetime(3)", "7001"), ("datetime(6)", "7001000")]);
    keeps_its_hash(&[
        ("timestamp", r#""1970-01-02T00:00:00Z""#),
        ("timestamp(6)", r#""1970-01-02T00:00:00.000000Z""#),
    ]);
    keeps_its_hash(&[("time", "61000000"), ("time(6)", "61000000")]);
    keeps_its_hash(&[
        ("char(2)", r#""ab""#),
        ("char(9)", r#""ab       ""#),
        ("varchar(20)", r#""ab""#),
        ("longtext", r#""ab""#),
        ("enum('ab')", r#""ab""#),
        ("set('ab')", r#""ab""#),
    ]);
    let uuid = r#""a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11""#;
    keeps_its_hash(&[("uuid", uuid), ("char(36)", uuid), ("varchar(99)", uuid)]);
    keeps_its_hash(&[
        ("binary(2)", r#""/wE=""#),
        ("binary(4)", r#""/wEAAA==""#),
        ("varbinary(9)", r#""/wE=""#),
        ("blob", r#""/wE=""#),
    ]);
}

#[test]
fn digits_that_128_bits_do_not_hold_are_a_number_too() {
    let of = |digits: &str, scale| long_number(false, digits.as_bytes(), scale);
    let long = "123456789".repeat(5);
    assert_eq!(of(&long, 0), of(&format!("{long}000"), 3));
    assert_eq!(of(&long, 2), of(&format!("{long}000"), 5));
    assert_ne!(of(&long, 0), of(&long, 1));
    assert_ne!(of(&long, 0), long_number(true, long.as_bytes(), 0));
    // What only the zeros of a fraction made too long.
    assert_eq!(of(&format!("7{}", "0".repeat(40)), 40), number(7, 0));
    assert_eq!(of(&format!("1{}", "0".repeat(40)), 5), number(10_i128.pow(35), 0));
    assert_eq!(long_number(true, format!("15{}", "0".repeat(40)).as_bytes(), 41), number(-15, 1));
}

/// Whatever `sink.null-char.handling` makes of U+0000, the key that it becomes has the hash of the one that it came of.
#[test]
fn a_key_with_null_characters_has_the_hash_of_what_it_becomes() {
    let of = |text: &str| hash(Decimals::Base64, &[("varchar(20)", &format!("\"{text}\"")), ("int", "3")]);
    let text = of("\u{4f60}ab");
    for other in ["\u{4f60}a\\u0000b", "\\u0000\u{4f60}ab\\u0000", "\u{4f60}\u{fffd}ab", "\\ufffd\u{4f60}ab"]
    {
        assert_eq!(of(other), text, "{other}");
    }
    // Its bytes in other characters count.
    for other in ["\u{4f60}a\u{fffc}b", "\u{4f60}a\u{ff3d}b", "\u{4f60}a\u{57fd}b"] {
        assert_ne!(of(other), text, "{other}");
    }
}

#[test]
fn different_values_spread() {
    // As Java makes 32 bits of them, and then a slot.
    let slot = |hash: u64| {
        let folded = (hash ^ (hash >> 32)) & 0xffff_ffff;
        ((folded * 0x9e37_79b9) & 0xffff_ffff) >> 25
    };
    let spread = |what: &str, hashes: Vec<u64>| {
        let mut slots: Vec<u64> = hashes.into_iter().map(slot).collect();
        slots.sort_unstable();
        slots.dedup();
        assert!(slots.len() > 120, "{what}: only {} of 128", slots.len());
    };
    let of = |source: &str, value: &dyn Fn(i64) -> String| {
        spread(source, (0..1_000).map(|i| hash(Decimals::Text, &[(source, &value(i))])).collect());
    };
    of("bigint", &|i| (i - 500).to_string());
    of("bigint", &|i| (i * 1000).to_string());
    of("decimal(20,4)", &|i| format!("\"{}.{:04}\"", i / 10, i % 10));
    of("decimal(40,4)", &|i| format!("\"-9876543210987654321098765.{i:04}\""));
    of("decimal(65,0)", &|i| format!("\"{}{i:04}\"", "9".repeat(60)));
    of("double", &|i| format!("{i}.25"));
    of("date", &|i| i.to_string());
    of("datetime(6)", &|i| (i * 1_000_001).to_string());
    of("binary(16)", &|i| {
        format!("\"{}\"", base64::Engine::encode(&base64::prelude::BASE64_STANDARD, i.to_be_bytes()))
    });
}

/// The text of an integer with a scale.
fn decimal_text(unscaled: i64, scale: u8) -> String {
    let digits = format!("{:0>1$}", unscaled.unsigned_abs(), usize::from(scale) + 1);
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(scale));
    let sign = if unscaled < 0 { "-" } else { "" };
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

fn unscaled_base64(value: i128) -> String {
    format!("\"{}\"", base64::Engine::encode(&base64::prelude::BASE64_STANDARD, value.to_be_bytes()))
}

proptest! {
    /// Any two representations of one number: of every integer type that holds it, and of decimals of any scale.
    #[test]
    fn a_number_has_one_hash(
        value in prop_oneof![any::<i64>(), -200_i64..200, (-60_i64..60).prop_map(|n| n * 1000)],
        scale in 0_u8..12, more in 0_u8..18, precision in 1_u8..8,
    ) {
        let unscaled = i128::from(value);
        let text = decimal_text(value, scale);
        let mut forms = Vec::new();
        for behind in [scale, scale + more] {
            let source = format!("decimal({},{behind})", 20 + behind + precision);
            let told = unscaled * 10_i128.pow((behind - scale).into());
            forms.push((Decimals::Base64, source.clone(), unscaled_base64(told)));
            forms.push((Decimals::Text, source.clone(), format!("\"{text}\"")));
            forms.push((Decimals::Numeric, source, text.clone()));
        }
        let whole = (scale == 0).then_some(value).or_else(|| {
            let unit = 10_i64.checked_pow(scale.into())?;
            (value % unit == 0).then(|| value / unit)
        });
        if let Some(whole) = whole {
            for (source, bits) in [("tinyint", 8), ("smallint", 16), ("mediumint", 24), ("int", 32), ("bigint", 64)] {
                if (-1_i128 << (bits - 1)..1 << (bits - 1)).contains(&whole.into()) {
                    forms.push((Decimals::Base64, source.to_owned(), whole.to_string()));
                }
                if (0..1_i128 << bits).contains(&whole.into()) {
                    forms.push((Decimals::Base64, format!("{source} unsigned"), whole.to_string()));
                }
            }
            if whole >= 0 {
                forms.push((Decimals::Base64, "bigint unsigned".to_owned(), unscaled_base64(whole.into())));
            }
            if whole.unsigned_abs() < 1 << 53 {
                forms.push((Decimals::Base64, "double".to_owned(), format!("{whole}.0")));
            }
        }
        let hashes: Vec<u64> = forms
            .iter()
            .map(|(decimals, source, told)| hash(*decimals, &[(source, told), ("int", "3"), (source, told)]))
            .collect();
        prop_assert!(hashes.iter().all(|hash| *hash == hashes[0]), "{forms:?}");
    }

    /// A point in time in every precision that keeps it.
    #[test]
    fn a_point_in_time_has_one_hash(seconds in prop_oneof![-60_000_000_000_i64..250_000_000_000, (-700_000_i64..2_900_000).prop_map(|day| day * 86_400)], part in 0_i64..1_000_000, cut in 0_u32..=6) {
        let unit = 10_i64.pow(cut);
        let micros = seconds * 1_000_000 + part / unit * unit;
        let mut forms = vec![("datetime(6)", micros.to_string()), ("datetime(4)", micros.to_string())];
        if micros % 1000 == 0 {
            forms.push(("datetime(3)", (micros / 1000).to_string()));
            forms.push(("datetime", (micros / 1000).to_string()));
        }
        if micros % 86_400_000_000 == 0 {
            forms.push(("date", (micros / 86_400_000_000).to_string()));
        }
        let hashes: Vec<u64> = forms
            .iter()
            .map(|(source, told)| hash(Decimals::Base64, &[("int", "3"), (source, told)]))
            .collect();
        prop_assert!(hashes.iter().all(|hash| *hash == hashes[0]), "{forms:?}");
    }
}
