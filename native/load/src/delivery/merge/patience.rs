//! How long does a merge wait for rows of others, before rows of its own are left out for want of them?
//!
//! A foreign key's other row may be in a merge beside this one, of another connection, writer or sink, and a merge may
//! be about to take away what a unique index holds against a row. Promise: where rows are left out, a merge that fails
//! of such a cause is repeated for some seconds, and for as long as another connection of its writer merges up to a
//! minute, before one of them is; never longer than the grace period. Between the tries it holds nothing, so that two
//! merges may wait for each other.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::course::Course;
use super::{LoadedTable, Transaction};
use crate::connection::backoff::Backoff;
use crate::connection::connection::Purpose;
use crate::error::{Error, Kind, Result};
use crate::policy::is_of_other_rows;

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

    fn pause(&self) -> Paused<'_> {
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

struct Paused<'a>(&'a AtWork);

impl Drop for Paused<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// What a merge has waited for rows of others.
#[derive(Debug)]
pub(super) struct Patience {
    since: Option<Instant>,
    pauses: Backoff,
    /// The last try met rows that others speak against, whatever it ended with.
    met: AtomicBool,
}

impl Default for Patience {
    fn default() -> Self {
        Patience { since: None, pauses: PAUSES, met: AtomicBool::new(false) }
    }
}

impl<T: LoadedTable> Transaction<'_, T> {
    /// True where the merge is to be repeated after an error, for rows of others may come or go yet; it has waited.
    pub(super) async fn waited_for_others(&self, error: &Error, course: &mut Course) -> Result<bool> {
        let met = std::mem::take(course.patience.met.get_mut());
        let of_others = met || error.sqlstate().is_some_and(is_of_other_rows);
        if !of_others || self.lenient().next().is_none() || !self.is_patient(course) {
            return Ok(false);
        }
        course.patience.since.get_or_insert_with(Instant::now);
        let pause = course.patience.pauses.pause();
        log::debug!(target: "flush", "{}; the merge is repeated in {pause:?}", error.chain());
        self.connection.execute(Purpose::Long("roll back a merge"), "ROLLBACK").await?;
        let _paused = self.writer.at_work.pause();
        tokio::time::sleep(pause).await;
        Ok(true)
    }

    /// Rows of others are waited for; the next error makes the merge come again.
    pub(super) fn would_wait(&self, course: &Course) -> bool {
        let patient = self.is_patient(course);
        course.patience.met.store(patient, Ordering::Relaxed);
        patient
    }

    /// # Errors
    /// Where rows of others are to be waited for.
    pub(super) fn wait_for_others(&self, course: &Course, target: &str) -> Result<()> {
        if !self.would_wait(course) {
            return Ok(());
        }
        Err(Error::new(Kind::Contention, format!("merge into {target}: rows wait for rows of others")))
    }

    fn is_patient(&self, course: &Course) -> bool {
        let waited = course.patience.since.map_or(Duration::ZERO, |since| since.elapsed());
        waited < limit(&self.writer.at_work, self.writer.connector.grace.period())
    }
}

fn limit(at_work: &AtWork, grace: Duration) -> Duration {
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
