//! Records that live Flink CDC sources wrote (tests/capture), loaded into a server and held to what MariaDB says
//! itself.
//!
//! Every record of every capture is read, by the types of `information_schema` or, for a table that changed or was
//! made meanwhile, of the stream; its tuples go into a table that is created by those types; what is left of each key
//! is compared with MariaDB's own rows, cell by cell. Where a source does not tell what the table holds, the cell
//! stands in the capture's file `differences`, which is compared whole. `PIELOAD_BLESS=1` writes it anew.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use bytes::{Bytes, BytesMut};
use futures_util::SinkExt;
use pieload::copy::{Format, KeyMemory, KeySet, Mode, PlanColumn};
use pieload::debezium::{
    ChangePlan, CheckedEnvelope, ColumnDefinition, Decimals, Encoded, Event, KeyColumn, Partition,
    Partitions, SourceColumn, SourceType, TableChange, TableDefinition, UpdateHalf, codec, created_as,
};
use pieload::types::TargetType;
use support::live::{definitions, file, records};
use support::{Server, runtime};

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What a column becomes: what is created by default, but for times that a day does not hold.
fn created(table: &str, column: &ColumnDefinition) -> String {
    match (table, column.name.as_str()) {
        (_, "elapsed") | ("hard", "t" | "short") => "interval".to_owned(),
        _ => created_as(column.source_type.clone().unwrap()),
    }
}

fn declared(table: &TableDefinition, column: &ColumnDefinition) -> String {
    format!("{} {}", quoted(&column.name), created(&table.table, column))
}

/// One target table: all its tuples, each with its kind and number.
struct Target {
    definition: TableDefinition,
    plan: ChangePlan,
    seen: CheckedEnvelope,
}

struct Load<'s> {
    server: &'s Server,
    format: Format,
    /// The targets' names by the source's.
    targets: BTreeMap<String, Target>,
    partitions: Partitions,
    next: i64,
}

impl<'s> Load<'s> {
    fn new(server: &'s Server, format: Format) -> Self {
        server.run("DROP SCHEMA IF EXISTS live CASCADE; CREATE SCHEMA live");
        let mut load =
            Load { server, format, targets: BTreeMap::new(), partitions: Partitions::default(), next: 0 };
        definitions("live/types.before").into_values().for_each(|definition| load.create(definition));
        load
    }

    fn create(&mut self, definition: TableDefinition) {
        let columns: Vec<_> = definition.columns.iter().map(|c| declared(&definition, c)).collect();
        let (name, columns) = (quoted(&definition.table), columns.join(", "));
        self.server.run(&format!("CREATE TABLE live.{name} ({columns}, \" op\" smallint, \" seq\" bigint)"));
        self.open(definition);
    }

    /// Makes the plan of a table that is there, by the types in the server's catalog.
    fn open(&mut self, definition: TableDefinition) {
        let catalog = format!(
            "SELECT a.attname, t.typname, a.atttypmod, format_type(t.oid, a.atttypmod) FROM pg_attribute a \
             JOIN pg_type t ON t.oid = a.atttypid WHERE attrelid = 'live.{}'::regclass AND attnum > 0 AND NOT attisdropped",
            quoted(&definition.table)
        );
        let types: BTreeMap<String, TargetType> = self
            .server
            .rows(&catalog)
            .iter()
            .map(|row| {
                let [column, name, modifier, formatted] =
                    row.split('|').collect::<Vec<_>>().try_into().unwrap();
                let modifier = modifier.parse().unwrap();
                (
                    column.to_owned(),
                    TargetType {
                        name: name.to_owned(),
                        kind: 'b',
                        modifier,
                        formatted: formatted.to_owned(),
                        element: None,
                    },
                )
            })
            .collect();
        let columns = definition.columns.iter().map(|column| SourceColumn {
            name: column.name.clone(),
            source_type: column.source_type.clone().unwrap(),
            target: Some(PlanColumn {
                name: column.name.clone(),
                codec: codec(column.source_type.clone().unwrap(), &types[&column.name]).unwrap(),
                not_null: !column.nullable,
                exact_key: true,
            }),
        });
        let name = format!("live.{}", quoted(&definition.table));
        let how = (self.format, Mode::Merge);
        let indexes =
            |name: &String| definition.columns.iter().position(|column| column.name == *name).unwrap();
        let key: Vec<usize> = definition.key.iter().map(indexes).collect();
        let plan = ChangePlan::new(name, how, columns.collect(), &key, Decimals::Base64);
        let key = definition.key.iter().map(|name| {
            let column = definition.columns.iter().find(|column| column.name == *name).unwrap();
            KeyColumn { name: name.clone(), source_type: column.source_type.clone().unwrap() }
        });
        self.partitions.add("live", &definition.table, key.collect(), Decimals::Base64);
        let target = Target { plan, seen: CheckedEnvelope::default(), definition };
        self.targets.insert(target.definition.table.clone(), target);
    }

