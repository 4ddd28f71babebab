//! The queue of one connection: the tables whose rows wait for it, and what the caller may know of it.
//!
//! Promise: a table stands in the queue exactly once from its first waiting row until its rows were taken; bytes are
//! counted here from the moment they are queued until the connection has them. It never waits, and holds no lock while
//! it takes a loader's.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::loader::Loader;

/// How many waiting tables are looked at to find the largest: more would make the choice cost more than it saves.
const LOOKED_AT: usize = 256;

/// One connection's queue.
#[derive(Debug)]
pub(super) struct LaneQueue {
    /// Counted from 0 within the session.
    pub(super) number: usize,
    /// Wakes the connection's task: rows, tables to open, a flush.
    pub(super) work: Notify,
    ready: Mutex<VecDeque<Arc<Loader>>>,
    queued: AtomicUsize,
    bound: AtomicUsize,
    touched: AtomicBool,
    flush_wanted: AtomicBool,
    waiting_for: Mutex<Option<String>>,
}

impl LaneQueue {
    pub(super) fn new(number: usize) -> Arc<Self> {
        Arc::new(LaneQueue {
            number,
            work: Notify::new(),
            ready: Mutex::default(),
            queued: AtomicUsize::new(0),
            bound: AtomicUsize::new(0),
            touched: AtomicBool::new(false),
            flush_wanted: AtomicBool::new(false),
            waiting_for: Mutex::default(),
        })
    }

    /// A table's rows begin to wait.
    pub(super) fn push(&self, loader: Arc<Loader>) {
        self.ready.lock().push_back(loader);
    }

    /// The table that waits longest, left where it is.
    pub(super) fn oldest(&self) -> Option<Arc<Loader>> {
        self.ready.lock().front().map(Arc::clone)
    }

    /// Takes the table that waits longest out of the queue.
    pub(super) fn pop(&self) -> Option<Arc<Loader>> {
        self.ready.lock().pop_front()
    }

    /// How many tables stand here.
    pub(super) fn waiting(&self) -> usize {
        self.ready.lock().len()
    }

    /// The table with the most waiting bytes among those that wait longest.
    pub(super) fn largest(&self) -> Option<Arc<Loader>> {
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
        self.touched.load(Ordering::Acquire) || self.flush_wanted()
    }

    /// Tells the connection to flush, if it has anything; false where it has not.
    pub(super) fn begin_flush(&self) -> bool {
        let touched = self.touched.swap(false, Ordering::AcqRel);
        if touched {
            self.flush_wanted.store(true, Ordering::Release);
            self.work.notify_one();
        }
        touched
    }

    pub(super) fn flush_wanted(&self) -> bool {
        self.flush_wanted.load(Ordering::Acquire)
    }

    pub(super) fn flushed(&self) {
        self.flush_wanted.store(false, Ordering::Release);
    }

    /// What the connection has been waiting for in vain for a while; `None` while it moves.
    pub(super) fn waits_for(&self, what: Option<String>) {
        *self.waiting_for.lock() = what;
    }

    /// True where the connection stands still: new tables had better go elsewhere.
    pub(super) fn is_stuck(&self) -> bool {
        self.waiting_for.lock().is_some()
    }
}
