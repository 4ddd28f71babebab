//! Is a target still what it was when its rows were made for it?
//!
//! Promise: before anything becomes visible, and while the transaction's own locks keep the table as it is, one
//! question for all tables of the transaction asks for their stamps. Another stamp means that the catalog is read again
//! and judged: the table is planned anew where the rows on their way are right for it as it is now, else the load fails
//! and says what changed. An error of the server's that comes from such a change is told as that.
//!
//! Those locks keep a table's own name, and not that of its schema: ALTER SCHEMA … RENAME waits for nobody. Where the
//! name is another table's than it was, the server is asked which of the two this transaction has written to, and
//! nothing becomes visible in one that has lost the name.

use std::collections::HashSet;
use std::sync::Arc;

use tokio_postgres::types::Oid;

use super::loaded_table::{LoadedTable, PreparedTable};
use super::merge_lock::may_fill;
use crate::connection::connection::Connection;
use crate::error::{Error, Kind, Result};
use crate::open::catalog::{self, Name};
use crate::open::definition::{Definition, oid_in, stamps};
use crate::open::target::{self, Writers};
use crate::sql::MergeBy;
use crate::sql::catalog::WRITTEN;

/// What this transaction brings rows to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// The target, by COPY.
    Target,
    /// The target, from a staging table.
    Merge,
    /// A committer, by way of a staging table.
    Committer,
}

/// A table and what its rows on their way were made for.
pub(crate) struct Planned<'a, T> {
    pub(crate) table: &'a Arc<T>,
    pub(crate) definition: &'a Definition,
    pub(crate) into: Destination,
    /// Those that the server acknowledged.
    pub(crate) rows: u64,
}

impl<'a, T> Planned<'a, T> {
    pub(crate) fn new(prepared: &'a PreparedTable<T>, into: Destination) -> Self {
        let PreparedTable { table, definition, rows, .. } = prepared;
        Planned { table, definition, into, rows: *rows }
    }
}

/// A table with the plan for its target as it is now.
pub(crate) struct PlannedAnew<T: LoadedTable> {
    pub(crate) table: Arc<T>,
    plan: T::Plan,
    /// A unique index of the target refuses a key's second row.
    pub(crate) keeps_single: bool,
    /// Rows of a merge may go straight into the target.
    pub(crate) fills: bool,
    /// How its rows are merged.
    pub(crate) by: MergeBy,
}

/// A table whose definition is another one.
struct Changed<'a, T> {
    planned: Planned<'a, T>,
    /// Its stamp now; none where there is no such table.
    stamp: Option<String>,
}

/// The new plans of those tables whose definition changed.
///
/// # Errors
/// Kind `Target` where a table may not be loaded any more; `Server` where it may, and not with the rows that were made
/// for it as it was: a restart makes them anew.
pub(crate) async fn compare<T: LoadedTable>(
    connection: &Connection,
    tables: Vec<Planned<'_, T>>,
) -> Result<Vec<PlannedAnew<T>>> {
    // Boxed: it is asked at many places of a task whose every state has room for the largest of them.
    match Box::pin(changed(connection, tables)).await? {
        changed if changed.is_empty() => Ok(Vec::new()),
        changed => {
            let lost = Box::pin(lost_names(connection, &changed)).await?;
            if let Some(error) = lost {
                return Err(error);
            }
            Box::pin(judge(connection, changed)).await
        }
    }
}

/// Where rows of this transaction are in a table that has lost its name to another one meanwhile. What is staged for a
/// committer is in neither.
async fn lost_names<T: LoadedTable>(
    connection: &Connection,
    changed: &[Changed<'_, T>],
) -> Result<Option<Error>> {
    let others = |changed: &'_ Changed<'_, T>| {
        let was = oid_in(&changed.planned.definition.stamp)?;
        let is = oid_in(changed.stamp.as_deref()?)?;
        (was != is && changed.planned.into != Destination::Committer).then_some((was, is))
    };
    let oids: Vec<Oid> = changed.iter().filter_map(others).flat_map(|(was, is)| [was, is]).collect();
    if oids.is_empty() {
        return Ok(None);
    }
    let rows = connection.query("ask which tables were written to", WRITTEN, &[&oids]).await?;
    let written: HashSet<Oid> = rows.iter().map(|row| row.get(0)).collect();
    let lost = |changed: &&Changed<'_, T>| {
        others(changed).is_some_and(|(was, is)| written.contains(&was) || !written.contains(&is))
    };
    Ok(changed.iter().find(lost).map(|Changed { planned, .. }| {
        // What is staged can be merged again; rows of a COPY have to come again.
        let kind = if planned.into == Destination::Target { Kind::Server } else { Kind::Contention };
        let text = format!(
            "table {}: its definition was changed while rows were on their way: another table has its name now. {UNTOUCHED}",
            planned.table.name().quoted()
        );
        Error::new(kind, text).of_changed_definition()
    }))
}

