//! A fault that passes is not the end: what worked once is given time to work again.
//!
//! A role that may not log in for some seconds, a password that is changed on both sides, a target that is swapped by
//! RENAME: the same had worked a moment ago. Promise: it is tried again with growing pauses for the grace period, with one
//! warning that names it, however many connections and writers of the sink meet it, and then the job ends with an error that says for how long it has failed. What never worked, in
//! this attempt or an earlier one, is given no time.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use log::Level;
use parking_lot::Mutex;

use super::told::{Fault, Told};
use crate::error::{Error, Result};
use crate::policy::Situation;
use crate::spec::{SessionSpec, TableSpec};

/// Pauses double from here.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Schema and name of a table.
type Name = (String, String);

/// What is known to have worked.
#[derive(Debug)]
pub(super) struct Grace {
    period: Duration,
    told: Arc<Told>,
    /// In an earlier attempt: of that nothing else is known.
    before: bool,
    login: AtomicBool,
    tables: Mutex<HashSet<Name>>,
}

impl Grace {
    pub(super) fn new(spec: &SessionSpec, told: Arc<Told>) -> Self {
        Grace {
            period: spec.grace_period,
            told,
            before: spec.worked_before,
            login: AtomicBool::new(false),
            tables: Mutex::default(),
        }
    }

    /// A load session was made.
    pub(super) fn logged_in(&self) {
        self.login.store(true, Ordering::Relaxed);
    }

    /// A load session could be made once.
    pub(super) fn knows_login(&self) -> bool {
        self.before || self.login.load(Ordering::Relaxed)
    }

    /// The table can be loaded.
    pub(super) fn opened(&self, spec: &TableSpec) {
        self.tables.lock().insert((spec.schema.clone(), spec.table.clone()));
    }

    /// The error of a table: there is no use in waiting for one that could never be loaded.
    pub(super) fn of_table(&self, error: Error, situation: Situation, spec: &TableSpec) -> Error {
        let error = error.judged(situation);
        let known = self.before || self.tables.lock().contains(&(spec.schema.clone(), spec.table.clone()));
        if known { error } else { error.ending() }
    }

    /// Any table could be loaded once.
    pub(super) fn knows_tables(&self) -> bool {
        self.before || !self.tables.lock().is_empty()
    }
}

/// One thing that worked once, while it fails.
#[derive(Debug, Default)]
pub(super) struct Failing {
    began: Option<Instant>,
    pause: Duration,
    /// While it is not over, nobody else says it again.
    fault: Option<Fault>,
}

impl Failing {
    /// Waits until it is to be tried again.
    ///
    /// # Errors
    /// The error, where the period is over or there is none.
    pub(super) async fn again(&mut self, grace: &Grace, error: Error) -> Result<()> {
        if grace.period.is_zero() {
            return Err(error.ending());
        }
        let period = grace.period;
        let option = format!("option 'sink.recovery.grace-period' = {period:?}");
        let Some(began) = self.began else {
            self.began = Some(Instant::now());
            self.pause = FIRST_PAUSE.min(period);
            let (fault, first) = grace.told.meets(error.chain());
            self.fault = Some(fault);
            let level = if first { Level::Warn } else { Level::Debug };
            log::log!(target: "grace", level, "{}; it worked before, so it is tried again ({option})", error.chain());
            tokio::time::sleep(self.pause).await;
            return Ok(());
        };
        let failing = began.elapsed();
        if failing >= period {
            let text = format!("it worked before and has failed for {failing:.0?} now ({option})");
            return Err(error.context(&text).ending());
        }
        self.pause = (self.pause * 2).min(LONGEST_PAUSE).min(period - failing);
        tokio::time::sleep(self.pause).await;
        Ok(())
    }
}
