//! Merges that update: a target whose rows must not be deleted ends as a model that does each change by itself, row by
//! row; what the sink does not write stays as it is.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;
use crate::support::turns::Turns;

use std::collections::BTreeMap;

use pieload::Kind;
use pieload::row::RowKind::{Delete, Insert, UpdateAfter};
use pieload::row::image_builder::RowBuilder;
use support::exactly_once::{Committer, manifest, spec, stage};
use support::{Load, Server, SpecText, lines};

const COLUMNS: [(&str, &str); 3] = [("id", "INT NOT NULL"), ("name", "STRING"), ("score", "INT")];
const KEYS: u64 = 40;

/// A small generator of its own: the same operations in every run, no clock, no system randomness.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// The newest row of each key, or nothing where it was removed.
type Net = BTreeMap<i32, Option<(String, i32)>>;

/// A foreign key that cascades, triggers of which one writes a column, an identity, a generated and two more columns:
/// as far as the server has them.
fn create(server: &Server, schema: &str) {
    let (new, columns) = (server.version() >= 120_000, "id int PRIMARY KEY, name text, score int");
    let identity = if new { "seen int GENERATED ALWAYS AS IDENTITY" } else { "seen serial" };
    let generated = if new { ", twice int GENERATED ALWAYS AS (score * 2) STORED" } else { "" };
    server.run(&format!(
        "DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}; SET search_path TO {schema};
         CREATE TABLE t ({columns}, note text DEFAULT 'none', changes int DEFAULT 0, {identity}{generated});
         CREATE TABLE child (t_id int REFERENCES t ON DELETE CASCADE);
         CREATE TABLE fired (what text, id int);
         CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql SET search_path TO {schema} AS
           'BEGIN INSERT INTO fired SELECT TG_OP, CASE WHEN TG_OP = ''DELETE'' THEN OLD.id ELSE NEW.id END; RETURN NULL; END';
         CREATE FUNCTION counts() RETURNS trigger LANGUAGE plpgsql AS
           'BEGIN NEW.changes := OLD.changes + 1; RETURN NEW; END';
         CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS
           'BEGIN IF OLD.name = ''kept'' THEN RETURN NULL; END IF; RETURN OLD; END';
         CREATE TRIGGER a AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE PROCEDURE audit();
         CREATE TRIGGER b BEFORE UPDATE ON t FOR EACH ROW EXECUTE PROCEDURE counts();
         CREATE TRIGGER c BEFORE DELETE ON t FOR EACH ROW EXECUTE PROCEDURE guard()"
    ));
}

/// Each key by itself, as an application would do it.
fn row_by_row(server: &Server, net: &Net) {
    for (id, row) in net {
        match row {
            None => server.run(&format!("DELETE FROM model.t WHERE id = {id}")),
            Some((name, score)) => server.run(&format!(
                "UPDATE model.t SET name = '{name}', score = {score} WHERE id = {id};
                 INSERT INTO model.t (id, name, score) SELECT {id}, '{name}', {score}
                 WHERE NOT EXISTS (SELECT 1 FROM model.t WHERE id = {id})"
            )),
        }
    }
}

/// What users do with both meanwhile.
fn meanwhile(server: &Server, random: &mut Random) {
    let (child, noted) = (random.below(KEYS), random.below(KEYS));
    for schema in ["target", "model"] {
        server.run(&format!(
            "INSERT INTO {schema}.child SELECT id FROM {schema}.t WHERE id = {child};
             UPDATE {schema}.t SET note = 'noted {noted}' WHERE id = {noted}"
        ));
    }
}

/// Takes the rows of a checkpoint and makes them visible.
enum Way {
    AtLeastOnce(Box<Load>),
    /// Two writers, of even and of odd keys.
    ExactlyOnce(Box<([Load; 2], Committer)>),
}

impl Way {
    fn open(server: &Server, once: bool, format: &str) -> Self {
        let table = SpecText::table("t", "merge", &COLUMNS, "0")
            .with("schema-name", "target")
            .with("sink.copy.format", format)
            .with("sink.merge.strategy", if once { "auto" } else { "update" });
        if !once {
            return Way::AtLeastOnce(Box::new(Load::open(&SpecText::session(server.port), &table).unwrap()));
        }
        let writer = |subtask| Load::open(&spec(server, subtask, 2), &table).unwrap();
        Way::ExactlyOnce(Box::new(([writer(0), writer(1)], Committer::open(&spec(server, 0, 2)))))
    }

    fn take(&self, id: i32, row: &RowBuilder) {
        let load = match self {
            Way::AtLeastOnce(load) => load,
            Way::ExactlyOnce(once) => &once.0[usize::from(id % 2 == 1)],
        };
        load.offer(std::slice::from_ref(row)).unwrap();
    }

