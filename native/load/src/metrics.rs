//! Counters of a table and of the session, written by the loader and read by whoever asks.
//!
//! Reading never blocks loading: every counter is an atomic of its own, so one reading is not a consistent cut
//! (`rows_sent` may already hold rows that `bytes_sent` does not). After a finished flush all are exact. Tables beyond
//! the session's limit share one set, which holds their sum.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The slots of one reading, in the order in which a reading fills them. Java asks for the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Rows taken from the writer, encoded and queued.
    RowsAccepted,
    /// Rows left out, since the target cannot store a value of theirs.
    ErrorRows,
    /// Rows left out by their kind, since an option says so.
    RowsIgnored,
    /// Rows whose COPY data was handed to the connection.
    RowsSent,
    /// COPY bytes handed to the connection.
    BytesSent,
    /// Rows that a COMMIT made visible (in merge mode: rows merged, superseded ones included).
    RowsCommitted,
    /// Encoded bytes that wait for the connection.
    QueuedBytes,
    /// Flushes that made rows of the table visible.
    Flushes,
    /// How long the table's last merge took on the server, in microseconds; in append mode its last flush.
    LastMergeMicros,
    /// For how long the oldest row that is not visible yet has been here, in milliseconds; 0 where there is none.
    OldestUnflushedMillis,
    /// Of all tables: rows whose COPY data was handed to a connection.
    SessionRowsSent,
    /// Of all tables: COPY bytes handed to a connection.
    SessionBytesSent,
    /// Bytes in use of the memory budget.
    SessionMemoryBytes,
    /// How long the last flush that had something to do took, from its start to the last COMMIT's answer, in
    /// microseconds.
    SessionLastFlushMicros,
    /// Connections that hold rows which are not visible yet.
    PoolInUse,
    /// Tables with rows that wait for their connection.
    PoolWaiting,
    /// How often a connection ended the COPY of one table to begin that of another, flushes left out.
    PoolSwitches,
}

impl Metric {
    /// All of them, in slot order.
    pub const ALL: [Metric; 17] = [
        Metric::RowsAccepted,
        Metric::ErrorRows,
        Metric::RowsIgnored,
        Metric::RowsSent,
        Metric::BytesSent,
        Metric::RowsCommitted,
        Metric::QueuedBytes,
        Metric::Flushes,
        Metric::LastMergeMicros,
        Metric::OldestUnflushedMillis,
        Metric::SessionRowsSent,
        Metric::SessionBytesSent,
        Metric::SessionMemoryBytes,
        Metric::SessionLastFlushMicros,
        Metric::PoolInUse,
        Metric::PoolWaiting,
        Metric::PoolSwitches,
    ];

    /// The name by which Java finds the slot.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Metric::RowsAccepted => "rows_accepted",
            Metric::ErrorRows => "error_rows",
            Metric::RowsIgnored => "rows_ignored",
            Metric::RowsSent => "rows_sent",
            Metric::BytesSent => "bytes_sent",
            Metric::RowsCommitted => "rows_committed",
            Metric::QueuedBytes => "queued_bytes",
            Metric::Flushes => "flushes",
            Metric::LastMergeMicros => "last_merge_micros",
            Metric::OldestUnflushedMillis => "oldest_unflushed_millis",
            Metric::SessionRowsSent => "session_rows_sent",
            Metric::SessionBytesSent => "session_bytes_sent",
            Metric::SessionMemoryBytes => "session_memory_bytes",
            Metric::SessionLastFlushMicros => "session_last_flush_micros",
            Metric::PoolInUse => "pool_in_use",
            Metric::PoolWaiting => "pool_waiting",
            Metric::PoolSwitches => "pool_switches",
        }
    }
}

