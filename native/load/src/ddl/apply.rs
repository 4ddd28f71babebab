//! Alters a target: under its lock, by one statement, once, whoever else does the same.
//!
//! Promise: what is missing is found out again behind the lock, so of writers that ask for the same only the first
//! alters anything. Nobody waits behind us for longer than [`ATTEMPT`]; between attempts others have their turn. After
//! the session's lock timeout the error says what waited, and for whom: then the job fails over, and tries again.
//! It runs between transactions.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tokio_postgres::types::ToSql;

use super::blockers;
use super::enlargement::{Change, enlargement, statement};
use crate::connection::backoff::Backoff;
use crate::connection::connection::{Connection, Purpose};
use crate::error::{Error, Kind, Result};
use crate::failpoint;
use crate::open::catalog::{self, Catalog};
use crate::spec::{SchemaChangeBehavior, TableSpec};
use crate::sql::catalog::COLLATIONS;
use crate::sql::{BEGIN, TableName};

/// How long one attempt waits for the table's lock: whoever wants the table then waits behind us.
const ATTEMPT: Duration = Duration::from_secs(1);

/// Pauses between attempts, in which others have the table.
const PAUSES: Backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(3));

/// Others are in the way: a lock timeout, a deadlock.
const IN_THE_WAY: [&str; 2] = ["55P03", "40P01"];

const OPTION: &str = "option 'schema.change.behavior' = 'lenient'";

/// True where the target lacks something that may be added to it.
///
/// # Errors
/// As [`enlargement`].
pub(crate) fn is_needed(
    connection: &Connection,
    spec: &TableSpec,
    catalog: Option<&Catalog>,
) -> Result<bool> {
    match catalog {
        Some(catalog) if spec.schema_change == SchemaChangeBehavior::Lenient => {
            Ok(!enlargement(spec, catalog, connection.dialect())?.is_empty())
        }
        _ => Ok(false),
    }
}

/// Gives the target what it lacks.
///
/// # Errors
/// What the server has against it, with the statement; kind `Contention` where others held the table for too long.
pub(crate) async fn enlarge(connection: &Connection, spec: &TableSpec, table: &TableName) -> Result<()> {
    let limit = match connection.spec() {
        session if session.lock_timeout.is_zero() => session.stall_timeout,
        session => session.lock_timeout,
    };
    let (began, mut pauses, mut told) = (Instant::now(), PAUSES, false);
    loop {
        let error = match attempt(connection, spec, table).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        // Of a server that does not answer nothing more is asked: the error says what was waited for.
        if matches!(error.kind(), Kind::Connection | Kind::Stalled) {
            return Err(error);
        }
        let more = async {
            connection.execute("roll back what failed", "ROLLBACK").await?;
            match error.sqlstate() {
                Some(code) if IN_THE_WAY.contains(&code) => blockers::told(connection, spec).await.map(Some),
                _ => Ok(None),
            }
        };
        // What fails behind it never takes its place.
        let Ok(Some(holders)) = more.await else { return Err(error) };
        let whom = holders.unwrap_or_else(|| "sessions that have just ended".to_owned());
        if began.elapsed() >= limit {
            let waited = format!("; it waited {:.0?} for {whom}", began.elapsed());
            return Err(error.hint(&waited));
        }
        if !told {
            log::warn!(target: "loader", "{error}; it is tried again for {limit:?}, and waits for {whom}");
            told = true;
        }
        tokio::time::sleep(pauses.pause()).await;
    }
}

async fn attempt(connection: &Connection, spec: &TableSpec, table: &TableName) -> Result<()> {
    let name = table.quoted();
    let what = format!("alter table {name} ({OPTION})");
    let lock = format!(
        "{BEGIN}; SET LOCAL lock_timeout TO {}; LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE",
        ATTEMPT.as_millis()
    );
    run(connection, &what, "LOCK TABLE … IN ACCESS EXCLUSIVE MODE", &lock).await?;
    let key = (spec.schema.clone(), spec.table.clone());
    let found = catalog::read(connection, std::slice::from_ref(&key)).await?;
    let changes = match found.get(&key) {
        Some(catalog) => enlargement(spec, catalog, connection.dialect())?,
        None => Vec::new(),
    };
    if changes.is_empty() {
        return connection.execute("end a transaction", "ROLLBACK").await;
    }
    let collations = collations(connection, spec, &changes).await?;
    let statement = statement(table, &changes, |column| collations.get(column).cloned());
    failpoint::hit("ddl.alter")?;
    run(connection, &what, &statement, &statement).await?;
    failpoint::hit("ddl.commit")?;
    connection.execute(Purpose::Long(&what), "COMMIT").await?;
    log::info!(target: "loader", "the target follows its source: {statement}");
    Ok(())
}

/// A definition holds no row values, so the server's words can be told as they are.
async fn run(connection: &Connection, what: &str, shown: &str, sql: &str) -> Result<()> {
    match connection.try_execute(Purpose::Long(what), sql).await? {
        Ok(()) => Ok(()),
        Err(error) => match error.as_db_error() {
            Some(db) => {
                let code = db.code().code();
                let text = format!("{what}: {shown}: {} (SQLSTATE {code})", db.message());
                Err(Error::new(Kind::Target, text).like(code))
            }
            None => Err(Error::server(what, error)),
        },
    }
}

/// The collations of columns that have another one than their type's: a change of the type would take it away.
async fn collations(
    connection: &Connection,
    spec: &TableSpec,
    changes: &[Change],
) -> Result<HashMap<String, String>> {
    if !changes.iter().any(|change| matches!(change, Change::Widen { .. })) {
        return Ok(HashMap::new());
    }
    let parameters: [&(dyn ToSql + Sync); 2] = [&spec.schema, &spec.table];
    let rows = connection.query("ask for the collations of the target", COLLATIONS, &parameters).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}
