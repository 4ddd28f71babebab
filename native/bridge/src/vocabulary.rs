//! What both sides of the crossing must call or number alike, as one table that the other side asks for.
//!
//! Promise: it is made of what this side works with, so it cannot tell anything else. Words stand in the order of their
//! numbers.

use pieload::Kind;
use pieload::debezium::{COLUMN_FIELDS, EVENT_FIELDS, EVENTS, RECORD_PARTS, RouteKind};

/// Each entry is a name, followed by its words.
pub(crate) fn entries() -> Vec<Vec<&'static str>> {
    let entry = |name: &'static str, words: &[&'static str]| [&[name], words].concat();
    let permanent: Vec<_> =
        Kind::ALL.into_iter().filter(|kind| kind.is_permanent()).map(Kind::name).collect();
    vec![
        entry("error kinds", &Kind::ALL.map(Kind::name)),
        entry("permanent error kinds", &permanent),
        entry("routes", &RouteKind::NUMBERS.map(|(name, _)| name)),
        entry("parts of a record", &RECORD_PARTS),
        entry("table events", &EVENTS),
        entry("fields of a table event", &EVENT_FIELDS),
        entry("fields of a column", &COLUMN_FIELDS),
    ]
}
