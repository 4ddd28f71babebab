//! For how long a connection has something open: a COPY, and the transaction that rows are appended in.
//!
//! An open COPY is a running statement, and the transaction holds its tables against a DBA's ALTER and vacuum's
//! horizon. Promise: a COPY ends after [`COPY`], or when no row came for [`IDLE`]; the transaction commits after
//! `sink.copy.max-duration` or a million rows, if it commits earlier than the flush at all, which only append can do:
//! it promises no more than that no row is lost. While the server admits few statements, each turn ends both. Ending a
//! COPY early loses nothing: its rows are staged, or in the transaction.

use std::time::{Duration, Instant};

use super::copy_stream::CopyStream;
use crate::error::Result;

/// Who waits for our statement to end waits no longer than that.
const COPY: Duration = Duration::from_secs(1);

/// So long a COPY waits for the next row of its table.
const IDLE: Duration = Duration::from_millis(200);

impl CopyStream {
    /// When something has to end although nothing else happens; `None` where nothing is open.
    pub(super) fn due(&self, last_row: Instant) -> Option<Instant> {
        let copy = self.copy.as_ref().map(|copy| (last_row + IDLE).min(copy.began + self.copy_limit()));
        let transaction = self.deliveries.transaction_due(self.writer.spec().copy_max_duration);
        copy.into_iter().chain(transaction).min()
    }

    /// Ends what is due.
    pub(super) async fn end_due(&mut self, last_row: Instant) -> Result<()> {
        let now = Instant::now();
        let on_their_way = self.copy.as_ref().map_or(0, |copy| copy.rows);
        if self.deliveries.is_transaction_due(self.writer.spec().copy_max_duration, on_their_way) {
            self.finish_copy().await?;
            return self.end_transaction().await;
        }
        let over = |began: Instant| began + self.copy_limit() <= now || last_row + IDLE <= now;
        if self.copy.as_ref().is_some_and(|copy| over(copy.began)) {
            self.finish_copy().await?;
        }
        Ok(())
    }

    /// Ends everything that is open, because others wait for it.
    pub(super) async fn give_way(&mut self) -> Result<()> {
        if self.copy.is_some() || self.deliveries.in_transaction() {
            self.finish_copy().await?;
            self.end_transaction().await?;
            self.queue.gave_way();
        }
        Ok(())
    }

    fn copy_limit(&self) -> Duration {
        let limit = self.writer.spec().copy_max_duration;
        if limit.is_zero() { COPY } else { limit.min(COPY) }
    }
}
