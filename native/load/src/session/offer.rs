//! A batch's way in: cut into runs of one table each, memory reserved, encoded, queued.
//!
//! Promise: a batch is taken whole or not at all; memory is reserved before anything is encoded, so encoded bytes never
//! pass the budget; no wait is longer than the caller allows. Rows of one table keep their order; those of different
//! tables have none.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use parking_lot::RwLock;

use super::opened::Opened;
use super::permit::Permit;
use super::pool::Pool;
use super::refused_row::RefusedRow;
use super::table_loader::{CHUNK_OVERHEAD, CHUNK_ROOM, ConnectionQueue, TableLoader};
use crate::error::{Error, Kind, Result};
use crate::row::{FRAME_HEAD, Frames};

/// A scratch buffer that one huge row made larger than this is not kept.
const SCRATCH_KEPT: usize = 1 << 20;

/// A longer batch is one huge row: itself and, while it is encoded, what it is encoded into count as well.
const USUAL_BATCH: usize = 64 << 10;

/// The tables of a session, by their id.
pub(super) type TableLoaders = RwLock<Vec<Arc<TableLoader>>>;

/// What the caller's thread keeps between two batches.
#[derive(Debug, Default)]
pub(super) struct OfferBuffer {
    scratch: BytesMut,
    runs: Vec<Run>,
    /// The connections that get rows of this batch.
    connections: Vec<Arc<ConnectionQueue>>,
    /// Tables with rows since the last flush.
    touched: Vec<Arc<TableLoader>>,
    /// The row that ends the session is being judged.
    judges: bool,
    /// Where rows go that cannot be stored, if any table wants that.
    error_rows: Option<ErrorTable>,
    /// Memory of the huge row that comes next.
    room: Option<Permit>,
}

/// The table of rows that cannot be stored.
#[derive(Debug)]
pub(super) struct ErrorTable {
    pub(super) loader: Arc<TableLoader>,
    pub(super) sink: String,
}

/// Neighbouring rows, or records, of one table.
#[derive(Debug)]
struct Run {
    loader: Arc<TableLoader>,
    opened: Arc<Opened>,
    frames: Range<usize>,
    bound: usize,
}

impl OfferBuffer {
    /// From now on tables may keep their error rows.
    pub(super) fn keep_error_rows(&mut self, table: ErrorTable) {
        self.error_rows.get_or_insert(table);
    }

    /// Takes a batch; `false` where there is no room for it, or a table of it is not open yet, within `wait`.
    pub(super) fn take(
        &mut self,
        pool: &Arc<Pool>,
        loaders: &TableLoaders,
        batch: &[u8],
        wait: Duration,
    ) -> Result<bool> {
        if self.judges {
            return Ok(pool.shared.wait_for(wait, || None)?.unwrap_or(false));
        }
        let deadline = Instant::now() + wait;
        let _no_table_is_closed_meanwhile = pool.offer_lock.lock();
        let taken = self.take_runs(pool, loaders, batch, deadline);
        self.runs.clear();
        self.connections.clear();
        taken
    }

    /// Memory of a huge row that the caller is about to copy; `false` where there is none within `wait`. It is given
    /// back when the row was taken.
    pub(super) fn make_room(&mut self, pool: &Arc<Pool>, bytes: usize, wait: Duration) -> Result<bool> {
        let _no_table_is_closed_meanwhile = pool.offer_lock.lock();
        if self.room.as_ref().is_none_or(|room| room.bytes() < bytes) {
            self.room = None;
            self.room = self.reserve(pool, bytes, wait)?;
        }
        Ok(self.room.is_some())
    }

