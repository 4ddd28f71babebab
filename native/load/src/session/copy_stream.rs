//! One connection at work: it stages or appends the rows of any number of tables, one COPY at a time.
//!
//! Promise: rows count as held until a flush made them visible; a COPY that is not finished is aborted with the
//! socket; the server's row count of each COPY equals what was sent, or the load fails. It does not decide when to
//! flush or whose turn it is, and it never reconnects: whoever owns it does, while it holds no row.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use tokio_postgres::Statement;

use super::chunk::Chunk;
use super::state::Shared;
use super::table_loader::{ConnectionQueue, Load, Opened, TableLoader};
use super::writer::Writer;
use crate::connection::connection::{Connection, CopyIn, Purpose};
use crate::delivery::staging::StagingTable;
use crate::error::{Error, Kind, Result};
use crate::failpoint;
use crate::metrics::add;
use crate::open::objections::kept_away;

/// COPY data travels in messages of at most this size; larger chunks are cut, small ones joined: of a thousand tables
/// each has many small ones, and each piece that is sent wakes the connection, and a caller who waits for memory. Of
/// one large table the benchmark saw no difference from 4 to 256 KiB.
const MESSAGE: usize = 64 << 10;

/// Tables in one transaction: each takes about nine locks, and `max_locks_per_transaction` has a default of 64.
pub(super) const TABLES_PER_TRANSACTION: usize = 50;

/// A connection, its COPY and the tables that are prepared on it.
pub(super) struct CopyStream {
    pub(super) connection: Connection,
    pub(super) writer: Arc<Writer>,
    pub(super) shared: Arc<Shared>,
    pub(super) queue: Arc<ConnectionQueue>,
    pub(super) copy: Option<ActiveCopy>,
    /// Tables with a prepared COPY, and in merge mode a staging table, on this connection; by table id.
    pub(super) prepared: HashMap<u32, PreparedTable>,
    /// Rows of all of them that the server acknowledged since the last flush.
    pub(super) held: u64,
    /// Append: a transaction is open.
    pub(super) in_transaction: bool,
    pub(super) transaction_began: Instant,
    /// Rows in it that the server acknowledged.
    pub(super) appended: u64,
}

/// A table on this connection.
pub(super) struct PreparedTable {
    pub(super) loader: Arc<TableLoader>,
    pub(super) opened: Arc<Opened>,
    copy: Statement,
    /// Exactly-once: where the rows of this flush go.
    pub(super) staging: Option<StagingTable>,
    /// Rows that the server acknowledged since the last flush (append: in the open transaction).
    pub(super) rows: u64,
    /// Rows staged since the staging table was truncated.
    pub(super) rows_since_truncate: u64,
}

