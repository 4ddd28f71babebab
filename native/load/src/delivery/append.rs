//! Append: rows go straight into the target, in a transaction of the connection's own.
//!
//! Promise: the transaction begins with the first row, has rows of at most [`TABLES_PER_TRANSACTION`] tables, and is
//! committed only while each of them is still what its rows were made for; its COMMIT makes rows visible. When it ends
//! early is decided elsewhere (`session/open_time`). Rows that come twice are there twice: append promises no more than
//! that none is lost. In a merge the rows of new keys go here while an empty target is filled: such a transaction
//! commits only while nobody has taken the writer's place.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_postgres::{SimpleQueryMessage, Statement};

use super::TABLES_PER_TRANSACTION;
use super::changed_definition::{Destination, Planned, PlannedAnew, UNTOUCHED, compare, follow};
use super::loaded_table::{LoadedTable, PreparedTable};
use super::merge::fenced;
use crate::connection::connection::{Connection, Purpose};
use crate::copy::Format;
use crate::error::{Error, Kind, Result};
use crate::failpoint;
use crate::open::definition::Definition;
use crate::open::fill;
use crate::open::target::Target;
use crate::registration::fence::Fence;
use crate::spec::LoadMode;
use crate::sql::{BEGIN, TableName, append_copy};

/// Rows of one transaction that may end early.
const ROWS: u64 = 1_000_000;

/// How one table's rows are appended.
#[derive(Debug)]
pub(crate) struct Append {
    copy: String,
    /// Rows of a merge: never from an attempt whose place was taken.
    fenced: bool,
}

impl Append {
    pub(crate) fn new(name: &TableName, target: &Target, format: Format) -> Self {
        let names = target.staged_columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
        Append { copy: append_copy(name, &names, format), fenced: false }
    }

    /// The same for rows of a merge.
    pub(crate) fn fenced(self) -> Self {
        Append { fenced: true, ..self }
    }
}

/// The tables of a connection whose rows are appended, and their transaction.
pub(crate) struct Appends<T> {
    pub(super) tables: HashMap<u32, PreparedTable<T>>,
    transaction: Option<Transaction>,
    fence: Arc<Fence>,
}

struct Transaction {
    began: Instant,
    /// Rows in it that the server acknowledged.
    rows: u64,
    /// It has rows of a merge.
    fenced: bool,
}

impl<T: LoadedTable> Appends<T> {
    pub(super) fn new(fence: Arc<Fence>) -> Self {
        Appends { tables: HashMap::new(), transaction: None, fence }
    }

    /// The transaction for a table's rows. One that has rows of many tables is committed first, in the middle of the
    /// checkpoint period, which append may.
    pub(super) async fn begin_copy(
        &mut self,
        connection: &Connection,
        table: &Arc<T>,
        (append, definition): (&Append, &Arc<Definition>),
        staged: impl Fn(u32) -> bool,
    ) -> Result<Statement> {
        let copy = self.prepare(connection, table, (append, definition)).await?;
        let known = self.tables.get(&table.id()).is_some_and(|table| table.rows > 0);
        if !known && self.loaded().count() >= TABLES_PER_TRANSACTION {
            self.commit(connection, staged).await?;
        }
        if self.transaction.is_none() {
            connection.execute(&format!("begin for {}", table.name().quoted()), BEGIN).await?;
        }
        let begin = || Transaction { began: Instant::now(), rows: 0, fenced: false };
        self.transaction.get_or_insert_with(begin).fenced |= append.fenced;
        Ok(copy)
    }

    async fn prepare(
        &mut self,
        connection: &Connection,
        table: &Arc<T>,
        (append, definition): (&Append, &Arc<Definition>),
    ) -> Result<Statement> {
        if let Some(known) = self.tables.get(&table.id()).filter(|known| known.is_for(definition)) {
            return Ok(known.copy.clone());
        }
        let what = format!("prepare COPY for {}", table.name().quoted());
        let copy = connection.prepare(&what, &append.copy).await?;
        self.tables.insert(table.id(), PreparedTable::new(table, definition, copy.clone()));
        Ok(copy)
    }

    fn loaded(&self) -> impl Iterator<Item = &PreparedTable<T>> {
        self.tables.values().filter(|table| table.rows > 0)
    }

