//! What the frames of an open table are read by: a plan of row images, or one of Debezium records.
//!
//! Promise: which of them is decided when the table opens and asked once for each run of neighbouring frames, so that
//! the loop over rows knows only its own kind. Encoded tuples are never longer than the bound that memory was reserved
//! by.

use std::ops::Range;

use bytes::BytesMut;

use crate::copy::{Format, KeySet, Mode, Plan, PlanColumn, ShownRow};
use crate::debezium::{ChangePlan, SourceColumn};
use crate::encode::debezium_encoder::{DebeziumEncoder, StreamChecks};
use crate::error::{Error, Kind, Result};
use crate::row::{FRAME_HEAD, Frames, IgnoredKinds};
use crate::spec::{ColumnSpec, ColumnType, RecordFormat, TableSpec};
use crate::sql::TableName;

/// The encoder of one table.
#[derive(Debug)]
pub(crate) enum Encoder {
    RowImages {
        plan: Plan,
        /// It passes over some.
        ignores: bool,
        /// How a row is shown that cannot be stored.
        shown: ShownRow,
    },
    Debezium(DebeziumEncoder),
}

impl Encoder {
    /// `targets` are the target's columns by column of the spec; `None` where the target lacks it.
    pub(crate) fn new(
        spec: &TableSpec,
        name: &TableName,
        (format, mode): (Format, Mode),
        targets: Vec<Option<PlanColumn>>,
    ) -> Result<Self> {
        let ignored = IgnoredKinds { delete: spec.ignore_deletes, update_before: spec.ignore_before_updates };
        let title = name.quoted().to_owned();
        let RecordFormat::DebeziumJson(decimals) = spec.records else {
            let plan = Plan::leaving_out(title, format, mode, targets, &spec.key).ignoring(ignored);
            let plan = plan.with_null_chars(spec.null_chars);
            let fields = spec.columns.iter().filter_map(|column| match &column.column_type {
                ColumnType::Flink(flink) => Some((column.name.clone(), flink.clone())),
                ColumnType::Source(_) => None,
            });
            let shown = ShownRow::new(fields.collect(), &spec.key);
            return Ok(Encoder::RowImages { plan, ignores: ignored != IgnoredKinds::default(), shown });
        };
        let columns = spec.columns.iter().zip(targets).map(source_column).collect::<Result<_>>()?;
        let plan = ChangePlan::new(title, (format, mode), columns, &spec.key, decimals).ignoring(ignored);
        Ok(Encoder::Debezium(DebeziumEncoder::new(plan.with_null_chars(spec.null_chars), mode)))
    }

    /// What stands before the first tuple.
    pub(crate) fn header(&self) -> &'static [u8] {
        match self {
            Encoder::RowImages { plan, .. } => plan.header(),
            Encoder::Debezium(encoder) => encoder.header(),
        }
    }

    /// What stands behind the last tuple.
    pub(crate) fn trailer(&self) -> &'static [u8] {
        match self {
            Encoder::RowImages { plan, .. } => plan.trailer(),
            Encoder::Debezium(encoder) => encoder.trailer(),
        }
    }

    /// How long the tuples of a frame of so many bytes may become.
    #[inline]
    pub(crate) fn bound(&self, frame: usize) -> usize {
        match self {
            Encoder::RowImages { plan, .. } => plan.tuple_bound(frame),
            Encoder::Debezium(encoder) => encoder.bound(frame),
        }
    }

    /// Appends the tuples of a run of frames, all of this table, to `out` and returns how many; the first one gets the
    /// sequence number `next_seq`.
    ///
    /// # Errors
    /// As [`Plan::encode`] and [`DebeziumEncoder::encode`]. Nothing of the run is then in `out`, and the keys prove
    /// nothing.
    pub(crate) fn encode(
        &self,
        frames: &[u8],
        next_seq: i64,
        out: &mut BytesMut,
        keys: &mut KeySet,
        checks: &mut StreamChecks,
    ) -> Result<u64> {
        match self {
            Encoder::RowImages { plan, ignores, .. } => {
                let rows = plan.encode(frames, next_seq, out, keys)?;
                if *ignores {
                    checks.ignored += Frames::new(frames).map(|_| 1_u64).sum::<u64>() - rows;
                }
                Ok(rows)
            }
            Encoder::Debezium(encoder) => encoder.encode(frames, next_seq, out, keys, checks),
        }
    }
}

/// The rows of new keys at the beginning of a run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filled {
    pub(crate) tuples: u64,
    /// Bytes of the run.
    pub(crate) taken: usize,
}

impl Encoder {
    /// As [`Encoder::encode`], of an encoder with [`Mode::Fill`], but stops before the first row whose key is not known
    /// to be new; the keys are filling no longer then.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn fill(
        &self,
        frames: &[u8],
        out: &mut BytesMut,
        keys: &mut KeySet,
        checks: &mut StreamChecks,
    ) -> Result<Filled> {
        let (tuples, taken) = match self {
            Encoder::RowImages { plan, ignores, .. } => {
                let (tuples, taken) = plan.fill(frames, out, keys)?;
                if *ignores {
                    let passed = frames.get(..taken).unwrap_or_default();
                    checks.ignored += Frames::new(passed).map(|_| 1_u64).sum::<u64>() - tuples;
                }
                (tuples, taken)
            }
            Encoder::Debezium(encoder) => encoder.fill(frames, out, keys, checks)?,
        };
        Ok(Filled { tuples, taken })
    }
}

/// What became of frames that were encoded one by one.
#[derive(Debug, Default)]
pub(crate) struct Sifted {
    pub(crate) tuples: u64,
    /// Why rows were left out, and where their frames' images are.
    pub(crate) left_out: Vec<(Error, Range<usize>)>,
}

impl Encoder {
    /// As [`Encoder::encode`], but leaves out the rows that a value of their own speaks against.
    ///
    /// # Errors
    /// All others. Nothing of the run is then in `out`.
    pub(crate) fn encode_those_that_fit(
        &self,
        frames: &[u8],
        next_seq: i64,
        out: &mut BytesMut,
        keys: &mut KeySet,
        checks: &mut StreamChecks,
    ) -> Result<Sifted> {
        let start = out.len();
        let (mut sifted, mut at) = (Sifted::default(), 0);
        for frame in Frames::new(frames) {
            let image = at + FRAME_HEAD;
            let end = image + frame?.image.len();
            let alone = frames.get(at..end).unwrap_or_default();
            at = end;
            match self.encode(alone, next_seq.saturating_add_unsigned(sifted.tuples), out, keys, checks) {
                Ok(tuples) => sifted.tuples += tuples,
                Err(error) if error.is_of_one_value() => sifted.left_out.push((error, image..end)),
                Err(error) => {
                    out.truncate(start);
                    return Err(error);
                }
            }
        }
        Ok(sifted)
    }
}

fn source_column((column, target): (&ColumnSpec, Option<PlanColumn>)) -> Result<SourceColumn> {
    let ColumnType::Source(source_type) = column.column_type else {
        return Err(Error::new(
            Kind::Internal,
            format!("column {:?} has no type of the source", column.name),
        ));
    };
    Ok(SourceColumn { name: column.name.clone(), source_type, target })
}
