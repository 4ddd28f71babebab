//! Arrays, what becomes JSON, and intervals, read back and compared as the scalars of `roundtrip` are.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::roundtrip::{Case, case, check_each, set};

use pieload::row::image_builder::RowBuilder;

const NESTED: fn() -> Vec<Case> = || {
    let ints = |values: &[i32]| {
        let array = RowBuilder::array(values.len(), 4);
        values.iter().enumerate().fold(array, |array, (index, value)| array.int(index, *value)).finish()
    };
    let rows = |inner: &[Vec<u8>]| {
        let array = RowBuilder::array(inner.len(), 8);
        inner.iter().enumerate().fold(array, |array, (index, image)| array.nested(index, image)).finish()
    };
    let value = |image: Vec<u8>| set(move |row: RowBuilder| row.nested(1, &image));
    let two = |width| RowBuilder::array(2, width);
    let texts = || two(8).string(0, "a\"b\\c\td{},'").string(1, "NULL").finish();
    let max = 10_i128.pow(38) - 1;
    vec![
        case(
            "ARRAY<INT>",
            "int[]",
            vec![
                (value(ints(&[1, -2, i32::MAX])), "'{1,-2,2147483647}'"),
                (value(ints(&[])), "'{}'"),
                (value(two(4).null(0).int(1, 7).finish()), "'{NULL,7}'"),
                (value(two(4).null(0).null(1).finish()), "'{NULL,NULL}'"),
            ],
        ),
        case(
            "ARRAY<ARRAY<INT>>",
            "bigint[]",
            vec![
                (value(rows(&[ints(&[1, 2]), ints(&[3, 4]), ints(&[5, 6])])), "'{{1,2},{3,4},{5,6}}'"),
                (value(rows(&[])), "'{}'"),
            ],
        ),
        case(
            "ARRAY<ARRAY<ARRAY<STRING>>>",
            "text[][][]",
            vec![(
                value(rows(&[rows(&[texts()]), rows(&[texts()])])),
                "ARRAY[[[E'a\"b\\\\c\td{},''', 'NULL']], [[E'a\"b\\\\c\td{},''', 'NULL']]]",
            )],
        ),
        case("ARRAY<STRING>", "varchar(12)[]", vec![(value(texts()), "ARRAY[E'a\"b\\\\c\td{},''', 'NULL']")]),
        case(
            "ARRAY<STRING>",
            "color[]",
            vec![(value(two(8).string(0, "red").string(1, "deep blue").finish()), "'{red,deep blue}'")],
        ),
        case(
            "ARRAY<STRING>",
            "inet[]",
            vec![(value(two(8).string(0, "10.0.0.1").string(1, "::1/64").finish()), "'{10.0.0.1,::1/64}'")],
        ),
        case(
            "ARRAY<STRING>",
            "box[]",
            vec![(
                value(two(8).string(0, "(1,2),(0,0)").string(1, "1,1,1,1").finish()),
                "'{(1,2),(0,0);(1,1),(1,1)}'",
            )],
        ),
        case(
            "ARRAY<STRING>",
            "jsonb[]",
            vec![(
                value(two(8).string(0, "{\"a\":\"\\\"\"}").string(1, "1").finish()),
                "ARRAY[E'{\"a\": \"\\\\\"\"}', '1']",
            )],
        ),
        case(
            "ARRAY<STRING>",
            "uuid[]",
            vec![(
                value(RowBuilder::array(1, 8).string(0, "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11").finish()),
                "'{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'",
            )],
        ),
        case("ARRAY<BOOLEAN>", "bool[]", vec![(value(two(1).boolean(0, true).finish()), "'{t,f}'")]),
        case(
            "ARRAY<TINYINT>",
            "numeric(3,0)[]",
            vec![(value(two(1).tiny(0, -128).tiny(1, 127).finish()), "'{-128,127}'")],
        ),
        case(
            "ARRAY<SMALLINT>",
            "int2[]",
            vec![(value(two(2).small(0, i16::MIN).small(1, 5).finish()), "'{-32768,5}'")],
        ),
        case(
            "ARRAY<BIGINT>",
            "int8[]",
            vec![(value(two(8).long(0, i64::MIN).long(1, 5).finish()), "'{-9223372036854775808,5}'")],
        ),
        case(
            "ARRAY<FLOAT>",
            "float4[]",
            vec![(value(two(4).float(0, f32::NAN).float(1, 0.1).finish()), "'{NaN,0.1}'")],
        ),
        case(
            "ARRAY<DOUBLE>",
            "float8[]",
            vec![(
                value(two(8).double(0, f64::NEG_INFINITY).double(1, 5e-324).finish()),
                "'{-Infinity,5e-324}'",
            )],
        ),
        case(
            "ARRAY<DECIMAL(10, 2)>",
            "numeric(12,4)[]",
            vec![(
                value(two(8).decimal_compact(0, -1).decimal_compact(1, 9_999_999_999).finish()),
                "'{-0.0100,99999999.9900}'",
            )],
        ),
        case(
            "ARRAY<DECIMAL(38, 38)>",
            "numeric[]",
            vec![(
                value(two(8).decimal_wide(0, max).decimal_wide(1, -1).finish()),
                "'{0.99999999999999999999999999999999999999,-0.00000000000000000000000000000000000001}'",
            )],
        ),
        case(
            "ARRAY<BYTES>",
            "bytea[]",
            vec![(
                value(two(8).bytes(0, &[0, 34, 92, 255]).bytes(1, &[]).finish()),
                "ARRAY[decode('00225cff', 'hex'), '']",
            )],
        ),
        case(
            "ARRAY<DATE>",
            "date[]",
            vec![(
                value(two(4).int(0, -719_163).int(1, 11_016).finish()),
                "ARRAY['0001-12-31 BC', '2000-02-29']",
            )],
        ),
        case(
            "ARRAY<TIME(3)>",
            "time[]",
            vec![(value(two(4).int(0, 0).int(1, 86_399_999).finish()), "'{00:00:00,23:59:59.999}'")],
        ),
        case(
            "ARRAY<TIMESTAMP(3)>",
            "timestamp(3)[]",
            vec![(
                value(two(8).long(0, -1).long(1, 0).finish()),
                "ARRAY['1969-12-31 23:59:59.999', '1970-01-01']",
            )],
        ),
        case(
            "ARRAY<TIMESTAMP_LTZ(6)>",
            "timestamptz[]",
            vec![(
                value(two(8).timestamp(0, -62_135_596_800_001, 1000).timestamp(1, 0, 0).finish()),
                "ARRAY['0001-12-31 23:59:59.999001+00 BC', '1970-01-01 00:00:00+00']",
            )],
        ),
        case(
            "ARRAY<INTERVAL MONTH>",
            "interval[]",
            vec![(value(two(4).int(0, -14).int(1, 5).finish()), "'{-1 year -2 mons,5 mons}'")],
        ),
        case(
            "MAP<STRING, ARRAY<DECIMAL(10, 2)>>",
            "jsonb",
            vec![(
                value(RowBuilder::map(
                    two(8).string(0, "a\"\\\n\u{1}é").string(1, "none"),
                    two(8).nested(0, &two(8).decimal_compact(0, 1205).null(1).finish()).null(1),
                )),
                "E'{\"a\\\\\"\\\\\\\\\\\\n\\\\u0001é\": [12.05, null], \"none\": null}'",
            )],
        ),
        case(
            "ROW<`day` DATE, `It's \"x\"` ROW<`n` BIGINT>>",
            "json",
            vec![(
                value(
                    RowBuilder::new(2)
                        .int(0, 19_000)
                        .nested(1, &RowBuilder::new(1).long(0, 7).finish())
                        .finish(),
                ),
                "E'{\"day\":\"2022-01-08\",\"It''s \\\\\"x\\\\\"\":{\"n\":7}}'",
            )],
        ),
        case(
            "MULTISET<STRING>",
            "text",
            vec![(
                value(RowBuilder::map(two(8).string(0, "a\tb").string(1, "\\"), two(4).int(0, 1).int(1, 2))),
                "E'{\"a\\\\tb\":1,\"\\\\\\\\\":2}'",
            )],
        ),
        case(
            "INTERVAL YEAR TO MONTH",
            "interval",
            vec![
                (set(|r| r.int(1, 14)), "'1 year 2 mons'"),
                (set(|r| r.int(1, -1)), "'-1 mons'"),
                (set(|r| r.int(1, i32::MIN + 8)), "'-178956970 years'"),
            ],
        ),
        case(
            "INTERVAL DAY TO SECOND",
            "interval",
            vec![
                (set(|r| r.long(1, 93_784_005)), "'26:03:04.005'"),
                (set(|r| r.long(1, -1)), "'-00:00:00.001'"),
                (set(|r| r.long(1, 864_000_000_000)), "'240000:00:00'"),
            ],
        ),
    ]
};

#[test]
fn nested_values_and_intervals_are_read_back_equal() {
    check_each(&NESTED());
}
