//! Is it tried again? The one place where that is decided of an error, by its fate and what was tried before.
//!
//! Promise: what passes is tried again as often, or for as long, as the situation allows; a key that was there already,
//! a few times; what worked once, for the grace period, with one warning that names it. Everything else is given back
//! as the error that ends it. What must be undone before the next try is the business of whoever meets the error,
//! between [`Retries::decide`] and [`Again::wait`].

use std::time::{Duration, Instant};

use log::Level;

use crate::connection::backoff::Backoff;
use crate::connection::grace::{Grace, Known};
use crate::connection::log_once::Fault;
use crate::error::{Error, Result};
use crate::policy::{Fate, Situation};

/// How often a merge is repeated that ran into a key which another writer inserted meanwhile: the next one deletes that
/// row, with others locked out. What it still runs into then is the rows' own fault.
const COLLISIONS: u32 = 3;

/// Pauses of the grace period.
const GRACE: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));

/// A key was there already: its own rows' fault, or another writer has just brought it.
pub(crate) fn is_collision(error: &Error) -> bool {
    error.sqlstate() == Some("23505")
}

/// How long what passes is tried again.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    Times(u32),
    /// From the first failure on.
    Period(Duration),
}

/// One thing that is done, and done again while that can help.
#[derive(Debug)]
pub(crate) struct Retries<'a> {
    situation: Situation,
    /// Where it is logged, and as what.
    told: (&'static str, &'static str),
    limit: Limit,
    backoff: Backoff,
    grace: &'a Grace,
    known: Known,
    times: u32,
    collisions: u32,
    since: Option<Instant>,
    graced: Option<Graced>,
}

/// A time of grace.
#[derive(Debug)]
struct Graced {
    began: Instant,
    pauses: Backoff,
    /// While it is not over, nobody else says it again.
    _fault: Fault,
}

impl<'a> Retries<'a> {
    /// `told`: the target of the log, and what is repeated; `known`: what must have worked for a time of grace.
    pub(crate) fn new(
        situation: Situation,
        told: (&'static str, &'static str),
        (limit, backoff): (Limit, Backoff),
        (grace, known): (&'a Grace, Known),
    ) -> Self {
        let (times, collisions, since, graced) = (0, 0, None, None);
        Retries { situation, told, limit, backoff, grace, known, times, collisions, since, graced }
    }

    /// What becomes of an error.
    ///
    /// # Errors
    /// The error, where nothing is tried again.
    pub(crate) fn decide(&mut self, error: Error) -> Result<Again> {
        let error = error.judged(self.situation);
        let since = *self.since.get_or_insert_with(Instant::now);
        match error.fate() {
            Fate::Retry if self.may_repeat(&error, since) => {
                self.times += 1;
                self.collisions += u32::from(is_collision(&error));
                let pause = self.backoff.pause();
                let (target, what) = self.told;
                let text = format!("{}; {what} is repeated in {pause:?}", error.chain());
                Ok(Again { pause, told: Some((Level::Warn, target, text)) })
            }
            Fate::Grace if self.grace.knows(self.known) => self.grace_of(error),
            _ => Err(error.ending()),
        }
    }

    fn may_repeat(&self, error: &Error, since: Instant) -> bool {
        let left = match self.limit {
            Limit::Times(times) => self.times < times,
            Limit::Period(period) => since.elapsed() < period,
        };
        left && (!is_collision(error) || self.collisions < COLLISIONS)
    }

    fn grace_of(&mut self, error: Error) -> Result<Again> {
        let period = self.grace.period();
        if period.is_zero() {
            return Err(error.ending());
        }
        let option = format!("option 'sink.recovery.grace-period' = {period:?}");
        let Some(Graced { began, pauses, .. }) = &mut self.graced else {
            let mut pauses = GRACE;
            let pause = pauses.pause().min(period);
            let (fault, first) = self.grace.log_once().meets(error.chain());
            self.graced = Some(Graced { began: Instant::now(), pauses, _fault: fault });
            let text = format!("{}; it worked before, so it is tried again ({option})", error.chain());
            let level = if first { Level::Warn } else { Level::Debug };
            return Ok(Again { pause, told: Some((level, "grace", text)) });
        };
        let failing = began.elapsed();
        if failing >= period {
            let text = format!("it worked before and has failed for {failing:.0?} now ({option})");
            return Err(error.context(&text).ending());
        }
        Ok(Again { pause: pauses.pause().min(period - failing), told: None })
    }
}

/// It is tried again.
#[derive(Debug)]
#[must_use]
pub(crate) struct Again {
    pause: Duration,
    told: Option<(Level, &'static str, String)>,
}

impl Again {
    /// Says so, and waits until it is time.
    pub(crate) async fn wait(self) {
        if let Some((level, target, text)) = self.told {
            log::log!(target: target, level, "{text}");
        }
        tokio::time::sleep(self.pause).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn retries(grace: &Grace, limit: Limit) -> Retries<'_> {
        let backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(2));
        Retries::new(Situation::Merge, ("flush", "the merge"), (limit, backoff), (grace, Known::Table))
    }

    fn like(sqlstate: &str) -> Error {
        Error::new(Kind::Server, "merge").like(sqlstate)
    }

    #[test]
    fn what_passes_is_repeated_as_often_as_allowed_and_a_collision_three_times() {
        let grace = Grace::of(Duration::ZERO, true);
        let mut some = retries(&grace, Limit::Times(4));
        for pause in [50, 100, 200] {
            assert_eq!(some.decide(like("23505")).expect("again").pause, Duration::from_millis(pause));
        }
        assert_eq!(some.decide(like("23505")).expect_err("a fourth collision").kind(), Kind::Server);
        let again = some.decide(like("40P01")).expect("a deadlock is none");
        assert_eq!(
            again.told.map(|(_, _, text)| text),
            Some("merge; the merge is repeated in 400ms".to_owned())
        );
        assert!(some.decide(like("40P01")).is_err(), "a fifth time");
        let mut none = retries(&grace, Limit::Period(Duration::ZERO));
        assert!(none.decide(like("40P01")).is_err());
    }

    #[test]
    fn what_worked_once_has_its_time_of_grace_and_nothing_else_has() {
        let grace = Grace::of(Duration::from_secs(60), true);
        let mut known = retries(&grace, Limit::Times(0));
        let first = known.decide(like("42P01")).expect("again");
        assert!(first.told.is_some_and(|(_, _, text)| text.contains("it worked before")));
        assert!(known.decide(like("42P01")).expect("again").told.is_none(), "told once");
        assert!(known.decide(like("57P01")).is_err(), "fails over");
        let grace = Grace::of(Duration::from_secs(60), false);
        let error = retries(&grace, Limit::Times(9)).decide(like("42P01")).expect_err("never worked");
        assert_eq!(error.fate(), Fate::End);
        let grace = Grace::of(Duration::ZERO, true);
        assert!(retries(&grace, Limit::Times(9)).decide(like("42P01")).is_err());
    }
}
