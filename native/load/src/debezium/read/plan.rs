//! The changes of one source table as tuples of its target: made once per table and definition, run for every record.
//!
//! Promise: `c` and `r` put the row, `u` puts it and first removes the old key where that differs, `d` removes the
//! key; nothing is left out but what the plan was told to ignore, which is counted. `t` and changes of tables are told
//! to the caller, who knows the statements.

use bytes::BytesMut;

use super::envelope::CheckedEnvelope;
use super::event::{Change, Op, RawRow};
use super::json::refused;
use super::row::{Columns, Cut, CutRow, cut};
use super::value::{Buffers, Decimals};
use crate::copy::{Format, KeySet, Mode, Plan, PlanColumn};
use crate::debezium::SourceType;
use crate::error::{Error, Kind, Result};
use crate::row::{IgnoredKinds, RowKind};
use crate::types::NullChars;

/// A column of the source table.
#[derive(Clone, Debug)]
pub struct SourceColumn {
    /// Its name in the source.
    pub name: String,
    /// Its type.
    pub source_type: SourceType,
    /// The target's column, with the codec that [`crate::debezium::codec`] gives the pair. `None` for a column that is
    /// not loaded.
    pub target: Option<PlanColumn>,
}

/// What may stand in front of a record, each named at the place of the byte that says so: an [`UpdateHalf`], or
/// [`KEYED`].
pub const RECORD_PARTS: [&str; 4] = ["WHOLE", "REMOVAL", "PUT", "KEYED"];

/// A whole record with its key in front of it: the key's length as little-endian u32, the key, the record.
pub const KEYED: u8 = 3;

/// Which tuples of an update that changes its key: the old one and the new one may belong to different partitions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UpdateHalf {
    /// All of them, here.
    #[default]
    Whole,
    /// The old key's removal; nothing where the key stays.
    Removal,
    /// The new row.
    Put,
}

impl UpdateHalf {
    /// The half that stands as one byte in front of a record.
    #[must_use]
    pub fn of_byte(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(UpdateHalf::Whole),
            1 => Some(UpdateHalf::Removal),
            2 => Some(UpdateHalf::Put),
            _ => None,
        }
    }
}

/// What a change became.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoded {
    /// So many tuples.
    Rows(u64),
    /// So many tuples, and one row that was left out by its kind.
    Ignored(u64),
    /// All rows of the table are gone: the caller's affair.
    Truncate,
}

/// Made once per table; encodes from any thread.
#[derive(Clone, Debug)]
pub struct ChangePlan {
    target: String,
    plan: Plan,
    columns: Columns,
    /// By field of the plan.
    types: Vec<SourceType>,
    /// The key's fields.
    key: Vec<usize>,
    decimals: Decimals,
    ignored: IgnoredKinds,
}

impl ChangePlan {
    /// `target` is the table's name, for messages; `key` are indexes into `columns`, all of them loaded.
    #[must_use]
    pub fn new(
        target: String,
        (format, mode): (Format, Mode),
        columns: Vec<SourceColumn>,
        key: &[usize],
        decimals: Decimals,
    ) -> Self {
        let (mut names, mut planned, mut types, mut key_fields) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (index, SourceColumn { name, source_type, target }) in columns.into_iter().enumerate() {
            names.push((name, target.is_some().then_some(planned.len())));
            let Some(column) = target else { continue };
            if key.contains(&index) {
                key_fields.push(planned.len());
            }
            types.push(source_type);
            planned.push(column);
        }
        let plan = Plan::new(target.clone(), format, mode, planned, &key_fields);
        let (columns, ignored) = (Columns::new(names), IgnoredKinds::default());
        ChangePlan { target, plan, columns, types, key: key_fields, decimals, ignored }
    }

    /// The same plan, which leaves out rows of these kinds.
    #[must_use]
    pub fn ignoring(self, ignored: IgnoredKinds) -> Self {
        ChangePlan { ignored, ..self }
    }

    /// The same plan, with U+0000 in text as `null_chars` says.
    #[must_use]
    pub fn with_null_chars(self, null_chars: NullChars) -> Self {
        ChangePlan { plan: self.plan.with_null_chars(null_chars), ..self }
    }

    /// What stands before the first and behind the last tuple.
    #[must_use]
    pub fn frame(&self) -> (&'static [u8], &'static [u8]) {
        (self.plan.header(), self.plan.trailer())
    }

    /// The target's name, for messages.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Checks that the stream's settings are those that values are read by, where a change's envelope tells them.
    ///
    /// # Errors
    /// Kind `Data`, naming table and column, for a form that would be misread.
    pub fn check_envelope(&self, change: &Change<'_>, seen: &mut CheckedEnvelope) -> Result<()> {
        let typed = self.columns.loaded().filter_map(|(name, place)| Some((name, *self.types.get(place)?)));
        seen.check(change, typed, self.decimals).map_err(|error| self.of_target(error))
    }

    /// The key of a row as JSON, its values as the record has them; `None` where there is none.
    pub(crate) fn shown_key(&self, row: RawRow<'_>) -> Option<String> {
        let mut cells = Vec::new();
        cut(row.0, &self.columns, &mut cells).ok()?;
        let mut shown = Vec::new();
        for field in &self.key {
            let (name, _) = self.columns.loaded().find(|(_, place)| place == field)?;
            shown.push(format!("{}:{}", serde_json::to_string(name).ok()?, cells.get(*field)?));
        }
        (!shown.is_empty()).then(|| format!("{{{}}}", shown.join(",")))
    }