    /// So many rows more of a table are in the transaction; `None` where it is not prepared.
    pub(super) fn count(&mut self, id: u32, rows: u64) -> Option<()> {
        self.tables.get_mut(&id)?.rows += rows;
        self.transaction.as_mut()?.rows += rows;
        Some(())
    }

    pub(super) fn held(&self) -> u64 {
        self.transaction.as_ref().map_or(0, |transaction| transaction.rows)
    }

    pub(super) fn in_transaction(&self) -> bool {
        self.transaction.is_some()
    }

    /// When the transaction ends, which is not to last longer than `most`; `None` where nothing is to end.
    pub(super) fn due(&self, most: Duration) -> Option<Instant> {
        self.transaction.as_ref().filter(|_| !most.is_zero()).map(|transaction| transaction.began + most)
    }

    /// True where it is over, or has many rows, those `on_their_way` counted.
    pub(super) fn is_due(&self, most: Duration, on_their_way: u64) -> bool {
        let many = self.held() + on_their_way >= ROWS;
        self.due(most).is_some_and(|due| many || due <= Instant::now())
    }

    /// Makes the rows visible. Tables of which this connection has `staged` rows as well stay here and are planned
    /// anew when those are merged: until then they are rows of the plan that they were made by.
    pub(super) async fn commit(
        &mut self,
        connection: &Connection,
        staged: impl Fn(u32) -> bool,
    ) -> Result<()> {
        let Some(transaction) = &self.transaction else { return Ok(()) };
        let started = Instant::now();
        if transaction.fenced {
            self.hold_place(connection).await?;
        }
        let mut anew = compare(
            connection,
            self.loaded().map(|prepared| Planned::new(prepared, Destination::Target)).collect(),
        )
        .await?;
        still_fill(connection, &anew).await?;
        failpoint::hit("flush.in-transaction")?;
        connection.execute(Purpose::Long("commit the appended rows"), "COMMIT").await?;
        failpoint::hit("flush.after-commit")?;
        self.transaction = None;
        anew.retain(|anew| !staged(anew.table.id()));
        follow(anew);
        for prepared in self.tables.values_mut().filter(|table| table.rows > 0) {
            match staged(prepared.table.id()) {
                true => prepared.visible(started.elapsed()),
                false => prepared.flushed(started.elapsed()),
            }
        }
        Ok(())
    }

    /// Lets nobody take the writer's place before the transaction has ended.
    ///
    /// # Errors
    /// Kind `Fenced` where somebody has.
    async fn hold_place(&self, connection: &Connection) -> Result<()> {
        let what = "look for this writer at its fence";
        let no_fence =
            || Error::new(Kind::Internal, "rows of a merge went straight into a target without a fence");
        let fence = self.fence.held().ok_or_else(no_fence)?;
        // Two statements: what comes after the lock sees whatever was registered before it.
        let query = format!("{}; SELECT {}", fence.lock_for_merge(), fence.count_own());
        let found = connection.simple_query(Purpose::Long(what), &query).await?;
        let stands = found
            .iter()
            .any(|message| matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some("1")));
        if stands { Ok(()) } else { Err(fenced(fence)) }
    }

    /// Gives up a transaction, which has no rows.
    pub(super) async fn roll_back(&mut self, connection: &Connection) -> Result<()> {
        self.transaction = None;
        connection.execute(Purpose::Long("give up an empty transaction"), "ROLLBACK").await
    }
}

/// Of the tables that changed, those that are merged into have to be such still as may be filled.
///
/// # Errors
/// Kind `Server` where one is not: what came to be in it meanwhile, or is to come, only a merge can tell.
async fn still_fill<T: LoadedTable>(connection: &Connection, anew: &[PlannedAnew<T>]) -> Result<()> {
    let filled: Vec<_> = anew.iter().filter(|anew| anew.table.spec().mode == LoadMode::Merge).collect();
    let names: Vec<_> = filled.iter().map(|anew| anew.table.name()).collect();
    let held_to_more = fill::held_to_more(connection, &names).await?;
    let lost = |(place, anew): &(usize, &&PlannedAnew<T>)| !anew.fills || held_to_more.contains(place);
    let Some((_, lost)) = filled.iter().enumerate().find(lost) else { return Ok(()) };
    let text = format!(
        "table {}: its definition was changed while rows went straight into it, and such rows are merged into it as it is \
         now. {UNTOUCHED}",
        lost.table.name().quoted()
    );
    Err(Error::new(Kind::Server, text).of_changed_definition())
}
