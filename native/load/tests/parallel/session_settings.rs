//! The defaults of a role, and what the connector does about them: whatever they are, what is stored is what was sent.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;
use crate::support::turns::Turns;

use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use pieload::{Error, Kind};
use support::{Load, Server, SpecText, lines};

/// One column of each type whose text a setting could change on its way.
const COLUMNS: [(&str, &str, &str); 14] = [
    ("id", "INT", "int"),
    ("b", "BOOLEAN", "bool"),
    ("n", "DECIMAL(10, 2)", "numeric(10,2)"),
    ("f", "FLOAT", "float4"),
    ("d", "DOUBLE", "float8"),
    ("s", "STRING", "text"),
    ("e", "STRING", "color"),
    ("x", "STRING", "xml"),
    ("j", "STRING", "jsonb"),
    ("y", "BYTES", "bytea"),
    ("day", "DATE", "date"),
    ("time", "TIME(3)", "time"),
    ("at", "TIMESTAMP(6)", "timestamp"),
    ("atz", "TIMESTAMP_LTZ(6)", "timestamptz"),
];

/// Settings that are neither a switch nor a choice, each with a value that means trouble.
const TEXTS: [(&str, &str); 12] = [
    ("DateStyle", "'SQL, DMY'"),
    ("DateStyle", "'German'"),
    ("DateStyle", "'Postgres, YMD'"),
    ("TimeZone", "'Asia/Kathmandu'"),
    ("search_path", "evil, pg_catalog, public"),
    ("search_path", "''"),
    ("client_encoding", "'LATIN1'"),
    ("extra_float_digits", "'-15'"),
    ("application_name", "'mine'"),
    ("default_tablespace", "'pg_default'"),
    ("role", "'writer'"),
    ("work_mem", "'64kB'"),
];

fn row(id: i32, kind: RowKind) -> RowBuilder {
    RowBuilder::new(14)
        .kind(kind)
        .int(0, id)
        .boolean(1, true)
        .decimal_compact(2, -123_405)
        .float(3, 0.1)
        .double(4, 1.234_567_890_123_456_7e-300)
        .string(5, "a\\b'c\tü 列 😀 \\x41 NULL")
        .string(6, "deep blue")
        .string(7, "text <a>1</a>")
        .string(8, "{\"a\": \"\\u00e9\"}")
        .bytes(9, &[0, 0x5c, 0xff])
        .int(10, 19_784)
        .int(11, 86_399_999)
        .timestamp(12, 1_709_296_496_789, 123_000)
        .timestamp(13, -62_135_596_800_001, 1000)
}

fn load(server: &Server, user: &str, format: &str, mode: &str) -> Result<(), Error> {
    let columns: Vec<_> = COLUMNS.iter().map(|(name, flink, _)| (*name, *flink)).collect();
    let table = SpecText::table("t", mode, &columns, if mode == "merge" { "0" } else { "" })
        .with("sink.copy.format", format);
    let session = SpecText::session(server.port).with("username", user).with("sink.fence", "required");
    let load = Load::open(&session, &table)?;
    let rows = if mode == "merge" {
        [
            row(1, RowKind::Insert),
            row(2, RowKind::Insert),
            row(2, RowKind::Delete),
            row(3, RowKind::UpdateAfter),
        ]
        .to_vec()
    } else {
        vec![row(1, RowKind::Insert), row(3, RowKind::Insert)]
    };
    load.offer(&rows)?;
    load.flush()
}

/// The rows as the server shows them to a session of its own.
fn shown(server: &Server) -> Vec<String> {
    server.rows("SELECT t::text FROM t ORDER BY id")
}

fn start(version: u32) -> Server {
    let server = Server::start(version);
    let columns: Vec<_> = COLUMNS.iter().map(|(name, _, sql)| format!("{name} {sql}")).collect();
    server.run(&format!(
        "CREATE TYPE color AS ENUM ('red', 'deep blue'); CREATE TABLE t ({});
         CREATE ROLE writer SUPERUSER; CREATE ROLE loader SUPERUSER LOGIN IN ROLE writer; CREATE SCHEMA evil;
         CREATE FUNCTION evil.no(text, text) RETURNS bool LANGUAGE sql AS 'SELECT false';
         CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, PROCEDURE = evil.no);
         CREATE FUNCTION evil.no(int, int) RETURNS bool LANGUAGE sql AS 'SELECT false';
         CREATE OPERATOR evil.= (LEFTARG = int, RIGHTARG = int, PROCEDURE = evil.no);
         CREATE FUNCTION evil.length(text) RETURNS int LANGUAGE sql AS 'SELECT 7';
         CREATE FUNCTION evil.version() RETURNS text LANGUAGE sql AS 'SELECT ''PieCloudDB''::text';
         CREATE DOMAIN evil.int4 AS text",
        columns.join(", ")
    ));
    server
}

