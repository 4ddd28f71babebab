//! What a sink says once in a process, although many connections, writers and its committer meet the same there.
//!
//! Promise: a thing that stays as it is is told once for as long as any session of the sink is open here, and a fault
//! that several meet once for as long as any of them does; when it comes again after it has passed, it is told again.
//! Nothing is kept of sinks without a session.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::spec::SessionSpec;

/// Sinks with their sessions in this process.
static SINKS: Mutex<BTreeMap<String, (usize, Arc<LogOnce>)>> = Mutex::new(BTreeMap::new());

/// What was told of one sink.
#[derive(Debug, Default)]
pub(crate) struct LogOnce {
    things: Mutex<BTreeSet<String>>,
    /// How many meet each fault now.
    faults: Mutex<BTreeMap<String, usize>>,
}

impl LogOnce {
    /// True for the first who says this.
    pub(crate) fn is_first(&self, thing: &str) -> bool {
        self.things.lock().insert(thing.to_owned())
    }

    /// One more meets this fault, until the guard is dropped; true where nobody else does.
    pub(crate) fn meets(self: &Arc<Self>, fault: String) -> (Fault, bool) {
        let mut faults = self.faults.lock();
        let count = faults.entry(fault.clone()).or_default();
        *count += 1;
        (Fault { log_once: Arc::clone(self), fault }, *count == 1)
    }
}

/// A session's part in what its sink has told.
#[derive(Debug)]
pub(crate) struct Membership {
    sink: String,
    log_once: Arc<LogOnce>,
}

impl Membership {
    pub(crate) fn new(spec: &SessionSpec) -> Self {
        let sink = format!("{}:{}/{} {}", spec.hostname, spec.port, spec.database, spec.sink.id);
        let mut sinks = SINKS.lock();
        let (sessions, log_once) = sinks.entry(sink.clone()).or_default();
        *sessions += 1;
        let log_once = Arc::clone(log_once);
        Membership { sink, log_once }
    }

    pub(crate) fn log_once(&self) -> Arc<LogOnce> {
        Arc::clone(&self.log_once)
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        let mut sinks = SINKS.lock();
        if let Some((sessions, _)) = sinks.get_mut(&self.sink) {
            *sessions -= 1;
            if *sessions == 0 {
                sinks.remove(&self.sink);
            }
        }
    }
}

/// Somebody meets a fault.
#[derive(Debug)]
pub(crate) struct Fault {
    log_once: Arc<LogOnce>,
    fault: String,
}

impl Drop for Fault {
    fn drop(&mut self) {
        let mut faults = self.log_once.faults.lock();
        if let Some(count) = faults.get_mut(&self.fault) {
            *count -= 1;
            if *count == 0 {
                faults.remove(&self.fault);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_told_once_while_anybody_meets_it_and_again_when_it_comes_back() {
        let log_once = Arc::new(LogOnce::default());
        let fault = || log_once.meets("x".to_owned());
        let ((one, first), (other, second)) = (fault(), fault());
        assert_eq!((first, second, log_once.meets("y".to_owned()).1), (true, false, true));
        drop(one);
        assert!(!fault().1, "somebody still meets it");
        drop(other);
        assert!(fault().1);
        assert!(log_once.faults.lock().is_empty());
    }

    #[test]
    fn what_stays_as_it_is_is_told_once() {
        let log_once = LogOnce::default();
        assert_eq!(["x", "x", "y"].map(|thing| log_once.is_first(thing)), [true, false, true]);
    }
}
