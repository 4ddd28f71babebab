//! A DBA changes a target while a job loads it: what is stored is right, or nothing is and the error says what changed.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use pieload::Kind;
use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use support::exactly_once::{Committer, manifest, spec, stage};
use support::{Load, Server, SpecText, turns::Turns};

const COLUMNS: [(&str, &str); 5] = [
    ("id", "INT NOT NULL"),
    ("amount", "BIGINT"),
    ("at", "TIMESTAMP(6)"),
    ("name", "STRING"),
    ("price", "DECIMAL(10, 4)"),
];
const FORM: &str = "amount bigint, at timestamp, name varchar(10), price numeric(10,4)";

fn row(id: i32) -> RowBuilder {
    let row = RowBuilder::new(5).kind(RowKind::Insert).int(0, id).long(1, 1_000_000);
    row.timestamp(2, 1_700_000_000_123, 456_000).string(3, "a word").decimal_compact(4, 1_234_567)
}

/// The row of `id`, whatever type its columns have now.
fn stored(server: &Server, id: i32) -> Vec<String> {
    server.rows(&format!(
        "SELECT amount::numeric::text, at::text, name::text, price::float8::text FROM t WHERE id = {id}"
    ))
}
const RIGHT: &str = "1000000|2023-11-14 22:13:20.123456|a word|123.4567";

/// How rows reach the target, and when the definition changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Append,
    Merge,
    /// Exactly-once, between two flushes of the writer.
    AppendOnce,
    MergeOnce,
    /// Exactly-once, between staging and publishing.
    AppendStaged,
    MergeStaged,
}
use Way::{Append, AppendOnce, AppendStaged, Merge, MergeOnce, MergeStaged};

const WAYS: [Way; 6] = [Append, Merge, AppendOnce, MergeOnce, AppendStaged, MergeStaged];

impl Way {
    fn merges(self) -> bool {
        matches!(self, Merge | MergeOnce | MergeStaged)
    }

    fn staged(self) -> bool {
        matches!(self, AppendStaged | MergeStaged)
    }

    fn table(self) -> SpecText {
        let (mode, key) = if self.merges() { ("merge", "0") } else { ("append", "") };
        SpecText::table("t", mode, &COLUMNS, key)
    }

    /// Loads row 1, changes the definition, loads row 2.
    fn run(self, server: &Server, table: &SpecText, change: &str) -> Result<(), pieload::Error> {
        if matches!(self, Append | Merge) {
            let load = Load::open(&SpecText::session(server.port), table)?;
            load.offer(&[row(1)])?;
            load.flush()?;
            server.run(change);
            load.offer(&[row(2)])?;
            return load.flush();
        }
        let load = Load::open(&spec(server, 0, 1), table)?;
        let committer = Committer::open(&spec(server, 0, 1));
        load.offer(&[row(1)])?;
        committer.commit(&manifest(&[stage(&load.session)?]))?;
        if !self.staged() {
            server.run(change);
        }
        load.offer(&[row(2)])?;
        let staged = manifest(&[stage(&load.session)?]);
        if self.staged() {
            server.run(change);
        }
        committer.commit(&staged)
    }
}

fn create(server: &Server, way: Way) {
    server.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    let key = if way.merges() { " PRIMARY KEY" } else { "" };
    server.run(&format!("CREATE TABLE t (id int{key}, {FORM})"));
}

