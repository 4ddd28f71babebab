//! Opening tables: the catalog is read for all that wait at once, each is checked, each gets its plan and its SQL.
//!
//! Promise: everything that is wrong with any of them is told in one message, before the first row of them is sent. The
//! round trips do not grow with the number of tables, up to [`AT_ONCE`].

use std::sync::Arc;

use super::copy_stream::CopyStream;
use super::table_loader::{Load, Opened, StagedLoad, TableLoader};
use crate::copy::{Format, Mode};
use crate::delivery::merge_lock;
use crate::encode::encoder::Encoder;
use crate::error::{Error, Result};
use crate::failpoint;
use crate::open::catalog;
use crate::open::definition::{self, Definition};
use crate::open::lock_limit;
use crate::open::target::{self, Target, Writers};
use crate::policy::{Fate, Situation};
use crate::spec::Guarantee;
use crate::sql::{Dialect, Ident, Marks, MergeSql, StagedSql, append_copy, mark_names};

/// Tables per question, so that no answer becomes too large.
const AT_ONCE: usize = 500;

impl CopyStream {
    /// Opens tables.
    pub(super) async fn open(&mut self, loaders: &[Arc<TableLoader>]) -> Result<()> {
        // No question can be asked while a COPY is open.
        self.finish_copy().await?;
        failpoint::hit("open.tables")?;
        self.writer.label.claim(&self.connection).await?;
        let exactly_once = matches!(self.writer.spec().sink.guarantee, Guarantee::ExactlyOnce(_));
        if exactly_once || loaders.iter().any(|loader| loader.is_merge()) {
            // Its lock shall not be held for as long as rows are appended.
            self.commit_appended().await?;
            self.writer.fence.register(&self.connection).await?;
        }
        self.writer.recovered_staging.published(&self.connection).await?;
        if exactly_once {
            let tables = self.writer.staged_writes.count_tables(loaders.iter().map(|loader| loader.id));
            let writers = usize::try_from(self.writer.spec().parallelism).unwrap_or(usize::MAX);
            lock_limit::check(&self.connection, tables.saturating_mul(writers), tables).await?;
        }
        let writers = Writers { parallelism: self.writer.spec().parallelism, exactly_once };
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
                self.commit_appended().await?;
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
            for (loader, name) in loaders.iter().zip(&names) {
                let target = target::check(&loader.spec, &loader.name, found.get(name), writers);
                let stamp = stamps.remove(name).unwrap_or_default();
                match target.and_then(|target| opened(loader, target, stamp, (dialect, exactly_once))) {
                    Ok(opened) => {
                        loader.open(opened);
                        self.writer.connector.grace.opened(&loader.spec);
                    }
                    Err(error) => {
                        problems.push(self.writer.connector.grace.of_table(
                            error,
                            Situation::Opening,
                            &loader.spec,
                        ));
                    }
                }
            }
        }
        all(problems)
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

/// The plan and the SQL of a target that passed; `stamp` is of before it was read.
pub(super) fn opened(
    loader: &TableLoader,
    target: Target,
    stamp: String,
    (dialect, exactly_once): (Dialect, bool),
) -> Result<Opened> {
    let definition = Definition::new(stamp, &target);
    let format = match dialect.copy_format(loader.spec.format) {
        Format::Binary if !target.text_only.is_empty() => {
            loader.say_text_only(&target.text_only);
            Format::Text
        }
        format => format,
    };
    let (mode, load) = if exactly_once {
        staged(loader, &target, format)?
    } else if loader.is_merge() {
        let alone = merge_lock::is_needed(target.keeps_single, dialect);
        let (columns, keys) = (target.staged_columns, target.keys);
        let sql = MergeSql::new(loader.name.clone(), loader.id, columns, keys, target.overriding)?;
        let copy = sql.copy(format);
        (Mode::Merge, Load::Merge { sql, copy, alone })
    } else {
        let names = target.staged_columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
        (Mode::Append, Load::Append(append_copy(&loader.name, &names, format)))
    };
    let encoder = Encoder::new(&loader.spec, &loader.name, (format, mode), target.plan_columns)?;
    Ok(Opened { encoder, load, definition })
}

fn staged(loader: &TableLoader, target: &Target, format: Format) -> Result<(Mode, Load)> {
    let columns = target.staged_columns.clone();
    let mode = if loader.is_merge() { Mode::Merge } else { Mode::Append };
    let marks = if loader.is_merge() { Some(mark_names(&columns)?) } else { None };
    let quoted = match &marks {
        None => None,
        Some((op, seq)) => Some(Marks { op: Ident::new(op)?, seq: Ident::new(seq)? }),
    };
    let load = StagedLoad {
        sql: StagedSql::new(loader.name.clone(), columns, quoted),
        format,
        columns: target.loaded.iter().map(|column| column.name.clone()).collect(),
        overriding: target.overriding,
        marks,
    };
    Ok((mode, Load::Staged(load)))
}
