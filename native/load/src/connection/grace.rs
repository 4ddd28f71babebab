//! A fault that passes is not the end: what worked once is given time to work again ([`crate::connection::retries`]).
//!
//! A role that may not log in for some seconds, a password that is changed on both sides, a target that is swapped by
//! RENAME: the same had worked a moment ago. Promise: it is tried again with growing pauses for the grace period, with
//! one warning that names it, however many connections and writers of the sink meet it, and then the job ends with an
//! error that says for how long it has failed. What never worked, in this attempt or an earlier one, is given no time.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use crate::connection::log_once::LogOnce;
use crate::error::Error;
use crate::policy::Situation;
use crate::spec::{SessionSpec, TableSpec};

/// Schema and name of a table.
type Name = (String, String);

/// What is known to have worked.
#[derive(Debug)]
pub(crate) struct Grace {
    period: Duration,
    log_once: Arc<LogOnce>,
    /// In an earlier attempt: of that nothing else is known.
    before: bool,
    login: AtomicBool,
    tables: Mutex<HashSet<Name>>,
}

impl Grace {
    pub(crate) fn new(spec: &SessionSpec, log_once: Arc<LogOnce>) -> Self {
        Grace {
            period: spec.grace_period,
            log_once,
            before: spec.worked_before,
            login: AtomicBool::new(false),
            tables: Mutex::default(),
        }
    }

    /// A load session was made.
    pub(crate) fn logged_in(&self) {
        self.login.store(true, Ordering::Relaxed);
    }

    /// The table can be loaded.
    pub(crate) fn opened(&self, spec: &TableSpec) {
        self.tables.lock().insert((spec.schema.clone(), spec.table.clone()));
    }

    /// The error of a table: there is no use in waiting for one that could never be loaded.
    pub(crate) fn of_table(&self, error: Error, situation: Situation, spec: &TableSpec) -> Error {
        let error = error.judged(situation);
        let known = self.before || self.tables.lock().contains(&(spec.schema.clone(), spec.table.clone()));
        if known { error } else { error.ending() }
    }

    /// What the sink has told.
    pub(crate) fn log_once(&self) -> &Arc<LogOnce> {
        &self.log_once
    }

    /// So long what worked once is tried again.
    pub(crate) fn period(&self) -> Duration {
        self.period
    }

    /// It worked once, in this attempt or an earlier one.
    pub(crate) fn knows(&self, known: Known) -> bool {
        self.before
            || match known {
                Known::Login => self.login.load(Ordering::Relaxed),
                Known::Table => !self.tables.lock().is_empty(),
                Known::Rows => true,
            }
    }

    #[cfg(test)]
    pub(crate) fn of(period: Duration, before: bool) -> Self {
        Grace {
            period,
            log_once: Arc::default(),
            before,
            login: AtomicBool::new(false),
            tables: Mutex::default(),
        }
    }
}

/// What may have worked once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Login,
    /// Some table could be loaded.
    Table,
    /// Rows were stored, which are to become visible now.
    Rows,
}