    fn record(&mut self, record: &str) {
        let partition = self.partitions.find(record.as_bytes(), None).unwrap();
        match Event::parse(record.as_bytes()).unwrap() {
            Event::Ignored(why) => panic!("{why:?}: {record}"),
            Event::Schema(schema) => {
                assert_eq!(partition, Partition::Other);
                schema.changes.into_iter().for_each(|change| self.table_change(change));
            }
            Event::Change(change) => {
                let Partition::Key { .. } = partition else { panic!("{partition:?}: {record}") };
                let target = self.targets.get_mut(&*change.table).unwrap();
                target.plan.check_envelope(&change, &mut target.seen).unwrap();
                let (head, tail) = target.plan.frame();
                let mut out = BytesMut::from(head);
                let mut keys = KeySet::new(KeyMemory::new(0));
                let encoded =
                    target.plan.encode(&change, (None, UpdateHalf::Whole), self.next, &mut out, &mut keys);
                let Encoded::Rows(rows) = encoded.unwrap_or_else(|e| panic!("{e}: {record}")) else {
                    panic!("{record}")
                };
                out.extend_from_slice(tail);
                self.next += i64::try_from(rows).unwrap();
                let columns: Vec<_> = target.definition.columns.iter().map(|c| quoted(&c.name)).collect();
                let table =
                    format!("live.{} ({}, \" op\", \" seq\")", quoted(&change.table), columns.join(", "));
                self.copy(&table, out.freeze(), rows);
            }
        }
    }

    fn copy(&self, table: &str, tuples: Bytes, rows: u64) {
        let name = if self.format == Format::Binary { "binary" } else { "text" };
        let client = self.server.client();
        runtime().block_on(async {
            let sink = client
                .copy_in::<_, Bytes>(&format!("COPY {table} FROM STDIN (FORMAT {name})"))
                .await
                .unwrap();
            futures_util::pin_mut!(sink);
            sink.send(tuples).await.unwrap();
            assert_eq!(sink.finish().await.unwrap(), rows, "{table}");
        });
    }

    fn table_change(&mut self, change: TableChange) {
        match change {
            TableChange::Dropped(database, table) => {
                assert_eq!(database, "live");
                self.server.run(&format!("DROP TABLE IF EXISTS live.{}", quoted(&table)));
                self.targets.remove(&table);
            }
            TableChange::Truncated(_, table) => self.server.run(&format!("TRUNCATE live.{}", quoted(&table))),
            TableChange::Created(definition) => self.create(definition),
            TableChange::Altered(definition) => self.alter(definition),
        }
    }

    fn alter(&mut self, new: TableDefinition) {
        let name = quoted(&new.table);
        let old = new.renamed_from.as_ref().map_or(&new.table, |(_, table)| table);
        let old = self.targets.remove(old).unwrap().definition;
        if let Some((_, from)) = &new.renamed_from {
            self.server.run(&format!("ALTER TABLE live.{} RENAME TO {name}", quoted(from)));
        }
        let of =
            |columns: &[ColumnDefinition]| columns.iter().map(|c| c.name.clone()).collect::<BTreeSet<_>>();
        let (before, after) = (of(&old.columns), of(&new.columns));
        let (gone, added): (Vec<_>, Vec<_>) =
            (before.difference(&after).collect(), after.difference(&before).collect());
        // The same number gone and come, in a record of one statement: a column has another name.
        if let ([from], [to]) = (gone.as_slice(), added.as_slice()) {
            self.server.run(&format!("ALTER TABLE live.{name} RENAME {} TO {}", quoted(from), quoted(to)));
        } else {
            for column in gone {
                self.server.run(&format!("ALTER TABLE live.{name} DROP {}", quoted(column)));
            }
            for column in new.columns.iter().filter(|c| added.contains(&&c.name)) {
                self.server.run(&format!("ALTER TABLE live.{name} ADD {}", declared(&new, column)));
            }
        }
        for column in &new.columns {
            let kind = created(&new.table, column);
            self.server.run(&format!("ALTER TABLE live.{name} ALTER {} TYPE {kind}", quoted(&column.name)));
        }
        self.open(new);
    }

    /// Where targets differ from the source, one line a cell; both are told as [`told`] tells them.
    fn differences(&self, known: &BTreeMap<String, TableDefinition>) -> String {
        let (mut wrong, rows) = (String::new(), file("live/rows"));
        for (table, definition) in known {
            let key: Vec<usize> = definition
                .key
                .iter()
                .map(|name| definition.columns.iter().position(|column| column.name == *name).unwrap())
                .collect();
            let by_key = |rows: Vec<Vec<String>>| -> BTreeMap<Vec<String>, Vec<String>> {
                rows.into_iter()
                    .map(|row| (key.iter().map(|place| row[*place].clone()).collect(), row))
                    .collect()
            };
            let said =
                rows.lines().map(|line| line.split('\t').collect::<Vec<_>>()).filter(|row| row[0] == table);
            let said = by_key(
                said.map(|row| {
                    assert_eq!(row.len(), definition.columns.len() + 1, "{row:?}");
                    row[1..]
                        .iter()
                        .zip(&definition.columns)
                        .map(|(cell, column)| told(cell, column))
                        .collect()
                })
                .collect(),
            );
            let found = by_key(self.rows(definition));
            assert_eq!(
                said.keys().collect::<Vec<_>>(),
                found.keys().collect::<Vec<_>>(),
                "the keys of {table}"
            );
            for (key, row) in &said {
                for ((column, said), found) in definition.columns.iter().zip(row).zip(&found[key]) {
                    if said != found {
                        writeln!(
                            wrong,
                            "{table} {}: {} is {said}, loaded is {found}",
                            key.join(","),
                            column.name
                        )
                        .unwrap();
                    }
                }
            }
        }
        wrong
    }

