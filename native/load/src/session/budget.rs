//! The memory budget of a session: one account, permits that cannot leak.
//!
//! Promise: bytes reserved never pass the limit, except for one piece that is larger than all of it and passes alone;
//! a permit gives its bytes back when it is dropped, on every path, once. What the proof of unique keys uses is in the
//! same whole: rows and keys together never pass it, since only the caller's thread takes of either. Waiting is
//! [`Shared`]'s business.

use std::sync::Arc;

use super::state::Shared;
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
