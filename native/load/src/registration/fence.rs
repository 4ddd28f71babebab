//! The fence: what an attempt that died had sent to the server is never published after its successor began.
//!
//! A client that dies after sending BEGIN … COMMIT leaves a merge behind that may commit much later, and bring deleted
//! or older rows back. So each writer registers before its first table opens: it ends the sessions of the attempts
//! whose place it takes, waits until no merge is in flight, and puts its row in theirs; each merge begins by looking
//! for its own row. Promise: after the registration no merge of such an attempt commits. Registrations wait for merges
//! and merges for registrations, with a deadline; merges never wait for each other here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::OnceCell;
use tokio_postgres::Error as PgError;
use tokio_postgres::error::SqlState;

use crate::connection::attempt::Attempt;
use crate::connection::connection::{Answer, Connection};
use crate::connection::log_once::LogOnce;
use crate::connection::owned_table;
use crate::error::{Error, Kind, Result};
use crate::failpoint;
use crate::registration::leftovers;
use crate::spec::{FenceMode, SessionSpec};
use crate::sql::{BEGIN, FenceSql};

/// How long a registration waits in the server's queue at a time: merges that come after it wait behind it.
const LOCK_WAIT: Duration = Duration::from_secs(1);

/// What a server says that does not let this user have a fence, or does not know how. One that only reads is none: it
/// could not be loaded either.
const REFUSED: [SqlState; 4] = [
    SqlState::INSUFFICIENT_PRIVILEGE,
    SqlState::FEATURE_NOT_SUPPORTED,
    SqlState::SYNTAX_ERROR,
    SqlState::INVALID_SCHEMA_NAME,
];

const NO_FENCE: &str = "a merge that an attempt had sent before it died may then commit after its successor began, and \
                        bring deleted or older rows back";

const PRIVILEGES: &str = "USAGE and CREATE on schema 'sink.staging-schema'";

/// A writer attempt's place in its sink's fence.
#[derive(Debug)]
pub(crate) struct Fence {
    mode: FenceMode,
    log_once: Arc<LogOnce>,
    sql: FenceSql,
    /// Set by the registration: false where there is no fence.
    registered: OnceCell<bool>,
}

impl Fence {
    /// # Errors
    /// Kind `Config` for a schema that cannot be a name.
    pub(crate) fn new(spec: &SessionSpec, attempt: &Attempt, log_once: Arc<LogOnce>) -> Result<Self> {
        let (sink, writer) = (&spec.sink, (spec.sink.subtask, spec.parallelism));
        let sql = FenceSql::new(&sink.staging_schema, &sink.id, attempt.digits(), writer)?;
        Ok(Fence { mode: sink.fence, log_once, sql, registered: OnceCell::new() })
    }

    /// The statements for merges, once there is a fence.
    pub(crate) fn held(&self) -> Option<&FenceSql> {
        self.registered.get().is_some_and(|there| *there).then_some(&self.sql)
    }

    /// Registers the attempt unless that was done; not within a transaction.
    ///
    /// # Errors
    /// Kind `Target` where a required fence cannot be had; `Stalled` where merges do not end.
    pub(crate) async fn register(&self, connection: &Connection) -> Result<()> {
        if self.mode != FenceMode::None {
            self.registered.get_or_try_init(|| self.try_to_register(connection)).await?;
        }
        Ok(())
    }

    async fn try_to_register(&self, connection: &Connection) -> Result<bool> {
        let spec = connection.spec();
        let names = (spec.sink.staging_schema.as_str(), self.sql.name());
        let limit = if spec.lock_timeout.is_zero() { spec.stall_timeout } else { spec.lock_timeout };
        let began = Instant::now();
        loop {
            if let Err(error) = owned_table::make(connection, names, &self.sql.create()).await? {
                return self.without(error);
            }
            match self.take_place(connection).await? {
                Ok(()) => {
                    Box::pin(self.tidy(connection)).await?;
                    return Ok(true);
                }
                // A job that has ended took it along.
                Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => {}
                Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => {}
                Err(error) if error.code() == Some(&SqlState::T_R_DEADLOCK_DETECTED) => {}
                Err(error) => return self.without(error),
            }
            if began.elapsed() >= limit {
                let text = format!(
                    "{}: merges of this sink did not end within {limit:?}, so this writer cannot register (option \
                     'sink.fence')",
                    self.sql.table().quoted()
                );
                return Err(Error::new(Kind::Stalled, text));
            }
        }
    }

