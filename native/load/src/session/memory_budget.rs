//! The memory budget of a session: one account, permits that cannot leak.
//!
//! Promise: bytes reserved never pass the limit, except for one piece that is larger than all of it and passes alone;
//! a permit gives its bytes back when it is dropped, on every path, once. What the proof of unique keys uses is in the
//! same whole: rows and keys together never pass it, since only the caller's thread takes of either. Waiting is
//! the business of whoever holds the account.

use std::sync::Arc;

use crate::copy::KeyMemory;

/// The account itself; whoever holds it locks it.
#[derive(Debug)]
pub(super) struct Account {
    whole: usize,
    /// What rows may take of the whole.
    limit: usize,
    reserved: usize,
    keys: Arc<KeyMemory>,
}

impl Account {
    pub(super) fn new(whole: usize, keys: Arc<KeyMemory>) -> Self {
        Account { whole, limit: whole, reserved: 0, keys }
    }

    /// Takes `bytes` where they fit, or where nothing is reserved but what the caller has for the same piece.
    pub(super) fn take(&mut self, bytes: usize, owned: usize) -> bool {
        let limit = self.limit.min(self.whole.saturating_sub(self.keys.used()));
        let fits = self.reserved == owned || self.reserved.saturating_add(bytes) <= limit;
        if fits {
            self.reserved = self.reserved.saturating_add(bytes);
            self.keys.others_use(self.reserved);
        }
        fits
    }

    pub(super) fn give_back(&mut self, bytes: usize) {
        self.reserved = self.reserved.saturating_sub(bytes);
        self.keys.others_use(self.reserved);
    }

    /// Lowers the limit of rows for good, so that keys have so much of the whole whatever rows come.
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
