//! Which Flink type goes into which column of the target, and how: THE mapping table, and nothing else owns it.
//!
//! Every pair is in [`resolve`] or refused when the table opens, with the reason; nothing is narrowed in silence.
//! It knows the types of both sides, not how bytes are laid out.

mod codec;
mod created;
mod created_type;
mod flink_type;
mod mapping;
mod nested;
mod nested_text;
mod null_chars;
mod target_type;
mod widening;

pub use codec::{ArrayCodec, Codec, IntegerSource, IntegerTarget, KeyEquality, Nested, Span, TextTarget};
pub use created::created;
pub use created_type::parse_created;
pub use flink_type::FlinkType;
pub use mapping::resolve;
pub use null_chars::NullChars;
pub use target_type::{ElementType, TargetType};
pub use widening::{keeps, same_wire, widens};
