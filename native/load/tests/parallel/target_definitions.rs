//! What a target's definition says to a load: each row of the table in `docs/operations.md`, tried on real servers.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;
use crate::support::turns::Turns;

use pieload::Kind;
use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use support::exactly_once::{Committer, manifest, spec, stage};
use support::{Load, Server, SpecText, lines};

const COLUMNS: [(&str, &str); 2] = [("id", "INT NOT NULL"), ("name", "STRING")];

/// How it is loaded.
#[derive(Clone, Copy, Debug)]
enum Way {
    Append,
    /// 'sink.append.allow-unique'
    AppendUnique,
    AppendOnce,
    Merge,
    /// 'sink.merge.allow-replace'
    Replace,
    /// Two writers.
    Parallel,
    MergeOnce,
    /// 'sink.merge.strategy' = 'update'
    Update,
    UpdateOnce,
}
use Way::{Append, AppendOnce, AppendUnique, Merge, MergeOnce, Parallel, Replace, Update, UpdateOnce};

/// What the error says; nothing where the row is stored.
type Expected = (Way, Option<&'static str>);

struct Case {
    /// As the docs call it.
    row: &'static str,
    definition: &'static str,
    expected: &'static [Expected],
}

const TRIGGER: &str = "CREATE TABLE fired (what text); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS \
    'BEGIN INSERT INTO fired VALUES (TG_OP); IF TG_OP = ''DELETE'' THEN RETURN OLD; END IF; RETURN NEW; END';";

const PLAIN: &str = "CREATE TABLE t (id int, name text);";

#[rustfmt::skip]
const CASES: &[Case] = &[
    Case { row: "view, materialized view, foreign or external table", definition: "CREATE VIEW t AS SELECT 1 AS id, ''::text AS name",
        expected: &[(Append, Some("it is a view")), (Merge, Some("it is a view")), (MergeOnce, Some("it is a view")), (Update, Some("it is a view"))] },
    Case { row: "view, materialized view, foreign or external table",
        definition: "CREATE MATERIALIZED VIEW t AS SELECT 1 AS id, ''::text AS name",
        expected: &[(Append, Some("it is a materialized view")), (Merge, Some("it is a materialized view")), (Update, Some("it is a materialized view"))] },
    Case { row: "view, materialized view, foreign or external table",
        definition: "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE t (id int, name text) SERVER s",
        expected: &[(Append, Some("it is a foreign table")), (AppendOnce, Some("it is a foreign table")), (Update, Some("it is a foreign table"))] },
    Case { row: "unlogged table or partition", definition: "CREATE UNLOGGED TABLE t (id int, name text)",
        expected: &[(Append, Some("unlogged")), (AppendOnce, Some("unlogged")), (Replace, Some("unlogged")), (MergeOnce, Some("unlogged")), (Update, Some("unlogged"))] },
    Case { row: "unlogged table or partition",
        definition: "CREATE TABLE t (id int, name text) PARTITION BY RANGE (id); CREATE TABLE mid PARTITION OF t FOR VALUES FROM (0) TO (100) \
            PARTITION BY RANGE (id); CREATE UNLOGGED TABLE leaf PARTITION OF mid FOR VALUES FROM (0) TO (50)",
        expected: &[(Append, Some("partition leaf is unlogged")), (Merge, Some("partition leaf is unlogged")), (Update, Some("partition leaf is unlogged"))] },
    Case { row: "partition that is a foreign table",
        definition: "CREATE TABLE t (id int, name text) PARTITION BY RANGE (id); CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; \
            CREATE FOREIGN TABLE far PARTITION OF t FOR VALUES FROM (0) TO (100) SERVER s",
        expected: &[(Append, Some("partition far is a foreign table")), (MergeOnce, Some("partition far is a foreign table")), (Update, Some("partition far is a foreign table"))] },
    Case { row: "partitions",
        definition: "CREATE TABLE t (id int PRIMARY KEY, name text) PARTITION BY RANGE (id); CREATE TABLE leaf PARTITION OF t FOR VALUES FROM (0) TO (100)",
        expected: &[(AppendUnique, None), (AppendOnce, None), (Merge, None), (Parallel, None), (MergeOnce, None), (Update, None), (UpdateOnce, None)] },
    Case { row: "partitions",
        definition: "CREATE TABLE t (id int, name text) PARTITION BY LIST (name); CREATE TABLE leaf PARTITION OF t DEFAULT",
        expected: &[(Merge, None), (MergeOnce, None), (Update, Some("\"name\" divides")), (UpdateOnce, Some("\"name\" divides"))] },
    Case { row: "inheritance children", definition: "CREATE TABLE t (id int, name text); CREATE TABLE child (UNIQUE (id)) INHERITS (t)",
        expected: &[(Append, None), (AppendOnce, None), (Merge, Some("inheritance child child")), (MergeOnce, Some("inheritance child child")), (Update, Some("inheritance child child")), (UpdateOnce, Some("inheritance child child"))] },
    Case { row: "row-level security that holds for the user",
        definition: "CREATE TABLE t (id int, name text); ALTER TABLE t ENABLE ROW LEVEL SECURITY; GRANT ALL ON t TO loader; \
            CREATE POLICY p ON t USING (id > 5) WITH CHECK (true)",
        expected: &[(Append, Some("row-level security")), (AppendOnce, Some("row-level security")), (Merge, Some("row-level security")), (MergeOnce, Some("row-level security")), (Update, Some("row-level security")), (UpdateOnce, Some("row-level security"))] },
    Case { row: "row-level security that holds for the user",
        definition: "CREATE TABLE t (id int, name text); ALTER TABLE t OWNER TO loader; ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY",
        expected: &[(Append, Some("row-level security")), (Merge, Some("row-level security")), (Update, Some("row-level security"))] },
    Case { row: "row-level security that does not (owner, BYPASSRLS, superuser)",
        definition: "CREATE TABLE t (id int, name text); ALTER TABLE t OWNER TO loader; ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        expected: &[(Append, None), (Merge, None), (MergeOnce, None), (Update, None), (UpdateOnce, None)] },
    Case { row: "rule ON INSERT", definition: "CREATE TABLE t (id int, name text); CREATE RULE away AS ON INSERT TO t DO INSTEAD NOTHING",
        expected: &[(Append, Some("\"away\"")), (AppendOnce, Some("\"away\"")), (Replace, Some("\"away\"")), (MergeOnce, Some("\"away\"")), (Update, Some("\"away\"")), (UpdateOnce, Some("\"away\""))] },
    Case { row: "rule ON DELETE", definition: "CREATE TABLE t (id int, name text); CREATE RULE keep AS ON DELETE TO t DO INSTEAD NOTHING",
        expected: &[(Append, None), (AppendOnce, None), (Replace, Some("\"keep\"")), (MergeOnce, Some("\"keep\"")), (Update, Some("\"keep\"")), (UpdateOnce, Some("\"keep\""))] },
    Case { row: "rule ON UPDATE; disabled rule",
        definition: "CREATE TABLE t (id int, name text); CREATE RULE never AS ON UPDATE TO t DO INSTEAD NOTHING; \
            CREATE RULE off AS ON DELETE TO t DO INSTEAD NOTHING; ALTER TABLE t DISABLE RULE off",
        expected: &[(Append, None), (Merge, None), (MergeOnce, None), (Update, Some("\"never\"")), (UpdateOnce, Some("\"never\""))] },
    Case { row: "row trigger; trigger with a transition table", definition: "CREATE TRIGGER audit AFTER UPDATE ON t FOR EACH ROW EXECUTE PROCEDURE f()",
        expected: &[(Append, None), (AppendOnce, None), (Merge, Some("audit")), (MergeOnce, Some("audit")), (Replace, None), (Update, None), (UpdateOnce, None)] },
    Case { row: "row trigger; trigger with a transition table",
        definition: "CREATE TRIGGER audit AFTER INSERT ON t REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE PROCEDURE f()",
        expected: &[(Append, None), (Merge, Some("audit")), (Replace, None), (Update, None)] },
    Case { row: "row trigger; trigger with a transition table",
        definition: "ALTER TABLE t RENAME TO leaf; CREATE TABLE t (id int, name text) PARTITION BY RANGE (id); \
            CREATE TRIGGER audit AFTER DELETE ON leaf FOR EACH ROW EXECUTE PROCEDURE f(); ALTER TABLE t ATTACH PARTITION leaf FOR VALUES FROM (0) TO (100)",
        expected: &[(Append, None), (Merge, Some("audit on leaf")), (Replace, None), (Update, None), (UpdateOnce, None)] },
    Case { row: "BEFORE DELETE trigger for each row", definition: "CREATE TRIGGER guard BEFORE DELETE ON t FOR EACH ROW EXECUTE PROCEDURE f()",
        expected: &[(Append, None), (Merge, Some("guard")), (Replace, Some("guard")), (MergeOnce, Some("guard")), (Update, None), (UpdateOnce, None)] },
    Case { row: "BEFORE INSERT trigger that drops rows",
        definition: "CREATE FUNCTION drops() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
            CREATE TRIGGER away BEFORE INSERT ON t FOR EACH ROW EXECUTE PROCEDURE drops()",
        expected: &[(Append, Some("a trigger of the table keeps rows away")), (AppendOnce, Some("a trigger of the table keeps rows away")), (Merge, Some("away"))] },
    Case { row: "BEFORE INSERT trigger that drops rows",
        definition: "CREATE FUNCTION drops() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.id = 2 THEN RETURN NULL; END IF; RETURN NEW; END'; \
            CREATE TRIGGER away BEFORE INSERT ON t FOR EACH ROW EXECUTE PROCEDURE drops()",
        expected: &[(Update, None), (UpdateOnce, None)] },
    Case { row: "plain statement trigger; disabled or replica-only trigger",
        definition: "CREATE TRIGGER told AFTER INSERT ON t FOR EACH STATEMENT EXECUTE PROCEDURE f(); \
            CREATE TRIGGER off BEFORE DELETE ON t FOR EACH ROW EXECUTE PROCEDURE f(); ALTER TABLE t DISABLE TRIGGER off; \
            CREATE TRIGGER there BEFORE DELETE ON t FOR EACH ROW EXECUTE PROCEDURE f(); ALTER TABLE t ENABLE REPLICA TRIGGER there",
        expected: &[(Append, None), (Merge, None), (MergeOnce, None), (Update, None), (UpdateOnce, None)] },
    Case { row: "foreign key that points at the table",
        definition: "CREATE TABLE t (id int PRIMARY KEY, name text); CREATE TABLE child (t_id int REFERENCES t ON DELETE CASCADE)",
        expected: &[(AppendUnique, None), (Replace, Some("child_t_id_fkey of child")), (MergeOnce, Some("child_t_id_fkey of child")), (Update, None), (UpdateOnce, None)] },
    Case { row: "foreign key that points at the table",
        definition: "CREATE TABLE t (id int, name text) PARTITION BY RANGE (id); CREATE TABLE leaf PARTITION OF t (PRIMARY KEY (id)) FOR VALUES FROM (0) TO (100); \
            CREATE TABLE child (t_id int REFERENCES leaf ON DELETE CASCADE)",
        expected: &[(Merge, Some("child_t_id_fkey of child on leaf")), (MergeOnce, Some("child_t_id_fkey of child on leaf")), (Update, None), (UpdateOnce, None)] },
    Case { row: "foreign key of the table; CHECK; NOT NULL", definition: "CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent VALUES (1); \
            CREATE TABLE t (id int NOT NULL REFERENCES parent, name text CHECK (name <> ''))",
        expected: &[(Append, None), (Merge, None), (MergeOnce, None), (Update, None), (UpdateOnce, None)] },
    Case { row: "foreign key of the table; CHECK; NOT NULL", definition: "CREATE TABLE t (id int, name text CHECK (name <> 'a'))",
        expected: &[(Append, Some("t_name_check")), (Merge, Some("t_name_check")), (MergeOnce, Some("t_name_check")), (Update, Some("t_name_check")), (UpdateOnce, Some("t_name_check"))] },
    Case { row: "unique index, primary key, exclusion constraint", definition: "CREATE TABLE t (id int PRIMARY KEY, name text)",
        expected: &[(Append, Some("t_pkey")), (AppendUnique, None), (AppendOnce, None), (Merge, None), (Parallel, None), (MergeOnce, None), (Update, None), (UpdateOnce, None)] },
    Case { row: "unique index, primary key, exclusion constraint",
        definition: "CREATE TABLE t (id int, name text) PARTITION BY RANGE (id); CREATE TABLE leaf PARTITION OF t FOR VALUES FROM (0) TO (100); CREATE UNIQUE INDEX u ON leaf (id)",
        expected: &[(Append, Some("u on leaf")), (AppendUnique, None), (AppendOnce, None), (Merge, None), (Parallel, None), (Update, None)] },
    Case { row: "unique index, primary key, exclusion constraint",
        definition: "CREATE TABLE t (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, name text); CREATE UNIQUE INDEX i ON t (id) INCLUDE (name)",
        expected: &[(Append, Some("t_pkey")), (Merge, None), (Parallel, None), (MergeOnce, None), (Update, None), (UpdateOnce, None)] },
    Case { row: "further unique index: other columns, partial, of an expression, or invalid", definition: "CREATE TABLE t (id int PRIMARY KEY, name text UNIQUE)",
        expected: &[(Append, Some("t_name_key")), (Merge, None), (Parallel, Some("t_name_key")), (MergeOnce, None), (Update, Some("t_name_key")), (UpdateOnce, Some("t_name_key"))] },
    Case { row: "further unique index: other columns, partial, of an expression, or invalid",
        definition: "CREATE TABLE t (id int PRIMARY KEY, name text); CREATE UNIQUE INDEX part ON t (id) WHERE name > 'a'; \
            CREATE UNIQUE INDEX expression ON t ((id + 1)); CREATE UNIQUE INDEX broken ON t (name); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'broken'::regclass",
        expected: &[(Append, Some("\"broken\", \"expression\", \"part\"")), (Merge, None), (Parallel, Some("\"broken\", \"expression\", \"part\"")), (Update, Some("\"broken\", \"expression\", \"part\"")), (UpdateOnce, Some("\"broken\", \"expression\", \"part\""))] },
    Case { row: "further unique index: other columns, partial, of an expression, or invalid",
        definition: "CREATE TABLE t (id int PRIMARY KEY, name text UNIQUE DEFERRABLE)",
        expected: &[(Merge, None), (MergeOnce, None), (Update, None), (UpdateOnce, None)] },
    Case { row: "generated column", definition: "CREATE TABLE t (id int, name text, twice int GENERATED ALWAYS AS (id * 2) STORED)",
        expected: &[(Append, None), (Merge, None), (MergeOnce, None), (Update, None), (UpdateOnce, None)] },
    Case { row: "generated column", definition: "CREATE TABLE t (id int, name text GENERATED ALWAYS AS ('a') STORED)",
        expected: &[(Append, Some("\"name\" is generated")), (Merge, Some("\"name\" is generated")), (Update, Some("\"name\" is generated"))] },
    Case { row: "identity column", definition: "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, name text)",
        expected: &[(Append, None), (AppendOnce, None), (Merge, None), (MergeOnce, None), (Update, None), (UpdateOnce, None)] },
    Case { row: "column that the source lacks", definition: "CREATE TABLE t (id int, name text, note text DEFAULT 'none')",
        expected: &[(Append, None), (AppendOnce, None), (Merge, Some("\"note\"")), (MergeOnce, Some("\"note\"")), (Replace, None), (Update, None), (UpdateOnce, None)] },
    Case { row: "column that the source lacks", definition: "CREATE TABLE t (id int, name text, must text NOT NULL)",
        expected: &[(Append, Some("\"must\" is NOT NULL")), (Replace, Some("\"must\" is NOT NULL")), (Update, Some("\"must\" is NOT NULL")), (UpdateOnce, Some("\"must\" is NOT NULL"))] },
    Case { row: "domain", definition: "CREATE DOMAIN number AS int CHECK (VALUE < 5); CREATE TABLE t (id number, name text)",
        expected: &[(Append, None), (Merge, None), (MergeOnce, None), (Update, None), (UpdateOnce, None)] },
    Case { row: "published without a replica identity", definition: "CREATE TABLE t (id int, name text); CREATE PUBLICATION news FOR TABLE t",
        expected: &[(Append, None), (AppendOnce, None), (Replace, Some("news")), (MergeOnce, Some("news")), (Update, Some("news")), (UpdateOnce, Some("news"))] },
    Case { row: "published with one, or without deletes",
        definition: "CREATE TABLE t (id int PRIMARY KEY, name text); CREATE TABLE u (id int); CREATE PUBLICATION news FOR TABLE t; CREATE PUBLICATION other FOR TABLE u",
        expected: &[(AppendOnce, None), (Merge, None), (MergeOnce, None), (Update, None), (UpdateOnce, None)] },
    Case { row: "published with one, or without deletes", definition: "CREATE TABLE t (id int, name text); CREATE PUBLICATION news FOR TABLE t WITH (publish = 'insert')",
        expected: &[(Merge, None), (Update, None)] },
    Case { row: "owner, storage parameters, comments, statistics, plain indexes",
        definition: "CREATE TABLE t (id int, name text) WITH (fillfactor = 70); COMMENT ON TABLE t IS 'x'; CREATE STATISTICS s ON id, name FROM t; \
            CREATE INDEX i ON t (name); ALTER TABLE t OWNER TO loader",
        expected: &[(Append, None), (Merge, None), (MergeOnce, None), (Update, None), (UpdateOnce, None)] },
];

fn open(server: &Server, way: Way, user: &str) -> Result<(), pieload::Error> {
    let (mode, key) = match way {
        Append | AppendUnique | AppendOnce => ("append", ""),
        Merge | Replace | Parallel | MergeOnce | Update | UpdateOnce => ("merge", "0"),
    };
    let table = SpecText::table("t", mode, &COLUMNS, key)
        .with("sink.merge.allow-replace", if matches!(way, Replace) { "true" } else { "false" })
        .with("sink.append.allow-unique", if matches!(way, AppendUnique) { "true" } else { "false" });
    let table = match way {
        Update | UpdateOnce => table.with("sink.merge.strategy", "update"),
        _ => table,
    };
    let once = matches!(way, AppendOnce | MergeOnce | UpdateOnce);
    let parallelism = if matches!(way, Parallel) { "2" } else { "1" };
    let session = if once { spec(server, 0, 1) } else { SpecText::session(server.port) };
    let session = session.with("sink.parallelism", parallelism).with("username", user);
    let load = Load::open(&session, &table)?;
    load.offer(&[RowBuilder::new(2).kind(RowKind::Insert).int(0, 1).string(1, "a")])?;
    if !once {
        return load.flush();
    }
    Committer::open(&session).commit(&manifest(&[stage(&load.session)?]))
}

#[test]
fn every_row_of_the_table_is_as_the_docs_say() {
    for &version in lines(&[12, 17]) {
        let server = Server::start(version);
        server.run("CREATE ROLE loader LOGIN; GRANT CREATE, TEMPORARY ON DATABASE postgres TO loader");
        let turns = Turns::of(version, &[12, 17]);
        for Case { row, definition, expected } in CASES {
            for (way, refusal) in *expected {
                if !turns.include((row, definition, format!("{way:?}"))) {
                    continue;
                }
                if server.version() >= 100_000 {
                    server.run("DROP PUBLICATION IF EXISTS news, other");
                }
                server.run(
                    "DROP FOREIGN DATA WRAPPER IF EXISTS w CASCADE; \
                     DROP SCHEMA IF EXISTS pieclouddb_flink CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public; \
                     GRANT ALL ON SCHEMA public TO loader",
                );
                let before =
                    if definition.contains("f()") { [PLAIN, TRIGGER].concat() } else { String::new() };
                let before = if definition.contains("drops()") { PLAIN.to_owned() } else { before };
                server.run(&before);
                if !server.define(definition) {
                    continue;
                }
                let user = if definition.contains("SECURITY") { "loader" } else { "postgres" };
                let told = format!("PostgreSQL {version}, {row}, {definition}, {way:?}");
                let result = open(&server, *way, user);
                match refusal {
                    None => {
                        result.unwrap_or_else(|error| panic!("{told}: {error:?}"));
                        assert_eq!(server.rows("SELECT id, name FROM t"), ["1|a"], "{told}");
                    }
                    Some(words) => {
                        let error = result.expect_err(&told);
                        assert!(error.to_string().contains(words), "{told}: {error}");
                        if !words.contains("check") {
                            assert_eq!(error.kind(), Kind::Target, "{told}: {error}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn the_docs_have_exactly_the_rows_that_are_tried() {
    let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations.md");
    let docs = std::fs::read_to_string(docs).unwrap();
    let section = docs.split("## What a target's definition says").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| ")).skip(1);
    let documented: Vec<&str> = rows.map(|row| row.split('|').nth(1).unwrap().trim()).collect();
    let mut tried: Vec<&str> = CASES.iter().map(|case| case.row).collect();
    tried.dedup();
    assert_eq!(documented, tried);
}