/// What is expected of one way.
#[derive(Clone, Copy, Debug)]
enum End {
    Right,
    /// Never again, as the table is: the words of the error.
    Refused(&'static str),
    /// Not these rows; the restarted job loads them right.
    Anew(&'static str),
}
use End::{Anew, Refused, Right};

/// Changes, and what is expected of append, merge, exactly-once append and merge by their writer, and by their
/// committer.
type Case = (&'static str, [End; 6]);

fn cases() -> Vec<Case> {
    let all = |end: End| [end; 6];
    let merges = |end: End| [Right, end, Right, end, Right, end];
    vec![
        ("ALTER TABLE t ALTER amount TYPE double precision", all(Refused("\"amount\""))),
        ("ALTER TABLE t ALTER at TYPE timestamptz", all(Refused("\"at\""))),
        ("ALTER TABLE t ALTER at TYPE timestamp(0)", all(Refused("\"at\""))),
        ("ALTER TABLE t ALTER price TYPE numeric(10,1)", all(Refused("\"price\""))),
        ("ALTER TABLE t ALTER price TYPE numeric(14,6)", all(Right)),
        ("ALTER TABLE t ALTER amount TYPE numeric", [Anew("\"amount\""), Right, Right, Right, Right, Right]),
        ("ALTER TABLE t ALTER name TYPE text", all(Right)),
        (
            "ALTER TABLE t ALTER name TYPE varchar(6)",
            [
                Anew("\"name\""),
                Anew("\"name\""),
                Anew("\"name\""),
                Anew("\"name\""),
                Refused("\"name\""),
                Refused("\"name\""),
            ],
        ),
        ("ALTER TABLE t DROP COLUMN name", all(Refused("\"name\" does not exist"))),
        ("ALTER TABLE t DROP COLUMN name; ALTER TABLE t ADD COLUMN name varchar(10)", all(Right)),
        (
            "ALTER TABLE t ADD COLUMN note text DEFAULT 'none'; UPDATE t SET note = 'precious'",
            merges(Refused("\"note\"")),
        ),
        (
            "ALTER TABLE t ADD COLUMN must int NOT NULL DEFAULT 1; ALTER TABLE t ALTER must DROP DEFAULT",
            all(Refused("\"must\" is NOT NULL")),
        ),
        (
            "BEGIN; ALTER TABLE t RENAME TO was; CREATE TABLE t (LIKE was INCLUDING ALL); INSERT INTO t SELECT * FROM was; \
             COMMIT",
            all(Right),
        ),
        (
            "BEGIN; ALTER TABLE t RENAME TO was; CREATE TABLE t (id int, amount double precision, at timestamp, \
             name text, price numeric); COMMIT",
            all(Refused("\"amount\"")),
        ),
        (
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
             CREATE TRIGGER audit AFTER INSERT ON t FOR EACH ROW EXECUTE PROCEDURE f()",
            merges(Refused("audit")),
        ),
        (
            "CREATE UNIQUE INDEX further ON t (name, id)",
            [Refused("further"), Right, Right, Right, Right, Right],
        ),
        ("CREATE INDEX plain ON t (name)", all(Right)),
        ("CREATE RULE keep AS ON DELETE TO t DO INSTEAD NOTHING", merges(Refused("keep"))),
        ("CREATE RULE away AS ON INSERT TO t DO INSTEAD NOTHING", all(Refused("away"))),
        (
            "CREATE TABLE x (id int REFERENCES t ON DELETE CASCADE); INSERT INTO x VALUES (1)",
            merges(Refused("foreign key")),
        ),
        ("CREATE TABLE child () INHERITS (t)", merges(Refused("child"))),
        ("ALTER TABLE t SET UNLOGGED", all(Refused("unlogged"))),
        ("ALTER TABLE t SET (fillfactor = 70); ANALYZE t", all(Right)),
    ]
}

#[test]
fn what_is_stored_after_a_change_is_right_or_nothing_is() {
    let server = Server::start(17);
    let turns = Turns::of(17, &[17]);
    for (change, ends) in cases() {
        for (way, end) in WAYS.into_iter().zip(ends) {
            if !turns.include(format!("{change} {way:?}")) {
                continue;
            }
            create(&server, way);
            // Only a table with a key can be pointed at.
            if change.contains("REFERENCES t") && !way.merges() {
                continue;
            }
            let done = way.run(&server, &way.table(), change);
            let told = format!("{way:?}, {change}: {done:?}");
            let (kind, word) = match end {
                Right => {
                    done.unwrap_or_else(|error| panic!("{way:?}, {change}: {error:?}"));
                    let expected = [RIGHT.to_owned()];
                    assert_eq!(stored(&server, 2), expected, "{told}");
                    continue;
                }
                Refused(word) => (Kind::Target, word),
                Anew(word) => (Kind::Server, word),
            };
            let error = done.expect_err(&told);
            assert_eq!(error.kind(), kind, "{told}");
            for part in [word, "\"public\".\"t\"", "definition was changed"] {
                assert!(error.to_string().contains(part), "{part} is not in {told}");
            }
            let tables = server.rows("SELECT relname FROM pg_class WHERE relname IN ('t', 'was')");
            for table in tables {
                let stored = server.rows(&format!("SELECT id FROM {table} WHERE id = 2"));
                assert!(stored.is_empty(), "{told}: {table} has {stored:?}");
            }
            if let Anew(_) = end {
                let load = Load::open(&SpecText::session(server.port), &way.table()).unwrap();
                load.offer(&[row(3)]).unwrap();
                load.flush().unwrap();
                assert_eq!(stored(&server, 3), [RIGHT], "{told}");
            }
        }
    }
}

#[test]
fn from_the_next_flush_on_rows_are_made_for_the_new_definition() {
    let server = Server::start(17);
    for way in [Append, Merge, AppendOnce, MergeOnce] {
        create(&server, way);
        let once = !matches!(way, Append | Merge);
        let session = if once { spec(&server, 0, 1) } else { SpecText::session(server.port) };
        let load = Load::open(&session, &way.table()).unwrap();
        let committer = Committer::open(&spec(&server, 0, 1));
        let end = || {
            if once {
                committer.commit(&manifest(&[stage(&load.session).unwrap()])).unwrap();
            } else {
                load.flush().unwrap();
            }
        };
        load.offer(&[row(1)]).unwrap();
        end();
        server.run("ALTER TABLE t ALTER name TYPE varchar(30); ALTER TABLE t ALTER price TYPE numeric(12,6)");
        load.offer(&[row(2)]).unwrap();
        end();
        // Longer than the column was.
        load.offer(&[row(3).string(3, "more than ten letters")]).unwrap();
        end();
        assert_eq!(stored(&server, 2), [RIGHT], "{way:?}");
        assert_eq!(server.value("SELECT name FROM t WHERE id = 3"), "more than ten letters", "{way:?}");
    }
}

#[test]
fn what_is_no_part_of_the_tables_own_row_is_seen_too() {
    let server = Server::start(17);
    server.run("CREATE ROLE loader LOGIN BYPASSRLS; GRANT TEMPORARY ON DATABASE postgres TO loader");
    let session = SpecText::session(server.port).with("username", "loader");
    let table = SpecText::table("t", "merge", &[("id", "INT NOT NULL"), ("name", "STRING")], "0");
    let row = |id: i32| RowBuilder::new(2).kind(RowKind::Insert).int(0, id).string(1, "a");
    let mut cases = vec![(
        "CREATE TABLE t (id int, name text); ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (id > 5)",
        "ALTER ROLE loader NOBYPASSRLS",
        "row-level security",
    )];
    if server.version() >= 100_000 {
        let parted = "CREATE TABLE t (id int, name text) PARTITION BY RANGE (id); \
                      CREATE TABLE a PARTITION OF t FOR VALUES FROM (0) TO (10); \
                      CREATE TABLE x (id int); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'";
        cases.push((
            parted,
            "CREATE UNLOGGED TABLE b PARTITION OF t FOR VALUES FROM (10) TO (20)",
            "partition b is unlogged",
        ));
        cases.push((
            parted,
            "CREATE TRIGGER audit AFTER INSERT ON a FOR EACH ROW EXECUTE PROCEDURE f()",
            "audit on a",
        ));
        cases.push((
            parted,
            "CREATE UNIQUE INDEX u ON a (id); ALTER TABLE x ADD FOREIGN KEY (id) REFERENCES a (id) ON DELETE CASCADE",
            "x_id_fkey of x on a",
        ));
    }
    for (definition, change, word) in cases {
        server.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT ALL ON SCHEMA public TO loader");
        server.run(definition);
        server.run("GRANT ALL ON ALL TABLES IN SCHEMA public TO loader");
        let load = Load::open(&session, &table).unwrap();
        load.offer(&[row(1)]).unwrap();
        load.flush().unwrap();
        server.run(change);
        load.offer(&[row(1), row(2)]).unwrap();
        let error = load.flush().expect_err(change);
        assert_eq!(error.kind(), Kind::Target, "{change}: {error}");
        assert!(error.to_string().contains(word), "{change}: {error}");
        assert_eq!(server.rows("SELECT id FROM t"), ["1"], "{change}");
    }
}

#[test]
fn a_table_that_is_missing_keeps_the_servers_own_error() {
    let server = Server::start(17);
    for way in [Append, Merge, AppendOnce, MergeOnce] {
        create(&server, way);
        let error = way.run(&server, &way.table(), "ALTER TABLE t RENAME TO away").expect_err("missing");
        assert!(
            error.to_string().contains("42P01") || error.to_string().contains("does not exist"),
            "{error}"
        );
        assert_eq!(server.rows("SELECT id FROM away"), ["1"], "{way:?}");
    }
}

#[test]
fn a_row_that_only_the_old_definition_refuses_begins_anew() {
    let server = Server::start(17);
    // A change, and what the row has in the column that is changed.
    type Change = (&'static str, fn(RowBuilder) -> RowBuilder);
    let cases: [Change; 3] = [
        ("ALTER TABLE t ALTER name TYPE varchar(50)", |row| row.string(3, "a longer word than ten")),
        ("ALTER TABLE t ALTER name TYPE text", |row| row.string(3, "a longer word than ten")),
        ("ALTER TABLE t ALTER name DROP NOT NULL", |row| row.null(3)),
    ];
    for (change, longer) in cases {
        for way in [Append, Merge, AppendOnce, MergeOnce] {
            create(&server, way);
            if change.contains("NOT NULL") {
                server.run("ALTER TABLE t ALTER name SET NOT NULL");
            }
            let session = |server: &Server| match way {
                Append | Merge => SpecText::session(server.port),
                _ => spec(server, 0, 1),
            };
            let load = Load::open(&session(&server), &way.table()).unwrap();
            load.offer(&[row(1)]).unwrap();
            load.flush().unwrap();
            server.run(change);
            let error =
                load.offer(&[longer(row(2))]).expect_err("a row that was made for the old definition");
            assert_eq!(error.kind(), Kind::Server, "{way:?} {change}: {error}");
            assert!(error.to_string().contains("its definition was changed"), "{error}");
            assert!(error.to_string().contains("\"name\""), "{error}");
            // The restarted job's.
            let again = Load::open(&session(&server), &way.table()).unwrap();
            again.offer(&[longer(row(2))]).unwrap();
            again.flush().unwrap();
        }
    }
}

#[test]
fn a_row_that_the_definition_still_refuses_ends_the_job() {
    let server = Server::start(17);
    for way in [Append, Merge, AppendOnce, MergeOnce] {
        create(&server, way);
        let session = match way {
            Append | Merge => SpecText::session(server.port),
            _ => spec(&server, 0, 1),
        };
        let load = Load::open(&session, &way.table()).unwrap();
        let error = load.offer(&[row(1), row(2).string(3, "a longer word than ten")]).expect_err("too long");
        assert_eq!(error.kind(), Kind::Data, "{error}");
        assert!(error.to_string().contains("\"name\""), "{error}");
        assert!(load.session.start_flush().is_err());
        assert_eq!(server.rows("SELECT id FROM t"), [""; 0], "{way:?}");
    }
}

/// What says nothing about types is no objection, so the server's error comes first, and is told to be of a change.
#[test]
fn a_check_that_comes_behind_staged_rows_is_told_as_a_change() {
    let server = Server::start(15);
    for (change, sqlstate, back) in [
        (
            "ALTER TABLE t ADD CONSTRAINT few CHECK (amount < 10)",
            "23514",
            "ALTER TABLE t DROP CONSTRAINT few",
        ),
        (
            "ALTER TABLE t ALTER amount SET NOT NULL, ALTER amount ADD GENERATED ALWAYS AS IDENTITY",
            "428C9",
            "ALTER TABLE t ALTER amount DROP IDENTITY",
        ),
    ] {
        server.run(&format!("DROP TABLE IF EXISTS t; CREATE TABLE t (id int, {FORM})"));
        let load = Load::open(&spec(&server, 0, 1), &AppendStaged.table()).unwrap();
        load.offer(&[row(1)]).unwrap();
        let staged = manifest(&[stage(&load.session).unwrap()]);
        if !server.define(change) {
            continue;
        }
        let committer = Committer::open(&spec(&server, 0, 1).with("commit-timeout", "1000"));
        let error = committer.commit(&staged).expect_err(change);
        assert_eq!(error.sqlstate(), Some(sqlstate), "{error}");
        let told = error.chain();
        assert!(told.contains("\"t\" was changed after rows were staged for it"), "{told}");
        assert_eq!(server.rows("SELECT * FROM t"), [""; 0], "{change}");
        server.run(back);
        Committer::open(&spec(&server, 0, 1)).commit(&staged).unwrap();
        assert_eq!(stored(&server, 1), [RIGHT], "{change}");
    }
}
