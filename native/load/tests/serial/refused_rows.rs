//! Rows that only the server finds bad: the others are merged, and these left out, each with its reason.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use pieload::Kind;
use pieload::metrics::Metric;
use pieload::row::RowKind;
use pieload::row::image_builder::{RowBuilder, frame};
use support::points::Points;
use support::{Load, Server, SpecText, logs, open_table};

const COLUMNS: [(&str, &str); 10] = [
    ("id", "INT NOT NULL"),
    ("n", "INT"),
    ("mood", "STRING"),
    ("doc", "STRING"),
    ("address", "STRING"),
    ("bits", "STRING"),
    ("parent", "INT"),
    ("code", "INT"),
    ("span", "STRING"),
    ("long", "STRING"),
];

fn create(server: &Server, table: &str) {
    server.run(&format!(
        "CREATE TABLE {table} (id int PRIMARY KEY, n positive CHECK (n < 100), mood mood, doc jsonb, address inet, bits bit(4), \
         parent int REFERENCES parent DEFERRABLE INITIALLY DEFERRED, code int UNIQUE DEFERRABLE, span int4range, long text, \
         EXCLUDE USING gist (span WITH &&) DEFERRABLE INITIALLY DEFERRED); CREATE INDEX ON {table} (long)"
    ));
    server.run(&format!(
        "INSERT INTO {table} (id, n, code, span) VALUES (100, 1, 100, '[1000,2000)'), (101, 1, 101, NULL)"
    ));
}

fn prepare(server: &Server) {
    server.run("CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE DOMAIN positive AS int CHECK (VALUE > 0)");
    server.run("CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent VALUES (1)");
}

fn row(id: i32) -> RowBuilder {
    RowBuilder::new(10)
        .int(0, id)
        .int(1, 1)
        .string(2, "good")
        .string(3, "{\"a\": 1}")
        .string(4, "10.0.0.1")
        .string(5, "0101")
        .int(6, 1)
        .int(7, id)
        .string(8, &format!("[{id},{id}]"))
        .string(9, "short")
}

/// What no compression makes shorter than an index takes.
fn long() -> String {
    let mut state = 1_u32;
    (0..9000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b'0' + u8::try_from((state >> 24) % 75).unwrap())
        })
        .collect()
}

/// Bad ones among good ones; of each the code, and what of the table the reason names.
fn bad() -> Vec<(RowBuilder, &'static str, &'static str)> {
    vec![
        (row(2).int(1, 200), "23514", "constraint \"t_n_check\""),
        (row(3).string(2, "secret"), "22P02", "column \"mood\""),
        (row(4).string(3, "{secret"), "22P02", "column \"doc\""),
        (row(5).string(4, "secret"), "22P02", "column \"address\""),
        (row(6).string(5, "101"), "22026", ""),
        (row(7).int(6, 99), "23503", "constraint \"t_parent_fkey\""),
        (row(8).int(7, 100), "23505", "constraint \"t_code_key\""),
        (row(9).string(8, "[1500,1600)"), "23P01", "constraint \"t_span_excl\""),
        (row(10).string(9, &long()), "54000", ""),
        (row(13).int(1, -5), "23514", "constraint \"positive_check\""),
        (row(14).string(8, "[5,1]"), "22000", "column \"span\""),
        // The stored row stays.
        (row(101).int(1, 300), "23514", "constraint \"t_n_check\""),
        // An older version of the key counts.
        (row(20).int(1, 400), "23514", "constraint \"t_n_check\""),
    ]
}

fn rows() -> Vec<RowBuilder> {
    let mut rows = vec![row(1), row(20).int(1, 7)];
    for (index, (bad, ..)) in bad().into_iter().enumerate() {
        rows.extend([bad, row(200 + i32::try_from(index).unwrap())]);
    }
    rows.extend([row(12), row(1).int(1, 9), row(200).kind(RowKind::Delete)]);
    rows
}

fn good() -> Vec<String> {
    let mut good =
        vec!["1|9".to_owned(), "12|1".to_owned(), "20|7".to_owned(), "100|1".to_owned(), "101|1".to_owned()];
    good.extend((201..200 + bad().len()).map(|id| format!("{id}|1")));
    good
}

fn table(strategy: &str, format: &str, action: &str) -> SpecText {
    let table = SpecText::table("t", "merge", &COLUMNS, "0").with("sink.copy.format", format);
    set(set(table, "sink.merge.strategy", strategy), "sink.error-rows.action", action)
}

