//! The captures of live Flink CDC sources: their records, and the types of the tables that they are of.

use std::collections::BTreeMap;
use std::path::PathBuf;

use pieload::debezium::{ColumnDefinition, SourceType, TableDefinition};

/// A file of the fixtures of Debezium.
pub fn file(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/debezium");
    std::fs::read_to_string(folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The tables of a file of `information_schema`'s types.
pub fn definitions(name: &str) -> BTreeMap<String, TableDefinition> {
    let mut tables = BTreeMap::new();
    let mut keys = BTreeMap::<String, BTreeMap<u32, String>>::new();
    for line in file(name).lines() {
        let [table, column, kind, nullable, key] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let definition = tables.entry(table.to_owned()).or_insert_with(|| TableDefinition {
            database: "live".to_owned(),
            table: table.to_owned(),
            columns: Vec::new(),
            key: Vec::new(),
            comment: String::new(),
            renamed_from: None,
        });
        definition.columns.push(ColumnDefinition {
            name: column.to_owned(),
            source_type: SourceType::parse(kind),
            told_type: kind.to_owned(),
            nullable: nullable == "YES",
            comment: String::new(),
            in_old_rows: None,
        });
        if let Ok(place) = key.parse() {
            keys.entry(table.to_owned()).or_default().insert(place, column.to_owned());
        }
    }
    for (table, columns) in keys {
        tables.get_mut(&table).unwrap().key = columns.into_values().collect();
    }
    tables
}

/// The records of a capture: as they are, or put together from their schema and their payload.
pub fn records(version: &str, envelope: bool) -> Vec<String> {
    if !envelope {
        return file(&format!("live-{version}/plain")).lines().map(str::to_owned).collect();
    }
    let schemas = file(&format!("live-{version}/schemas"));
    let schemas: Vec<_> = schemas.lines().collect();
    let whole = |line: &str| {
        let (schema, payload) = line.split_once(' ').unwrap();
        format!("{{\"schema\":{},\"payload\":{payload}}}", schemas[schema.parse::<usize>().unwrap()])
    };
    file(&format!("live-{version}/envelope")).lines().map(whole).collect()
}
