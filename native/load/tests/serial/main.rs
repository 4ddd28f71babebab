//! Tests that share a process and take turns in it: they arm failpoints, which are of the process, are held to all that
//! it logs, or are timed closely. Each begins with `Points::take()`, those too that arm nothing: a point that another
//! one has armed would hit them.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../support/mod.rs"]
mod support;

mod absent_target;
mod batch;
mod commit_warnings;
mod crash_points;
mod enlarged_crashes;
mod error_rows;
mod exactly_once;
mod exactly_once_crashes;
mod exactly_once_sweep;
mod fence;
mod grace;
mod initial_load;
mod leftovers;
mod peers;
mod recovered;
mod refused_rows;
mod rows_of_others;
mod swapped_schemas;
mod told_once;
mod two_sinks;

#[test]
fn every_file_of_the_folder_is_part_of_this() {
    support::modules::assert_all_named("tests/serial", include_str!("main.rs"));
}
