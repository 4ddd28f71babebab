//! Records as Flink CDC and Debezium write them, each with its exact outcome, in `tests/fixtures/debezium`.
//! `PIELOAD_BLESS=1 cargo test golden` writes the outcomes anew.

use std::fmt::Write as _;
use std::path::PathBuf;

use bytes::BytesMut;

use super::mapping::tests::catalog;
use super::*;
use crate::copy::{Format, KeySet, Mode};

/// A plan whose target has the columns that would be created.
pub(super) fn plan(
    table: &str,
    mode: Mode,
    columns: &[(&str, &str)],
    key: &[&str],
    decimals: Decimals,
) -> ChangePlan {
    let columns = columns.iter().map(|(name, text)| {
        let source_type = SourceType::parse(text).unwrap();
        // What the default does not show: a time beyond one day.
        let created = if *name == "elapsed" { "interval".to_owned() } else { created_as(source_type) };
        let target = Some(((*name).to_owned(), catalog(&created), key.contains(name)));
        SourceColumn { name: (*name).to_owned(), source_type, target, exact_key: true }
    });
    let key: Vec<String> = key.iter().map(|name| (*name).to_owned()).collect();
    let names = (format!("shop.{table}"), format!("\"public\".\"{table}\""));
    ChangePlan::new(names, (Format::Text, mode), columns.collect(), &key, decimals).unwrap()
}

pub(super) const ORDERS: [(&str, &str); 4] =
    [("id", "bigint"), ("name", "varchar(20)"), ("price", "decimal(10,2)"), ("at", "datetime(6)")];

pub(super) const EVERY_TYPE: [(&str, &str); 40] = [
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

/// The plan that a file asks for: `numeric` and `text` name a setting of decimals, `append` a mode.
fn plan_of(file: &str, table: &str) -> Option<ChangePlan> {
    let decimals = match file {
        name if name.contains("numeric") => Decimals::Numeric,
        name if name.contains("string") => Decimals::Text,
        _ => Decimals::Base64,
    };
    let mode = if file.contains("append") { Mode::Append } else { Mode::Merge };
    match table {
        "orders" => Some(plan(table, mode, &ORDERS, &["id"], decimals)),
        "every_type" => Some(plan(table, mode, &EVERY_TYPE, &["id"], decimals)),
        _ => None,
    }
}

/// What a record becomes, in words.
fn outcome(file: &str, record: &[u8], key: Option<&[u8]>) -> String {
    let mut shown = String::new();
    match Event::parse(record) {
        Err(error) => writeln!(shown, "{:?}: {error}", error.kind()).unwrap(),
        Ok(Event::Ignored(why)) => writeln!(shown, "ignored: {why:?}").unwrap(),
        Ok(Event::Schema(SchemaChange { database, ddl, changes })) => {
            writeln!(shown, "schema of {database}: {ddl}").unwrap();
            changes.iter().for_each(|change| write!(shown, "{}", told(change)).unwrap());
        }
        Ok(Event::Change(change)) => {
            writeln!(shown, "{:?} of {}.{} at {:?}", change.op, change.database, change.table, change.ts_ms)
                .unwrap();
            let Some(plan) = plan_of(file, &change.table) else {
                return format!("{shown}{}\n", change.unknown_table());
            };
            let mut out = BytesMut::new();
            let mut keys = KeySet::new(1 << 16);
            let encoded = key
                .map(RawRow::of_key)
                .transpose()
                .and_then(|key| plan.encode(&change, (key, Part::Whole), 100, &mut out, &mut keys));
            assert!(out.len() <= plan.bound(record.len() + key.map_or(0, <[u8]>::len)));
            match encoded {
                Err(error) => writeln!(shown, "{:?}: {error}", error.kind()).unwrap(),
                Ok(encoded) => writeln!(shown, "{encoded:?}").unwrap(),
            }
            shown.push_str(str::from_utf8(&out).unwrap());
        }
    }
    shown
}

fn told(change: &TableChange) -> String {
    let (what, table) = match change {
        TableChange::Dropped(database, table) => return format!("dropped {database}.{table}\n"),
        TableChange::Created(table) => ("created", table),
        TableChange::Altered(table) => ("altered", table),
    };
    let mut shown = format!("{what} {}.{}, key {:?}\n", table.database, table.table, table.key);
    for column in &table.columns {
        let kind = match &column.source_type {
            Ok(source) => format!("{source} -> {}", created_as(*source)),
            Err(reason) => reason.clone(),
        };
        writeln!(shown, "  {} {kind}{}", column.name, if column.nullable { "" } else { " NOT NULL" })
            .unwrap();
    }
    shown
}

#[test]
fn golden_records_have_their_exact_outcomes() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/debezium");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|kind| kind == "json"));
    files.sort();
    assert!(files.len() > 20, "the fixtures are gone");
    let mut wrong = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let record = std::fs::read(&file).unwrap();
        let key = std::fs::read(folder.join(format!("{name}.key"))).ok();
        let found = outcome(name, &record, key.as_deref());
        let golden = file.with_extension("outcome");
        if std::env::var_os("PIELOAD_BLESS").is_some() {
            std::fs::write(&golden, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&golden).unwrap_or_default();
        if found != expected {
            wrong.push(format!("{name}:\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_moved_key_is_removed_here_and_put_there() {
    let plan = plan("orders", Mode::Merge, &ORDERS, &["id"], Decimals::Base64);
    let record = std::fs::read_to_string(
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/debezium/update-of-key.json"),
    );
    let record = record.unwrap();
    let part = |record: &str, part| {
        let Event::Change(change) = Event::parse(record.as_bytes()).unwrap() else { panic!("a change") };
        let mut out = BytesMut::new();
        let rows = plan.encode(&change, (None, part), 100, &mut out, &mut KeySet::new(0)).unwrap();
        (rows, String::from_utf8(out.to_vec()).unwrap())
    };
    let (removed, put) = (part(&record, Part::Removal), part(&record, Part::Put));
    assert_eq!(removed, (Encoded::Rows(1), "1\t\\N\t\\N\t\\N\t0\t100\n".to_owned()));
    assert_eq!(put, (Encoded::Rows(1), "7\tAda\t19.99\t2023-11-14 22:13:20.123456\t1\t100\n".to_owned()));
    let same = record.replace("\"id\":7", "\"id\":1");
    assert_eq!(part(&same, Part::Removal), (Encoded::Rows(0), String::new()));
}
