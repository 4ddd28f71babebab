//! A table's frames become tuples, and rows for the table of error rows.
//!
//! Promise: where the table's spec wants it, each row that cannot be stored is one of those; else it is left out, or
//! ends the job.

use std::collections::BTreeMap;

use bytes::BytesMut;

use super::opened::Opened;
use super::table_loader::TableLoader;
use crate::delivery::sift::Refusal;
use crate::encode::encoder::{Filled, Sifted};
use crate::encode::error_row::ErrorRow;
use crate::error::Result;
use crate::metrics::add;
use crate::spec::ErrorRowsAction;

impl TableLoader {
    /// Encodes those of `frames`, all of this table, into `scratch` that go straight into the target.
    pub(super) fn fill(&self, opened: &Opened, frames: &[u8], scratch: &mut BytesMut) -> Result<Filled> {
        let mut sequence = self.sequence.lock();
        let filled = opened.fill.as_ref().and_then(|fill| sequence.fill(&fill.encoder, frames, scratch));
        let Some(filled) = filled else { return Ok(Filled::default()) };
        if self.spec.error_rows != ErrorRowsAction::Fail {
            self.error_rows.count(filled.tuples, 0)?;
        }
        if !sequence.is_filling() {
            log::debug!(target: "loader", "{}: rows are staged from now on", self.name.quoted());
        }
        Ok(filled)
    }

    /// Encodes `frames`, all of this table, into `scratch`; how many tuples that are, and the rows that are for the
    /// table of error rows.
    pub(super) fn encode(
        &self,
        opened: &Opened,
        frames: &[u8],
        scratch: &mut BytesMut,
    ) -> Result<(u64, Vec<ErrorRow>)> {
        let error_rows = (self.spec.error_rows != ErrorRowsAction::Fail).then_some(&*self.error_rows);
        let Sifted { tuples, left_out } =
            self.sequence.lock().encode(&opened.encoder, frames, scratch, error_rows, &self.metrics)?;
        if !self.keeps_error_rows() {
            return Ok((tuples, Vec::new()));
        }
        let image = |range| frames.get(range).unwrap_or_default();
        let kept = left_out.into_iter();
        let kept = kept.map(|(reason, range)| opened.encoder.error_row(image(range), reason));
        Ok((tuples, kept.collect()))
    }

    /// The server left out rows that were encoded.
    pub(super) fn count_left_out(&self, reasons: &BTreeMap<Refusal, u64>) -> Result<()> {
        let rows = reasons.values().sum();
        add(&self.metrics.error_rows, rows);
        let mut sequence = self.sequence.lock();
        reasons.iter().for_each(|(why, rows)| sequence.left_out.add(&why.reason, *rows));
        sequence.left_out.tell();
        self.error_rows.count_later(rows)
    }

    /// Its rows that cannot be stored are rows of the table for such.
    pub(super) fn keeps_error_rows(&self) -> bool {
        self.spec.error_rows == ErrorRowsAction::Table
    }
}
