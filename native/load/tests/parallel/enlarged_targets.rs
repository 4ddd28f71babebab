//! Targets that get the columns and the room that their rows need, when the table opens.
#![allow(clippy::unwrap_used, missing_docs)]

use std::time::Duration;

use crate::support;

use pieload::Kind;
use pieload::row::image_builder::RowBuilder;
use support::exactly_once::{Committer, manifest, spec as exactly_once, stage};
use support::{Load, Server, SpecText, eventually, lines, logs};

const OLD: [(&str, &str); 3] = [("id", "INT NOT NULL"), ("n", "INT"), ("d", "DECIMAL(10, 2)")];
const NEW: [(&str, &str); 5] = [
    ("id", "BIGINT NOT NULL"),
    ("n", "BIGINT"),
    ("d", "DECIMAL(12, 4)"),
    ("x", "STRING"),
    ("y", "INT NOT NULL"),
];
const TARGET: &str = "CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL, d numeric(10,2))";
const COLUMNS: &str = "SELECT column_name, data_type, is_nullable, column_default IS NOT NULL FROM \
                       information_schema.columns WHERE table_name = 't' ORDER BY ordinal_position";
const ENLARGED: [&str; 5] =
    ["id|bigint|NO|f", "n|bigint|YES|f", "d|numeric|YES|f", "x|text|YES|t", "y|integer|YES|t"];

fn old() -> SpecText {
    SpecText::table("t", "merge", &OLD, "0").with("schema.change.behavior", "lenient")
}

fn new() -> SpecText {
    SpecText::table("t", "merge", &NEW, "0")
        .with("schema.change.behavior", "lenient")
        .with("column.3.default", "it's")
        .with("column.4.default", "7")
}

/// A pipeline's change of a table of which it is not known whether it has a target.
#[test]
fn a_target_that_may_be_absent_is_given_nothing_and_any_other_what_it_lacks() {
    let server = Server::start(15);
    let some = SpecText::table("t", "append", &[("n", "BIGINT"), ("x", "STRING")], "")
        .with("schema.change.behavior", "lenient")
        .with("sink.append.allow-unique", "true")
        .with("columns.partial", "true");
    let open = |table: &SpecText| Load::open(&session(&server), table).and_then(|load| load.flush());
    assert!(open(&some).expect_err("absent").to_string().contains("does not exist"));
    let some = some.with("columns.if-exists", "true");
    open(&some).unwrap();
    assert_eq!(server.rows(COLUMNS), [""; 0]);
    server.run(TARGET);
    open(&some).unwrap();
    assert_eq!(server.rows(COLUMNS)[1..], ["n|bigint|YES|f", "d|numeric|YES|f", "x|text|YES|f"]);
}

fn old_row(id: i32) -> RowBuilder {
    RowBuilder::new(3).int(0, id).int(1, 1).decimal_compact(2, 125)
}

fn new_row(id: i64) -> RowBuilder {
    RowBuilder::new(5).long(0, id).long(1, 1 << 40).decimal_compact(2, 12_345).string(3, "a").int(4, 1)
}

fn session(server: &Server) -> SpecText {
    SpecText::session(server.port).with("lock-timeout", "20000")
}

/// How often a table was altered, by the server's own word.
fn alterations(server: &Server) -> usize {
    std::fs::read_to_string(server.log_path()).unwrap().matches("ALTER TABLE \"public\".\"t\"").count()
}

fn run(client: &tokio_postgres::Client, sql: &str) {
    support::runtime().block_on(client.batch_execute(sql)).unwrap();
}

/// Somebody who reads the table and does not end.
fn holder(server: &Server) -> tokio_postgres::Client {
    let client = server.client();
    run(&client, "SET application_name TO 'nightly report'; BEGIN; SELECT * FROM t");
    client
}

fn logging(version: u32) -> Server {
    Server::start_with(version, &["log_statement=ddl"], &[])
}

#[test]
fn each_change_is_made_once_and_rows_that_were_there_have_the_default() {
    for &version in lines(&[15, 12]) {
        let server = logging(version);
        server.run(&format!("{TARGET}; INSERT INTO t VALUES (1, 1, 1)"));
        for id in [2, 3] {
            let load = Load::open(&session(&server), &new()).unwrap();
            load.offer(&[new_row(id)]).unwrap();
            load.flush().unwrap();
        }
        assert_eq!(server.rows(COLUMNS), ENLARGED);
        let rows = ["1|1|1.0000|it's|7", "2|1099511627776|1.2345|a|1", "3|1099511627776|1.2345|a|1"];
        assert_eq!(server.rows("SELECT * FROM t ORDER BY id"), rows);
        assert_eq!(alterations(&server), 1);
    }
}

