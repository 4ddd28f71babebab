//! The documentation's table of errors, row by row: a server that answers each of them in each situation, and what
//! becomes of it. The code's own table is asked for nothing here, so that one that was changed is found out by what
//! happens.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;
use crate::support::turns::Turns;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pieload::Error;
use pieload::policy::{self, Fate, Situation};
use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use support::exactly_once::{Committer, manifest, stage};
use support::injector::{Injector, On};
use support::{Load, Server, SpecText};

const ALWAYS: usize = usize::MAX;

/// Codes for the classes of the table.
const EXAMPLES: [(&str, &[&str]); 12] = [
    ("08", &["08006", "08P01"]),
    ("40", &["40001", "40P01"]),
    ("53", &["53000", "53100", "53200"]),
    ("28", &["28000", "28P01"]),
    ("42", &["42601", "42809"]),
    ("22", &["22001", "22023"]),
    ("23", &["23502", "23514", "23P01"]),
    ("44", &["44000"]),
    ("P0", &["P0001"]),
    ("54", &["54000"]),
    ("55", &["55000"]),
    ("", &["58030", "58M01", "XX000", "XX001", "26000", "21000"]),
];

/// A row of `docs/operations.md`.
struct Documented {
    codes: Vec<&'static str>,
    fates: Vec<Fate>,
}

/// The table that users read, its columns in the order of [`Situation::ALL`].
fn documented() -> Vec<Documented> {
    let text = documentation();
    let lines = text.lines().skip_while(|line| !line.starts_with("| SQLSTATE |"));
    let mut rows = lines
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>());
    let columns = Situation::ALL.map(|situation| format!("{situation:?}").to_lowercase());
    assert_eq!(rows.next().unwrap()[2..], columns);
    let documented = |row: Vec<String>| Documented {
        codes: row[0].split(", ").flat_map(codes).collect(),
        fates: row[2..].iter().map(|word| fate(word)).collect(),
    };
    rows.skip(1).map(documented).collect()
}

fn documentation() -> String {
    let path = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations.md");
    std::fs::read_to_string(path).unwrap()
}

fn codes(shown: &str) -> Vec<&'static str> {
    let state = shown.strip_suffix("xxx").unwrap_or(if shown == "all others" { "" } else { shown });
    match EXAMPLES.iter().find(|(class, _)| *class == state) {
        Some((_, codes)) => codes.to_vec(),
        None => vec![state.to_owned().leak()],
    }
}

fn fate(word: &str) -> Fate {
    match word {
        "retry" => Fate::Retry,
        "fail over" => Fate::FailOver,
        "grace" => Fate::Grace,
        "end" => Fate::End,
        other => panic!("{other} is no fate"),
    }
}

/// One code in one situation; its target and sink are its own.
struct Cell<'a> {
    server: &'a Server,
    number: usize,
    sqlstate: &'static str,
    situation: Situation,
    fate: Fate,
    runs: AtomicUsize,
}

struct Outcome {
    result: Result<(), Error>,
    hits: usize,
}

