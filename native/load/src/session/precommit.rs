//! Exactly-once's flush: the staged tables become the checkpoint's committable, and nothing becomes visible.
//!
//! Promise: a staged table has only rows that the server acknowledged as committed: each COPY into a staging table is a
//! transaction of its own, and ended before.

use std::time::Instant;

use super::changed_definition::plan_anew;
use super::copy_stream::{CopyStream, PreparedTable};
use super::table_loader::{Load, StagedLoad};
use crate::committable::{Merged, Planned, StagedTable};
use crate::delivery::staging::StagingTable;
use crate::error::{Error, Kind, Result};
use crate::failpoint;

impl CopyStream {
    /// Hands over what this connection staged; its COPY has ended.
    pub(super) async fn precommit(&mut self) -> Result<()> {
        let began = Instant::now();
        // The committer looks again, under its locks; here it is found before anything is handed over.
        let staged = self
            .prepared
            .values()
            .filter(|table| table.rows > 0 && matches!(table.opened.load, Load::Staged(_)));
        let staged = staged.map(|prepared| (&prepared.loader, &prepared.opened)).collect();
        let anew = self.compare(staged).await?;
        for (id, prepared) in &mut self.prepared {
            let Load::Staged(load) = &prepared.opened.load else { continue };
            if prepared.rows == 0 {
                continue;
            }
            failpoint::hit("flush.hand-over")?;
            let Some(table) = prepared.staging.take() else {
                return Err(Error::new(Kind::Internal, "staged rows without a staging table"));
            };
            let staged =
                staged_table(prepared, load, self.writer.staged_writes.staging.schema(), &table).await?;
            self.writer.staged_writes.add(staged);
            self.writer.staged_writes.staging.rest(*id, table, true);
            self.held -= prepared.rows;
            prepared.loader.flushed(std::mem::take(&mut prepared.rows), began.elapsed());
        }
        plan_anew(anew);
        Ok(())
    }
}

async fn staged_table(
    prepared: &PreparedTable,
    load: &StagedLoad,
    schema: &str,
    table: &StagingTable,
) -> Result<StagedTable> {
    let spec = &prepared.loader.spec;
    let merge = match &load.marks {
        None => None,
        Some((op, seq)) => {
            let next = prepared.loader.next_seq();
            let rows = i64::try_from(prepared.rows)
                .map_err(|_| Error::new(Kind::Internal, "more rows than sequence numbers"))?;
            let keys = spec.key.iter().filter_map(|index| spec.columns.get(*index));
            Some(Merged {
                keys: keys.map(|column| column.name.clone()).collect(),
                op: op.clone(),
                seq: seq.clone(),
                // All rows of a merge go over one connection between two flushes.
                first: next - rows,
                last: next - 1,
                unique: prepared.loader.flush_is_unique().await?,
            })
        }
    };
    Ok(StagedTable {
        target: (spec.schema.clone(), spec.table.clone()),
        staging: (schema.to_owned(), table.plain.clone()),
        rows: prepared.rows,
        columns: load.columns.clone(),
        overriding: load.overriding,
        merge,
        planned: Some(Planned {
            stamp: prepared.opened.definition.stamp.clone(),
            allow_replace: spec.allow_replace,
        }),
    })
}