    fn checkpoint(&self) {
        match self {
            Way::AtLeastOnce(load) => load.flush().unwrap(),
            Way::ExactlyOnce(once) => {
                let staged = once.0.each_ref().map(|load| stage(&load.session).unwrap());
                once.1.commit(&manifest(&staged)).unwrap();
            }
        }
    }
}

#[test]
fn a_target_with_all_that_a_replaced_row_would_break_ends_as_one_that_is_changed_row_by_row() {
    for &version in lines(&[12, 15, 17]) {
        let (server, turns) = (Server::start(version), Turns::of(version, &[12, 15, 17]));
        for (once, format) in [(false, "auto"), (false, "text"), (true, "auto")] {
            if !turns.include((once, format)) {
                continue;
            }
            for schema in ["target", "model"] {
                create(&server, schema);
            }
            let way = Way::open(&server, once, format);
            let mut random = Random(0x5eed_1234);
            for checkpoint in 0..8 {
                let mut net = Net::new();
                for number in 0..60 {
                    let id = i32::try_from(random.below(KEYS)).unwrap();
                    let name = ["a", "b", "kept"][usize::try_from(random.below(3)).unwrap()];
                    let row = RowBuilder::new(3).int(0, id).string(1, name).int(2, number);
                    // In some checkpoints no key comes twice, which the merge makes use of.
                    if checkpoint % 3 == 2 && net.contains_key(&id) {
                        continue;
                    }
                    if random.below(3) == 0 {
                        way.take(id, &row.kind(Delete));
                        net.insert(id, None);
                    } else {
                        way.take(id, &row.kind(if number % 2 == 0 { Insert } else { UpdateAfter }));
                        net.insert(id, Some((name.to_owned(), number)));
                    }
                }
                server
                    .run("DROP TABLE IF EXISTS before; CREATE TABLE before AS SELECT id, seen FROM target.t");
                way.checkpoint();
                row_by_row(&server, &net);
                let told = format!("PostgreSQL {version}, once {once}, {format}, checkpoint {checkpoint}");
                for question in [
                    "SELECT id, name, score, note, changes FROM {}.t ORDER BY 1",
                    "SELECT t_id FROM {}.child ORDER BY 1",
                    "SELECT id, what, count(*) FROM {}.fired GROUP BY 1, 2 ORDER BY 1, 2",
                ] {
                    let of = |schema| server.rows(&question.replace("{}", schema));
                    assert_eq!(of("target"), of("model"), "{told}: {question}");
                }
                assert_eq!(
                    server.rows("SELECT id FROM target.t JOIN before USING (id) WHERE t.seen <> before.seen"),
                    [""; 0],
                    "{told}: the identity of a row that stays"
                );
                if server.version() >= 120_000 {
                    let wrong = server.value("SELECT count(*) FROM target.t WHERE twice <> score * 2");
                    assert_eq!(wrong, "0", "{told}");
                }
                meanwhile(&server, &mut random);
            }
            assert_ne!(server.value("SELECT count(*) FROM target.child"), "0", "nothing was referenced");
            assert_ne!(server.value("SELECT count(*) FROM target.t WHERE note <> 'none'"), "0");
        }
    }
}

/// The same rows again, as after a failure: nothing changes, by a key of two columns and one that is all of the row.
#[test]
fn a_replay_changes_nothing() {
    for &version in lines(&[12, 17]) {
        let server = Server::start(version);
        for (key, all, definition) in [
            ("0,2", "1|a|1|none;1|c|2|none", "PRIMARY KEY (id, score)"),
            ("0,1,2", "1|a|1|none;1|b|2|none;1|c|2|none", "UNIQUE (id, name, score)"),
            ("0,2", "1|a|1|none;1|c|2|none", "CHECK (id > 0)"),
        ] {
            server.run(&format!(
                "DROP TABLE IF EXISTS t; CREATE TABLE t (id int, name text, score int, note text DEFAULT 'none', {definition})"
            ));
            let table = SpecText::table("t", "merge", &COLUMNS, key).with("sink.merge.strategy", "update");
            let load = Load::open(&SpecText::session(server.port), &table).unwrap();
            let row = |name: &str, score| RowBuilder::new(3).int(0, 1).string(1, name).int(2, score);
            for _ in 0..2 {
                load.offer(&[row("a", 1), row("b", 2), row("x", 3), row("c", 2)]).unwrap();
                load.offer(&[row("x", 3).kind(Delete)]).unwrap();
                load.flush().unwrap();
                let found = server.rows("SELECT * FROM t ORDER BY name").join(";");
                assert_eq!(found, all, "PostgreSQL {version}, {definition}");
            }
        }
    }
}

