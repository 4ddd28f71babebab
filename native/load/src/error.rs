//! The one error type of the loader: a small closed kind, what failed in our words, and the cause.
//!
//! The kind alone decides whether a restart can help ([`Kind::is_permanent`]) and whether a statement may be tried
//! again ([`Kind::is_retryable`]). The text never holds a row value or a password: server messages that quote values
//! (SQLSTATE classes 22, 23 and user-raised ones) are replaced by their code and the names of column and constraint.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use tokio_postgres::error::DbError;

/// Shorthand for results of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What sort of failure it is; closed on purpose, so that every policy is one `match`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An option is unknown, missing or bad.
    Config,
    /// The server refused the credentials, or the TLS peer could not be verified.
    Auth,
    /// The target table cannot take these rows: missing table or column, type that does not fit, a refusal.
    Target,
    /// A row cannot be stored as it is: NULL in a key column, value out of range, U+0000 in text.
    Data,
    /// The connection could not be made or broke.
    Connection,
    /// The server ended the transaction for a reason that passes: deadlock, serialization failure, lock timeout.
    Contention,
    /// The server refused a statement for any other reason.
    Server,
    /// No byte and no answer came for longer than the stall timeout, or a wait passed its deadline.
    Stalled,
    /// A later attempt has taken this one's place: what it holds must not be published.
    Fenced,
    /// The session is closed.
    Closed,
    /// A bug of ours, a panic included.
    Internal,
}

impl Kind {
    /// True where a restart is no use: the same input with the same options fails the same way, or somebody else does
    /// the work, and each restart would take it from the other again.
    #[must_use]
    pub fn is_permanent(self) -> bool {
        matches!(self, Kind::Config | Kind::Auth | Kind::Target | Kind::Data | Kind::Fenced)
    }

    /// True where the whole transaction may be sent again on the same session while its input still exists.
    #[must_use]
    pub fn is_retryable(self) -> bool {
        matches!(self, Kind::Contention)
    }
}

/// Kind, what failed, and why. Cheap to clone: a failure is stored once and thrown by every later call.
#[derive(Clone)]
pub struct Error {
    kind: Kind,
    what: String,
    sqlstate: Option<String>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error with our own words only. `what` must hold neither row values nor secrets.
    pub fn new(kind: Kind, what: impl Into<String>) -> Self {
        Error { kind, what: what.into(), sqlstate: None, source: None }
    }

    /// An error caused by another one; the cause's text is kept in the chain, so it must be free of values too.
    pub fn caused(
        kind: Kind,
        what: impl Into<String>,
        source: impl StdError + Send + Sync + 'static,
    ) -> Self {
        Error { kind, what: what.into(), sqlstate: None, source: Some(Arc::new(source)) }
    }

    /// What a server or the wire answered while we did `what` ("merge into \"public\".\"t\"").
    #[must_use]
    pub fn server(what: &str, error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(db) => {
                let (code, text) = (db.code().code(), format!("{what}: {}", without_values(db)));
                Error { sqlstate: Some(code.to_owned()), ..Error::new(kind_of_sqlstate(code), text) }
            }
            None => Error::caused(Kind::Connection, format!("{what}: the connection failed"), error),
        }
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What the server called it, where it was the server that had something against it.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        self.sqlstate.as_deref()
    }

    /// The same error with more context in front.
    #[must_use]
    pub fn context(mut self, what: &str) -> Self {
        self.what = format!("{what}: {}", self.what);
        self
    }

    /// Own text and the chain of causes on one line, as it is shown to a user.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut text = self.what.clone();
        let mut cause = self.source();
        while let Some(error) = cause {
            let part = error.to_string();
            if !text.ends_with(&part) {
                text.push_str(": ");
                text.push_str(&part);
            }
            cause = error.source();
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.chain())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|e| e as &(dyn StdError + 'static))
    }
}

