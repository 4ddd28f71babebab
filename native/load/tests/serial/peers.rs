//! Every wait for the server, by a peer that freezes, swallows our bytes, answers one byte a second or resets: it ends
//! within its deadline, with an error that names what was waited for, and closing ends at once.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;

use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use pieload::session::Session;
use pieload::{Error, Kind};
use support::exactly_once::{Committer, manifest, stage};
use support::peer::{At, FAULTS, Fault, Peer};
use support::points::Points;
use support::{Load, Server, SpecText, flush};

const COLUMNS: [(&str, &str); 2] = [("id", "INT"), ("name", "STRING")];

/// Of the deadlines each wait has one: 1.5 s for connecting, for silence, and for the question beside it; 1 s for an
/// answer that may be on its way. The rest is for a machine that is busy: a wait without a deadline lasts for minutes.
const TIMEOUT: &str = "1500";
const LONGEST: Duration = Duration::from_secs(30);

/// A cell's session, target and sink are its own.
struct Cell<'a> {
    server: &'a Server,
    port: u16,
    number: usize,
}

/// What is done until the error comes.
type Drive = fn(&Cell<'_>) -> Result<(), Error>;

struct Point {
    at: At,
    /// Words of the error.
    named: &'static str,
    drive: Drive,
    /// What fails is tried again, and then may meet the locks of the session that the peer still holds, or succeed.
    repeated: bool,
}

impl Cell<'_> {
    fn session(&self, port: u16) -> SpecText {
        SpecText::session(port)
            .with("connection.timeout", TIMEOUT)
            .with("sink.stall-timeout", TIMEOUT)
            .with("lock-timeout", "1000")
            .with("sink.id", &format!("{:032x}", self.number + 1))
            .with("application-name", &format!("l{0}-{0:08x}-0-0", self.number))
    }

    fn bad(&self) -> SpecText {
        self.session(self.port)
    }

    fn table(&self, mode: &str) -> SpecText {
        let key = if mode == "merge" { "0" } else { "" };
        SpecText::table(&format!("t{}", self.number), mode, &COLUMNS, key)
    }

    fn exactly_once(&self, port: u16) -> SpecText {
        self.session(port)
            .with("sink.delivery-guarantee", "exactly-once")
            // Over when the second attempt has waited in vain, and never before the first is told, however busy the
            // machine.
            .with("commit-timeout", "1000")
            .with("sink.recovery.missing-staging", "fail")
            .with("sink.ledger.retention", "1000000")
            .with("sink.staging.retention", "1000000")
    }

    /// Rows staged over a good connection, and handed over.
    fn staged(&self) -> (Load, Vec<u8>) {
        let load = Load::open(&self.exactly_once(self.server.port), &self.table("merge")).unwrap();
        load.offer(&rows(3)).unwrap();
        let committable = stage(&load.session).unwrap();
        (load, committable)
    }
}

fn rows(count: i32) -> Vec<RowBuilder> {
    let row = |id| RowBuilder::new(2).kind(RowKind::Insert).int(0, id).string(1, "a row's text");
    (0..count).map(row).collect()
}

fn run(session: &SpecText, table: &SpecText, rows: &[RowBuilder]) -> Result<(), Error> {
    let load = Load::open(session, table)?;
    load.offer(rows)?;
    load.flush()?;
    ends(&load.session);
    Ok(())
}

/// Closing waits for nobody.
fn ends(session: &Session) {
    let began = Instant::now();
    session.close(Duration::from_secs(10));
    assert!(began.elapsed() < Duration::from_secs(3), "closing took {:?}", began.elapsed());
}

fn merges(cell: &Cell<'_>) -> Result<(), Error> {
    run(&cell.bad(), &cell.table("merge"), &rows(3))
}

fn merges_with_all(cell: &Cell<'_>) -> Result<(), Error> {
    let session = cell
        .bad()
        .with("sink.fence", "required")
        .with("connection.properties.work_mem", "8MB")
        .with("pdb_warehouse", "w")
        .with("sink.label", &format!("l{}", cell.number));
    run(&session, &cell.table("merge"), &rows(3))
}

fn appends(cell: &Cell<'_>) -> Result<(), Error> {
    run(&cell.bad(), &cell.table("append"), &rows(3))
}

/// More than any buffer between the two holds.
fn appends_much(cell: &Cell<'_>) -> Result<(), Error> {
    let row = RowBuilder::new(2).kind(RowKind::Insert).int(0, 1).string(1, &"much".repeat(10_000));
    let load = Load::open(&cell.bad(), &cell.table("append"))?;
    for _ in 0..60 {
        load.offer(&vec![row.clone(); 10])?;
    }
    load.flush()
}

