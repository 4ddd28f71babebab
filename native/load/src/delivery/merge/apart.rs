//! A merge of which rows are left out, for the server refused it as a whole.
//!
//! Promise: what can be merged is; a table of which none are to be left out is merged as a whole, or the merge fails.
//! Other writers of the tables are locked out, so that what a row runs into is no merge beside this one.

use std::collections::BTreeMap;
use std::time::Instant;

use super::course::{Course, Done};
use super::{Staged, Transaction};
use crate::connection::connection::Purpose;
use crate::delivery::loaded_table::LoadedTable;
use crate::delivery::sift::{Refusal, Sift, tried};
use crate::error::{Error, Result};
use crate::policy::{is_of_other_rows, may_be_of_rows};
use crate::spec::{ErrorRowsAction, SessionSpec};
use crate::sql::TableName;
use crate::sql::sift::{ErrorRowsInto, SiftSql};

impl<T: LoadedTable> Transaction<'_, T> {
    /// True where the error may be of rows that are to be left out.
    pub(super) fn tells_apart(&self, error: &Error) -> bool {
        error.sqlstate().is_some_and(may_be_of_rows) && self.lenient().next().is_some()
    }

    /// Each table by itself, and of those that fail each row where it must be. Tables that wait for rows of others come
    /// last.
    pub(super) async fn merge_apart(&self, unique: &[bool], course: &Course) -> Result<Vec<Done>> {
        let mut done: Vec<Done> = self.tables.iter().map(|_| Done::default()).collect();
        let mut refused = Vec::new();
        for ((staged, unique), done) in self.tables.iter().zip(unique).zip(&mut done) {
            let merge = staged.sql(course).merge(*unique);
            let began = Instant::now();
            if staged.leaves_out_rows()
                && let Some(sqlstate) = tried(self.connection, staged.prepared.table.name(), &merge).await?
            {
                refused.push((is_of_other_rows(&sqlstate), staged, merge, done));
                continue;
            }
            if !staged.leaves_out_rows() {
                let what = format!("merge into {}", staged.prepared.table.name().quoted());
                self.connection.execute(Purpose::Long(&what), &merge).await?;
            }
            done.took = began.elapsed();
        }
        refused.sort_by_key(|(of_others, ..)| *of_others);
        let mut left_out = 0;
        for (_, staged, merge, done) in refused {
            let (began, table) = (Instant::now(), &staged.prepared.table);
            if tried(self.connection, table.name(), &merge).await?.is_some() {
                done.left_out = self.sift(staged, course, left_out).await?;
                if done.left_out.keys().any(Refusal::is_of_other_rows) {
                    self.wait_for_others(course, table.name().quoted())?;
                }
                left_out += done.left_out.values().sum::<u64>();
            }
            done.took = began.elapsed();
        }
        for staged in &self.tables {
            let clear = staged.merge.sql.clear_staging(staged.emptied_at_once());
            self.connection.execute(Purpose::Long("empty a staging table"), &clear).await?;
        }
        Ok(done)
    }

    /// Merges the rows of a table that can be; how many were left out, beside those of other tables.
    async fn sift(&self, staged: &Staged<T>, course: &Course, beside: u64) -> Result<BTreeMap<Refusal, u64>> {
        let table = &staged.prepared.table;
        let sql = SiftSql::new(staged.sql(course), table.id(), self.connection.dialect());
        let SessionSpec { sink, error_rows_table, .. } = self.connection.spec();
        let errors = error_rows_table.as_ref().filter(|_| table.spec().error_rows == ErrorRowsAction::Table);
        let errors = errors.map(|name| TableName::new(&sink.staging_schema, name)).transpose()?;
        let target = table.name().quoted();
        let into = errors.as_ref().map(|errors| ErrorRowsInto { table: errors, sink: &sink.id, target });
        // Too many of them may be none in a moment.
        let may = |rows, of_others: bool| {
            let may = table.may_leave_out(beside + rows);
            if may.is_err() && of_others {
                self.would_wait(course);
            }
            may
        };
        Sift::new(self.connection, sql, (target, into), &may).merge().await
    }
}