/// What an update meets that a replaced row does not: refused by name, and taken where the strategy is left open and
/// nothing speaks against replacing.
#[test]
fn what_an_update_cannot_do_is_refused_before_the_first_row() {
    let server = Server::start(17);
    for (definition, told) in [
        ("CREATE TABLE t (id int PRIMARY KEY, name text UNIQUE, score int)", "t_name_key"),
        (
            "CREATE TABLE t (id int PRIMARY KEY, name text, score int GENERATED ALWAYS AS IDENTITY)",
            "\"score\"",
        ),
        (
            "CREATE TABLE t (id int, name text, score int); CREATE RULE r AS ON UPDATE TO t DO INSTEAD NOTHING",
            "rule \"r\"",
        ),
        (
            "CREATE TABLE t (id int, name text, score int) PARTITION BY RANGE (score);
             CREATE TABLE leaf PARTITION OF t DEFAULT",
            "\"score\" divides",
        ),
        (
            "CREATE TABLE t (id int, name text, score int) PARTITION BY RANGE ((id + 1));
             CREATE TABLE leaf PARTITION OF t DEFAULT",
            "an expression divides",
        ),
        (
            "CREATE TABLE t (id int, name text, score int);
             CREATE PUBLICATION news FOR TABLE t WITH (publish = 'update')",
            "the publication news",
        ),
    ] {
        server.run("DROP TABLE IF EXISTS t");
        if !server.define(definition) {
            continue;
        }
        let open = |strategy| {
            let table = SpecText::table("t", "merge", &COLUMNS, "0").with("sink.merge.strategy", strategy);
            let load = Load::open(&SpecText::session(server.port), &table)?;
            load.offer(&[RowBuilder::new(3).int(0, 1).string(1, "a").int(2, 1)])?;
            load.flush()
        };
        let error = open("update").expect_err(definition);
        assert_eq!(error.kind(), Kind::Target, "{definition}: {error}");
        for part in [told, if told.contains("rule") { "rewrite" } else { "'sink.merge.strategy'" }] {
            assert!(error.to_string().contains(part), "{definition}: {error}");
        }
        open("auto").unwrap();
        assert_eq!(server.rows("SELECT * FROM t"), ["1|a|1"], "{definition}");
    }
}

/// Of a constraint that may wait for the end of the statement two rows exchange a value.
#[test]
fn a_deferrable_constraint_lets_rows_exchange_a_value() {
    let server = Server::start(15);
    server.run(
        "CREATE TABLE t (id int PRIMARY KEY, name text UNIQUE DEFERRABLE, score int, note text DEFAULT 'none');
         INSERT INTO t VALUES (1, 'a', 0), (2, 'b', 0), (3, 'c', 0)",
    );
    let table = SpecText::table("t", "merge", &COLUMNS, "0").with("sink.merge.strategy", "update");
    let load = Load::open(&SpecText::session(server.port), &table).unwrap();
    let row = |id, name: &str| RowBuilder::new(3).int(0, id).string(1, name).int(2, 1);
    load.offer(&[row(1, "b"), row(2, "a"), row(4, "c"), row(3, "c").kind(Delete)]).unwrap();
    load.flush().unwrap();
    assert_eq!(server.rows("SELECT * FROM t ORDER BY 1"), ["1|b|1|none", "2|a|1|none", "4|c|1|none"]);
}

#[test]
fn an_update_needs_its_privilege_and_a_replaced_row_does_not() {
    let server = Server::start(15);
    server.run(
        "CREATE TABLE t (id int PRIMARY KEY, name text, score int); CREATE ROLE loader LOGIN;
         GRANT SELECT, INSERT, DELETE ON t TO loader; GRANT TEMPORARY ON DATABASE postgres TO loader",
    );
    let open = |strategy| {
        let table = SpecText::table("t", "merge", &COLUMNS, "0").with("sink.merge.strategy", strategy);
        let load = Load::open(&SpecText::session(server.port).with("username", "loader"), &table)?;
        load.offer(&[RowBuilder::new(3).int(0, 1).string(1, "a").int(2, 1)])?;
        load.flush()
    };
    open("auto").unwrap();
    let error = open("update").unwrap_err();
    assert!(error.to_string().contains("UPDATE on it"), "{error}");
    server.run("GRANT UPDATE ON t TO loader");
    open("update").unwrap();
}

#[test]
fn a_key_keeps_the_spelling_that_is_stored() {
    let server = Server::start(15);
    server.run("CREATE EXTENSION citext; CREATE TABLE t (id citext PRIMARY KEY, name text)");
    let columns = [("id", "STRING NOT NULL"), ("name", "STRING")];
    let table = SpecText::table("t", "merge", &columns, "0").with("sink.merge.strategy", "update");
    let load = Load::open(&SpecText::session(server.port), &table).unwrap();
    for (id, name) in [("Key", "first"), ("KEY", "second")] {
        load.offer(&[RowBuilder::new(2).string(0, id).string(1, name)]).unwrap();
        load.flush().unwrap();
    }
    assert_eq!(server.rows("SELECT * FROM t"), ["Key|second"]);
}