fn creates(cell: &Cell<'_>) -> Result<(), Error> {
    let table = SpecText::table(&format!("new{}", cell.number), "append", &COLUMNS, "")
        .with("sink.create-table.enabled", "true");
    run(&cell.bad(), &table, &rows(3))
}

/// The target lacks a column.
fn enlarges(cell: &Cell<'_>) -> Result<(), Error> {
    let columns = [COLUMNS[0], COLUMNS[1], ("more", "INT")];
    let table = SpecText::table(&format!("t{}", cell.number), "append", &columns, "")
        .with("schema.change.behavior", "lenient");
    run(&cell.bad(), &table, &[RowBuilder::new(3).int(0, 1).string(1, "a row's text").int(2, 1)])
}

fn over_tls(cell: &Cell<'_>) -> Result<(), Error> {
    run(&cell.bad().with("connection.ssl.mode", "require"), &cell.table("merge"), &rows(3))
}

/// Two checkpoints, so that the second one looks for an empty staging table.
fn stages(cell: &Cell<'_>) -> Result<(), Error> {
    let load = Load::open(&cell.exactly_once(cell.port), &cell.table("merge"))?;
    for _ in 0..2 {
        load.offer(&rows(3))?;
        flush(&load.session)?;
    }
    Ok(())
}

fn publishes(cell: &Cell<'_>) -> Result<(), Error> {
    let (_writer, committable) = cell.staged();
    let committer = Committer::open(&cell.exactly_once(cell.port));
    let committed = committer.commit(&manifest(&[committable]));
    ends(&committer.0);
    committed
}

/// After a restore that changed the guarantee.
fn waits_for_the_recovered(cell: &Cell<'_>) -> Result<(), Error> {
    let (_writer, committable) = cell.staged();
    let hex = committable.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    });
    run(&cell.bad().with("recovered.0", &hex), &cell.table("merge"), &rows(3))
}

fn points() -> Vec<Point> {
    let point = |at, named, drive| Point { at, named, drive, repeated: false };
    let commit = |at, named| Point { at, named, drive: publishes as Drive, repeated: true };
    let text = At::text;
    vec![
        // Connecting.
        point(At::Accept, "'hostname' and 'port'", merges as Drive),
        point(At::Tls, "'hostname' and 'port'", over_tls),
        point(text("user\0postgres"), "'hostname' and 'port'", merges),
        point(text("pg_catalog.version()"), "the server's version", merges),
        point(text("SET \"lock_timeout\""), "its settings", merges),
        point(text("SET \"work_mem\""), "'connection.properties.work_mem'", merges_with_all),
        point(text("SET pdb_warehouse"), "'pdb_warehouse'", merges_with_all),
        point(text("rolconnlimit"), "the server's limits", merges),
        // Opening tables.
        point(text("SELECT DISTINCT application_name"), "'sink.label-prefix'", merges_with_all),
        point(text("FROM pg_catalog.pg_namespace WHERE nspname"), "'sink.staging-schema'", merges_with_all),
        point(text("CREATE TABLE \"pieclouddb_flink\""), "the connector's own tables", merges_with_all),
        point(text("SELECT token FROM"), "register at", merges_with_all),
        point(text("IN SHARE ROW EXCLUSIVE MODE"), "register at", merges_with_all),
        point(text("COMMIT\0"), "register at", merges_with_all),
        point(text("wanted(schema_name"), "reading the catalog", merges),
        point(text("WITH RECURSIVE base AS"), "reading the catalog", merges),
        point(text("hashtext"), "ask for the definitions of the targets", merges),
        point(text("pg_namespace WHERE nspname"), "create table", creates),
        point(text("CREATE TABLE \"public\""), "create table", creates),
        point(text("IN ACCESS EXCLUSIVE MODE"), "alter table", enlarges),
        point(text("ADD COLUMN"), "alter table", enlarges),
        point(text("COMMIT\0"), "alter table", enlarges),
        point(text("wanted(schema_name"), "staging table", waits_for_the_recovered),
        point(text("IN ACCESS SHARE MODE NOWAIT"), "staging table", waits_for_the_recovered),
        // Loading.
        point(text("CREATE TEMP"), "create the staging table of \"public\".\"t", merges),
        point(text("COPY pg_temp"), "prepare COPY for \"public\".\"t", merges),
        point(At::behind("COPY pg_temp"), "COPY for \"public\".\"t", merges),
        point(text("a row's text"), "COPY for \"public\".\"t", merges),
        point(text("muchmuch"), "COPY for \"public\".\"t", appends_much),
        point(text("c\0\0\0\x04S\0\0\0\x04"), "COPY for \"public\".\"t", appends),
        point(text("BEGIN ISOLATION"), "begin for \"public\".\"t", appends),
        point(text("COMMIT\0"), "commit the appended rows", appends),
        point(text("BEGIN ISOLATION"), "verify the staged rows", merges),
        point(text("DELETE FROM \"public\""), "merge into \"public\".\"t", merges),
        point(text("COMMIT\0"), "commit the merge", merges),
        // Exactly-once.
        point(text("CREATE TABLE \"pieclouddb_flink\".\"stage"), "the connector's own tables", stages),
        point(text("IN ACCESS SHARE MODE NOWAIT"), "look for empty staging tables", stages),
        commit(text("CREATE TABLE \"pieclouddb_flink\".\"ledger"), "the connector's own tables"),
        commit(text("i.indkey[0]"), "look for the ledger's indexes"),
        commit(text("CREATE INDEX"), "create an index of the ledger"),
        commit(text("IN SHARE ROW EXCLUSIVE MODE"), "look into"),
        commit(text("wanted(schema_name"), "look for the staging tables"),
        commit(text("IN SHARE MODE"), "lock the staging tables"),
        commit(text("SELECT (SELECT pg_catalog.count(*)"), "verify the staging tables"),
        commit(text("DELETE FROM \"public\""), "publish into \"public\".\"t"),
        commit(text("hashtext"), "ask for the definitions of the targets"),
        commit(text("TRUNCATE"), "empty the staging tables"),
        commit(At::behind("TRUNCATE"), "enter a manifest"),
        commit(text("COMMIT\0"), "commit a manifest"),
    ]
}

