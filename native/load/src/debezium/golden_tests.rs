//! Records as Flink CDC and Debezium write them, each with its exact outcome, in `tests/fixtures/debezium`.
//! `PIELOAD_BLESS=1 cargo test golden` writes the outcomes anew.

use std::fmt::Write as _;
use std::path::PathBuf;

use bytes::BytesMut;

use super::testing::{EVERY_TYPE, ORDERS, plan};
use super::*;
use crate::copy::{Format, KeyMemory, KeySet, Mode};

/// The plan that a file asks for: `numeric` and `text` name a setting of decimals, `append` a mode.
fn plan_of(file: &str, table: &str) -> Option<ChangePlan> {
    let decimals = match file {
        name if name.contains("numeric") => Decimals::Numeric,
        name if name.contains("string") => Decimals::Text,
        _ => Decimals::Base64,
    };
    let mode = if file.contains("append") { Mode::Append } else { Mode::Merge };
    match table {
        "orders" => Some(plan(table, (Format::Text, mode), &ORDERS, &["id"], decimals)),
        "every_type" => Some(plan(table, (Format::Text, mode), &EVERY_TYPE, &["id"], decimals)),
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
            let mut keys = KeySet::new(KeyMemory::new(1 << 16));
            if let Err(error) = plan.check_envelope(&change, &mut CheckedEnvelope::default()) {
                return format!("{shown}{:?}: {error}\n", error.kind());
            }
            let encoded = key
                .map(RawRow::of_key)
                .transpose()
                .and_then(|key| plan.encode(&change, (key, UpdateHalf::Whole), 100, &mut out, &mut keys));
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
        TableChange::Truncated(database, table) => return format!("truncated {database}.{table}\n"),
        TableChange::Created(table) => ("created", table),
        TableChange::Altered(table) => ("altered", table),
    };
    let mut shown = format!("{what} {}.{}, key {:?}\n", table.database, table.table, table.key);
    if let Some((database, name)) = &table.renamed_from {
        writeln!(shown, "  was {database}.{name}").unwrap();
    }
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
    let plan = plan("orders", (Format::Text, Mode::Merge), &ORDERS, &["id"], Decimals::Base64);
    let record = std::fs::read_to_string(
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/debezium/update-of-key.json"),
    );
    let record = record.unwrap();
    let part = |record: &str, part| {
        let Event::Change(change) = Event::parse(record.as_bytes()).unwrap() else { panic!("a change") };
        let mut out = BytesMut::new();
        let rows =
            plan.encode(&change, (None, part), 100, &mut out, &mut KeySet::new(KeyMemory::new(0))).unwrap();
        (rows, String::from_utf8(out.to_vec()).unwrap())
    };
    let (removed, put) = (part(&record, UpdateHalf::Removal), part(&record, UpdateHalf::Put));
    assert_eq!(removed, (Encoded::Rows(1), "1\t\\N\t\\N\t\\N\t0\t100\n".to_owned()));
    assert_eq!(put, (Encoded::Rows(1), "7\tAda\t19.99\t2023-11-14 22:13:20.123456\t1\t100\n".to_owned()));
    let same = record.replace("\"id\":7", "\"id\":1");
    assert_eq!(part(&same, UpdateHalf::Removal), (Encoded::Rows(0), String::new()));
}
