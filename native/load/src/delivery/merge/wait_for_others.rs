//! How long does a merge wait for rows of others, before rows of its own are left out for want of them?
//!
//! A foreign key's other row may be in a merge beside this one, of another connection, writer or sink, and a merge may
//! be about to take away what a unique index holds against a row. Promise: where rows are left out, a merge that fails
//! of such a cause is repeated for some seconds, and for as long as another connection of its writer merges up to a
//! minute, before one of them is; never longer than the grace period. Between the tries it holds nothing, so that two
//! merges may wait for each other.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::Transaction;
use super::at_work::limit;
use super::course::Course;
use crate::connection::connection::Purpose;
use crate::delivery::loaded_table::LoadedTable;
use crate::error::{Error, Kind, Result};
use crate::policy::is_of_other_rows;

impl<T: LoadedTable> Transaction<'_, T> {
    /// True where the merge is to be repeated after an error, for rows of others may come or go yet; it has waited.
    pub(super) async fn waited_for_others(&self, error: &Error, course: &mut Course) -> Result<bool> {
        let met = std::mem::take(course.waiting.met.get_mut());
        let of_others = met || error.sqlstate().is_some_and(is_of_other_rows);
        if !of_others || self.lenient().next().is_none() || !self.may_wait(course) {
            return Ok(false);
        }
        course.waiting.since.get_or_insert_with(Instant::now);
        let pause = course.waiting.pauses.pause();
        log::debug!(target: "flush", "{}; the merge is repeated in {pause:?}", error.chain());
        self.connection.execute(Purpose::Long("roll back a merge"), "ROLLBACK").await?;
        let _paused = self.writer.at_work.pause();
        tokio::time::sleep(pause).await;
        Ok(true)
    }

    /// Rows of others are waited for; the next error makes the merge come again.
    pub(super) fn would_wait(&self, course: &Course) -> bool {
        let waits = self.may_wait(course);
        course.waiting.met.store(waits, Ordering::Relaxed);
        waits
    }

    /// # Errors
    /// Where rows of others are to be waited for.
    pub(super) fn wait_for_others(&self, course: &Course, target: &str) -> Result<()> {
        if !self.would_wait(course) {
            return Ok(());
        }
        Err(Error::new(Kind::Contention, format!("merge into {target}: rows wait for rows of others")))
    }

    fn may_wait(&self, course: &Course) -> bool {
        let waited = course.waiting.since.map_or(Duration::ZERO, |since| since.elapsed());
        waited < limit(&self.writer.at_work, self.writer.connector.grace.period())
    }
}
