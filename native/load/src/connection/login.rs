//! To the server and past its login: TCP, TLS, name and password.
//!
//! Errors name the options to look at. The password goes to the wire and nowhere else.

use std::error::Error as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_postgres::tls::{MakeTlsConnect, NoTls};
use tokio_postgres::{CancelToken, Client, Config, Error as PgError, SimpleQueryMessage, config};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::connection::deadline::Deadline;
use crate::connection::progress::{Progress, ProgressStream};
use crate::connection::tls;
use crate::error::{Error, Kind, Result};
use crate::spec::{SessionSpec, SslMode};

/// A session that nothing was prepared in. Dropping it drops the socket, whatever the server is doing.
pub(crate) struct LoggedIn {
    pub(crate) client: Client,
    pub(crate) progress: Arc<Progress>,
    /// Ends when the connection does, with the reason.
    pub(crate) driver: JoinHandle<Option<PgError>>,
}

impl Drop for LoggedIn {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl LoggedIn {
    /// Runs statements before a deadline.
    pub(crate) async fn simple_query(
        &self,
        deadline: Deadline,
        what: &str,
        sql: &str,
    ) -> Result<Vec<SimpleQueryMessage>> {
        deadline.answer(what, self.client.simple_query(sql)).await
    }

    /// Runs statements without rows before a deadline.
    pub(crate) async fn execute(&self, deadline: Deadline, what: &str, sql: &str) -> Result<()> {
        deadline.answer(what, self.client.batch_execute(sql)).await
    }
}

/// How a session's connections reach the server.
pub(crate) struct Login {
    spec: Arc<SessionSpec>,
    tls: Option<MakeRustlsConnect>,
    /// What the server's list of sessions shows.
    session_name: String,
}

impl Login {
    /// # Errors
    /// Kind `Config` where trusted certificates cannot be read.
    pub(crate) fn new(spec: Arc<SessionSpec>, session_name: String) -> Result<Self> {
        let tls = tls::connector(&spec)?;
        Ok(Login { spec, tls, session_name })
    }

    pub(crate) fn spec(&self) -> &SessionSpec {
        &self.spec
    }

    /// Logs in, and prepares nothing.
    pub(crate) async fn reach(&self, deadline: Deadline) -> Result<LoggedIn> {
        match self.spec.ssl_mode {
            SslMode::Allow => match self.log_in(config::SslMode::Disable, deadline).await {
                // The server wants TLS from us: libpq's "allow" then tries with it.
                Err(error) if error.sqlstate().is_some_and(|state| state.starts_with("28")) => {
                    self.log_in(config::SslMode::Require, deadline).await
                }
                result => result,
            },
            SslMode::Disable => self.log_in(config::SslMode::Disable, deadline).await,
            SslMode::Prefer => self.log_in(config::SslMode::Prefer, deadline).await,
            _ => self.log_in(config::SslMode::Require, deadline).await,
        }
    }

    async fn log_in(&self, mode: config::SslMode, deadline: Deadline) -> Result<LoggedIn> {
        let mut login = Config::new();
        login.user(&self.spec.username).dbname(&self.spec.database).ssl_mode(mode);
        login.application_name(&self.session_name);
        if let Some(password) = &self.spec.password {
            login.password(password.reveal());
        }
        let progress = Progress::new();
        let address = self.address();
        let stream = deadline.step(&format!("{address}: TCP"), self.dial()).await?;
        let stream = ProgressStream::new(stream, Arc::clone(&progress));
        let failed = |error| self.login_error(error);
        let (client, driver) = match self.tls_for_host()? {
            Some(tls) => {
                let asked = async { login.connect_raw(stream, tls).await.map_err(failed) };
                let (client, connection) = deadline.step(&format!("{address}: TLS and login"), asked).await?;
                (client, tokio::spawn(async { connection.await.err() }))
            }
            None => {
                let asked = async { login.connect_raw(stream, NoTls).await.map_err(failed) };
                let (client, connection) = deadline.step(&format!("{address}: login"), asked).await?;
                (client, tokio::spawn(async { connection.await.err() }))
            }
        };
        Ok(LoggedIn { client, progress, driver })
    }