#[test]
fn a_wider_text_keeps_its_collation() {
    let server = Server::start(15);
    server.run("CREATE TABLE t (id int PRIMARY KEY, name varchar(3) COLLATE \"C\")");
    let table = SpecText::table("t", "merge", &[("id", "INT NOT NULL"), ("name", "STRING")], "0");
    let load = Load::open(&session(&server), &table.with("schema.change.behavior", "lenient")).unwrap();
    load.offer(&[RowBuilder::new(2).int(0, 1).string(1, "longer")]).unwrap();
    load.flush().unwrap();
    let column = "SELECT data_type, collation_name FROM information_schema.columns WHERE table_name = 't' \
                  AND column_name = 'name'";
    assert_eq!(server.rows(column), ["text|C"]);
}

#[test]
fn columns_that_only_the_target_has_stay_where_rows_are_updated() {
    let server = Server::start(15);
    for strategy in ["update", "auto"] {
        for exactly in [false, true] {
            let session = if exactly { exactly_once(&server, 0, 1) } else { session(&server) };
            let committer = exactly.then(|| Committer::open(&session));
            server.run(&format!(
                "{TARGET}; ALTER TABLE t ADD note text; INSERT INTO t VALUES (1, 1, 1, 'mine'), (3, 3, 3, 'mine')"
            ));
            let store = |table: SpecText, rows: &[RowBuilder], meanwhile: &str| {
                let load = Load::open(&session, &table.with("sink.merge.strategy", strategy)).unwrap();
                load.offer(rows).unwrap();
                match &committer {
                    None => load.flush().unwrap(),
                    Some(committer) => {
                        let staged = stage(&load.session).unwrap();
                        server.run(meanwhile);
                        committer.commit(&manifest(&[staged])).unwrap();
                    }
                }
            };
            // Staged for the old form, published when the target has one more column of somebody else.
            store(old(), &[old_row(3)], "ALTER TABLE t ADD other int; UPDATE t SET other = id");
            server.run("ALTER TABLE t DROP COLUMN IF EXISTS other");
            store(new(), &[new_row(1), new_row(2)], "SELECT 1");
            assert_eq!(
                server.rows("SELECT id, n, x, coalesce(note, 'none') FROM t ORDER BY id"),
                ["1|1099511627776|a|mine", "2|1099511627776|a|none", "3|1|it's|mine"],
                "{strategy}, {exactly}"
            );
            server.run("DROP TABLE t");
        }
    }
}

#[test]
fn writers_that_come_at_once_alter_once() {
    let server = logging(15);
    for round in 0..5 {
        server.run(&format!("DROP TABLE IF EXISTS t; {TARGET}"));
        let before = alterations(&server);
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let session = session(&server);
                scope.spawn(move || {
                    let load = Load::open(&session, &new()).unwrap();
                    load.offer(&[new_row(writer)]).unwrap();
                    load.flush().unwrap();
                });
            }
        });
        assert_eq!(server.value("SELECT count(*) FROM t"), "4", "round {round}");
        assert_eq!(alterations(&server) - before, 1, "round {round}");
    }
}

/// Both writers have rows of their form on the way when the other one flushes.
#[test]
fn rows_of_the_form_before_are_stored_by_writers_that_have_not_heard() {
    for mode in ["merge", "append"] {
        let server = Server::start(15);
        let key = if mode == "merge" { " PRIMARY KEY" } else { "" };
        server.run(&format!("CREATE TABLE t (id bigint{key}, n bigint NOT NULL, d numeric(12,4))"));
        let of = |table: SpecText| {
            table.with("load_mode", mode).with("key", if mode == "merge" { "0" } else { "" })
        };
        let late = Load::open(&session(&server), &of(old())).unwrap();
        late.offer(&[old_row(1)]).unwrap();
        late.flush().unwrap();
        late.offer(&[old_row(2)]).unwrap();
        let first = Load::open(&session(&server), &of(new())).unwrap();
        first.offer(&[new_row(3)]).unwrap();
        first.flush().unwrap();
        late.flush().unwrap();
        late.offer(&[old_row(1)]).unwrap();
        late.flush().unwrap();
        let rows = server.rows("SELECT id, n, d, x, y FROM t ORDER BY id, x");
        let again: &[&str] = if mode == "merge" { &[] } else { &["1|1|1.2500|it's|7"] };
        let rest = ["1|1|1.2500|it's|7", "2|1|1.2500|it's|7", "3|1099511627776|1.2345|a|1"];
        assert_eq!(rows, [again, &rest].concat(), "{mode}");
    }
}

