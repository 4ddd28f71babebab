//! The task of one connection: whose turn it is, when to flush, when to connect, when to end.
//!
//! Promise: it never ends in silence. An error or a panic is stored in the session, where the next call finds it;
//! closing aborts at whatever point the work stands, without publishing anything. While its connection holds no row,
//! a broken one is replaced; with rows on it, the load fails and Flink replays. Tables take turns: the one whose COPY
//! is open goes on while nobody else has waited for long; then the longest wait and the largest queue alternate, so
//! that neither a hot table nor a thousand cold ones starve the other. A turn never waits for a flush to end.

mod idle;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::connection_queue::Queued;
use super::copy_stream::CopyStream;
use super::pool::Pool;
use super::table_loader::{ConnectionQueue, TableLoader};
use crate::connection::admission::LATE;
use crate::connection::backoff::Backoff;
use crate::connection::connection::Connection;
use crate::connection::connection_limit;
use crate::connection::grace::Known;
use crate::connection::retries::{Limit, Retries};
use crate::connection::supervise::until_closed;
use crate::error::{Error, Kind, Result};
use crate::metrics::add;
use crate::policy::Situation;

/// A table that has waited for so long gets the connection although another one's COPY is open. A switch costs two
/// round trips and the server the end and the begin of a COPY, so rows of a cold table rather wait for company; nobody
/// can see them before the flush anyway.
const LINGER: Duration = Duration::from_secs(4);

/// So many waiting bytes are worth a switch at once.
const WORTH_A_SWITCH: usize = 256 << 10;

/// How long a connection waits for its login while others load.
const LOGIN_WAIT: Duration = Duration::from_secs(5);

/// The most that a table sends in one turn.
const TURN: usize = 1 << 20;

/// The task's state.
pub(super) struct Worker {
    pool: Arc<Pool>,
    queue: Arc<ConnectionQueue>,
    stream: Option<CopyStream>,
    /// The table of the last COPY, which ended because it was open for long and not because another one had its turn.
    rested: Option<Arc<TableLoader>>,
    /// Others want this connection to give way.
    calls: watch::Receiver<u64>,
    /// The last turn went to the table that had waited longest.
    served_oldest: bool,
    last_work: Instant,
    last_sweep: Instant,
}

/// A table that may send now.
struct Turn {
    loader: Arc<TableLoader>,
    /// It was taken out of the queue; else it still stands there.
    popped: bool,
}

impl Turn {
    fn popped(loader: Arc<TableLoader>) -> Self {
        Turn { loader, popped: true }
    }

    fn in_line(loader: &Arc<TableLoader>) -> Self {
        Turn { loader: Arc::clone(loader), popped: false }
    }
}

impl Worker {
    /// Starts the task.
    pub(super) fn spawn(pool: Arc<Pool>, queue: Arc<ConnectionQueue>) {
        let runtime = pool.runtime().clone();
        runtime.spawn(Worker::new(pool, queue).supervise());
    }

    fn new(pool: Arc<Pool>, queue: Arc<ConnectionQueue>) -> Self {
        let now = Instant::now();
        let calls = pool.admission.calls();
        let (stream, rested) = (None, None);
        Worker { pool, queue, stream, rested, calls, served_oldest: false, last_work: now, last_sweep: now }
    }

    /// Runs until the session is closed or failed.
    async fn supervise(mut self) {
        let shared = Arc::clone(&self.pool.shared);
        match until_closed(shared.closing(), "the loader", self.run()).await {
            None => {}
            Some(Ok(never)) => match never {},
            Some(Err(error)) => shared.fail(error.judged(Situation::Copy)),
        }
        if let Some(stream) = self.stream.take() {
            let canceller = stream.connection.canceller();
            drop(stream);
            canceller.cancel().await;
        }
        shared.task_ended();
    }

    async fn run(&mut self) -> Result<Infallible> {
        loop {
            self.pool.keep_to_limit();
            Box::pin(self.give_way()).await?;
            let retires = self.queue.is_retired();
            if retires && self.is_free() {
                self.leave().await?;
            }
            // Read before the queue: what was offered before the flush began is in it by then.
            let flushes = self.queue.flushes_wanted();
            let openings = if retires { Vec::new() } else { self.pool.take_openings().await };
            if !openings.is_empty() {
                Box::pin(self.open(openings)).await?;
            } else if let Some(turn) = self.next(flushes > 0) {
                Box::pin(self.load(turn)).await?;
            } else if flushes > 0 {
                Box::pin(self.flush(flushes)).await?;
            } else {
                self.idle().await?;
                continue;
            }
            self.last_work = Instant::now();
        }
    }

