//! Debezium records as text, and the specs of the tables that they belong to.

use pieload::row::image_builder::frame;

use super::SpecText;

/// A table whose rows are records; columns as name and source type, with ` NOT NULL` behind it.
pub fn source_table(table: &str, mode: &str, columns: &[(&str, &str)], key: &str) -> SpecText {
    let mut text = SpecText::table(table, mode, &[], key)
        .with("record.format", "debezium-json")
        .with("debezium.decimals", "base64");
    for (index, (name, source)) in columns.iter().enumerate() {
        let (source_type, nullable) =
            source.strip_suffix(" NOT NULL").map_or((*source, "true"), |bare| (bare, "false"));
        text = text
            .with(&format!("column.{index}.name"), name)
            .with(&format!("column.{index}.source-type"), source_type)
            .with(&format!("column.{index}.nullable"), nullable);
    }
    text
}

/// A record of `shop.orders`; rows are JSON objects, `null` where there is none.
pub fn record(op: &str, before: &str, after: &str) -> String {
    format!(
        r#"{{"before":{before},"after":{after},"source":{{"db":"shop","table":"orders"}},"op":"{op}","ts_ms":1}}"#
    )
}

/// The same in an envelope; `fields` is the schema of a row.
pub fn enveloped(fields: &str, record: &str) -> String {
    format!(
        r#"{{"schema":{{"type":"struct","fields":[{{"type":"struct","fields":[{fields}],"field":"after"}}]}},"payload":{record}}}"#
    )
}

/// Adds a record to a batch, whole.
pub fn add(batch: &mut Vec<u8>, table: u32, record: &str) {
    add_part(batch, table, 0, record.as_bytes());
}

/// Adds a part of a record: 0 whole, 1 the removal of the old key, 2 the new row.
pub fn add_part(batch: &mut Vec<u8>, table: u32, part: u8, record: &[u8]) {
    frame(batch, table, &[&[part], record].concat());
}