impl Cell<'_> {
    fn table(&self, mode: &str) -> SpecText {
        let (new, key) = (self.situation == Situation::Create, if mode == "merge" { "0" } else { "" });
        let run = self.runs.load(Ordering::SeqCst);
        let name = if new { format!("new{}_{run}", self.number) } else { format!("t{}", self.number) };
        SpecText::table(&name, mode, &[("id", "INT")], key)
            .with("sink.create-table.enabled", &new.to_string())
    }

    fn session(&self, port: u16) -> SpecText {
        SpecText::session(port)
            .with("sink.id", &format!("{:032x}", self.number + 1))
            .with("connection.properties.work_mem", "8MB")
    }

    fn exactly_once(&self, session: &SpecText) -> SpecText {
        session
            .clone()
            .with("sink.delivery-guarantee", "exactly-once")
            .with("sink.recovery.missing-staging", "fail")
            .with("sink.ledger.retention", "1000000")
            .with("sink.staging.retention", "1000000")
    }

    /// Loads or publishes a row while the error comes so many times.
    fn run(&self, times: usize, options: &[(&str, &str)]) -> Outcome {
        let on = match self.situation {
            Situation::Login => On::Login,
            Situation::Session => On::Statement("SET \"work_mem\""),
            Situation::Opening => On::Statement("wanted(schema_name"),
            Situation::Create => On::Statement("CREATE TABLE \"public\""),
            Situation::Copy => On::CopyEnd,
            Situation::Merge | Situation::Publish => On::Statement("DELETE FROM \"public\""),
        };
        self.runs.fetch_add(1, Ordering::SeqCst);
        let injector = Injector::start(self.server.port, on, self.sqlstate, times);
        let session =
            options.iter().fold(self.session(injector.port), |text, (name, value)| text.with(name, value));
        let result = if self.situation == Situation::Publish {
            self.publish(&session)
        } else {
            let mode = if self.situation == Situation::Merge { "merge" } else { "append" };
            let load = Load::open(&session, &self.table(mode)).unwrap();
            load.offer(&[row()]).and_then(|()| load.flush())
        };
        Outcome { result, hits: injector.hits() }
    }

    fn publish(&self, session: &SpecText) -> Result<(), Error> {
        let timeout = if self.fate == Fate::Retry { "20000" } else { "1" };
        let good = self.exactly_once(&self.session(self.server.port)).with("commit-timeout", timeout);
        let load = Load::open(&good, &self.table("merge")).unwrap();
        load.offer(&[row()]).unwrap();
        let committable = stage(&load.session).unwrap();
        let committer = Committer::open(&self.exactly_once(session).with("commit-timeout", timeout));
        committer.commit(&manifest(&[committable]))
    }

    /// What the documentation says of it is what happens.
    fn judge(&self) {
        let before = ("worked-before", "true");
        let long = ("sink.recovery.grace-period", "60000");
        match self.fate {
            Fate::Retry => {
                let passed = self.run(1, &[("connection.max-retries", "1")]);
                assert!(passed.result.is_ok() && passed.hits == 1, "{:?}", passed.result);
                if matches!(self.situation, Situation::Login | Situation::Session) {
                    let lasted = self.run(ALWAYS, &[before, long]);
                    self.fails(&lasted, false, "while it lasts");
                }
            }
            Fate::FailOver => self.fails(&self.run(1, &[before, long]), false, "at once"),
            Fate::End => {
                let ended = self.run(1, &[before, long]);
                self.fails(&ended, true, "at once");
            }
            Fate::Grace => {
                let loads = !matches!(self.situation, Situation::Merge | Situation::Publish);
                if loads {
                    // Each time: were it once, another connection could work before this one is told.
                    let began = Instant::now();
                    let never = self.run(ALWAYS, &[long]);
                    self.fails(&never, true, "what never worked");
                    assert!(began.elapsed() < Duration::from_secs(50), "it was waited for");
                }
                let passed = self.run(2, &[before, long]);
                assert!(passed.result.is_ok() && passed.hits == 2, "it passed: {:?}", passed.result);
                let lasted = self.run(ALWAYS, &[before, ("sink.recovery.grace-period", "300")]);
                self.fails(&lasted, true, "when the period is over");
                let told = format!("{:?}", lasted.result);
                assert!(
                    told.contains("'sink.recovery.grace-period'") && told.contains("has failed for"),
                    "{told}"
                );
                assert!(lasted.hits > 1, "it was not tried again");
            }
        }
    }

    fn fails(&self, outcome: &Outcome, permanently: bool, when: &str) {
        let Err(error) = &outcome.result else { panic!("{when}: it did not fail, {} hits", outcome.hits) };
        assert_eq!(error.kind().is_permanent(), permanently, "{when}: {error:?}");
        assert!(error.to_string().contains(self.sqlstate), "{when}: {error:?}");
        let hint = error.to_string().to_lowercase();
        let privileges = hint.contains("grant") || hint.contains("privilege");
        assert!(!privileges || self.sqlstate == "42501", "a hint at privileges: {error:?}");
    }
}

fn row() -> RowBuilder {
    RowBuilder::new(1).kind(RowKind::Insert).int(0, 1)
}

#[test]
fn each_error_in_each_situation_has_the_fate_that_is_documented() {
    let server = Server::start_with(17, &["max_connections=300"], &[]);
    let (turns, mut cells) = (Turns::of(17, &[17]), Vec::new());
    for row in documented() {
        for (situation, fate) in Situation::ALL.into_iter().zip(row.fates) {
            for sqlstate in row.codes.iter().copied() {
                // It says that another writer has just created the table, which is as good.
                if (situation, sqlstate) == (Situation::Create, "23505") {
                    continue;
                }
                if !turns.include(format!("{situation:?} {sqlstate}")) {
                    continue;
                }
                let (number, runs) = (cells.len(), AtomicUsize::new(0));
                cells.push(Cell { server: &server, number, sqlstate, situation, fate, runs });
            }
        }
    }
    let tables: Vec<_> = (0..cells.len()).map(|number| format!("CREATE TABLE t{number} (id int)")).collect();
    server.run(&tables.join("; "));
    let next = AtomicUsize::new(0);
    let wrong: Mutex<Vec<String>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                while let Some(cell) = cells.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| cell.judge()));
                    if let Err(panic) = judged {
                        let text = pieload::error::panic_text(&*panic);
                        let Cell { sqlstate, situation, fate, .. } = cell;
                        wrong.lock().unwrap().push(format!("{sqlstate} in {situation:?}, {fate:?}: {text}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cells.len(), wrong.join("\n"));
    println!("{} cells", cells.len());
}

#[test]
fn the_documentation_shows_the_table() {
    let table = policy::markdown();
    assert!(documentation().contains(&table), "docs/operations.md does not show this table:\n{table}");
}
