//! The loader of one table: from frames to encoded chunks that wait for the table's connection.
//!
//! Promise: rows are numbered in the order of the calls; the chunks of a table are on one connection's way at a time;
//! in merge mode all rows that are not visible are on one connection. The caller's thread encodes and queues, the
//! connection's task takes; neither holds a lock while it waits for the other. It knows neither SQL nor sockets.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use parking_lot::{Mutex, RwLock};

use super::chunk::Chunk;
use super::connection_queue::{self, Queued};
use super::error_rows::ErrorRows;
use super::left_out_rows::LeftOutRows;
use super::opened::{Fill, Opened};
use super::permit::Permit;
use super::table_sequence::TableSequence;
use crate::connection::log_once::LogOnce;
use crate::copy::{Format, KeyMemory, Mode};
use crate::delivery::guarantee::Choice;
use crate::delivery::loaded_table::LoadedTable;
use crate::delivery::sift::Refusal;
use crate::encode::encoder::Encoder;
use crate::error::Result;
use crate::metrics::{TableMetrics, add};
use crate::open::definition::Definition;
use crate::open::target::Target;
use crate::spec::{MergeStrategy, TableSpec};
use crate::sql::{Dialect, TableName};

/// The queue of one connection.
pub(super) type ConnectionQueue = connection_queue::ConnectionQueue<TableLoader>;

/// What a chunk needs beside its data: itself in the queue, and what an allocation costs.
pub(super) const CHUNK_OVERHEAD: usize = 96;

/// The most room that a chunk gets beyond its first rows, for those of the next batches: of a thousand tables each
/// batch has a few rows, and a chunk of its own for every few rows would cost more than the rows. All of it is paid for
/// when the chunk is made.
pub(super) const CHUNK_ROOM: usize = 2 << 10;

/// One table of a session.
#[derive(Debug)]
pub(super) struct TableLoader {
    pub(super) id: u32,
    pub(super) spec: TableSpec,
    pub(super) name: TableName,
    /// What becomes of its rows.
    pub(super) choice: Choice,
    pub(super) metrics: Arc<TableMetrics>,
    pub(super) said: Arc<LogOnce>,
    pub(super) error_rows: Arc<ErrorRows>,
    /// Set while the catalog's answer counts.
    opened: RwLock<Option<Arc<Opened>>>,
    opening: AtomicBool,
    /// Its first rows are on their way, or were.
    loaded: AtomicBool,
    /// Rows came since the last flush.
    touched: AtomicBool,
    pub(super) sequence: Mutex<TableSequence>,
    queue: Mutex<Queue>,
    queued_bytes: AtomicUsize,
}

#[derive(Debug)]
struct Queue {
    chunks: VecDeque<Chunk>,
    bytes: usize,
    /// The connection that the table belongs to.
    connection: Option<Arc<ConnectionQueue>>,
    /// Rows that are not visible are on that connection, and the order of the merge needs them all there.
    held: bool,
    /// It stands in its connection's queue.
    waits: bool,
    waits_since: Instant,
    last_used: Instant,
}

impl Queued for TableLoader {
    fn queued_bytes(&self) -> usize {
        self.queued_bytes.load(Ordering::Relaxed)
    }
}

impl TableLoader {
    pub(super) fn new(
        id: u32,
        (spec, choice): (TableSpec, Choice),
        metrics: Arc<TableMetrics>,
        keys: Arc<KeyMemory>,
        said: Arc<LogOnce>,
        error_rows: Arc<ErrorRows>,
    ) -> Result<Self> {
        let name = TableName::new(&spec.schema, &spec.table)?;
        let left_out = LeftOutRows::new(name.quoted(), spec.error_rows);
        let now = Instant::now();
        Ok(TableLoader {
            id,
            spec,
            name,
            choice,
            metrics,
            opened: RwLock::default(),
            opening: AtomicBool::new(false),
            said,
            error_rows,
            loaded: AtomicBool::new(false),
            touched: AtomicBool::new(false),
            sequence: Mutex::new(TableSequence::new(keys, left_out)),
            queue: Mutex::new(Queue {
                chunks: VecDeque::new(),
                bytes: 0,
                connection: None,
                held: false,
                waits: false,
                waits_since: now,
                last_used: now,
            }),
            queued_bytes: AtomicUsize::new(0),
        })
    }

    /// Schema and name of the target, unquoted.
    pub(super) fn plain_name(&self) -> (String, String) {
        (self.spec.schema.clone(), self.spec.table.clone())
    }

    pub(super) fn opened(&self) -> Option<Arc<Opened>> {
        self.opened.read().as_ref().map(Arc::clone)
    }

