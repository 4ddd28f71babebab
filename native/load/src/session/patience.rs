//! How long a connection waits for its server, and what is known of the wait meanwhile.
//!
//! Promise: no wait goes on for longer than the stall timeout without one byte in or out, unless the server, asked over
//! a short connection beside the pool, says that our statement is still running; every such error says what was waited
//! for. A connection that has waited for a second in vain is marked, so that other tables go around it.

use std::future::Future;
use std::time::{Duration, Instant};

use super::connect::{Connected, Connector};
use super::queue::LaneQueue;
use crate::error::{Error, Kind, Result};

/// A silence after which a connection counts as one that stands still.
const STUCK_AFTER: Duration = Duration::from_secs(1);

/// What a silence of the stall timeout means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stall {
    /// Nothing moves although we have data to send.
    Fatal,
    /// A statement may take long without a byte.
    AskServer,
}

/// Takes the mark away however the wait ends.
struct Mark<'a> {
    queue: &'a LaneQueue,
    set: bool,
}

impl Drop for Mark<'_> {
    fn drop(&mut self) {
        if self.set {
            self.queue.waits_for(None);
        }
    }
}

/// Waits for `asked`; `what` is for messages ("COPY for \"s\".\"t\"").
pub(super) async fn watch<T>(
    connector: &Connector,
    connected: &Connected,
    queue: &LaneQueue,
    what: impl Fn() -> String,
    stall: Stall,
    asked: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
) -> Result<T> {
    let limit = connector.spec().stall_timeout;
    let mut asked = std::pin::pin!(asked);
    let mut mark = Mark { queue, set: false };
    let began = Instant::now();
    connected.progress.touch();
    loop {
        let next = if mark.set { limit } else { limit.min(STUCK_AFTER) };
        let left = next.saturating_sub(connected.progress.silence()).max(Duration::from_millis(1));
        tokio::select! {
            answer = &mut asked => return answer.map_err(|error| Error::server(&what(), error)),
            () = tokio::time::sleep(left) => {}
        }
        let silence = connected.progress.silence();
        if silence >= STUCK_AFTER && !mark.set {
            mark.set = true;
            queue.waits_for(Some(what()));
        }
        if silence < limit {
            continue;
        }
        if stall == Stall::AskServer && connector.is_running(connected.backend_pid).await {
            log::warn!(target: "wait", "{}: the server has been at it for {:?}", what(), began.elapsed());
            connected.progress.touch();
            continue;
        }
        let text = format!("{}: no byte and no answer for {limit:?} (option 'sink.stall-timeout')", what());
        return Err(Error::new(Kind::Stalled, text));
    }
}
