//! From a spec to a logged-in load session: TCP, TLS, login, the family, session settings, the warehouse.
//!
//! Every attempt has the deadline `connection.timeout`; failed ones are repeated `connection.max-retries` times where
//! that can help. Errors name the options to look at. The password goes to the wire and nowhere else.

use std::collections::BTreeSet;
use std::error::Error as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;
use tokio_postgres::tls::{MakeTlsConnect, NoTls};
use tokio_postgres::{CancelToken, Client, Config, Statement, config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::asking::Asking;
use super::attempt::Attempt;
use super::deadline::Deadline;
use super::fence::Fence;
use super::grace::{Failing, Grace};
use super::handover::Handover;
use super::label::Label;
use super::merge_lock::AdvisoryLocks;
use super::progress::{Progress, ProgressStream};
use super::recovered::Recovered;
use super::settings;
use super::tls;
use super::told::Told;
use crate::error::{Error, Kind, Result};
use crate::failpoint;
use crate::policy::{Fate, Situation};
use crate::spec::{FenceMode, Guarantee, SessionSpec, SslMode};
use crate::sql::settings::chosen;
use crate::sql::{Dialect, Family, catalog, literal};

/// Pause before the first retry; each further one doubles, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A load session. Dropping it drops the socket, whatever the server is doing.
pub(super) struct Connected {
    pub(super) client: Client,
    pub(super) dialect: Dialect,
    pub(super) backend_pid: i32,
    pub(super) progress: Arc<Progress>,
    /// The question for the targets' stamps, once it was asked.
    pub(super) stamps: OnceCell<Statement>,
    /// Ends when the connection does, with the reason.
    pub(super) driver: JoinHandle<Option<tokio_postgres::Error>>,
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Makes connections for one session.
pub(super) struct Connector {
    spec: Arc<SessionSpec>,
    tls: Option<MakeRustlsConnect>,
    /// What the server's list of sessions shows.
    session_name: String,
    pub(super) label: Label,
    pub(super) fence: Fence,
    pub(super) handover: Handover,
    pub(super) recovered: Recovered,
    pub(super) grace: Grace,
    pub(super) advisory_locks: AdvisoryLocks,
    pub(super) told: Arc<Told>,
    /// Storage parameters of created tables whose primary key the server has refused.
    keyless: Mutex<BTreeSet<Vec<(String, String)>>>,
}

impl Connector {
    /// # Errors
    /// Kind `Config` where trusted certificates cannot be read or a name of an own table cannot be one.
    pub(super) fn new(spec: Arc<SessionSpec>, told: Arc<Told>) -> Result<Self> {
        let tls = tls::connector(&spec)?;
        let attempt = Attempt::draw()?;
        let session_name = match (spec.sink.fence, spec.sink.guarantee) {
            (FenceMode::None, Guarantee::AtLeastOnce) => spec.application_name.clone(),
            _ => attempt.session_name(&spec.application_name),
        };
        let fence = Fence::new(&spec, &attempt)?;
        let handover = Handover::new(&spec.sink, &attempt);
        let recovered = Recovered::new(&spec.sink.recovered)?;
        let label = Label::new(&spec.sink);
        let grace = Grace::new(&spec, Arc::clone(&told));
        Ok(Connector {
            spec,
            tls,
            session_name,
            label,
            fence,
            handover,
            recovered,
            grace,
            advisory_locks: AdvisoryLocks::default(),
            told,
            keyless: Mutex::default(),
        })
    }

    pub(super) fn spec(&self) -> &SessionSpec {
        &self.spec
    }

    /// Says once that tables are created as if an option were not there.
    pub(super) fn tell_undistributed(&self) {
        let option = "option 'table.create.distributed-by'";
        if self.told.is_first(option) {
            log::warn!(target: "connect", "{option} is ignored: this server does not distribute tables");
        }
    }

    /// Tables with these storage parameters are created without a key from the first refusal on; others may have one.
    pub(super) fn keyless(&self) -> &Mutex<BTreeSet<Vec<(String, String)>>> {
        &self.keyless
    }

    /// A job has a session of each writer and one of the committer, many connections and many attempts: one writer tells,
    /// once in this process.
    fn tell_ignored(&self, warehouse: &str, what: &str) {
        static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
        let place = format!("{}:{} {warehouse}", self.spec.hostname, self.spec.port);
        if self.spec.sink.subtask == 0 && TOLD.lock().insert(place) {
            log::warn!(target: "connect", "{what} is ignored: this server has no virtual warehouses");
        }
    }

    /// Connects and prepares a load session, with retries, and with a grace period where that worked before.
    ///
    /// # Errors
    /// The last attempt's: kinds `Connection`, `Auth`, `Target` (no such database), `Config`, `Server`.
    pub(super) async fn connect(&self) -> Result<Connected> {
        let mut pause = FIRST_PAUSE;
        let mut retry = 0;
        let mut failing = Failing::default();
        loop {
            let error = match Box::pin(self.try_once()).await {
                Ok(connected) => {
                    self.grace.logged_in();
                    return Ok(connected);
                }
                Err(error) => error,
            };
            match error.fate() {
                Fate::Retry if retry < self.spec.connection_max_retries => {
                    retry += 1;
                    log::warn!(target: "connect", "{}; retry {retry} in {pause:?}", error.chain());
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Fate::Grace if self.grace.knows_login() => failing.again(&self.grace, error).await?,
                _ => return Err(error.ending()),
            }
        }
    }

    async fn try_once(&self) -> Result<Connected> {
        failpoint::hit("connect.begin")?;
        let deadline = Deadline::new(self.spec.connection_timeout, "connection.timeout");
        let connected = self.reach(deadline).await.map_err(|error| error.judged(Situation::Login))?;
        self.prepare(connected, deadline).await.map_err(|error| error.judged(Situation::Session))
    }

    /// Logs in, and prepares nothing.
    pub(super) async fn reach(&self, deadline: Deadline) -> Result<Connected> {
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

    async fn log_in(&self, mode: config::SslMode, deadline: Deadline) -> Result<Connected> {
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
        let (dialect, stamps) = (Dialect::from_version(""), OnceCell::new());
        Ok(Connected { client, dialect, backend_pid: 0, progress, stamps, driver })
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

    /// Version, settings, warehouse.
    async fn prepare(&self, mut connected: Connected, deadline: Deadline) -> Result<Connected> {
        let client = &connected.client;
        let (dialect, pid) = settings::prepare(client, &self.spec, deadline).await?;
        self.choose_warehouse(client, dialect, deadline).await?;
        connected.dialect = dialect;
        connected.backend_pid = pid;
        Ok(connected)
    }

    async fn choose_warehouse(&self, client: &Client, dialect: Dialect, deadline: Deadline) -> Result<()> {
        let Some(warehouse) = &self.spec.warehouse else { return Ok(()) };
        let what = format!("option 'pdb_warehouse' = '{}'", warehouse.name);
        match deadline.answer(&what, client.batch_execute(&warehouse.statement)).await {
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

    /// Can the server give all writers their connections?
    ///
    /// # Errors
    /// Kind `Config`, naming the option and the limit that is too low.
    pub(super) async fn check_limits(&self, asking: Asking<'_>) -> Result<()> {
        let asked = asking.connected.client.query_opt(catalog::SESSION_LIMITS, &[]);
        let Some(row) = asking.answer("ask for the server's limits", asked).await? else {
            return Ok(());
        };
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
        let (writers, each) = (self.spec.parallelism, self.spec.pool_max_size);
        let (committer, and_committer) = match self.spec.sink.guarantee {
            Guarantee::AtLeastOnce => (0, ""),
            Guarantee::ExactlyOnce(_) => (1, " and the committer with one"),
        };
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

    /// The `lock_timeout` of a session as it was prepared, for SET.
    pub(super) fn lock_timeout(&self, dialect: Dialect) -> String {
        let name = "lock_timeout";
        let users = self.spec.settings.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let ours = || chosen(dialect, self.spec.lock_timeout).into_iter().find(|(known, _)| *known == name);
        let value = users.map(|(_, value)| value.clone()).or_else(|| ours().map(|(_, value)| value));
        value.map_or_else(|| "DEFAULT".to_owned(), |value| literal(&value))
    }

    /// Asks the server to stop what the session is doing; best effort, the caller limits the time.
    pub(super) async fn cancel(&self, token: CancelToken) {
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
    fn login_error(&self, error: tokio_postgres::Error) -> Error {
        let text = error.to_string();
        let secure = !matches!(self.spec.ssl_mode, SslMode::Disable | SslMode::Allow | SslMode::Prefer);
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
        if text.contains("TLS handshake") && secure && !broke(&error) {
            let what = format!("{}: option 'connection.ssl.mode'", self.address());
            return Error::caused(Kind::Auth, what, error);
        }
        if text == "authentication error" || text == "invalid configuration" {
            let what = format!("{}: options 'username' and 'password'", self.address());
            return Error::caused(Kind::Auth, what, error);
        }
        Error::caused(Kind::Connection, self.address(), error)
    }
}

/// True where the connection itself failed: what it carried, such as a certificate, was not judged.
fn broke(error: &tokio_postgres::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            return io.kind() != io::ErrorKind::InvalidData;
        }
        cause = error.source();
    }
    false
}
