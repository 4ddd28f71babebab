//! What each line of the server has and how it is taken, with default options: the table in docs/operations.md, cell by
//! cell.
//!
//! A run with `PIE_PG` goes through the column of that line, one without through those of several. What a server of
//! that line does not know it has to refuse itself.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use pieload::{Error, Kind};
use support::exactly_once::{Committer, manifest, spec, stage, staging_tables, writer};
use support::{Load, Server, SpecText, lines};

const LOADED: &str = "yes";
const REFUSED: &str = "refused";
const UNKNOWN: &str = "–";

/// A row of the table: its words, load mode, and the target.
type Row = (&'static str, &'static str, &'static str);

const TARGETS: [Row; 15] = [
    ("`append`", "append", "CREATE TABLE t (id int, name text)"),
    ("`merge`", "merge", "CREATE TABLE t (id int PRIMARY KEY, name text)"),
    (
        "identity column, filled by the sink",
        "merge",
        "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, name text)",
    ),
    (
        "partitioned target",
        "merge",
        "CREATE TABLE t (id int, name text) PARTITION BY RANGE (id);
         CREATE TABLE leaf PARTITION OF t FOR VALUES FROM (0) TO (9)",
    ),
    (
        "unique index with INCLUDE, `merge`",
        "merge",
        "CREATE TABLE t (id int, name text); CREATE UNIQUE INDEX i ON t (id) INCLUDE (name)",
    ),
    (
        "generated column, stored, beside those of the sink",
        "merge",
        "CREATE TABLE t (id int PRIMARY KEY, name text, n int GENERATED ALWAYS AS (id * 2) STORED)",
    ),
    (
        "generated column, stored, as one of the sink's",
        "append",
        "CREATE TABLE t (id int, name text GENERATED ALWAYS AS ('a') STORED)",
    ),
    (
        "column with a collation that is not deterministic",
        "merge",
        "CREATE COLLATION c (provider = icu, locale = 'und', deterministic = false);
         CREATE TABLE t (id int PRIMARY KEY, name text COLLATE c)",
    ),
    (
        "unique index NULLS NOT DISTINCT, `append`",
        "append",
        "CREATE TABLE t (id int UNIQUE NULLS NOT DISTINCT, name text)",
    ),
    (
        "generated column, virtual, beside those of the sink",
        "merge",
        "CREATE TABLE t (id int PRIMARY KEY, name text, n int GENERATED ALWAYS AS (id * 2) VIRTUAL)",
    ),
    (
        "generated column, virtual, as one of the sink's",
        "append",
        "CREATE TABLE t (id int, name text GENERATED ALWAYS AS ('a') VIRTUAL)",
    ),
    (
        "key WITHOUT OVERLAPS, `append`",
        "append",
        "CREATE EXTENSION IF NOT EXISTS btree_gist;
         CREATE TABLE t (id int, name text, d int4range DEFAULT '[1,2)', PRIMARY KEY (id, d WITHOUT OVERLAPS))",
    ),
    (
        "column that the sink has not, NOT NULL, not validated",
        "append",
        "CREATE TABLE t (id int, name text, must int); ALTER TABLE t ADD CONSTRAINT c NOT NULL must NOT VALID",
    ),
    (
        "foreign key at the target, not enforced, `merge`",
        "merge",
        "CREATE TABLE t (id int PRIMARY KEY, name text); CREATE TABLE child (id int REFERENCES t NOT ENFORCED)",
    ),
    ("default `uuidv7()`", "append", "CREATE TABLE t (id int, name text, n uuid DEFAULT uuidv7())"),
];

const PASSWORDS: [(&str, &str); 2] = [("password, md5", "md5"), ("password, SCRAM", "scram")];

const EXACTLY_ONCE: &str = "`exactly-once`, with its housekeeping";

#[test]
fn each_cell_of_the_document_is_what_the_server_and_the_sink_do() {
    for &line in lines(&[12, 15, 17]) {
        let server = Server::start(line);
        let column = Column::of(&server);
        for row in TARGETS {
            assert_eq!(column.cell(row.0), target(&server, row), "{}, {}", row.0, column.line);
        }
        assert_eq!(column.cell(EXACTLY_ONCE), exactly_once(&server), "{EXACTLY_ONCE}, {}", column.line);
        for (words, method) in PASSWORDS {
            assert_eq!(column.cell(words), password(line, method), "{words}, {}", column.line);
        }
        let known = TARGETS.len() + PASSWORDS.len() + 1;
        assert_eq!(column.cells.len(), known, "rows of the document that no test knows");
    }
}

fn load(session: &SpecText, mode: &str) -> Result<(), Error> {
    let key = if mode == "merge" { "0" } else { "" };
    let columns = [("id", "INT NOT NULL"), ("name", "STRING")];
    let load = Load::open(session, &SpecText::table("t", mode, &columns, key))?;
    load.offer(&[RowBuilder::new(2).kind(RowKind::Insert).int(0, 1).string(1, "a")])?;
    load.flush()
}

fn target(server: &Server, (words, mode, definition): Row) -> &'static str {
    server.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    if !server.define(definition) {
        return UNKNOWN;
    }
    match load(&SpecText::session(server.port), mode) {
        Ok(()) => {
            assert_eq!(server.rows("SELECT id, name FROM t"), ["1|a"], "{words}");
            LOADED
        }
        Err(error) => {
            assert_eq!(error.kind(), Kind::Target, "{words}: {error:?}");
            REFUSED
        }
    }
}

