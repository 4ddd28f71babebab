//! Memory of the budget in somebody's hands.
//!
//! Promise: a permit gives its bytes back when it is dropped, on every path, once.

use std::sync::Arc;
use std::time::Duration;

use super::state::Shared;
use crate::error::Result;

impl Shared {
    /// Memory for `bytes` beside the `owned` ones that the same piece has, waiting up to `wait`; more than the whole
    /// budget passes alone.
    pub(super) fn reserve(
        self: &Arc<Self>,
        owned: usize,
        bytes: usize,
        wait: Duration,
    ) -> Result<Option<Permit>> {
        let taken = self.take_memory(owned, bytes, wait)?;
        Ok(taken.then(|| Permit { shared: Arc::clone(self), bytes }))
    }
}

/// Bytes of the budget, given back when dropped.
#[derive(Debug)]
pub(super) struct Permit {
    shared: Arc<Shared>,
    bytes: usize,
}

impl Permit {
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Bytes of the same account are given back with these.
    pub(super) fn join(&mut self, mut other: Permit) {
        self.bytes += std::mem::take(&mut other.bytes);
    }

    /// A permit for a part of these bytes, or for all of them where that is less.
    pub(super) fn split(&mut self, bytes: usize) -> Permit {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        Permit { shared: Arc::clone(&self.shared), bytes }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.shared.give_back(self.bytes);
        }
    }
}
