//! What the caller's thread and the connections' tasks share: the failure, the memory budget and the flush counters.
//!
//! One mutex and one condition variable: every change wakes the waiting caller, who looks again. Nothing here waits
//! without a deadline. The first failure is kept and given to every later call; none is lost, none replaces it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};
use tokio::sync::watch;

use super::memory_budget::Account;
use crate::error::{Error, Kind, Result};
use crate::metrics::{SessionMetrics, micros};

/// Shared state of one session.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    closing: watch::Sender<bool>,
    pub(super) metrics: SessionMetrics,
}

#[derive(Debug)]
struct State {
    failure: Option<Error>,
    closed: bool,
    /// Tasks that have not ended.
    tasks: usize,
    /// Tables whose target is being checked.
    openings: usize,
    account: Account,
    flush: Flush,
}

#[derive(Debug, Default)]
struct Flush {
    /// When the running one began.
    began: Option<Instant>,
    /// Connections that have not answered yet.
    pending: usize,
}

impl Shared {
    pub(super) fn new(account: Account) -> Arc<Self> {
        let flush = Flush::default();
        Arc::new(Shared {
            state: Mutex::new(State { failure: None, closed: false, tasks: 0, openings: 0, account, flush }),
            changed: Condvar::new(),
            closing: watch::Sender::new(false),
            metrics: SessionMetrics::default(),
        })
    }

    /// Waits until `ready` gives a value, the session failed, or `wait` is over (`None`).
    pub(super) fn wait_for<T>(
        &self,
        wait: Duration,
        mut ready: impl FnMut() -> Option<T>,
    ) -> Result<Option<T>> {
        self.wait_until(Instant::now() + wait, |_| ready())
    }

    fn wait_until<T>(
        &self,
        deadline: Instant,
        mut ready: impl FnMut(&mut State) -> Option<T>,
    ) -> Result<Option<T>> {
        let mut state = self.state.lock();
        loop {
            state.usable()?;
            if let Some(value) = ready(&mut state) {
                return Ok(Some(value));
            }
            if self.changed.wait_until(&mut state, deadline).timed_out() {
                state.usable()?;
                return Ok(ready(&mut state));
            }
        }
    }

    /// The stored failure, or "closed", if any.
    pub(super) fn usable(&self) -> Result<()> {
        self.state.lock().usable()
    }

    /// The same as a question for others.
    pub(super) fn when_usable(self: &Arc<Self>) -> Box<dyn Fn() -> Result<()> + Send + Sync> {
        let shared = Arc::clone(self);
        Box::new(move || shared.usable())
    }

    /// Stores the first failure and wakes the caller.
    pub(super) fn fail(&self, error: Error) {
        self.state.lock().failure.get_or_insert(error);
        self.changed.notify_all();
    }

    /// True exactly once. Ends every task.
    pub(super) fn close(&self) -> bool {
        let first = !std::mem::replace(&mut self.state.lock().closed, true);
        self.changed.notify_all();
        self.closing.send_replace(true);
        first
    }

    /// Turns true when the tasks shall end.
    pub(super) fn closing(&self) -> watch::Receiver<bool> {
        self.closing.subscribe()
    }

    /// Called before a task is spawned.
    pub(super) fn task_begins(&self) {
        self.state.lock().tasks += 1;
    }

    /// Called by a task as its last act.
    pub(super) fn task_ended(&self) {
        self.change(|state| state.tasks -= 1);
    }

    /// Called before a table is checked.
    pub(super) fn opening_begins(&self) {
        self.state.lock().openings += 1;
    }

    /// Called when so many tables passed.
    pub(super) fn openings_ended(&self, tables: usize) {
        self.change(|state| state.openings -= tables);
    }

    /// Waits until every task has ended, or `wait` is over.
    pub(super) fn await_end(&self, wait: Duration) -> bool {
        let deadline = Instant::now() + wait;
        let mut state = self.state.lock();
        while state.tasks > 0 {
            if self.changed.wait_until(&mut state, deadline).timed_out() {
                return state.tasks == 0;
            }
        }
        true
    }

    /// Keeps `bytes` of the budget free of rows, for good.
    pub(super) fn set_aside(&self, bytes: usize) {
        self.state.lock().account.set_aside(bytes);
    }

    /// Bytes reserved, and the most that may be.
    pub(super) fn memory(&self) -> (usize, usize) {
        let state = self.state.lock();
        (state.account.reserved(), state.account.limit())
    }

    /// Takes `bytes` from the account, as [`Account::take`], within `wait`; false where there is no room.
    pub(super) fn take_memory(&self, owned: usize, bytes: usize, wait: Duration) -> Result<bool> {
        let take = |state: &mut State| state.account.take(bytes, owned).then_some(());
        Ok(self.wait_until(Instant::now() + wait, take)?.is_some())
    }

    /// Called by a permit.
    pub(super) fn give_back(&self, bytes: usize) {
        self.change(|state| state.account.give_back(bytes));
    }

    /// Begins a flush that as many connections take part in as `prepare` says; it tells each of them. With none the
    /// flush is done at once.
    pub(super) fn request_flush(&self, prepare: impl FnOnce() -> usize) -> Result<()> {
        let mut state = self.state.lock();
        state.usable()?;
        if state.flush.pending > 0 {
            return Err(Error::new(Kind::Internal, "a flush was started while another one was running"));
        }
        state.flush.pending = prepare();
        state.flush.began = Some(Instant::now());
        Ok(())
    }

    pub(super) fn flush_running(&self) -> bool {
        self.state.lock().flush.pending > 0
    }

