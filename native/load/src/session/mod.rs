//! A load session: what the crossing calls, one method per call.
//!
//! Calls come from one thread; the work happens on tasks of the runtime that [`Session::open`] is given, one per
//! connection. No call waits longer than it is told. What fails on a task is thrown by the next call. Success has one
//! door: [`Session::await_flush`] = `true`. Closing and dropping abort, and never publish.
//!
//! A batch goes `offer → table_loader` (encoded by `encoder`, on the caller's thread)
//! `→ connection_queue → worker → copy_stream` (COPY, on a task); a flush ends all of it. `pool` says which connection
//! a table has, `memory_budget` how much memory is left.

mod chunk;
mod connection_queue;
mod copy_stream;
mod encoding;
mod error_rows;
mod left_out_rows;
mod memory_budget;
mod offer;
mod open_tables;
mod open_time;
mod opened;
mod permit;
mod pool;
mod presence;
mod publication;
mod refused_row;
mod retirement;
mod said;
mod state;
mod table_loader;
mod table_sequence;
mod worker;
mod writer;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::runtime::Handle;

use crate::committer::Committer;
use crate::connection::log_once::Membership;
use crate::copy::KeyMemory;
use crate::delivery::guarantee::not_exactly_once;
use crate::encode::error_row;
use crate::error::{Error, Kind, Result};
use crate::metrics::{Metric, Present, TableMetrics};
use crate::spec::{ErrorRowsAction, SessionSpec, TableSpec};
use error_rows::ErrorRows;
use memory_budget::Account;
use offer::{ErrorTable, OfferBuffer, TableLoaders, no_table};
use pool::Pool;
use state::Shared;
use table_loader::TableLoader;
use worker::Worker;
use writer::Writer;

/// The proof that a flush has no key twice may use this part of the memory budget: half, which at the default of 64 MB
/// is enough for two million keys a flush; what waits for one connection needs less.
const KEY_MEMORY_PART: usize = 2;

/// This part is kept free of rows for that proof in a session with several connections: rows of many tables wait
/// longer, and the more of them do, the fewer times a connection has to switch between tables. Few tables leave more,
/// since a connection has only its share for rows.
const KEPT_FOR_KEYS_IN_A_POOL: usize = 8;

/// An open session.
#[derive(Debug)]
pub struct Session {
    shared: Arc<Shared>,
    pool: Arc<Pool>,
    member: Membership,
    /// Exactly-once.
    committer: Option<Arc<Committer>>,
    loaders: TableLoaders,
    /// Ids by schema and table.
    names: Mutex<HashMap<(String, String), u32>>,
    offer_buffer: Mutex<OfferBuffer>,
    key_memory: Arc<KeyMemory>,
    /// Once, with the first table that merges: a part of the budget is not for rows.
    keys_set_aside: std::sync::Once,
    kept_for_keys: usize,
    metrics_max_tables: u32,
    error_rows: Arc<ErrorRows>,
    /// The counters of all tables beyond that number.
    other_tables: Arc<TableMetrics>,
}

impl Session {
    /// Starts the session and returns at once; the first connection is made for the first table.
    ///
    /// # Errors
    /// Kind `Config` where trusted certificates cannot be read.
    pub fn open(spec: SessionSpec, runtime: &Handle) -> Result<Self> {
        let key_memory = KeyMemory::within(spec.memory_size / KEY_MEMORY_PART, spec.memory_size);
        let shared = Shared::new(Account::new(spec.memory_size, Arc::clone(&key_memory)));
        let part = if spec.pool_max_size > 1 { KEPT_FOR_KEYS_IN_A_POOL } else { KEY_MEMORY_PART };
        let kept_for_keys = spec.memory_size / part;
        let metrics_max_tables = spec.metrics_max_tables;
        let error_rows = Arc::new(ErrorRows::new(spec.max_error_rows));
        let commit = spec.sink.guarantee.commit();
        let member = Membership::new(&spec);
        let pool = Pool::new(
            Arc::clone(&shared),
            Arc::new(Writer::new(spec, member.log_once())?),
            runtime.clone(),
            Worker::spawn,
        );
        let committer = |commit| {
            let (connector, locks) = (&pool.writer.connector, &pool.writer.advisory_locks);
            Committer::new(Arc::clone(connector), Arc::clone(locks), pool.shared.when_usable(), commit)
        };
        let committer = commit.map(committer).transpose()?;
        Ok(Session {
            pool,
            member,
            committer,
            shared,
            loaders: TableLoaders::default(),
            names: Mutex::default(),
            offer_buffer: Mutex::default(),
            key_memory,
            keys_set_aside: std::sync::Once::new(),
            kept_for_keys,
            metrics_max_tables,
            error_rows,
            other_tables: Arc::new(TableMetrics::new()),
        })
    }