/// A COPY that is open.
pub(super) struct ActiveCopy {
    loader: Arc<TableLoader>,
    opened: Arc<Opened>,
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
        CopyStream {
            connection,
            writer,
            shared,
            queue,
            copy: None,
            prepared: HashMap::new(),
            held: 0,
            in_transaction: false,
            transaction_began: Instant::now(),
            appended: 0,
        }
    }

    /// Goes on over another connection; what this one held is lost.
    pub(super) async fn connect_again(&mut self) -> Result<()> {
        let connection = self.writer.connector.connect().await?;
        self.connection = connection.share(Arc::clone(self.queue.admission()));
        self.queue.set_connected(Some(self.connection.stuck().clone()));
        Ok(())
    }

    /// True while this connection has rows that would be lost with it.
    pub(super) fn holds_rows(&self) -> bool {
        self.held > 0 || self.copy.as_ref().is_some_and(|copy| copy.rows > 0)
    }

    /// The table whose COPY is open.
    pub(super) fn copying(&self) -> Option<&Arc<TableLoader>> {
        self.copy.as_ref().map(|copy| &copy.loader)
    }

    /// Makes the open COPY that of `loader`, creating what it needs. Sends no row.
    pub(super) async fn begin_copy(&mut self, loader: &Arc<TableLoader>, opened: &Arc<Opened>) -> Result<()> {
        if let Some(copy) = &self.copy {
            let silent = self.connection.received() == copy.received;
            if Arc::ptr_eq(&copy.opened, opened) && silent {
                return Ok(());
            }
            self.finish_copy().await?;
        }
        failpoint::hit("loader.copy")?;
        self.prepare(loader, opened).await?;
        if matches!(opened.load, Load::Append(_)) {
            self.begin_append(loader).await?;
        }
        let Some(prepared) = self.prepared.get(&loader.id) else {
            return Err(Error::new(Kind::Internal, "a COPY for a table that is not prepared"));
        };
        let name = loader.name.quoted();
        let mut sink = self.connection.copy_in(&format!("begin COPY for {name}"), &prepared.copy).await?;
        self.queue.holds_open(true);
        let header = opened.encoder.header();
        if !header.is_empty() {
            let what = || format!("COPY for {name}");
            sink.send(&self.connection, what, Bytes::from_static(header)).await?;
        }
        let received = self.connection.received();
        let (loader, opened, began) = (Arc::clone(loader), Arc::clone(opened), Instant::now());
        self.copy = Some(ActiveCopy { loader, opened, sink, rows: 0, began, unpushed: false, received });
        Ok(())
    }

    /// Makes sure that this connection has what the table's COPY needs: the prepared statement and, in merge mode, a
    /// staging table of the table's present columns.
    async fn prepare(&mut self, loader: &Arc<TableLoader>, opened: &Arc<Opened>) -> Result<()> {
        let known = self.prepared.get(&loader.id);
        let ready =
            |prepared: &PreparedTable| prepared.staging.is_some() || !matches!(opened.load, Load::Staged(_));
        if known.is_some_and(|prepared| Arc::ptr_eq(&prepared.opened, opened) && ready(prepared)) {
            return Ok(());
        }
        let mut staging = None;
        let name = loader.name.quoted();
        let copy = match &opened.load {
            Load::Append(copy) => copy.clone(),
            Load::Merge { sql, copy, .. } => {
                // A staging table that is there already has the columns of an older schema.
                let drop = if known.is_some() { sql.drop_staging() + "; " } else { String::new() };
                let create = drop + &sql.create_staging();
                let what = format!("create the staging table of {name}");
                self.connection.execute(&what, &create).await?;
                copy.clone()
            }
            Load::Staged(load) => {
                let pool = &self.writer.staged_writes.staging;
                let table = pool.take(&self.connection, loader.id, &load.sql).await?;
                let copy = load.sql.copy(&table.name, load.format);
                staging = Some(table);
                copy
            }
        };
        let what = format!("prepare COPY for {name}");
        let copy = self.connection.prepare(&what, &copy).await?;
        if loader.is_first_loaded() {
            let (mode, number) = (if loader.is_merge() { "merge" } else { "append" }, self.queue.number);
            log::info!(target: "loader", "{name}: first rows, {mode}, over connection {number}");
        }
        let (loader, opened) = (Arc::clone(loader), Arc::clone(opened));
        let prepared = PreparedTable { loader, opened, copy, staging, rows: 0, rows_since_truncate: 0 };
        if let Some(PreparedTable { loader, staging: Some(unused), .. }) =
            self.prepared.insert(prepared.loader.id, prepared)
        {
            self.writer.staged_writes.staging.rest(loader.id, unused, false);
        }
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
        failpoint::hit("lane.sending")?;
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
        failpoint::hit("lane.finish-copy")?;
        let what = format!("COPY for {}", copy.loader.name.quoted());
        let trailer = copy.opened.encoder.trailer();
        if !trailer.is_empty() {
            match copy.sink.send(&self.connection, || what.clone(), Bytes::from_static(trailer)).await {
                Err(error) if error.kind() == Kind::Stalled => return Err(error),
                // A failed send is explained by the answer to the COPY, so look at that first.
                _explained_by_finish => {}
            }
        }
        let acknowledged = copy.sink.finish(&self.connection, &what).await?;
        self.queue.holds_open(self.in_transaction);
        if acknowledged < copy.rows && matches!(copy.opened.load, Load::Append(_)) {
            return Err(kept_away(&what, copy.rows, acknowledged));
        }
        if acknowledged != copy.rows {
            let text = format!("{what}: {} rows were sent, {acknowledged} acknowledged", copy.rows);
            return Err(Error::new(Kind::Internal, text));
        }
        let Some(prepared) = self.prepared.get_mut(&copy.loader.id) else {
            return Err(Error::new(Kind::Internal, format!("{what}: the table is not prepared any more")));
        };
        self.held += acknowledged;
        if matches!(copy.opened.load, Load::Append(_)) {
            self.appended += acknowledged;
        }
        prepared.rows += acknowledged;
        prepared.rows_since_truncate += acknowledged;
        Ok(())
    }

    /// Gives up the open COPY, its rows with it.
    pub(super) fn abort_copy(&mut self) {
        self.copy = None;
    }

    /// Before the connection ends, which holds no rows: its empty staging tables are for others.
    pub(super) fn rest_staging(&mut self) {
        for (id, prepared) in &mut self.prepared {
            if let Some(unused) = prepared.staging.take() {
                self.writer.staged_writes.staging.rest(*id, unused, false);
            }
        }
    }

    /// Makes sure that an error has not taken what is appended with it; a transaction without rows is given up.
    pub(super) async fn check_transaction(&mut self) -> Result<()> {
        if !self.in_transaction {
            return Ok(());
        }
        if self.holds_rows() {
            return self.connection.execute(Purpose::Long("go on with the appended rows"), "SELECT 1").await;
        }
        self.transaction_ended();
        self.connection.execute(Purpose::Long("give up an empty transaction"), "ROLLBACK").await
    }

    pub(super) fn transaction_ended(&mut self) {
        self.in_transaction = false;
        self.appended = 0;
        self.queue.holds_open(self.copy.is_some());
    }

    /// Gives up tables that have no rows here, their staging tables too.
    pub(super) async fn drop_prepared(&mut self, tables: &[u32]) -> Result<()> {
        if tables.is_empty() {
            return Ok(());
        }
        self.finish_copy().await?;
        let mut statements = Vec::new();
        for id in tables {
            let Some(prepared) = self.prepared.remove(id) else { continue };
            if let Load::Merge { sql, .. } = &prepared.opened.load {
                statements.push(sql.drop_staging());
            }
            if let Some(unused) = prepared.staging {
                self.writer.staged_writes.staging.rest(*id, unused, false);
            }
        }
        log::debug!(target: "pool", "connection {} gives up {} idle tables", self.queue.number, tables.len());
        self.connection.execute(Purpose::Long("drop idle staging tables"), &statements.join("; ")).await
    }
}

impl Drop for CopyStream {
    fn drop(&mut self) {
        self.queue.holds_open(false);
        self.queue.set_connected(None);
    }
}
