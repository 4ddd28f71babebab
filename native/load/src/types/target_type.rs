//! The type of a target's column, as the catalog tells it.

use super::flink_type::FlinkType;

/// A target column's type as the catalog tells it, domains resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetType {
    /// `pg_type.typname`, with its schema in front where that is not `pg_catalog`.
    pub name: String,
    /// `pg_type.typtype`: `b` base, `e` enum, …
    pub kind: char,
    /// The type modifier, -1 for none.
    pub modifier: i32,
    /// `format_type()`, for messages.
    pub formatted: String,
    /// What an array is made of; its modifier is that of the elements.
    pub element: Option<Box<ElementType>>,
}

/// The type of an array's elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElementType {
    /// Its number in the catalog, a domain's own.
    pub oid: u32,
    /// What stands between two of them in the array's text.
    pub delimiter: u8,
    /// The type, domains resolved.
    pub base: TargetType,
}

#[cfg(any(test, feature = "testing"))]
impl TargetType {
    /// A base type without a modifier, formatted as it is called.
    #[must_use]
    pub fn plain(name: &str) -> Self {
        let name = name.to_owned();
        TargetType { formatted: name.clone(), name, kind: 'b', modifier: -1, element: None }
    }
}

/// That a pair does not fit, for a message.
pub(super) fn misfit(source: &FlinkType, target: &TargetType) -> String {
    format!("{source} does not fit {}", target.formatted)
}
