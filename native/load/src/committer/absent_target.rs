//! A target that is gone when what was staged for it is to be published.
//!
//! It keeps the rows of all other tables of its sink from becoming visible, and the manifest comes again with each
//! restart. Promise: the error names the target and says how to go on; with `sink.recovery.missing-staging` = `skip`
//! its rows are left out, with a warning, when it has not come back within [`GRACE`], as one does that is being
//! swapped. Without that option nobody is asked.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tokio_postgres::types::ToSql;

use super::publish_plan::Source;
use crate::connection::connection::Connection;
use crate::error::{Error, Kind, Result};
use crate::sql::{TableName, catalog};

/// How long a target may be gone before its rows are left out.
const GRACE: Duration = Duration::from_secs(5);

/// Since when some target has been gone.
#[derive(Default)]
pub(super) struct Absent(Option<Instant>);

impl Absent {
    /// Targets whose rows are left out.
    pub(super) async fn without(
        &mut self,
        connection: &Connection,
        sources: &[Source],
        skip_missing: bool,
    ) -> Result<BTreeSet<TableName>> {
        let mut gone = BTreeSet::new();
        if !skip_missing || sources.is_empty() {
            return Ok(gone);
        }
        let (schemas, tables): (Vec<&str>, Vec<&str>) =
            sources.iter().map(|source| (&*source.staged.target.0, &*source.staged.target.1)).unzip();
        let parameters: [&(dyn ToSql + Sync); 2] = [&schemas, &tables];
        let there = connection.query("look for the targets", catalog::NAMED, &parameters).await?;
        let there: BTreeSet<(&str, &str)> = there.iter().map(|row| (row.get(0), row.get(1))).collect();
        for source in sources {
            if !there.contains(&(&*source.staged.target.0, &*source.staged.target.1)) {
                gone.insert(source.target.clone());
            }
        }
        if gone.is_empty() {
            self.0 = None;
            return Ok(gone);
        }
        let names: Vec<&str> = gone.iter().map(TableName::quoted).collect();
        let names = names.join(", ");
        if self.0.get_or_insert_with(Instant::now).elapsed() < GRACE {
            return Err(Error::new(Kind::Contention, format!("{names}: there is no such table")));
        }
        let rows: u64 = sources.iter().filter(|s| gone.contains(&s.target)).map(|s| s.staged.rows).sum();
        log::warn!(
            target: "commit",
            "option 'sink.recovery.missing-staging' = 'skip': {rows} rows are not published, since there is no table {names}"
        );
        Ok(gone)
    }
}

/// How to go on, where the server says that it has no such table.
pub(super) fn hint(error: Error, target: &TableName) -> Error {
    if error.sqlstate() != Some("42P01") {
        return error;
    }
    let text = format!(
        ". Nothing was published, of other tables neither. Create {} again as it was, or set \
         'sink.recovery.missing-staging' = 'skip' to go on without its rows",
        target.quoted()
    );
    error.hint(&text)
}