    /// What is left of each key: the last tuple, where it puts.
    fn rows(&self, definition: &TableDefinition) -> Vec<Vec<String>> {
        let cells: Vec<_> = definition
            .columns
            .iter()
            .map(|column| {
                let name = quoted(&column.name);
                match created(&definition.table, column).split('(').next().unwrap() {
                    "text" | "varchar" => format!("encode(convert_to({name}, 'UTF8'), 'hex')"),
                    "bytea" => format!("encode({name}, 'hex')"),
                    "boolean" => format!("{name}::int"),
                    "real" => format!("{name}::double precision"),
                    _ => name,
                }
            })
            .collect();
        let key: Vec<_> = definition.key.iter().map(|name| quoted(name)).collect();
        let key = key.join(", ");
        let table = quoted(&definition.table);
        let query = format!(
            "SET timezone = 'UTC'; SET extra_float_digits = 3; SELECT {} FROM (SELECT DISTINCT ON ({key}) * FROM live.{table} \
             ORDER BY {key}, \" seq\" DESC) last WHERE \" op\" = 1",
            cells.join(", ")
        );
        let told = |row: &String| {
            row.split('|').zip(&definition.columns).map(|(cell, column)| told(cell, column)).collect()
        };
        self.server.rows(&query).iter().map(told).collect()
    }
}

/// A cell as both servers can be asked for it: `\N` and `NULL` are NULL, floats are numbers, fractions of a second end
/// with their last digit, UTC is not told, MariaDB's year 0 is 1 BC, its internal geometry (SRID, WKB) is EWKB.
fn told(cell: &str, column: &ColumnDefinition) -> String {
    if matches!(cell, "\\N" | "NULL") {
        return "NULL".to_owned();
    }
    let cell = cell.to_owned();
    match column.source_type.clone().unwrap() {
        SourceType::Float | SourceType::Double => cell.parse::<f64>().unwrap().to_string(),
        SourceType::Time(_) | SourceType::DateTime(_) | SourceType::Timestamp(_) => {
            let cell = cell.strip_suffix("+00").unwrap_or(&cell);
            if cell.contains('.') {
                cell.trim_end_matches('0').trim_end_matches('.').to_owned()
            } else {
                cell.to_owned()
            }
        }
        SourceType::Geometry => match cell.split_at_checked(8) {
            Some((srid, wkb)) if wkb.starts_with("01") => {
                let srid = if srid == "00000000" { "" } else { srid };
                let kind = if srid.is_empty() { "00" } else { "20" };
                format!("{}{kind}{srid}{}", &wkb[..8], &wkb[10..])
            }
            _ => cell,
        },
        _ => cell,
    }
}

#[test]
fn live_records_become_the_rows_that_the_source_has() {
    let server = Server::start(17);
    for version in ["2.4.0", "3.5.0"] {
        for (envelope, format) in [(false, Format::Binary), (true, Format::Text)] {
            let mut load = Load::new(&server, format);
            let records = records(version, envelope);
            assert!(records.len() > 150, "the fixtures are gone");
            records.iter().for_each(|record| load.record(record));
            let known = definitions("live/types.after");
            assert_eq!(known.keys().collect::<Vec<_>>(), load.targets.keys().collect::<Vec<_>>());
            let found = load.differences(&known);
            let name = format!("live-{version}/differences");
            if std::env::var_os("PIELOAD_BLESS").is_some() {
                let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/debezium");
                std::fs::write(folder.join(&name), &found).unwrap();
            }
            assert_eq!(found, file(&name), "{version}, envelope {envelope}");
        }
    }
}

/// Why the sync job must not use CDC's own deserialiser as it is, and the other captures do not (tests/capture).
#[test]
fn the_deserialiser_of_cdc_tells_the_default_for_null() {
    let server = Server::start(17);
    let mut known = definitions("live/types.after");
    known.retain(|table, _| table == "defaults");
    for version in ["2.4.0", "3.5.0"] {
        let mut load = Load::new(&server, Format::Binary);
        file(&format!("live-{version}/defaults")).lines().for_each(|record| load.record(record));
        let found = load.differences(&known);
        for id in [2, 102] {
            assert!(found.contains(&format!("defaults {id}: n is NULL, loaded is 5\n")), "{found}");
        }
        assert!(found.lines().all(|line| line.contains(" is NULL, loaded is ")), "{found}");
    }
}
