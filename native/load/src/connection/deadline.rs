//! The deadline of several steps together, as of one attempt to connect, however slowly each answers.
//!
//! Promise: no step goes on beyond it, not even one whose answer drips in, and the error names the step.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use crate::error::{Error, Kind, Result};

/// Begins when it is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    at: Instant,
    limit: Duration,
    /// Where it comes from.
    option: &'static str,
}

impl Deadline {
    pub(crate) fn new(limit: Duration, option: &'static str) -> Self {
        Deadline { at: Instant::now() + limit, limit, option }
    }

    /// Waits for the answer to one statement.
    pub(crate) async fn answer<T>(
        self,
        what: &str,
        asked: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
    ) -> Result<T> {
        self.step(what, async { asked.await.map_err(|error| Error::server(what, error)) }).await
    }

    /// Waits for a step to be done.
    ///
    /// # Errors
    /// Kind `Connection` where the time is over.
    pub(crate) async fn step<T>(self, what: &str, step: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::time::timeout_at(self.at, step).await.unwrap_or_else(|_late| {
            let Deadline { limit, option, .. } = self;
            Err(Error::new(
                Kind::Connection,
                format!("{what}: no answer within {limit:?} (option '{option}')"),
            ))
        })
    }
}