/// Every setting of the server that a role can have a default for and that takes words, with each word that is not
/// the server's own.
const WORDS: &str = "
SELECT name, word FROM pg_catalog.pg_settings,
       unnest(CASE vartype WHEN 'bool' THEN ARRAY['on', 'off'] ELSE enumvals END) AS word
WHERE context IN ('user', 'superuser') AND vartype IN ('bool', 'enum') AND word <> setting ORDER BY 1, 2";

/// Those that only write to the server's log, much, or damage its files.
const LEFT_OUT: [&str; 4] = ["log_", "debug_", "trace_", "ignore_"];

fn no_default_changes_what_is_stored(version: u32, of: &[u32], words: bool) {
    let (server, turns) = (start(version), Turns::of(version, of));
    let mut defaults: Vec<(String, String)> =
        TEXTS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    if words {
        let more = server.rows(WORDS);
        assert!(more.len() > 100, "{more:?}");
        for pair in more {
            let (name, word) = pair.split_once('|').unwrap();
            if !LEFT_OUT.iter().any(|prefix| name.starts_with(prefix)) {
                defaults.push((name.to_owned(), format!("'{word}'")));
            }
        }
    }
    let mut faults = Vec::new();
    for (format, mode) in [("text", "merge"), ("binary", "append"), ("text", "append"), ("binary", "merge")] {
        server.run("TRUNCATE t");
        load(&server, "postgres", format, mode).unwrap();
        let expected = shown(&server);
        assert_eq!(expected.len(), 2);
        for (name, value) in &defaults {
            if !turns.include((name, value, format, mode)) {
                continue;
            }
            // Where a word cannot be a default there is nothing to show.
            let server_takes_it = server.rows(&format!(
                "TRUNCATE t; ALTER ROLE loader RESET ALL; DO $$ BEGIN ALTER ROLE loader SET {name} TO {value};
                 EXCEPTION WHEN OTHERS THEN NULL; END $$; SELECT 1 FROM pg_db_role_setting"
            ));
            if server_takes_it.is_empty() {
                continue;
            }
            let loaded = load(&server, "loader", format, mode);
            if loaded.is_err() || shown(&server) != expected {
                faults.push(format!("{name} = {value}, {format}, {mode}: {loaded:?}, {:?}", shown(&server)));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_default_of_a_role_changes_what_is_stored_on_postgresql_12_and_17() {
    for &version in lines(&[12, 17]) {
        no_default_changes_what_is_stored(version, &[12, 17], false);
    }
}

#[test]
fn no_switch_of_the_server_changes_what_is_stored() {
    no_default_changes_what_is_stored(15, &[15], true);
}

#[test]
fn a_key_of_citext_is_compared_by_citext_wherever_that_is() {
    let server = Server::start(15);
    server.run("CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext; CREATE TABLE t (k ext.citext, v int)");
    let table = SpecText::table("t", "merge", &[("k", "STRING"), ("v", "INT")], "0");
    let load = Load::open(&SpecText::session(server.port), &table).unwrap();
    for (key, value) in [("Ada", 1), ("aDA", 2)] {
        load.offer(&[RowBuilder::new(2).kind(RowKind::Insert).string(0, key).int(1, value)]).unwrap();
        load.flush().unwrap();
    }
    assert_eq!(server.rows("SELECT * FROM t"), ["aDA|2"]);
}

#[test]
fn a_list_that_is_set_is_a_list() {
    let server = Server::start(15);
    server.run(
        "CREATE SCHEMA app; CREATE SCHEMA \"Other, one\"; CREATE SCHEMA postgres; CREATE SCHEMA evil;
         CREATE TABLE public.t (id int, seen text DEFAULT pg_catalog.array_to_string(pg_catalog.current_schemas(true), '+'))",
    );
    for (path, seen) in [
        ("app, public", "pg_catalog+app+public"),
        ("\"$user\", \"Other, one\" ,APP", "pg_catalog+postgres+Other, one+app"),
        ("evil,pg_catalog,public", "pg_catalog+evil+public"),
        ("pg_catalog, app", "pg_catalog+app"),
        ("", "pg_catalog"),
    ] {
        server.run("TRUNCATE public.t");
        let session = SpecText::session(server.port).with("connection.properties.Search_Path", path);
        let load = Load::open(&session, &SpecText::table("t", "append", &[("id", "INT")], "")).unwrap();
        load.offer(&[RowBuilder::new(1).kind(RowKind::Insert).int(0, 1)]).unwrap();
        load.flush().unwrap();
        assert_eq!(server.value("SELECT seen FROM public.t"), seen, "{path}");
    }
    let session = SpecText::session(server.port).with("connection.properties.search_path", "\"app");
    let refused = Load::open(&session, &SpecText::table("t", "append", &[("id", "INT")], ""))
        .and_then(|load| load.flush())
        .unwrap_err();
    assert_eq!(refused.kind(), Kind::Config);
    assert!(refused.to_string().contains("connection.properties.search_path"), "{refused}");
}