    /// The target passed.
    pub(super) fn open(&self, opened: Opened) {
        self.sequence.lock().begin(opened.fill.is_some());
        *self.opened.write() = Some(Arc::new(opened));
        self.opening.store(false, Ordering::Release);
    }

    /// True for the one who has to see to it that the table is opened.
    pub(super) fn wants_opening(&self) -> bool {
        self.opened.read().is_none() && !self.opening.swap(true, Ordering::AcqRel)
    }

    /// True once.
    pub(super) fn is_first_loaded(&self) -> bool {
        !self.loaded.swap(true, Ordering::Relaxed)
    }

    /// Queues encoded rows for the table's connection; their memory, and that of at most `room` bytes for rows to come,
    /// comes out of `reserved`. The caller wakes the connection once for all rows of a batch.
    pub(super) fn enqueue(
        self: &Arc<Self>,
        (data, rows, fills): (&[u8], u64, bool),
        room: usize,
        reserved: &mut Permit,
    ) {
        add(&self.metrics.rows_accepted, rows);
        self.metrics.rows_arrived();
        let mut queue = self.queue.lock();
        match queue.chunks.back_mut() {
            Some(last) if last.fills == fills && last.data.capacity() - last.data.len() >= data.len() => {
                last.data.extend_from_slice(data);
                last.rows += rows;
            }
            last => {
                // A table's first chunk has no room to spare: it may be its only one for long.
                let room = last.map_or(0, |last| (2 * last.data.capacity()).min(room));
                // A copy: the scratch buffer has room for the worst case and would waste the budget.
                let mut copy = BytesMut::with_capacity(data.len().max(room));
                copy.extend_from_slice(data);
                let permit = reserved.split(copy.capacity() + CHUNK_OVERHEAD);
                let bytes = permit.bytes();
                queue.chunks.push_back(Chunk { data: copy, rows, fills, permit });
                queue.bytes += bytes;
                self.queued_bytes.store(queue.bytes, Ordering::Relaxed);
                self.metrics.queued_bytes.fetch_add(bytes, Ordering::Relaxed);
                if let Some(connection) = &queue.connection {
                    connection.add(bytes);
                }
            }
        }
        self.wait_in_line(&mut queue);
    }

    /// Puts the table into its connection's queue, unless it stands there already.
    fn wait_in_line(self: &Arc<Self>, queue: &mut Queue) {
        queue.last_used = Instant::now();
        let Some(connection) = &queue.connection else { return };
        if !queue.waits {
            connection.push(Arc::clone(self));
            queue.waits = true;
            queue.waits_since = queue.last_used;
        }
    }

    /// The table's connection, chosen by `choose` where there is none, or where the one it has stands still or retires
    /// while nothing of this table depends on it; waiting rows move along.
    pub(super) fn connection(
        self: &Arc<Self>,
        choose: impl FnOnce() -> Arc<ConnectionQueue>,
    ) -> Arc<ConnectionQueue> {
        let mut queue = self.queue.lock();
        let stays = |connection: &&Arc<ConnectionQueue>| {
            queue.held || !(connection.is_stuck() || connection.is_retired())
        };
        if let Some(connection) = queue.connection.as_ref().filter(stays) {
            return Arc::clone(connection);
        }
        let chosen = choose();
        if let Some(old) = queue.connection.replace(Arc::clone(&chosen)) {
            if old.number == chosen.number {
                return chosen;
            }
            old.unbind();
            old.subtract(queue.bytes);
            chosen.add(queue.bytes);
        }
        // Where it stood before it is found without rows, or with another connection, and passed over.
        queue.waits = false;
        chosen.bind();
        if !queue.chunks.is_empty() {
            self.wait_in_line(&mut queue);
            chosen.work.notify_one();
        }
        chosen
    }

    /// Goes on where a loader of another schema of the same table was.
    pub(super) fn succeed(&self, old: &TableLoader) {
        let next_seq = old.sequence.lock().next_seq();
        self.sequence.lock().go_on_from(next_seq);
        let mut old = old.queue.lock();
        self.queue.lock().connection = old.connection.take();
    }

