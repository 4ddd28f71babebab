//! Writers and committers of one exactly-once sink, driven as Java drives them.

use std::sync::atomic::{AtomicU64, Ordering};

use pieload::Result;
use pieload::committable::Manifest;
use pieload::row::image_builder::RowBuilder;
use pieload::session::Session;

use super::{Load, Server, SpecText, flush, open};

pub const SINK: &str = "00000000000040008000000000000001";

/// The session text of a writer, and of a committer.
pub fn spec(server: &Server, subtask: u32, parallelism: u32) -> SpecText {
    SpecText::session(server.port)
        .with("sink.delivery-guarantee", "exactly-once")
        .with("commit-timeout", "20000")
        .with("sink.recovery.missing-staging", "fail")
        .with("sink.ledger.retention", "2592000000")
        .with("sink.staging.retention", "604800000")
        .with("lock-timeout", "10000")
        .with("writer.subtask", &subtask.to_string())
        .with("sink.parallelism", &parallelism.to_string())
}

/// Ends a checkpoint's part of a writer: everything staged, and what it hands over.
pub fn stage(session: &Session) -> Result<Vec<u8>> {
    flush(session)?;
    session.take_committable()
}

/// The manifest of a checkpoint, with an id that no other one of this process has.
pub fn manifest(committables: &[Vec<u8>]) -> Vec<u8> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Manifest::join(u128::from(NEXT.fetch_add(1, Ordering::Relaxed)).to_be_bytes(), committables)
}

pub struct Committer(pub Session);

impl Committer {
    pub fn open(spec: &SpecText) -> Self {
        Committer(open(&spec.clone().with("application-name", "pieload-committer")))
    }

    pub fn commit(&self, manifest: &[u8]) -> Result<()> {
        self.0.start_commit(manifest)?;
        self.done()
    }

    /// Waits for what was started.
    pub fn done(&self) -> Result<()> {
        let start = std::time::Instant::now();
        while !self.0.await_flush(std::time::Duration::from_millis(50))? {
            assert!(start.elapsed() < super::DEADLINE, "the commit never ended");
        }
        Ok(())
    }
}

/// A writer with the one table `t` (id int, score int).
pub fn writer(spec: &SpecText, mode: &str) -> Load {
    let key = if mode == "merge" { "0" } else { "" };
    Load::open(spec, &SpecText::table("t", mode, &[("id", "INT"), ("score", "INT")], key)).unwrap()
}

/// A sink of either guarantee with one table: what it loads is visible when `flush` or `store` returns.
pub struct Sink {
    pub load: Load,
    pub committer: Option<Committer>,
}

impl Sink {
    pub fn open(server: &Server, guarantee: &str, table: &SpecText) -> Self {
        Self::try_open(server, guarantee, table).unwrap()
    }

    pub fn try_open(server: &Server, guarantee: &str, table: &SpecText) -> Result<Self> {
        let exactly = guarantee == "exactly-once";
        let session = if exactly { spec(server, 0, 1) } else { SpecText::session(server.port) };
        let session = session.with("sink.error-rows.table-name", "error_rows");
        let committer = exactly.then(|| Committer::open(&session));
        Ok(Sink { load: Load::open(&session, table)?, committer })
    }

    pub fn flush(&self) {
        self.try_flush().unwrap();
    }

    pub fn store(&self, rows: &[RowBuilder]) -> Result<()> {
        self.load.offer(rows)?;
        self.try_flush()
    }

    fn try_flush(&self) -> Result<()> {
        match &self.committer {
            None => self.load.flush(),
            Some(committer) => committer.commit(&manifest(&[stage(&self.load.session)?])),
        }
    }
}

/// Rows of the sink's staging tables, all together.
pub fn staged_rows(server: &Server) -> u64 {
    let tables = server.rows(&format!(
        "SELECT 'pieclouddb_flink.' || relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'stage_{SINK}_%'"
    ));
    tables.iter().map(|t| server.value(&format!("SELECT count(*) FROM {t}")).parse::<u64>().unwrap()).sum()
}

pub fn staging_tables(server: &Server) -> Vec<String> {
    server.rows(&format!(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'stage_{SINK}_%' ORDER BY 1"
    ))
}