    async fn dial(&self) -> Result<TcpStream> {
        let failed = |error: io::Error| Error::caused(Kind::Connection, self.address(), error);
        let stream =
            TcpStream::connect((self.spec.hostname.as_str(), self.spec.port)).await.map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        // A peer that vanished without a word is found by the kernel, also while we only wait.
        let alive = socket2::TcpKeepalive::new()
            .with_time(Duration::from_secs(60))
            .with_interval(Duration::from_secs(10))
            .with_retries(6);
        socket2::SockRef::from(&stream).set_tcp_keepalive(&alive).map_err(failed)?;
        Ok(stream)
    }

    fn tls_for_host(
        &self,
    ) -> Result<Option<<MakeRustlsConnect as MakeTlsConnect<ProgressStream>>::TlsConnect>> {
        let Some(tls) = &self.tls else { return Ok(None) };
        MakeTlsConnect::<ProgressStream>::make_tls_connect(&mut tls.clone(), &self.spec.hostname)
            .map(Some)
            .map_err(|e| Error::caused(Kind::Config, "option 'hostname'", e))
    }

    /// Asks the server to stop what the session is doing; best effort, the caller limits the time.
    pub(crate) async fn cancel(&self, token: CancelToken) {
        let Ok(stream) = self.dial().await else { return };
        let stream = ProgressStream::new(stream, Progress::new());
        let sent = match self.tls_for_host() {
            Ok(Some(tls)) => token.cancel_query_raw(stream, tls).await,
            Ok(None) => token.cancel_query_raw(stream, NoTls).await,
            Err(_) => return,
        };
        if let Err(error) = sent {
            log::debug!(target: "connect", "the running statement could not be cancelled: {error}");
        }
    }

    fn address(&self) -> String {
        format!("connecting to {}:{} (options 'hostname' and 'port')", self.spec.hostname, self.spec.port)
    }

    /// What a failed login means, in terms of options.
    fn login_error(&self, error: PgError) -> Error {
        if let Some(db) = error.as_db_error() {
            let options = match db.code().code() {
                "28P01" | "28000" => "options 'username' and 'password'",
                "3D000" => "option 'database-name'",
                "53300" => {
                    "the server has no connection left (options 'connection.pool.max-size' and 'sink.parallelism')"
                }
                _ => "login",
            };
            return Error::server(&format!("{}: {options}", self.address()), error);
        }
        let secure = !matches!(self.spec.ssl_mode, SslMode::Disable | SslMode::Allow | SslMode::Prefer);
        let options = match Refusal::of(&error) {
            Some(Refusal::Tls) if secure => "option 'connection.ssl.mode'",
            Some(Refusal::Credentials) => "options 'username' and 'password'",
            Some(Refusal::Tls) | None => return Error::caused(Kind::Connection, self.address(), error),
        };
        Error::caused(Kind::Auth, format!("{}: {options}", self.address()), error)
    }
}

/// Why a login ended that neither the server refused with an error of its own nor the connection failed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    /// TLS, such as a certificate, was judged, or there is none.
    Tls,
    /// User and password, or the way in which the server asks for them.
    Credentials,
}

impl Refusal {
    fn of(error: &PgError) -> Option<Self> {
        let io = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
        if io.and_then(io::Error::get_ref).is_some_and(|cause| cause.is::<rustls::Error>()) {
            return Some(Refusal::Tls);
        }
        // The client keeps the kind of what it decides by itself to itself. It shows that kind, and no cause, as one of
        // these constants: the only texts that decide anything here.
        match error.to_string().as_str() {
            "error performing TLS handshake" if io.is_none() => Some(Refusal::Tls),
            "authentication error" | "invalid configuration" => Some(Refusal::Credentials),
            _ => None,
        }
    }
}
