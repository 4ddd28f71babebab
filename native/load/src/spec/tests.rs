use super::*;
use crate::error::{Error, Kind, Result};

const SESSION: &str = "hostname=db.example\nport=5432\nusername=loader\npassword=s3cr\\\\et=x\n\
    database-name=demo\npdb_warehouse=w'1\npdb_warehouse.statement=SET pdb_warehouse TO '<name>'\n\
    connection.timeout=30000\nconnection.max-retries=3\nconnection.ssl.mode=prefer\n\
    connection.properties.work_mem=64MB\nsink.stall-timeout=600000\nsink.buffer.memory-size=67108864\n\
    lock-timeout=0\napplication-name=pieclouddb\nsink.parallelism=4\nwriter.subtask=3\nsink.fence=auto\nsink.delivery-guarantee=at-least-once\n\
    sink.id=0A8F2C34-0000-4000-8000-0123456789ab\nsink.staging-schema=pieclouddb_flink\n\
    sink.copy.max-duration=5000\nconnection.pool.max-size=8\nconnection.pool.idle-timeout=300000\nsink.metrics.max-tables=200\n";

const TABLE: &str = "schema-name=public\ntable-name=a.b\nrecord.format=row-image\nload_mode=merge\nsink.copy.format=auto\n\
    sink.merge.allow-replace=false\nsink.append.allow-unique=false\nschema.change.behavior=exception\nsink.create-table.enabled=false\n\
    column.0.name=id\ncolumn.0.type=INT NOT NULL\ncolumn.1.name=line\\nbreak\ncolumn.1.type=DECIMAL(10, 2)\nkey=0\n";

fn refusal<T>(result: Result<T>) -> String {
    let error: Error = result.err().expect("a refusal");
    assert_eq!(error.kind(), Kind::Config);
    error.to_string()
}

#[test]
fn a_session_spec_becomes_validated_meaning() {
    let spec = SessionSpec::parse(SESSION).expect("valid");
    assert_eq!(spec.password.as_ref().map(|p| p.reveal().to_owned()), Some("s3cr\\et=x".to_owned()));
    assert_eq!(spec.warehouse.map(|w| w.statement), Some("SET pdb_warehouse TO 'w''1'".to_owned()));
    assert_eq!(spec.settings, vec![("work_mem".to_owned(), "64MB".to_owned())]);
    assert_eq!(spec.ssl_mode, SslMode::Prefer);
    assert_eq!(
        spec.sink,
        SinkSpec {
            id: "0a8f2c340000400080000123456789ab".to_owned(),
            label: None,
            staging_schema: "pieclouddb_flink".to_owned(),
            subtask: 3,
            fence: FenceMode::Auto,
            guarantee: Guarantee::AtLeastOnce,
            recovered: Vec::new(),
        }
    );
}

#[test]
fn recovered_committables_are_read_whole_and_of_this_sink_alone() {
    let committable = |sink: &str, subtask| {
        let (sink, attempt) = (sink.to_owned(), "beef".to_owned());
        crate::committable::Committable { sink, attempt, subtask, tables: Vec::new() }
    };
    let line = |number: u32, of: &crate::committable::Committable| {
        let hex: Vec<_> = of.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("recovered.{number}={}\n", hex.concat())
    };
    let own = |subtask| committable("0a8f2c340000400080000123456789ab", subtask);
    let all: String = (0..12).map(|number| line(number, &own(number))).collect();
    let spec = SessionSpec::parse(&format!("{SESSION}{all}")).expect("valid");
    assert_eq!(spec.sink.recovered, (0..12).map(own).collect::<Vec<_>>());
    let gap = format!("{SESSION}{}{}", line(0, &own(0)), line(2, &own(2)));
    assert!(refusal(SessionSpec::parse(&gap)).contains("'recovered.2' is unknown"));
    for wrong in [line(0, &committable("0b", 0)), "recovered.0=00\n".to_owned()] {
        let error = SessionSpec::parse(&format!("{SESSION}{wrong}")).expect_err("refused");
        assert_eq!(error.kind(), Kind::Internal);
        assert!(error.to_string().contains("recovered.0"), "{error}");
    }
}

