//! Counters of one table, written by the loader and read by whoever asks.
//!
//! Reading never blocks loading: every counter is an atomic of its own, so one reading is not a consistent cut
//! (`rows_sent` may already hold rows that `bytes_sent` does not). After a finished flush all are exact.

use std::sync::atomic::{AtomicU64, Ordering};

/// The slots of one reading, in the order in which a reading fills them. Java asks for the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Rows taken from the writer, encoded and queued.
    RowsAccepted,
    /// Rows whose COPY data was handed to the connection.
    RowsSent,
    /// COPY bytes handed to the connection.
    BytesSent,
    /// Rows that a COMMIT made visible (in merge mode: rows merged, superseded ones included).
    RowsCommitted,
    /// Encoded bytes that wait for the connection.
    QueuedBytes,
    /// Flushes finished.
    Flushes,
    /// How long the last flush took, from its start to the answer of the COMMIT, in microseconds.
    LastFlushMicros,
    /// Bytes that the whole session has reserved of its memory budget.
    SessionMemoryBytes,
}

impl Metric {
    /// All of them, in slot order.
    pub const ALL: [Metric; 8] = [
        Metric::RowsAccepted,
        Metric::RowsSent,
        Metric::BytesSent,
        Metric::RowsCommitted,
        Metric::QueuedBytes,
        Metric::Flushes,
        Metric::LastFlushMicros,
        Metric::SessionMemoryBytes,
    ];

    /// The name by which Java finds the slot.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Metric::RowsAccepted => "rows_accepted",
            Metric::RowsSent => "rows_sent",
            Metric::BytesSent => "bytes_sent",
            Metric::RowsCommitted => "rows_committed",
            Metric::QueuedBytes => "queued_bytes",
            Metric::Flushes => "flushes",
            Metric::LastFlushMicros => "last_flush_micros",
            Metric::SessionMemoryBytes => "session_memory_bytes",
        }
    }
}

/// The counters of one table. `QueuedBytes` and `SessionMemoryBytes` are known elsewhere and filled by the session.
#[derive(Debug, Default)]
pub(crate) struct TableMetrics {
    pub(crate) rows_accepted: AtomicU64,
    pub(crate) rows_sent: AtomicU64,
    pub(crate) bytes_sent: AtomicU64,
    pub(crate) rows_committed: AtomicU64,
    pub(crate) flushes: AtomicU64,
    pub(crate) last_flush_micros: AtomicU64,
}

impl TableMetrics {
    pub(crate) fn add(counter: &AtomicU64, amount: u64) {
        counter.fetch_add(amount, Ordering::Relaxed);
    }

    /// One reading, in the order of [`Metric::ALL`].
    pub(crate) fn read(&self, queued_bytes: u64, session_memory_bytes: u64) -> [u64; Metric::ALL.len()] {
        Metric::ALL.map(|metric| match metric {
            Metric::RowsAccepted => self.rows_accepted.load(Ordering::Relaxed),
            Metric::RowsSent => self.rows_sent.load(Ordering::Relaxed),
            Metric::BytesSent => self.bytes_sent.load(Ordering::Relaxed),
            Metric::RowsCommitted => self.rows_committed.load(Ordering::Relaxed),
            Metric::QueuedBytes => queued_bytes,
            Metric::Flushes => self.flushes.load(Ordering::Relaxed),
            Metric::LastFlushMicros => self.last_flush_micros.load(Ordering::Relaxed),
            Metric::SessionMemoryBytes => session_memory_bytes,
        })
    }
}
