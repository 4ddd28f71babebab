//! Is a target still what it was when its rows were made for it?
//!
//! Promise: before anything becomes visible, and while the transaction's own locks keep the table as it is, one
//! question for all tables of the transaction asks for their stamps. Another stamp means that the catalog is read again
//! and judged: the table is planned anew where the rows on their way are right for it as it is now, else the load fails
//! and says what changed. An error of the server's that comes from such a change is told as that.

use std::sync::Arc;

use super::copy_stream::CopyStream;
use super::open_tables::opened;
use super::table_loader::{Opened, TableLoader};
use crate::error::{Error, Kind, Result};
use crate::open::catalog::{self, Name};
use crate::open::definition::stamps;
use crate::open::target::{self, Writers};
use crate::spec::Guarantee;

/// Tables and what each was planned for.
pub(super) type Planned<'a> = Vec<(&'a Arc<TableLoader>, &'a Arc<Opened>)>;

/// Tables with their new plans.
pub(super) type PlannedAnew = Vec<(Arc<TableLoader>, Opened)>;

/// A table whose definition is another one.
struct Changed<'a> {
    loader: &'a Arc<TableLoader>,
    planned: &'a Arc<Opened>,
    /// Its stamp now; none where there is no such table.
    stamp: Option<String>,
}

impl CopyStream {
    /// The new plans of those tables whose definition changed.
    ///
    /// # Errors
    /// Kind `Target` where a table may not be loaded any more; `Server` where it may, and not with the rows that were
    /// made for it as it was: a restart makes them anew.
    pub(super) async fn compare(&self, tables: Planned<'_>) -> Result<PlannedAnew> {
        // Boxed: it is asked at many places of a task whose every state has room for the largest of them.
        match Box::pin(self.changed(tables)).await? {
            changed if changed.is_empty() => Ok(Vec::new()),
            changed => Box::pin(self.judge(changed)).await,
        }
    }

    async fn changed<'a>(&self, tables: Planned<'a>) -> Result<Vec<Changed<'a>>> {
        let names: Vec<Name> = tables.iter().map(|(loader, _)| loader.plain_name()).collect();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let mut stamps = stamps(&self.connection, &names).await?;
        let now = tables.into_iter().zip(&names).map(|((loader, planned), name)| Changed {
            loader,
            planned,
            stamp: stamps.remove(name),
        });
        Ok(now.filter(|table| table.stamp.as_ref() != Some(&table.planned.definition.stamp)).collect())
    }

    async fn judge(&self, changed: Vec<Changed<'_>>) -> Result<PlannedAnew> {
        let names: Vec<Name> = changed.iter().map(|table| table.loader.plain_name()).collect();
        let found = catalog::read(&self.connection, &names).await?;
        let exactly_once = matches!(self.writer.spec().sink.guarantee, Guarantee::ExactlyOnce(_));
        let writers = Writers { parallelism: self.writer.spec().parallelism, exactly_once };
        let mut anew = Vec::new();
        for (Changed { loader, planned, stamp }, name) in changed.into_iter().zip(&names) {
            let target =
                target::check(&loader.spec, &loader.name, found.get(name), writers).map_err(|error| {
                    error.hint(&format!(". Its definition was changed while the job ran. {UNTOUCHED}"))
                })?;
            let straight = !loader.is_merge() && !exactly_once;
            if let Some(misfit) = planned.definition.misfit(&target, straight) {
                let text = format!(
                    "table {}: its definition was changed while rows were on their way: {misfit}. {UNTOUCHED}; when the \
                     job has restarted they are made for it as it is now",
                    loader.name.quoted()
                );
                return Err(Error::new(Kind::Server, text));
            }
            let servers = (self.connection.dialect(), exactly_once);
            anew.push((Arc::clone(loader), opened(loader, target, stamp.unwrap_or_default(), servers)?));
        }
        Ok(anew)
    }

    /// The same error, or what became of a target where that explains it. What the connection held is lost.
    pub(super) async fn explained(
        &mut self,
        error: Error,
        loading: Option<(&Arc<TableLoader>, &Arc<Opened>)>,
    ) -> Error {
        let by_server = matches!(error.kind(), Kind::Target | Kind::Data | Kind::Server | Kind::Internal);
        if !by_server || error.to_string().contains(UNTOUCHED) {
            return error;
        }
        self.abort_copy();
        match Box::pin(self.explanation(loading)).await {
            Ok(Some(change)) => change.hint(&format!(" ({error})")),
            // Nothing changed, or nobody can say.
            Ok(None) | Err(_) => error,
        }
    }

    async fn explanation(
        &mut self,
        loading: Option<(&Arc<TableLoader>, &Arc<Opened>)>,
    ) -> Result<Option<Error>> {
        // A COPY that was refused leaves its connection out of step.
        self.connect_again().await?;
        let other = |loader: &TableLoader| loading.is_none_or(|(loading, _)| loading.id != loader.id);
        let prepared = self.prepared.values().filter(|prepared| other(&prepared.loader));
        let tables = prepared.map(|prepared| (&prepared.loader, &prepared.opened)).chain(loading);
        let changed = self.changed(tables.collect()).await?;
        // One that is not there just now may be about to be replaced.
        if changed.is_empty() || changed.iter().any(|table| table.stamp.is_none()) {
            return Ok(None);
        }
        let names: Vec<_> = changed.iter().map(|table| table.loader.name.quoted().to_owned()).collect();
        Ok(Some(match Box::pin(self.judge(changed)).await {
            Err(change) => change,
            Ok(_) => Error::new(
                Kind::Server,
                format!(
                    "the definition of {} was changed while rows were on their way. {UNTOUCHED}",
                    names.join(", ")
                ),
            ),
        }))
    }
}

const UNTOUCHED: &str = "Nothing of this flush was stored there";

/// From now on rows are made for the targets as they are.
pub(super) fn plan_anew(tables: PlannedAnew) {
    for (loader, opened) in tables {
        log::info!(target: "loader", "{}: its definition was changed, it is planned anew", loader.name.quoted());
        loader.open(opened);
    }
}
