//! The pool of connections: how many there are, and which table belongs to which.
//!
//! Promise: never more connections than `connection.pool.max-size`; a table keeps its connection across flushes, so
//! that its staging table is made once; a table goes to the least loaded connection, and leaves one that stands still
//! as soon as nothing of it depends on that one. Connections are made when they are first needed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use tokio::runtime::Handle;

use super::state::Shared;
use super::table_loader::{ConnectionQueue, TableLoader};
use super::writer::Writer;
use crate::connection::admission::Admission;

/// How long the first of several tables waits for the others. The questions to the catalog are the same few for one
/// table as for hundreds, and the tables of a batch are asked for one by one.
const COMPANY: Duration = Duration::from_millis(2);

/// Starts the task of a connection on the pool's runtime.
pub(super) type Spawn = fn(Arc<Pool>, Arc<ConnectionQueue>);

/// The connections of a session.
pub(super) struct Pool {
    pub(super) shared: Arc<Shared>,
    pub(super) writer: Arc<Writer>,
    pub(super) admission: Arc<Admission>,
    /// Held by the caller while rows are taken in and while a flush begins, so that no table is closed under them or
    /// goes elsewhere.
    pub(super) offer_lock: Mutex<()>,
    runtime: Handle,
    spawn: Spawn,
    pub(super) connections: RwLock<Vec<Arc<ConnectionQueue>>>,
    openings: Mutex<Vec<Arc<TableLoader>>>,
    /// A connection waits for more tables to open before it takes those that there are.
    gathering: AtomicBool,
    /// The caller waits for memory.
    pressed: AtomicBool,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("connections", &*self.connections.read()).finish_non_exhaustive()
    }
}

impl Pool {
    pub(super) fn new(shared: Arc<Shared>, writer: Arc<Writer>, runtime: Handle, spawn: Spawn) -> Arc<Self> {
        Arc::new(Pool {
            shared,
            writer,
            admission: Arc::new(Admission::new()),
            offer_lock: Mutex::default(),
            runtime,
            spawn,
            connections: RwLock::default(),
            openings: Mutex::default(),
            gathering: AtomicBool::new(false),
            pressed: AtomicBool::new(false),
        })
    }

    pub(super) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    fn max_size(&self) -> usize {
        self.writer.spec().pool_max_size
    }

    /// What the rows that wait for one connection may take of the budget: one that stands still shall not fill it.
    pub(super) fn share(&self) -> usize {
        self.shared.memory().1 / self.max_size()
    }

    /// While the caller waits for memory no row waits for company.
    pub(super) fn press(&self, pressed: bool) {
        if self.pressed.swap(pressed, Ordering::AcqRel) != pressed && pressed {
            self.connections.read().iter().for_each(|connection| connection.work.notify_one());
        }
    }

    pub(super) fn is_pressed(&self) -> bool {
        self.pressed.load(Ordering::Acquire)
    }

    /// The connection of a table.
    pub(super) fn connection_of(self: &Arc<Self>, loader: &Arc<TableLoader>) -> Arc<ConnectionQueue> {
        loader.connection(|| self.choose())
    }

    /// A connection without a table, a new one, or the one with the least to do.
    fn choose(self: &Arc<Self>) -> Arc<ConnectionQueue> {
        // Small differences in waiting bytes are chance; then the number of tables decides.
        let load = |connection: &&Arc<ConnectionQueue>| {
            (connection.is_stuck(), connection.queued() >> 16, connection.bound())
        };
        let active = |connection: &&Arc<ConnectionQueue>| !connection.is_retired();
        self.keep_to_limit();
        let least = || self.connections.read().iter().filter(active).min_by_key(load).map(Arc::clone);
        least()
            .filter(|connection| connection.bound() == 0 && !connection.is_stuck())
            .or_else(|| self.add_connection())
            .or_else(least)
            .expect("a pool that takes no further connection has one")
    }

    /// One more connection, if the pool may have it.
    fn add_connection(self: &Arc<Self>) -> Option<Arc<ConnectionQueue>> {
        let connection = {
            let mut connections = self.connections.write();
            if connections.len() >= self.max_size().min(self.admission.limit()) {
                return None;
            }
            let connection = ConnectionQueue::new(connections.len(), Arc::clone(&self.admission));
            connections.push(Arc::clone(&connection));
            connection
        };
        self.shared.task_begins();
        (self.spawn)(Arc::clone(self), Arc::clone(&connection));
        Some(connection)
    }

    /// Sees to it that some connection opens the table; whichever comes first takes all tables that wait for it.
    pub(super) fn request_opening(self: &Arc<Self>, loader: &Arc<TableLoader>) {
        if !loader.wants_opening() {
            return;
        }
        self.shared.opening_begins();
        self.openings.lock().push(Arc::clone(loader));
        if self.connections.read().iter().all(|connection| connection.is_stuck() || connection.is_retired()) {
            let _all_stand_still_where_it_cannot = self.add_connection();
        }
        self.connections.read().iter().for_each(|connection| connection.work.notify_one());
    }

    /// Tables that were taken to be opened wait again, for another connection.
    pub(super) fn put_back(&self, openings: Vec<Arc<TableLoader>>) {
        self.openings.lock().extend(openings);
        self.connections.read().iter().for_each(|connection| connection.work.notify_one());
    }

    /// The tables that wait to be opened, and those that come shortly after them: none where another connection is
    /// about to take them.
    pub(super) async fn take_openings(&self) -> Vec<Arc<TableLoader>> {
        if self.openings.lock().is_empty() || self.gathering.swap(true, Ordering::AcqRel) {
            return Vec::new();
        }
        tokio::time::sleep(COMPANY).await;
        self.gathering.store(false, Ordering::Release);
        std::mem::take(&mut *self.openings.lock())
    }

    /// Tells every connection that has rows to flush; how many they are.
    pub(super) fn begin_flush(&self) -> usize {
        self.connections.read().iter().filter(|connection| connection.begin_flush()).count()
    }

    /// Tables that wait in the queues of all connections.
    pub(super) fn waiting(&self) -> usize {
        self.connections.read().iter().map(|connection| connection.waiting()).sum()
    }

    /// Connections with rows that are not visible yet.
    pub(super) fn in_use(&self) -> usize {
        self.connections.read().iter().filter(|connection| connection.in_use()).count()
    }
}
