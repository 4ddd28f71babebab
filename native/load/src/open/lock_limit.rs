//! Exactly-once publishes all targets of a sink in one transaction: does the server have locks enough for it?
//!
//! Asked when tables open, for the writers that the sink has, and again by each commit, for what it really publishes.

use crate::connection::connection::Connection;
use crate::error::{Error, Kind, Result};
use crate::sql::catalog;

/// Locks of a staging table that is emptied: itself, and its TOAST table with an index.
const OF_STAGING: usize = 3;

/// Locks of a target: itself, some indexes, its TOAST table with an index.
const OF_TARGET: usize = 6;

/// So many locks every server has.
const FEW: usize = 600;

/// # Errors
/// Kind `Config`, naming the server's setting and the value that it needs.
pub(crate) async fn check(connection: &Connection, staging: usize, targets: usize) -> Result<()> {
    let needed = staging * OF_STAGING + targets * OF_TARGET;
    if needed < FEW {
        return Ok(());
    }
    let row = connection.query_one("ask for the server's limits", catalog::LOCK_LIMITS, &[]).await?;
    let limits = [0, 1].map(|column| usize::try_from(row.get::<_, i32>(column)).unwrap_or_default());
    let [each, sessions] = limits;
    // Other sessions need some of them.
    if each > 0 && needed > each * sessions / 4 * 3 {
        let wanted = (needed * 4 / 3).div_ceil(sessions.max(1));
        return Err(Error::new(
            Kind::Config,
            format!(
                "exactly-once publishes {staging} staging tables into {targets} targets in one transaction, which takes up \
                 to {needed} locks; the server has {each} for each of {sessions} sessions: raise \
                 max_locks_per_transaction to {wanted} at least, or load fewer tables with one sink"
            ),
        ));
    }
    Ok(())
}
