//! One connection at work: it stages or appends the rows of any number of tables, one COPY at a time.
//!
//! Promise: rows count as held until a flush made them visible; a COPY that is not finished is aborted with the
//! socket; the server's row count of each COPY equals what was sent, or the load fails. It does not decide when to
//! flush, and it never reconnects: whoever owns it does, while it holds no row.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::SinkExt;
use tokio_postgres::CopyInSink;

use super::connect::{Connected, Connector};
use super::table::{Chunk, Load, Opened, Table};
use crate::error::{Error, Kind, Result};
use crate::failpoint;
use crate::metrics::TableMetrics;

/// COPY data is cut into messages of this size. A prototype was slower with 64 KiB (2.7 to 3.1 s against 2.5 s per 1.2
/// million lineitem rows); the benchmark of the whole connector saw no difference from 4 to 256 KiB.
const MESSAGE: usize = 16 << 10;

/// A connection, its COPY and its staging tables.
pub(super) struct Lane {
    pub(super) connected: Connected,
    copy: Option<ActiveCopy>,
    /// Staging tables that exist on this connection, by table id.
    pub(super) staged: HashMap<u32, Staged>,
    /// Append: a transaction is open.
    pub(super) in_transaction: bool,
    /// Append: rows the server acknowledged in the open transaction, by table.
    pub(super) appended: HashMap<u32, Staged>,
}

/// Rows of one table that the server acknowledged since the last flush.
pub(super) struct Staged {
    pub(super) table: Arc<Table>,
    pub(super) rows: u64,
}

struct ActiveCopy {
    table: Arc<Table>,
    sink: Pin<Box<CopyInSink<Bytes>>>,
    rows: u64,
    /// Rows were sent since the last push.
    unpushed: bool,
    /// Bytes received when it began; more means that the server has something to say, most likely an error.
    received: u64,
}

impl Lane {
    pub(super) fn new(connected: Connected) -> Self {
        Lane {
            connected,
            copy: None,
            staged: HashMap::new(),
            in_transaction: false,
            appended: HashMap::new(),
        }
    }

    /// True while this connection has rows that would be lost with it.
    pub(super) fn holds_rows(&self) -> bool {
        self.copy.as_ref().is_some_and(|copy| copy.rows > 0)
            || self.staged.values().chain(self.appended.values()).any(|staged| staged.rows > 0)
    }

    /// The table whose COPY is open.
    pub(super) fn copying(&self) -> Option<&Arc<Table>> {
        self.copy.as_ref().map(|copy| &copy.table)
    }

    /// Makes the open COPY that of `table`, creating what it needs. Sends no row.
    pub(super) async fn begin_copy(
        &mut self,
        connector: &Connector,
        table: &Arc<Table>,
        opened: &Opened,
    ) -> Result<()> {
        if let Some(copy) = &self.copy {
            let silent = self.connected.progress.received() == copy.received;
            if copy.table.id == table.id && silent {
                return Ok(());
            }
            self.finish_copy(connector).await?;
        }
        failpoint::hit("loader.copy")?;
        let name = table.name.quoted();
        let statement = match &opened.load {
            Load::Append(copy) => {
                if !self.in_transaction {
                    self.execute(connector, &format!("begin for {name}"), BEGIN).await?;
                    self.in_transaction = true;
                }
                copy
            }
            Load::Merge { sql, copy } => {
                if !self.staged.contains_key(&table.id) {
                    let what = format!("create the staging table of {name}");
                    self.execute(connector, &what, &sql.create_staging()).await?;
                    self.staged.insert(table.id, Staged { table: Arc::clone(table), rows: 0 });
                }
                copy
            }
        };
        let what = format!("begin COPY for {name}");
        let begun = self.connected.client.copy_in(statement.as_str());
        let mut sink = Box::pin(self.answer(connector, &what, begun).await?);
        let header = opened.plan.header();
        if !header.is_empty() {
            let fed = sink.feed(Bytes::from_static(header)).await;
            fed.map_err(|e| Error::server(&format!("COPY for {name}"), e))?;
        }
        let received = self.connected.progress.received();
        self.copy = Some(ActiveCopy { table: Arc::clone(table), sink, rows: 0, unpushed: false, received });
        Ok(())
    }

