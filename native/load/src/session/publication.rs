//! The session's task that publishes a manifest.
//!
//! Promise: the session's flush is done when the manifest is published, and what fails is stored; closing gives it up.

use std::sync::Arc;

use super::pool::Pool;
use crate::committer::{Committer, PublishPlan};
use crate::connection::supervise::until_closed;
use crate::error::Result;

/// Publishes a manifest in the background.
pub(super) fn start(pool: &Arc<Pool>, committer: &Arc<Committer>, manifest: &[u8]) -> Result<()> {
    let plan = committer.plan(manifest)?;
    if plan.of_nobody() {
        return pool.shared.request_flush(|| 0);
    }
    pool.shared.request_flush(|| 1)?;
    pool.shared.task_begins();
    pool.runtime().spawn(supervise(Arc::clone(pool), Arc::clone(committer), plan));
    Ok(())
}

async fn supervise(pool: Arc<Pool>, committer: Arc<Committer>, plan: PublishPlan) {
    let shared = &pool.shared;
    match until_closed(shared.closing(), "the committer", committer.commit(plan)).await {
        Some(Ok(())) => shared.flush_done(),
        Some(Err(error)) => shared.fail(error),
        None => committer.abort().await,
    }
    shared.task_ended();
}