#[test]
fn every_wait_ends_by_its_deadline_and_names_what_it_waited_for() {
    let _points = Points::take();
    support::logs::keep();
    let server = Server::start_with(17, &["max_connections=300"], &[]);
    let points = points();
    let cells: Vec<(usize, &Point, Fault)> = points
        .iter()
        .flat_map(|point| FAULTS.map(|fault| (point, fault)))
        .enumerate()
        .map(|(n, (p, f))| (n, p, f))
        .collect();
    let next = AtomicUsize::new(0);
    let wrong: Mutex<Vec<String>> = Mutex::default();
    let longest: Mutex<Duration> = Mutex::default();
    // They wait nearly all of the time.
    std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                while let Some((number, point, fault)) = cells.get(next.fetch_add(1, Ordering::SeqCst)) {
                    match judge(&server, *number, point, *fault) {
                        Ok(took) => {
                            let mut longest = longest.lock().unwrap();
                            *longest = took.max(*longest);
                        }
                        Err(text) => {
                            wrong.lock().unwrap().push(format!(
                                "{fault:?} at {}, for {}: {text}",
                                shown(&point.at),
                                point.named
                            ));
                        }
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cells.len(), wrong.join("\n"));
    println!("{} waits ended, the longest after {:?}", cells.len(), longest.into_inner().unwrap());
}

fn judge(server: &Server, number: usize, point: &Point, fault: Fault) -> Result<Duration, String> {
    server.run(&format!("CREATE TABLE t{number} (id int, name text)"));
    let peer = Peer::start(server.port, fault, point.at.clone());
    let cell = Cell { server, port: peer.port, number };
    let began = Instant::now();
    let driven = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (point.drive)(&cell)));
    let took = began.elapsed();
    let outcome = driven.map_err(|panic| pieload::error::panic_text(&*panic).to_owned())?;
    if !peer.struck() {
        return Err(format!("the point never came: {outcome:?}"));
    }
    let failed = if fault == Fault::Reset { "the connection failed" } else { "no answer after" };
    let told = match &outcome {
        _ if point.repeated => support::logs::has(&[point.named, failed, "the commit is repeated"]),
        Ok(()) => false,
        Err(error) => error.chain().contains(point.named) && is_of_the_peer(error),
    };
    if !told {
        return Err(format!("not told, but {outcome:?}"));
    }
    if took > LONGEST {
        return Err(format!("only after {took:?}: {outcome:?}"));
    }
    Ok(took)
}

fn is_of_the_peer(error: &Error) -> bool {
    matches!(error.kind(), Kind::Stalled | Kind::Connection)
}

fn shown(at: &At) -> String {
    match at {
        At::Text(text) => format!("{:?}", String::from_utf8_lossy(text)),
        At::Behind(text) => format!("what follows {:?}", String::from_utf8_lossy(text)),
        other => format!("{other:?}"),
    }
}
