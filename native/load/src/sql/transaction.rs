//! How a transaction begins.

/// READ COMMITTED whatever the server's default is: Greenplum deletes from append-optimized tables in nothing else.
pub const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
