//! Tables of sinks that are gone: of BATCH jobs that crashed, of jobs that were dropped.
//!
//! Whoever tidies up after itself looks for them too, since who left them does not come back. Promise: a sink with a session in this
//! database keeps everything. A ledger says when its sink lived last, which a committer tells every ten minutes, and for how
//! long its tables are of use after that: then they go. A sink without a ledger, one that only merged or died before its first
//! commit, is marked with what stands in its fence, and its tables go when the mark is as old as the retention and the fence
//! still the same. What belongs to another user stays.

use std::time::Duration;

use tokio_postgres::types::ToSql;

use super::asking::Asking;
use crate::error::{Error, Result};
use crate::spec::SINK_DIGITS;
use crate::sql::{FenceSql, Ident, TableName, catalog, last_sign, literal};

/// For how long a sink without options of its own keeps the tables of others: the default of `sink.ledger.retention`.
pub(super) const KEPT: Duration = Duration::from_secs(30 * 86_400);

/// So many sinks are looked at in one go.
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
pub(super) async fn collect(asking: Asking<'_>, kept: Duration) -> Result<()> {
    let sink = &asking.connector.spec().sink;
    let parameters: [&(dyn ToSql + Sync); 3] = [&sink.staging_schema, &sink.id, &MARK];
    let asked = asking.connected.client.query(catalog::OTHER_SINKS, &parameters);
    let rows = asking.answer("look for tables of sinks that are gone", asked).await?;
    for row in rows.iter().take(AT_ONCE) {
        let sink = Sink { id: row.get(0), tables: row.get(1), comment: row.get(2) };
        if let Err(error) = collect_one(asking, &sink, kept).await? {
            log::debug!(target: "commit", "tables of sink {} stay: {}", sink.id, Error::server("look at them", error));
        }
    }
    Ok(())
}

type Answer<T> = Result<std::result::Result<T, tokio_postgres::Error>>;

/// The inner error is what the server has against it.
async fn collect_one(asking: Asking<'_>, sink: &Sink, kept: Duration) -> Answer<()> {
    let schema = asking.connector.spec().sink.staging_schema.as_str();
    let digits = format!("-{}-", &sink.id[..SINK_DIGITS]);
    let parameters: [&(dyn ToSql + Sync); 1] = [&digits];
    let asked = asking.connected.client.query(catalog::SESSIONS_WITH, &parameters);
    if !asking.answer("look for the sessions of a sink", asked).await?.is_empty() {
        return Ok(Ok(()));
    }
    let ledger = sink.tables.iter().find(|name| name.starts_with("ledger_"));
    let mut signed = None;
    if let Some(ledger) = ledger {
        let row = match ask(asking, &last_sign(schema, ledger)?).await? {
            Ok(row) => row,
            Err(error) => return Ok(Err(error)),
        };
        signed = row.get::<_, Option<i64>>(0).map(|ago| (ago, row.get::<_, Option<i64>>(1)));
    }
    let kept = i64::try_from(kept.as_secs()).unwrap_or(i64::MAX);
    let (ago, kept) = match signed {
        Some((ago, own)) => (ago, own.unwrap_or_default().max(kept)),
        None => match marked(asking, sink, schema).await? {
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
        if let Err(error) = asking.try_execute("remove a table of a sink that is gone", &drop).await? {
            return Ok(Err(error));
        }
    }
    log::info!(target: "commit", "{} tables of sink {}, which is gone, were removed", sink.tables.len(), sink.id);
    Ok(Ok(()))
}

/// How many seconds ago the sink was marked as it is now; it is marked where it was not.
async fn marked(asking: Asking<'_>, sink: &Sink, schema: &str) -> Answer<i64> {
    let Some(bearer) = sink.tables.first() else { return Ok(Ok(0)) };
    let fence = FenceSql::new(schema, &sink.id, "", (0, 0))?;
    let standing = match sink.tables.iter().any(|name| name == fence.name()) {
        true => fence.standing(),
        false => "''".to_owned(),
    };
    let query = format!("SELECT {standing}, extract(epoch FROM pg_catalog.clock_timestamp())::bigint");
    let row = match ask(asking, &query).await? {
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
    Ok(asking.try_execute("mark a table of a sink that may be gone", &comment).await?.map(|()| -1))
}

async fn ask(asking: Asking<'_>, query: &str) -> Answer<tokio_postgres::Row> {
    let asked = async {
        match asking.connected.client.query_one(query, &[]).await {
            Err(error) if error.as_db_error().is_some() => Ok(Err(error)),
            answer => answer.map(Ok),
        }
    };
    asking.answer("ask when a sink lived last", asked).await
}
