//! The COPY stream of one connection: the rows of any number of tables, one COPY at a time.
//!
//! Promise: a COPY that is not finished is aborted with the socket; the server's row count of each COPY equals what was
//! sent, or the load fails. What becomes of the rows it carried is their delivery's business ([`Deliveries`]). It does
//! not decide when to flush or whose turn it is, and it never reconnects: whoever owns it does, while it holds no row.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

use super::chunk::Chunk;
use super::opened::Opened;
use super::state::Shared;
use super::table_loader::{ConnectionQueue, TableLoader};
use super::writer::Writer;
use crate::connection::connection::{Connection, CopyIn, Purpose};
use crate::delivery::changed_definition::{Destination, Planned, explanation, may_explain};
use crate::delivery::deliveries::Deliveries;
use crate::error::{Error, Kind, Result};
use crate::failpoint;
use crate::metrics::add;

/// COPY data travels in messages of at most this size; larger chunks are cut, small ones joined: of a thousand tables
/// each has many small ones, and each piece that is sent wakes the connection, and a caller who waits for memory. Of
/// one large table the benchmark saw no difference from 4 to 256 KiB.
const MESSAGE: usize = 64 << 10;

/// A connection, its COPY and the tables whose rows it carries.
pub(super) struct CopyStream {
    pub(super) connection: Connection,
    pub(super) writer: Arc<Writer>,
    shared: Arc<Shared>,
    pub(super) queue: Arc<ConnectionQueue>,
    pub(super) copy: Option<ActiveCopy>,
    pub(super) deliveries: Deliveries<TableLoader>,
}

/// A COPY that is open.
pub(super) struct ActiveCopy {
    loader: Arc<TableLoader>,
    opened: Arc<Opened>,
    /// Its rows go straight into a target that is merged into.
    fills: bool,
    sink: CopyIn,
    pub(super) rows: u64,
    pub(super) began: Instant,
    /// Rows were sent since the last push.
    unpushed: bool,
    /// Bytes received when it began; more means that the server has something to say, most likely an error.
    received: u64,
}

impl CopyStream {
    pub(super) fn new(
        connection: Connection,
        writer: Arc<Writer>,
        shared: Arc<Shared>,
        queue: Arc<ConnectionQueue>,
    ) -> Self {
        queue.set_connected(Some(connection.stuck().clone()));
        let deliveries = Deliveries::new(writer.merging());
        CopyStream { connection, writer, shared, queue, copy: None, deliveries }
    }

    /// True while this connection has rows that would be lost with it.
    pub(super) fn holds_rows(&self) -> bool {
        self.deliveries.hold_rows() || self.copy.as_ref().is_some_and(|copy| copy.rows > 0)
    }

    /// True where neither rows nor a transaction depend on this connection.
    pub(super) fn is_free(&self) -> bool {
        !self.holds_rows() && !self.deliveries.in_transaction()
    }

    /// The table whose COPY is open.
    pub(super) fn copying(&self) -> Option<&Arc<TableLoader>> {
        self.copy.as_ref().map(|copy| &copy.loader)
    }

    /// Makes the open COPY that of `loader`, creating what it needs. Sends no row.
    pub(super) async fn begin_copy(
        &mut self,
        loader: &Arc<TableLoader>,
        opened: &Arc<Opened>,
        fills: bool,
    ) -> Result<()> {
        if let Some(copy) = &self.copy {
            let silent = self.connection.received() == copy.received;
            if Arc::ptr_eq(&copy.opened, opened) && copy.fills == fills && silent {
                return Ok(());
            }
            self.finish_copy().await?;
        }
        failpoint::hit("copy.begin")?;
        let (encoder, delivery) = opened.way(fills)?;
        let planned = (delivery, &opened.definition);
        let begun = self.deliveries.begin_copy(&self.connection, loader, planned).await;
        self.tell_open();
        let copy = begun?;
        let name = loader.name.quoted();
        if loader.is_first_loaded() {
            let (mode, number) = (&loader.choice, self.queue.number);
            let way = if fills { " straight into the empty target" } else { "" };
            log::info!(target: "loader", "{name}: first rows, {mode}{way}, over connection {number}");
        }
        let mut sink = self.connection.copy_in(&format!("begin COPY for {name}"), &copy).await?;
        self.queue.holds_open(true);
        let header = encoder.header();
        if !header.is_empty() {
            let what = || format!("COPY for {name}");
            sink.send(&self.connection, what, Bytes::from_static(header)).await?;
        }
        let received = self.connection.received();
        let (loader, opened, began) = (Arc::clone(loader), Arc::clone(opened), Instant::now());
        self.copy =
            Some(ActiveCopy { loader, opened, fills, sink, rows: 0, began, unpushed: false, received });
        Ok(())
    }

    /// Sends chunks into the open COPY, small ones together. Returns when the connection has taken them, not when they
    /// are stored.
    pub(super) async fn send(&mut self, chunks: Vec<Chunk>) -> Result<()> {
        let mut chunks = chunks.into_iter().peekable();
        while let Some(mut chunk) = chunks.next() {
            chunk.join(&mut chunks, MESSAGE);
            self.send_chunk(chunk).await?;
        }
        Ok(())
    }

