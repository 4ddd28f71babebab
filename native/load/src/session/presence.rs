//! A writer that has nothing to load says that it lives, or that it has ended.
//!
//! An exactly-once writer registers in the fence when its first table opens. One that never gets a row would never
//! stand there, its predecessor always: the housekeeping could not tell who lives, and would remove nothing for as long
//! as the job runs. So such a writer registers with its first flush, over a connection that it closes again. Promise:
//! whatever a writer hands over, it stands in the fence by then. A writer of a job without checkpoints whose input has
//! ended merges nothing any more: it leaves the fence, and the last one takes it along. Where it cannot, the fence
//! stays until a later job removes it.

use std::sync::Arc;

use super::pool::Pool;
use crate::connection::supervise::until_closed;
use crate::error::Result;
use crate::registration::fence;

/// Registers in the background; the session's flush, which counts on it, is done when it is.
pub(super) fn begin(pool: &Arc<Pool>) {
    pool.shared.task_begins();
    pool.runtime().spawn(supervise(Arc::clone(pool)));
}

async fn supervise(pool: Arc<Pool>) {
    match until_closed(pool.shared.closing(), "the registration", register(&pool)).await {
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
        if let Some(left) = until_closed(pool.shared.closing(), "leaving the fence", left(&pool)).await {
            if let Err(error) = left {
                log::debug!(target: "fence", "the fence stays: {}", error.chain());
            }
            pool.shared.flush_done();
        }
        pool.shared.task_ended();
    });
}

async fn left(pool: &Pool) -> Result<()> {
    let Some(fence) = pool.writer.fence.held() else { return Ok(()) };
    let connection = &pool.writer.connector.connect().await?;
    connection.execute("leave the fence", &fence.leave()).await?;
    fence::remove(connection, fence, |_| false).await
}

async fn register(pool: &Pool) -> Result<()> {
    let connection = pool.writer.connector.connect().await?;
    pool.writer.fence.register(&connection).await
}
