//! What is said of a table when it opens.
//!
//! Promise: each thing once for as long as any session of the sink is open in this process.

use super::table_loader::TableLoader;
use crate::sql::MergeBy;

impl TableLoader {
    /// Why its rows are sent as text where they could be binary, once.
    pub(super) fn say_text_only(&self, columns: &[String]) {
        let reason = format!(
            "{}: the server reads {} from text only, so that COPY has text format",
            self.name.quoted(),
            columns.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
        );
        if self.said.is_first(&reason) {
            log::info!(target: "loader", "{reason}; this is said once");
        }
    }

    /// How a merge changes rows that are there, once, where the option leaves it open.
    pub(super) fn say_strategy(&self, by: MergeBy) {
        let how = match by {
            MergeBy::Replace => "replaced by DELETE and INSERT",
            MergeBy::Update => "updated in place",
        };
        let text = format!("{}: 'sink.merge.strategy' = 'auto': rows are {how}", self.name.quoted());
        if self.said.is_first(&text) {
            log::info!(target: "loader", "{text}; this is said once");
        }
    }
}