/// The third attempt commits: what the first two left goes, and nobody has anything to say.
fn exactly_once(server: &Server) -> &'static str {
    server.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE t (id int, score int)");
    let committer = Committer::open(&spec(server, 0, 1));
    for attempt in 0..3 {
        let writer = writer(&spec(server, 0, 1), "append");
        writer.offer(&[RowBuilder::new(2).kind(RowKind::Insert).int(0, attempt).int(1, 0)]).unwrap();
        committer.commit(&manifest(&[stage(&writer.session).unwrap()])).unwrap();
    }
    assert_eq!(server.rows("SELECT id FROM t ORDER BY id"), ["0", "1", "2"]);
    assert!(staging_tables(server).len() < 3, "{:?}", staging_tables(server));
    assert!(!server.log().contains("interval"), "{}", server.log());
    LOADED
}

fn password(line: u32, method: &str) -> &'static str {
    let server = Server::start_with(line, &[], &[("PIE_PG_AUTH", method), ("PIE_PG_PASSWORD", "pass")]);
    let stored = server.value("SELECT left(rolpassword, 3) FROM pg_authid WHERE rolname = 'postgres'");
    if stored != method.to_uppercase()[..3] && stored != method[..3] {
        return UNKNOWN;
    }
    server.run("CREATE TABLE t (id int, name text)");
    load(&SpecText::session(server.port).with("password", "pass"), "append").unwrap();
    LOADED
}

/// What the document says of one line.
struct Column {
    line: String,
    cells: Vec<(String, String)>,
}

impl Column {
    fn of(server: &Server) -> Self {
        let document = include_str!("../../../../docs/operations.md");
        let (_, section) = document.split_once("## Versions of the server").unwrap();
        let mut rows = section
            .lines()
            .skip_while(|line| !line.starts_with('|'))
            .take_while(|line| line.starts_with('|'))
            .map(|line| {
                line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()
            });
        let version = server.version();
        let line = if version < 100_000 {
            format!("{}.{}", version / 10_000, version / 100 % 100)
        } else {
            (version / 10_000).to_string()
        };
        let place = rows.next().unwrap().iter().position(|cell| *cell == line);
        let place = place.unwrap_or_else(|| panic!("the document has no column {line}"));
        let cells = rows.skip(1).map(|row| (row[0].clone(), row[place].clone())).collect();
        Column { line, cells }
    }

    fn cell(&self, words: &str) -> &str {
        let found = self.cells.iter().find(|(row, _)| row == words);
        &found.unwrap_or_else(|| panic!("the document has no row {words}")).1
    }
}