    async fn open(&mut self, loaders: Vec<Arc<TableLoader>>) -> Result<()> {
        let pool = Arc::clone(&self.pool);
        let mut retries = Retries::new(
            Situation::Opening,
            ("loader", "opening tables"),
            (Limit::Times(0), Backoff::new(Duration::ZERO, Duration::ZERO)),
            (&pool.writer.connector.grace, Known::Table),
        );
        loop {
            let Some(stream) = self.stream().await? else {
                pool.put_back(loaders);
                return Ok(());
            };
            let opened = stream.open(&loaders).await;
            let error = match opened {
                Ok(()) => break,
                Err(error) => error,
            };
            let again = retries.decide(error)?;
            // What is appended in an open transaction may have gone with the error.
            if let Some(stream) = self.stream.as_mut() {
                stream.check_transaction().await?;
            }
            let _stuck = self.queue.stand_still();
            again.wait().await;
        }
        pool.shared.openings_ended(loaders.len());
        Ok(())
    }

    async fn flush(&mut self, flushes: usize) -> Result<()> {
        if let Some(stream) = &mut self.stream {
            stream.flush().await?;
        }
        self.rested = None;
        self.queue.flushed(flushes);
        (0..flushes).for_each(|_| self.pool.shared.flush_done());
        self.sweep().await
    }

    /// Ends what is open for too long, and everything where others wait for it.
    async fn give_way(&mut self) -> Result<()> {
        let called = self.calls.has_changed().unwrap_or(false);
        self.calls.mark_unchanged();
        let Some(stream) = &mut self.stream else { return Ok(()) };
        let copying = stream.copying().map(Arc::clone);
        let given = if called || self.pool.admission.is_scarce() {
            stream.give_way().await
        } else {
            stream.end_due(self.last_work).await
        };
        if let Err(error) = given {
            return Err(stream.explained(error, None).await);
        }
        if stream.copying().is_none() {
            self.rested = copying.or(self.rested.take());
        }
        Ok(())
    }

    /// No row depends on the connection, if there is one.
    fn is_free(&self) -> bool {
        self.stream.as_ref().is_none_or(CopyStream::is_free)
    }

    /// Gives the tables to others and the connection back.
    async fn leave(&mut self) -> Result<()> {
        self.rested = None;
        if let Some(mut stream) = self.stream.take() {
            stream.deliveries.retire();
            log::debug!(target: "pool", "connection {} retires", self.queue.number);
        }
        if self.queue.oldest().is_none() {
            return Ok(());
        }
        let (pool, queue) = (Arc::clone(&self.pool), Arc::clone(&self.queue));
        tokio::task::spawn_blocking(move || pool.move_tables(&queue))
            .await
            .map_err(|e| Error::new(Kind::Internal, format!("tables could not change their connection: {e}")))
    }

    /// The table whose COPY is open, or was until it had been for long.
    fn current(&self) -> Option<&Arc<TableLoader>> {
        self.stream.as_ref().and_then(CopyStream::copying).or(self.rested.as_ref())
    }

    /// Whose rows to send now, if any are worth it; in a flush all are.
    fn next(&mut self, flushing: bool) -> Option<Turn> {
        let oldest = self.queue.oldest()?;
        let copying = self.current();
        let current = copying.filter(|loader| loader.queued_bytes() > 0).map(Turn::in_line);
        if copying.is_none() || flushing {
            return current.or_else(|| self.queue.pop().map(Turn::popped));
        }
        let waited = oldest.waits_since().elapsed() >= LINGER;
        if waited && !self.served_oldest {
            self.served_oldest = true;
            return self.queue.pop().map(Turn::popped);
        }
        self.served_oldest = false;
        let largest = || self.queue.largest();
        if waited || self.pool.is_pressed() || self.queue.queued() > self.pool.share() / 4 * 3 {
            return largest().as_ref().map(Turn::in_line);
        }
        current
            .or_else(|| largest().filter(|l| l.queued_bytes() >= WORTH_A_SWITCH).as_ref().map(Turn::in_line))
    }

