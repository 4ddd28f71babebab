//! After a restore that changed exactly-once into at-least-once: what exactly-once writers had staged comes first.
//!
//! Those writers' last rows are published by the committer, in a task of its own that may well be slower than the first
//! merge here; an older row of a key would then replace a newer one. Promise: no table opens before each staging table
//! that they merge from is empty or gone, which it is exactly when the ledger knows its manifest (decision 0013). It
//! waits until a deadline, and asks a server nothing where nothing was recovered.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::sync::OnceCell;
use tokio_postgres::error::SqlState;

use crate::committable::Committable;
use crate::connection::backoff::Backoff;
use crate::connection::connection::Connection;
use crate::delivery::staging::{BUSY, emptied, existing};
use crate::error::{Error, Kind, Result};
use crate::sql::TableName;

/// Pauses between questions.
const PAUSES: Backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(1));

/// Tables per question, so that none becomes too long.
const AT_ONCE: usize = 100;

/// What a server answers while the committer empties a table, and after it removed one that is empty.
const PASSING: [SqlState; 3] = {
    let [locked, deadlocked] = BUSY;
    [locked, deadlocked, SqlState::UNDEFINED_TABLE]
};

/// A staging table that is waited for.
#[derive(Debug)]
struct Awaited {
    plain: (String, String),
    target: TableName,
}

/// Staging tables by name, which is the order in which the committer locks them.
#[derive(Debug)]
pub(crate) struct RecoveredStaging {
    tables: BTreeMap<TableName, Awaited>,
    over: OnceCell<()>,
}

impl RecoveredStaging {
    /// # Errors
    /// As [`TableName::new`].
    pub(crate) fn new(committables: &[Committable]) -> Result<Self> {
        let mut tables = BTreeMap::new();
        let staged = committables.iter().flat_map(|committable| &committable.tables);
        for table in staged.filter(|table| table.merge.is_some()) {
            let target = TableName::new(&table.target.0, &table.target.1)?;
            let awaited = Awaited { plain: table.staging.clone(), target };
            tables.insert(TableName::new(&table.staging.0, &table.staging.1)?, awaited);
        }
        Ok(RecoveredStaging { tables, over: OnceCell::new() })
    }

    /// Waits until the committer has published everything, unless that was done.
    ///
    /// # Errors
    /// Kind `Stalled` at the deadline.
    pub(crate) async fn published(&self, connection: &Connection) -> Result<()> {
        if !self.tables.is_empty() {
            self.over.get_or_try_init(|| self.wait(connection)).await?;
        }
        Ok(())
    }

    async fn wait(&self, connection: &Connection) -> Result<()> {
        let limit = connection.spec().stall_timeout;
        let began = Instant::now();
        let mut pauses = PAUSES;
        let mut told = false;
        let mut full = self.tables.first_key_value();
        loop {
            let left = limit.saturating_sub(began.elapsed());
            // A question may wait for somebody's lock; the deadline is of all together.
            match tokio::time::timeout(left, self.first_full(connection)).await {
                Ok(found) => full = found?,
                Err(_late) => return Err(late(full, limit)),
            }
            if full.is_none() {
                return Ok(());
            }
            if !std::mem::replace(&mut told, true) {
                log::info!(
                    target: "recovery",
                    "no table opens before the committer has published what exactly-once writers staged in {} tables",
                    self.tables.len()
                );
            }
            tokio::time::sleep(pauses.pause().min(limit.saturating_sub(began.elapsed()))).await;
        }
    }

    /// A table that holds rows, or may hold some.
    async fn first_full(&self, connection: &Connection) -> Result<Option<(&TableName, &Awaited)>> {
        let there = existing(connection, self.tables.values().map(|awaited| &awaited.plain)).await?;
        let waiting: Vec<_> =
            self.tables.iter().filter(|(_, awaited)| there.contains(&awaited.plain.1)).collect();
        for tables in waiting.chunks(AT_ONCE) {
            let names: Vec<_> = tables.iter().map(|(name, _)| *name).collect();
            let empty = emptied(connection, &names, &PASSING).await?.unwrap_or_default();
            let full = (0..).zip(tables).find(|(index, _)| empty.get(*index) != Some(&true));
            if let Some((_, table)) = full {
                return Ok(Some(*table));
            }
        }
        Ok(None)
    }
}

fn late(full: Option<(&TableName, &Awaited)>, limit: Duration) -> Error {
    let (staging, target) =
        full.map_or(("?", "?"), |(name, awaited)| (name.quoted(), awaited.target.quoted()));
    let text = format!(
        "staging table {staging}: its rows for {target} were not published within {limit:?} (option \
         'sink.stall-timeout'). Exactly-once writers staged them before this restore, and newer rows must not be merged \
         before them. The log of the sink's committer says what keeps it; or restore with 'sink.delivery-guarantee' = \
         'exactly-once'"
    );
    Error::new(Kind::Stalled, text)
}
