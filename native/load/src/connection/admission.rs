//! How many statements the server admits at once, found out while loading.
//!
//! A resource queue or group, a warehouse or a pooler may let fewer statements run than this session has connections,
//! and an open COPY counts as one for as long as it is open. A statement that waits behind our own COPYs waits for
//! ever, and no server can see that. Promise: a statement that should be answered at once and is not within [`LATE`]
//! makes every connection of the session end its COPY and the transaction that rows are appended in; where that helped,
//! the pool shrinks to what was admitted, turns are short from then on, and one warning says so. COPYs of other
//! sessions are not seen from here: those are short by themselves (see `worker`).

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::error::Result;

/// So long nothing waits that needs the server no time, unless it is not admitted or somebody holds a lock.
pub(crate) const LATE: Duration = Duration::from_secs(1);

/// What is answered within this time after a COPY ended had waited for that.
const AT_ONCE: Duration = Duration::from_secs(1);

/// A limit that was found holds for so long; then the pool may grow again, since limits are changed while jobs run.
const HOLDS: Duration = Duration::from_secs(300);

/// After so many late statements that waited for nothing of ours, somebody should be told.
const UNEXPLAINED: u32 = 3;

/// What one session knows of its server's limit.
#[derive(Debug)]
pub(crate) struct Admission {
    /// Connections with an open COPY or transaction.
    open: AtomicUsize,
    /// How often somebody has asked all others to give way.
    calls: watch::Sender<u64>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The last time that a connection gave way.
    gave_way: Option<Instant>,
    limit: Option<Limit>,
    warned: bool,
    /// Late statements that waited for nothing of ours.
    unexplained: u32,
}

#[derive(Clone, Copy, Debug)]
struct Limit {
    connections: usize,
    found: Instant,
    /// Statements are limited, not only connections.
    of_statements: bool,
}

/// A statement that waits for longer than it should.
struct Late {
    called: Instant,
    /// Connections that had something open then, so that many had been admitted.
    open: usize,
}

impl Admission {
    pub(crate) fn new() -> Self {
        Admission { open: AtomicUsize::new(0), calls: watch::Sender::new(0), state: Mutex::default() }
    }

    /// Changes when the connections have to give way.
    pub(crate) fn calls(&self) -> watch::Receiver<u64> {
        self.calls.subscribe()
    }

    /// A connection has something open, or nothing any more.
    pub(crate) fn count_open(&self, open: bool) {
        if open {
            self.open.fetch_add(1, Ordering::AcqRel);
        } else {
            self.open.fetch_sub(1, Ordering::AcqRel);
        }
    }

    /// A connection has ended what it had open.
    pub(crate) fn gave_way(&self) {
        self.state.lock().gave_way = Some(Instant::now());
    }

    /// Connections that the pool may have, as far as is known.
    pub(crate) fn limit(&self) -> usize {
        let mut state = self.state.lock();
        if state.limit.is_some_and(|limit| limit.found.elapsed() >= HOLDS) {
            state.limit = None;
        }
        state.limit.map_or(usize::MAX, |limit| limit.connections)
    }

    /// True while statements are known to wait for each other: nothing stays open for the sake of speed.
    pub(crate) fn is_scarce(&self) -> bool {
        let state = self.state.lock();
        state.limit.is_some_and(|limit| limit.of_statements && limit.found.elapsed() < HOLDS)
    }

    /// The server gives no more than so many connections; true where nobody was told so far.
    pub(crate) fn limit_connections(&self, connections: usize) -> bool {
        let mut state = self.state.lock();
        let connections = state.limit.map_or(connections, |limit| limit.connections.min(connections)).max(1);
        let of_statements = state.limit.is_some_and(|limit| limit.of_statements);
        state.limit = Some(Limit { connections, found: Instant::now(), of_statements });
        !std::mem::replace(&mut state.warned, true)
    }

    /// Waits for the answer to a statement that needs the server no time; while it is late the others give way.
    pub(crate) async fn quick<T>(&self, what: &str, answer: impl Future<Output = Result<T>>) -> Result<T> {
        let mut answer = std::pin::pin!(answer);
        let began = Instant::now();
        let mut late = None;
        loop {
            tokio::select! {
                biased;
                answer = &mut answer => {
                    if let Some(late) = late {
                        self.answered(&late, what, began.elapsed());
                    }
                    return answer;
                }
                // Again and again: those that gave way may have something open anew.
                () = tokio::time::sleep(LATE) => late = Some(self.call(late)),
            }
        }
    }

    fn call(&self, known: Option<Late>) -> Late {
        let open = self.open.load(Ordering::Acquire);
        self.calls.send_modify(|calls| *calls += 1);
        known.unwrap_or(Late { called: Instant::now(), open })
    }

    fn answered(&self, late: &Late, what: &str, waited: Duration) {
        let mut state = self.state.lock();
        let helped = state.gave_way.is_some_and(|at| at >= late.called && at.elapsed() < AT_ONCE);
        if helped && late.open > 0 {
            let connections = state.limit.map_or(late.open, |limit| limit.connections.min(late.open));
            state.limit = Some(Limit { connections, found: Instant::now(), of_statements: true });
            if !std::mem::replace(&mut state.warned, true) {
                log::warn!(
                    target: "admission",
                    "the server admits fewer statements at once than this writer has connections: \"{what}\" waited {waited:?}, \
                     until others of its {open} open COPYs had ended. It goes on with {connections} and with short COPYs, more \
                     slowly. {ADVICE}",
                    open = late.open
                );
            }
            return;
        }
        state.unexplained += 1;
        if state.unexplained >= UNEXPLAINED && !std::mem::replace(&mut state.warned, true) {
            log::warn!(
                target: "admission",
                "\"{what}\" waited {waited:?}, and so did {} statements before it that need the server no time: it may admit \
                 fewer statements at once than this job has connections, or somebody holds locks. {ADVICE}",
                state.unexplained - 1
            );
        }
    }
}

/// What an operator can do.
const ADVICE: &str = "Limits are set by the user's resource queue (ACTIVE_STATEMENTS) or resource group (CONCURRENCY), the \
                      warehouse or a pooler: allow one for each connection of the job, 'sink.parallelism' times \
                      'connection.pool.max-size' and with exactly-once one for the committer, or lower those options";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, Kind};

    async fn after(wait: Duration) -> Result<()> {
        tokio::time::sleep(wait).await;
        Ok(())
    }

    #[tokio::test]
    async fn a_statement_in_time_calls_nobody() {
        let admission = Admission::new();
        let calls = admission.calls();
        admission.quick("x", after(LATE / 2)).await.expect("answered");
        assert!(!calls.has_changed().expect("open"));
        assert_eq!(admission.limit(), usize::MAX);
    }

    #[test]
    fn what_ends_when_others_give_way_shows_the_limit() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(async {
            let admission = Admission::new();
            let mut calls = admission.calls();
            admission.count_open(true);
            admission.count_open(true);
            let answered = async {
                calls.changed().await.map_err(|e| Error::new(Kind::Internal, e.to_string()))?;
                admission.count_open(false);
                admission.gave_way();
                Ok(())
            };
            admission.quick("begin COPY", answered).await.expect("answered");
            assert_eq!((admission.limit(), admission.is_scarce()), (2, true));
            // A later one that nobody gave way for changes nothing.
            admission.quick("begin COPY", after(LATE * 5 / 4)).await.expect("answered");
            assert_eq!(admission.limit(), 2);
            assert!(!admission.limit_connections(1), "told already");
            assert_eq!((admission.limit(), admission.is_scarce()), (1, true));
        });
    }
}
