//! Connections to the server: made, prepared, watched, tried again; the one door through which statements go.
//!
//! Promise: every wait has a name and ends. It knows nothing of tables, queues, fences or what a statement is for.

pub(crate) mod activity;
pub(crate) mod admission;
pub(crate) mod attempt;
pub(crate) mod backoff;
#[expect(clippy::module_inception, reason = "the room is named after its door")]
pub(crate) mod connection;
pub(crate) mod connection_limit;
pub(crate) mod connector;
pub(crate) mod deadline;
pub(crate) mod grace;
pub(crate) mod log_once;
pub(crate) mod login;
pub(crate) mod owned_table;
pub(crate) mod progress;
pub(crate) mod retries;
pub(crate) mod settings;
pub(crate) mod stall;
pub(crate) mod stuck;
pub(crate) mod supervise;
pub(crate) mod tls;
