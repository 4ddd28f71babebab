//! A table whose rows a connection carries, as its delivery sees it.
//!
//! Promise: of the table a delivery knows what its statements need and what it has to tell, and nothing of queues,
//! encoders and memory; rows count as its own from the server's acknowledgement until they are visible or handed over.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::Statement;

use super::sift::Refusal;
use crate::error::{Error, Kind, Result};
use crate::open::definition::Definition;
use crate::open::target::Target;
use crate::spec::TableSpec;
use crate::sql::{Dialect, TableName};

/// A table of a session.
pub(crate) trait LoadedTable: Send + Sync {
    /// What its rows are made by, once its target passed.
    type Plan: Send;

    /// Its number in the session.
    fn id(&self) -> u32;

    fn spec(&self) -> &TableSpec;

    /// The target.
    fn name(&self) -> &TableName;

    /// The number of the next row.
    fn next_seq(&self) -> i64;

    /// True where every key of the running flush is known to be staged once.
    fn flush_is_unique(&self) -> impl Future<Output = Result<bool>> + Send;

    /// So many of its rows are visible, or handed over.
    fn flushed(&self, rows: u64, took: Duration);

    /// No row of it depends on its connection any more.
    fn set_free(&self);

    /// May so many rows, which the server refuses, be left out beside those that were?
    fn may_leave_out(&self, rows: u64) -> Result<()>;

    /// So many rows were left out for these reasons, and what became visible did so without them.
    fn left_out(&self, reasons: &BTreeMap<Refusal, u64>) -> Result<()>;

    /// The plan for a target that passed; `stamp` is of before the target was read.
    fn plan(&self, target: Target, stamp: String, dialect: Dialect) -> Result<Self::Plan>;

    /// Rows are made by this plan from now on.
    fn follow(&self, plan: Self::Plan);
}

/// A table on a connection.
pub(crate) struct PreparedTable<T> {
    pub(crate) table: Arc<T>,
    /// What its COPY was prepared for.
    pub(crate) definition: Arc<Definition>,
    pub(crate) copy: Statement,
    /// Rows that the server acknowledged since the last flush.
    pub(crate) rows: u64,
}

impl<T: LoadedTable> PreparedTable<T> {
    pub(crate) fn new(table: &Arc<T>, definition: &Arc<Definition>, copy: Statement) -> Self {
        PreparedTable { table: Arc::clone(table), definition: Arc::clone(definition), copy, rows: 0 }
    }

    /// True where the COPY is that of this opening of the table.
    pub(crate) fn is_for(&self, definition: &Arc<Definition>) -> bool {
        Arc::ptr_eq(&self.definition, definition)
    }

    /// The COPY, where it is that of this opening; none where another has to be prepared.
    ///
    /// # Errors
    /// Kind `Server` where rows came by the one that it would take the place of.
    pub(crate) fn copy_for(&self, definition: &Arc<Definition>) -> Result<Option<Statement>> {
        if self.is_for(definition) {
            return Ok(Some(self.copy.clone()));
        }
        if self.rows == 0 {
            return Ok(None);
        }
        let name = self.table.name().quoted();
        let text = format!("table {name}: its definition was changed while rows were on their way");
        Err(Error::new(Kind::Server, text))
    }

    pub(crate) fn flushed(&mut self, took: Duration) {
        self.visible(took);
        self.table.set_free();
    }

    /// Its rows are visible; others of the table are on the same connection, and a later one of a key must not go
    /// another way than they.
    pub(crate) fn visible(&mut self, took: Duration) {
        self.table.flushed(std::mem::take(&mut self.rows), took);
    }
}
