//! Exactly-once's second half: publishes manifests, one after the other, each once.
//!
//! Promise: a manifest that is committed already is done, however often it comes; one that is not is published whole,
//! over all targets and writers, in one transaction with its entry in the ledger; while it is in doubt nothing is told.
//! What fails for a reason that may pass is tried again until the deadline, beginning with the ledger; the deadline is
//! on failing, never on the length of a merge. One connection, made for the first manifest.

mod absent_target;
mod cleanup;
mod definitions;
mod exclusion;
mod older_savepoint;
mod publish;
mod publish_plan;
mod retention;
mod succession;
mod whole_job;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::committable::Manifest;
use crate::connection::backoff::Backoff;
use crate::connection::connection::Connection;
use crate::connection::connector::Connector;
use crate::connection::grace::Known;
use crate::connection::retries::{Limit, Retries, is_collision};
use crate::delivery::merge_lock::AdvisoryLocks;
use crate::error::{Error, Kind, Result};
use crate::policy::{Fate, Situation};
use crate::spec::CommitSpec;
use crate::sql::LedgerSql;
use absent_target::Absent;
use definitions::Judged;
use exclusion::Exclusion;
use older_savepoint::OlderSavepoint;
pub(crate) use publish_plan::PublishPlan;

/// Pauses between tries.
const PAUSES: Backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(2));

fn of_manifest(error: Error, plan: &PublishPlan) -> Error {
    error.context(&format!("commit of manifest {}", plan.id()))
}

/// Whether the session goes on.
pub(crate) type Usable = Box<dyn Fn() -> Result<()> + Send + Sync>;

/// A sink's committer.
pub(crate) struct Committer {
    connector: Arc<Connector>,
    advisory_locks: Arc<AdvisoryLocks>,
    usable: Usable,
    spec: CommitSpec,
    ledger: LedgerSql,
    state: Mutex<State>,
}

impl std::fmt::Debug for Committer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Committer").field("ledger", &self.ledger).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct State {
    connection: Option<Connection>,
    /// The ledger is there.
    prepared: bool,
    /// The attempts of the last manifest, which is in the ledger.
    attempts: String,
    older_savepoint: OlderSavepoint,
    absent: Absent,
    judged: Judged,
    exclusion: Exclusion,
    last_cleanup: Option<LastCleanup>,
}

/// When the last cleanup was, and with the manifest of which attempts.
struct LastCleanup {
    at: Instant,
    attempts: String,
}

impl Committer {
    /// `usable` fails when nothing is to be published any more.
    ///
    /// # Errors
    /// Kind `Config` for a schema that cannot be a name.
    pub(crate) fn new(
        connector: Arc<Connector>,
        advisory_locks: Arc<AdvisoryLocks>,
        usable: Usable,
        spec: CommitSpec,
    ) -> Result<Arc<Self>> {
        let sink = &connector.spec().sink;
        let ledger = if spec.whole_job {
            LedgerSql::of_whole_job(&sink.staging_schema, &sink.id, &connector.spec().username)?
        } else {
            LedgerSql::new(&sink.staging_schema, &sink.id)?
        };
        Ok(Arc::new(Committer { spec, ledger, state: Mutex::default(), connector, advisory_locks, usable }))
    }

    /// What a manifest comes to.
    ///
    /// # Errors
    /// Kind `Internal` for bytes that are no manifest of this sink.
    pub(crate) fn plan(&self, manifest: &[u8]) -> Result<PublishPlan> {
        let manifest = Manifest::from_bytes(manifest)?;
        let sink = &self.connector.spec().sink.id;
        if let Some(other) = manifest.committables.iter().find(|committable| committable.sink != *sink) {
            let text = format!("a manifest of sink {} came to the committer of sink {sink}", other.sink);
            return Err(Error::new(Kind::Internal, text));
        }
        PublishPlan::new(&manifest)
    }

    /// Stops what the server does for a commit that was given up.
    pub(crate) async fn abort(&self) {
        if let Some(connection) = self.state.lock().await.connection.take() {
            let canceller = connection.canceller();
            drop(connection);
            canceller.cancel().await;
        }
    }

    /// Publishes it.
    pub(crate) async fn commit(&self, plan: PublishPlan) -> Result<()> {
        let mut state = self.state.lock().await;
        if plan.is_empty() && plan.attempts() == state.attempts {
            self.clean_up_if_due(&mut state, &plan).await;
            return Ok(());
        }
        let began = Instant::now();
        let mut retries = Retries::new(
            Situation::Publish,
            ("commit", "the commit"),
            (Limit::Period(self.spec.timeout), PAUSES),
            (&self.connector.grace, Known::Rows),
        );
        state.exclusion.settled();
        loop {
            let error = match Box::pin(self.try_once(&mut state, &plan)).await {
                Ok(()) => break,
                Err(error) => error.judged(Situation::Publish),
            };
            let in_place =
                error.kind() == Kind::Contention || error.fate() == Fate::Grace || is_collision(&error);
            let again = retries.decide(error);
            // A new connection begins with the ledger: the commit may have happened.
            if !in_place || !self.roll_back(&mut state).await {
                state.connection = None;
                state.prepared = false;
            }
            again.map_err(|error| of_manifest(error, &plan))?.wait().await;
        }
        let took = began.elapsed();
        if took > self.spec.timeout / 2 && !self.spec.whole_job {
            log::warn!(
                target: "commit",
                "the commit of {} rows took {took:?}, over half of the checkpoint timeout", plan.rows()
            );
        }
        state.attempts = plan.attempts().to_owned();
        if self.spec.whole_job {
            self.leave(&mut state, &plan).await;
        } else {
            self.clean_up_if_due(&mut state, &plan).await;
        }
        Ok(())
    }

    async fn roll_back(&self, state: &mut State) -> bool {
        let Some(connection) = &state.connection else { return false };
        connection.execute("roll back a commit", "ROLLBACK").await.is_ok()
    }
}