    /// How long the tuples of a record of so many bytes may become.
    #[must_use]
    pub fn bound(&self, record: usize) -> usize {
        // Before and after are parts of the record.
        2 * self.plan.tuple_bound(0) + self.plan.tuple_bound(record)
    }

    /// Appends a change's tuples to `out`; the first one gets the sequence number `seq`. `key` is the record's key,
    /// for deletes that come without the row; `half` matters where an update changes the key.
    ///
    /// # Errors
    /// Kind `Data`, naming table and column, for a row that the target cannot store or that does not have the
    /// table's columns. Nothing of the change is then in `out`, and the keys prove nothing.
    pub fn encode(
        &self,
        change: &Change<'_>,
        (key, half): (Option<RawRow<'_>>, UpdateHalf),
        seq: i64,
        out: &mut BytesMut,
        keys: &mut KeySet,
    ) -> Result<Encoded> {
        let start = out.len();
        let encoded = self.encode_change(change, (key, half), seq, &mut Sink { out, keys });
        if encoded.is_err() {
            out.truncate(start);
            keys.give_up();
        }
        encoded
    }

    fn encode_change(
        &self,
        change: &Change<'_>,
        (key, half): (Option<RawRow<'_>>, UpdateHalf),
        seq: i64,
        sink: &mut Sink<'_>,
    ) -> Result<Encoded> {
        let mut cells = Vec::with_capacity(self.types.len());
        match change.op {
            Op::Truncate => return Ok(Encoded::Truncate),
            Op::Delete if self.ignored.has(RowKind::Delete) => return Ok(Encoded::Ignored(0)),
            Op::Delete => {
                let gone = change.before.or(key).ok_or_else(|| {
                    self.wrong(
                        change,
                        "a delete has neither 'before' nor a key; the source must log full rows",
                    )
                })?;
                self.cut(change, gone, &mut cells)?;
                self.tuple(&cells, (change.op, RowKind::Delete), seq, sink)?;
                return Ok(Encoded::Rows(1));
            }
            Op::Create | Op::Read | Op::Update => {}
        }
        let after = change.after.ok_or_else(|| self.wrong(change, "the record has no 'after'"))?;
        self.cut(change, after, &mut cells)?;
        let Op::Update = change.op else {
            self.tuple(&cells, (change.op, RowKind::Insert), seq, sink)?;
            return Ok(Encoded::Rows(1));
        };
        let (mut rows, mut ignored) = (0_i64, false);
        if let Some(before) = change.before {
            let mut old = Vec::with_capacity(self.types.len());
            self.cut(change, before, &mut old)?;
            // The same text is the same key. Another spelling of it is removed and put again, which is right as well.
            let moved = self.key.iter().any(|field| old.get(*field) != cells.get(*field));
            if moved && half != UpdateHalf::Put && self.ignored.has(RowKind::UpdateBefore) {
                ignored = true;
            } else if moved && half != UpdateHalf::Put {
                self.tuple(&old, (change.op, RowKind::UpdateBefore), seq, sink)?;
                rows += 1;
            }
        }
        if half != UpdateHalf::Removal {
            self.tuple(&cells, (change.op, RowKind::UpdateAfter), seq.saturating_add(rows), sink)?;
            rows += 1;
        }
        let rows = rows.unsigned_abs();
        Ok(if ignored { Encoded::Ignored(rows) } else { Encoded::Rows(rows) })
    }

    #[inline]
    fn tuple(&self, cells: &[&str], (op, kind): (Op, RowKind), seq: i64, sink: &mut Sink<'_>) -> Result<()> {
        let mut buffers = Buffers::default();
        let mut row = CutRow {
            values: cells,
            types: &self.types,
            decimals: self.decimals,
            snapshot: op == Op::Read,
            buffers: &mut buffers,
        };
        self.plan.encode_fields(&mut row, kind, seq, sink.out, sink.keys)
    }

    #[inline]
    fn cut<'a>(&self, change: &Change<'_>, row: RawRow<'a>, cells: &mut Vec<&'a str>) -> Result<()> {
        cut(row.0, &self.columns, cells).map_err(|why| match why {
            Cut::Malformed(error) => self.of_target(refused(&format!("{}: a row", change.source()), &error)),
            Cut::Unknown(column) => {
                self.wrong(change, &format!("column {column:?} is not in the table's known definition"))
            }
            Cut::Twice(column) => self.wrong(change, &format!("column {column:?} stands twice in a row")),
        })
    }

    #[cold]
    fn wrong(&self, change: &Change<'_>, reason: &str) -> Error {
        self.of_target(Error::new(Kind::Data, format!("{}: {reason}", change.source())))
    }

    /// An error that names what it is about in the source, if that; several tables of it may share this target.
    #[cold]
    pub(crate) fn of_target(&self, error: Error) -> Error {
        error.context(&format!("table {}", self.target))
    }
}

/// Where tuples go.
struct Sink<'s> {
    out: &'s mut BytesMut,
    keys: &'s mut KeySet,
}