    /// Sends one chunk into the open COPY. Returns when the connection has taken it, not when it is stored.
    pub(super) async fn send(&mut self, connector: &Connector, chunk: Chunk) -> Result<()> {
        let Some(copy) = &mut self.copy else {
            return Err(Error::new(Kind::Internal, "rows without an open COPY"));
        };
        let what = format!("COPY for {}", copy.table.name.quoted());
        copy.rows += chunk.rows;
        copy.unpushed = true;
        let mut data = chunk.data.clone();
        while !data.is_empty() {
            let message = data.split_to(data.len().min(MESSAGE));
            let fed = copy.sink.feed(message);
            watch(connector, &self.connected, &what, Stall::Fatal, fed).await?;
        }
        let metrics = &copy.table.metrics;
        TableMetrics::add(&metrics.rows_sent, chunk.rows);
        TableMetrics::add(&metrics.bytes_sent, u64::try_from(chunk.data.len()).unwrap_or(u64::MAX));
        // The chunk's memory is given back here, when the connection has copied all of it.
        drop(chunk);
        Ok(())
    }

    /// Pushes out what the protocol library still holds of the open COPY (up to 4 KB), so that few rows travel as
    /// early as many.
    pub(super) async fn push(&mut self, connector: &Connector) -> Result<()> {
        let Some(copy) = self.copy.as_mut().filter(|copy| copy.unpushed) else { return Ok(()) };
        copy.unpushed = false;
        let what = format!("COPY for {}", copy.table.name.quoted());
        watch(connector, &self.connected, &what, Stall::Fatal, copy.sink.flush()).await
    }

    /// Ends the open COPY, if any: every row sent is acknowledged, or this fails.
    pub(super) async fn finish_copy(&mut self, connector: &Connector) -> Result<()> {
        let Some(mut copy) = self.copy.take() else { return Ok(()) };
        let what = format!("COPY for {}", copy.table.name.quoted());
        let trailer = copy.table.opened.get().map_or(&b""[..], |opened| opened.plan.trailer());
        if !trailer.is_empty() {
            // A failed send is explained by the answer to the COPY, so look at that first.
            let _explained_by_finish = copy.sink.feed(Bytes::from_static(trailer)).await;
        }
        let acknowledged = self.answer(connector, &what, copy.sink.as_mut().finish()).await?;
        if acknowledged != copy.rows {
            let text = format!("{what}: {} rows were sent, {acknowledged} acknowledged", copy.rows);
            return Err(Error::new(Kind::Internal, text));
        }
        let acknowledged_rows = if copy.table.is_merge() { &mut self.staged } else { &mut self.appended };
        acknowledged_rows
            .entry(copy.table.id)
            .or_insert_with(|| Staged { table: Arc::clone(&copy.table), rows: 0 })
            .rows += acknowledged;
        Ok(())
    }

    /// Runs statements without rows.
    pub(super) async fn execute(&self, connector: &Connector, what: &str, sql: &str) -> Result<()> {
        self.answer(connector, what, self.connected.client.batch_execute(sql)).await
    }

    /// Waits for an answer; a silence longer than the stall timeout is one only where the statement does not run.
    pub(super) async fn answer<T>(
        &self,
        connector: &Connector,
        what: &str,
        asked: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
    ) -> Result<T> {
        watch(connector, &self.connected, what, Stall::AskServer, asked).await
    }
}

/// READ COMMITTED whatever the server's default is: Greenplum deletes from append-optimized tables in nothing else.
pub(super) const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stall {
    /// Nothing moves although we have data to send.
    Fatal,
    /// A statement may take long without a byte.
    AskServer,
}

async fn watch<T>(
    connector: &Connector,
    connected: &Connected,
    what: &str,
    stall: Stall,
    asked: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
) -> Result<T> {
    let limit = connector.spec().stall_timeout;
    let mut asked = std::pin::pin!(asked);
    connected.progress.touch();
    loop {
        let left = limit.saturating_sub(connected.progress.silence()).max(Duration::from_millis(1));
        tokio::select! {
            answer = &mut asked => return answer.map_err(|error| Error::server(what, error)),
            () = tokio::time::sleep(left) => {}
        }
        if connected.progress.silence() < limit {
            continue;
        }
        if stall == Stall::AskServer && connector.is_running(connected.backend_pid).await {
            connected.progress.touch();
            continue;
        }
        let text = format!("{what}: no byte and no answer for {limit:?} (option 'sink.stall-timeout')");
        return Err(Error::new(Kind::Stalled, text));
    }
}
