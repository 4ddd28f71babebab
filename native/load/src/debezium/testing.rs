//! One record through everything of this room: for tests, benches and fuzzing only.

use bytes::BytesMut;

use super::{
    Change, ChangePlan, CheckedEnvelope, Decimals, Encoded, Event, KeyColumn, Op, Partition, Partitions,
    RawRow, SourceColumn, SourceType, UpdateHalf, codec, created_as,
};
use crate::copy::{Format, KeyMemory, KeySet, Mode, PlanColumn};
use crate::types::TargetType;

/// A table with a column of every type; its key is `id`.
pub const EVERY_TYPE: [(&str, &str); 40] = [
    ("id", "bigint unsigned"),
    ("tiny", "tinyint"),
    ("tiny_u", "tinyint unsigned"),
    ("small", "smallint"),
    ("small_u", "smallint unsigned"),
    ("medium", "mediumint"),
    ("medium_u", "mediumint unsigned zerofill"),
    ("int", "int"),
    ("int_u", "int(10) unsigned"),
    ("big", "bigint"),
    ("flag", "tinyint(1)"),
    ("real", "float"),
    ("double", "double"),
    ("price", "decimal(8,4)"),
    ("whole", "decimal(6,0)"),
    ("long", "decimal(65,30)"),
    ("bit1", "bit(1)"),
    ("bit9", "bit(9)"),
    ("bit64", "bit(64)"),
    ("year", "year(4)"),
    ("date", "date"),
    ("time", "time"),
    ("time6", "time(6)"),
    ("elapsed", "time(6)"),
    ("datetime", "datetime"),
    ("datetime3", "datetime(3)"),
    ("datetime6", "datetime(6)"),
    ("stamp", "timestamp"),
    ("stamp6", "timestamp(6)"),
    ("char", "char(3)"),
    ("varchar", "varchar(20)"),
    ("text", "longtext"),
    ("enum", "enum('red','white')"),
    ("set", "set('a','b')"),
    ("json", "json"),
    ("binary", "binary(16)"),
    ("blob", "blob"),
    ("uuid", "uuid"),
    ("inet", "inet6"),
    ("shape", "geometry"),
];

/// A small table; its key is `id`.
pub(super) const ORDERS: [(&str, &str); 4] =
    [("id", "bigint"), ("name", "varchar(20)"), ("price", "decimal(10,2)"), ("at", "datetime(6)")];

/// The type of a column that was created, as the catalog tells it.
pub(super) fn catalog(sql: &str) -> TargetType {
    let (name, modifier) = match sql.split_once('(') {
        None => (sql, -1),
        Some((name, inside)) => {
            let numbers: Vec<i32> =
                inside.trim_end_matches(')').split(',').map(|n| n.parse().expect("a number")).collect();
            let modifier = match (name, numbers.as_slice()) {
                ("numeric", [precision, scale]) => (precision << 16 | scale) + 4,
                ("varchar", [length]) => length + 4,
                (_, [number]) => *number,
                other => panic!("{other:?}"),
            };
            (name, modifier)
        }
    };
    let name = match name {
        "boolean" => "bool",
        "smallint" => "int2",
        "integer" => "int4",
        "bigint" => "int8",
        "real" => "float4",
        "double precision" => "float8",
        name => name,
    };
    TargetType { modifier, formatted: sql.to_owned(), ..TargetType::plain(name) }
}

/// A plan whose target has the columns of [`created`].
///
/// # Panics
/// Where a type is not known or does not fit what it is created as.
#[must_use]
pub fn plan(
    table: &str,
    (format, mode): (Format, Mode),
    columns: &[(&str, &str)],
    key: &[&str],
    decimals: Decimals,
) -> ChangePlan {
    let key_columns = columns.iter().enumerate().filter(|(_, (name, _))| key.contains(name));
    let indexes: Vec<usize> = key_columns.map(|(index, _)| index).collect();
    let columns = columns.iter().map(|(name, text)| {
        let source_type = SourceType::parse(text).expect("a MySQL type");
        let target = Some(PlanColumn {
            name: (*name).to_owned(),
            codec: codec(source_type, &catalog(&created(name, text))).expect("a pair of the table"),
            not_null: key.contains(name),
            exact_key: true,
        });
        SourceColumn { name: (*name).to_owned(), source_type, target }
    });
    let target = format!("\"public\".\"{table}\"");
    ChangePlan::new(target, (format, mode), columns.collect(), &indexes, decimals)
}

