//! The session's task: opens tables, carries chunks into COPY, flushes on request, ends when told.
//!
//! Promise: it never ends in silence. An error or a panic is stored in the session, where the next call finds it;
//! closing aborts at whatever point the work stands, without publishing anything. While its connection holds no row,
//! a broken one is replaced; with rows on it, the load fails and Flink replays.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use parking_lot::RwLock;

use super::connect::Connector;
use super::lane::Lane;
use super::state::Shared;
use super::table::{Load, Opened, Table};
use super::target::{self, Catalog};
use crate::copy::{Mode, Plan};
use crate::error::{Error, Kind, Result};
use crate::sql::{MergeSql, append_copy};

/// How long the end of a session may take to ask the server to stop a running statement.
const CANCEL_GRACE: Duration = Duration::from_secs(1);

/// The tables of a session; the caller adds, the loader reads.
pub(super) type Tables = Arc<RwLock<Vec<Arc<Table>>>>;

/// The task's state.
pub(super) struct Loader {
    shared: Arc<Shared>,
    tables: Tables,
    connector: Connector,
    lane: Option<Lane>,
}

impl Loader {
    pub(super) fn new(shared: Arc<Shared>, tables: Tables, connector: Connector) -> Self {
        Loader { shared, tables, connector, lane: None }
    }

    /// Runs until the session is closed or failed.
    pub(super) async fn supervise(mut self) {
        let shared = Arc::clone(&self.shared);
        let outcome = tokio::select! {
            biased;
            () = shared.closing.notified() => None,
            outcome = AssertUnwindSafe(self.run()).catch_unwind() => Some(outcome),
        };
        match outcome {
            None => {}
            Some(Ok(Ok(never))) => match never {},
            Some(Ok(Err(error))) => shared.fail(error),
            Some(Err(panic)) => shared.fail(Error::new(
                Kind::Internal,
                format!("the loader panicked: {}", crate::error::panic_text(&*panic)),
            )),
        }
        if let Some(lane) = self.lane.take() {
            let token = lane.connected.client.cancel_token();
            // The socket first: a server that still reads us sees the end at once and rolls back.
            drop(lane);
            let _best_effort = tokio::time::timeout(CANCEL_GRACE, self.connector.cancel(token)).await;
        }
        shared.ended();
    }

    async fn run(&mut self) -> Result<std::convert::Infallible> {
        loop {
            // Read before the queues: what was offered before the flush began is in them by then.
            let flushing = self.shared.flush_running();
            let tables: Vec<_> = self.tables.read().clone();
            if let Some(table) = tables.iter().find(|table| table.opened.get().is_none()) {
                self.open(table).await?;
            } else if let Some(table) = self.next_table(&tables) {
                self.load(&table).await?;
            } else if flushing {
                if let Some(lane) = &mut self.lane {
                    lane.flush(&self.connector).await?;
                }
                self.shared.flush_done();
            } else {
                self.idle().await?;
            }
        }
    }

    /// The table of the open COPY as long as it has rows, else the one with the most.
    fn next_table(&self, tables: &[Arc<Table>]) -> Option<Arc<Table>> {
        let copying = self.lane.as_ref().and_then(Lane::copying).filter(|table| table.queued_bytes() > 0);
        let largest = || tables.iter().filter(|t| t.queued_bytes() > 0).max_by_key(|t| t.queued_bytes());
        copying.or_else(largest).map(Arc::clone)
    }

    async fn open(&mut self, table: &Arc<Table>) -> Result<()> {
        let parallelism = self.connector.spec().parallelism;
        let lane = self.lane().await?;
        let dialect = lane.connected.dialect;
        let catalog = Catalog::read(&lane.connected.client, &table.spec, &table.name).await?;
        let target = target::check(&table.spec, &table.name, catalog.as_ref(), parallelism)?;
        let format = dialect.copy_format(table.spec.format);
        let names = target.staged_columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
        let (mode, load) = if table.is_merge() {
            let sql = MergeSql::new(
                table.name.clone(),
                table.id,
                target.staged_columns,
                target.keys,
                target.overriding,
            )?;
            let copy = sql.copy(format);
            (Mode::Merge, Load::Merge { sql, copy })
        } else {
            (Mode::Append, Load::Append(append_copy(&table.name, &names, format)))
        };
        let title = table.name.quoted().to_owned();
        let plan = Plan::new(title, format, mode, target.plan_columns, table.spec.key.clone());
        // Only this task opens tables, so nobody can have been faster.
        let _first = table.opened.set(Opened { plan, load });
        self.shared.notify_caller();
        Ok(())
    }

    async fn load(&mut self, table: &Arc<Table>) -> Result<()> {
        let Some(opened) = table.opened.get() else { return Ok(()) };
        self.lane().await?;
        for attempt in 0.. {
            let Some(lane) = &mut self.lane else { break };
            match lane.begin_copy(&self.connector, table, opened).await {
                Ok(()) => break,
                Err(error) if error.kind() == Kind::Connection && !lane.holds_rows() && attempt == 0 => {
                    log::warn!(target: "loader", "{}; connecting again", error.chain());
                    self.lane = Some(Lane::new(self.connector.connect().await?));
                }
                Err(error) => return Err(error),
            }
        }
        let (Some(lane), Some(chunk)) = (&mut self.lane, table.next_chunk()) else { return Ok(()) };
        lane.send(&self.connector, chunk).await
    }

    /// The connection, made or made again where that loses nothing.
    async fn lane(&mut self) -> Result<&mut Lane> {
        let lost = self.lane.as_ref().is_some_and(|lane| lane.connected.client.is_closed());
        if lost {
            self.forget_lost_lane().await?;
        }
        if self.lane.is_none() {
            self.lane = Some(Lane::new(self.connector.connect().await?));
        }
        self.lane.as_mut().ok_or_else(|| Error::new(Kind::Internal, "no connection was kept"))
    }

    /// Waits for work, and notices when the connection ends meanwhile.
    async fn idle(&mut self) -> Result<()> {
        let Some(lane) = &mut self.lane else {
            self.shared.work.notified().await;
            return Ok(());
        };
        lane.push(&self.connector).await?;
        let ended = tokio::select! {
            () = self.shared.work.notified() => false,
            _ = &mut lane.connected.driver => true,
        };
        if ended { self.forget_lost_lane().await } else { Ok(()) }
    }

    /// Drops a connection that ended; an error where rows went with it.
    async fn forget_lost_lane(&mut self) -> Result<()> {
        let Some(lane) = self.lane.take() else { return Ok(()) };
        if lane.holds_rows() {
            let what = "the server closed the connection while it held rows that were not visible yet";
            return Err(Error::new(Kind::Connection, what));
        }
        Ok(())
    }
}
