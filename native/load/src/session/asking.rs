//! A connection to ask on outside of loading, and what a wait for an answer needs.
//!
//! Promise: no wait goes on for longer than the stall timeout, unless the statement is running; what the server has
//! against a statement is told apart from a connection that failed.

use std::future::Future;

use tokio_postgres::Error as PgError;

use super::connect::{Connected, Connector};
use super::patience::{Stall, watch, watch_steps};
use super::queue::LaneQueue;
use crate::error::Result;

/// Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Asking<'a> {
    pub(super) connector: &'a Connector,
    pub(super) connected: &'a Connected,
    /// Where it is marked that the connection stands still.
    pub(super) queue: &'a LaneQueue,
}

impl Asking<'_> {
    /// Waits for an answer.
    pub(super) async fn answer<T>(
        self,
        what: &str,
        asked: impl Future<Output = std::result::Result<T, PgError>>,
    ) -> Result<T> {
        let name = || what.to_owned();
        let answer = watch(self.connector, self.connected, self.queue, name, Stall::AskServer, asked);
        self.queue.quick(what, answer).await
    }

    /// Waits for the answers to several questions.
    pub(super) async fn answers<T>(self, what: &str, asked: impl Future<Output = Result<T>>) -> Result<T> {
        let name = || what.to_owned();
        let answer = watch_steps(self.connector, self.connected, self.queue, &name, Stall::AskServer, asked);
        self.queue.quick(what, answer).await
    }

    /// Runs statements without rows.
    pub(super) async fn execute(self, what: &str, sql: &str) -> Result<()> {
        self.answer(what, self.connected.client.batch_execute(sql)).await
    }

    /// The same; the inner error is what the server has against the statements.
    pub(super) async fn try_execute(self, what: &str, sql: &str) -> Result<std::result::Result<(), PgError>> {
        let asked = async {
            match self.connected.client.batch_execute(sql).await {
                Err(error) if error.as_db_error().is_none() => Err(error),
                answer => Ok(answer),
            }
        };
        self.answer(what, asked).await
    }
}
