//! Who a session is among the writers of its sink, what the sink guarantees, and where it keeps tables of its own.
//!
//! With `sink.delivery-guarantee` = `exactly-once` four keys more are expected (`commit-timeout` and the options of
//! recovery and retention), else none of them; `commit.whole-job` = `true` stands beside them for the committer of a
//! BATCH job, which commits once and leaves no table of its own. A committer's session has the same text as a writer's;
//! its number does not matter.
//!
//! With `at-least-once` there may be `recovered.0`, `recovered.1` and so on, each the bytes of a committable as
//! lower-case hexadecimal digits: the last ones of exactly-once writers in whose place this session stands after a
//! restore. A committer, another session, publishes them meanwhile; before the first table opens, the session waits
//! until it has published what they merge. Later rows of the same keys would otherwise be replaced by earlier ones. It
//! waits no longer than `sink.stall-timeout`. What they append is not waited for, since it does not matter what is
//! added first.
//!
//! `sink.label` (option `sink.label-prefix`) may be there with either guarantee: the names of this sink's sessions then
//! begin with the label, [`SINK_DIGITS`] digits of the sink's id, and two further parts, with `-` between. Before the
//! first table opens, no session of another sink may be there that is named like that. A server that does not show the
//! names of other users' sessions shows no other sink either.

use std::time::Duration;

use super::entries::{Entries, config, millis};
use crate::committable::Committable;
use crate::error::{Error, Kind, Result};
use crate::ident::cut_off;

/// So many digits of a sink's id are in the names of its sessions.
pub const SINK_DIGITS: usize = 8;

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

impl Guarantee {
    /// What a committer needs to know, where there is one.
    #[must_use]
    pub fn commit(self) -> Option<CommitSpec> {
        match self {
            Guarantee::AtLeastOnce => None,
            Guarantee::ExactlyOnce(commit) => Some(commit),
        }
    }

    /// How many committers a sink has beside its writers.
    #[must_use]
    pub fn committers(self) -> usize {
        usize::from(self.commit().is_some())
    }

    /// Exactly-once looks at the fence for the attempts that live, so it has one whatever the option says; its
    /// committer keeps dead attempts out.
    fn fence(self, option: FenceMode) -> FenceMode {
        match self {
            Guarantee::AtLeastOnce => option,
            Guarantee::ExactlyOnce(_) => FenceMode::Required,
        }
    }
}

/// What exactly-once needs beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitSpec {
    /// How long a commit that fails is tried again.
    pub timeout: Duration,
    /// The job commits once, at its end, as BATCH jobs do.
    pub whole_job: bool,
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
    /// What the names of its sessions begin with, where no other sink may have the same.
    pub label: Option<String>,
    /// Schema of the connector's own permanent tables.
    pub staging_schema: String,
    /// Which of the sink's writers this is, from 0.
    pub subtask: u32,
    /// The fence; exactly-once requires one.
    pub fence: FenceMode,
    /// The guarantee.
    pub guarantee: Guarantee,
    /// What exactly-once writers handed over last, in whose place this at-least-once writer stands.
    pub recovered: Vec<Committable>,
}

impl SinkSpec {
    /// Whether this writer looks, when it begins, for what dropped sinks left: the first one of a sink without a
    /// committer, which does so otherwise.
    #[must_use]
    pub fn writer_collects_leftovers(&self) -> bool {
        self.guarantee.committers() == 0 && self.subtask == 0
    }

    pub(super) fn read(entries: &mut Entries) -> Result<Self> {
        let id = id(&entries.required("sink.id")?)?;
        let guarantee = guarantee(entries)?;
        let recovered = match guarantee {
            Guarantee::AtLeastOnce => recovered(entries, &id)?,
            Guarantee::ExactlyOnce(_) => Vec::new(),
        };
        Ok(SinkSpec {
            id,
            label: entries.optional("sink.label"),
            staging_schema: staging_schema(entries)?,
            subtask: entries.parsed("writer.subtask", "a number of a writer")?,
            fence: guarantee.fence(entries.one_of(
                "sink.fence",
                &[("auto", FenceMode::Auto), ("required", FenceMode::Required), ("none", FenceMode::None)],
            )?),
            guarantee,
            recovered,
        })
    }
}

fn staging_schema(entries: &mut Entries) -> Result<String> {
    let name = entries.required("sink.staging-schema")?;
    match cut_off(&name) {
        Some(reason) => Err(Error::new(Kind::Config, format!("option 'sink.staging-schema': {reason}"))),
        None => Ok(name),
    }
}

fn guarantee(entries: &mut Entries) -> Result<Guarantee> {
    let choices = [("at-least-once", false), ("exactly-once", true)];
    if !entries.one_of("sink.delivery-guarantee", &choices)? {
        return Ok(Guarantee::AtLeastOnce);
    }
    Ok(Guarantee::ExactlyOnce(CommitSpec {
        timeout: millis(entries, "commit-timeout")?,
        whole_job: entries.optional("commit.whole-job").is_some_and(|value| value == "true"),
        skip_missing: entries.one_of("sink.recovery.missing-staging", &[("fail", false), ("skip", true)])?,
        ledger_retention: millis(entries, "sink.ledger.retention")?,
        staging_retention: millis(entries, "sink.staging.retention")?,
    }))
}

/// Not an option but bytes of ours, so what is wrong with them is a bug.
fn recovered(entries: &mut Entries, sink: &str) -> Result<Vec<Committable>> {
    let mut recovered = Vec::new();
    let mut key = "recovered.0".to_owned();
    while let Some(digits) = entries.optional(&key) {
        let committable = Committable::from_hex(&digits).map_err(|error| error.context(&key))?;
        if committable.sink != sink {
            let text =
                format!("{key}: a committable of sink {} came to a writer of sink {sink}", committable.sink);
            return Err(Error::new(Kind::Internal, text));
        }
        recovered.push(committable);
        key = format!("recovered.{}", recovered.len());
    }
    Ok(recovered)
}

fn id(text: &str) -> Result<String> {
    let digits: String = text.chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).collect();
    if digits.len() != 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(config("option 'sink.id' must be a UUID".to_owned()));
    }
    Ok(digits)
}
