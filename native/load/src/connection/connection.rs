//! A session on the server: the one door through which statements go to it.
//!
//! Promise: each wait has a name and ends: no statement waits for longer than the stall timeout unless the server works
//! on it (see [`crate::connection::stall`]). What the server has against a statement is told apart from a connection
//! that failed. It knows statements and answers, and nothing of what they are for. Dropping it drops the socket,
//! whatever the server is doing.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::try_join_all;
use futures_util::stream::FuturesOrdered;
use futures_util::{SinkExt, StreamExt};
use parking_lot::Mutex;
use tokio_postgres::types::ToSql;
use tokio_postgres::{CancelToken, CopyInSink, Error as PgError, Row, SimpleQueryMessage, Statement};

use crate::connection::activity::Activity;
use crate::connection::admission::Admission;
use crate::connection::login::{LoggedIn, Login};
use crate::connection::stall::{Stall, Watched, with_stall_timeout};
use crate::connection::stuck::{Stuck, StuckGuard};
use crate::error::{Error, Result};
use crate::spec::SessionSpec;
use crate::sql::Dialect;

/// How long the end of a session may take to ask the server to stop a running statement.
const CANCEL_GRACE: Duration = Duration::from_secs(1);

/// What a statement is for, in messages ("COPY for \"s\".\"t\"").
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose<'a> {
    /// It needs the server no time: other connections of the session give way while it is late.
    Prompt(&'a str),
    /// It may take as long as the server works on it.
    Long(&'a str),
}

impl<'a> Purpose<'a> {
    fn name(self) -> &'a str {
        match self {
            Purpose::Prompt(name) | Purpose::Long(name) => name,
        }
    }
}

impl<'a> From<&'a str> for Purpose<'a> {
    fn from(name: &'a str) -> Self {
        Purpose::Prompt(name)
    }
}

impl<'a> From<&'a String> for Purpose<'a> {
    fn from(name: &'a String) -> Self {
        Purpose::Prompt(name)
    }
}

/// The inner error is what the server has against the statement.
pub(crate) type Answer<T> = Result<std::result::Result<T, PgError>>;

type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

type Pending<'a> =
    Pin<Box<dyn Future<Output = std::result::Result<Vec<SimpleQueryMessage>, PgError>> + Send + 'a>>;

/// A load session.
pub(crate) struct Connection {
    session: LoggedIn,
    login: Arc<Login>,
    dialect: Dialect,
    backend_pid: i32,
    stuck: Stuck,
    /// None where the connection is nobody's but its owner's.
    admission: Option<Arc<Admission>>,
    /// Statements that were prepared to be asked again.
    kept: Mutex<HashMap<&'static str, Statement>>,
}

impl Connection {
    pub(crate) fn new(session: LoggedIn, login: Arc<Login>, (dialect, backend_pid): (Dialect, i32)) -> Self {
        let (stuck, kept) = (Stuck::default(), Mutex::default());
        Connection { session, login, dialect, backend_pid, stuck, admission: None, kept }
    }

    /// From now on the connections that know the same `admission` give way while one of our prompt statements is late.
    pub(crate) fn share(mut self, admission: Arc<Admission>) -> Self {
        self.admission = Some(admission);
        self
    }

    pub(crate) fn spec(&self) -> &SessionSpec {
        self.login.spec()
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The server's number of this session.
    pub(crate) fn backend_pid(&self) -> i32 {
        self.backend_pid
    }

    /// Set while a wait of this connection lasts for long.
    pub(crate) fn stuck(&self) -> &Stuck {
        &self.stuck
    }

    /// The connection stands still for a reason that only its owner knows.
    pub(crate) fn stand_still(&self) -> StuckGuard {
        self.stuck.set()
    }

    /// Bytes that came from the server so far. During a COPY it sends nothing but errors and notices.
    pub(crate) fn received(&self) -> u64 {
        self.session.progress.received()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.session.client.is_closed()
    }

    /// Waits until the connection ends.
    pub(crate) async fn ended(&mut self) {
        let _why = (&mut self.session.driver).await;
    }

    /// Runs statements without rows.
    pub(crate) async fn execute<'p>(&self, purpose: impl Into<Purpose<'p>>, sql: &str) -> Result<()> {
        self.answer(purpose.into(), self.session.client.batch_execute(sql)).await
    }

