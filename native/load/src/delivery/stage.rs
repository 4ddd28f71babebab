//! Stage: rows go into permanent staging tables, and a flush hands those over to a committer.
//!
//! Promise: nothing becomes visible; a staged table has only rows that the server acknowledged as committed: each COPY
//! into a staging table is a transaction of its own, and ended before.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use tokio_postgres::Statement;

use super::changed_definition::{Destination, Planned, compare, follow};
use super::loaded_table::{LoadedTable, PreparedTable};
use super::staged_writes::StagedWrites;
use super::staging::StagingTable;
use crate::committable::{self, Merged, StagedTable};
use crate::connection::connection::Connection;
use crate::copy::Format;
use crate::error::{Error, Kind, Result};
use crate::failpoint;
use crate::open::definition::Definition;
use crate::open::target::Target;
use crate::spec::{MergeStrategy, SchemaChangeBehavior};
use crate::sql::{Ident, Mark, Marks, MergeBy, StagedSql, TableName, mark_names};

/// How one table's rows are staged, and what of it the committer needs to know.
#[derive(Debug)]
pub(crate) struct Stage {
    sql: StagedSql,
    format: Format,
    /// The columns that are loaded.
    columns: Vec<String>,
    overriding: bool,
    /// The columns of operation and sequence number; none where rows are added.
    marks: Option<(String, String)>,
    by: MergeBy,
    /// What marks a row instead of its being deleted.
    mark: Option<Mark>,
    writes: Arc<StagedWrites>,
}

impl Stage {
    /// `merge`: the committer replaces rows by key, else it adds them.
    ///
    /// # Errors
    /// Kind `Config` for columns whose names leave none for operation and sequence number.
    pub(crate) fn new(
        name: &TableName,
        target: &Target,
        format: Format,
        (merge, writes): (bool, &Arc<StagedWrites>),
    ) -> Result<Self> {
        let columns = target.staged_columns.clone();
        let marks = if merge { Some(mark_names(&columns)?) } else { None };
        let quoted = match &marks {
            None => None,
            Some((op, seq)) => Some(Marks { op: Ident::new(op)?, seq: Ident::new(seq)? }),
        };
        Ok(Stage {
            sql: StagedSql::new(name.clone(), columns, quoted),
            format,
            columns: target.loaded.iter().map(|column| column.name.clone()).collect(),
            overriding: target.overriding,
            marks,
            by: target.by,
            mark: target.soft_delete.as_ref().map(|soft_delete| soft_delete.mark),
            writes: Arc::clone(writes),
        })
    }
}

/// The tables of a connection whose rows are staged.
pub(crate) struct Stages<T> {
    pub(super) tables: HashMap<u32, Staged<T>>,
    /// Rows of all of them that were not handed over.
    held: u64,
}

/// A table whose rows are staged.
pub(super) struct Staged<T> {
    pub(super) prepared: PreparedTable<T>,
    stage: Arc<Stage>,
    /// Where the rows of this flush go.
    staging: Option<StagingTable>,
}

impl<T> Default for Stages<T> {
    fn default() -> Self {
        Stages { tables: HashMap::new(), held: 0 }
    }
}

impl<T: LoadedTable> Stages<T> {
    pub(super) async fn begin_copy(
        &mut self,
        connection: &Connection,
        table: &Arc<T>,
        (stage, definition): (&Arc<Stage>, &Arc<Definition>),
    ) -> Result<Statement> {
        let ready = |known: &&Staged<T>| known.prepared.is_for(definition) && known.staging.is_some();
        if let Some(known) = self.tables.get(&table.id()).filter(ready) {
            return Ok(known.prepared.copy.clone());
        }
        let staging = stage.writes.staging.take(connection, table.id(), &stage.sql).await?;
        let what = format!("prepare COPY for {}", table.name().quoted());
        let copy = connection.prepare(&what, &stage.sql.copy(&staging.name, stage.format)).await?;
        let prepared = PreparedTable::new(table, definition, copy.clone());
        let staged = Staged { prepared, stage: Arc::clone(stage), staging: Some(staging) };
        if let Some(mut unused) = self.tables.insert(table.id(), staged) {
            unused.rest();
        }
        Ok(copy)
    }

