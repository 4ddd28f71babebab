//! Who a session is among the writers of its sink, and where the sink keeps tables of its own.

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
        })
    }
}

fn id(text: &str) -> Result<String> {
    let digits: String = text.chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).collect();
    if digits.len() != 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(config("option 'sink.id' must be a UUID".to_owned()));
    }
    Ok(digits)
}
