//! What a table may have that changes, or that its target lacks.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use pieload::row::image_builder::{RowBuilder, frame};
use pieload::spec::TableSpec;
use support::{Server, SpecText, flush, offer, open, open_table, put, session};

const COLUMNS: [(&str, &str); 2] = [("id", "INT NOT NULL"), ("name", "STRING")];

fn create(server: &Server) {
    server.run("CREATE TABLE t0 (id int PRIMARY KEY, name text)");
}

fn merge_table(name: &str) -> SpecText {
    SpecText::table(name, "merge", &COLUMNS, "0")
}

#[test]
fn a_new_schema_takes_effect_after_a_flush_and_a_known_one_changes_nothing() {
    let server = Server::start(15);
    create(&server);
    let session = open(&session(&server, 2, 4 << 20));
    let first = open_table(&session, &merge_table("t0"));
    assert_eq!(open_table(&session, &merge_table("t0")), first);
    put(&session, first, 1, "old");
    let wider =
        SpecText::table("t0", "merge", &[("id", "INT NOT NULL"), ("name", "STRING"), ("more", "INT")], "0");
    let early = session.open_table(TableSpec::parse(&wider.text()).unwrap()).unwrap_err();
    assert!(early.to_string().contains("before the rows of the old one were flushed"), "{early}");
    flush(&session).unwrap();
    server.run("ALTER TABLE t0 ADD COLUMN more int");
    assert_eq!(open_table(&session, &wider), first);
    let mut batch = Vec::new();
    frame(&mut batch, first, &RowBuilder::new(3).int(0, 2).string(1, "new").int(2, 7).finish());
    offer(&session, &batch).unwrap();
    flush(&session).unwrap();
    assert_eq!(server.rows("SELECT * FROM t0 ORDER BY id"), ["1|old|NULL", "2|new|7"]);
}

#[test]
fn a_column_that_the_target_lacks_is_refused_by_name_or_left_out() {
    let server = Server::start(15);
    create(&server);
    let wider =
        SpecText::table("t0", "merge", &[("extra", "INT"), ("id", "INT NOT NULL"), ("name", "STRING")], "1");
    let refusing = open(&session(&server, 1, 4 << 20));
    open_table(&refusing, &wider);
    let error = flush(&refusing).unwrap_err();
    assert!(error.to_string().contains("\"t0\"") && error.to_string().contains("\"extra\""), "{error}");
    let ignoring = open(&session(&server, 1, 4 << 20));
    let table = open_table(&ignoring, &wider.with("schema.change.behavior", "ignore"));
    let mut batch = Vec::new();
    frame(&mut batch, table, &RowBuilder::new(3).int(0, 9).int(1, 1).string(2, "kept").finish());
    offer(&ignoring, &batch).unwrap();
    flush(&ignoring).unwrap();
    assert_eq!(server.rows("SELECT * FROM t0"), ["1|kept"]);
}