/// Defaults are left out.
fn set(table: SpecText, option: &str, value: &str) -> SpecText {
    if ["replace", "fail"].contains(&value) { table } else { table.with(option, value) }
}

fn session(server: &Server) -> SpecText {
    SpecText::session(server.port).with("sink.error-rows.table-name", "error_rows")
}

const STORED: &str = "SELECT id, n FROM t ORDER BY id";
const ERRORS: &str = "SELECT key, sqlstate, operation, target, reason, row FROM pieclouddb_flink.error_rows \
                      ORDER BY (key::json->>'id')::int, row";

#[test]
fn what_the_server_refuses_stands_in_the_table_and_all_else_is_merged() {
    let _turn = Points::take();
    logs::keep();
    {
        let server = Server::start(15);
        prepare(&server);
        for (strategy, format) in
            [("replace", "binary"), ("replace", "text"), ("update", "binary"), ("update", "text")]
        {
            create(&server, "t");
            let load = Load::open(&session(&server), &table(strategy, format, "table")).unwrap();
            load.offer(&rows()).unwrap();
            load.flush().unwrap();
            assert_eq!(server.rows(STORED), good(), "{strategy}, {format}");
            let mut expected = bad();
            expected.sort_by_key(|(row, ..)| format!("{:?}", row.clone().finish()));
            let errors = server.rows(ERRORS);
            assert_eq!(errors.len(), expected.len(), "{errors:#?}");
            assert_eq!(load.metric(Metric::ErrorRows), 13);
            let ids = [2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 20, 101];
            for (error, id) in errors.iter().zip(ids) {
                let (_, state, named) = bad().into_iter().find(|(bad, ..)| id_of(bad) == id).unwrap();
                let fields: Vec<_> = error.splitn(6, '|').collect();
                assert_eq!(
                    fields[..4],
                    [&*format!("{{\"id\":{id}}}"), state, "+U", "\"public\".\"t\""],
                    "{error}"
                );
                assert!(
                    fields[4].starts_with("table \"public\".\"t\"") && fields[4].contains(named),
                    "{error}"
                );
                assert!(!fields[4].contains("secret"), "{error}");
                assert!(fields[5].starts_with(&format!("{{\"id\":{id},\"n\":")), "{error}");
            }
            let told = logs::take("rows more are left out");
            assert_eq!(told.len(), 1, "{told:?}");
            assert!(told[0].contains("13 rows more") && !told[0].contains("secret"), "{told:?}");
            // What comes later meets nothing of it, and a replay changes the target no more.
            load.offer(&[row(300)]).unwrap();
            load.flush().unwrap();
            load.offer(&rows()).unwrap();
            load.flush().unwrap();
            let mut all = good();
            all.push("300|1".to_owned());
            assert_eq!(server.rows(STORED), all);
            assert_eq!(load.metric(Metric::ErrorRows), 26);
            drop(load);
            // Those of the replay, which came within the minute.
            support::eventually("a line", || logs::take("13 rows more").len() == 1);
            server.run("DROP TABLE t, pieclouddb_flink.error_rows");
        }
    }
}

fn id_of(row: &RowBuilder) -> i32 {
    let image = row.clone().finish();
    i32::from_le_bytes(image[8..12].try_into().unwrap())
}

#[test]
fn more_than_allowed_end_the_job_with_their_number_and_leave_nothing() {
    let _turn = Points::take();
    let server = Server::start(15);
    prepare(&server);
    create(&server, "t");
    let load =
        Load::open(&session(&server).with("sink.error-rows.max", "5"), &table("replace", "auto", "table"))
            .unwrap();
    load.offer(&rows()).unwrap();
    let error = load.flush().expect_err("13 of 5");
    assert_eq!(error.kind(), Kind::Data, "{error}");
    assert!(error.to_string().contains("6 rows of this writer"), "{error}");
    drop(load);
    assert_eq!(server.rows(STORED), ["100|1", "101|1"]);
    assert_eq!(server.value("SELECT count(*) FROM pieclouddb_flink.error_rows"), "0");

    let load =
        Load::open(&session(&server).with("sink.error-rows.max", "13"), &table("replace", "auto", "skip"))
            .unwrap();
    load.offer(&rows()).unwrap();
    load.flush().unwrap();
    assert_eq!(server.rows(STORED), good());
    assert!(load.offer(&[row(400).string(9, "\0")]).is_err(), "the fourteenth, which the loader finds");
}

