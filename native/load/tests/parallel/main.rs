//! Tests that run beside each other in one process, since each has a server of its own: one binary, linked once.
//!
//! What arms failpoints, is held to all that the process logs, or is timed closely takes turns in `../serial`; what
//! measures the process itself has one to itself: `../memory.rs`, `../debezium_memory.rs`.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../support/mod.rs"]
mod support;

mod admission;
mod append;
mod assumed_role;
mod captured_names;
mod changed_definitions;
mod create_table;
mod debezium;
mod debezium_creation;
mod debezium_live;
mod debezium_tables;
mod enlarged_targets;
mod exactly_once_tables;
mod failures;
mod frozen;
mod harness;
mod hostile;
mod ignored;
mod key_equality;
mod label;
mod large_rows;
mod login;
mod many_tables;
mod merge;
mod merge_strategy;
mod merge_strategy_changes;
mod null_chars;
mod open_time;
mod parsed_text;
mod policy;
mod refusals;
mod roundtrip;
mod roundtrip_nested;
mod server_lines;
mod session_settings;
mod silence;
mod soft_delete;
mod table_schemas;
mod target_definitions;
mod two_sinks_random;

#[test]
fn every_file_of_the_folder_is_part_of_this() {
    support::modules::assert_all_named("tests/parallel", include_str!("main.rs"));
}