    fn take_runs(
        &mut self,
        pool: &Arc<Pool>,
        loaders: &TableLoaders,
        batch: &[u8],
        deadline: Instant,
    ) -> Result<bool> {
        let left = || deadline.saturating_duration_since(Instant::now());
        let closed = self.cut(loaders, batch)?;
        if !closed.is_empty() {
            closed.iter().for_each(|loader| pool.request_opening(loader));
            let all_open = || closed.iter().all(|loader| loader.opened().is_some()).then_some(());
            pool.shared.wait_for(left(), all_open)?;
            // Opening is rare and long: the caller comes again rather than waiting twice.
            return Ok(false);
        }
        let share = pool.share();
        // Room is a luxury: a small budget is for rows.
        let room = if self.runs.len() * CHUNK_ROOM <= pool.shared.memory().1 / 8 { CHUNK_ROOM } else { 0 };
        let mut bound = 0;
        for run in &self.runs {
            let chunks =
                1 + usize::from(run.loader.keeps_error_rows()) + usize::from(run.opened.fill.is_some());
            bound += run.bound + chunks * (CHUNK_OVERHEAD + room);
            let connection = pool.connection_of(&run.loader);
            if connection.queued() >= share && connection.queued() > 0 {
                let room = || (connection.queued() < share || connection.queued() == 0).then_some(());
                if pool.shared.wait_for(left(), room)?.is_none() {
                    return Ok(false);
                }
            }
            if self.connections.iter().all(|known| known.number != connection.number) {
                self.connections.push(connection);
            }
        }
        if batch.len() > USUAL_BATCH {
            let room = self.room.as_ref().map_or(0, Permit::bytes);
            bound = bound.saturating_mul(2).saturating_add(batch.len().saturating_sub(room));
        }
        let Some(mut reserved) = self.reserve(pool, bound, left())? else { return Ok(false) };
        for run in &self.runs {
            let frames = batch.get(run.frames.clone()).unwrap_or_default();
            let filled = run.loader.fill(&run.opened, frames, &mut self.scratch)?;
            if filled.tuples > 0 {
                if run.loader.touch() {
                    self.touched.push(Arc::clone(&run.loader));
                }
                run.loader.enqueue((&self.scratch, filled.tuples, true), room, &mut reserved);
            }
            let frames = frames.get(filled.taken..).unwrap_or_default();
            if frames.is_empty() {
                continue;
            }
            let (rows, error_rows) = match run.loader.encode(&run.opened, frames, &mut self.scratch) {
                Err(error) if error.kind() == Kind::Data => {
                    let (loader, opened) = (Arc::clone(&run.loader), Arc::clone(&run.opened));
                    RefusedRow { loader, opened, error }.judge(pool);
                    self.judges = true;
                    return Ok(false);
                }
                encoded => encoded?,
            };
            if rows > 0 {
                if run.loader.touch() {
                    self.touched.push(Arc::clone(&run.loader));
                }
                run.loader.enqueue((&self.scratch, rows, false), room, &mut reserved);
            }
            if let (Some(errors), false) = (&self.error_rows, error_rows.is_empty()) {
                let opened = errors.loader.opened().ok_or_else(|| no_table(errors.loader.id))?;
                self.scratch.clear();
                let names = (errors.sink.as_str(), run.loader.name.quoted());
                let rows = opened.encoder.encode_error_rows(&error_rows, names, &mut self.scratch)?;
                self.connections.push(pool.connection_of(&errors.loader));
                if errors.loader.touch() {
                    self.touched.push(Arc::clone(&errors.loader));
                }
                errors.loader.enqueue((&self.scratch, rows, false), room, &mut reserved);
            }
        }
        self.connections.iter().for_each(|connection| connection.work.notify_one());
        if self.scratch.capacity() > SCRATCH_KEPT {
            self.scratch = BytesMut::new();
        }
        self.room = None;
        Ok(true)
    }

    /// Memory for a batch; where there is none at once, the connections are told.
    fn reserve(&self, pool: &Pool, bytes: usize, wait: Duration) -> Result<Option<Permit>> {
        let owned = self.room.as_ref().map_or(0, Permit::bytes);
        let mut reserved = pool.shared.reserve(owned, bytes, Duration::ZERO)?;
        if reserved.is_none() {
            pool.press(true);
            reserved = pool.shared.reserve(owned, bytes, wait)?;
        }
        if reserved.is_some() {
            pool.press(false);
        }
        Ok(reserved)
    }

    /// Cuts the batch; the tables that are not open, where there are any.
    fn cut(&mut self, loaders: &TableLoaders, batch: &[u8]) -> Result<Vec<Arc<TableLoader>>> {
        let loaders = loaders.read();
        let mut closed: Vec<Arc<TableLoader>> = Vec::new();
        let error_rows = self.error_rows.as_ref().map(|errors| (&errors.loader, errors.loader.opened()));
        // Its memory is reserved before anybody knows whether a row is one.
        let bound = |loader: &TableLoader, opened: &Opened, frame: usize| {
            let errors = error_rows.as_ref().filter(|_| loader.keeps_error_rows());
            let errors = errors.and_then(|(_, errors)| errors.as_ref());
            let shown = opened.encoder.error_row_bound(frame);
            opened.encoder.bound(frame) + errors.map_or(0, |errors| errors.encoder.bound(shown))
        };
        let mut at = 0;
        for frame in Frames::new(batch) {
            let frame = frame?;
            let end = at + FRAME_HEAD + frame.image.len();
            match self.runs.last_mut().filter(|run| run.loader.id == frame.table) {
                Some(run) => {
                    run.frames.end = end;
                    run.bound += bound(&run.loader, &run.opened, frame.image.len());
                }
                None => {
                    let loader = usize::try_from(frame.table).ok().and_then(|index| loaders.get(index));
                    let loader = loader.ok_or_else(|| no_table(frame.table))?;
                    match loader.opened() {
                        Some(opened) => self.runs.push(Run {
                            bound: bound(loader, &opened, frame.image.len()),
                            loader: Arc::clone(loader),
                            opened,
                            frames: at..end,
                        }),
                        None if closed.last().is_some_and(|known| known.id == loader.id) => {}
                        None => closed.push(Arc::clone(loader)),
                    }
                }
            }
            at = end;
        }
        if let Some((errors, None)) = &error_rows
            && self.runs.iter().any(|run| run.loader.keeps_error_rows())
        {
            closed.push(Arc::clone(errors));
        }
        Ok(closed)
    }

    /// Called when a flush begins.
    ///
    /// # Errors
    /// Kind `Internal` behind a row that was refused.
    pub(super) fn mark_flush(&mut self) -> Result<()> {
        if self.judges {
            return Err(Error::new(Kind::Internal, "a flush behind a row that was refused"));
        }
        self.touched.drain(..).for_each(|loader| loader.mark_flush());
        Ok(())
    }
}

pub(super) fn no_table(id: u32) -> Error {
    Error::new(Kind::Internal, format!("there is no table {id}"))
}