#[test]
fn a_failure_among_them_leaves_nothing() {
    let points = Points::take();
    let server = Server::start(15);
    prepare(&server);
    create(&server, "t");
    for action in ["error", "disconnect"] {
        points.arm("sift.refused", action);
        let load = Load::open(&session(&server), &table("replace", "auto", "table")).unwrap();
        load.offer(&rows()).unwrap();
        assert!(load.flush().is_err(), "{action}");
        points.forget("sift.refused");
        drop(load);
        assert_eq!(server.rows(STORED), ["100|1", "101|1"]);
        assert_eq!(server.value("SELECT count(*) FROM pieclouddb_flink.error_rows"), "0");
    }
    let load = Load::open(&session(&server), &table("replace", "auto", "table")).unwrap();
    load.offer(&rows()).unwrap();
    load.flush().unwrap();
    assert_eq!(server.rows(STORED), good());
    assert_eq!(server.value("SELECT count(*) FROM pieclouddb_flink.error_rows"), "13");
}

/// Whether the loader or the server finds the bad row.
#[test]
fn a_dropped_table_for_them_is_made_when_the_job_has_restarted() {
    let _turn = Points::take();
    let server = Server::start(15);
    server.run("CREATE TABLE t (id int PRIMARY KEY, name text CHECK (name <> 'bad'))");
    let table = SpecText::table("t", "merge", &[("id", "INT NOT NULL"), ("name", "STRING")], "0")
        .with("sink.error-rows.action", "table");
    let row = |id, name: &str| RowBuilder::new(2).int(0, id).string(1, name);
    for bad in ["bad", "\0"] {
        let load = Load::open(&session(&server), &table).unwrap();
        load.offer(&[row(1, "good")]).unwrap();
        load.flush().unwrap();
        for dropped in ["TABLE pieclouddb_flink.error_rows", "SCHEMA pieclouddb_flink CASCADE"] {
            let load = Load::open(&session(&server), &table).unwrap();
            load.offer(&[row(2, bad)]).unwrap();
            load.flush().unwrap();
            server.run(&format!("DROP {dropped}"));
            let error = load.offer(&[row(3, bad)]).and_then(|()| load.flush()).expect_err(dropped);
            assert!(!error.kind().is_permanent(), "{bad:?}, {dropped}: {error:?}");
            assert!(error.to_string().contains("\"pieclouddb_flink\".\"error_rows\""), "{error}");
        }
        let load = Load::open(&session(&server), &table).unwrap();
        load.offer(&[row(3, bad)]).unwrap();
        load.flush().unwrap();
        assert_eq!(server.value("SELECT count(*) FROM pieclouddb_flink.error_rows"), "1");
    }
}

#[test]
fn without_the_option_the_first_ends_the_job() {
    let _turn = Points::take();
    let server = Server::start(15);
    prepare(&server);
    for (bad, state, named) in bad() {
        create(&server, "t");
        let load = Load::open(&session(&server), &table("replace", "auto", "fail")).unwrap();
        load.offer(&[row(1), bad]).unwrap_or_default();
        let error = load.flush().expect_err(state);
        assert!(error.to_string().contains(state) && error.to_string().contains(named), "{error}");
        drop(load);
        assert_eq!(server.rows(STORED), ["100|1", "101|1"]);
        server.run("DROP TABLE t");
    }
}

/// An empty target that rows would go straight into gets none so whose text the server may refuse.
#[test]
fn text_that_the_server_reads_is_not_sent_straight_into_an_empty_target() {
    let _turn = Points::take();
    let server = Server::start(15);
    server.run("CREATE TABLE t (id int PRIMARY KEY, address inet)");
    let table = SpecText::table("t", "merge", &[("id", "INT NOT NULL"), ("address", "STRING")], "0")
        .with("sink.merge.initial-load", "direct")
        .with("sink.error-rows.action", "skip");
    let load = Load::open(&session(&server).with("sink.fence", "auto"), &table).unwrap();
    let row = |id, address: &str| RowBuilder::new(2).int(0, id).string(1, address);
    load.offer(&[row(1, "10.0.0.1"), row(2, "secret"), row(3, "10.0.0.3")]).unwrap();
    load.flush().unwrap();
    assert_eq!(server.rows("SELECT id, host(address) FROM t ORDER BY id"), ["1|10.0.0.1", "3|10.0.0.3"]);
}

