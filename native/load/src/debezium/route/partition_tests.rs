use super::*;

fn tables(types: &[&str]) -> Partitions {
    let mut partitions = Partitions::default();
    let column = |(i, text): (usize, &&str)| KeyColumn {
        name: format!("k{i}"),
        source_type: SourceType::parse(text).unwrap(),
    };
    partitions.add("shop", "t", types.iter().enumerate().map(column).collect(), Decimals::Base64);
    partitions
}

fn insert(row: &str) -> String {
    format!(r#"{{"before":null,"after":{row},"source":{{"db":"shop","table":"t"}},"op":"c"}}"#)
}

#[track_caller]
fn hash(partitions: &Partitions, row: &str) -> u64 {
    match partitions.find(insert(row).as_bytes(), None).unwrap() {
        Partition::Key { table: 0, hash, moved_from: None } => hash,
        other => panic!("{other:?}"),
    }
}

#[test]
fn equal_keys_hash_equal_however_they_are_spelled() {
    for (source, spellings) in [
        ("bigint unsigned", &["1", r#""AQ==""#, r#""AAE=""#][..]),
        ("bigint unsigned", &["18446744073709551615", "-1", r#""AP//////////""#]),
        ("int unsigned", &["4294967295", "-1"]),
        ("smallint unsigned zerofill", &["32768", "-32768"]),
        ("decimal(10,2)", &["1", "1.0", "1.00", "1E0", r#""ZA==""#, r#""AGQ=""#]),
        ("varchar(9)", &[r#""a/b""#, r#""\u0061\/b""#, r#""a/b  ""#]),
        ("tinyint(1)", &["1", "true"]),
        ("bit(1)", &["true", r#""AQ==""#]),
        ("timestamp(3)", &[r#""2020-07-17T18:00:22Z""#, r#""2020-07-18T02:00:22.000+08:00""#]),
        ("double", &["0.0", "-0.0", "0e5"]),
        ("float", &["1.1", "1.100000023841858"]),
        ("uuid", &[r#""a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11""#, r#""A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11""#]),
        ("binary(1)", &[r#""/w==""#, r#""\/w==""#]),
    ] {
        let partitions = tables(&[source]);
        let hashes: Vec<u64> =
            spellings.iter().map(|s| hash(&partitions, &format!(r#"{{"k0":{s}}}"#))).collect();
        assert!(hashes.iter().all(|hash| *hash == hashes[0]), "{source}: {hashes:?}");
    }
}

#[test]
fn the_order_of_members_and_the_envelope_change_nothing() {
    let partitions = tables(&["int", "varchar(5)"]);
    let expected = hash(&partitions, r#"{"k0":7,"k1":"x","other":"{"}"#);
    assert_eq!(hash(&partitions, r#"{"other":{"k0":8},"k1" : "x" , "k0": 7 }"#), expected);
    let wrapped = format!(r#"{{"schema":{{"k0":1}},"payload":{}}}"#, insert(r#"{"k0":7,"k1":"x"}"#));
    assert_eq!(
        partitions.find(wrapped.as_bytes(), None).unwrap(),
        Partition::Key { table: 0, hash: expected, moved_from: None }
    );
    // An escaped name is parsed.
    assert_eq!(hash(&partitions, r#"{"\u006b0":7,"k1":"x"}"#), expected);
    assert_ne!(hash(&partitions, r#"{"k0":8,"k1":"x"}"#), expected);
}

#[test]
fn a_changed_key_concerns_two_partitions() {
    let partitions = tables(&["int"]);
    let (old, new) = (hash(&partitions, r#"{"k0":1}"#), hash(&partitions, r#"{"k0":2}"#));
    let update = |before: &str, after: &str| {
        let record = insert(after)
            .replace(r#""before":null"#, &format!(r#""before":{before}"#))
            .replace(r#""c""#, r#""u""#);
        partitions.find(record.as_bytes(), None).unwrap()
    };
    let key = |hash, moved_from| Partition::Key { table: 0, hash, moved_from };
    assert_eq!(update(r#"{"k0":1}"#, r#"{"k0":2}"#), key(new, Some(old)));
    assert_eq!(update(r#"{"k0":2}"#, r#"{"k0":2}"#), key(new, None));
    assert_eq!(update("null", r#"{"k0":2}"#), key(new, None));
    assert_eq!(update(r#"{"\u006b0":1}"#, r#"{"k0":2}"#), key(new, Some(old)));
}

#[test]
fn records_without_a_key_say_where_they_belong() {
    let partitions = tables(&["int"]);
    let delete = r#"{"before":null,"after":null,"source":{"db":"shop","table":"t"},"op":"d"}"#;
    let find = |record: &str, key: Option<&[u8]>| partitions.find(record.as_bytes(), key);
    let hash = hash(&partitions, r#"{"k0":5}"#);
    let expected = Partition::Key { table: 0, hash, moved_from: None };
    assert_eq!(find(delete, Some(br#"{"k0":5}"#)).unwrap(), Partition::Keyed { table: 0, hash });
    assert_eq!(find(&delete.replace(r#""before":null"#, r#""before":{"k0":5}"#), None).unwrap(), expected);
    assert!(find(delete, None).unwrap_err().to_string().starts_with("source table shop.t: "));
    assert_eq!(find(&delete.replace("\"d\"", "\"t\""), None).unwrap(), Partition::Table(0));
    assert_eq!(find(&delete.replace("shop", "other"), None).unwrap(), Partition::Unknown);
    assert_eq!(find("", None).unwrap(), Partition::Other);
    assert_eq!(
        find(r#"{"source":{"db":"shop","table":"t"},"historyRecord":"{}"}"#, None).unwrap(),
        Partition::Other
    );
    for row in [r#"{"k0":null}"#, r#"{"k1":1}"#, r#"{"k0":1.5}"#, r#"{"k0":"1"}"#, r#"{"k0":1"#] {
        assert!(find(&insert(row), None).is_err(), "{row}");
    }
}

#[test]
fn keys_that_a_server_may_hold_for_equal_hash_equal_and_others_spread() {
    for (source, equal) in [
        // char(n), citext, and uuid, which takes braces and any dashes.
        ("varchar(40)", &[r#""ab""#, r#""AB  ""#, r#""a-b""#, r#""{Ab}""#][..]),
        ("enum('x')", &[r#""x""#, r#""X""#]),
        ("set('a','b')", &[r#""a,b""#, r#""A,B""#]),
        ("json", &[r#""{\"a\":1}""#, r#""{ \"a\" : 1.0 }""#]),
    ] {
        let partitions = tables(&[source]);
        let hashes: Vec<u64> = equal.iter().map(|s| hash(&partitions, &format!(r#"{{"k0":{s}}}"#))).collect();
        assert!(hashes.iter().all(|hash| *hash == hashes[0]), "{source}: {hashes:?}");
    }
    let partitions = tables(&["varchar(40)"]);
    let slots: std::collections::BTreeSet<u64> =
        (0..1_000).map(|id| hash(&partitions, &format!(r#"{{"k0":"key {id}"}}"#)) % 128).collect();
    assert!(slots.len() > 120, "only {} of 128", slots.len());
    assert_ne!(hash(&partitions, r#"{"k0":"é"}"#), hash(&partitions, r#"{"k0":"è"}"#));
}

#[test]
fn a_table_that_is_added_again_keeps_its_number_and_has_the_new_key() {
    let mut partitions = tables(&["int"]);
    let column = KeyColumn { name: "k1".to_owned(), source_type: SourceType::parse("varchar(5)").unwrap() };
    assert_eq!(partitions.add("shop", "t", vec![column], Decimals::Base64), 0);
    let row = |first: u32| hash(&partitions, &format!(r#"{{"k0":{first},"k1":"x"}}"#));
    assert_eq!(row(1), row(2));
    assert_eq!(partitions.add("other", "t", Vec::new(), Decimals::Base64), 1);
}

/// A JSON string of some text, each character escaped or not.
fn spelled(text: &str, escapes: u32) -> String {
    let mut json = "\"".to_owned();
    for (i, c) in text.chars().enumerate() {
        let plain = !matches!(c, '"' | '\\') && c >= ' ';
        if plain && escapes >> (i % 32) & 1 == 0 {
            json.push(c);
        } else {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| json.push_str(&format!("\\u{unit:04x}")));
        }
    }
    json + "\""
}

proptest::proptest! {
    /// Wherever the scan answers, parsing answers the same.
    #[test]
    fn the_scan_finds_what_parsing_finds(
        number: i64, text in "\\PC{0,12}", escapes: u32, names: u32, order in 0_usize..24, op in 0_usize..5,
        before: bool, envelope: bool, spaces: bool, plain: bool,
    ) {
        let names = if plain { 0 } else { names };
        let partitions = tables(&["bigint", "text"]);
        let row = |number: i64| {
            format!(
                r#"{{"pad":{},{}:{number},"more":[1,{{"k0":2}}],"k1":{}}}"#,
                spelled(&text, !escapes), spelled("k0", names), spelled(&text, escapes)
            )
        };
        let op = ["c", "r", "u", "d", "t"][op];
        let mut members = [
            format!(r#""before":{}"#, if before { row(number.wrapping_add(1)) } else { "null".to_owned() }),
            format!(r#""after":{}"#, if op == "d" { "null".to_owned() } else { row(number) }),
            format!(r#""source":{{"x":{},"db":{},"table":{}}}"#, spelled(&text, 0), spelled("shop", names >> 2), spelled("t", names >> 9)),
            format!(r#"{}:"{op}""#, spelled("op", names >> 12)),
        ];
        members.rotate_left(order % 4);
        members.swap(order % 3, order / 8 + 1);
        let mut record = format!("{{{}}}", members.join(if spaces { " ,\n " } else { "," }));
        if envelope {
            record = format!(r#"{{"schema":{},"payload":{record}}}"#, row(0));
        }
        let parsed = partitions.by_parsing(record.as_bytes(), None);
        if let Some(scanned) = partitions.by_scan(record.as_bytes()) {
            proptest::prop_assert_eq!(Some(scanned), parsed.ok(), "{}", record);
        } else {
            proptest::prop_assert!(parsed.is_ok() || op == "d" && !before, "{}", record);
        }
    }

    #[test]
    fn any_bytes_have_a_partition_or_an_error(bytes: Vec<u8>, cut in 0_usize..120) {
        let partitions = tables(&["int"]);
        let _ = partitions.find(&bytes, Some(&bytes));
        let record = insert(r#"{"k0":1,"k1":"x"}"#);
        let _ = partitions.find(record.as_bytes().get(..cut).unwrap_or_default(), None);
    }
}
