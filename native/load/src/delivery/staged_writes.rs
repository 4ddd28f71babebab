//! What a session stages and hands over: the staged tables of the checkpoint's committable.
//!
//! Promise: the committable is taken once per flush, an empty one too, and has each of them once.

use std::collections::HashSet;

use parking_lot::Mutex;

use crate::committable::{Committable, StagedTable};
use crate::connection::attempt::Attempt;
use crate::delivery::staging::StagingPool;
use crate::spec::SinkSpec;

/// What a session stages and hands over.
#[derive(Debug)]
pub(crate) struct StagedWrites {
    pub(crate) staging: StagingPool,
    sink: String,
    subtask: u32,
    attempt: Attempt,
    staged: Mutex<Vec<StagedTable>>,
    /// Tables that were opened, by id.
    tables: Mutex<HashSet<u32>>,
}

impl StagedWrites {
    pub(crate) fn new(sink: &SinkSpec, attempt: &Attempt) -> Self {
        StagedWrites {
            staging: StagingPool::new(sink, attempt),
            sink: sink.id.clone(),
            subtask: sink.subtask,
            attempt: attempt.clone(),
            staged: Mutex::default(),
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
            tables: std::mem::take(&mut *self.staged.lock()),
        }
    }

    /// A staged table of the next committable.
    pub(crate) fn add(&self, table: StagedTable) {
        self.staged.lock().push(table);
    }
}