    async fn load(&mut self, Turn { loader, popped }: Turn) -> Result<()> {
        let pool = Arc::clone(&self.pool);
        if self.stream().await?.is_none() {
            // It stands in no queue, but believes to.
            if popped {
                self.queue.push(loader);
            }
            return Ok(());
        }
        let chunks = loader.take(&self.queue, TURN, popped);
        if chunks.is_empty() {
            return Ok(());
        }
        let opened = loader.opened().ok_or_else(|| {
            Error::new(Kind::Internal, format!("table {}: rows of a closed table", loader.name.quoted()))
        })?;
        let fills = chunks.first().is_some_and(|chunk| chunk.fills);
        let switches = self.current().is_some_and(|other| other.id != loader.id);
        self.rested = None;
        if switches && self.queue.flushes_wanted() == 0 {
            add(&pool.shared.metrics.switches, 1);
        }
        for attempt in 0.. {
            let Some(stream) = &mut self.stream else { break };
            // Asked before: a COPY that fails to end takes its rows with it, and the stream then knows nothing of them.
            let held = stream.holds_rows();
            let begun = stream.begin_copy(&loader, &opened, fills).await;
            match begun.map_err(|error| error.judged(Situation::Copy)) {
                Ok(()) => break,
                Err(error) if error.kind() == Kind::Connection && !held && attempt == 0 => {
                    log::warn!(target: "loader", "{}; connecting again", error.chain());
                    self.stream = None;
                    if self.stream().await?.is_none() {
                        // The rows were taken already, and another connection is no place for them.
                        return Err(error);
                    }
                }
                Err(error) => {
                    return Err(stream.explained(error, Some((&loader, &opened, fills))).await);
                }
            }
        }
        let stream =
            self.stream.as_mut().ok_or_else(|| Error::new(Kind::Internal, "rows without a connection"))?;
        match stream.send(chunks).await {
            Err(error) => Err(stream.explained(error, None).await),
            sent => sent,
        }
    }

    /// The connection, made or made again where that loses nothing; none where the others go on without it.
    async fn stream(&mut self) -> Result<Option<&mut CopyStream>> {
        let lost = self.stream.as_ref().is_some_and(|stream| stream.connection.is_closed());
        if lost {
            self.forget_lost_stream()?;
        }
        if self.stream.is_none() {
            let Some(connection) = self.connect().await? else { return Ok(None) };
            let connection = connection.share(Arc::clone(&self.pool.admission));
            if self.queue.number == 0 {
                let checked = connection_limit::check(&connection).await;
                checked.map_err(|error| error.judged(Situation::Session))?;
            }
            let (shared, queue) = (Arc::clone(&self.pool.shared), Arc::clone(&self.queue));
            let writer = Arc::clone(&self.pool.writer);
            self.stream = Some(CopyStream::new(connection, writer, shared, queue));
        }
        Ok(self.stream.as_mut())
    }

    /// Logs in; none where that lasts or fails while others load, or is no use any more.
    async fn connect(&self) -> Result<Option<Connection>> {
        let (pool, queue) = (&self.pool, &self.queue);
        let began = Instant::now();
        let mut stuck = None;
        let connecting = async {
            let mut connecting = std::pin::pin!(pool.writer.connector.connect());
            loop {
                tokio::select! {
                    connected = &mut connecting => return connected.map(Some),
                    () = tokio::time::sleep(LATE) => {
                        stuck.get_or_insert_with(|| queue.stand_still());
                    }
                }
                let why = || format!("a login was not answered within {LOGIN_WAIT:?}");
                if queue.is_retired() || began.elapsed() >= LOGIN_WAIT && pool.goes_on_without(queue, &why())
                {
                    return Ok(None);
                }
            }
        };
        let connected = queue.quick("log in", connecting).await;
        drop(stuck);
        match connected {
            Err(error) if error.kind() == Kind::Connection && pool.goes_on_without(queue, &error.chain()) => {
                Ok(None)
            }
            connected => connected,
        }
    }
}