#[test]
fn a_table_spec_keeps_hostile_names_as_they_are() {
    let spec = TableSpec::parse(TABLE).expect("valid");
    assert_eq!(spec.table, "a.b");
    assert_eq!(spec.columns[1].name, "line\nbreak");
    assert_eq!(spec.key, vec![0]);
}

#[test]
fn the_password_is_in_no_debug_text() {
    let spec = SessionSpec::parse(SESSION).expect("valid");
    assert!(!format!("{spec:?}").contains("s3cr"));
}

#[test]
fn what_is_unknown_missing_repeated_or_bad_is_refused_by_its_key() {
    let with = |line: &str| format!("{SESSION}{line}\n");
    assert!(refusal(SessionSpec::parse(&with("sink.unknown=1"))).contains("'sink.unknown' is unknown"));
    assert!(refusal(SessionSpec::parse(&with("port=1"))).contains("'port' is given twice"));
    assert!(refusal(SessionSpec::parse(&SESSION.replace("port=5432", "port=99999"))).contains("'port'"));
    assert!(
        refusal(SessionSpec::parse(&SESSION.replace("hostname=", "host="))).contains("'hostname' is missing")
    );
    assert!(refusal(SessionSpec::parse(&SESSION.replace("=prefer", "=maybe"))).contains("verify-full"));
    assert!(refusal(SessionSpec::parse(&SESSION.replace("max-size=8", "max-size=0"))).contains("max-size"));
    assert!(refusal(SessionSpec::parse(&SESSION.replace("sink.id=0", "sink.id="))).contains("'sink.id'"));
    assert!(refusal(SessionSpec::parse(&SESSION.replace("fence=auto", "fence=on"))).contains("required"));
    assert!(refusal(SessionSpec::parse(&SESSION.replace("at-least", "at-most"))).contains("exactly-once"));
    let exactly = SESSION.replace("at-least", "exactly");
    assert!(refusal(SessionSpec::parse(&exactly)).contains("'commit-timeout' is missing"));
    assert!(refusal(SessionSpec::parse(&with("commit-timeout=1"))).contains("'commit-timeout' is unknown"));
    let label = SessionSpec::parse(&with("sink.label=Nightly_load-2")).expect("valid").sink.label;
    assert_eq!(label.as_deref(), Some("Nightly_load-2"));
    let keys = "commit-timeout=1\nsink.recovery.missing-staging=fail\nsink.ledger.retention=1\nsink.staging.retention=1";
    let recovered = SessionSpec::parse(&format!("{exactly}{keys}\nrecovered.0=01\n"));
    assert!(refusal(recovered).contains("'recovered.0' is unknown"));
    assert!(refusal(TableSpec::parse(&TABLE.replace("=exception", "=evolve"))).contains("schema.change"));
    assert!(refusal(TableSpec::parse(&TABLE.replace("key=0", "key=7"))).contains("'key'"));
    assert!(refusal(TableSpec::parse(&TABLE.replace("key=0", "key="))).contains("needs a primary key"));
    assert!(refusal(TableSpec::parse(&TABLE.replace("DECIMAL(10, 2)", "MAP<INT, NULL>"))).contains("line"));
    assert!(refusal(TableSpec::parse(&TABLE.replace("\\nbreak", "\\qbreak"))).contains("escape"));
}

/// The spec of a table whose rows are Debezium's; columns as `name`, source type, nullable.
fn source_table(columns: &[(&str, &str, bool)]) -> String {
    let (head, _) = TABLE.split_once("column.0").expect("columns");
    let mut text = head.replace("=row-image", "=debezium-json") + "debezium.decimals=base64\nkey=0\n";
    for (index, (name, source, nullable)) in columns.iter().enumerate() {
        let column = format!("column.{index}");
        text +=
            &format!("{column}.name={name}\n{column}.source-type={source}\n{column}.nullable={nullable}\n");
    }
    text
}