/// The SQL type of a test's column: what is created by default, and an interval for `elapsed`.
///
/// # Panics
/// Where the source type is not known.
#[must_use]
pub fn created(name: &str, source: &str) -> String {
    match name {
        "elapsed" => "interval".to_owned(),
        _ => created_as(SourceType::parse(source).expect("a MySQL type")),
    }
}

/// Reads `data` as a record, finds its partition and encodes it; its first byte chooses format, mode and setting. The
/// body of the fuzz target `debezium` and of its corpus replay.
///
/// # Panics
/// Where a promise is broken: more bytes than bounded, bytes left after an error, a scan that answers otherwise than
/// parsing does.
pub fn fuzz(data: &[u8]) {
    let Some((choice, record)) = data.split_first() else { return };
    let format = if choice & 1 == 0 { Format::Binary } else { Format::Text };
    let mode = if choice & 2 == 0 { Mode::Append } else { Mode::Merge };
    let decimals = match choice >> 2 & 3 {
        0 => Decimals::Numeric,
        1 => Decimals::Text,
        _ => Decimals::Base64,
    };
    let mut partitions = Partitions::default();
    for (table, columns) in [("orders", &ORDERS[..]), ("every_type", &EVERY_TYPE[..])] {
        let Some((name, text)) = columns.first() else { return };
        let source_type = SourceType::parse(text).expect("a MySQL type");
        partitions.add("shop", table, vec![KeyColumn { name: (*name).to_owned(), source_type }], decimals);
    }
    let partition = partitions.find(record, None);
    if let (Some(scanned), Ok(parsed)) = (partitions.by_scan(record), partitions.by_parsing(record, None)) {
        assert_eq!(scanned, parsed);
    }
    // Whatever it is, it is a row's text or it is not.
    let _ = RawRow::of_key(record);
    let Ok(event) = Event::parse(record) else { return };
    let Event::Change(change) = event else {
        assert_eq!(partition.expect("what is no change has no key to be wrong"), Partition::Other);
        return;
    };
    let plan = match (&*change.database, &*change.table) {
        ("shop", "orders") => plan("orders", (format, mode), &ORDERS, &["id"], decimals),
        ("shop", "every_type") => plan("every_type", (format, mode), &EVERY_TYPE, &["id"], decimals),
        _ => {
            assert_eq!(partition.expect("no key is read"), Partition::Unknown);
            return;
        }
    };
    let _ = plan.check_envelope(&change, &mut CheckedEnvelope::default());
    let mut out = BytesMut::from(&b"before"[..]);
    let mut keys = KeySet::new(KeyMemory::new(1 << 16));
    match plan.encode(&change, (None, UpdateHalf::Whole), 0, &mut out, &mut keys) {
        Ok(encoded) => {
            assert!(out.len() - 6 <= plan.bound(record.len()), "{} bytes", out.len());
            let partition = partition.expect("what encodes has a partition");
            agree(&change, encoded, partition);
        }
        Err(_) => assert!(&out[..] == b"before" && !keys.is_open()),
    }
}

fn agree(change: &Change<'_>, encoded: Encoded, partition: Partition) {
    match (encoded, partition) {
        (Encoded::Truncate, Partition::Table(_)) => assert_eq!(change.op, Op::Truncate),
        // Another spelling of the same key is removed and put as well.
        (Encoded::Rows(rows), Partition::Key { moved_from, .. }) => {
            assert!(moved_from.is_none() || rows == 2);
        }
        other => panic!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus() -> Vec<Vec<u8>> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/debezium");
        std::fs::read_dir(folder).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
    }

    #[test]
    fn the_fuzz_corpus_is_loaded_or_refused() {
        let corpus = corpus();
        assert!(corpus.len() > 20, "the corpus is gone");
        corpus.iter().for_each(|data| fuzz(data));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_loaded_or_refused(data: Vec<u8>) {
            fuzz(&data);
        }

        /// Sound records with one place damaged reach further than noise does.
        #[test]
        fn damaged_records_are_loaded_or_refused(
            which: proptest::sample::Index, place: proptest::sample::Index, with: Vec<u8>, cut in 0_usize..4, choice: u8,
        ) {
            let corpus = corpus();
            let mut data = which.get(&corpus).clone();
            data[0] = choice;
            let place = place.index(data.len());
            let end = data.len().min(place + cut);
            data.splice(place..end, with.into_iter().take(3));
            fuzz(&data);
        }
    }
}