    /// Adds a table and returns its id; it is checked against the server's catalog in the background. A table that is
    /// there already keeps its id; with another form ([`TableSpec::form`]) it is opened anew, which its rows must have
    /// been flushed for.
    ///
    /// # Errors
    /// Kind `Config` for a name that no server can hold; `Internal` for rows that are not flushed; a stored failure.
    pub fn open_table(&self, spec: TableSpec) -> Result<u32> {
        self.shared.usable()?;
        if spec.error_rows == ErrorRowsAction::Table {
            self.open_error_table(&spec)?;
        }
        let choice = self.pool.writer.guarantee.choose(&spec);
        if choice.replaces_rows() {
            self.keys_set_aside.call_once(|| self.shared.set_aside(self.kept_for_keys));
        }
        let name = (spec.schema.clone(), spec.table.clone());
        let mut names = self.names.lock();
        let mut loaders = self.loaders.write();
        let loader = match names.get(&name).copied() {
            Some(id) => {
                let old = loaders.get_mut(index(id)).ok_or_else(|| no_table(id))?;
                if old.spec.form() == spec.form() {
                    return Ok(id);
                }
                if old.is_touched() || self.shared.flush_running() {
                    let text = format!(
                        "table {}: a new schema before the rows of the old one were flushed",
                        old.name.quoted()
                    );
                    return Err(Error::new(Kind::Internal, text));
                }
                let new = TableLoader::new(
                    id,
                    (spec, choice),
                    Arc::clone(&old.metrics),
                    Arc::clone(&self.key_memory),
                    self.member.log_once(),
                    Arc::clone(&self.error_rows),
                )?;
                new.succeed(old);
                *old = Arc::new(new);
                Arc::clone(old)
            }
            None => {
                let id = u32::try_from(loaders.len())
                    .map_err(|_| Error::new(Kind::Internal, "too many tables"))?;
                let metrics = if id < self.metrics_max_tables {
                    Arc::new(TableMetrics::new())
                } else {
                    Arc::clone(&self.other_tables)
                };
                let new = Arc::new(TableLoader::new(
                    id,
                    (spec, choice),
                    metrics,
                    Arc::clone(&self.key_memory),
                    self.member.log_once(),
                    Arc::clone(&self.error_rows),
                )?);
                loaders.push(Arc::clone(&new));
                names.insert(name, id);
                new
            }
        };
        drop(loaders);
        self.pool.request_opening(&loader);
        Ok(loader.id)
    }

    /// The table of rows that cannot be stored, for a table that wants it.
    fn open_error_table(&self, of: &TableSpec) -> Result<()> {
        let SessionSpec { sink, error_rows_table, .. } = self.pool.writer.spec();
        let name = error_rows_table.as_deref().ok_or_else(|| {
            let text =
                "option 'sink.error-rows.table-name' is missing for 'sink.error-rows.action' = 'table'";
            Error::new(Kind::Config, text)
        })?;
        if (of.schema.as_str(), of.table.as_str()) == (sink.staging_schema.as_str(), name) {
            let text = format!(
                "table {name:?} is loaded, and so it cannot be that of option 'sink.error-rows.table-name'"
            );
            return Err(Error::new(Kind::Config, text));
        }
        let id = self.open_table(error_row::table(&sink.staging_schema, name))?;
        let loader = self.loaders.read().get(index(id)).map(Arc::clone).ok_or_else(|| no_table(id))?;
        self.offer_buffer.lock().keep_error_rows(ErrorTable { loader, sink: sink.id.clone() });
        Ok(())
    }

    /// Takes a batch of frames of any tables (see [`crate::row::Frames`]), each with what its table's spec says: a row
    /// image, or a Debezium record behind its [`crate::debezium::UpdateHalf`]. `true`: all rows are encoded and
    /// queued, the batch may be reused. `false`: nothing was taken within `wait`; offer the same batch again.
    ///
    /// # Errors
    /// Kind `Data` for a row that cannot be stored, after the server was asked whether its table is still what it was;
    /// `Internal` while a flush runs; a stored failure. After an error the session takes nothing more.
    pub fn offer(&self, batch: &[u8], wait: Duration) -> Result<bool> {
        self.shared.usable()?;
        if self.shared.flush_running() {
            return Err(Error::new(Kind::Internal, "rows were offered while a flush was running"));
        }
        let result = self.offer_buffer.lock().take(&self.pool, &self.loaders, batch, wait);
        if let Err(error) = &result {
            self.shared.fail(error.clone());
        }
        result
    }

