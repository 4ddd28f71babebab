//! A connection without work: it waits, gives way, is closed when it is of no use, and is noticed when it ends.
//!
//! Promise: a connection that holds rows, or a transaction, is never closed for being idle; one that ended with rows on
//! it fails the load.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::table_loader::TableLoader;
use super::{LINGER, Worker};
use crate::error::{Error, Kind, Result};

impl Worker {
    /// Waits for work, and notices when the connection ends meanwhile or has been idle for too long.
    pub(super) async fn idle(&mut self) -> Result<()> {
        let Some(stream) = &mut self.stream else {
            self.queue.work.notified().await;
            return Ok(());
        };
        stream.push().await?;
        let now = Instant::now();
        let timeout = self.pool.writer.spec().pool_idle_timeout;
        let idle_at = self.last_work + timeout;
        let wake_at = match self.queue.oldest() {
            Some(oldest) => oldest.waits_since() + LINGER,
            // A connection that holds rows is not idle, whatever the clock says.
            None if idle_at <= now => now + timeout,
            None => idle_at,
        };
        let wake_at = stream.due(self.last_work).map_or(wake_at, |due| due.min(wake_at));
        let wait = wake_at.saturating_duration_since(now).max(Duration::from_millis(1));
        tokio::select! {
            () = self.queue.work.notified() => Ok(()),
            _ = self.calls.changed() => {
                self.rested = stream.copying().map(Arc::clone).or(self.rested.take());
                match stream.give_way().await {
                    Err(error) => Err(stream.explained(error, None).await),
                    given => given,
                }
            }
            () = stream.connection.ended() => self.forget_lost_stream(),
            () = tokio::time::sleep(wait) => self.end_idle_stream(idle_at).await,
        }
    }

    /// Closes the connection if nothing came for the idle timeout and it holds nothing.
    async fn end_idle_stream(&mut self, idle_at: Instant) -> Result<()> {
        let unused = self.queue.oldest().is_none() && Instant::now() >= idle_at;
        if let Some(stream) = self.stream.as_ref().filter(|stream| unused && stream.is_free()) {
            let timeout = self.pool.writer.spec().pool_idle_timeout;
            if let Some(_no_rows_come) = self.pool.offer_lock.try_lock() {
                for (loader, _) in stream.deliveries.tables() {
                    let _may_be_newer_elsewhere = loader.close_if_idle(timeout);
                }
            }
            log::debug!(target: "pool", "connection {} was idle and is closed", self.queue.number);
            self.stream = None;
        }
        Ok(())
    }

    /// Now and then gives up tables that no row came for, so that a server does not keep a staging table of each.
    pub(super) async fn sweep(&mut self) -> Result<()> {
        let timeout = self.pool.writer.spec().pool_idle_timeout;
        let pool = Arc::clone(&self.pool);
        let Some(stream) = self.stream.as_mut().filter(|_| self.last_sweep.elapsed() >= timeout) else {
            return Ok(());
        };
        self.last_sweep = Instant::now();
        let number = self.queue.number;
        let idle: Vec<u32> = {
            // While rows are being taken in nothing is closed; the next flush tries again.
            let Some(_no_rows_come) = pool.offer_lock.try_lock() else { return Ok(()) };
            let unused = |loader: &TableLoader| loader.is_elsewhere(number) || loader.close_if_idle(timeout);
            let idle = stream.deliveries.tables().filter(|(loader, rows)| *rows == 0 && unused(loader));
            idle.map(|(loader, _)| loader.id).collect()
        };
        stream.give_up(&idle).await
    }

    /// Drops a connection that ended; an error where rows went with it.
    pub(super) fn forget_lost_stream(&mut self) -> Result<()> {
        let Some(stream) = self.stream.take() else { return Ok(()) };
        if stream.holds_rows() {
            let loaded = stream.deliveries.tables().find(|(_, rows)| *rows > 0).map(|(loader, _)| loader);
            let table = stream.copying().or(loaded).map_or("?", |loader| loader.name.quoted());
            let what = format!(
                "COPY for {table}: the connection failed: it ended while it held rows that were not visible yet"
            );
            return Err(Error::new(Kind::Connection, what));
        }
        Ok(())
    }
}