    /// The same.
    pub(crate) async fn try_execute<'p>(&self, purpose: impl Into<Purpose<'p>>, sql: &str) -> Answer<()> {
        self.answer(purpose.into(), by_server(self.session.client.batch_execute(sql))).await
    }

    /// Runs one statement; how many rows it was about.
    pub(crate) async fn count<'p>(&self, purpose: impl Into<Purpose<'p>>, sql: &str) -> Result<u64> {
        self.answer(purpose.into(), self.session.client.execute(sql, &[])).await
    }

    /// Asks for rows.
    pub(crate) async fn query<'p>(
        &self,
        purpose: impl Into<Purpose<'p>>,
        sql: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>> {
        self.answer(purpose.into(), self.session.client.query(sql, parameters)).await
    }

    /// The same.
    pub(crate) async fn try_query<'p>(
        &self,
        purpose: impl Into<Purpose<'p>>,
        sql: &str,
        parameters: Parameters<'_>,
    ) -> Answer<Vec<Row>> {
        self.answer(purpose.into(), by_server(self.session.client.query(sql, parameters))).await
    }

    /// Asks for the only row.
    pub(crate) async fn query_one<'p>(
        &self,
        purpose: impl Into<Purpose<'p>>,
        sql: &str,
        parameters: Parameters<'_>,
    ) -> Result<Row> {
        self.answer(purpose.into(), self.session.client.query_one(sql, parameters)).await
    }

    /// The same.
    pub(crate) async fn try_query_one<'p>(
        &self,
        purpose: impl Into<Purpose<'p>>,
        sql: &str,
        parameters: Parameters<'_>,
    ) -> Answer<Row> {
        self.answer(purpose.into(), by_server(self.session.client.query_one(sql, parameters))).await
    }

    /// Asks several questions with the same parameters before the first answer is awaited; their answers in that order.
    pub(crate) async fn query_all<'p>(
        &self,
        purpose: impl Into<Purpose<'p>>,
        questions: &[(&str, Parameters<'_>)],
    ) -> Result<Vec<Vec<Row>>> {
        let asked = questions.iter().map(|(sql, parameters)| self.session.client.query(*sql, parameters));
        self.answer(purpose.into(), try_join_all(asked)).await
    }

    /// Asks for rows by a statement that is prepared once on this connection.
    pub(crate) async fn query_kept<'p>(
        &self,
        purpose: impl Into<Purpose<'p>>,
        sql: &'static str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>> {
        let purpose = purpose.into();
        let known = self.kept.lock().get(sql).cloned();
        let statement = match known {
            Some(statement) => statement,
            None => {
                let statement = self.prepare(purpose, sql).await?;
                self.kept.lock().insert(sql, statement.clone());
                statement
            }
        };
        self.answer(purpose, self.session.client.query(&statement, parameters)).await
    }

    /// Runs statements in one round trip; all that they answer.
    pub(crate) async fn simple_query<'p>(
        &self,
        purpose: impl Into<Purpose<'p>>,
        sql: &str,
    ) -> Result<Vec<SimpleQueryMessage>> {
        self.answer(purpose.into(), self.session.client.simple_query(sql)).await
    }

    /// The same.
    pub(crate) async fn try_simple_query<'p>(
        &self,
        purpose: impl Into<Purpose<'p>>,
        sql: &str,
    ) -> Answer<Vec<SimpleQueryMessage>> {
        self.answer(purpose.into(), by_server(self.session.client.simple_query(sql))).await
    }

    /// Statements that are all under way before the first answer is awaited.
    pub(crate) fn pipeline<'a>(&'a self, statements: impl IntoIterator<Item = String>) -> Pipeline<'a> {
        let send = |sql: String| -> Pending<'a> {
            Box::pin(async move { self.session.client.simple_query(&sql).await })
        };
        Pipeline { connection: self, answers: statements.into_iter().map(send).collect() }
    }

    pub(crate) async fn prepare<'p>(&self, purpose: impl Into<Purpose<'p>>, sql: &str) -> Result<Statement> {
        self.answer(purpose.into(), self.session.client.prepare(sql)).await
    }

    /// Begins a COPY.
    pub(crate) async fn copy_in<'p>(
        &self,
        purpose: impl Into<Purpose<'p>>,
        statement: &Statement,
    ) -> Result<CopyIn> {
        let begun = self.answer(purpose.into(), self.session.client.copy_in(statement)).await?;
        Ok(CopyIn(Box::pin(begun)))
    }

    /// What the session `backend_pid` is at; asked over a connection of its own.
    pub(crate) async fn activity_of(&self, backend_pid: i32, within: Duration) -> Activity {
        Activity::of(&self.login, backend_pid, within).await
    }

    /// To stop what the server does for this session when the connection is gone.
    pub(crate) fn canceller(&self) -> Canceller {
        Canceller { token: self.session.client.cancel_token(), login: Arc::clone(&self.login) }
    }

    async fn answer<T>(
        &self,
        purpose: Purpose<'_>,
        asked: impl Future<Output = std::result::Result<T, PgError>>,
    ) -> Result<T> {
        let name = purpose.name();
        let answer = with_stall_timeout(self.watched(), || name.to_owned(), Stall::AskServer, asked);
        match (purpose, &self.admission) {
            (Purpose::Prompt(name), Some(admission)) => admission.quick(name, answer).await,
            _ => answer.await,
        }
    }

    /// Waits until data is sent.
    async fn sent(
        &self,
        what: impl Fn() -> String,
        sent: impl Future<Output = std::result::Result<(), PgError>>,
    ) -> Result<()> {
        with_stall_timeout(self.watched(), what, Stall::Fatal, sent).await
    }

    fn watched(&self) -> Watched<'_> {
        Watched {
            login: &self.login,
            progress: &self.session.progress,
            backend_pid: self.backend_pid,
            stuck: &self.stuck,
        }
    }
}

