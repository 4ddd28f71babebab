//! Which Flink type goes into which column of the target, and how: THE mapping table, and nothing else owns it.
//!
//! Every pair is in [`resolve`] or refused when the table opens, with the reason; nothing is narrowed in silence.
//! It knows the types of both sides, not how bytes are laid out.

mod codec;
mod created;
mod flink_type;
mod kept;
mod mapping;
mod nested;
mod nested_text;
mod null_chars;
mod spelled;
mod target_type;

pub use codec::{ArrayCodec, Codec, IntegerSource, IntegerTarget, KeyEquality, Nested, Span, TextTarget};
pub use created::created;
pub use flink_type::FlinkType;
pub use kept::{keeps, same_wire, widens};
pub use mapping::resolve;
pub use null_chars::NullChars;
pub use spelled::spelled;
pub use target_type::{ElementType, TargetType};
