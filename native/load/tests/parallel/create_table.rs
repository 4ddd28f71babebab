//! Targets that do not exist: created once, by however many writers, and never where it was not asked for.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use pieload::Kind;
use pieload::row::image_builder::RowBuilder;
use support::{Load, Server, SpecText, flush, lines, logs, open, open_table, put};

const COLUMNS: [(&str, &str); 3] = [("Id", "BIGINT NOT NULL"), ("name", "STRING"), ("at", "TIMESTAMP(6)")];

fn spec(schema: &str, table: &str, mode: &str, key: &str) -> SpecText {
    SpecText::table(table, mode, &COLUMNS, key)
        .with("schema-name", schema)
        .with("sink.create-table.enabled", "true")
}

fn row(id: i64) -> RowBuilder {
    RowBuilder::new(3).long(0, id).string(1, "a").timestamp(2, 1_000, 0)
}

#[test]
fn a_missing_schema_and_table_are_created_as_the_source_has_them_on_every_version() {
    for &version in lines(&[12, 15, 17]) {
        let server = Server::start(version);
        let table = spec("new \"schema", "new.table", "merge", "0");
        let load = Load::open(&SpecText::session(server.port), &table).unwrap();
        load.offer(&[row(1), row(2)]).unwrap();
        load.flush().unwrap();
        let name = "\"new \"\"schema\".\"new.table\"";
        assert_eq!(server.value(&format!("SELECT count(*) FROM {name}")), "2");
        let columns = "SELECT column_name, data_type, is_nullable, datetime_precision FROM \
                       information_schema.columns WHERE table_name = 'new.table' ORDER BY ordinal_position";
        assert_eq!(
            server.rows(columns),
            ["Id|bigint|NO|NULL", "name|text|YES|NULL", "at|timestamp without time zone|YES|6"]
        );
        let key = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'p' AND conname = 'new.table_pkey'";
        assert_eq!(server.rows(key), ["PRIMARY KEY (\"Id\")"]);
    }
}

