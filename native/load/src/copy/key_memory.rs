//! The memory that the proofs of a session may use together.
//!
//! Promise: never more than its limit, nor together with others than the whole that it stands in; nothing waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What the sets of a session may use together; 32 MiB hold two million keys of one table. It may stand in a larger
/// whole, whose other part says how much of it is taken.
#[derive(Debug)]
pub struct KeyMemory {
    limit: usize,
    whole: usize,
    used: AtomicUsize,
    others: AtomicUsize,
}

impl KeyMemory {
    /// At most `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Arc<Self> {
        Self::within(limit, limit)
    }

    /// At most `limit` bytes, and together with what [`KeyMemory::others_use`] says at most `whole`.
    pub(crate) fn within(limit: usize, whole: usize) -> Arc<Self> {
        let (used, others) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Arc::new(KeyMemory { limit, whole, used, others })
    }

    /// So much of the whole is taken by others now.
    pub(crate) fn others_use(&self, bytes: usize) {
        self.others.store(bytes, Ordering::Relaxed);
    }

    /// Bytes in use.
    #[must_use]
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Takes `bytes`, or nothing where they do not fit.
    pub(super) fn take(&self, bytes: usize) -> bool {
        let limit = self.limit.min(self.whole.saturating_sub(self.others.load(Ordering::Relaxed)));
        let fits = |used: usize| used.checked_add(bytes).filter(|wanted| *wanted <= limit);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok()
    }

    pub(super) fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}
