//! A connection without work: it waits, gives way, is closed when it is of no use, and is noticed when it ends.
//!
//! Promise: a connection that holds rows, or a transaction, is never closed for being idle; one that ended with rows on it fails the load.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::table_loader::Loader;
use super::{LINGER, Worker};
use crate::error::{Error, Kind, Result};

impl Worker {
    /// Waits for work, and notices when the connection ends meanwhile or has been idle for too long.
    pub(super) async fn idle(&mut self) -> Result<()> {
        let Some(lane) = &mut self.lane else {
            self.queue.work.notified().await;
            return Ok(());
        };
        lane.push().await?;
        let now = Instant::now();
        let timeout = self.pool.writer.spec().pool_idle_timeout;
        let idle_at = self.last_work + timeout;
        let wake_at = match self.queue.oldest() {
            Some(oldest) => oldest.waits_since() + LINGER,
            // A connection that holds rows is not idle, whatever the clock says.
            None if idle_at <= now => now + timeout,
            None => idle_at,
        };
        let wake_at = lane.due(self.last_work).map_or(wake_at, |due| due.min(wake_at));
        let wait = wake_at.saturating_duration_since(now).max(Duration::from_millis(1));
        tokio::select! {
            () = self.queue.work.notified() => Ok(()),
            _ = self.calls.changed() => {
                self.rested = lane.copying().map(Arc::clone).or(self.rested.take());
                match lane.give_way().await {
                    Err(error) => Err(lane.explained(error, None).await),
                    given => given,
                }
            }
            () = lane.connection.ended() => self.forget_lost_lane(),
            () = tokio::time::sleep(wait) => self.end_idle_lane(idle_at).await,
        }
    }

    /// Closes the connection if nothing came for the idle timeout and it holds nothing.
    async fn end_idle_lane(&mut self, idle_at: Instant) -> Result<()> {
        let unused = self.queue.oldest().is_none() && Instant::now() >= idle_at;
        if let Some(lane) =
            self.lane.as_ref().filter(|lane| unused && !lane.holds_rows() && !lane.in_transaction)
        {
            let timeout = self.pool.writer.spec().pool_idle_timeout;
            if let Some(_no_rows_come) = self.pool.intake.try_lock() {
                for carried in lane.carried.values() {
                    let _may_be_newer_elsewhere = carried.loader.close_if_idle(timeout);
                }
            }
            log::debug!(target: "pool", "connection {} was idle and is closed", self.queue.number);
            self.lane = None;
        }
        Ok(())
    }

    /// Now and then gives up tables that no row came for, so that a server does not keep a staging table of each.
    pub(super) async fn sweep(&mut self) -> Result<()> {
        let timeout = self.pool.writer.spec().pool_idle_timeout;
        let pool = Arc::clone(&self.pool);
        let Some(lane) = self.lane.as_mut().filter(|_| self.last_sweep.elapsed() >= timeout) else {
            return Ok(());
        };
        self.last_sweep = Instant::now();
        let number = self.queue.number;
        let idle: Vec<u32> = {
            // While rows are being taken in nothing is closed; the next flush tries again.
            let Some(_no_rows_come) = pool.intake.try_lock() else { return Ok(()) };
            let unused = |loader: &Loader| loader.is_elsewhere(number) || loader.close_if_idle(timeout);
            lane.carried.values().filter(|c| c.rows == 0 && unused(&c.loader)).map(|c| c.loader.id).collect()
        };
        lane.drop_carried(&idle).await
    }

    /// Drops a connection that ended; an error where rows went with it.
    pub(super) fn forget_lost_lane(&mut self) -> Result<()> {
        let Some(lane) = self.lane.take() else { return Ok(()) };
        if lane.holds_rows() {
            let loaded =
                lane.carried.values().find(|carried| carried.rows > 0).map(|carried| &carried.loader);
            let table = lane.copying().or(loaded).map_or("?", |loader| loader.name.quoted());
            let what = format!(
                "COPY for {table}: the connection failed: it ended while it held rows that were not visible yet"
            );
            return Err(Error::new(Kind::Connection, what));
        }
        Ok(())
    }
}
