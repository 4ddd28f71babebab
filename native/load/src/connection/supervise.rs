//! A task of a session: it runs until it is done or the session is closed, and nothing of how it ended is lost.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use tokio::sync::watch;

use crate::error::{Error, Kind, Result, panic_text};

/// What the work came to, a panic being an error; nothing where the session was closed before.
pub(crate) async fn until_closed<T>(
    mut closing: watch::Receiver<bool>,
    who: &str,
    work: impl Future<Output = Result<T>>,
) -> Option<Result<T>> {
    tokio::select! {
        biased;
        _ = closing.wait_for(|closing| *closing) => None,
        outcome = AssertUnwindSafe(work).catch_unwind() => Some(outcome.unwrap_or_else(|panic| {
            Err(Error::new(Kind::Internal, format!("{who} panicked: {}", panic_text(&*panic))))
        })),
    }
}
