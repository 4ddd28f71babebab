//! What a session stages and hands over: the parts of the checkpoint's committable.
//!
//! Promise: the committable is taken once per flush, an empty one too, and has each part once.

use std::collections::HashSet;

use parking_lot::Mutex;

use crate::committable::{Committable, Part};
use crate::connection::attempt::Attempt;
use crate::delivery::staging::StagingPool;
use crate::spec::SinkSpec;

/// What a session stages and hands over.
#[derive(Debug)]
pub(crate) struct Handover {
    pub(crate) staging: StagingPool,
    sink: String,
    subtask: u32,
    attempt: Attempt,
    parts: Mutex<Vec<Part>>,
    /// Tables that were opened, by id.
    tables: Mutex<HashSet<u32>>,
}

impl Handover {
    pub(crate) fn new(sink: &SinkSpec, attempt: &Attempt) -> Self {
        Handover {
            staging: StagingPool::new(sink, attempt),
            sink: sink.id.clone(),
            subtask: sink.subtask,
            attempt: attempt.clone(),
            parts: Mutex::default(),
            tables: Mutex::default(),
        }
    }

    /// These tables open; how many of the session did so far.
    pub(crate) fn count_tables(&self, ids: impl IntoIterator<Item = u32>) -> usize {
        let mut tables = self.tables.lock();
        tables.extend(ids);
        tables.len()
    }

    /// What was flushed since the last time.
    pub(crate) fn take(&self) -> Committable {
        Committable {
            sink: self.sink.clone(),
            attempt: self.attempt.digits().to_owned(),
            subtask: self.subtask,
            parts: std::mem::take(&mut *self.parts.lock()),
        }
    }

    /// A part of the next committable.
    pub(crate) fn add(&self, part: Part) {
        self.parts.lock().push(part);
    }
}
