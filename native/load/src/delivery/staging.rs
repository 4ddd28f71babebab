//! The permanent staging tables of one writer attempt: a pool per target that grows when it must.
//!
//! Promise: a table has the rows of one flush, and gets no others before the committer has emptied it, which it does in
//! the transaction that publishes them; no other attempt ever writes to it. Waiting for an empty one is no choice: up
//! to three flushes can be outstanding, and the next one may be what they wait for. Tables stay for as long as the
//! attempt does; the committer removes those of attempts that are gone.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;
use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

use crate::connection::attempt::Attempt;
use crate::connection::connection::{Connection, refused};
use crate::connection::owned_table;
use crate::error::{Error, Kind, Result};
use crate::spec::SinkSpec;
use crate::sql::{StagedSql, TableName, catalog, full_ones};

/// What a server answers while somebody holds a lock for too long.
pub(crate) const BUSY: [SqlState; 2] = [SqlState::LOCK_NOT_AVAILABLE, SqlState::T_R_DEADLOCK_DETECTED];

/// What the names of a sink's staging tables begin with; the attempt follows.
pub(crate) fn name_prefix(sink: &str) -> String {
    format!("stage_{sink}_")
}

/// A staging table.
#[derive(Clone, Debug)]
pub(crate) struct StagingTable {
    pub(crate) plain: String,
    pub(crate) name: TableName,
    /// What it was made of.
    select: String,
    /// Rows of it were handed over; nothing is known of them since.
    handed_over: bool,
}

/// The tables that no COPY goes into, by table id.
#[derive(Debug)]
pub(crate) struct StagingPool {
    schema: String,
    prefix: String,
    next: AtomicU32,
    resting: Mutex<HashMap<u32, Vec<StagingTable>>>,
}

impl StagingPool {
    pub(crate) fn new(sink: &SinkSpec, attempt: &Attempt) -> Self {
        StagingPool {
            schema: sink.staging_schema.clone(),
            prefix: format!("{}{}_", name_prefix(&sink.id), attempt.digits()),
            next: AtomicU32::new(0),
            resting: Mutex::default(),
        }
    }

    pub(crate) fn schema(&self) -> &str {
        &self.schema
    }

    /// An empty table for the target of number `id`; not within a transaction.
    pub(crate) async fn take(
        &self,
        connection: &Connection,
        id: u32,
        sql: &StagedSql,
    ) -> Result<StagingTable> {
        let select = sql.select();
        let mut resting = self.resting.lock().remove(&id).unwrap_or_default();
        let emptied = self.mark_emptied(connection, &mut resting).await;
        let fits = |table: &StagingTable| !table.handed_over && table.select == select;
        let found = resting.iter().position(fits).map(|index| resting.swap_remove(index));
        self.resting.lock().entry(id).or_default().extend(resting);
        emptied?;
        match found {
            Some(table) => Ok(table),
            None => self.make(connection, sql, select).await,
        }
    }

    /// The table's rows were handed over, or it got none.
    pub(crate) fn rest(&self, id: u32, mut table: StagingTable, handed_over: bool) {
        table.handed_over |= handed_over;
        self.resting.lock().entry(id).or_default().push(table);
    }

    /// Asks which tables the committer has emptied.
    async fn mark_emptied(&self, connection: &Connection, tables: &mut [StagingTable]) -> Result<()> {
        let mut waiting: Vec<_> = tables.iter_mut().filter(|table| table.handed_over).collect();
        // In the order in which the committer locks them.
        waiting.sort_by(|a, b| a.name.cmp(&b.name));
        if waiting.is_empty() {
            return Ok(());
        }
        let names: Vec<_> = waiting.iter().map(|table| &table.name).collect();
        let empty = match emptied(connection, &names, &BUSY).await {
            Err(error) if error.sqlstate() == Some(SqlState::UNDEFINED_TABLE.code()) => {
                return Err(self.gone(connection, &waiting, error).await);
            }
            answer => answer?,
        };
        for (table, empty) in waiting.iter_mut().zip(empty.unwrap_or_default()) {
            table.handed_over = !empty;
        }
        Ok(())
    }

    /// Only the committer of a later attempt removes an attempt's tables.
    async fn gone(&self, connection: &Connection, tables: &[&mut StagingTable], error: Error) -> Error {
        let names: Vec<_> = tables.iter().map(|table| (self.schema.clone(), table.plain.clone())).collect();
        match existing(connection, names.iter()).await {
            Ok(there) if names.iter().any(|(_, plain)| !there.contains(plain)) => Error::new(
                Kind::Fenced,
                format!(
                    "a later attempt of this sink has taken this one's place and removed its staging tables: {error}"
                ),
            ),
            _ => error,
        }
    }

    async fn make(&self, connection: &Connection, sql: &StagedSql, select: String) -> Result<StagingTable> {
        let plain = format!("{}{}", self.prefix, self.next.fetch_add(1, Ordering::Relaxed));
        let name = TableName::new(&self.schema, &plain)?;
        let create = sql.create(&name, connection.dialect().family());
        if let Err(error) = owned_table::make(connection, (&self.schema, &plain), &create).await? {
            let what = format!(
                "create staging table {} (options 'sink.delivery-guarantee' = 'exactly-once' and 'sink.staging-schema')",
                name.quoted()
            );
            return Err(Error::server(&what, error));
        }
        Ok(StagingTable { plain, name, select, handed_over: false })
    }
}

/// Which of these staging tables are empty; nothing where the server answers with one of `passing`: the committer is
/// about to empty one.
pub(crate) async fn emptied(
    connection: &Connection,
    tables: &[&TableName],
    passing: &[SqlState],
) -> Result<Option<Vec<bool>>> {
    let query = full_ones(tables);
    let what = "look for empty staging tables";
    let answer = match connection.try_simple_query(what, &query).await? {
        Err(error) if error.code().is_some_and(|code| passing.contains(code)) => return Ok(None),
        answer => refused(what, answer)?,
    };
    let mut empty = vec![true; tables.len()];
    for message in answer {
        let SimpleQueryMessage::Row(row) = message else { continue };
        let number = row.get(0).and_then(|number| number.parse::<usize>().ok());
        let full = number.and_then(|number| empty.get_mut(number));
        *full.ok_or_else(|| Error::new(Kind::Internal, "a staging table that nobody asked for"))? = false;
    }
    Ok(Some(empty))
}

/// Which of these schemas and tables exist; the names of staging tables are unique across schemas.
pub(crate) async fn existing(
    connection: &Connection,
    tables: impl Iterator<Item = &(String, String)>,
) -> Result<HashSet<String>> {
    let (schemas, tables): (Vec<&str>, Vec<&str>) =
        tables.map(|(schema, table)| (&**schema, &**table)).unzip();
    let parameters: [&(dyn ToSql + Sync); 2] = [&schemas, &tables];
    let rows = connection.query("look for the staging tables", catalog::EXISTING, &parameters).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
