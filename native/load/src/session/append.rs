//! Append's transaction on a connection: it begins with the first row, and its COMMIT makes rows visible.
//!
//! Promise: it has rows of at most [`TABLES_PER_TRANSACTION`] tables, and is committed only while each of them is still
//! what its rows were made for. When it ends is decided elsewhere ([`super::open_time`] and the flush).

use std::time::Instant;

use super::changed_definition::plan_anew;
use super::copy_stream::{CopyStream, TABLES_PER_TRANSACTION};
use super::table_loader::TableLoader;
use crate::connection::connection::Purpose;
use crate::error::Result;
use crate::failpoint;
use crate::sql::BEGIN;

impl CopyStream {
    /// Append: the transaction for this table's rows. One that has rows of many tables is committed first, in the
    /// middle of the checkpoint period, which append may: it promises no more than that no row is lost.
    pub(super) async fn begin_append(&mut self, loader: &TableLoader) -> Result<()> {
        let appended =
            self.prepared.values().filter(|prepared| !prepared.loader.is_merge() && prepared.rows > 0);
        let mut tables = 0;
        let mut known = false;
        for prepared in appended {
            tables += 1;
            known |= prepared.loader.id == loader.id;
        }
        if self.in_transaction && !known && tables >= TABLES_PER_TRANSACTION {
            self.commit_appended().await?;
        }
        if !self.in_transaction {
            self.connection.execute(&format!("begin for {}", loader.name.quoted()), BEGIN).await?;
            self.in_transaction = true;
            self.transaction_began = Instant::now();
            self.queue.holds_open(true);
        }
        Ok(())
    }

    /// Makes the rows of append mode visible.
    pub(super) async fn commit_appended(&mut self) -> Result<()> {
        if !self.in_transaction {
            return Ok(());
        }
        let started = Instant::now();
        let appended = self.prepared.values().filter(|table| !table.loader.is_merge() && table.rows > 0);
        let appended = appended.map(|table| (&table.loader, &table.opened)).collect();
        let anew = self.compare(appended).await?;
        failpoint::hit("flush.in-transaction")?;
        self.connection.execute(Purpose::Long("commit the appended rows"), "COMMIT").await?;
        failpoint::hit("flush.after-commit")?;
        self.transaction_ended();
        plan_anew(anew);
        for prepared in self.prepared.values_mut().filter(|table| !table.loader.is_merge() && table.rows > 0)
        {
            self.held -= prepared.rows;
            prepared.loader.flushed(std::mem::take(&mut prepared.rows), started.elapsed());
        }
        Ok(())
    }
}
