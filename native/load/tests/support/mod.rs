//! A real server per test, a session on it, and readers that ask the server for the truth.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used)] // each test file uses a part

pub mod exactly_once;
pub mod features;
pub mod gate;
pub mod injector;
pub mod live;
pub mod logs;
pub mod modules;
pub mod peer;
pub mod points;
pub mod records;
pub mod server;
pub mod sinks;
pub mod turns;

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use pieload::metrics::Metric;
use pieload::row::image_builder::{RowBuilder, frame};
use pieload::session::Session;
use pieload::spec::{SessionSpec, TableSpec};
use pieload::{Error, Result};
use tokio::runtime::{Handle, Runtime};

pub use server::Server;

/// No wait of a test is longer.
pub const DEADLINE: Duration = Duration::from_secs(60);
const TICK: Duration = Duration::from_millis(50);

pub fn runtime() -> &'static Handle {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().unwrap()).handle()
}

/// The lines of the server that a test goes through: these, or the one that the run has every test on, once.
pub fn lines(wanted: &[u32]) -> &[u32] {
    if server::line_of_run().is_some() { &wanted[..1] } else { wanted }
}

/// Waits for a condition; fails the test when it does not come true.
pub fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < DEADLINE, "never came true: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Offers a batch until it is taken.
pub fn offer(session: &Session, batch: &[u8]) -> Result<()> {
    let start = Instant::now();
    while !session.offer(batch, TICK)? {
        assert!(start.elapsed() < DEADLINE, "the batch was never taken");
    }
    Ok(())
}

/// Flushes and waits for the end of it.
pub fn flush(session: &Session) -> Result<()> {
    session.start_flush()?;
    let start = Instant::now();
    while !session.await_flush(TICK)? {
        assert!(start.elapsed() < DEADLINE, "the flush never ended");
    }
    Ok(())
}

/// One slot of a reading.
pub fn metric_of(session: &Session, table: u32, metric: Metric) -> u64 {
    let slot = Metric::ALL.iter().position(|known| *known == metric).unwrap();
    session.read_metrics(table).unwrap()[slot]
}

/// A spec text under construction: lines may be replaced or added.
#[derive(Clone)]
pub struct SpecText(Vec<(String, String)>);

impl SpecText {
    pub fn session(port: u16) -> Self {
        let port = port.to_string();
        SpecText(Vec::new()).with_all(&[
            ("hostname", "127.0.0.1"),
            ("port", &port),
            ("username", "postgres"),
            ("database-name", "postgres"),
            ("pdb_warehouse.statement", "SET pdb_warehouse TO '<name>'"),
            ("connection.timeout", "10000"),
            ("connection.max-retries", "0"),
            ("connection.ssl.mode", "disable"),
            ("sink.stall-timeout", "60000"),
            ("sink.buffer.memory-size", "16777216"),
            ("lock-timeout", "0"),
            ("application-name", "pieload-test"),
            ("sink.parallelism", "1"),
            ("writer.subtask", "0"),
            ("sink.id", "00000000-0000-4000-8000-000000000001"),
            ("sink.staging-schema", "pieclouddb_flink"),
            ("sink.fence", "none"),
            ("sink.delivery-guarantee", "at-least-once"),
            ("sink.copy.max-duration", "5000"),
            ("connection.pool.max-size", "1"),
            ("connection.pool.idle-timeout", "300000"),
            ("sink.metrics.max-tables", "200"),
        ])
    }

    pub fn table(table: &str, mode: &str, columns: &[(&str, &str)], key: &str) -> Self {
        let mut text = SpecText(Vec::new()).with_all(&[
            ("schema-name", "public"),
            ("table-name", table),
            ("record.format", "row-image"),
            ("load_mode", mode),
            ("sink.copy.format", "auto"),
            ("sink.merge.allow-replace", "false"),
            ("sink.append.allow-unique", "false"),
            ("schema.change.behavior", "exception"),
            ("sink.create-table.enabled", "false"),
            ("key", key),
        ]);
        for (index, (name, flink_type)) in columns.iter().enumerate() {
            text = text.with(&format!("column.{index}.name"), name);
            text = text.with(&format!("column.{index}.type"), flink_type);
        }
        text
    }

    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.0.retain(|(known, _)| known != key);
        self.0.push((key.to_owned(), value.to_owned()));
        self
    }

    fn with_all(self, pairs: &[(&str, &str)]) -> Self {
        pairs.iter().fold(self, |text, (key, value)| text.with(key, value))
    }

    pub fn text(&self) -> String {
        let escaped = |text: &str| text.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r");
        self.0.iter().map(|(key, value)| format!("{}={}\n", escaped(key), escaped(value))).collect()
    }
}

/// A session with one table, driven as Java drives it.
pub struct Load {
    pub session: Session,
    pub table: u32,
}

impl Load {
    pub fn open(session: &SpecText, table: &SpecText) -> Result<Self> {
        let session = Session::open(SessionSpec::parse(&session.text())?, runtime())?;
        let table = session.open_table(TableSpec::parse(&table.text())?)?;
        Ok(Load { session, table })
    }

    pub fn offer(&self, rows: &[RowBuilder]) -> Result<()> {
        let mut batch = Vec::new();
        for row in rows {
            frame(&mut batch, self.table, &row.clone().finish());
        }
        self.offer_batch(&batch)
    }

    pub fn offer_batch(&self, batch: &[u8]) -> Result<()> {
        offer(&self.session, batch)
    }

    pub fn flush(&self) -> Result<()> {
        flush(&self.session)
    }

    pub fn metric(&self, metric: Metric) -> u64 {
        metric_of(&self.session, self.table, metric)
    }

    /// The failure that the session stored or will store soon.
    pub fn failure(&self) -> Error {
        let start = Instant::now();
        loop {
            if let Err(error) = self.session.await_flush(TICK) {
                return error;
            }
            assert!(start.elapsed() < DEADLINE, "no failure came");
        }
    }
}

/// The spec of a session with so many connections and so much memory.
pub fn session(server: &Server, pool: usize, budget: usize) -> SpecText {
    SpecText::session(server.port)
        .with("connection.pool.max-size", &pool.to_string())
        .with("sink.buffer.memory-size", &budget.to_string())
}

/// A session, without a table yet.
pub fn open(spec: &SpecText) -> Session {
    Session::open(SessionSpec::parse(&spec.text()).unwrap(), runtime()).unwrap()
}

/// Adds a table.
pub fn open_table(session: &Session, spec: &SpecText) -> u32 {
    session.open_table(TableSpec::parse(&spec.text()).unwrap()).unwrap()
}

/// One inserted row (INT, STRING).
pub fn put(session: &Session, table: u32, id: i32, name: &str) {
    let mut batch = Vec::new();
    frame(&mut batch, table, &RowBuilder::new(2).int(0, id).string(1, name).finish());
    offer(session, &batch).unwrap();
}
