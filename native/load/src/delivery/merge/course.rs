//! What one try to merge finds out for the next.
//!
//! Promise: rows are never committed as merged in a way that the target, as it is, does not have: what changed is
//! learned under the transaction's own locks, and the same rows are merged again from the start.

use std::collections::HashMap;

use super::Staged;
use crate::delivery::changed_definition::PlannedAnew;
use crate::delivery::loaded_table::LoadedTable;
use crate::error::{Error, Kind, Result};
use crate::sql::{MergeBy, MergeSql};

/// How the tables of a transaction are merged.
#[derive(Default)]
pub(super) struct Course {
    /// Rows that the server refuses are left out.
    pub(super) apart: bool,
    /// The statements of those tables, by number, whose rows are merged in another way than they were staged for.
    otherwise: HashMap<u32, MergeSql>,
}

impl Course {
    /// The statements of a table's merge.
    pub(super) fn sql<'a, T: LoadedTable>(&'a self, staged: &'a Staged<T>) -> &'a MergeSql {
        self.otherwise.get(&staged.carried.table.id()).unwrap_or(&staged.merge.sql)
    }

    /// # Errors
    /// Kind `Contention` where the rows are to be merged in another way now: nothing of this transaction may stay.
    pub(super) fn follow<T: LoadedTable>(
        &mut self,
        tables: &[&Staged<T>],
        anew: &[PlannedAnew<T>],
    ) -> Result<()> {
        let mut told = Vec::new();
        for anew in anew {
            let id = anew.table.id();
            let staged = tables.iter().find(|staged| staged.carried.table.id() == id);
            let sql = staged.map(|staged| self.sql(staged)).filter(|sql| sql.by() != anew.by);
            if let Some(sql) = sql.cloned() {
                self.otherwise.insert(id, sql.merging(anew.by));
                let now = if anew.by == MergeBy::Update { "updated" } else { "replaced" };
                told.push(format!("rows of {} are {now}", anew.table.name().quoted()));
            }
        }
        if told.is_empty() {
            return Ok(());
        }
        let text = format!("{} from now on: the definition was changed", told.join(", "));
        Err(Error::new(Kind::Contention, text))
    }
}