    /// The waiting chunks that go the same way, `most` bytes and one chunk at most, for the connection that
    /// `connection` is the queue of: none where the table went elsewhere meanwhile. Where the table was `popped` out of
    /// the queue it stands at its end again if rows are left.
    pub(super) fn take(
        self: &Arc<Self>,
        connection: &ConnectionQueue,
        most: usize,
        popped: bool,
    ) -> Vec<Chunk> {
        let mut queue = self.queue.lock();
        if queue.connection.as_ref().is_none_or(|own| own.number != connection.number) {
            return Vec::new();
        }
        let mut taken = Vec::new();
        let mut bytes = 0;
        let fills = queue.chunks.front().is_some_and(|chunk| chunk.fills);
        while bytes < most
            && let Some(chunk) = queue.chunks.pop_front_if(|chunk| chunk.fills == fills)
        {
            bytes += chunk.bytes();
            taken.push(chunk);
        }
        queue.bytes -= bytes;
        self.queued_bytes.store(queue.bytes, Ordering::Relaxed);
        queue.held |= self.choice.replaces_rows() && !taken.is_empty();
        if popped {
            queue.waits = false;
            if !queue.chunks.is_empty() {
                self.wait_in_line(&mut queue);
            }
        }
        taken
    }

    /// True where its rows go over another connection than that of number `connection`, or over none.
    pub(super) fn is_elsewhere(&self, connection: usize) -> bool {
        self.queue.lock().connection.as_ref().is_none_or(|own| own.number != connection)
    }

    /// Since when it waits in its connection's queue.
    pub(super) fn waits_since(&self) -> Instant {
        self.queue.lock().waits_since
    }

    /// True once between two flushes.
    pub(super) fn touch(&self) -> bool {
        !self.touched.swap(true, Ordering::AcqRel)
    }

    pub(super) fn is_touched(&self) -> bool {
        self.touched.load(Ordering::Acquire)
    }

    /// Called when a flush begins: sets its keys apart and starts the next proof.
    pub(super) fn mark_flush(&self) {
        self.touched.store(false, Ordering::Release);
        self.sequence.lock().mark_flush();
    }

    /// Gives up plan and connection if no row came for `timeout`; the next row opens it anew. The caller makes sure
    /// that no rows come meanwhile.
    pub(super) fn close_if_idle(&self, timeout: Duration) -> bool {
        let mut queue = self.queue.lock();
        let idle = !queue.held && queue.chunks.is_empty() && !self.is_touched();
        if !idle || queue.last_used.elapsed() < timeout {
            return false;
        }
        if let Some(connection) = queue.connection.take() {
            connection.unbind();
        }
        queue.chunks = VecDeque::new();
        *self.opened.write() = None;
        true
    }
}

impl LoadedTable for TableLoader {
    type Plan = Opened;

    fn id(&self) -> u32 {
        self.id
    }

    fn spec(&self) -> &TableSpec {
        &self.spec
    }

    fn name(&self) -> &TableName {
        &self.name
    }

    fn next_seq(&self) -> i64 {
        self.sequence.lock().next_seq()
    }

    async fn flush_is_unique(&self) -> Result<bool> {
        TableSequence::flush_is_unique(&self.sequence).await
    }

    fn flushed(&self, rows: u64, took: Duration) {
        self.metrics.flushed(rows, took);
        log::debug!(target: "flush", "{}: {rows} rows visible", self.name.quoted());
    }

    fn set_free(&self) {
        self.queue.lock().held = false;
    }

    fn may_leave_out(&self, rows: u64) -> Result<()> {
        self.error_rows.may(rows)
    }

    fn left_out(&self, reasons: &BTreeMap<Refusal, u64>) -> Result<()> {
        self.count_left_out(reasons)
    }

    fn plan(&self, target: Target, stamp: String, dialect: Dialect) -> Result<Opened> {
        let format = match dialect.copy_format(self.spec.format) {
            Format::Binary if !target.text_only.is_empty() => {
                self.say_text_only(&target.text_only);
                Format::Text
            }
            format => format,
        };
        if self.choice.replaces_rows() && self.spec.merge_strategy == MergeStrategy::Auto {
            self.say_strategy(target.by);
        }
        let delivery = self.choice.deliver((self.id, &self.name), &target, (format, dialect))?;
        let definition = Arc::new(Definition::new(stamp, &target));
        let tuples = (format, self.choice.mode());
        let fill = match self.choice.fill(&self.name, &target, (format, dialect)) {
            None => None,
            Some(delivery) => {
                let (tuples, columns) = ((format, Mode::Fill), target.plan_columns.clone());
                Some(Fill { encoder: Encoder::new(&self.spec, &self.name, tuples, columns)?, delivery })
            }
        };
        let encoder = Encoder::new(&self.spec, &self.name, tuples, target.plan_columns)?;
        Ok(Opened { encoder, delivery, definition, fill })
    }

    fn follow(&self, plan: Opened) {
        // Rows that are to fill the target may wait, made for what it was. There will be no further ones.
        let fill = plan.fill.filter(|_| self.opened().is_some_and(|opened| opened.fill.is_some()));
        self.sequence.lock().begin(false);
        *self.opened.write() = Some(Arc::new(Opened { fill, ..plan }));
    }
}