/// Locks are of the whole server, so a transaction's must not grow with what a key's versions are.
#[test]
fn versions_of_a_key_that_are_refused_cost_no_locks() {
    let points = Points::take();
    let server = Server::start(15);
    server.run("CREATE TABLE t (id int PRIMARY KEY, balance int CHECK (balance >= 0))");
    let table = SpecText::table("t", "merge", &[("id", "INT NOT NULL"), ("balance", "INT")], "0")
        .with("sink.error-rows.action", "skip");
    let load = Load::open(&session(&server), &table).unwrap();
    let row = |id, balance| RowBuilder::new(2).int(0, id).int(1, balance);
    let locks_of = |refused: i32| {
        let mut rows = vec![row(1, refused), row(2, 5), row(3, 7)];
        rows.extend((0..refused).flat_map(|n| [row(1, -1 - n), row(3, 8 + n)]));
        // A key of fewer bad versions drops out before the others.
        rows.extend([row(2, -1), row(4, -1), row(2, -2)]);
        load.offer(&rows).unwrap();
        points.arm("flush.in-transaction", "stall");
        load.session.start_flush().unwrap();
        support::eventually("it is merged", || points.was_hit("flush.in-transaction"));
        let locks = server.value(
            "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'relation' AND application_name \
             LIKE 'pieload%'",
        );
        points.disarm("flush.in-transaction");
        points.forget("flush.in-transaction");
        while !load.session.await_flush(std::time::Duration::from_millis(50)).unwrap() {}
        let stored = server.rows("SELECT * FROM t ORDER BY id");
        assert_eq!(stored, [format!("1|{refused}"), "2|5".to_owned(), format!("3|{}", 7 + refused)]);
        locks
    };
    assert_eq!(locks_of(5), locks_of(40));
    assert_eq!(load.metric(Metric::ErrorRows), 5 + 40 + 2 * 3);
}

/// Two rows that exchange a unique value beside a bad one, rows that wait for others of their table, and a table whose
/// rows wait for those of another one that comes after it.
#[test]
fn rows_that_need_each_other_are_not_bad() {
    let _turn = Points::take();
    let server = Server::start(15);
    server.run("CREATE TABLE b (id int PRIMARY KEY, score int CHECK (score < 10)); CREATE TABLE a (id int PRIMARY KEY, \
                score int REFERENCES b); CREATE TABLE own (id int PRIMARY KEY, score int REFERENCES own); CREATE TABLE swap (id \
                int PRIMARY KEY, score int UNIQUE CHECK (score < 10)); INSERT INTO swap VALUES (1, 1), (2, 2), (3, 3)");
    let spec = |name: &str, strategy: &str| {
        let table = SpecText::table(name, "merge", &[("id", "INT NOT NULL"), ("score", "INT")], "0");
        set(table.with("sink.error-rows.action", "skip"), "sink.merge.strategy", strategy)
    };
    let load = Load::open(&SpecText::session(server.port), &spec("a", "replace")).unwrap();
    let (b, own, swap) = (
        open_table(&load.session, &spec("b", "update")),
        open_table(&load.session, &spec("own", "update")),
        open_table(&load.session, &spec("swap", "replace")),
    );
    let row = |id, score| RowBuilder::new(2).int(0, id).int(1, score);
    let mut batch = Vec::new();
    let mut add = |table, rows: &[(i32, i32)]| {
        rows.iter().for_each(|(id, score)| frame(&mut batch, table, &row(*id, *score).finish()));
    };
    add(load.table, &[(1, 5), (2, 99)]);
    add(b, &[(5, 5), (6, 60)]);
    add(own, &[(1, 2), (4, 77), (2, 3), (5, 4), (3, 3)]);
    add(swap, &[(1, 2), (9, 90), (2, 1)]);
    load.offer_batch(&batch).unwrap();
    load.flush().unwrap();
    let stored = |table: &str| server.rows(&format!("SELECT * FROM {table} ORDER BY 1"));
    assert_eq!((stored("a"), stored("b")), (vec!["1|5".to_owned()], vec!["5|5".to_owned()]));
    assert_eq!(stored("own"), ["1|2", "2|3", "3|3"]);
    assert_eq!(stored("swap"), ["1|2", "2|1", "3|3"]);
}
