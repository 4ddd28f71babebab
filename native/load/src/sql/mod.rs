//! SQL text, and nothing that sends it: what differs between servers, catalog queries, staging and merge statements.
//! Same input, same text; every name passes [`Ident`] of `crate::ident`, the only code that quotes.

pub(crate) mod catalog;
pub(crate) mod create;
mod dialect;
mod equality;
mod fence;
mod fill;
mod interval;
mod ledger;
mod merge;
pub(crate) mod merge_lock;
pub(crate) mod settings;
pub(crate) mod sift;
mod staged;
mod transaction;
mod update;

pub use crate::ident::{Ident, TableName, literal};
pub use dialect::{Dialect, Family};
pub use equality::Equalities;
pub use fence::{FenceSql, TOKEN_LENGTH};
pub(crate) use fill::{held_to_more, unfilled};
pub use ledger::{FORGOTTEN_AT_ONCE, LedgerSql, last_sign};
pub use merge::{MergeSql, StagedColumn, append_copy};
pub use staged::{Marks, PublishSql, StagedSql, count_staged, full_ones, is_empty, mark_names};
pub use transaction::BEGIN;
pub use update::{Mark, MergeBy, SoftDelete};
