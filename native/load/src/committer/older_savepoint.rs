//! Was the job restored from an older savepoint?
//!
//! That a manifest is in the ledger already says nothing: Flink commits again whatever it does not know to be
//! committed. But what was committed after it and does not come again, the job did after that savepoint, and will do
//! again. Recovered manifests come first and in their order, so the last of them that is in the ledger tells, and it is
//! known to be the last one when the first new manifest is published. Promise: one warning at most, and none after a
//! failure whose recovery begins where the ledger ends. Manifests without rows tell nothing: not each of them is in the
//! ledger.

/// Manifests with rows in the ledger, committed after one that came again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CommitsAfter {
    pub(super) manifests: u64,
    pub(super) rows: u64,
}

/// What is known of it so far.
#[derive(Default)]
pub(super) struct OlderSavepoint {
    commits_after: CommitsAfter,
    known: bool,
}

impl OlderSavepoint {
    /// A manifest came again.
    pub(super) fn repeated(&mut self, commits_after: CommitsAfter) {
        self.commits_after = commits_after;
    }

    /// A new one was published.
    pub(super) fn published(&mut self) {
        let CommitsAfter { manifests, rows } = self.commits_after;
        if std::mem::replace(&mut self.known, true) || manifests == 0 {
            return;
        }
        let plural = if manifests == 1 { "manifest" } else { "manifests" };
        log::warn!(
            target: "commit",
            "the job was restored from an older savepoint: {manifests} {plural} with {rows} rows came after it. \
             Where these changes are loaded again, merge converges to the same rows, and append has theirs twice"
        );
    }
}
