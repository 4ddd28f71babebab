//! The rows of one table in the order of the calls: their numbers, the proof that no key comes twice between two
//! flushes, and what was left out.
//!
//! Promise: each tuple has the number behind that of the one before, and numbers are only used up by tuples that are
//! encoded; a flush learns that its keys are unique only where they are proven to be. It knows neither queue nor
//! connection.

use std::sync::Arc;

use bytes::BytesMut;
use parking_lot::Mutex;

use super::error_rows::ErrorRows;
use super::left_out_rows::LeftOutRows;
use crate::copy::{KeyMemory, KeySet};
use crate::encode::debezium_encoder::StreamChecks;
use crate::encode::encoder::{Encoder, Filled, Sifted};
use crate::error::{Error, Kind, Result};
use crate::metrics::{TableMetrics, add};

/// More keys than that are not sorted on a thread that serves connections.
const SORTED_HERE: usize = 64 << 10;

/// What to do about a row that cannot be stored. It stands behind the reason.
const GO_PAST: &str = "; correct it in the source. A stream that brings the old row again, as a log does, goes past it with \
                       'sink.error-rows.action' = 'skip', from the last checkpoint on";

#[derive(Debug)]
pub(super) struct TableSequence {
    next_seq: i64,
    keys: KeySet,
    /// Of the rows of the running flush, until it asks.
    flushing: Option<KeySet>,
    /// What the running flush was told, which may ask again.
    flush_is_unique: bool,
    checks: StreamChecks,
    pub(super) left_out: LeftOutRows,
}

impl TableSequence {
    pub(super) fn new(keys: Arc<KeyMemory>, left_out: LeftOutRows) -> Self {
        TableSequence {
            next_seq: 0,
            keys: KeySet::new(keys),
            flushing: None,
            flush_is_unique: false,
            checks: StreamChecks::default(),
            left_out,
        }
    }

    /// The number of the next row.
    pub(super) fn next_seq(&self) -> i64 {
        self.next_seq
    }

    /// Goes on where that of another schema of the same table was.
    pub(super) fn go_on_from(&mut self, next_seq: i64) {
        self.next_seq = next_seq;
    }

    /// The table was opened: its target is empty, so that rows of new keys fill it, or it is not.
    pub(super) fn begin(&mut self, fills: bool) {
        self.keys.end_filling();
        if fills {
            self.keys.start_filling();
        }
    }

    /// Encodes those of `frames`, all of this table, that come before the first row whose key is not known to be new;
    /// none where one came before. What cannot be stored ends this as well, so that the other encoder tells of it.
    pub(super) fn fill(
        &mut self,
        encoder: &Encoder,
        frames: &[u8],
        scratch: &mut BytesMut,
    ) -> Option<Filled> {
        let TableSequence { keys, checks, .. } = self;
        if !keys.is_filling() {
            return None;
        }
        scratch.clear();
        encoder.fill(frames, scratch, keys, checks).inspect_err(|_| _ = keys.end_filling()).ok()
    }

    /// True while no row came whose key is not known to be new.
    pub(super) fn is_filling(&self) -> bool {
        self.keys.is_filling()
    }

    /// Encodes `frames`, all of this table, into `scratch`; how many tuples that are, and which rows that cannot be
    /// stored were left out, where `error_rows` says that they may be.
    pub(super) fn encode(
        &mut self,
        encoder: &Encoder,
        frames: &[u8],
        scratch: &mut BytesMut,
        error_rows: Option<&ErrorRows>,
        metrics: &TableMetrics,
    ) -> Result<Sifted> {
        let TableSequence { next_seq, keys, checks, .. } = self;
        scratch.clear();
        let sifted = match (encoder.encode(frames, *next_seq, scratch, keys, checks), error_rows) {
            (Err(error), Some(error_rows)) if error.is_of_one_value() => {
                let sifted = encoder.encode_those_that_fit(frames, *next_seq, scratch, keys, checks)?;
                sifted.left_out.iter().for_each(|(reason, _)| self.left_out.add(&reason.to_string(), 1));
                self.left_out.tell();
                let bad = u64::try_from(sifted.left_out.len()).unwrap_or(u64::MAX);
                add(&metrics.error_rows, bad);
                let counted = error_rows.count(sifted.tuples, bad);
                counted.map_err(|many| many.hint(&format!("; one of them: {error}")))?;
                sifted
            }
            (Err(error), None) if error.is_of_one_value() => return Err(error.hint(GO_PAST)),
            (encoded, error_rows) => {
                let tuples = encoded?;
                if let Some(error_rows) = error_rows {
                    error_rows.count(tuples, 0)?;
                }
                Sifted { tuples, left_out: Vec::new() }
            }
        };
        add(&metrics.rows_ignored, self.checks.take_ignored());
        self.next_seq += i64::try_from(sifted.tuples).unwrap_or(i64::MAX);
        Ok(sifted)
    }

    /// Sets the keys of the flush that begins apart and starts the next proof.
    pub(super) fn mark_flush(&mut self) {
        self.flushing = Some(self.keys.take());
        self.left_out.tell();
    }

    /// True where every key of the running flush is known to be staged once. The lock is not held while they are
    /// sorted.
    pub(super) async fn flush_is_unique(sequence: &Mutex<Self>) -> Result<bool> {
        let keys = {
            let mut sequence = sequence.lock();
            let Some(keys) = sequence.flushing.take() else { return Ok(sequence.flush_is_unique) };
            keys
        };
        let unique = if keys.len() <= SORTED_HERE {
            keys.prove()
        } else {
            let sorted = tokio::task::spawn_blocking(move || keys.prove()).await;
            sorted.map_err(|e| Error::new(Kind::Internal, format!("the proof of unique keys broke: {e}")))?
        };
        sequence.lock().flush_is_unique = unique;
        Ok(unique)
    }
}