#[test]
fn a_table_of_a_source_has_the_types_of_the_source() {
    let text = source_table(&[("id", "bigint(20) unsigned", false), ("at", "datetime(6)", true)]);
    let spec =
        TableSpec::parse(&format!("{text}table.comment=all\ncolumn.0.comment=\ncolumn.1.comment=c\\nd\n"));
    let spec = spec.expect("valid");
    assert_eq!(spec.records, RecordFormat::DebeziumJson(crate::debezium::Decimals::Base64));
    let created: Vec<String> = spec.columns.iter().map(|column| column.column_type.created()).collect();
    assert_eq!(created, ["numeric(20,0)", "timestamp(6)"]);
    assert_eq!((spec.columns[0].nullable, spec.columns[1].nullable), (false, true));
    assert_eq!(
        (spec.columns[0].comment.as_deref(), spec.columns[1].comment.as_deref()),
        (None, Some("c\nd"))
    );
}

#[test]
fn what_is_wrong_with_a_table_of_a_source_is_refused_by_its_key() {
    let text = source_table(&[("id", "bigint", false), ("name", "text", true)]);
    let told = |from: &str, to: &str, parts: &[&str]| {
        assert!(text.contains(from), "{from}");
        let error = refusal(TableSpec::parse(&text.replace(from, to)));
        parts.iter().for_each(|part| assert!(error.contains(part), "{part} is not in {error}"));
    };
    told("record.format=debezium-json\n", "", &["'record.format' is missing"]);
    told("=debezium-json", "=avro", &["'record.format'", "row-image, cdc-record, debezium-json"]);
    told("debezium.decimals=base64\n", "", &["'debezium.decimals' is missing"]);
    told("=base64", "=double", &["'debezium.decimals'", "base64, numeric, text"]);
    told("column.1.nullable=true\n", "", &["'column.1.nullable' is missing"]);
    told("column.1.nullable=true", "column.1.nullable=yes", &["'column.1.nullable'"]);
    told("column.1.source-type=text\n", "", &["'column.1.source-type' is missing"]);
    told("column.1.source-type=text", "column.1.type=STRING", &["'column.1.source-type' is missing"]);
    told("key=0\n", "key=0\ncolumn.0.comment=a\0b\n", &["'column.0.comment'", "U+0000"]);
    told("key=0\n", "key=0\ntable.comment=a\0b\n", &["'table.comment'", "U+0000"]);
    let of_flink = format!("{TABLE}debezium.decimals=base64\n");
    assert!(refusal(TableSpec::parse(&of_flink)).contains("'debezium.decimals' is unknown"));
}

#[test]
fn every_type_that_is_not_known_is_told_at_once() {
    let text = source_table(&[("v", "vector(3)", true), ("id", "int", false), ("w", "bit(99)", true)]);
    assert_eq!(
        refusal(TableSpec::parse(&text)),
        "table \"public\".\"a.b\": column \"v\" (option 'column.0.source-type'): the type \"vector(3)\" is not known; \
         column \"w\" (option 'column.2.source-type'): the type \"bit(99)\" is not known"
    );
}

#[test]
fn a_warehouse_name_cannot_break_out_of_its_statement() {
    for (template, expected) in [
        ("SET w TO '<name>'", "SET w TO 'x''; DROP TABLE t; --\"<name>\"'"),
        ("USE \"<name>\"", "USE \"x'; DROP TABLE t; --\"\"<name>\"\"\""),
    ] {
        let text = SESSION
            .replace("w'1", "x'; DROP TABLE t; --\"<name>\"")
            .replace("SET pdb_warehouse TO '<name>'", template);
        let spec = SessionSpec::parse(&text).expect("valid");
        assert_eq!(spec.warehouse.map(|w| w.statement).as_deref(), Some(expected));
    }
}

#[test]
fn the_golden_files_that_java_writes_are_read() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/spec");
    let mut read = 0;
    for entry in std::fs::read_dir(folder).expect("fixtures") {
        let path = entry.expect("entry").path();
        let text = std::fs::read_to_string(&path).expect("text");
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
        match name.split('-').next() {
            Some("session") => drop(SessionSpec::parse(&text).unwrap_or_else(|e| panic!("{name}: {e}"))),
            Some("table") => drop(TableSpec::parse(&text).unwrap_or_else(|e| panic!("{name}: {e}"))),
            Some("source") => drop(SourceSpec::parse(&text).unwrap_or_else(|e| panic!("{name}: {e}"))),
            _ => panic!("{name}: neither a session nor a table spec"),
        }
        read += 1;
    }
    assert!(read >= 4, "only {read} golden files");
}
