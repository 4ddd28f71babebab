//! A nested value of a column: as an array of the server or as JSON, in either COPY format.

use bytes::{BufMut, BytesMut};

use super::characters::Characters;
use super::value::{Fault, overlapping};
use super::{array, binary, json, text};
use crate::types::{Nested, NullChars, TextTarget};

/// The most bytes around what grows with the image: length, dimensions and their sizes, brackets.
pub(super) const AROUND: usize = 4 + 12 + 6 * 8;

/// How many bytes a byte of the image becomes at most.
pub(super) fn growth(nested: &Nested) -> usize {
    nested.growth(text::LONGEST_FIXED.max(binary::LONGEST_FIXED))
}

/// Appends a value; a byte of its image becomes `growth` at most. Never inlined, so that the loop over rows stays what
/// scalars need.
#[inline(never)]
pub(super) fn put<const BINARY: bool>(
    nested: &Nested,
    image: &[u8],
    out: &mut BytesMut,
    growth: usize,
    null_chars: NullChars,
) -> Result<(), Fault> {
    let mut characters = Characters::new(null_chars);
    let end = out.len() + AROUND + growth * image.len();
    match nested {
        Nested::Array(codec) => array::put::<BINARY>(codec, image, out, end, &mut characters)?,
        Nested::Json(shape, _) if !BINARY => json::put::<true>(shape, image, out, end, &mut characters)?,
        Nested::Json(shape, target) => {
            let start = out.len();
            out.put_u32(0);
            if *target == TextTarget::Jsonb {
                // The version of the format; there is one.
                out.put_u8(1);
            }
            json::put::<false>(shape, image, out, end, &mut characters)?;
            let length = binary::length(out.len() - start - 4);
            if let Some(head) = out.get_mut(start..).and_then(|head| head.first_chunk_mut::<4>()) {
                *head = length.to_be_bytes();
            }
        }
    }
    if out.len() > end { Err(overlapping()) } else { Ok(()) }
}