    async fn send_chunk(&mut self, mut chunk: Chunk) -> Result<()> {
        let Some(copy) = &mut self.copy else {
            return Err(Error::new(Kind::Internal, "rows without an open COPY"));
        };
        copy.rows += chunk.rows;
        copy.unpushed = true;
        let mut data = std::mem::take(&mut chunk.data).freeze();
        let length = data.len();
        while !data.is_empty() {
            let message = data.split_to(data.len().min(MESSAGE));
            let name = &copy.loader.name;
            let what = || format!("COPY for {}", name.quoted());
            copy.sink.send(&self.connection, what, message).await?;
        }
        failpoint::hit("copy.sending")?;
        let (table, session) = (&copy.loader.metrics, &self.shared.metrics);
        let bytes = u64::try_from(length).unwrap_or(u64::MAX);
        for (rows_sent, bytes_sent) in
            [(&table.rows_sent, &table.bytes_sent), (&session.rows_sent, &session.bytes_sent)]
        {
            add(rows_sent, chunk.rows);
            add(bytes_sent, bytes);
        }
        // The chunk's memory is given back here, when the connection has copied all of it; the caller may wait for it.
        table.queued_bytes.fetch_sub(chunk.bytes(), std::sync::atomic::Ordering::Relaxed);
        self.queue.subtract(chunk.bytes());
        drop(chunk);
        Ok(())
    }

    /// Pushes out what the protocol library still holds of the open COPY (up to 4 KB), so that few rows travel as
    /// early as many.
    pub(super) async fn push(&mut self) -> Result<()> {
        let Some(copy) = self.copy.as_mut().filter(|copy| copy.unpushed) else { return Ok(()) };
        copy.unpushed = false;
        let name = &copy.loader.name;
        let what = || format!("COPY for {}", name.quoted());
        copy.sink.push(&self.connection, what).await
    }

    /// Ends the open COPY, if any: every row sent is acknowledged, or this fails.
    pub(super) async fn finish_copy(&mut self) -> Result<()> {
        let Some(mut copy) = self.copy.take() else { return Ok(()) };
        failpoint::hit("copy.finish")?;
        let what = format!("COPY for {}", copy.loader.name.quoted());
        let (encoder, delivery) = copy.opened.way(copy.fills)?;
        let trailer = encoder.trailer();
        if !trailer.is_empty() {
            match copy.sink.send(&self.connection, || what.clone(), Bytes::from_static(trailer)).await {
                Err(error) if error.kind() == Kind::Stalled => return Err(error),
                // A failed send is explained by the answer to the COPY, so look at that first.
                _explained_by_finish => {}
            }
        }
        let acknowledged = copy.sink.finish(&self.connection, &what).await?;
        self.tell_open();
        let rows = (copy.rows, acknowledged);
        self.deliveries.copied((&*copy.loader, delivery), &what, rows)
    }

    /// Everything sent so far becomes visible, or is handed over.
    pub(super) async fn flush(&mut self) -> Result<()> {
        match Box::pin(self.flush_all()).await {
            Err(error) => Err(self.explained(error, None).await),
            done => done,
        }
    }

    async fn flush_all(&mut self) -> Result<()> {
        self.finish_copy().await?;
        let flushed = self.deliveries.flush(&self.connection).await;
        self.tell_open();
        flushed
    }

    /// Makes visible what may be so before a flush. No COPY is open.
    pub(super) async fn end_transaction(&mut self) -> Result<()> {
        let ended = self.deliveries.end_transaction(&self.connection).await;
        self.tell_open();
        ended
    }

    /// Gives up the open COPY, its rows with it.
    fn abort_copy(&mut self) {
        self.copy = None;
    }

    /// The same error, or what became of a target where that explains it. What the connection held is lost.
    pub(super) async fn explained(
        &mut self,
        error: Error,
        loading: Option<(&Arc<TableLoader>, &Arc<Opened>, bool)>,
    ) -> Error {
        if !may_explain(&error) {
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
        loading: Option<(&Arc<TableLoader>, &Arc<Opened>, bool)>,
    ) -> Result<Option<Error>> {
        // A COPY that was refused leaves its connection out of step.
        let connection = self.writer.connector.connect().await?;
        self.connection = connection.share(Arc::clone(self.queue.admission()));
        self.queue.set_connected(Some(self.connection.stuck().clone()));
        let other = |table: &TableLoader| loading.is_none_or(|(loading, ..)| loading.id != table.id);
        let carried = self.deliveries.planned().filter(|planned| other(planned.table));
        let loading = loading.map(|(table, opened, fills)| Planned {
            table,
            definition: &opened.definition,
            into: match fills || opened.delivery.is_straight() {
                true => Destination::Target,
                false => Destination::Merge,
            },
            rows: 0,
        });
        explanation(&self.connection, carried.chain(loading).collect()).await
    }

    /// The pool knows what is open here.
    fn tell_open(&self) {
        self.queue.holds_open(self.copy.is_some() || self.deliveries.in_transaction());
    }

    /// Makes sure that an error has not taken what is appended with it; a transaction without rows is given up.
    pub(super) async fn check_transaction(&mut self) -> Result<()> {
        if !self.deliveries.in_transaction() {
            return Ok(());
        }
        if self.holds_rows() {
            return self.connection.execute(Purpose::Long("go on with the appended rows"), "SELECT 1").await;
        }
        let given_up = self.deliveries.roll_back(&self.connection).await;
        self.tell_open();
        given_up
    }

    /// Gives up tables that have no rows here, their staging tables too.
    pub(super) async fn give_up(&mut self, tables: &[u32]) -> Result<()> {
        if tables.is_empty() {
            return Ok(());
        }
        self.finish_copy().await?;
        log::debug!(target: "pool", "connection {} gives up {} idle tables", self.queue.number, tables.len());
        self.deliveries.give_up(&self.connection, tables).await
    }
}

impl Drop for CopyStream {
    fn drop(&mut self) {
        self.queue.holds_open(false);
        self.queue.set_connected(None);
    }
}
