//! Where the strategy is left open, rows on their way are merged in the way that the target allows when they are.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use pieload::committable::Committable;
use pieload::row::RowKind::Delete;
use pieload::row::image_builder::RowBuilder;
use support::exactly_once::{Committer, manifest, spec, stage};
use support::{Load, Server, SpecText, lines};

const COLUMNS: [(&str, &str); 3] = [("id", "INT NOT NULL"), ("name", "STRING"), ("score", "INT")];

/// What stands against deleting rows comes while rows are staged: they are published by the other way.
#[test]
fn rows_that_were_staged_for_another_definition_are_merged_as_it_allows_now() {
    let server = Server::start(15);
    for (change, again) in [
        (
            "CREATE TABLE child (t_id int REFERENCES t ON DELETE CASCADE); INSERT INTO child VALUES (1)",
            "DROP TABLE child",
        ),
        ("CREATE TABLE child (t_id int REFERENCES t); INSERT INTO child VALUES (1)", "DROP TABLE child"),
        ("ALTER TABLE t ADD note text; UPDATE t SET note = 'mine'", "ALTER TABLE t DROP note"),
    ] {
        server.run(
            "DROP SCHEMA IF EXISTS pieclouddb_flink CASCADE; DROP TABLE IF EXISTS child, t;
             CREATE TABLE t (id int PRIMARY KEY, name text, score int); INSERT INTO t VALUES (1, 'old', 0), (2, 'goes', 0)",
        );
        let table = SpecText::table("t", "merge", &COLUMNS, "0").with("sink.merge.strategy", "auto");
        let session = spec(&server, 0, 1);
        let committer = Committer::open(&session);
        let put = |load: &Load, name: &str| {
            load.offer(&[RowBuilder::new(3).int(0, 1).string(1, name).int(2, 1)]).unwrap();
        };
        let load = Load::open(&session, &table).unwrap();
        put(&load, "new");
        load.offer(&[RowBuilder::new(3).kind(Delete).int(0, 2).string(1, "").int(2, 0)]).unwrap();
        let staged = manifest(&[stage(&load.session).unwrap()]);
        server.run(change);
        committer.commit(&staged).unwrap();
        assert_eq!(server.rows("SELECT id, name, score FROM t"), ["1|new|1"], "{change}");
        let kept = if change.contains("child") { "SELECT * FROM child" } else { "SELECT note FROM t" };
        let kept = server.rows(kept);
        assert!(kept == ["1"] || kept == ["mine"], "{change}: {kept:?}");
        // The writer finds it when it hands over, and goes on.
        put(&load, "newer");
        let staged = manifest(&[stage(&load.session).unwrap()]);
        committer.commit(&staged).unwrap();
        assert_eq!(server.rows("SELECT id, name, score FROM t"), ["1|newer|1"], "{change}");
        let still = if change.contains("child") { "SELECT * FROM child" } else { "SELECT note FROM t" };
        assert_eq!(server.rows(still), kept, "{change}");
        put(&load, "newest");
        let staged = manifest(&[stage(&load.session).unwrap()]);
        server.run(again);
        committer.commit(&staged).unwrap();
        assert_eq!(server.rows("SELECT id, name, score FROM t"), ["1|newest|1"], "{change}");
    }
}

/// A stamp is read before the definition, so two forms of a table can have the same: they are judged one by one.
#[test]
fn of_two_forms_of_one_stamp_each_is_merged_in_its_own_way() {
    let server = Server::start(15);
    server.run("CREATE TABLE t (id int PRIMARY KEY, name text, score int)");
    let session = spec(&server, 0, 1);
    let open = |columns: &[(&str, &str)]| {
        let table = SpecText::table("t", "merge", columns, "0").with("sink.merge.strategy", "auto");
        Load::open(&session, &table).unwrap()
    };
    let narrow = open(&COLUMNS);
    narrow.offer(&[RowBuilder::new(3).int(0, 1).string(1, "narrow").int(2, 1)]).unwrap();
    let narrow = Committable::from_bytes(&stage(&narrow.session).unwrap()).unwrap();
    server.run(
        "ALTER TABLE t ADD note text; INSERT INTO t VALUES (1, 'old', 0, 'mine'), (2, 'old', 0, 'mine')",
    );
    let wide = open(&[COLUMNS[0], COLUMNS[1], COLUMNS[2], ("note", "STRING")]);
    wide.offer(&[RowBuilder::new(4).int(0, 2).string(1, "wide").int(2, 2).string(3, "new")]).unwrap();
    let mut wide = Committable::from_bytes(&stage(&wide.session).unwrap()).unwrap();
    let stamp = narrow.tables[0].planned.as_ref().unwrap().stamp.clone();
    wide.tables[0].planned.as_mut().unwrap().stamp = stamp;
    let committer = Committer::open(&session);
    committer.commit(&manifest(&[narrow.to_bytes(), wide.to_bytes()])).unwrap();
    assert_eq!(server.rows("SELECT * FROM t ORDER BY id"), ["1|narrow|1|mine", "2|wide|2|new"]);
}

/// What would cascade is there only since the table opened: the merge that has already run is not committed, and
/// the same rows are merged in the other way.
#[test]
fn a_foreign_key_that_comes_meanwhile_has_nothing_cascaded() {
    for &version in lines(&[12, 17]) {
        let server = Server::start(version);
        server.run("CREATE TABLE t (id int PRIMARY KEY, name text, score int)");
        let table = SpecText::table("t", "merge", &COLUMNS, "0").with("sink.merge.strategy", "auto");
        let row = |name: &str| RowBuilder::new(3).int(0, 1).string(1, name).int(2, 1);
        let load = Load::open(&SpecText::session(server.port), &table).unwrap();
        load.offer(&[row("first")]).unwrap();
        load.flush().unwrap();
        server.run(
            "CREATE TABLE child (t_id int REFERENCES t ON DELETE CASCADE); INSERT INTO child VALUES (1)",
        );
        load.offer(&[row("second")]).unwrap();
        load.flush().unwrap();
        assert_eq!(server.rows("SELECT name FROM t JOIN child ON t_id = id"), ["second"]);
        server.run("DROP TABLE child");
        for name in ["third", "fourth"] {
            load.offer(&[row(name)]).unwrap();
            load.flush().unwrap();
            assert_eq!(server.rows("SELECT name FROM t"), [name]);
        }
    }
}
