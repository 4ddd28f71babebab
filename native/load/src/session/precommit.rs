//! Exactly-once's flush: what was staged becomes parts of the checkpoint's committable, and nothing becomes visible.
//!
//! Promise: a part is made only of rows that the server acknowledged as committed: each COPY into a staging table is a
//! transaction of its own, and ended before.

use std::time::Instant;

use super::changed_definition::plan_anew;
use super::copy_stream::{Carried, Lane};
use super::table_loader::{Load, StagedLoad};
use crate::committable::{Merged, Part, Planned};
use crate::delivery::staging::StagingTable;
use crate::error::{Error, Kind, Result};
use crate::failpoint;

impl Lane {
    /// Hands over what this connection staged; its COPY has ended.
    pub(super) async fn hand_over(&mut self) -> Result<()> {
        let began = Instant::now();
        // The committer looks again, under its locks; here it is found before anything is handed over.
        let staged = self.carried.values().filter(|c| c.rows > 0 && matches!(c.opened.load, Load::Staged(_)));
        let staged = staged.map(|carried| (&carried.loader, &carried.opened)).collect();
        let anew = self.compare(staged).await?;
        for (id, carried) in &mut self.carried {
            let Load::Staged(load) = &carried.opened.load else { continue };
            if carried.rows == 0 {
                continue;
            }
            failpoint::hit("flush.hand-over")?;
            let Some(table) = carried.staging.take() else {
                return Err(Error::new(Kind::Internal, "staged rows without a staging table"));
            };
            let part = part(carried, load, self.writer.handover.staging.schema(), &table).await?;
            self.writer.handover.add(part);
            self.writer.handover.staging.rest(*id, table, true);
            self.held -= carried.rows;
            carried.loader.flushed(std::mem::take(&mut carried.rows), began.elapsed());
        }
        plan_anew(anew);
        Ok(())
    }
}

async fn part(carried: &Carried, load: &StagedLoad, schema: &str, table: &StagingTable) -> Result<Part> {
    let spec = &carried.loader.spec;
    let merge = match &load.marks {
        None => None,
        Some((op, seq)) => {
            let next = carried.loader.next_seq();
            let rows = i64::try_from(carried.rows)
                .map_err(|_| Error::new(Kind::Internal, "more rows than sequence numbers"))?;
            let keys = spec.key.iter().filter_map(|index| spec.columns.get(*index));
            Some(Merged {
                keys: keys.map(|column| column.name.clone()).collect(),
                op: op.clone(),
                seq: seq.clone(),
                // All rows of a merge go over one connection between two flushes.
                first: next - rows,
                last: next - 1,
                unique: carried.loader.flush_is_unique().await?,
            })
        }
    };
    Ok(Part {
        target: (spec.schema.clone(), spec.table.clone()),
        staging: (schema.to_owned(), table.plain.clone()),
        rows: carried.rows,
        columns: load.columns.clone(),
        overriding: load.overriding,
        merge,
        planned: Some(Planned {
            stamp: carried.opened.definition.stamp.clone(),
            allow_replace: spec.allow_replace,
        }),
    })
}