    /// So many rows more of a table are staged; `None` where it is not prepared.
    pub(super) fn count(&mut self, id: u32, rows: u64) -> Option<()> {
        self.tables.get_mut(&id)?.prepared.rows += rows;
        self.held += rows;
        Some(())
    }

    pub(super) fn held(&self) -> u64 {
        self.held
    }

    /// Hands over what this connection staged; its COPY has ended.
    pub(super) async fn precommit(&mut self, connection: &Connection) -> Result<()> {
        let began = Instant::now();
        // The committer looks again, under its locks; here it is found before anything is handed over.
        let staged = self.tables.values().map(|staged| &staged.prepared).filter(|prepared| prepared.rows > 0);
        let staged = staged.map(|prepared| Planned::new(prepared, Destination::Committer));
        let anew = compare(connection, staged.collect()).await?;
        for staged in self.tables.values_mut().filter(|staged| staged.prepared.rows > 0) {
            failpoint::hit("flush.precommit")?;
            staged.precommit().await?;
            staged.prepared.flushed(began.elapsed());
        }
        self.held = 0;
        follow(anew);
        Ok(())
    }

    /// The staging table of a table without rows is for others.
    pub(super) fn give_up(&mut self, id: u32) {
        if let Some(mut unused) = self.tables.remove(&id) {
            unused.rest();
        }
    }

    /// So are all, before the connection ends, which holds no rows.
    pub(super) fn retire(&mut self) {
        self.tables.values_mut().for_each(Staged::rest);
    }
}

impl<T: LoadedTable> Staged<T> {
    fn rest(&mut self) {
        if let Some(unused) = self.staging.take() {
            self.stage.writes.staging.rest(self.prepared.table.id(), unused, false);
        }
    }

    async fn precommit(&mut self) -> Result<()> {
        let Some(table) = self.staging.take() else {
            return Err(Error::new(Kind::Internal, "staged rows without a staging table"));
        };
        let writes = &self.stage.writes;
        writes.add(self.for_committer(writes.staging.schema(), &table).await?);
        writes.staging.rest(self.prepared.table.id(), table, true);
        Ok(())
    }

    async fn for_committer(&self, schema: &str, table: &StagingTable) -> Result<StagedTable> {
        let PreparedTable { table: loaded, definition, rows, .. } = &self.prepared;
        let spec = loaded.spec();
        let merge = match &self.stage.marks {
            None => None,
            Some((op, seq)) => {
                let next = loaded.next_seq();
                let rows = i64::try_from(*rows)
                    .map_err(|_| Error::new(Kind::Internal, "more rows than sequence numbers"))?;
                let keys = spec.key.iter().filter_map(|index| spec.columns.get(*index));
                Some(Merged {
                    keys: keys.map(|column| column.name.clone()).collect(),
                    op: op.clone(),
                    seq: seq.clone(),
                    // All rows of a merge go over one connection between two flushes.
                    first: next - rows,
                    last: next - 1,
                    unique: loaded.flush_is_unique().await?,
                })
            }
        };
        Ok(StagedTable {
            target: (spec.schema.clone(), spec.table.clone()),
            staging: (schema.to_owned(), table.plain.clone()),
            rows: *rows,
            columns: self.stage.columns.clone(),
            overriding: self.stage.overriding,
            merge,
            planned: Some(committable::Planned {
                stamp: definition.stamp.clone(),
                // Whoever leaves the choice open resets nothing.
                allow_replace: spec.allow_replace
                    || spec.schema_change == SchemaChangeBehavior::Lenient
                        && spec.merge_strategy != MergeStrategy::Auto,
                updates: self.stage.by == MergeBy::Update,
                free: spec.merge_strategy == MergeStrategy::Auto,
                soft_delete: spec.soft_delete.clone().zip(self.stage.mark.map(|mark| mark == Mark::Time)),
            }),
        })
    }
}