    /// Sinks without a committer look for what others left when they begin.
    async fn tidy(&self, connection: &Connection) -> Result<()> {
        if connection.spec().sink.writer_collects_leftovers() {
            leftovers::collect(connection, leftovers::KEPT).await?;
        }
        Ok(())
    }

    /// One try; the inner error is the server's, the transaction is over in any case.
    async fn take_place(&self, connection: &Connection) -> Answer<()> {
        let table = self.sql.table().quoted();
        let what = format!("register at {table}");
        let predecessors = connection.try_query(&what, &self.sql.predecessors(), &[]).await?;
        let tokens: Vec<String> = match predecessors {
            Ok(rows) => rows.iter().map(|row| row.get(0)).collect(),
            Err(error) => return Ok(Err(error)),
        };
        if !tokens.is_empty() {
            let ended = connection.try_execute(&what, &FenceSql::end_sessions(&tokens)).await?;
            if let Err(error) = ended {
                // They are waited for instead.
                log::debug!(target: "fence", "earlier sessions were not ended: {}", Error::server(&what, error));
            }
        }
        failpoint::hit("fence.before-lock")?;
        let wait = LOCK_WAIT.as_millis();
        // Separate statements: what is deleted is looked for when the lock is held.
        let statements = format!(
            "{BEGIN}; SET LOCAL lock_timeout TO {wait}; {}; {}",
            self.sql.lock_for_registration(),
            self.sql.register()
        );
        let registered = connection.try_execute(&what, &statements).await?;
        if registered.is_err() {
            connection.execute(&what, "ROLLBACK").await?;
            return Ok(registered);
        }
        // Not sent along: of a writer that dies meanwhile, nothing shall be registered later.
        connection.execute(&what, "COMMIT").await?;
        if !tokens.is_empty() {
            log::info!(target: "fence", "{table}: {} earlier writers were replaced", tokens.len());
        }
        Ok(registered)
    }

    /// The load goes on without a fence, or does not.
    fn without(&self, error: PgError) -> Result<bool> {
        let refused = error.code().is_some_and(|code| REFUSED.contains(code));
        let error = Error::server(&format!("fence {}", self.sql.table().quoted()), error);
        if !refused {
            return Err(error);
        }
        // Of what else it can be, no privilege would help.
        let unprivileged = error.sqlstate() == Some(SqlState::INSUFFICIENT_PRIVILEGE.code());
        if self.mode == FenceMode::Required {
            let option = "option 'sink.fence' = 'required' or 'sink.delivery-guarantee' = 'exactly-once'";
            let hint =
                format!("; the user needs {PRIVILEGES}, or CREATE on the database where it is missing");
            return Err(error.context(option).hint(if unprivileged { &hint } else { "" }));
        }
        let grant = if unprivileged { format!("Grant {PRIVILEGES}, or set") } else { "Set".to_owned() };
        if self.log_once.is_first(NO_FENCE) {
            log::warn!(
                target: "fence",
                "option 'sink.fence' = 'auto': there is no fence, {error}; {NO_FENCE}. {grant} 'none' to accept this"
            );
        }
        Ok(false)
    }
}

/// Removes a fence whose job has ended, unless somebody stands there who is not `gone`.
pub(crate) async fn remove(
    connection: &Connection,
    fence: &FenceSql,
    gone: impl Fn(&str) -> bool,
) -> Result<()> {
    let what = format!("remove {}", fence.table().quoted());
    // Asked before it is locked: where somebody stands, nobody shall wait for us.
    if !all_gone(connection, &what, fence, &gone).await? {
        return Ok(());
    }
    connection.execute(&what, &format!("{BEGIN}; {}", fence.lock_for_removal())).await?;
    let end = match all_gone(connection, &what, fence, &gone).await? {
        true => format!("{}; COMMIT", fence.remove()),
        false => "ROLLBACK".to_owned(),
    };
    connection.execute(&what, &end).await
}

async fn all_gone(
    connection: &Connection,
    what: &str,
    fence: &FenceSql,
    gone: impl Fn(&str) -> bool,
) -> Result<bool> {
    let living = fence.living();
    let living = connection.query(what, &living, &[]).await?;
    Ok(living.iter().all(|row| gone(row.get(0))))
}
