//! Session ids: what Java holds instead of pointers. An id is never used twice; a closed one is a typed error. Routers
//! draw their ids from the same numbers.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use parking_lot::RwLock;
use pieload::session::Session;
use pieload::spec::SessionSpec;
use pieload::{Error, Kind, Result};

use crate::runtime;

/// How long a close may wait for the session's task.
const CLOSE_WAIT: Duration = Duration::from_millis(100);

static NEXT: AtomicI64 = AtomicI64::new(1);
static SESSIONS: RwLock<Option<HashMap<i64, Arc<Session>>>> = RwLock::new(None);

/// An id that nobody had.
pub(crate) fn next_id() -> i64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Opens a session and returns its id.
pub(crate) fn open(spec: SessionSpec) -> Result<i64> {
    let handle = runtime::acquire()?;
    let session = Session::open(spec, &handle).inspect_err(|_| runtime::release())?;
    let id = next_id();
    SESSIONS.write().get_or_insert_default().insert(id, Arc::new(session));
    Ok(id)
}

/// The session of an id.
pub(crate) fn get(id: i64) -> Result<Arc<Session>> {
    let sessions = SESSIONS.read();
    let session = sessions.as_ref().and_then(|open| open.get(&id)).map(Arc::clone);
    session.ok_or_else(|| Error::new(Kind::Closed, "the session is closed"))
}

/// Closes the session of an id; unknown and closed ids are fine.
pub(crate) fn close(id: i64) {
    let session = SESSIONS.write().as_mut().and_then(|open| open.remove(&id));
    if let Some(session) = session {
        session.close(CLOSE_WAIT);
        if cfg!(feature = "failpoints") && !session.has_ended() {
            release_when_ended(session);
        } else {
            drop(session);
            runtime::release();
        }
    }
}

/// Of a task that a test holds at a failpoint, the thread that it ran on is another's now, and the end of the runtime
/// does not wait for it as it does for those that a task really works on: it would go on without a runtime, and panic.
fn release_when_ended(session: Arc<Session>) {
    std::thread::spawn(move || {
        while !session.has_ended() {
            std::thread::sleep(Duration::from_millis(5));
        }
        drop(session);
        runtime::release();
    });
}

/// Closes whatever is still open.
pub(crate) fn close_all() {
    let ids: Vec<i64> =
        SESSIONS.read().as_ref().map(|open| open.keys().copied().collect()).unwrap_or_default();
    ids.into_iter().for_each(close);
}

#[cfg(test)]
#[path = "sessions_tests.rs"]
mod tests;
