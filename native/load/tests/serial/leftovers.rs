//! Tables of sinks that are gone are removed by whoever comes later, and those of living ones never.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use crate::support;

use std::time::{Duration, Instant};

use pieload::committable::Manifest;
use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use support::exactly_once::{Committer, spec, stage, writer};
use support::points::Points;
use support::{Load, Server, SpecText, eventually};

fn start() -> (Points, Server) {
    let (points, server) = (Points::take(), Server::start(15));
    server.run("CREATE TABLE t (id int, score int)");
    (points, server)
}

/// The text of sink number `sink`, whose tables are of use for `kept` milliseconds.
fn sink_spec(server: &Server, sink: u32, kept: &str) -> SpecText {
    spec(server, 0, 1)
        .with("sink.id", &format!("{sink:08x}-0000-4000-8000-000000000000"))
        .with("application-name", &format!("pieload-{sink:08x}-0-0"))
        .with("sink.ledger.retention", kept)
        .with("sink.staging.retention", kept)
}

fn staged(server: &Server, sink: u32, kept: &str) -> (Load, Vec<u8>) {
    let writer = writer(&sink_spec(server, sink, kept), "append");
    writer.offer(&[RowBuilder::new(2).kind(RowKind::Insert).int(0, 1).int(1, 1)]).unwrap();
    let mut id = [0; 16];
    id[..4].copy_from_slice(&sink.to_be_bytes());
    let manifest = Manifest::join(id, &[stage(&writer.session).unwrap()]);
    (writer, manifest)
}

fn publish(server: &Server, sink: u32, kept: &str) {
    let (_writer, manifest) = staged(server, sink, kept);
    Committer(support::open(&sink_spec(server, sink, kept))).commit(&manifest).unwrap();
}

/// A BATCH job of another night.
fn night(server: &Server, sink: u32, kept: &str) {
    let (_writer, manifest) = staged(server, sink, kept);
    Committer(support::open(&sink_spec(server, sink, kept).with("commit.whole-job", "true")))
        .commit(&manifest)
        .unwrap();
}

fn tables_of(server: &Server, sink: u32) -> u32 {
    let query = format!(
        "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname ~ '^(stage|fence|ledger)_{sink:08x}0000'"
    );
    server.value(&query).parse().unwrap()
}

fn no_session_of(server: &Server, sink: u32) {
    eventually("its sessions end", || {
        let query =
            format!("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '%-{sink:08x}-%'");
        server.value(&query) == "0"
    });
}

#[test]
fn what_a_job_left_goes_when_it_gave_no_sign_of_life_for_its_own_retention() {
    let (_points, server) = start();
    for (sink, kept) in [(1, "0"), (2, "3600000")] {
        publish(&server, sink, kept);
        no_session_of(&server, sink);
    }
    night(&server, 3, "0");
    assert_eq!((tables_of(&server, 1), tables_of(&server, 2), tables_of(&server, 3)), (0, 3, 0));
    server.run(
        "UPDATE pieclouddb_flink.ledger_00000002000040008000000000000000 SET at = at - interval '2 hours'",
    );
    // Somebody who keeps them longer knows less than who left them, but keeps them.
    night(&server, 4, "86400000");
    assert_eq!(tables_of(&server, 2), 3);
    night(&server, 5, "1000");
    assert_eq!(tables_of(&server, 2), 0);
}

#[test]
fn what_a_job_without_a_ledger_left_is_marked_first_and_kept_while_anything_changes() {
    let (_points, server) = start();
    drop(staged(&server, 1, "0"));
    no_session_of(&server, 1);
    night(&server, 2, "0");
    assert_eq!(tables_of(&server, 1), 2, "nobody had seen it before");
    // It lives: another attempt stands in the fence.
    drop(staged(&server, 1, "0"));
    no_session_of(&server, 1);
    night(&server, 3, "0");
    assert_eq!(tables_of(&server, 1), 3, "it is not what was marked");
    night(&server, 4, "3600000");
    assert_eq!(tables_of(&server, 1), 3, "the mark is younger than that");
    night(&server, 5, "0");
    assert_eq!(tables_of(&server, 1), 0);
    assert_eq!(server.rows("SELECT relname FROM pg_class WHERE relnamespace = 'pieclouddb_flink'::regnamespace AND relkind = 'r'"), ["batches_postgres"]);
}