#[test]
fn writers_that_create_the_same_tables_at_once_all_load_them() {
    let server = Server::start(15);
    let loads: Vec<Vec<Load>> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..6)
            .map(|_| {
                let session = SpecText::session(server.port);
                scope.spawn(move || {
                    let open =
                        |n: u32| Load::open(&session, &spec(&format!("s{n}"), "t", "merge", "0")).unwrap();
                    (0..5).map(open).collect()
                })
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    for (writer, loads) in loads.iter().enumerate() {
        for load in loads {
            load.offer(&[row(i64::try_from(writer).unwrap())]).unwrap();
            load.flush().unwrap();
        }
    }
    for schema in 0..5 {
        assert_eq!(server.value(&format!("SELECT count(*) FROM s{schema}.t")), "6");
    }
}

#[test]
fn what_is_there_is_left_as_it_is_and_without_the_option_nothing_is_created() {
    let server = Server::start(15);
    server
        .run("CREATE TABLE t (\"Id\" bigint PRIMARY KEY, name varchar(5), at timestamp, more int DEFAULT 7)");
    let refused = Load::open(&SpecText::session(server.port), &spec("public", "t", "merge", "0")).unwrap();
    assert!(refused.failure().to_string().contains("\"more\""));
    let table = spec("public", "other", "append", "").with("sink.create-table.enabled", "false");
    let error = Load::open(&SpecText::session(server.port), &table).unwrap().flush().unwrap_err();
    assert!(error.to_string().contains("does not exist"), "{error}");
    assert_eq!(server.value("SELECT count(*) FROM pg_class WHERE relname = 'other'"), "0");
}

#[test]
fn a_refused_creation_names_table_and_option_and_ends_the_job() {
    let server = Server::start(15);
    server.run("CREATE ROLE loader LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    let session = SpecText::session(server.port).with("username", "loader");
    let error = Load::open(&session, &spec("public", "t", "append", "")).unwrap().flush().unwrap_err();
    assert_eq!(error.kind(), Kind::Target);
    for part in ["\"public\".\"t\"", "'sink.create-table.enabled'", "permission denied"] {
        assert!(error.to_string().contains(part), "{part} is not in {error}");
    }
    let bad = spec("public", "t", "append", "").with("table.create.properties.nonsense", "1");
    let error = Load::open(&SpecText::session(server.port), &bad).unwrap().flush().unwrap_err();
    assert!(error.to_string().contains("nonsense") && error.kind() == Kind::Target, "{error:?}");
}

#[test]
fn a_distribution_that_the_server_does_not_have_is_told_once() {
    let server = Server::start(15);
    logs::keep();
    let session = open(&SpecText::session(server.port));
    for table in ["one", "two"] {
        let spec = SpecText::table(table, "append", &[("id", "INT"), ("name", "STRING")], "")
            .with("sink.create-table.enabled", "true")
            .with("table.create.distributed-by", "id");
        let table = open_table(&session, &spec);
        put(&session, table, 1, "a");
    }
    flush(&session).unwrap();
    assert_eq!(server.value("SELECT count(*) FROM one, two"), "1");
    assert_eq!(logs::take("'table.create.distributed-by' is ignored").len(), 1);
}

/// Tables `k0` and so on with these columns, loaded by one session.
fn load_all(server: &Server, session: &SpecText, count: i64) {
    let session = open(&session.clone().with("connection.pool.max-size", "4"));
    let columns = [("id", "INT NOT NULL"), ("name", "STRING")];
    let ids: Vec<u32> = (0..count)
        .map(|n| {
            let table = SpecText::table(&format!("k{n}"), "merge", &columns, "0");
            open_table(&session, &table.with("sink.create-table.enabled", "true"))
        })
        .collect();
    ids.iter().for_each(|id| put(&session, *id, 1, "x"));
    flush(&session).unwrap();
    assert_eq!(server.value(&format!("SELECT count(*) FROM k{}", count - 1)), "1");
}

/// A server without primary keys, which an event trigger plays.
#[test]
fn a_server_that_refuses_keys_is_asked_once_and_not_for_each_table() {
    logs::keep();
    let server = Server::start(15);
    server.run(
        "CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM \
         pg_event_trigger_ddl_commands() c JOIN pg_index i ON i.indrelid = c.objid WHERE i.indisprimary) THEN RAISE \
         EXCEPTION USING ERRCODE = '0A000', MESSAGE = 'no unique indexes here'; END IF; END $$; \
         CREATE EVENT TRIGGER refuse ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE PROCEDURE refuse()",
    );
    load_all(&server, &SpecText::session(server.port), 10);
    let mut told = logs::take("is created without a primary key");
    told.retain(|line| line.contains("\"k"));
    assert_eq!(told.len(), 1, "{told:?}");
    let log = std::fs::read_to_string(server.log_path()).unwrap();
    assert_eq!(log.matches("no unique indexes here").count(), 1, "{log}");
}

/// Only tables of one storage have no keys there, as append-optimized ones of Greenplum.
#[test]
fn a_key_that_is_refused_for_one_storage_is_tried_for_another() {
    let server = Server::start(15);
    server.run(
        "CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM \
         pg_event_trigger_ddl_commands() c JOIN pg_index i ON i.indrelid = c.objid JOIN pg_class t ON t.oid = c.objid \
         WHERE i.indisprimary AND t.reloptions = '{fillfactor=70}') THEN RAISE EXCEPTION USING ERRCODE = '0A000', \
         MESSAGE = 'no unique indexes here'; END IF; END $$; \
         CREATE EVENT TRIGGER refuse ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE PROCEDURE refuse()",
    );
    let session = open(&SpecText::session(server.port));
    for (name, fill) in [("a", "70"), ("b", "80"), ("c", "70"), ("d", "80")] {
        let table = SpecText::table(name, "merge", &[("id", "INT NOT NULL"), ("name", "STRING")], "0")
            .with("sink.create-table.enabled", "true")
            .with("table.create.properties.fillfactor", fill);
        put(&session, open_table(&session, &table), 1, "x");
    }
    flush(&session).unwrap();
    let keyed = "SELECT relname FROM pg_class c WHERE EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND \
                 i.indisprimary) AND relname IN ('a', 'b', 'c', 'd') ORDER BY 1";
    assert_eq!(server.rows(keyed), ["b", "d"]);
    let log = std::fs::read_to_string(server.log_path()).unwrap();
    assert_eq!(log.matches("no unique indexes here").count(), 1, "{log}");
}

#[test]
fn a_warehouse_that_the_server_does_not_have_is_told_once_and_not_by_each_connection() {
    logs::keep();
    let server = Server::start(15);
    let session = SpecText::session(server.port).with("pdb_warehouse", "of-many");
    load_all(&server, &session, 8);
    load_all(&server, &session.clone().with("sink.parallelism", "2").with("writer.subtask", "1"), 8);
    load_all(&server, &session, 8);
    let told = logs::take("'of-many' is ignored");
    assert_eq!(told.len(), 1, "{told:?}");
}