/// Neither the writer's staging table nor the manifest that waits for its commit is in the way of the change.
#[test]
fn exactly_once_publishes_what_was_staged_before_the_change() {
    for mode in ["merge", "append"] {
        let server = Server::start(15);
        server.run(TARGET);
        let of = |table: SpecText| {
            table.with("load_mode", mode).with("key", if mode == "merge" { "0" } else { "" })
        };
        let writer = |subtask| exactly_once(&server, subtask, 2);
        let committer = Committer::open(&writer(0));
        let late = Load::open(&writer(0), &of(old())).unwrap();
        let first = Load::open(&writer(1), &of(old())).unwrap();
        late.offer(&[old_row(1)]).unwrap();
        let staged = [stage(&late.session).unwrap(), stage(&first.session).unwrap()];
        late.offer(&[old_row(2)]).unwrap();
        first.session.open_table(pieload::spec::TableSpec::parse(&of(new()).text()).unwrap()).unwrap();
        first.offer(&[new_row(3)]).unwrap();
        let behind = stage(&first.session).unwrap();
        assert_eq!(server.rows(COLUMNS), ENLARGED, "{mode}");
        committer.commit(&manifest(&staged)).unwrap();
        committer.commit(&manifest(&[stage(&late.session).unwrap(), behind])).unwrap();
        let rows = ["1|1|1.2500|it's|7", "2|1|1.2500|it's|7", "3|1099511627776|1.2345|a|1"];
        assert_eq!(server.rows("SELECT * FROM t ORDER BY id"), rows, "{mode}");
    }
}

#[test]
fn a_lock_of_another_session_is_waited_for_and_the_waiting_says_for_whom() {
    let server = Server::start(15);
    logs::keep();
    server.run(TARGET);
    let holder = holder(&server);
    let load = Load::open(&session(&server), &new()).unwrap();
    load.session.start_flush().unwrap();
    let mut told = Vec::new();
    eventually("the wait is told", || {
        assert!(!load.session.await_flush(Duration::from_millis(50)).unwrap());
        told.extend(logs::take("nightly report"));
        !told.is_empty()
    });
    assert!(told[0].contains("\"public\".\"t\"") && told[0].contains("idle in transaction"), "{told:?}");
    // Others have the table between two attempts.
    server.run("INSERT INTO t VALUES (7, 7, 7)");
    run(&holder, "COMMIT");
    eventually("the flush ends", || load.session.await_flush(Duration::from_millis(50)).unwrap());
    assert_eq!(server.rows(COLUMNS), ENLARGED);
}

#[test]
fn a_lock_that_is_never_given_up_fails_the_attempt_by_statement_table_and_session() {
    let server = Server::start(15);
    server.run(TARGET);
    let holder = holder(&server);
    let load = Load::open(&session(&server).with("lock-timeout", "2500"), &new()).unwrap();
    let error = load.failure();
    assert_eq!(error.kind(), Kind::Contention);
    for part in
        ["alter table \"public\".\"t\"", "ACCESS EXCLUSIVE", "it waited", "nightly report", "'lenient'"]
    {
        assert!(error.to_string().contains(part), "{part} is not in {error}");
    }
    assert_eq!(server.rows(COLUMNS).len(), 3);
    run(&holder, "COMMIT");
    let load = Load::open(&session(&server), &new()).unwrap();
    load.offer(&[new_row(1)]).unwrap();
    load.flush().unwrap();
}

#[test]
fn what_the_server_does_not_allow_is_told_with_the_statement() {
    let server = Server::start(15);
    server.run(&format!("{TARGET}; CREATE VIEW v AS SELECT n FROM t"));
    let error = Load::open(&session(&server), &new()).unwrap().failure();
    assert_eq!(error.kind(), Kind::Target);
    for part in ["ALTER COLUMN \"n\" TYPE bigint", "view", "0A000", "'lenient'"] {
        assert!(error.to_string().contains(part), "{part} is not in {error}");
    }
    assert_eq!(server.rows(COLUMNS).len(), 3, "nothing of it was done");
}

/// Where a job is submitted nothing is altered, and nothing refused that its writers will alter.
#[test]
fn what_will_be_altered_later_is_no_objection_and_is_left() {
    let server = logging(15);
    server.run(TARGET);
    let later = new().with("schema.change.behavior", "lenient-later");
    Load::open(&session(&server), &later).unwrap().flush().unwrap();
    assert_eq!(alterations(&server), 0);
    server.run("ALTER TABLE t ADD mine int");
    let error = Load::open(&session(&server), &later).unwrap().failure();
    assert!(error.to_string().contains("\"mine\""), "{error}");
    server.run("ALTER TABLE t DROP mine, ALTER d TYPE date USING NULL");
    let error = Load::open(&session(&server), &later).unwrap().failure();
    assert!(error.to_string().contains("\"d\""), "{error}");
}
