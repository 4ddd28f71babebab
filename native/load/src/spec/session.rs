//! What one session needs to reach the server and how much memory it may use.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use super::entries::{Entries, config, millis};
use super::error_rows::MaxErrorRows;
use super::sink::SinkSpec;
use crate::error::Result;

/// Text that neither `Debug` nor `Display` shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    #[must_use]
    pub fn new(text: String) -> Self {
        Secret(text)
    }

    /// The secret itself, for the wire only.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("******")
    }
}

/// libpq's `sslmode` (PostgreSQL documentation, section "SSL Support").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SslMode {
    /// Never TLS.
    Disable,
    /// Plain first; TLS where the server refuses plain.
    Allow,
    /// TLS first, unverified; plain where the server has none.
    Prefer,
    /// TLS or nothing; the certificate is verified only if a root certificate is given, as libpq does.
    Require,
    /// TLS with a certificate of a trusted CA.
    VerifyCa,
    /// TLS with a certificate of a trusted CA for this host name.
    VerifyFull,
}

/// The virtual warehouse and the statement that chooses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarehouseSpec {
    /// Its name.
    pub name: String,
    /// The statement at session start, ready to send.
    pub statement: String,
}

/// Everything that all tables of a session share.
#[derive(Clone, Debug)]
pub struct SessionSpec {
    /// Host name or address.
    pub hostname: String,
    /// TCP port.
    pub port: u16,
    /// Role to log in as.
    pub username: String,
    /// Its password, if any.
    pub password: Option<Secret>,
    /// Database to connect to.
    pub database: String,
    /// Virtual warehouse, if any.
    pub warehouse: Option<WarehouseSpec>,
    /// Deadline of one attempt to connect, TLS and login included.
    pub connection_timeout: Duration,
    /// How often a failed attempt to connect is repeated.
    pub connection_max_retries: u32,
    /// TLS mode.
    pub ssl_mode: SslMode,
    /// PEM file with the CAs to trust instead of the system's.
    pub ssl_root_cert: Option<PathBuf>,
    /// Session settings, sent with SET after the connector's own.
    pub settings: Vec<(String, String)>,
    /// Longest time without one byte or answer from the server.
    pub stall_timeout: Duration,
    /// How long what worked once is tried again while it fails; zero is not at all.
    pub grace_period: Duration,
    /// It worked in an earlier attempt.
    pub worked_before: bool,
    /// Bytes of encoded rows and bookkeeping that the session may hold.
    pub memory_size: usize,
    /// `lock_timeout` of load sessions; zero leaves the server's.
    pub lock_timeout: Duration,
    /// `application_name` of every connection.
    pub application_name: String,
    /// The sink that this session works for.
    pub sink: SinkSpec,
    /// How many writers load the same target.
    pub parallelism: u32,
    /// How long a COPY, and the transaction that rows are appended in, may be open; zero: the transaction until the
    /// flush.
    pub copy_max_duration: Duration,
    /// Connections of this session, at most; at least 1.
    pub pool_max_size: usize,
    /// A connection or a table without rows for so long is closed.
    pub pool_idle_timeout: Duration,
    /// Tables that have counters of their own; the others share one set.
    pub metrics_max_tables: u32,
    /// How many rows that cannot be stored end the job; nothing: any number is left out.
    pub max_error_rows: Option<MaxErrorRows>,
    /// The table for rows that cannot be stored, in the schema of the connector's own tables.
    pub error_rows_table: Option<String>,
}

impl SessionSpec {
    /// Reads the spec text.
    ///
    /// # Errors
    /// Kind `Config`, naming the option that is unknown, missing, repeated or bad; `Internal` for a bad committable.
    pub fn parse(text: &str) -> Result<Self> {
        let mut entries = Entries::parse(text)?;
        let statement = entries.required("pdb_warehouse.statement")?;
        let spec = SessionSpec {
            hostname: entries.required("hostname")?,
            port: entries.parsed("port", "a port number")?,
            username: entries.required("username")?,
            password: entries.optional("password").map(Secret::new),
            database: entries.required("database-name")?,
            warehouse: match entries.optional("pdb_warehouse") {
                None => None,
                Some(name) => Some(WarehouseSpec { statement: fill(&statement, &name)?, name }),
            },
            connection_timeout: millis(&mut entries, "connection.timeout")?,
            connection_max_retries: entries.parsed("connection.max-retries", "a number of retries")?,
            ssl_mode: entries.one_of(
                "connection.ssl.mode",
                &[
                    ("disable", SslMode::Disable),
                    ("allow", SslMode::Allow),
                    ("prefer", SslMode::Prefer),
                    ("require", SslMode::Require),
                    ("verify-ca", SslMode::VerifyCa),
                    ("verify-full", SslMode::VerifyFull),
                ],
            )?,
            ssl_root_cert: entries.optional("connection.ssl.root-cert").map(PathBuf::from),
            settings: entries.with_prefix("connection.properties."),
            stall_timeout: millis(&mut entries, "sink.stall-timeout")?,
            grace_period: match entries.optional("sink.recovery.grace-period") {
                None => Duration::ZERO,
                Some(text) => Duration::from_millis(text.parse().map_err(|_| {
                    config("option 'sink.recovery.grace-period' must be a number of milliseconds".to_owned())
                })?),
            },
            worked_before: match entries.optional("worked-before").as_deref() {
                None | Some("false") => false,
                Some("true") => true,
                Some(_) => return Err(config("option 'worked-before' must be true or false".to_owned())),
            },
            memory_size: entries.parsed("sink.buffer.memory-size", "a number of bytes")?,
            lock_timeout: millis(&mut entries, "lock-timeout")?,
            application_name: entries.required("application-name")?,
            sink: SinkSpec::read(&mut entries)?,
            parallelism: entries.parsed("sink.parallelism", "a number of writers")?,
            copy_max_duration: millis(&mut entries, "sink.copy.max-duration")?,
            pool_max_size: entries
                .parsed::<NonZeroUsize>("connection.pool.max-size", "a number of connections")?
                .get(),
            pool_idle_timeout: millis(&mut entries, "connection.pool.idle-timeout")?,
            metrics_max_tables: entries.parsed("sink.metrics.max-tables", "a number of tables")?,
            max_error_rows: match entries.optional("sink.error-rows.max") {
                None => None,
                Some(text) => Some(text.parse().map_err(|()| {
                    config("option 'sink.error-rows.max' must be a number of rows or a percentage".to_owned())
                })?),
            },
            error_rows_table: entries.optional("sink.error-rows.table-name"),
        };
        entries.nothing_left()?;
        Ok(spec)
    }
}

/// Puts the warehouse's name into the statement: `'<name>'` becomes a literal, `"<name>"` an identifier. That one of
/// them is there was seen to when the job was planned.
fn fill(statement: &str, name: &str) -> Result<String> {
    let identifier = crate::ident::Ident::new(name)?;
    // By pieces, so that a name that holds the one placeholder or the other is not filled again.
    let pieces = statement.split("'<name>'").map(|piece| piece.replace("\"<name>\"", identifier.quoted()));
    Ok(pieces.collect::<Vec<_>>().join(&crate::ident::literal(name)))
}
