//! The memory budget of a session: one account, permits that cannot leak.
//!
//! Promise: bytes reserved never pass the limit, except for one piece that is larger than all of it and passes alone;
//! a permit gives its bytes back when it is dropped, on every path, once. Waiting is [`Shared`]'s business.

use std::sync::Arc;

use super::state::Shared;

/// The account itself; whoever holds it locks it.
#[derive(Debug, Default)]
pub(super) struct Account {
    limit: usize,
    reserved: usize,
}

impl Account {
    pub(super) fn new(limit: usize) -> Self {
        Account { limit, reserved: 0 }
    }

    /// Takes `bytes` where they fit, or where nothing else is reserved.
    pub(super) fn take(&mut self, bytes: usize) -> bool {
        let fits = self.reserved == 0 || self.reserved.saturating_add(bytes) <= self.limit;
        if fits {
            self.reserved = self.reserved.saturating_add(bytes);
        }
        fits
    }

    pub(super) fn give_back(&mut self, bytes: usize) {
        self.reserved = self.reserved.saturating_sub(bytes);
    }

    /// Lowers the limit for good, for what has an account of its own.
    pub(super) fn set_aside(&mut self, bytes: usize) {
        self.limit = self.limit.saturating_sub(bytes);
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    pub(super) fn reserved(&self) -> usize {
        self.reserved
    }
}

/// Bytes of the budget, given back when dropped.
#[derive(Debug)]
pub(super) struct Permit {
    shared: Arc<Shared>,
    bytes: usize,
}

impl Permit {
    /// For bytes that were taken from the account of `shared`.
    pub(super) fn new(shared: Arc<Shared>, bytes: usize) -> Self {
        Permit { shared, bytes }
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
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