    /// Keeps memory of the budget for a row that is larger than a batch, before the caller makes its copy; `false`:
    /// there is none within `wait`. It is given back when that row, the next that is offered, was taken.
    ///
    /// # Errors
    /// A stored failure.
    pub fn make_room(&self, bytes: usize, wait: Duration) -> Result<bool> {
        self.offer_buffer.lock().make_room(&self.pool, bytes, wait)
    }

    /// Starts to make everything offered so far visible.
    ///
    /// # Errors
    /// A stored failure.
    pub fn start_flush(&self) -> Result<()> {
        if !self.shared.flush_running() {
            self.offer_buffer.lock().mark_flush()?;
        }
        let _no_rows_change_their_connection = self.pool.offer_lock.lock();
        let unknown = self.pool.writer.guarantee.registers_all_writers()
            && self.pool.writer.fence.held().is_none()
            && self.loaders.read().is_empty();
        self.shared.request_flush(|| self.pool.begin_flush() + usize::from(unknown))?;
        if unknown {
            presence::begin(&self.pool);
        }
        Ok(())
    }

    /// At-least-once, after the last flush of a job without checkpoints: gives up the writer's place;
    /// [`Session::await_flush`] tells when that is done. It never fails for what the server says.
    ///
    /// # Errors
    /// A stored failure.
    pub fn start_leave(&self) -> Result<()> {
        let stands = self.pool.writer.fence.held().is_some();
        self.shared.request_flush(|| usize::from(stands))?;
        if stands {
            presence::leave(&self.pool);
        }
        Ok(())
    }

    /// `true` when everything offered before the last [`Session::start_flush`] is durable and visible.
    ///
    /// # Errors
    /// A stored failure; then nothing is known to be visible.
    pub fn await_flush(&self, wait: Duration) -> Result<bool> {
        self.shared.await_flush(wait)
    }

    /// Exactly-once, after a flush: what this writer staged, for the committer. Empty bytes are never given.
    ///
    /// # Errors
    /// Kind `Internal` while a flush runs or without exactly-once; a stored failure.
    pub fn take_committable(&self) -> Result<Vec<u8>> {
        self.shared.usable()?;
        if self.shared.flush_running() {
            return Err(Error::new(Kind::Internal, "a committable was taken while a flush was running"));
        }
        Ok(self.pool.writer.guarantee.take_committable()?.to_bytes())
    }

    /// Exactly-once: starts to publish a manifest (see [`crate::committable::Manifest`]); [`Session::await_flush`] =
    /// `true` says that it is published. A session for this has no tables.
    ///
    /// # Errors
    /// Kind `Internal` for bytes that are no manifest of this sink, while another one is published, or without
    /// exactly-once; a stored failure.
    pub fn start_commit(&self, manifest: &[u8]) -> Result<()> {
        self.shared.usable()?;
        let committer = self.committer.as_ref().ok_or_else(not_exactly_once)?;
        publication::start(&self.pool, committer, manifest)
    }

    /// The counters of a table and of the session, in the order of [`Metric::ALL`].
    ///
    /// # Errors
    /// Kind `Internal` for an unknown table id.
    pub fn read_metrics(&self, table: u32) -> Result<[u64; Metric::ALL.len()]> {
        let loader = self.loaders.read().get(index(table)).map(Arc::clone).ok_or_else(|| no_table(table))?;
        let present = Present {
            memory: self.shared.memory().0 + self.key_memory.used(),
            in_use: self.pool.in_use(),
            waiting: self.pool.waiting(),
        };
        Ok(self.shared.metrics.read(&loader.metrics, &present))
    }

    /// Aborts what is unfinished and waits up to `wait` for the tasks to end. Idempotent.
    pub fn close(&self, wait: Duration) {
        if self.shared.close() {
            self.shared.await_end(wait);
        }
    }

    /// True when no task of the session runs any more.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.shared.await_end(Duration::ZERO)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.close(Duration::ZERO);
    }
}

fn index(id: u32) -> usize {
    usize::try_from(id).unwrap_or(usize::MAX)
}
