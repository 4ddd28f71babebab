//! The tokio runtime of this image: made with the first session, ended with the last one.

use std::time::Duration;

use parking_lot::Mutex;
use pieload::{Error, Kind, Result};
use tokio::runtime::{Builder, Handle, Runtime};

/// Two threads keep the sockets of several writers busy; the server is the limit, not we.
const THREADS: usize = 2;

/// How long the end may wait for threads; tasks are dropped at their next step, so this is rarely used up.
const END_WAIT: Duration = Duration::from_millis(100);

struct Shared {
    runtime: Runtime,
    users: usize,
}

static RUNTIME: Mutex<Option<Shared>> = Mutex::new(None);

/// A handle for one more session; pair it with [`release`].
pub(crate) fn acquire() -> Result<Handle> {
    let mut slot = RUNTIME.lock();
    if let Some(shared) = &mut *slot {
        shared.users += 1;
        return Ok(shared.runtime.handle().clone());
    }
    let runtime = Builder::new_multi_thread()
        .worker_threads(THREADS)
        .thread_name("pieclouddb-io")
        .enable_io()
        .enable_time()
        .build()
        .map_err(|e| Error::caused(Kind::Internal, "starting the native threads", e))?;
    let handle = runtime.handle().clone();
    *slot = Some(Shared { runtime, users: 1 });
    Ok(handle)
}

/// Gives a handle back; the last one ends the runtime and its threads.
pub(crate) fn release() {
    let mut slot = RUNTIME.lock();
    let Some(shared) = &mut *slot else { return };
    shared.users -= 1;
    if shared.users == 0
        && let Some(last) = slot.take()
    {
        drop(slot);
        last.runtime.shutdown_timeout(END_WAIT);
    }
}