/// Each look of a sink at what it has is a sign that it lives, though its checkpoints have brought nothing for longer
/// than its retention.
#[test]
fn a_sink_that_was_idle_beyond_its_retention_keeps_everything() {
    let (_points, server) = start();
    let (writer, manifest) = staged(&server, 1, "3600000");
    let commit =
        |manifest: &[u8]| Committer(support::open(&sink_spec(&server, 1, "3600000"))).commit(manifest);
    commit(&manifest).unwrap();
    let two_hours_pass =
        "UPDATE pieclouddb_flink.ledger_00000001000040008000000000000000 SET at = at - interval '2 hours'";
    server.run(two_hours_pass);
    // A committer looks every ten minutes, and a new one at once. That one enters what it brings, which the old one
    // would not.
    commit(&Manifest::join([7; 16], &[stage(&writer.session).unwrap()])).unwrap();
    server.run(&format!("{two_hours_pass} WHERE entry <> 'committer'"));
    drop(writer);
    no_session_of(&server, 1);
    night(&server, 2, "0");
    assert_eq!(tables_of(&server, 1), 3);
    server.run(two_hours_pass);
    night(&server, 3, "0");
    assert_eq!(tables_of(&server, 1), 0, "nothing was heard of it since");
}

/// Of more sinks than are looked at in one go each has its turn.
#[test]
fn what_is_left_behind_a_hundred_other_sinks_goes_too() {
    let (_points, server) = start();
    publish(&server, 0xffff_0000, "0");
    no_session_of(&server, 0xffff_0000);
    server.run(
        "DO $$ BEGIN FOR n IN 1..120 LOOP
           EXECUTE format('CREATE TABLE pieclouddb_flink.%I AS SELECT * FROM pieclouddb_flink.%I',
             'fence_' || lpad(n::text, 8, '0') || '000040008000000000000000', 'fence_ffff0000000040008000000000000000');
         END LOOP; END $$;
         UPDATE pieclouddb_flink.ledger_ffff0000000040008000000000000000 SET at = at - interval '2 hours'",
    );
    // A single look passes it by with a chance of one in six.
    let nights = (1..=14).find(|number| {
        night(&server, 0xeeee_0000 + number, "3600000");
        tables_of(&server, 0xffff_0000) == 0
    });
    assert!(nights.is_some());
    assert_eq!(
        server.value("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname LIKE 'fence_0%'"),
        "120"
    );
}

#[test]
fn a_sink_with_a_session_keeps_everything_whatever_the_retention() {
    let (_points, server) = start();
    let (living, manifest) = staged(&server, 1, "0");
    Committer(support::open(&sink_spec(&server, 1, "0"))).commit(&manifest).unwrap();
    let merging = SpecText::session(server.port)
        .with("sink.fence", "required")
        .with("sink.id", "00000007-0000-4000-8000-000000000000")
        .with("application-name", "pieload-00000007-0-0");
    let merging =
        Load::open(&merging, &SpecText::table("t", "merge", &[("id", "INT"), ("score", "INT")], "0"))
            .unwrap();
    merging.flush().unwrap();
    for sink in 2..5 {
        night(&server, sink, "0");
    }
    assert_eq!((tables_of(&server, 1), tables_of(&server, 7)), (3, 1));
    drop((living, merging));
}

/// What another user left cannot be removed, and is no reason to fail.
#[test]
fn tables_of_another_user_stay_and_disturb_nobody() {
    let (_points, server) = start();
    publish(&server, 1, "0");
    no_session_of(&server, 1);
    server.run(
        "CREATE ROLE loader LOGIN; GRANT ALL ON SCHEMA pieclouddb_flink, public TO loader; GRANT ALL ON t TO loader",
    );
    support::logs::keep();
    let _of_other_tests = support::logs::take("");
    let writer = writer(&sink_spec(&server, 2, "0").with("username", "loader"), "append");
    writer.offer(&[RowBuilder::new(2).kind(RowKind::Insert).int(0, 2).int(1, 1)]).unwrap();
    let manifest = Manifest::join([9; 16], &[stage(&writer.session).unwrap()]);
    let committer = sink_spec(&server, 2, "0").with("username", "loader").with("commit.whole-job", "true");
    Committer(support::open(&committer)).commit(&manifest).unwrap();
    assert_eq!((tables_of(&server, 1), tables_of(&server, 2)), (3, 0));
    assert_eq!(support::logs::take(""), Vec::<String>::new());
}

