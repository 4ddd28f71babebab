//! The tables of one connection, each with what its delivery has there.
//!
//! Promise: rows count as held until their delivery made them visible or handed them over; each table's rows are
//! delivered in the one way that was chosen when it opened, and a table without rows costs nothing. No COPY is open
//! while anything here is asked to flush, commit or prepare.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_postgres::Statement;

use super::append::Appends;
use super::changed_definition::{Destination, Planned};
use super::guarantee::Delivery;
use super::loaded_table::LoadedTable;
use super::merge::{Merges, Merging};
use super::stage::Stages;
use crate::connection::connection::{Connection, Purpose};
use crate::error::{Error, Kind, Result};
use crate::open::definition::Definition;
use crate::open::objections::kept_away;

/// The tables of one connection.
pub(crate) struct Deliveries<T> {
    append: Appends<T>,
    merge: Merges<T>,
    stage: Stages<T>,
}

impl<T: LoadedTable> Deliveries<T> {
    pub(crate) fn new(merging: Merging) -> Self {
        let append = Appends::new(Arc::clone(&merging.fence));
        Deliveries { append, merge: Merges::new(merging), stage: Stages::default() }
    }

    /// Makes what a COPY of the table needs, unless it is there, and begins its transaction where it has one; the
    /// statement of the COPY.
    pub(crate) async fn begin_copy(
        &mut self,
        connection: &Connection,
        table: &Arc<T>,
        (delivery, definition): (&Delivery, &Arc<Definition>),
    ) -> Result<Statement> {
        match delivery {
            Delivery::Append(append) => {
                let staged = |id| self.merge.has_rows(id);
                self.append.begin_copy(connection, table, (append, definition), staged).await
            }
            Delivery::Merge(merge) => self.merge.begin_copy(connection, table, (merge, definition)).await,
            Delivery::Stage(stage) => self.stage.begin_copy(connection, table, (stage, definition)).await,
        }
    }

    /// A COPY of the table has ended, `what`: of the rows `sent`, so many were `acknowledged`.
    ///
    /// # Errors
    /// Kind `Target` where the target kept rows away, `Internal` for any other difference.
    pub(crate) fn copied(
        &mut self,
        (table, delivery): (&T, &Delivery),
        what: &str,
        (sent, acknowledged): (u64, u64),
    ) -> Result<()> {
        if delivery.is_straight() && acknowledged < sent {
            return Err(kept_away(what, sent, acknowledged));
        }
        if acknowledged != sent {
            let text = format!("{what}: {sent} rows were sent, {acknowledged} acknowledged");
            return Err(Error::new(Kind::Internal, text));
        }
        let known = match delivery {
            Delivery::Append(_) => self.append.count(table.id(), acknowledged),
            Delivery::Merge(_) => self.merge.count(table.id(), acknowledged),
            Delivery::Stage(_) => self.stage.count(table.id(), acknowledged),
        };
        known.ok_or_else(|| Error::new(Kind::Internal, format!("{what}: the table is not prepared any more")))
    }

    /// True where rows of the connection are neither visible nor handed over.
    pub(crate) fn hold_rows(&self) -> bool {
        self.append.held() + self.merge.held() + self.stage.held() > 0
    }

    /// True where a transaction is open between two COPYs.
    pub(crate) fn in_transaction(&self) -> bool {
        self.append.in_transaction()
    }

    /// Every row is visible, or handed over.
    pub(crate) async fn flush(&mut self, connection: &Connection) -> Result<()> {
        // First: a staging COPY may have joined the open transaction, and a merge begins one of its own.
        self.end_transaction(connection).await?;
        self.stage.precommit(connection).await?;
        self.merge.merge(connection).await
    }

    /// Makes visible what may be so before a flush; no transaction is open then.
    pub(crate) async fn end_transaction(&mut self, connection: &Connection) -> Result<()> {
        self.append.commit(connection, |id| self.merge.has_rows(id)).await
    }

    /// When the open transaction, which is not to last longer than `most`, ends; `None` where nothing is to end.
    pub(crate) fn transaction_due(&self, most: Duration) -> Option<Instant> {
        self.append.due(most)
    }

    /// True where it is over, or has many rows, those `on_their_way` counted.
    pub(crate) fn is_transaction_due(&self, most: Duration, on_their_way: u64) -> bool {
        self.append.is_due(most, on_their_way)
    }

    /// Gives up the open transaction, which has no rows.
    pub(crate) async fn roll_back(&mut self, connection: &Connection) -> Result<()> {
        self.append.roll_back(connection).await
    }

    /// The tables, and how many rows each holds.
    pub(crate) fn tables(&self) -> impl Iterator<Item = (&Arc<T>, u64)> {
        self.planned().map(|planned| (planned.table, planned.rows))
    }

    /// The tables, and what their rows were made for.
    pub(crate) fn planned(&self) -> impl Iterator<Item = Planned<'_, T>> {
        let appended = self.append.tables.values().map(|table| Planned::new(table, Destination::Target));
        let merged =
            self.merge.tables.values().map(|staged| Planned::new(&staged.prepared, Destination::Merge));
        let staged = self.stage.tables.values();
        let staged = staged.map(|staged| Planned::new(&staged.prepared, Destination::Committer));
        appended.chain(merged).chain(staged)
    }

    /// Gives up tables that have no rows here, their staging tables too.
    pub(crate) async fn give_up(&mut self, connection: &Connection, tables: &[u32]) -> Result<()> {
        let mut statements = Vec::new();
        for id in tables {
            self.append.tables.remove(id);
            self.stage.give_up(*id);
            statements.extend(self.merge.give_up(*id));
        }
        connection.execute(Purpose::Long("drop idle staging tables"), &statements.join("; ")).await
    }

    /// Before the connection ends, which holds no rows: its empty staging tables are for others.
    pub(crate) fn retire(&mut self) {
        self.stage.retire();
    }
}
