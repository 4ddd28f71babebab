use super::*;
use crate::error::Error;

const SESSION: &str = "hostname=db.example\nport=5432\nusername=loader\npassword=s3cr\\\\et=x\n\
    database-name=demo\npdb_warehouse=w'1\npdb_warehouse.statement=SET pdb_warehouse TO '<name>'\n\
    connection.timeout=30000\nconnection.max-retries=3\nconnection.ssl.mode=prefer\n\
    connection.properties.work_mem=64MB\nsink.stall-timeout=600000\nsink.buffer.memory-size=67108864\n\
    lock-timeout=0\napplication-name=pieclouddb\nsink.parallelism=4\n\
    connection.pool.max-size=8\nconnection.pool.idle-timeout=300000\nsink.metrics.max-tables=200\n";

const TABLE: &str = "schema-name=public\ntable-name=a.b\nload_mode=merge\nsink.copy.format=auto\n\
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
    assert!(refusal(TableSpec::parse(&TABLE.replace("=exception", "=evolve"))).contains("schema.change"));
    assert!(refusal(TableSpec::parse(&TABLE.replace("key=0", "key=7"))).contains("'key'"));
    assert!(refusal(TableSpec::parse(&TABLE.replace("key=0", "key="))).contains("needs a primary key"));
    assert!(refusal(TableSpec::parse(&TABLE.replace("DECIMAL(10, 2)", "MAP<INT, INT>"))).contains("line"));
    assert!(refusal(TableSpec::parse(&TABLE.replace("\\nbreak", "\\qbreak"))).contains("escape"));
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
    let bare = SESSION.replace("'<name>'", "<name>");
    assert!(refusal(SessionSpec::parse(&bare)).contains("pdb_warehouse.statement"));
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
            _ => panic!("{name}: neither a session nor a table spec"),
        }
        read += 1;
    }
    assert!(read >= 4, "only {read} golden files");
}
