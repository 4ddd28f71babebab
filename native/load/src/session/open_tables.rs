//! Opening tables: the catalog is read for all that wait at once, each is checked, each gets its plan and its SQL.
//!
//! Promise: everything that is wrong with any of them is told in one message, before the first row of them is sent. The
//! round trips do not grow with the number of tables, up to [`AT_ONCE`].

use std::sync::Arc;

use super::copy_stream::CopyStream;
use super::opened::Opened;
use super::table_loader::TableLoader;
use crate::ddl::apply;
use crate::delivery::loaded_table::LoadedTable;
use crate::error::{Error, Result};
use crate::failpoint;
use crate::open::catalog;
use crate::open::definition;
use crate::open::fill;
use crate::open::target::{self, Writers};
use crate::policy::{Fate, Situation};

/// Tables per question, so that no answer becomes too large.
const AT_ONCE: usize = 500;

impl CopyStream {
    /// Opens tables.
    pub(super) async fn open(&mut self, loaders: &[Arc<TableLoader>]) -> Result<()> {
        // No question can be asked while a COPY is open.
        self.finish_copy().await?;
        failpoint::hit("open.tables")?;
        self.writer.label.claim(&self.connection).await?;
        if loaders.iter().any(|loader| loader.choice.registers()) {
            // Its lock shall not be held for as long as rows are appended.
            self.end_transaction().await?;
            self.writer.fence.register(&self.connection).await?;
        }
        let ids = loaders.iter().map(|loader| loader.id);
        self.writer.guarantee.before_tables_open(&self.connection, ids).await?;
        let writers = Writers::of(self.writer.spec());
        let dialect = self.connection.dialect();
        let mut problems = Vec::new();
        for loaders in loaders.chunks(AT_ONCE) {
            let names: Vec<catalog::Name> =
                loaders.iter().map(|l| (l.spec.schema.clone(), l.spec.table.clone())).collect();
            // Before the catalog: what changes in between is then found by the first flush.
            let connection = &self.connection;
            let mut stamps = definition::stamps(connection, &names).await?;
            let mut found = catalog::read(connection, &names).await?;
            let missing = loaders
                .iter()
                .zip(&names)
                .filter(|(l, n)| l.spec.create.is_some() && !found.contains_key(*n));
            let missing: Vec<_> = missing.map(|(loader, name)| (loader, name.clone())).collect();
            for (loader, _) in &missing {
                self.end_transaction().await?;
                let created =
                    self.writer.creations.create(&self.connection, (&loader.spec, &loader.name)).await;
                created.map_err(|error| {
                    self.writer.connector.grace.of_table(error, Situation::Create, &loader.spec)
                })?;
            }
            if !missing.is_empty() {
                let names: Vec<_> = missing.into_iter().map(|(_, name)| name).collect();
                let connection = &self.connection;
                stamps.extend(definition::stamps(connection, &names).await?);
                found.extend(catalog::read(connection, &names).await?);
            }
            let mut altered = Vec::new();
            for (loader, name) in loaders.iter().zip(&names) {
                if apply::is_needed(&self.connection, &loader.spec, found.get(name))? {
                    self.end_transaction().await?;
                    let enlarged = apply::enlarge(&self.connection, &loader.spec, &loader.name).await;
                    enlarged.map_err(|error| {
                        self.writer.connector.grace.of_table(error, Situation::Create, &loader.spec)
                    })?;
                    altered.push(name.clone());
                }
            }
            if !altered.is_empty() {
                let connection = &self.connection;
                stamps.extend(definition::stamps(connection, &altered).await?);
                found.extend(catalog::read(connection, &altered).await?);
            }
            let mut passed = Vec::new();
            for (loader, name) in loaders.iter().zip(&names) {
                if loader.spec.may_be_absent && !found.contains_key(name) {
                    continue;
                }
                let target = target::check(&loader.spec, &loader.name, found.get(name), writers);
                let stamp = stamps.remove(name).unwrap_or_default();
                match target.and_then(|target| loader.plan(target, stamp, dialect)) {
                    Ok(opened) => passed.push((loader, opened)),
                    Err(error) => {
                        problems.push(self.writer.connector.grace.of_table(
                            error,
                            Situation::Opening,
                            &loader.spec,
                        ));
                    }
                }
            }
            self.fill_empty_ones(&mut passed).await?;
            for (loader, opened) in passed {
                loader.open(opened);
                self.writer.connector.grace.opened(&loader.spec);
            }
        }
        all(problems)
    }

    /// Rows of new keys go straight into those targets only that are empty, where no row of these keys can come to be
    /// there any more but from here. An attempt whose place this one took has committed before the fence was passed, or
    /// never will.
    async fn fill_empty_ones(&self, tables: &mut [(&Arc<TableLoader>, Opened)]) -> Result<()> {
        let sink = &self.writer.spec().sink;
        let guarded = self.writer.fence.held().is_some() && sink.recovered.is_empty();
        let mut wanted: Vec<_> = tables.iter_mut().filter(|(_, opened)| opened.fill.is_some()).collect();
        let names: Vec<_> = wanted.iter().map(|(loader, _)| &loader.name).collect();
        let names = if guarded { names } else { Vec::new() };
        let empty = fill::empty_ones(&self.connection, &names).await?;
        for (place, (_, opened)) in wanted.iter_mut().enumerate() {
            opened.fill = opened.fill.take().filter(|_| empty.contains(&place));
        }
        Ok(())
    }
}

/// One error out of several, or none.
fn all(problems: Vec<Error>) -> Result<()> {
    let mut problems = problems.into_iter();
    let Some(first) = problems.next() else { return Ok(()) };
    Err(problems.fold(first, |all, error| {
        let text = format!("\n{error}");
        let all = if error.fate() == Fate::Grace { all } else { all.ending() };
        all.hint(&text)
    }))
}
