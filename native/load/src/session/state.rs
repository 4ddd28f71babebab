//! What the caller's thread and the loader's task share: the failure, the memory budget and the flush counters.
//!
//! One mutex and one condition variable: every change wakes the waiting caller, who looks again. Nothing here waits
//! without a deadline. The first failure is kept and given to every later call; none is lost, none replaces it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use tokio::sync::Notify;

use crate::error::{Error, Kind, Result};

/// Shared state of one session.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    /// Wakes the loader's task: new rows, a flush, a new table, the end.
    pub(super) work: Notify,
    /// Ends the loader's task.
    pub(super) closing: Notify,
}

#[derive(Debug, Default)]
struct State {
    failure: Option<Error>,
    closed: bool,
    ended: bool,
    limit: usize,
    reserved: usize,
    set_aside: usize,
    flush_requested: u64,
    flush_done: u64,
}

impl Shared {
    pub(super) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Shared {
            state: Mutex::new(State { limit, ..State::default() }),
            changed: Condvar::new(),
            work: Notify::new(),
            closing: Notify::new(),
        })
    }

    /// Waits until `ready` gives a value, the session failed, or `wait` is over (`None`).
    pub(super) fn wait_for<T>(
        &self,
        wait: Duration,
        mut ready: impl FnMut() -> Option<T>,
    ) -> Result<Option<T>> {
        let deadline = Instant::now() + wait;
        let mut state = self.state.lock();
        loop {
            state.usable()?;
            if let Some(value) = ready() {
                return Ok(Some(value));
            }
            if self.changed.wait_until(&mut state, deadline).timed_out() {
                state.usable()?;
                return Ok(ready());
            }
        }
    }

    /// The stored failure, or "closed", if any.
    pub(super) fn usable(&self) -> Result<()> {
        self.state.lock().usable()
    }

    /// Stores the first failure and wakes the caller.
    pub(super) fn fail(&self, error: Error) {
        self.state.lock().failure.get_or_insert(error);
        self.changed.notify_all();
    }

    /// Wakes a waiting caller after something outside this state changed.
    pub(super) fn notify_caller(&self) {
        // Taking the lock first: a caller between its look and its wait must not miss this.
        drop(self.state.lock());
        self.changed.notify_all();
    }

    /// True exactly once.
    pub(super) fn close(&self) -> bool {
        let first = !std::mem::replace(&mut self.state.lock().closed, true);
        self.changed.notify_all();
        self.closing.notify_one();
        first
    }

    /// Called by the loader's task as its last act.
    pub(super) fn ended(&self) {
        self.state.lock().ended = true;
        self.changed.notify_all();
    }

    /// Waits until the loader's task has ended, or `wait` is over.
    pub(super) fn await_end(&self, wait: Duration) -> bool {
        let deadline = Instant::now() + wait;
        let mut state = self.state.lock();
        while !state.ended {
            if self.changed.wait_until(&mut state, deadline).timed_out() {
                return state.ended;
            }
        }
        true
    }

    /// Takes `bytes` of the budget for good, for what lives as long as the session.
    pub(super) fn set_aside(&self, bytes: usize) {
        let mut state = self.state.lock();
        state.limit = state.limit.saturating_sub(bytes);
        state.set_aside += bytes;
    }

    /// Bytes in use, what was set aside included.
    pub(super) fn memory(&self) -> usize {
        let state = self.state.lock();
        state.reserved + state.set_aside
    }

    /// Memory for `bytes`, waiting up to `wait`; more than the whole budget passes alone.
    pub(super) fn reserve(self: &Arc<Self>, bytes: usize, wait: Duration) -> Result<Option<Permit>> {
        let deadline = Instant::now() + wait;
        let mut state = self.state.lock();
        loop {
            state.usable()?;
            if state.reserved == 0 || state.reserved.saturating_add(bytes) <= state.limit {
                state.reserved = state.reserved.saturating_add(bytes);
                return Ok(Some(Permit { shared: Arc::clone(self), bytes }));
            }
            if self.changed.wait_until(&mut state, deadline).timed_out() {
                return state.usable().map(|()| None);
            }
        }
    }

    /// A flush of everything offered so far; its number is what [`Shared::flush_done`] must reach.
    pub(super) fn request_flush(&self) -> Result<()> {
        let mut state = self.state.lock();
        state.usable()?;
        if state.flush_requested != state.flush_done {
            return Err(Error::new(Kind::Internal, "a flush was started while another one was running"));
        }
        state.flush_requested += 1;
        drop(state);
        self.work.notify_one();
        Ok(())
    }

    pub(super) fn flush_running(&self) -> bool {
        let state = self.state.lock();
        state.flush_requested != state.flush_done
    }

    /// Called by the loader when every COMMIT was answered.
    pub(super) fn flush_done(&self) {
        let mut state = self.state.lock();
        state.flush_done = state.flush_requested;
        drop(state);
        self.changed.notify_all();
    }

    /// True when the flush is done; the one door of success.
    pub(super) fn await_flush(&self, wait: Duration) -> Result<bool> {
        let deadline = Instant::now() + wait;
        let mut state = self.state.lock();
        loop {
            state.usable()?;
            if state.flush_requested == state.flush_done {
                return Ok(true);
            }
            if self.changed.wait_until(&mut state, deadline).timed_out() {
                state.usable()?;
                return Ok(state.flush_requested == state.flush_done);
            }
        }
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

/// Bytes of the budget, given back when dropped: no path can leak or return them twice.
#[derive(Debug)]
pub(super) struct Permit {
    shared: Arc<Shared>,
    bytes: usize,
}

impl Permit {
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Gives back what turned out not to be needed.
    pub(super) fn shrink(&mut self, bytes: usize) {
        if bytes < self.bytes {
            self.give_back(self.bytes - bytes);
            self.bytes = bytes;
        }
    }

    fn give_back(&self, bytes: usize) {
        let mut state = self.shared.state.lock();
        state.reserved = state.reserved.saturating_sub(bytes);
        drop(state);
        self.shared.changed.notify_all();
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.give_back(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_WAIT: Duration = Duration::from_millis(1);

    #[test]
    fn the_budget_is_never_passed_but_a_larger_piece_passes_alone() {
        let shared = Shared::new(100);
        let first = shared.reserve(60, NO_WAIT).expect("usable").expect("fits");
        assert!(shared.reserve(60, NO_WAIT).expect("usable").is_none());
        assert!(shared.reserve(1000, NO_WAIT).expect("usable").is_none());
        drop(first);
        let alone = shared.reserve(1000, NO_WAIT).expect("usable").expect("alone");
        assert!(shared.reserve(1, NO_WAIT).expect("usable").is_none());
        drop(alone);
        assert_eq!(shared.memory(), 0);
    }

    #[test]
    fn a_shrunk_permit_returns_the_rest_once() {
        let shared = Shared::new(100);
        let mut permit = shared.reserve(90, NO_WAIT).expect("usable").expect("fits");
        permit.shrink(10);
        assert_eq!(shared.memory(), 10);
        permit.shrink(50);
        assert_eq!(shared.memory(), 10);
        drop(permit);
        assert_eq!(shared.memory(), 0);
    }

    #[test]
    fn a_waiting_caller_is_woken_by_room_and_by_failure() {
        let shared = Shared::new(10);
        let held = shared.reserve(10, NO_WAIT).expect("usable").expect("fits");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| shared.reserve(10, Duration::from_secs(60)));
            drop(held);
            assert!(waiting.join().expect("no panic").expect("usable").is_some());
        });
        let _held = shared.reserve(10, NO_WAIT).expect("usable").expect("fits");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| shared.reserve(10, Duration::from_secs(60)));
            shared.fail(Error::new(Kind::Server, "first"));
            shared.fail(Error::new(Kind::Server, "second"));
            let error = waiting.join().expect("no panic").expect_err("failed");
            assert_eq!(error.to_string(), "first");
        });
    }

    #[test]
    fn success_needs_the_flush_to_be_done() {
        let shared = Shared::new(10);
        assert!(shared.await_flush(NO_WAIT).expect("nothing to wait for"));
        shared.request_flush().expect("usable");
        assert!(!shared.await_flush(NO_WAIT).expect("usable"));
        assert_eq!(shared.request_flush().expect_err("running").kind(), Kind::Internal);
        shared.flush_done();
        assert!(shared.await_flush(NO_WAIT).expect("usable"));
    }

    #[test]
    fn after_close_everything_says_closed_even_over_a_failure() {
        let shared = Shared::new(10);
        shared.fail(Error::new(Kind::Server, "first"));
        assert!(shared.close());
        assert!(!shared.close());
        assert_eq!(shared.usable().expect_err("closed").kind(), Kind::Closed);
        assert_eq!(shared.await_flush(NO_WAIT).expect_err("closed").kind(), Kind::Closed);
    }
}
