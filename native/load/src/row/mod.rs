//! Flink's `BinaryRowData` bytes as values, every read checked, and those of arrays, maps and rows inside.
//!
//! Layout (measured identical on Flink 1.18.1, 1.20.3 and 2.3.0, little-endian): byte 0 row kind, null bits from bit 8
//! on, 8 bytes per field, then the variable part that offsets count from the row's first byte. Any byte string gives a
//! row or an error; nothing here panics or reads outside the row. It knows no SQL type.

mod array_image;
mod frames;
mod image;
#[cfg(any(test, feature = "testing"))]
pub mod image_builder;
mod kind;
mod slots;
#[cfg(any(test, feature = "testing"))]
mod testing;

pub use array_image::ArrayImage;
pub(crate) use frames::FRAME_HEAD;
pub use frames::{Frame, Frames};
pub use image::{RowImage, header_size};
pub use kind::{IgnoredKinds, RowKind};
pub use slots::Slots;
#[cfg(any(test, feature = "testing"))]
pub use testing::fuzz;
