//! Can the server give all writers of a sink their connections?
//!
//! Asked once a session, over its first connection, before anything is loaded: one that gets too few fails at a bad
//! moment.

use crate::connection::connection::Connection;
use crate::error::{Error, Kind, Result};
use crate::sql::catalog;

/// # Errors
/// Kind `Config`, naming the option and the limit that is too low.
pub(crate) async fn check(connection: &Connection) -> Result<()> {
    let what = "ask for the server's limits";
    let rows = connection.query(what, catalog::SESSION_LIMITS, &[]).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    let [most, reserved] = [0, 1].map(|column| row.get::<_, i32>(column));
    let server = (most > 0).then(|| {
        let free = most - reserved;
        (free, format!("max_connections is {most}, {reserved} of them reserved"))
    });
    let own = |column: usize, what: &str| {
        row.get::<_, Option<i32>>(column).map(|most| (most, format!("CONNECTION LIMIT of the {what}")))
    };
    let limits = [server, own(2, "user"), own(3, "database")];
    let Some((most, why)) = limits.into_iter().flatten().min_by_key(|(most, _)| *most) else {
        return Ok(());
    };
    let (writers, each) = (connection.spec().parallelism, connection.spec().pool_max_size);
    let committer = connection.spec().sink.guarantee.committers();
    let and_committer = if committer > 0 { " and the committer with one" } else { "" };
    let needed =
        usize::try_from(writers).unwrap_or(usize::MAX).saturating_mul(each).saturating_add(committer);
    if usize::try_from(most).is_ok_and(|most| needed > most) {
        return Err(Error::new(
            Kind::Config,
            format!(
                "{writers} writers with {each} connections each{and_committer} need {needed}, but the server gives this user \
                 {most} ({why}): lower 'connection.pool.max-size' or 'sink.parallelism', or raise that limit"
            ),
        ));
    }
    Ok(())
}
