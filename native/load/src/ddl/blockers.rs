//! Who keeps a table from being altered, for messages.

use tokio_postgres::types::ToSql;

use crate::connection::connection::Connection;
use crate::error::Result;
use crate::spec::TableSpec;
use crate::sql::catalog::LOCK_HOLDERS;

/// So many of them are told.
const TOLD: usize = 3;

/// The sessions that hold locks on the table, in words; none where the server shows none, or they have just ended.
pub(super) async fn told(connection: &Connection, spec: &TableSpec) -> Result<Option<String>> {
    let parameters: [&(dyn ToSql + Sync); 2] = [&spec.schema, &spec.table];
    let rows = connection.query("ask who holds locks on the target", LOCK_HOLDERS, &parameters).await?;
    let session = |row: &tokio_postgres::Row| {
        let (pid, user, application): (i32, &str, &str) = (row.get(0), row.get(1), row.get(2));
        let (state, seconds): (&str, i64) = (row.get(3), row.get(4));
        format!("session {pid} of {user:?} ({application:?}, {state}, its transaction is {seconds} s old)")
    };
    let mut sessions: Vec<String> = rows.iter().take(TOLD).map(session).collect();
    if rows.len() > TOLD {
        sessions.push(format!("{} more", rows.len() - TOLD));
    }
    Ok((!sessions.is_empty()).then(|| sessions.join(", ")))
}