/// The policy for what servers answer. Codes: PostgreSQL documentation, appendix A.
fn kind_of_sqlstate(code: &str) -> Kind {
    match code {
        "40001" | "40P01" | "55P03" => Kind::Contention,
        // invalid_password, invalid_authorization_specification; a missing role arrives as 28000 or 28P01.
        "28000" | "28P01" => Kind::Auth,
        // invalid_catalog_name (the database), undefined table/column/schema, insufficient_privilege.
        "3D000" | "42P01" | "42703" | "3F000" | "42501" => Kind::Target,
        // Shutdown, crash recovery, too many connections: another connection may do.
        "57P01" | "57P02" | "57P03" | "53300" => Kind::Connection,
        _ if code.starts_with("08") => Kind::Connection,
        // A value the target cannot store: the same row comes again after a restart.
        _ if code.starts_with("22") => Kind::Data,
        _ => Kind::Server,
    }
}

/// The server's words without row values: classes 22 and 23 and user-raised errors quote them in the message.
fn without_values(db: &DbError) -> String {
    let code = db.code().code();
    let quotes_values = code.starts_with("22") || code.starts_with("23") || code.starts_with("P0");
    let mut text = if quotes_values {
        format!("SQLSTATE {code}")
    } else {
        format!("{} (SQLSTATE {code})", db.message())
    };
    if db.message().contains("locking against self") {
        text.push_str(SELF_LOCK);
    }
    if let Some(column) = db.column().map(str::to_owned).or_else(|| copied_column(db)) {
        text.push_str(&format!(", column {column:?}"));
    }
    if let Some(constraint) = db.constraint() {
        text.push_str(&format!(", constraint {constraint:?}"));
    }
    text
}

/// What Greenplum means where a statement waits for a resource queue that its own session fills.
const SELF_LOCK: &str = ": no other session takes part in that. The resource queue of this user has a MEMORY_LIMIT (or \
                         MAX_COST) that is less than one statement needs: raise it, or lower statement_mem";

/// `COPY t, line 3, column c: "value"` or `COPY t, line 3, column c`: the column's name alone.
fn copied_column(db: &DbError) -> Option<String> {
    let place = db.where_()?.lines().find(|l| l.starts_with("COPY "))?;
    let column = place.split_once(", column ")?.1;
    Some(column.split_once(": \"").map_or(column, |(name, _)| name).to_owned())
}

/// What a caught panic said.
#[must_use]
pub fn panic_text(payload: &(dyn std::any::Any + Send)) -> &str {
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlstates_get_the_kind_that_decides_their_fate() {
        for (code, kind) in [
            ("40001", Kind::Contention),
            ("40P01", Kind::Contention),
            ("55P03", Kind::Contention),
            ("28P01", Kind::Auth),
            ("3D000", Kind::Target),
            ("42P01", Kind::Target),
            ("57P01", Kind::Connection),
            ("08006", Kind::Connection),
            ("22001", Kind::Data),
            ("23505", Kind::Server),
            ("57014", Kind::Server),
        ] {
            assert_eq!(kind_of_sqlstate(code), kind, "{code}");
        }
    }

    #[test]
    fn the_chain_names_every_cause_once() {
        let io = std::io::Error::other("connection reset");
        let error = Error::caused(Kind::Connection, "connecting to h:1", io).context("table t");
        assert_eq!(error.chain(), "table t: connecting to h:1: connection reset");
        assert_eq!(error.to_string(), "table t: connecting to h:1");
    }

    #[test]
    fn only_what_a_restart_cannot_mend_is_permanent() {
        let permanent = [Kind::Config, Kind::Auth, Kind::Target, Kind::Data, Kind::Fenced];
        for kind in
            [Kind::Connection, Kind::Contention, Kind::Server, Kind::Stalled, Kind::Closed, Kind::Internal]
        {
            assert!(!kind.is_permanent(), "{kind:?}");
        }
        assert!(permanent.iter().all(|k| k.is_permanent()));
    }
}
