//! How long a connection waits for its server, and what is known of the wait meanwhile.
//!
//! Promise: every wait ends. It goes on while enough bytes pass (see [`Pace`]), and beyond the stall timeout only as
//! long as the server, asked over a short connection beside the pool, says that our statement is running: not one that
//! waits for us, since then our bytes are lost, nor one that has ended, since then its answer is. The question is part
//! of the stall timeout: a server that does not answer it either is waited for no longer. Every such error says what
//! was waited for and what the server said. A connection that has waited for a second in vain is marked, so that other
//! tables go around it.

use std::future::Future;
use std::time::{Duration, Instant};

use futures_util::TryFutureExt;

use crate::connection::activity::Activity;
use crate::connection::login::Login;
use crate::connection::progress::Progress;
use crate::connection::stuck::Stuck;
use crate::error::{Error, Kind, Result};
use crate::spec::SessionSpec;

/// A silence after which a connection counts as one that stands still, and the time that an answer may be on its way
/// after the server has given it.
const STUCK_AFTER: Duration = Duration::from_secs(1);

/// Bytes a second, on average over the stall timeout, below which a connection counts as silent: a peer that passes one
/// byte a second would else keep a wait alive for days.
const LEAST_PACE: u64 = 100;

/// So many stall timeouts pass at most while the server lives but does not say whether it waits for us.
const IN_DOUBT: u32 = 3;

/// The question has this time at least, however short the stall timeout is: it takes a login.
const LEAST_FOR_QUESTION: Duration = Duration::from_secs(5);

/// When a silent wait asks the server, and for how long.
struct Question {
    after: Duration,
    within: Duration,
}

impl Question {
    fn of(spec: &SessionSpec) -> Self {
        let limit = spec.stall_timeout;
        // The answer to our statement may still be on its way when the question is answered.
        let time = (limit / 3).min(spec.connection_timeout + STUCK_AFTER);
        let within = time.saturating_sub(STUCK_AFTER).max(LEAST_FOR_QUESTION).min(spec.connection_timeout);
        Question { after: limit - time, within }
    }
}

/// What a silence of the stall timeout means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stall {
    /// Nothing moves although we have data to send.
    Fatal,
    /// A statement may take long without a byte.
    AskServer,
}

/// The connection that waits.
#[derive(Clone, Copy)]
pub(crate) struct Watched<'a> {
    pub(crate) login: &'a Login,
    pub(crate) progress: &'a Progress,
    pub(crate) backend_pid: i32,
    pub(crate) stuck: &'a Stuck,
}

/// Since when less passes than a living connection would let pass.
struct Pace<'a> {
    progress: &'a Progress,
    enough: u64,
    passed: u64,
    since: Instant,
}

impl<'a> Pace<'a> {
    fn begin(progress: &'a Progress, limit: Duration) -> Self {
        progress.touch();
        let enough = limit.as_millis().saturating_mul(u128::from(LEAST_PACE)) / 1000;
        let enough = u64::try_from(enough).unwrap_or(u64::MAX).max(1);
        Pace { progress, enough, passed: progress.passed(), since: Instant::now() }
    }

    fn silence(&mut self) -> Duration {
        let passed = self.progress.passed();
        if passed - self.passed >= self.enough {
            self.passed = passed;
            self.since = self.progress.last();
        }
        self.since.elapsed()
    }

    /// The server gave another sign of life.
    fn restart(&mut self) {
        self.progress.touch();
        self.passed = self.progress.passed();
        self.since = Instant::now();
    }
}

/// Waits for an answer; `what` is for messages ("COPY for \"s\".\"t\"").
pub(crate) async fn with_stall_timeout<T>(
    watched: Watched<'_>,
    what: impl Fn() -> String,
    stall: Stall,
    asked: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
) -> Result<T> {
    let Watched { login, progress, backend_pid, stuck } = watched;
    let asked = asked.map_err(|error| Error::server(&what(), error));
    let limit = login.spec().stall_timeout;
    let mut asked = std::pin::pin!(asked);
    let mut guard = None;
    let began = Instant::now();
    let mut pace = Pace::begin(progress, limit);
    let question = Question::of(login.spec());
    let due = if stall == Stall::AskServer { question.after } else { limit };
    let mut in_doubt = 0;
    loop {
        let mut left = due.saturating_sub(pace.silence());
        if guard.is_none() {
            left = left.min(STUCK_AFTER.saturating_sub(progress.silence()));
        }
        tokio::select! {
            answer = &mut asked => return answer,
            () = tokio::time::sleep(left.max(Duration::from_millis(1))) => {}
        }
        if progress.silence() >= STUCK_AFTER && guard.is_none() {
            guard = Some(stuck.set());
        }
        if pace.silence() < due {
            continue;
        }
        let mut told = String::new();
        if stall == Stall::AskServer {
            let activity = tokio::select! {
                biased;
                answer = &mut asked => return answer,
                // On the heap: it makes a connection, and each wait of ours would have room for one on the stack.
                activity = Box::pin(Activity::of(login, backend_pid, question.within)) => activity,
            };
            let goes_on = match &activity {
                Activity::Runs { .. } => true,
                Activity::InDoubt(_) => in_doubt < IN_DOUBT,
                Activity::Over(_) => false,
            };
            if goes_on {
                in_doubt = if matches!(activity, Activity::Runs { .. }) { 0 } else { in_doubt + 1 };
                log::warn!(target: "wait", "{}: {activity}, for {:?}", what(), began.elapsed());
                pace.restart();
                continue;
            }
            // What ended a moment ago is answered a moment later.
            let left = limit.saturating_sub(pace.silence()).max(STUCK_AFTER);
            if let Ok(answer) = tokio::time::timeout(left, &mut asked).await {
                return answer;
            }
            if pace.silence() < limit {
                continue;
            }
            told = format!("; {activity}");
        }
        let waited = began.elapsed();
        let text = format!(
            "{}: no answer after {waited:?}, and hardly a byte for {limit:?} (option 'sink.stall-timeout'){told}",
            what()
        );
        return Err(Error::new(Kind::Stalled, text));
    }
}
