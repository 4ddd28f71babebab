//! Whether a connection stands still.
//!
//! Promise: it does for as long as somebody has a [`StuckGuard`] of it, however that wait ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A connection's flag, which others may look at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stuck(Arc<AtomicUsize>);

impl Stuck {
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire) > 0
    }

    /// Sets it for as long as the guard lives.
    pub(crate) fn set(&self) -> StuckGuard {
        self.0.fetch_add(1, Ordering::AcqRel);
        StuckGuard(self.clone())
    }
}

/// A wait that has lasted for long.
#[derive(Debug)]
pub(crate) struct StuckGuard(Stuck);

impl Drop for StuckGuard {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_set_while_any_wait_lasts() {
        let stuck = Stuck::default();
        let (outer, inner) = (stuck.set(), stuck.set());
        drop(inner);
        assert!(stuck.is_set());
        drop(outer);
        assert!(!stuck.is_set());
    }
}
