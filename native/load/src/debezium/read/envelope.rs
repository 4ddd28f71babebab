//! Whether the stream writes values as they are read here: with the envelope it says so, once per table and definition.
//!
//! Promise: a setting of Debezium that would be misread in silence (DATETIME(6) in milliseconds, binary as hexadecimal
//! text, decimals as doubles) is an error that names table and column. Without the envelope nothing can be checked. The
//! same 4 KB stand in every record, so what was checked is compared and not read again.

use serde::Deserialize;

use super::json::Text;
use crate::debezium::{Change, Decimals, SourceType};
use crate::error::{Error, Kind, Result};

/// The last schema that was found right; one per table.
#[derive(Clone, Debug, Default)]
pub struct CheckedEnvelope(String);

#[derive(Deserialize)]
struct Schema<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Text<'a>>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    field: Option<Text<'a>>,
    #[serde(borrow)]
    parameters: Option<Parameters<'a>>,
    #[serde(borrow, default)]
    fields: Vec<Schema<'a>>,
}

#[derive(Deserialize)]
struct Parameters<'a> {
    #[serde(borrow)]
    scale: Option<Text<'a>>,
}

impl CheckedEnvelope {
    /// Checks a change's envelope, if it has one that was not just seen; `columns` are the source's.
    ///
    /// # Errors
    /// Kind `Data`, naming table and column, for a form that would be misread.
    pub(crate) fn check<'c>(
        &mut self,
        change: &Change<'_>,
        columns: impl Iterator<Item = (&'c str, SourceType)>,
        decimals: Decimals,
    ) -> Result<()> {
        let Some(text) = change.envelope.filter(|text| *text != self.0) else { return Ok(()) };
        let wrong = |reason: &str| {
            Error::new(Kind::Data, format!("source table {}.{}: {reason}", change.database, change.table))
        };
        let schema: Schema<'_> =
            serde_json::from_str(text).map_err(|_| wrong("the envelope's schema is malformed"))?;
        let named = |fields: &[Schema<'_>], name: &str| {
            fields.iter().position(|field| field.field.as_ref().is_some_and(|field| field.0 == name))
        };
        // An envelope without fields says nothing: some producers leave them out.
        let row = named(&schema.fields, "after").and_then(|at| schema.fields.get(at));
        for (name, source) in columns {
            let Some(field) = row.and_then(|row| row.fields.get(named(&row.fields, name)?)) else { continue };
            if !fits(source, decimals, field) {
                let settings = "'time.precision.mode', 'binary.handling.mode' and 'decimal.handling.mode'";
                return Err(wrong(&format!(
                    "column {name:?} is {source} and the envelope says that its JSON is of another form; Debezium's \
                     {settings} must be as documented"
                )));
            }
        }
        text.clone_into(&mut self.0);
        Ok(())
    }
}

