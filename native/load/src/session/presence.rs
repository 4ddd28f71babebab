//! A writer that has nothing to load says that it lives, or that it has ended.
//!
//! An exactly-once writer registers in the fence when its first table opens. One that never gets a row would never stand there, its predecessor
//! always: the housekeeping could not tell who lives, and would remove nothing for as long as the job runs. So such a writer
//! registers with its first flush, over a connection that it closes again. Promise: whatever a writer hands over, it stands in the
//! fence by then. A writer of a job without checkpoints whose input has ended merges nothing any more: it leaves the fence, and
//! the last one takes it along. Where it cannot, the fence stays until a later job removes it.

use std::sync::Arc;

use super::asking::Asking;
use super::fence;
use super::pool::Pool;
use super::queue::LaneQueue;
use crate::error::Result;

/// Registers in the background; the session's flush, which counts on it, is done when it is.
pub(super) fn begin(pool: &Arc<Pool>) {
    pool.shared.task_begins();
    pool.runtime().spawn(supervise(Arc::clone(pool)));
}

async fn supervise(pool: Arc<Pool>) {
    let mut closing = pool.shared.closing();
    let registered = tokio::select! {
        biased;
        _ = closing.wait_for(|closing| *closing) => None,
        registered = register(&pool) => Some(registered),
    };
    match registered {
        Some(Ok(())) => pool.shared.flush_done(),
        Some(Err(error)) => pool.shared.fail(error),
        None => {}
    }
    pool.shared.task_ended();
}

/// Leaves the fence in the background; the session's flush is done then.
pub(super) fn leave(pool: &Arc<Pool>) {
    pool.shared.task_begins();
    let pool = Arc::clone(pool);
    pool.runtime().clone().spawn(async move {
        let mut closing = pool.shared.closing();
        tokio::select! {
            biased;
            _ = closing.wait_for(|closing| *closing) => {}
            left = left(&pool) => {
                if let Err(error) = left {
                    log::debug!(target: "fence", "the fence stays: {}", error.chain());
                }
                pool.shared.flush_done();
            }
        }
        pool.shared.task_ended();
    });
}

async fn left(pool: &Pool) -> Result<()> {
    let connector = &pool.connector;
    let Some(fence) = connector.fence.held() else { return Ok(()) };
    let connected = connector.connect().await?;
    let queue = LaneQueue::new(0, None);
    let asking = Asking { connector, connected: &connected, queue: &queue };
    asking.execute("leave the fence", &fence.leave()).await?;
    fence::remove(asking, fence, |_| false).await
}

async fn register(pool: &Pool) -> Result<()> {
    let connector = &pool.connector;
    let connected = connector.connect().await?;
    let queue = LaneQueue::new(0, None);
    connector.fence.register(Asking { connector, connected: &connected, queue: &queue }).await
}
