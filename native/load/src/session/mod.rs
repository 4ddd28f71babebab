//! A load session: what the crossing calls, one method per call.
//!
//! Calls come from one thread; the work happens on a task of the runtime that [`Session::open`] is given. No call
//! waits longer than it is told. What fails on the task is thrown by the next call. Success has one door:
//! [`Session::await_flush`] = `true`. Closing and dropping abort, and never publish.

mod connect;
mod flush;
mod lane;
mod loader;
mod progress;
mod state;
mod table;
mod target;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;
use tokio::runtime::Handle;

use crate::error::{Error, Kind, Result};
use crate::metrics::Metric;
use crate::spec::{LoadMode, SessionSpec, TableSpec};
use connect::Connector;
use loader::{Loader, Tables};
use state::Shared;
use table::Table;

/// The proof that a flush has no key twice may use this part of the memory budget: half, which at the default of 64 MB
/// is enough for 1.6 million keys a flush; what waits for the connection needs less.
const KEY_MEMORY_PART: usize = 2;

/// An open session.
#[derive(Debug)]
pub struct Session {
    shared: Arc<Shared>,
    tables: Tables,
    memory_size: usize,
}

impl Session {
    /// Starts the work on `runtime` and returns at once; what fails comes from the next call.
    ///
    /// # Errors
    /// Kind `Config` where trusted certificates cannot be read.
    pub fn open(spec: SessionSpec, runtime: &Handle) -> Result<Self> {
        let shared = Shared::new(spec.memory_size);
        let tables: Tables = Arc::new(RwLock::new(Vec::new()));
        let memory_size = spec.memory_size;
        let connector = Connector::new(Arc::new(spec))?;
        runtime.spawn(Loader::new(Arc::clone(&shared), Arc::clone(&tables), connector).supervise());
        Ok(Session { shared, tables, memory_size })
    }

    /// Adds a table and returns its id; it is checked against the server's catalog in the background.
    ///
    /// # Errors
    /// Kind `Config` for a name that no server can hold; a stored failure.
    pub fn open_table(&self, spec: TableSpec) -> Result<u32> {
        self.shared.usable()?;
        let key_memory = match spec.mode {
            LoadMode::Merge => self.memory_size / KEY_MEMORY_PART,
            LoadMode::Append => 0,
        };
        let mut tables = self.tables.write();
        let id = u32::try_from(tables.len()).map_err(|_| Error::new(Kind::Internal, "too many tables"))?;
        tables.push(Arc::new(Table::new(id, spec, key_memory)?));
        drop(tables);
        self.shared.set_aside(key_memory);
        self.shared.work.notify_one();
        Ok(id)
    }

    /// Takes a batch of row images (`u32` little-endian length and image, back to back). `true`: all rows are encoded
    /// and queued, the batch may be reused. `false`: nothing was taken within `wait`; offer the same batch again.
    ///
    /// # Errors
    /// Kind `Data` for a row that cannot be stored; `Internal` while a flush runs; a stored failure. After an error the session takes nothing more.
    pub fn offer(&self, table: u32, batch: &[u8], wait: Duration) -> Result<bool> {
        self.shared.usable()?;
        if self.shared.flush_running() {
            return Err(Error::new(Kind::Internal, "rows were offered while a flush was running"));
        }
        let result = self.table(table)?.offer(&self.shared, batch, wait);
        if let Err(error) = &result {
            self.shared.fail(error.clone());
        }
        result
    }

    /// Starts to make everything offered so far visible.
    ///
    /// # Errors
    /// A stored failure.
    pub fn start_flush(&self) -> Result<()> {
        for table in self.tables.read().iter() {
            table.mark_flush();
        }
        self.shared.request_flush()
    }

    /// `true` when everything offered before the last [`Session::start_flush`] is durable and visible.
    ///
    /// # Errors
    /// A stored failure; then nothing is known to be visible.
    pub fn await_flush(&self, wait: Duration) -> Result<bool> {
        self.shared.await_flush(wait)
    }

    /// The counters of a table, in the order of [`Metric::ALL`].
    ///
    /// # Errors
    /// Kind `Internal` for an unknown table id.
    pub fn read_metrics(&self, table: u32) -> Result<[u64; Metric::ALL.len()]> {
        let table = self.table(table)?;
        let bytes = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        Ok(table.metrics.read(bytes(table.queued_bytes()), bytes(self.shared.memory())))
    }

    /// Aborts what is unfinished and waits up to `wait` for the task to end. Idempotent.
    pub fn close(&self, wait: Duration) {
        if self.shared.close() {
            self.shared.await_end(wait);
        }
    }

    fn table(&self, id: u32) -> Result<Arc<Table>> {
        let index = usize::try_from(id).unwrap_or(usize::MAX);
        self.tables
            .read()
            .get(index)
            .map(Arc::clone)
            .ok_or_else(|| Error::new(Kind::Internal, format!("there is no table {id}")))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.close(Duration::ZERO);
    }
}
