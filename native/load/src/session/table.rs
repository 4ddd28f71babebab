//! One open table: from a batch of row images to encoded chunks that wait for the connection.
//!
//! Promise: memory is reserved before anything is encoded, so encoded bytes never pass the budget; rows are numbered
//! in the order of the calls. The caller's thread encodes, the loader's task takes the chunks; neither holds a lock
//! while it waits for the other.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;

use super::state::{Permit, Shared};
use crate::copy::{KeySet, Plan};
use crate::error::Result;
use crate::metrics::TableMetrics;
use crate::spec::{LoadMode, TableSpec};
use crate::sql::{MergeSql, TableName};

/// A scratch buffer that one huge row made larger than this is not kept.
const SCRATCH_KEPT: usize = 1 << 20;

/// One table of a session.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) id: u32,
    pub(super) spec: TableSpec,
    pub(super) name: TableName,
    /// Set once by the loader, when the catalog has been read and agreed.
    pub(super) opened: OnceLock<Opened>,
    pub(super) metrics: TableMetrics,
    intake: Mutex<Intake>,
    queue: Mutex<Queue>,
}

/// What is known once the target was checked.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) plan: Plan,
    pub(super) load: Load,
}

/// How the table's rows reach the target.
#[derive(Debug)]
pub(super) enum Load {
    /// By this COPY straight into the target.
    Append(String),
    /// By a COPY into a staging table and a merge.
    Merge { sql: MergeSql, copy: String },
}

/// Encoded rows, ready for COPY, with the memory they occupy.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) data: Bytes,
    pub(super) rows: u64,
    permit: Permit,
}

#[derive(Debug)]
struct Intake {
    next_seq: i64,
    scratch: BytesMut,
    keys: KeySet,
    /// What the key set said when the running flush began.
    flush_is_unique: bool,
}

#[derive(Debug, Default)]
struct Queue {
    chunks: VecDeque<Chunk>,
    bytes: usize,
}

impl Table {
    /// `key_memory` bounds what the proof of unique keys may use; the caller has set it aside.
    pub(super) fn new(id: u32, spec: TableSpec, key_memory: usize) -> Result<Self> {
        let name = TableName::new(&spec.schema, &spec.table)?;
        Ok(Table {
            id,
            spec,
            name,
            opened: OnceLock::new(),
            metrics: TableMetrics::default(),
            intake: Mutex::new(Intake {
                next_seq: 0,
                scratch: BytesMut::new(),
                keys: KeySet::new(key_memory),
                flush_is_unique: false,
            }),
            queue: Mutex::default(),
        })
    }

    pub(super) fn is_merge(&self) -> bool {
        self.spec.mode == LoadMode::Merge
    }

    /// Encodes and queues a batch; `false` where the table is not open yet or there is no memory within `wait`.
    pub(super) fn offer(&self, shared: &Arc<Shared>, batch: &[u8], wait: Duration) -> Result<bool> {
        let opened = match self.opened.get() {
            Some(opened) => opened,
            // Opening is rare and long: the caller comes again rather than waiting twice.
            None => {
                shared.wait_for(wait, || self.opened.get().map(|_| ()))?;
                return Ok(false);
            }
        };
        let bound = opened.plan.bound(batch)?;
        if bound.rows == 0 {
            return Ok(true);
        }
        let Some(mut permit) = shared.reserve(bound.bytes, wait)? else { return Ok(false) };
        let chunk = {
            let mut intake = self.intake.lock();
            let Intake { next_seq, scratch, keys, .. } = &mut *intake;
            scratch.clear();
            let rows = opened.plan.encode(batch, *next_seq, scratch, keys)?;
            *next_seq += i64::try_from(rows).unwrap_or(i64::MAX);
            // An exact copy: the scratch buffer has room for the worst case and would waste the budget.
            let data = Bytes::copy_from_slice(scratch);
            if scratch.capacity() > SCRATCH_KEPT {
                *scratch = BytesMut::new();
            }
            permit.shrink(data.len());
            Chunk { data, rows, permit }
        };
        TableMetrics::add(&self.metrics.rows_accepted, chunk.rows);
        let mut queue = self.queue.lock();
        queue.bytes += chunk.permit.bytes();
        queue.chunks.push_back(chunk);
        drop(queue);
        shared.work.notify_one();
        Ok(true)
    }

    /// Called when a flush begins: fixes what was proven about its keys and starts the next proof.
    pub(super) fn mark_flush(&self) {
        let mut intake = self.intake.lock();
        intake.flush_is_unique = intake.keys.is_unique();
        intake.keys.clear();
    }

    /// True where every key of the running flush is known to be staged once.
    pub(super) fn flush_is_unique(&self) -> bool {
        self.intake.lock().flush_is_unique
    }

    pub(super) fn queued_bytes(&self) -> usize {
        self.queue.lock().bytes
    }

    pub(super) fn next_chunk(&self) -> Option<Chunk> {
        let mut queue = self.queue.lock();
        let chunk = queue.chunks.pop_front()?;
        queue.bytes -= chunk.permit.bytes();
        Some(chunk)
    }
}