async fn changed<'a, T: LoadedTable>(
    connection: &Connection,
    tables: Vec<Planned<'a, T>>,
) -> Result<Vec<Changed<'a, T>>> {
    let names: Vec<Name> = tables.iter().map(|planned| plain_name(&**planned.table)).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut stamps = stamps(connection, &names).await?;
    let now =
        tables.into_iter().zip(&names).map(|(planned, name)| Changed { planned, stamp: stamps.remove(name) });
    Ok(now.filter(|table| table.stamp.as_ref() != Some(&table.planned.definition.stamp)).collect())
}

async fn judge<T: LoadedTable>(
    connection: &Connection,
    changed: Vec<Changed<'_, T>>,
) -> Result<Vec<PlannedAnew<T>>> {
    let names: Vec<Name> = changed.iter().map(|changed| plain_name(&**changed.planned.table)).collect();
    let found = catalog::read(connection, &names).await?;
    let writers = Writers::of(connection.spec());
    let mut anew = Vec::new();
    for (Changed { planned, stamp }, name) in changed.into_iter().zip(&names) {
        let Planned { table, definition, into, .. } = planned;
        let target =
            target::check(table.spec(), table.name(), found.get(name), writers).map_err(|error| {
                let hint = format!(". Its definition was changed while the job ran. {UNTOUCHED}");
                error.hint(&hint).of_changed_definition()
            })?;
        if let Some(misfit) = definition.misfit(&target, into == Destination::Target) {
            let text = format!(
                "table {}: its definition was changed while rows were on their way: {misfit}. {UNTOUCHED}; when the job has \
                 restarted they are made for it as it is now",
                table.name().quoted()
            );
            return Err(Error::new(Kind::Server, text).of_changed_definition());
        }
        let (keeps_single, by) = (target.keeps_single, target.by);
        let fills = may_fill(&target, connection.dialect());
        let plan = table.plan(target, stamp.unwrap_or_default(), connection.dialect())?;
        anew.push(PlannedAnew { table: Arc::clone(table), plan, keeps_single, fills, by });
    }
    Ok(anew)
}

/// True where a change of a target may be what an error comes from, and it does not say so yet.
pub(crate) fn may_explain(error: &Error) -> bool {
    let by_server = matches!(error.kind(), Kind::Target | Kind::Data | Kind::Server | Kind::Internal);
    by_server && !error.is_of_changed_definition()
}

/// What became of those of the tables that are not what they were, as an error.
pub(crate) async fn explanation<T: LoadedTable>(
    connection: &Connection,
    tables: Vec<Planned<'_, T>>,
) -> Result<Option<Error>> {
    let changed = changed(connection, tables).await?;
    // One that is not there just now may be about to be replaced.
    if changed.is_empty() || changed.iter().any(|table| table.stamp.is_none()) {
        return Ok(None);
    }
    let names: Vec<_> =
        changed.iter().map(|changed| changed.planned.table.name().quoted().to_owned()).collect();
    Ok(Some(match Box::pin(judge(connection, changed)).await {
        Err(change) => change,
        Ok(_) => Error::new(
            Kind::Server,
            format!(
                "the definition of {} was changed while rows were on their way. {UNTOUCHED}",
                names.join(", ")
            ),
        )
        .of_changed_definition(),
    }))
}

pub(super) const UNTOUCHED: &str = "Nothing of this flush was stored there";

/// From now on rows are made for the targets as they are.
pub(crate) fn follow<T: LoadedTable>(tables: Vec<PlannedAnew<T>>) {
    for PlannedAnew { table, plan, .. } in tables {
        log::info!(target: "loader", "{}: its definition was changed, it is planned anew", table.name().quoted());
        table.follow(plan);
    }
}

/// Schema and name of the target, unquoted.
fn plain_name(table: &impl LoadedTable) -> Name {
    (table.spec().schema.clone(), table.spec().table.clone())
}
