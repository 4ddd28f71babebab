//! Which connections of a writer merge, and how long one waits for the others' rows.
//!
//! Promise: one that waits itself is not waited for, and no wait is longer than the grace period.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::connection::backoff::Backoff;

/// The wait for writers and sinks that nothing is known of.
const FOR_ANY: Duration = Duration::from_secs(5);

/// The wait while another connection of the writer merges.
const FOR_OWN: Duration = Duration::from_secs(60);

const PAUSES: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(1));

/// How many connections of a writer merge, without those that wait for rows of others.
#[derive(Debug, Default)]
pub(crate) struct AtWork(AtomicUsize);

impl AtWork {
    pub(super) fn begin(&self) -> Working<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Working(self)
    }

    pub(super) fn pause(&self) -> Paused<'_> {
        self.0.fetch_sub(1, Ordering::Relaxed);
        Paused(self)
    }

    /// Asked by one of them.
    fn has_others(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 1
    }
}

/// A connection merges.
pub(super) struct Working<'a>(&'a AtWork);

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One of them waits.
pub(super) struct Paused<'a>(&'a AtWork);

impl Drop for Paused<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// What a merge has waited for rows of others.
#[derive(Debug)]
pub(super) struct WaitForOthers {
    pub(super) since: Option<Instant>,
    pub(super) pauses: Backoff,
    /// The last try met rows that others speak against, whatever it ended with.
    pub(super) met: AtomicBool,
}

impl Default for WaitForOthers {
    fn default() -> Self {
        WaitForOthers { since: None, pauses: PAUSES, met: AtomicBool::new(false) }
    }
}

/// How long rows of others are waited for.
pub(super) fn limit(at_work: &AtWork, grace: Duration) -> Duration {
    if at_work.has_others() { FOR_OWN.min(grace) } else { FOR_ANY.min(grace) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_merges_is_waited_for_and_one_that_waits_is_not() {
        let (at_work, grace) = (AtWork::default(), Duration::from_secs(300));
        let own = at_work.begin();
        assert_eq!(limit(&at_work, grace), FOR_ANY);
        let other = at_work.begin();
        assert_eq!(limit(&at_work, grace), FOR_OWN);
        assert_eq!(limit(&at_work, Duration::from_secs(1)), Duration::from_secs(1));
        let waits = at_work.pause();
        assert_eq!(limit(&at_work, grace), FOR_ANY);
        drop(waits);
        assert_eq!(limit(&at_work, grace), FOR_OWN);
        drop(other);
        assert_eq!(limit(&at_work, grace), FOR_ANY);
        drop(own);
    }
}
