//! What a writer does before its first table opens: it makes sure of its label, takes its place in the fence and tidies
//! up.

pub(crate) mod fence;
pub(crate) mod label;
pub(crate) mod leftovers;