/// The counters of one table, or of all tables beyond the limit.
#[derive(Debug)]
pub(crate) struct TableMetrics {
    start: Instant,
    pub(crate) rows_accepted: AtomicU64,
    pub(crate) error_rows: AtomicU64,
    pub(crate) rows_ignored: AtomicU64,
    pub(crate) rows_sent: AtomicU64,
    pub(crate) bytes_sent: AtomicU64,
    pub(crate) rows_committed: AtomicU64,
    pub(crate) queued_bytes: AtomicUsize,
    pub(crate) flushes: AtomicU64,
    last_merge_micros: AtomicU64,
    /// Milliseconds after `start`, plus one; 0 = no row.
    unflushed_since: AtomicU64,
}

impl TableMetrics {
    pub(crate) fn new() -> Self {
        TableMetrics {
            start: Instant::now(),
            rows_accepted: AtomicU64::new(0),
            error_rows: AtomicU64::new(0),
            rows_ignored: AtomicU64::new(0),
            rows_sent: AtomicU64::new(0),
            bytes_sent: AtomicU64::new(0),
            rows_committed: AtomicU64::new(0),
            queued_bytes: AtomicUsize::new(0),
            flushes: AtomicU64::new(0),
            last_merge_micros: AtomicU64::new(0),
            unflushed_since: AtomicU64::new(0),
        }
    }

    /// Rows arrived that are not visible yet.
    pub(crate) fn rows_arrived(&self) {
        let now = millis(self.start.elapsed()) + 1;
        let _older_stays =
            self.unflushed_since.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// All rows of the table are visible.
    pub(crate) fn flushed(&self, rows: u64, took: Duration) {
        add(&self.rows_committed, rows);
        add(&self.flushes, 1);
        self.last_merge_micros.store(micros(took), Ordering::Relaxed);
        self.unflushed_since.store(0, Ordering::Relaxed);
    }

    fn oldest_unflushed_millis(&self) -> u64 {
        match self.unflushed_since.load(Ordering::Relaxed) {
            0 => 0,
            since => (millis(self.start.elapsed()) + 1).saturating_sub(since),
        }
    }
}

/// The counters of a session.
#[derive(Debug, Default)]
pub(crate) struct SessionMetrics {
    pub(crate) rows_sent: AtomicU64,
    pub(crate) bytes_sent: AtomicU64,
    pub(crate) last_flush_micros: AtomicU64,
    pub(crate) switches: AtomicU64,
}

/// What is counted elsewhere, at the moment of a reading.
pub(crate) struct Present {
    pub(crate) memory: usize,
    pub(crate) in_use: usize,
    pub(crate) waiting: usize,
}

impl SessionMetrics {
    /// One reading, in the order of [`Metric::ALL`].
    pub(crate) fn read(&self, table: &TableMetrics, present: &Present) -> [u64; Metric::ALL.len()] {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        Metric::ALL.map(|metric| match metric {
            Metric::RowsAccepted => get(&table.rows_accepted),
            Metric::ErrorRows => get(&table.error_rows),
            Metric::RowsIgnored => get(&table.rows_ignored),
            Metric::RowsSent => get(&table.rows_sent),
            Metric::BytesSent => get(&table.bytes_sent),
            Metric::RowsCommitted => get(&table.rows_committed),
            Metric::QueuedBytes => count(table.queued_bytes.load(Ordering::Relaxed)),
            Metric::Flushes => get(&table.flushes),
            Metric::LastMergeMicros => get(&table.last_merge_micros),
            Metric::OldestUnflushedMillis => table.oldest_unflushed_millis(),
            Metric::SessionRowsSent => get(&self.rows_sent),
            Metric::SessionBytesSent => get(&self.bytes_sent),
            Metric::SessionMemoryBytes => count(present.memory),
            Metric::SessionLastFlushMicros => get(&self.last_flush_micros),
            Metric::PoolInUse => count(present.in_use),
            Metric::PoolWaiting => count(present.waiting),
            Metric::PoolSwitches => get(&self.switches),
        })
    }
}

pub(crate) fn add(counter: &AtomicU64, amount: u64) {
    counter.fetch_add(amount, Ordering::Relaxed);
}

pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
