//! What is told of a table's rows that are left out.
//!
//! Promise: at most one line a minute, the first at once, with how many rows since the last one by reason, and none is
//! forgotten while the table is there.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::spec::ErrorRowsAction;

const EVERY: Duration = Duration::from_secs(60);

/// So many reasons are told apart.
const REASONS: usize = 20;
const OTHERS: &str = "other reasons";

#[derive(Debug)]
pub(super) struct LeftOutRows {
    table: String,
    action: ErrorRowsAction,
    since: BTreeMap<String, u64>,
    told: Option<Instant>,
}

impl LeftOutRows {
    pub(super) fn new(table: &str, action: ErrorRowsAction) -> Self {
        LeftOutRows { table: table.to_owned(), action, since: BTreeMap::new(), told: None }
    }

    pub(super) fn add(&mut self, reason: &str, rows: u64) {
        let known = self.since.len() < REASONS || self.since.contains_key(reason);
        *self.since.entry(if known { reason } else { OTHERS }.to_owned()).or_default() += rows;
    }

    /// Says what there is to say, once it is time.
    pub(super) fn tell(&mut self) {
        if self.told.is_none_or(|told| told.elapsed() >= EVERY) && !self.since.is_empty() {
            self.told = Some(Instant::now());
            let line = self.line();
            log::warn!(target: "loader", "{line}");
        }
    }

    fn line(&mut self) -> String {
        let since = std::mem::take(&mut self.since);
        let all: u64 = since.values().sum();
        let each: Vec<_> = since.into_iter().map(|(reason, rows)| format!("{rows}: {reason}")).collect();
        format!(
            "table {}: {all} rows more are left out ('sink.error-rows.action' = '{}'); {}. The metric errorRows counts them, \
             and this is said once a minute at most",
            self.table,
            self.action.word(),
            each.join("; ")
        )
    }
}

impl Drop for LeftOutRows {
    fn drop(&mut self) {
        self.told = None;
        self.tell();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_rows_since_the_last_by_reason() {
        let mut rows = LeftOutRows::new("\"t\"", ErrorRowsAction::Skip);
        rows.add("b", 2);
        rows.add("a", 1);
        rows.add("b", 1);
        let line = rows.line();
        assert!(
            line.starts_with(
                "table \"t\": 4 rows more are left out ('sink.error-rows.action' = 'skip'); 1: a; 3: b."
            ),
            "{line}"
        );
        for reason in 0..30 {
            rows.add(&reason.to_string(), 1);
        }
        assert_eq!(rows.since.get(OTHERS), Some(&10));
        rows.tell();
        assert!(rows.since.is_empty());
        rows.add("a", 1);
        rows.tell();
        assert_eq!(rows.since.len(), 1, "within the minute nothing is told");
    }
}
