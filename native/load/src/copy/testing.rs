//! Every pair of the mapping table, and a run of arbitrary bytes through it: for tests, benches and fuzzing only.

use bytes::BytesMut;

use super::{Format, KeyMemory, KeySet, Mode, Plan, PlanColumn};
use crate::types::{ElementType, FlinkType, TargetType, resolve};

/// A Flink type and a target type that takes it.
#[derive(Clone, Debug)]
pub struct Pair {
    /// As Java writes it.
    pub flink: &'static str,
    /// As SQL writes it; `mood` is an enum type.
    pub sql: &'static str,
    /// As the catalog says it.
    pub target: TargetType,
}

impl Pair {
    /// The column `name` for this pair.
    ///
    /// # Panics
    /// Where the pair is not in the mapping table.
    #[must_use]
    pub fn column(&self, name: &str) -> PlanColumn {
        let (flink, nullable) = FlinkType::parse(self.flink).expect("a Flink type");
        let codec = resolve(&flink, &self.target).expect("a pair of the table");
        PlanColumn { name: name.to_owned(), codec, not_null: !nullable, exact_key: true }
    }
}

/// One column for every codec and source that there is.
#[must_use]
pub fn pairs() -> Vec<Pair> {
    let numeric = |precision: i32, scale: i32| (precision << 16 | scale) + 4;
    [
        ("BOOLEAN", "bool", "bool", -1),
        ("TINYINT", "int2", "int2", -1),
        ("SMALLINT", "int2", "int2", -1),
        ("INT", "int4", "int4", -1),
        ("BIGINT", "int8", "int8", -1),
        ("TINYINT", "int4", "int4", -1),
        ("TINYINT", "int8", "int8", -1),
        ("SMALLINT", "int4", "int4", -1),
        ("SMALLINT", "int8", "int8", -1),
        ("INT", "int8", "int8", -1),
        ("INT", "numeric(10,0)", "numeric", numeric(10, 0)),
        ("BIGINT", "numeric", "numeric", -1),
        ("FLOAT", "float4", "float4", -1),
        ("FLOAT", "float8", "float8", -1),
        ("DOUBLE", "float8", "float8", -1),
        ("INT", "float8", "float8", -1),
        ("DECIMAL(10, 2)", "numeric(12,4)", "numeric", numeric(12, 4)),
        ("DECIMAL(18, 18)", "numeric", "numeric", -1),
        ("DECIMAL(38, 10)", "numeric(38,10)", "numeric", numeric(38, 10)),
        ("DECIMAL(38, 38)", "numeric", "numeric", -1),
        ("DECIMAL(38, 0)", "numeric", "numeric", -1),
        ("DECIMAL(4, 0)", "int2", "int2", -1),
        ("DECIMAL(9, 0)", "int4", "int4", -1),
        ("DECIMAL(18, 0)", "int8", "int8", -1),
        ("CHAR(5)", "char(5)", "bpchar", 9),
        ("VARCHAR(20)", "varchar(8)", "varchar", 12),
        ("STRING", "text", "text", -1),
        ("STRING", "json", "json", -1),
        ("STRING", "jsonb", "jsonb", -1),
        ("STRING", "citext", "citext", -1),
        ("STRING", "xml", "xml", -1),
        ("STRING", "uuid", "uuid", -1),
        ("STRING", "mood", "mood", -1),
        ("BYTES", "bytea", "bytea", -1),
        ("DATE", "date", "date", -1),
        ("TIME(0)", "time(0)", "time", 0),
        ("TIME(3)", "time(3)", "time", 3),
        ("TIMESTAMP(3)", "timestamp(3)", "timestamp", 3),
        ("TIMESTAMP(6)", "timestamp", "timestamp", -1),
        ("TIMESTAMP(9)", "timestamp", "timestamp", -1),
        ("TIMESTAMP_LTZ(3)", "timestamptz", "timestamptz", -1),
        ("TIMESTAMP(6) WITH LOCAL TIME ZONE", "timestamptz", "timestamptz", -1),
        ("INTERVAL YEAR(4) TO MONTH", "interval", "interval", -1),
        ("INTERVAL DAY(6) TO SECOND(3)", "interval", "interval", -1),
        ("ARRAY<INT NOT NULL>", "int4[]", "_int4", -1),
        ("ARRAY<ARRAY<STRING>>", "text[]", "_text", -1),
        ("ARRAY<DECIMAL(10, 2)>", "numeric(12,4)[]", "_numeric", numeric(12, 4)),
        ("MAP<STRING, DECIMAL(10, 2)>", "jsonb", "jsonb", -1),
        ("ROW<`a` BIGINT, `b` ARRAY<BOOLEAN>>", "json", "json", -1),
        ("MULTISET<STRING>", "text", "text", -1),
    ]
    .into_iter()
    .map(|(flink, sql, name, modifier)| {
        let kind = if name == "mood" { 'e' } else { 'b' };
        let element = name.strip_prefix('_').map(|element| {
            let oid = [("int4", 23), ("text", 25), ("numeric", 1700)]
                .into_iter()
                .find(|(name, _)| *name == element);
            let base = TargetType { modifier, ..TargetType::plain(element) };
            Box::new(ElementType { oid: oid.map_or(0, |(_, oid)| oid), delimiter: b',', base })
        });
        Pair {
            flink,
            sql,
            target: TargetType {
                kind,
                modifier,
                formatted: sql.to_owned(),
                element,
                ..TargetType::plain(name)
            },
        }
    })
    .collect()
}

