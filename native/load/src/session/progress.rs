//! Is the server still there? A socket that counts what passes, and a wait that ends when nothing does.
//!
//! Promise: no wait for the server is longer than the stall timeout without one byte in or out, except while the
//! server, asked over a second connection, says that our statement is still running.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// When the last byte passed, and how many came in.
#[derive(Debug)]
pub(super) struct Progress {
    start: Instant,
    last_millis: AtomicU64,
    received: AtomicU64,
}

impl Progress {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Progress {
            start: Instant::now(),
            last_millis: AtomicU64::new(0),
            received: AtomicU64::new(0),
        })
    }

    /// Counts as a sign of life.
    pub(super) fn touch(&self) {
        let millis = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_millis.store(millis, Ordering::Relaxed);
    }

    /// How long nothing has passed.
    pub(super) fn silence(&self) -> Duration {
        let last = Duration::from_millis(self.last_millis.load(Ordering::Relaxed));
        self.start.elapsed().saturating_sub(last)
    }

    /// Bytes that came from the server so far. During a COPY it sends nothing but errors and notices.
    pub(super) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }
}

/// A TCP stream that reports to a [`Progress`].
#[derive(Debug)]
pub(super) struct ProgressStream {
    inner: TcpStream,
    progress: Arc<Progress>,
}

impl ProgressStream {
    pub(super) fn new(inner: TcpStream, progress: Arc<Progress>) -> Self {
        ProgressStream { inner, progress }
    }
}

impl AsyncRead for ProgressStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let poll = Pin::new(&mut self.inner).poll_read(cx, buf);
        let count = buf.filled().len() - before;
        if count > 0 {
            self.progress.received.fetch_add(count as u64, Ordering::Relaxed);
            self.progress.touch();
        }
        poll
    }
}

impl AsyncWrite for ProgressStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.inner).poll_write(cx, buf);
        if matches!(poll, Poll::Ready(Ok(count)) if count > 0) {
            self.progress.touch();
        }
        poll
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