/// What the server has against a statement becomes an answer.
async fn by_server<T>(
    asked: impl Future<Output = std::result::Result<T, PgError>>,
) -> std::result::Result<std::result::Result<T, PgError>, PgError> {
    match asked.await {
        Err(error) if error.as_db_error().is_none() => Err(error),
        answer => Ok(answer),
    }
}

/// Answers in the order of their statements.
pub(crate) struct Pipeline<'a> {
    connection: &'a Connection,
    answers: FuturesOrdered<Pending<'a>>,
}

impl Pipeline<'_> {
    /// The answer to the next statement.
    pub(crate) async fn next(&mut self, purpose: Purpose<'_>) -> Result<Vec<SimpleQueryMessage>> {
        let answers = &mut self.answers;
        let next = async { answers.next().await.expect("there is an answer per statement") };
        self.connection.answer(purpose, next).await
    }
}

/// A COPY that is open; dropping it aborts it. Its waits are those of the connection that it was begun on.
pub(crate) struct CopyIn(Pin<Box<CopyInSink<Bytes>>>);

impl CopyIn {
    /// Returns when the connection has taken the data, not when it is stored.
    pub(crate) async fn send(
        &mut self,
        connection: &Connection,
        what: impl Fn() -> String,
        data: Bytes,
    ) -> Result<()> {
        connection.sent(what, self.0.feed(data)).await
    }

    /// Pushes out what the protocol library still holds.
    pub(crate) async fn push(&mut self, connection: &Connection, what: impl Fn() -> String) -> Result<()> {
        connection.sent(what, self.0.flush()).await
    }

    /// Ends it; how many rows the server acknowledged.
    pub(crate) async fn finish(&mut self, connection: &Connection, what: &str) -> Result<u64> {
        connection.answer(Purpose::Long(what), self.0.as_mut().finish()).await
    }
}

/// Stops what the server does for a session, the connection of which is best dropped before: a server that still reads
/// us sees the end at once and rolls back.
pub(crate) struct Canceller {
    token: CancelToken,
    login: Arc<Login>,
}

impl Canceller {
    /// Best effort, for a second at most.
    pub(crate) async fn cancel(self) {
        let _best_effort = tokio::time::timeout(CANCEL_GRACE, self.login.cancel(self.token)).await;
    }
}

/// The error of an answer that was looked at and is one.
pub(crate) fn refused<T>(what: &str, answer: std::result::Result<T, PgError>) -> Result<T> {
    answer.map_err(|error| Error::server(what, error))
}