/// Encodes `data` as a batch; its first three bytes choose format, mode and columns. The body of the fuzz target
/// `encode_batch` and of its corpus replay.
///
/// # Panics
/// Where the encoder breaks a promise: more bytes than bounded, another number of rows, bytes left after an error.
pub fn fuzz(data: &[u8]) {
    let [choice, first, count, batch @ ..] = data else { return };
    let format = if choice & 1 == 0 { Format::Binary } else { Format::Text };
    let mode = if choice & 2 == 0 { Mode::Append } else { Mode::Merge };
    let all = pairs();
    let chosen = all.iter().cycle().skip(usize::from(*first)).take(usize::from(*count) % (all.len() + 1));
    let columns: Vec<PlanColumn> =
        chosen.enumerate().map(|(i, pair)| pair.column(&format!("c{i}"))).collect();
    let plan = Plan::new("\"t\"".to_owned(), format, mode, columns, &[0]);
    let mut out = BytesMut::new();
    let mut keys = KeySet::new(KeyMemory::new(1 << 16));
    let bound = plan.bound(batch);
    match plan.encode(batch, 0, &mut out, &mut keys) {
        Ok(rows) => {
            let bound = bound.expect("what encodes is bounded");
            assert_eq!(rows, bound.rows);
            assert!(out.len() <= bound.bytes, "{} bytes, bounded by {}", out.len(), bound.bytes);
        }
        Err(_) => assert!(out.is_empty() && !keys.is_open()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::image_builder::frame;

    #[test]
    fn the_fuzz_corpus_encodes_or_is_refused() {
        let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/encode_batch");
        let files: Vec<_> = std::fs::read_dir(corpus).unwrap().collect();
        assert!(!files.is_empty(), "the corpus is gone");
        for file in files {
            fuzz(&std::fs::read(file.unwrap().path()).unwrap());
        }
    }

    proptest::proptest! {
        #[test]
        fn any_image_encodes_or_is_refused(
            choice: u8, first: u8, count in 0_u8..5,
            bytes in proptest::collection::vec(proptest::num::u8::ANY, 8..120),
        ) {
            let mut image = bytes;
            image[0] %= 5;
            let mut data = vec![choice, first, count];
            frame(&mut data, 0, &image);
            fuzz(&data);
        }
    }
}
