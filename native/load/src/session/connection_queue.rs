//! The queue of one connection: the tables whose rows wait for it, and what the caller may know of it.
//!
//! Promise: a table stands in the queue exactly once from its first waiting row until its rows were taken; bytes are
//! counted here from the moment they are queued until the connection has them. It never waits, and holds no lock while
//! it takes a table's. Of a table it knows no more than how much of it waits.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::connection::admission::Admission;
use crate::connection::stuck::{Stuck, StuckGuard};
use crate::error::Result;

/// How many waiting tables are looked at to find the largest: more would make the choice cost more than it saves.
const LOOKED_AT: usize = 256;

/// What waits in a queue.
pub(super) trait Queued {
    /// How many bytes of it wait.
    fn queued_bytes(&self) -> usize;
}

/// One connection's queue.
#[derive(Debug)]
pub(super) struct ConnectionQueue<T> {
    /// Counted from 0 within the session.
    pub(super) number: usize,
    /// Wakes the connection's task: rows, tables to open, a flush.
    pub(super) work: Notify,
    ready: Mutex<VecDeque<Arc<T>>>,
    queued: AtomicUsize,
    bound: AtomicUsize,
    touched: AtomicBool,
    /// Flushes that it has to take part in: one, and one more for each table that came over during it.
    flushes: AtomicUsize,
    /// Set while it stands still for a reason of its own, such as a login.
    stuck: Stuck,
    admission: Arc<Admission>,
    /// Of the connection, once there is one.
    connected: Mutex<Option<Stuck>>,
    /// A COPY or a transaction is open.
    open: AtomicBool,
    retired: AtomicBool,
}

impl<T: Queued> ConnectionQueue<T> {
    pub(super) fn new(number: usize, admission: Arc<Admission>) -> Arc<Self> {
        Arc::new(ConnectionQueue {
            number,
            work: Notify::new(),
            ready: Mutex::default(),
            queued: AtomicUsize::new(0),
            bound: AtomicUsize::new(0),
            touched: AtomicBool::new(false),
            flushes: AtomicUsize::new(0),
            stuck: Stuck::default(),
            admission,
            connected: Mutex::default(),
            open: AtomicBool::new(false),
            retired: AtomicBool::new(false),
        })
    }

    /// A table's rows begin to wait.
    pub(super) fn push(&self, loader: Arc<T>) {
        self.ready.lock().push_back(loader);
    }

    /// The table that waits longest, left where it is.
    pub(super) fn oldest(&self) -> Option<Arc<T>> {
        self.ready.lock().front().map(Arc::clone)
    }

    /// Takes the table that waits longest out of the queue.
    pub(super) fn pop(&self) -> Option<Arc<T>> {
        self.ready.lock().pop_front()
    }

    /// How many tables stand here.
    pub(super) fn waiting(&self) -> usize {
        self.ready.lock().len()
    }

    /// The table with the most waiting bytes among those that wait longest.
    pub(super) fn largest(&self) -> Option<Arc<T>> {
        let ready = self.ready.lock();
        ready.iter().take(LOOKED_AT).max_by_key(|loader| loader.queued_bytes()).map(Arc::clone)
    }

    /// Encoded bytes that the connection has not taken yet.
    pub(super) fn queued(&self) -> usize {
        self.queued.load(Ordering::Acquire)
    }

    /// Counts bytes in; the connection has something to make visible now.
    pub(super) fn add(&self, bytes: usize) {
        self.queued.fetch_add(bytes, Ordering::AcqRel);
        self.touched.store(true, Ordering::Release);
    }

    /// Counts bytes out.
    pub(super) fn subtract(&self, bytes: usize) {
        self.queued.fetch_sub(bytes, Ordering::AcqRel);
    }

    /// Tables that belong to this connection.
    pub(super) fn bound(&self) -> usize {
        self.bound.load(Ordering::Relaxed)
    }

    pub(super) fn bind(&self) {
        self.bound.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn unbind(&self) {
        self.bound.fetch_sub(1, Ordering::Relaxed);
    }

    /// True where rows came since the last flush or are being flushed.
    pub(super) fn in_use(&self) -> bool {
        self.touched.load(Ordering::Acquire) || self.flushes_wanted() > 0
    }

    /// Tells the connection to flush, if it has anything; false where it has not.
    pub(super) fn begin_flush(&self) -> bool {
        let touched = self.touched.swap(false, Ordering::AcqRel);
        if touched {
            self.join_flush();
        }
        touched
    }

    /// One flush more, which the session waits for.
    pub(super) fn join_flush(&self) {
        self.flushes.fetch_add(1, Ordering::AcqRel);
        self.work.notify_one();
    }

    pub(super) fn flushes_wanted(&self) -> usize {
        self.flushes.load(Ordering::Acquire)
    }

    /// So many of them are done.
    pub(super) fn flushed(&self, flushes: usize) {
        self.flushes.fetch_sub(flushes, Ordering::AcqRel);
    }

    /// The connection, or what should become one, waits in vain for as long as the guard lives.
    pub(super) fn stand_still(&self) -> StuckGuard {
        self.stuck.set()
    }

    /// True where the connection stands still: new tables had better go elsewhere.
    pub(super) fn is_stuck(&self) -> bool {
        self.stuck.is_set() || self.connected.lock().as_ref().is_some_and(Stuck::is_set)
    }

    /// Waits for the answer to a statement that needs the server no time (see [`Admission::quick`]).
    pub(super) async fn quick<A>(&self, what: &str, answer: impl Future<Output = Result<A>>) -> Result<A> {
        self.admission.quick(what, answer).await
    }

    /// What the session's connections know of their server's limit.
    pub(super) fn admission(&self) -> &Arc<Admission> {
        &self.admission
    }

    /// The connection has ended what it had open, for others.
    pub(super) fn gave_way(&self) {
        self.admission.gave_way();
    }

    /// The connection has a COPY or a transaction open, or nothing any more.
    pub(super) fn holds_open(&self, open: bool) {
        if self.open.swap(open, Ordering::AcqRel) != open {
            self.admission.count_open(open);
        }
    }

    pub(super) fn has_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    pub(super) fn set_connected(&self, connected: Option<Stuck>) {
        *self.connected.lock() = connected;
    }

    pub(super) fn is_connected(&self) -> bool {
        self.connected.lock().is_some()
    }

    /// A retired connection gets no tables; those it has leave as soon as none of their rows is held here.
    pub(super) fn retire(&self, retired: bool) {
        self.retired.store(retired, Ordering::Release);
        self.work.notify_one();
    }

    pub(super) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Acquire)
    }
}
