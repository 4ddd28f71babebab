//! Who a session is among the writers of its sink, what the sink guarantees, and where it keeps tables of its own.
//!
//! With `sink.delivery-guarantee` = `exactly-once` four keys more are expected (`commit-timeout` and the options of recovery and
//! retention), else none of them. A committer's session has the same text as a writer's; its number does not matter.

use std::time::Duration;

use super::session::millis;
use super::{Entries, config};
use crate::error::Result;

/// What is to happen where the fence against earlier writer attempts cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FenceMode {
    /// Go on without it, and say what that risks.
    Auto,
    /// Refuse to load.
    Required,
    /// There is none, and nothing is created for it.
    None,
}

/// What is promised of a checkpoint's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarantee {
    /// Visible when they are flushed; a replay repeats them.
    AtLeastOnce,
    /// Staged when they are flushed, published by a committer, each once.
    ExactlyOnce(CommitSpec),
}

/// What exactly-once needs beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitSpec {
    /// How long a commit that fails is tried again.
    pub timeout: Duration,
    /// Leave out rows whose staging table is gone or differs, instead of failing.
    pub skip_missing: bool,
    /// How long the ledger remembers a manifest.
    pub ledger_retention: Duration,
    /// How long rows that a failed attempt staged are kept for savepoints.
    pub staging_retention: Duration,
}

/// The sink that a session works for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinkSpec {
    /// Its UUID: 32 lower-case hexadecimal digits.
    pub id: String,
    /// Schema of the connector's own permanent tables.
    pub staging_schema: String,
    /// Which of the sink's writers this is, from 0.
    pub subtask: u32,
    /// The fence.
    pub fence: FenceMode,
    /// The guarantee.
    pub guarantee: Guarantee,
}

impl SinkSpec {
    pub(super) fn read(entries: &mut Entries) -> Result<Self> {
        Ok(SinkSpec {
            id: id(&entries.required("sink.id")?)?,
            staging_schema: entries.required("sink.staging-schema")?,
            subtask: entries.parsed("writer.subtask", "a number of a writer")?,
            fence: entries.one_of(
                "sink.fence",
                &[("auto", FenceMode::Auto), ("required", FenceMode::Required), ("none", FenceMode::None)],
            )?,
            guarantee: guarantee(entries)?,
        })
    }
}

fn guarantee(entries: &mut Entries) -> Result<Guarantee> {
    let choices = [("at-least-once", false), ("exactly-once", true)];
    if !entries.one_of("sink.delivery-guarantee", &choices)? {
        return Ok(Guarantee::AtLeastOnce);
    }
    Ok(Guarantee::ExactlyOnce(CommitSpec {
        timeout: millis(entries, "commit-timeout")?,
        skip_missing: entries.one_of("sink.recovery.missing-staging", &[("fail", false), ("skip", true)])?,
        ledger_retention: millis(entries, "sink.ledger.retention")?,
        staging_retention: millis(entries, "sink.staging.retention")?,
    }))
}

fn id(text: &str) -> Result<String> {
    let digits: String = text.chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).collect();
    if digits.len() != 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(config("option 'sink.id' must be a UUID".to_owned()));
    }
    Ok(digits)
}
