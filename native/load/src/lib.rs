//! `pieload`: rows in, committed table out.
//!
//! Takes batches of Flink `BinaryRowData` images and of Debezium's JSON, encodes them as COPY tuples while they arrive,
//! streams them to a PostgreSQL-family server, and makes them visible at a flush (append: COMMIT; merge: one idempotent
//! transaction).
//! It knows nothing of Java or the JVM; `native/bridge` is its only shipped caller.
//!
//! Imports go one way: `session → {copy, sql} → types → row`, with `debezium` between `session` and `copy`; `error`,
//! `policy` and `committable` are leaves, and `spec`, which all may read, knows of `types` and `debezium` only what a
//! column can be.
#![forbid(unsafe_code)]

pub mod committable;
mod committer;
mod connection;
pub mod copy;
mod ddl;
pub mod debezium;
mod delivery;
mod encode;
pub mod error;
pub mod failpoint;
mod ident;
mod kind;
pub mod metrics;
mod open;
pub mod policy;
mod registration;
pub mod row;
pub mod session;
pub mod spec;
pub mod sql;
pub mod types;

pub use error::{Error, Kind, Result};