/// Kafka Connect's type and Debezium's name for it, as the reader of values expects them.
fn fits(source: SourceType, decimals: Decimals, field: &Schema<'_>) -> bool {
    let text = |text: &Option<Text<'_>>| text.as_ref().map_or(String::new(), |text| text.0.to_string());
    let (kind, name) = (text(&field.kind), text(&field.name));
    let scale = field.parameters.as_ref().map_or(String::new(), |parameters| text(&parameters.scale));
    let (kind, name) = (kind.as_str(), name.as_str());
    // Flink CDC has Kafka's classes in a package of its own, and its name in front of theirs.
    let kafka = name
        .split_once("org.apache.kafka.connect.data.")
        .and_then(|(shade, class)| (shade.is_empty() || shade.ends_with(".shaded.")).then_some(class));
    let integer = matches!(kind, "int8" | "int16" | "int32" | "int64");
    match source {
        SourceType::TinyIntOne => integer || kind == "boolean",
        SourceType::Integer { bytes: 8, unsigned: true } => {
            integer || kind == "bytes" && kafka == Some("Decimal")
        }
        SourceType::Integer { .. } => integer && name.is_empty(),
        SourceType::Year => integer,
        SourceType::Float | SourceType::Double => matches!(kind, "float" | "double"),
        SourceType::Decimal { scale: declared, .. } => match decimals {
            Decimals::Text => kind == "string",
            // Doubles are refused value by value where they may have lost digits.
            _ => {
                kind == "double"
                    || kind == "bytes" && kafka == Some("Decimal") && scale == declared.to_string()
            }
        },
        SourceType::Bit(1) => kind == "boolean",
        SourceType::Bit(_) => kind == "bytes" && name == "io.debezium.data.Bits",
        SourceType::Date => name == "io.debezium.time.Date" || kafka == Some("Date"),
        SourceType::Time(_) => name == "io.debezium.time.MicroTime",
        SourceType::DateTime(..=3) => name == "io.debezium.time.Timestamp" || kafka == Some("Timestamp"),
        SourceType::DateTime(_) => name == "io.debezium.time.MicroTimestamp",
        SourceType::Timestamp(_) => name == "io.debezium.time.ZonedTimestamp",
        SourceType::Bytes => kind == "bytes",
        SourceType::Geometry => kind == "struct",
        SourceType::Varchar(_)
        | SourceType::Text
        | SourceType::Enum
        | SourceType::Set
        | SourceType::Json
        | SourceType::Uuid
        | SourceType::Inet => kind == "string",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::debezium::Event;

    const DECIMAL: &str = "org.apache.kafka.connect.data.Decimal";
    /// As in Flink CDC 2.4.0.
    const SHADED: &str = "com.ververica.cdc.connectors.shaded.org.apache.kafka.connect.data.Decimal";

    fn checked(source: &str, field: &str, seen: &mut CheckedEnvelope) -> Result<()> {
        let record = format!(
            r#"{{"schema":{{"type":"struct","fields":[{{"type":"struct","fields":[{field}],"field":"after"}}]}},"payload":{{"op":"c","source":{{"db":"shop","table":"t"}},"after":{{}}}}}}"#
        );
        let Event::Change(change) = Event::parse(record.as_bytes()).unwrap() else { panic!("a change") };
        let columns = [("c", SourceType::parse(source).unwrap())];
        seen.check(&change, columns.into_iter(), Decimals::Base64)
    }

    fn field(kind: &str, name: &str) -> String {
        format!(
            r#"{{"type":"{kind}","optional":true,"name":"{name}","version":1,"parameters":{{"scale":"2"}},"field":"c"}}"#
        )
    }

    #[test]
    fn the_documented_settings_are_taken() {
        for (source, kind, name) in [
            ("datetime(6)", "int64", "io.debezium.time.MicroTimestamp"),
            ("datetime(3)", "int64", "io.debezium.time.Timestamp"),
            ("datetime", "int64", "org.apache.kafka.connect.data.Timestamp"),
            ("time", "int64", "io.debezium.time.MicroTime"),
            ("timestamp(3)", "string", "io.debezium.time.ZonedTimestamp"),
            ("date", "int32", "io.debezium.time.Date"),
            ("decimal(10,2)", "bytes", DECIMAL),
            ("bigint unsigned", "bytes", DECIMAL),
            ("decimal(10,2)", "bytes", SHADED),
            ("bigint unsigned", "bytes", SHADED),
            ("bit(9)", "bytes", "io.debezium.data.Bits"),
            ("geometry", "struct", "io.debezium.data.geometry.Geometry"),
            ("enum('a')", "string", "io.debezium.data.Enum"),
        ] {
            let result = checked(source, &field(kind, name), &mut CheckedEnvelope::default());
            assert!(result.is_ok(), "{source}: {result:?}");
        }
    }

    #[test]
    fn settings_that_would_be_misread_are_refused() {
        for (source, kind, name) in [
            ("datetime(6)", "int64", "org.apache.kafka.connect.data.Timestamp"),
            ("datetime(3)", "int64", "io.debezium.time.MicroTimestamp"),
            ("datetime(6)", "string", "io.debezium.time.IsoTimestamp"),
            ("time", "int32", "org.apache.kafka.connect.data.Time"),
            ("decimal(10,3)", "bytes", DECIMAL),
            ("decimal(10,3)", "bytes", SHADED),
            ("decimal(10,2)", "bytes", "other.Decimal"),
            ("decimal(10,2)", "string", ""),
            ("blob", "string", ""),
            ("bit(9)", "bytes", ""),
        ] {
            let error = checked(source, &field(kind, name), &mut CheckedEnvelope::default()).unwrap_err();
            assert!(
                error.to_string().starts_with("source table shop.t: column \"c\" is "),
                "{source}: {error}"
            );
        }
    }

    #[test]
    fn an_envelope_that_was_seen_is_not_read_again() {
        let mut seen = CheckedEnvelope::default();
        let sound = field("int64", "io.debezium.time.MicroTimestamp");
        assert!(checked("datetime(6)", &sound, &mut seen).is_ok());
        assert!(!seen.0.is_empty());
        assert!(checked("datetime(6)", &sound, &mut seen).is_ok());
        assert!(checked("datetime(6)", &field("string", ""), &mut seen).is_err());
    }
}
