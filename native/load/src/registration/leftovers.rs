//! Tables of sinks that are gone: of BATCH jobs that crashed, of jobs that were dropped.
//!
//! Whoever tidies up after itself looks for them too, since who left them does not come back. Promise: a sink with a
//! session in this database keeps everything. A ledger says when its sink lived last, which a committer tells every ten
//! minutes, and for how long its tables are of use after that: then they go. A sink without a ledger, one that only
//! merged or died before its first commit, is marked with what stands in its fence, and its tables go when the mark is
//! as old as the retention and the fence still the same. What belongs to another user stays.

use std::time::Duration;

use tokio_postgres::types::ToSql;

use crate::connection::connection::{Answer, Connection};
use crate::error::{Error, Result};
use crate::spec::SINK_DIGITS;
use crate::sql::{FenceSql, Ident, TableName, catalog, last_sign, literal};

/// For how long a sink without options of its own keeps the tables of others: the default of `sink.ledger.retention`.
pub(crate) const KEPT: Duration = Duration::from_secs(30 * 86_400);

/// So many sinks are looked at in one go, whichever they are: those behind them have their turn another time.
const AT_ONCE: usize = 100;

/// What the comment begins with; the second of the mark follows, and what stood in the fence.
const MARK: &str = "pieclouddb-flink: no sign of life since ";

/// Another sink's tables in the same schema.
struct Sink {
    id: String,
    tables: Vec<String>,
    comment: Option<String>,
}

/// Removes the tables of sinks that are gone, where `kept` is how long those without a word of their own stay.
pub(crate) async fn collect(connection: &Connection, kept: Duration) -> Result<()> {
    let sink = &connection.spec().sink;
    let parameters: [&(dyn ToSql + Sync); 3] = [&sink.staging_schema, &sink.id, &MARK];
    let rows =
        connection.query("look for tables of sinks that are gone", catalog::OTHER_SINKS, &parameters).await?;
    for row in rows.iter().take(AT_ONCE) {
        let sink = Sink { id: row.get(0), tables: row.get(1), comment: row.get(2) };
        if let Err(error) = collect_one(connection, &sink, kept).await? {
            log::debug!(target: "commit", "tables of sink {} stay: {}", sink.id, Error::server("look at them", error));
        }
    }
    Ok(())
}

/// The inner error is what the server has against it.
async fn collect_one(connection: &Connection, sink: &Sink, kept: Duration) -> Answer<()> {
    let schema = connection.spec().sink.staging_schema.as_str();
    let digits = format!("-{}-", &sink.id[..SINK_DIGITS]);
    let parameters: [&(dyn ToSql + Sync); 1] = [&digits];
    if !connection
        .query("look for the sessions of a sink", catalog::SESSIONS_WITH, &parameters)
        .await?
        .is_empty()
    {
        return Ok(Ok(()));
    }
    let ledger = sink.tables.iter().find(|name| name.starts_with("ledger_"));
    let mut signed = None;
    if let Some(ledger) = ledger {
        let row = match ask(connection, &last_sign(schema, ledger)?).await? {
            Ok(row) => row,
            Err(error) => return Ok(Err(error)),
        };
        signed = row.get::<_, Option<i64>>(0).map(|ago| (ago, row.get::<_, Option<i64>>(1)));
    }
    let kept = i64::try_from(kept.as_secs()).unwrap_or(i64::MAX);
    let (ago, kept) = match signed {
        Some((ago, own)) => (ago, own.unwrap_or_default().max(kept)),
        None => match marked(connection, sink, schema).await? {
            Ok(ago) => (ago, kept),
            Err(error) => return Ok(Err(error)),
        },
    };
    if ago < kept {
        return Ok(Ok(()));
    }
    // The ledger last: while it is there, its word counts.
    let last = |name: &&String| ledger.is_some_and(|ledger| ledger == *name);
    let (ledger, others): (Vec<_>, Vec<_>) = sink.tables.iter().partition(last);
    for name in others.into_iter().chain(ledger) {
        let drop = format!("DROP TABLE IF EXISTS {}", TableName::new(schema, name)?.quoted());
        if let Err(error) = connection.try_execute("remove a table of a sink that is gone", &drop).await? {
            return Ok(Err(error));
        }
    }
    log::info!(target: "commit", "{} tables of sink {}, which is gone, were removed", sink.tables.len(), sink.id);
    Ok(Ok(()))
}

/// How many seconds ago the sink was marked as it is now; it is marked where it was not.
async fn marked(connection: &Connection, sink: &Sink, schema: &str) -> Answer<i64> {
    let Some(bearer) = sink.tables.first() else { return Ok(Ok(0)) };
    let fence = FenceSql::new(schema, &sink.id, "", (0, 0))?;
    let standing = match sink.tables.iter().any(|name| name == fence.name()) {
        true => fence.standing(),
        false => "''".to_owned(),
    };
    let query = format!("SELECT {standing}, extract(epoch FROM pg_catalog.clock_timestamp())::bigint");
    let row = match ask(connection, &query).await? {
        Ok(row) => row,
        Err(error) => return Ok(Err(error)),
    };
    let (standing, now): (String, i64) = (row.get(0), row.get(1));
    let since = sink.comment.as_deref().and_then(|comment| {
        let (since, then) = comment.strip_prefix(MARK)?.split_once(' ')?;
        since.parse::<i64>().ok().filter(|_| then == standing)
    });
    if let Some(since) = since {
        return Ok(Ok(now - since));
    }
    let (bearer, mark) = (Ident::new(bearer)?, literal(&format!("{MARK}{now} {standing}")));
    let comment = format!("COMMENT ON TABLE {}.{} IS {mark}", Ident::new(schema)?.quoted(), bearer.quoted());
    // A mark that was just made is not old, whatever the retention.
    Ok(connection.try_execute("mark a table of a sink that may be gone", &comment).await?.map(|()| -1))
}

async fn ask(connection: &Connection, query: &str) -> Answer<tokio_postgres::Row> {
    connection.try_query_one("ask when a sink lived last", query, &[]).await
}
