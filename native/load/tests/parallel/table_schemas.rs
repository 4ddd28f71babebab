//! What a table may have that changes, or that its target lacks.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

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

/// Shards differ in what says nothing about their rows.
#[test]
fn what_decides_nothing_about_rows_is_no_new_schema() {
    let server = Server::start(15);
    create(&server);
    let session = open(&session(&server, 2, 4 << 20));
    let shard = |name: &str, nullable: bool, comments: [&str; 2]| {
        let more = format!(
            "schema-name=public\ntable-name=t0\nrecord.format=debezium-json\ndebezium.decimals=base64\nload_mode=merge\n\
             sink.copy.format=auto\nsink.merge.allow-replace=false\nsink.append.allow-unique=false\n\
             schema.change.behavior=exception\nsink.create-table.enabled=true\nkey=0\ntable.comment={}\n\
             column.0.name=id\ncolumn.0.source-type=int(11)\ncolumn.0.nullable=false\ncolumn.0.comment={}\n\
             column.1.name=name\ncolumn.1.source-type={name}\ncolumn.1.nullable={nullable}\ncolumn.1.comment={}\n",
            comments[0], comments[1], comments[1],
        );
        TableSpec::parse(&more).unwrap()
    };
    let first = session.open_table(shard("varchar(20)", true, ["shard 0", ""])).unwrap();
    let row = |id: u32| {
        let after = format!(r#"{{"id":{id},"name":"n{id}"}}"#);
        let record = format!(r#"{{"after":{after},"source":{{"db":"shop","table":"s"}},"op":"c"}}"#);
        let mut batch = Vec::new();
        frame(&mut batch, first, &[&[0], record.as_bytes()].concat());
        batch
    };
    for (id, other) in [
        shard("varchar(20)", true, ["shard 1", "another"]),
        shard("VARCHAR(30)", true, ["", "=,\\n"]),
        shard("text", false, ["shard 0", ""]),
    ]
    .into_iter()
    .enumerate()
    {
        offer(&session, &row(u32::try_from(id).unwrap())).unwrap();
        assert_eq!(
            session.open_table(other.clone()).unwrap(),
            first,
            "nothing need be flushed for {other:?}"
        );
    }
    flush(&session).unwrap();
    assert_eq!(server.rows("SELECT * FROM t0 ORDER BY id"), ["0|n0", "1|n1", "2|n2"]);
    for name in ["enum('x')", "json", "blob"] {
        offer(&session, &row(9)).unwrap();
        session.open_table(shard(name, true, ["", ""])).unwrap_err();
        flush(&session).unwrap();
    }
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
