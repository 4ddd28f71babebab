//! What one try to merge finds out for the next, and what a merge came to.
//!
//! Promise: rows are never committed as merged in a way that the target, as it is, does not have: what changed is
//! learned under the transaction's own locks, and the same rows are merged again from the start.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::at_work::WaitForOthers;
use crate::delivery::changed_definition::PlannedAnew;
use crate::delivery::loaded_table::LoadedTable;
use crate::delivery::sift::Refusal;
use crate::error::{Error, Kind, Result};
use crate::sql::{MergeBy, MergeSql};

/// How the tables of a transaction are merged.
#[derive(Default)]
pub(super) struct Course {
    /// Rows that the server refuses are left out.
    pub(super) apart: bool,
    /// The statements of those tables, by number, whose rows are merged in another way than they were staged for.
    otherwise: HashMap<u32, MergeSql>,
    /// For rows of others.
    pub(super) waiting: WaitForOthers,
}

impl Course {
    /// The statements of a table's merge; `planned`: those that its rows were staged for.
    pub(super) fn sql<'a>(&'a self, id: u32, planned: &'a MergeSql) -> &'a MergeSql {
        self.otherwise.get(&id).unwrap_or(planned)
    }

    /// `planned`: what all tables of the transaction were staged for.
    ///
    /// # Errors
    /// Kind `Contention` where the rows are to be merged in another way now: nothing of this transaction may stay.
    pub(super) fn follow<'a, T: LoadedTable>(
        &mut self,
        planned: impl Iterator<Item = (u32, &'a MergeSql)>,
        anew: &[PlannedAnew<T>],
    ) -> Result<()> {
        let planned: HashMap<u32, &MergeSql> = planned.collect();
        let mut told = Vec::new();
        for anew in anew {
            let id = anew.table.id();
            let sql = planned.get(&id).map(|planned| self.sql(id, planned)).filter(|sql| sql.by() != anew.by);
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

/// What the merge of a table came to.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) took: Duration,
    /// Rows that the target did not take.
    pub(super) left_out: BTreeMap<Refusal, u64>,
}
