//! Is the server still there? A socket that counts what passes.
//!
//! Promise: every byte in or out is counted before whoever waits for it is woken. It judges nothing: what is too little
//! is `stall`'s concern.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// When the last byte passed, how many did, and how many of them came in.
#[derive(Debug)]
pub(crate) struct Progress {
    start: Instant,
    last_millis: AtomicU64,
    received: AtomicU64,
    passed: AtomicU64,
}

impl Progress {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Progress {
            start: Instant::now(),
            last_millis: AtomicU64::new(0),
            received: AtomicU64::new(0),
            passed: AtomicU64::new(0),
        })
    }

    /// Counts as a sign of life.
    pub(crate) fn touch(&self) {
        let millis = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_millis.store(millis, Ordering::Relaxed);
    }

    /// How long nothing has passed.
    pub(crate) fn silence(&self) -> Duration {
        let last = Duration::from_millis(self.last_millis.load(Ordering::Relaxed));
        self.start.elapsed().saturating_sub(last)
    }

    /// When the last byte passed, or whoever waits began to.
    pub(crate) fn last(&self) -> Instant {
        self.start + Duration::from_millis(self.last_millis.load(Ordering::Relaxed))
    }

    /// Bytes in and out so far.
    pub(crate) fn passed(&self) -> u64 {
        self.passed.load(Ordering::Relaxed)
    }

    fn count(&self, bytes: usize) {
        self.passed.fetch_add(bytes as u64, Ordering::Relaxed);
        self.touch();
    }

    /// Bytes that came from the server so far. During a COPY it sends nothing but errors and notices.
    pub(crate) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }
}

/// A TCP stream that reports to a [`Progress`].
#[derive(Debug)]
pub(crate) struct ProgressStream {
    inner: TcpStream,
    progress: Arc<Progress>,
}

impl ProgressStream {
    pub(crate) fn new(inner: TcpStream, progress: Arc<Progress>) -> Self {
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
            self.progress.count(count);
        }
        poll
    }
}

impl AsyncWrite for ProgressStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.inner).poll_write(cx, buf);
        if let Poll::Ready(Ok(count)) = poll {
            self.progress.count(count);
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
