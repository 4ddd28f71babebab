//! From a spec to a load session: login, the family, session settings, the warehouse.
//!
//! Every attempt has the deadline `connection.timeout`; failed ones are repeated `connection.max-retries` times where
//! that can help.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::connection::backoff::Backoff;
use crate::connection::connection::Connection;
use crate::connection::deadline::Deadline;
use crate::connection::grace::{Grace, Known};
use crate::connection::log_once::LogOnce;
use crate::connection::login::{LoggedIn, Login};
use crate::connection::retries::{Limit, Retries};
use crate::connection::settings;
use crate::error::Result;
use crate::failpoint;
use crate::policy::Situation;
use crate::spec::SessionSpec;
use crate::sql::{Dialect, Family};

/// Pauses before retries.
const PAUSES: Backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(5));

/// Makes connections for one session.
pub(crate) struct Connector {
    login: Arc<Login>,
    pub(crate) grace: Grace,
}

impl Connector {
    /// # Errors
    /// Kind `Config` where trusted certificates cannot be read.
    pub(crate) fn new(spec: Arc<SessionSpec>, session_name: String, log_once: Arc<LogOnce>) -> Result<Self> {
        let grace = Grace::new(&spec, log_once);
        Ok(Connector { login: Arc::new(Login::new(spec, session_name)?), grace })
    }

    pub(crate) fn spec(&self) -> &SessionSpec {
        self.login.spec()
    }

    /// A job has a session of each writer and one of the committer, many connections and many attempts: one writer
    /// tells, once in this process.
    fn tell_ignored(&self, warehouse: &str, what: &str) {
        static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
        let place = format!("{}:{} {warehouse}", self.spec().hostname, self.spec().port);
        if self.spec().sink.subtask == 0 && TOLD.lock().insert(place) {
            log::warn!(target: "connect", "{what} is ignored: this server has no virtual warehouses");
        }
    }

    /// Connects and prepares a load session, with retries, and with a grace period where that worked before.
    ///
    /// # Errors
    /// The last attempt's: kinds `Connection`, `Auth`, `Target` (no such database), `Config`, `Server`.
    pub(crate) async fn connect(&self) -> Result<Connection> {
        let limit = Limit::Times(self.spec().connection_max_retries);
        let mut retries = Retries::new(
            Situation::Session,
            ("connect", "the login"),
            (limit, PAUSES),
            (&self.grace, Known::Login),
        );
        loop {
            let error = match Box::pin(self.try_once()).await {
                Ok(connection) => {
                    self.grace.logged_in();
                    return Ok(connection);
                }
                Err(error) => error,
            };
            retries.decide(error)?.wait().await;
        }
    }

    async fn try_once(&self) -> Result<Connection> {
        failpoint::hit("connect.begin")?;
        let deadline = Deadline::new(self.spec().connection_timeout, "connection.timeout");
        let session = self.login.reach(deadline).await.map_err(|error| error.judged(Situation::Login))?;
        self.prepare(session, deadline).await.map_err(|error| error.judged(Situation::Session))
    }

    /// Version, settings, warehouse.
    async fn prepare(&self, session: LoggedIn, deadline: Deadline) -> Result<Connection> {
        let (dialect, pid) = settings::prepare(&session, self.spec(), deadline).await?;
        self.choose_warehouse(&session, dialect, deadline).await?;
        Ok(Connection::new(session, Arc::clone(&self.login), (dialect, pid)))
    }

    async fn choose_warehouse(&self, session: &LoggedIn, dialect: Dialect, deadline: Deadline) -> Result<()> {
        let Some(warehouse) = &self.spec().warehouse else { return Ok(()) };
        let what = format!("option 'pdb_warehouse' = '{}'", warehouse.name);
        match session.execute(deadline, &what, &warehouse.statement).await {
            Err(error) if error.sqlstate().is_some() => {
                if dialect.family() == Family::PieCloudDb {
                    return Err(error);
                }
                self.tell_ignored(&warehouse.name, &what);
                Ok(())
            }
            result => result,
        }
    }
}