    /// So many connections more take part, where one that has not answered gave them rows.
    pub(super) fn flush_grows(&self, connections: usize) {
        self.state.lock().flush.pending += connections;
    }

    /// Called once by each connection that takes part, when all its COMMITs were answered.
    pub(super) fn flush_done(&self) {
        self.change(|state| {
            state.flush.pending -= 1;
            if let (0, Some(began)) = (state.flush.pending, state.flush.began) {
                let took = micros(began.elapsed());
                self.metrics.last_flush_micros.store(took, std::sync::atomic::Ordering::Relaxed);
            }
        });
    }

    /// True when the flush is done; the one door of success. A table that is being checked may be one that cannot be
    /// loaded, so the flush waits for it too.
    pub(super) fn await_flush(&self, wait: Duration) -> Result<bool> {
        let done = |state: &mut State| (state.flush.pending == 0 && state.openings == 0).then_some(());
        Ok(self.wait_until(Instant::now() + wait, done)?.is_some())
    }

    fn change(&self, change: impl FnOnce(&mut MutexGuard<'_, State>)) {
        change(&mut self.state.lock());
        self.changed.notify_all();
    }
}

impl State {
    fn usable(&self) -> Result<()> {
        match &self.failure {
            _ if self.closed => Err(Error::new(Kind::Closed, "the session is closed")),
            Some(failure) => Err(failure.clone()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(memory: usize) -> Arc<Shared> {
        Shared::new(Account::new(memory, crate::copy::KeyMemory::within(memory, memory)))
    }

    const NO_WAIT: Duration = Duration::from_millis(1);

    #[test]
    fn the_budget_is_never_passed_but_a_larger_piece_passes_alone() {
        let shared = shared(100);
        let first = shared.reserve(0, 60, NO_WAIT).expect("usable").expect("fits");
        assert!(shared.reserve(0, 60, NO_WAIT).expect("usable").is_none());
        assert!(shared.reserve(0, 1000, NO_WAIT).expect("usable").is_none());
        drop(first);
        let alone = shared.reserve(0, 1000, NO_WAIT).expect("usable").expect("alone");
        assert!(shared.reserve(0, 1, NO_WAIT).expect("usable").is_none());
        drop(alone);
        assert_eq!(shared.memory().0, 0);
        // A piece that came in two parts is alone with its first one, and with nothing else.
        let part = shared.reserve(0, 90, NO_WAIT).expect("usable").expect("fits");
        let other = shared.reserve(0, 5, NO_WAIT).expect("usable").expect("fits");
        assert!(shared.reserve(part.bytes(), 500, NO_WAIT).expect("usable").is_none());
        drop(other);
        assert!(shared.reserve(part.bytes(), 500, NO_WAIT).expect("usable").is_some());
    }

    #[test]
    fn a_split_permit_returns_each_byte_once() {
        let shared = shared(100);
        let mut permit = shared.reserve(0, 90, NO_WAIT).expect("usable").expect("fits");
        let part = permit.split(10);
        let rest = permit.split(500);
        assert_eq!((part.bytes(), rest.bytes(), permit.bytes()), (10, 80, 0));
        drop(rest);
        assert_eq!(shared.memory().0, 10);
        drop(permit);
        assert_eq!(shared.memory().0, 10);
        drop(part);
        assert_eq!(shared.memory().0, 0);
        shared.set_aside(40);
        assert!(shared.reserve(0, 60, NO_WAIT).expect("usable").is_some());
        let _half = shared.reserve(0, 30, NO_WAIT).expect("usable").expect("fits");
        assert!(shared.reserve(0, 31, NO_WAIT).expect("usable").is_none());
    }

    #[test]
    fn a_waiting_caller_is_woken_by_room_and_by_failure() {
        let shared = shared(10);
        let held = shared.reserve(0, 10, NO_WAIT).expect("usable").expect("fits");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| shared.reserve(0, 10, Duration::from_secs(60)));
            drop(held);
            assert!(waiting.join().expect("no panic").expect("usable").is_some());
        });
        let _held = shared.reserve(0, 10, NO_WAIT).expect("usable").expect("fits");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| shared.reserve(0, 10, Duration::from_secs(60)));
            shared.fail(Error::new(Kind::Server, "first"));
            shared.fail(Error::new(Kind::Server, "second"));
            let error = waiting.join().expect("no panic").expect_err("failed");
            assert_eq!(error.to_string(), "first");
        });
    }

    #[test]
    fn success_needs_the_flush_to_be_done() {
        let shared = shared(10);
        assert!(shared.await_flush(NO_WAIT).expect("nothing to wait for"));
        shared.request_flush(|| 2).expect("usable");
        assert!(!shared.await_flush(NO_WAIT).expect("usable"));
        assert_eq!(shared.request_flush(|| 1).expect_err("running").kind(), Kind::Internal);
        shared.flush_done();
        assert!(!shared.await_flush(NO_WAIT).expect("one connection has not answered"));
        shared.flush_done();
        assert!(shared.await_flush(NO_WAIT).expect("usable"));
        shared.request_flush(|| 0).expect("usable");
        assert!(shared.await_flush(NO_WAIT).expect("nothing to wait for"));
    }

    #[test]
    fn after_close_everything_says_closed_even_over_a_failure() {
        let shared = shared(10);
        shared.fail(Error::new(Kind::Server, "first"));
        assert!(shared.close());
        assert!(!shared.close());
        assert_eq!(shared.usable().expect_err("closed").kind(), Kind::Closed);
        assert_eq!(shared.await_flush(NO_WAIT).expect_err("closed").kind(), Kind::Closed);
    }
}
