//! What the connections of one session have in common: whose they are, and what their writer registered, staged and
//! learnt.

use std::sync::Arc;

use crate::connection::attempt::Attempt;
use crate::connection::connector::Connector;
use crate::connection::log_once::LogOnce;
use crate::delivery::guarantee::Guarantee;
use crate::delivery::merge::Merging;
use crate::delivery::merge::at_work::AtWork;
use crate::delivery::merge_lock::AdvisoryLocks;
use crate::error::Result;
use crate::open::create_table::Creations;
use crate::registration::fence::Fence;
use crate::registration::label::Label;
use crate::spec::{FenceMode, SessionSpec};

/// A writer attempt, or a committer.
pub(super) struct Writer {
    pub(super) connector: Arc<Connector>,
    pub(super) label: Label,
    pub(super) fence: Arc<Fence>,
    pub(super) guarantee: Guarantee,
    pub(super) advisory_locks: Arc<AdvisoryLocks>,
    pub(super) at_work: Arc<AtWork>,
    pub(super) creations: Creations,
}

impl Writer {
    /// # Errors
    /// Kind `Config` where trusted certificates cannot be read or a name of an own table cannot be one.
    pub(super) fn new(spec: SessionSpec, log_once: Arc<LogOnce>) -> Result<Self> {
        let attempt = Attempt::draw()?;
        let session_name = match spec.sink.fence {
            FenceMode::None => spec.application_name.clone(),
            _ => attempt.session_name(&spec.application_name),
        };
        Ok(Writer {
            label: Label::new(&spec.sink),
            fence: Arc::new(Fence::new(&spec, &attempt, Arc::clone(&log_once))?),
            guarantee: Guarantee::new(&spec.sink, &attempt)?,
            advisory_locks: Arc::default(),
            at_work: Arc::default(),
            creations: Creations::new(Arc::clone(&log_once)),
            connector: Arc::new(Connector::new(Arc::new(spec), session_name, log_once)?),
        })
    }

    /// What the merges of all its connections share.
    pub(super) fn merging(&self) -> Merging {
        Merging {
            fence: Arc::clone(&self.fence),
            advisory_locks: Arc::clone(&self.advisory_locks),
            connector: Arc::clone(&self.connector),
            at_work: Arc::clone(&self.at_work),
        }
    }

    pub(super) fn spec(&self) -> &SessionSpec {
        self.connector.spec()
    }
}