/// A year of nights on a server; a month where time is short. Prints the table of docs/operations.md.
#[test]
fn nightly_batch_jobs_leave_as_much_after_a_year_as_after_a_day() {
    a_year_of_nights(30);
}

#[test]
#[ignore = "long, a year of nights: part of ./test all"]
fn a_year_of_nightly_batch_jobs() {
    a_year_of_nights(365);
}

fn a_year_of_nights(nights: u32) {
    let (_points, server) = start();
    let objects = "SELECT count(*) FROM pg_class WHERE relnamespace = 'pieclouddb_flink'::regnamespace";
    let entries = "SELECT count(*) FROM pieclouddb_flink.batches_postgres";
    let mut first = None;
    let mut most = (0, 0);
    let mut took: Vec<Duration> = Vec::new();
    for night in 1..=nights {
        if night > 1 {
            // A day has passed.
            server.run("UPDATE pieclouddb_flink.batches_postgres SET at = at - interval '1 day'");
        }
        if night % 10 == 0 {
            // That night's job dies after it staged its rows, and does not come back.
            drop(staged(&server, night, "0"));
            no_session_of(&server, night);
            continue;
        }
        let (_writer, manifest) = staged(&server, night, "0");
        let committer =
            Committer(support::open(&sink_spec(&server, night, "0").with("commit.whole-job", "true")));
        let began = Instant::now();
        committer.commit(&manifest).unwrap();
        took.push(began.elapsed());
        let now: (u32, u32) =
            (server.value(objects).parse().unwrap(), server.value(entries).parse().unwrap());
        most = (most.0.max(now.0), most.1.max(now.1));
        let first = *first.get_or_insert(now.0);
        assert!(now.0 <= first + 12, "night {night}: {} objects instead of {first}", now.0);
        assert!(now.1 <= 31, "night {night}: {} entries", now.1);
        if [1, 2, 29, 89, 182, 365].contains(&night) {
            let recent = &took[took.len().saturating_sub(20)..];
            let mean = recent.iter().sum::<Duration>() / u32::try_from(recent.len()).unwrap();
            println!("| {night} | {} | {} | {:.1} ms |", now.0, now.1, mean.as_secs_f64() * 1000.0);
        }
    }
    let rows = server.value("SELECT count(*) FROM t").parse::<u32>().unwrap();
    assert_eq!(rows, nights - nights / 10);
    println!("at most {} objects and {} entries", most.0, most.1);
}

/// Each nightly merge left its fence.
#[test]
fn the_last_writer_of_a_job_that_has_ended_takes_its_fence_along() {
    let (_points, server) = start();
    for attempt in 0..2 {
        let writers = [0, 1].map(|subtask: u32| {
            let spec = SpecText::session(server.port)
                .with("sink.fence", "required")
                .with("sink.parallelism", "2")
                .with("writer.subtask", &subtask.to_string());
            let table = SpecText::table("t", "merge", &[("id", "INT"), ("score", "INT")], "0");
            let load = Load::open(&spec, &table).unwrap();
            let id = i32::try_from(subtask).unwrap();
            load.offer(&[RowBuilder::new(2).kind(RowKind::Insert).int(0, id).int(1, attempt)]).unwrap();
            load.flush().unwrap();
            load
        });
        for (left, writer) in (0..).zip(&writers) {
            assert_eq!(tables_of(&server, 0), 1, "{left} left");
            writer.session.start_leave().unwrap();
            eventually("it left", || writer.session.await_flush(Duration::from_millis(50)).unwrap());
        }
        assert_eq!(tables_of(&server, 0), 0);
    }
    assert_eq!(server.value("SELECT count(*) || ' ' || sum(score) FROM t"), "2 2");
}

/// Of the jobs that only merge as well as of the others, somebody who begins looks for what is left.
#[test]
fn a_sink_without_a_committer_tidies_up_too() {
    let (_points, server) = start();
    publish(&server, 1, "0");
    no_session_of(&server, 1);
    server.run(
        "UPDATE pieclouddb_flink.ledger_00000001000040008000000000000000 SET at = at - interval '31 days'",
    );
    let merging = SpecText::session(server.port).with("sink.fence", "required");
    let merging =
        Load::open(&merging, &SpecText::table("t", "merge", &[("id", "INT"), ("score", "INT")], "0"))
            .unwrap();
    merging.flush().unwrap();
    assert_eq!(tables_of(&server, 1), 0);
}
