//! The one error type of the loader: a small closed kind, what failed in our words, and the cause.
//!
//! The kind alone decides whether a restart can help ([`Kind::is_permanent`]). What a server answered gets its kind,
//! and whether it may be tried again, from [`crate::policy`] and what was being done. The text never holds a row value
//! or a password: server messages that quote values (SQLSTATE classes 22, 23 and user-raised ones) are replaced by
//! their code and the names of column and constraint.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use tokio_postgres::error::DbError;

pub use crate::kind::Kind;
use crate::policy::{self, Fate, Situation, Verdict};

/// Shorthand for results of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Kind, what failed, and why. Cheap to clone: a failure is stored once and thrown by every later call.
#[derive(Clone)]
pub struct Error {
    kind: Kind,
    what: String,
    sqlstate: Option<String>,
    /// Once it was judged.
    fate: Option<Fate>,
    /// Of what class a value is that cannot be stored, where that is the only cause.
    of_value: Option<&'static str>,
    /// It says already what a changed definition of a target did.
    of_definition: bool,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error with our own words only. `what` must hold neither row values nor secrets.
    pub fn new(kind: Kind, what: impl Into<String>) -> Self {
        Error {
            kind,
            what: what.into(),
            sqlstate: None,
            fate: None,
            of_value: None,
            of_definition: false,
            source: None,
        }
    }

    /// An error caused by another one; the cause's text is kept in the chain, so it must be free of values too.
    pub fn caused(
        kind: Kind,
        what: impl Into<String>,
        source: impl StdError + Send + Sync + 'static,
    ) -> Self {
        Error {
            kind,
            what: what.into(),
            sqlstate: None,
            fate: None,
            of_value: None,
            of_definition: false,
            source: Some(Arc::new(source)),
        }
    }

    /// What a server or the wire answered while we did `what` ("merge into \"public\".\"t\"").
    #[must_use]
    pub fn server(what: &str, error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(db) => {
                Error::new(Kind::Server, format!("{what}: {}", without_values(db))).like(db.code().code())
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

    /// The same error, to be judged like one that the server calls so.
    #[must_use]
    pub fn like(mut self, sqlstate: &str) -> Self {
        self.sqlstate = Some(sqlstate.to_owned());
        self
    }

    /// The same error, whose only cause is a value that the target cannot store: another row may pass. A server would
    /// call it `sqlstate`.
    #[must_use]
    pub fn of_one_value(mut self, sqlstate: &'static str) -> Self {
        self.of_value = Some(sqlstate);
        self
    }

    /// True where a value of one row is the only cause.
    #[must_use]
    pub fn is_of_one_value(&self) -> bool {
        self.of_value.is_some()
    }

    /// What a server would call that value's fault.
    #[must_use]
    pub fn value_sqlstate(&self) -> Option<&'static str> {
        self.of_value
    }

    /// The same error, which says what a changed definition of a target did.
    #[must_use]
    pub(crate) fn of_changed_definition(mut self) -> Self {
        self.of_definition = true;
        self
    }

    /// True where the error says that already.
    #[must_use]
    pub(crate) fn is_of_changed_definition(&self) -> bool {
        self.of_definition
    }

    /// The error as the policy has it for what was being done; the first judgement stays.
    #[must_use]
    pub fn judged(mut self, situation: Situation) -> Self {
        if self.fate.is_none() {
            let Verdict { kind, fate } = policy::judge(self.sqlstate(), self.kind, situation);
            (self.kind, self.fate) = (kind, Some(fate));
        }
        self
    }

    /// What becomes of it; of an error that was not judged, no more than that the job fails over or ends.
    #[must_use]
    pub fn fate(&self) -> Fate {
        self.fate.unwrap_or(if self.kind.is_permanent() { Fate::End } else { Fate::FailOver })
    }

    /// The same error, of something that never worked: waiting for it is no use.
    #[must_use]
    pub fn ending(mut self) -> Self {
        if self.fate() == Fate::Grace {
            self.fate = Some(Fate::End);
        }
        self
    }

    /// The same error with what to do about it.
    #[must_use]
    pub fn hint(mut self, text: &str) -> Self {
        self.what.push_str(text);
        self
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

/// The server's words without row values: classes 22 and 23 and user-raised errors quote them in the message.
fn without_values(db: &DbError) -> String {
    let code = db.code().code();
    let quotes_values = code.starts_with("22") || code.starts_with("23") || code.starts_with("P0");
    let mut text = if quotes_values {
        format!("SQLSTATE {code}")
    } else {
        format!("{} (SQLSTATE {code})", db.message())
    };
    // Its SQLSTATE is that of every deadlock: the words alone tell it.
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
    fn the_first_judgement_stays() {
        let error = || Error::new(Kind::Server, "merge").like("42P01");
        assert_eq!((error().kind(), error().fate()), (Kind::Server, Fate::FailOver));
        let merged = error().judged(Situation::Merge).judged(Situation::Copy);
        assert_eq!((merged.kind(), merged.fate()), (Kind::Target, Fate::Grace));
        assert_eq!(merged.ending().fate(), Fate::End);
        let copied = error().judged(Situation::Copy).judged(Situation::Merge).ending();
        assert_eq!((copied.kind(), copied.fate()), (Kind::Server, Fate::FailOver));
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
