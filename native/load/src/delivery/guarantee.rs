//! What a sink guarantees, as a type: it chooses for each table what a flush does with its rows.
//!
//! Promise: the guarantee and the load mode are asked here, when a session and when a table opens, and by nobody later.
//! What only one of the guarantees needs, only that one has.

use std::fmt;
use std::sync::Arc;

use super::append::Append;
use super::merge::Merge;
use super::merge_lock::may_fill;
use super::recovered_staging::RecoveredStaging;
use super::stage::Stage;
use super::staged_writes::StagedWrites;
use crate::committable::Committable;
use crate::connection::attempt::Attempt;
use crate::connection::connection::Connection;
use crate::copy::{Format, Mode};
use crate::error::{Error, Kind, Result};
use crate::open::lock_limit;
use crate::open::target::Target;
use crate::spec::{self, LoadMode, SinkSpec, TableSpec};
use crate::sql::{Dialect, TableName};

/// What a writer's session guarantees.
#[derive(Debug)]
pub(crate) enum Guarantee {
    /// Rows are visible when they are flushed; what a predecessor with the other guarantee staged comes before them.
    AtLeastOnce(RecoveredStaging),
    /// Rows are staged when they are flushed.
    ExactlyOnce(Arc<StagedWrites>),
}

impl Guarantee {
    /// # Errors
    /// Kind `Config` where a name of an own table cannot be one.
    pub(crate) fn new(sink: &SinkSpec, attempt: &Attempt) -> Result<Self> {
        Ok(match sink.guarantee {
            spec::Guarantee::AtLeastOnce => Guarantee::AtLeastOnce(RecoveredStaging::new(&sink.recovered)?),
            spec::Guarantee::ExactlyOnce(_) => {
                Guarantee::ExactlyOnce(Arc::new(StagedWrites::new(sink, attempt)))
            }
        })
    }

    /// What becomes of a table's rows.
    pub(crate) fn choose(&self, spec: &TableSpec) -> Choice {
        let mode = match spec.mode {
            LoadMode::Append => Mode::Append,
            LoadMode::Merge => Mode::Merge,
        };
        let way = match (self, spec.mode) {
            (Guarantee::AtLeastOnce(_), LoadMode::Append) => Way::Append,
            (Guarantee::AtLeastOnce(_), LoadMode::Merge) => Way::Merge,
            (Guarantee::ExactlyOnce(writes), _) => Way::Stage(Arc::clone(writes)),
        };
        Choice { mode, way }
    }

    /// Waits until tables may open, those of numbers `ids`.
    ///
    /// # Errors
    /// Kind `Stalled` where what comes before their rows is not published in time; `Config` where the server has too
    /// few locks for the commit of all of them.
    pub(crate) async fn before_tables_open(
        &self,
        connection: &Connection,
        ids: impl Iterator<Item = u32>,
    ) -> Result<()> {
        match self {
            Guarantee::AtLeastOnce(recovered) => recovered.published(connection).await,
            Guarantee::ExactlyOnce(writes) => {
                let tables = writes.count_tables(ids);
                let writers = usize::try_from(connection.spec().parallelism).unwrap_or(usize::MAX);
                lock_limit::check(connection, tables.saturating_mul(writers), tables).await
            }
        }
    }

    /// True where a writer registers even if it never gets a row: a committer asks the fence which attempts live.
    pub(crate) fn registers_all_writers(&self) -> bool {
        matches!(self, Guarantee::ExactlyOnce(_))
    }

    /// What was staged and flushed since the last time.
    ///
    /// # Errors
    /// Kind `Internal` where nothing is staged.
    pub(crate) fn take_committable(&self) -> Result<Committable> {
        match self {
            Guarantee::AtLeastOnce(_) => Err(not_exactly_once()),
            Guarantee::ExactlyOnce(writes) => Ok(writes.take()),
        }
    }
}

/// What only exactly-once has was asked for.
pub(crate) fn not_exactly_once() -> Error {
    Error::new(Kind::Internal, "'sink.delivery-guarantee' is not 'exactly-once'")
}

/// What becomes of a table's rows, before its target is known.
#[derive(Debug)]
pub(crate) struct Choice {
    mode: Mode,
    way: Way,
}

#[derive(Debug)]
enum Way {
    Append,
    Merge,
    Stage(Arc<StagedWrites>),
}

impl Choice {
    /// What tuples look like.
    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    /// True where of a key's rows the last one counts: all that are not visible yet go over one connection then, and a
    /// proof that no key comes twice saves work.
    pub(crate) fn replaces_rows(&self) -> bool {
        self.mode == Mode::Merge
    }

    /// True where the attempt registers in the fence before the table opens.
    pub(crate) fn registers(&self) -> bool {
        !matches!(self.way, Way::Append)
    }

    /// The delivery into a target that passed.
    ///
    /// # Errors
    /// Kind `Config` for columns whose names leave none for operation and sequence number.
    pub(crate) fn deliver(
        &self,
        (id, name): (u32, &TableName),
        target: &Target,
        (format, dialect): (Format, Dialect),
    ) -> Result<Delivery> {
        Ok(match &self.way {
            Way::Append => Delivery::Append(Append::new(name, target, format)),
            Way::Merge => Delivery::Merge(Arc::new(Merge::new(id, name, target, (format, dialect))?)),
            Way::Stage(writes) => {
                let choice = (self.replaces_rows(), writes);
                Delivery::Stage(Arc::new(Stage::new(name, target, format, choice)?))
            }
        })
    }

    /// The delivery of rows of new keys straight into a target that passed; none where it is not for them.
    pub(crate) fn fill(
        &self,
        name: &TableName,
        target: &Target,
        (format, dialect): (Format, Dialect),
    ) -> Option<Delivery> {
        let fills = matches!(self.way, Way::Merge) && may_fill(target, dialect);
        fills.then(|| Delivery::Append(Append::new(name, target, format).fenced()))
    }
}

/// The load mode.
impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.replaces_rows() { "merge" } else { "append" })
    }
}

/// How the rows of an open table reach their target.
#[derive(Debug)]
pub(crate) enum Delivery {
    /// By COPY straight into it.
    Append(Append),
    /// By COPY into a temporary staging table, and a merge.
    Merge(Arc<Merge>),
    /// By COPY into a permanent staging table, for a committer.
    Stage(Arc<Stage>),
}

impl Delivery {
    /// The rows of a COPY go into the target itself.
    pub(crate) fn is_straight(&self) -> bool {
        matches!(self, Delivery::Append(_))
    }
}
