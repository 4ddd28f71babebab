//! Arrays of the server in both COPY formats, from the image of Flink's nested arrays.
//!
//! Promise: every element is written as a column of its type would be. What the server's arrays cannot be is refused:
//! ragged ones, a NULL in place of an inner array, and empty arrays in an array, which the server would store as one
//! empty array.

use bytes::{BufMut, BytesMut};

use super::characters::Characters;
use super::value::{self, Fault, Value};
use super::{binary, text};
use crate::row::{ArrayImage, Slots};
use crate::types::ArrayCodec;

/// Bytes of an inner array in its array's image.
const INNER: usize = 8;

/// Appends an array; a tuple that becomes longer than `end` is of a forged image.
pub(super) fn put<const BINARY: bool>(
    codec: &ArrayCodec,
    image: &[u8],
    out: &mut BytesMut,
    end: usize,
    characters: &mut Characters,
) -> Result<(), Fault> {
    let mut sizes = [0_usize; 6];
    let sizes = sizes.get_mut(..codec.dimensions).unwrap_or_default();
    measure(image, codec.width, sizes)?;
    let mut walk = Walk { codec, sizes, end, has_null: false, characters };
    if !BINARY {
        return walk.text(image, 0, out);
    }
    let start = out.len();
    // Length, dimensions, whether there is a NULL, type of the elements.
    let empty = walk.sizes.first() == Some(&0);
    out.put_u32(0);
    out.put_u32(if empty { 0 } else { number(walk.sizes.len()) });
    out.put_u32(0);
    out.put_u32(codec.oid);
    if !empty {
        for size in walk.sizes {
            out.put_u32(number(*size));
            out.put_u32(1);
        }
        walk.binary(image, 0, out)?;
    }
    let length = number(out.len() - start - 4);
    let head = out.get_mut(start..).and_then(|head| head.first_chunk_mut::<12>());
    if let Some([a, b, c, d, _, _, _, _, .., last]) = head {
        [*a, *b, *c, *d] = length.to_be_bytes();
        *last = u8::from(walk.has_null);
    }
    Ok(())
}

/// The size of each dimension, by the first array of each; the others are held to them.
fn measure(image: &[u8], width: usize, sizes: &mut [usize]) -> Result<(), Fault> {
    let Some((size, inner)) = sizes.split_first_mut() else { return Ok(()) };
    let array = ArrayImage::new(image, if inner.is_empty() { width } else { INNER })?;
    *size = array.size();
    if inner.is_empty() || *size == 0 || array.is_null(0) {
        return Ok(());
    }
    measure(array.nested(0)?, width, inner)
}

struct Walk<'c> {
    characters: &'c mut Characters,
    codec: &'c ArrayCodec,
    sizes: &'c [usize],
    end: usize,
    has_null: bool,
}

impl Walk<'_> {
    /// The array of a dimension, which has to have the size of all others of it.
    fn array<'a>(&self, image: &'a [u8], dimension: usize) -> Result<(ArrayImage<'a>, bool), Fault> {
        let flat = dimension + 1 == self.sizes.len();
        let array = ArrayImage::new(image, if flat { self.codec.width } else { INNER })?;
        if self.sizes.get(dimension) != Some(&array.size()) {
            return Err(Fault::Unfit("its arrays are not of one length, and the server's are rectangular"));
        }
        if dimension > 0 && array.size() == 0 {
            return Err(Fault::Unfit("it has empty arrays inside, which the server's arrays cannot have"));
        }
        Ok((array, flat))
    }

    fn binary(&mut self, image: &[u8], dimension: usize, out: &mut BytesMut) -> Result<(), Fault> {
        let (array, flat) = self.array(image, dimension)?;
        for index in 0..array.size() {
            self.check(out)?;
            if !flat {
                self.binary(inner(array, index)?, dimension + 1, out)?;
            } else if array.is_null(index) {
                self.has_null = true;
                binary::put_null(out);
            } else {
                binary::put(value::read(&self.codec.element, &array, index, self.characters)?, out);
            }
        }
        Ok(())
    }

    fn text(&mut self, image: &[u8], dimension: usize, out: &mut BytesMut) -> Result<(), Fault> {
        let (array, flat) = self.array(image, dimension)?;
        out.put_u8(b'{');
        for index in 0..array.size() {
            self.check(out)?;
            if index > 0 {
                out.put_u8(self.codec.delimiter);
            }
            if !flat {
                self.text(inner(array, index)?, dimension + 1, out)?;
            } else if array.is_null(index) {
                out.put_slice(b"NULL");
            } else {
                put_element(value::read(&self.codec.element, &array, index, self.characters)?, out);
            }
        }
        out.put_u8(b'}');
        Ok(())
    }

    #[inline]
    fn check(&self, out: &BytesMut) -> Result<(), Fault> {
        if out.len() > self.end { Err(value::overlapping()) } else { Ok(()) }
    }
}

fn inner(array: ArrayImage<'_>, index: usize) -> Result<&[u8], Fault> {
    if array.is_null(index) {
        return Err(Fault::Unfit("an array inside it is NULL, which the server's arrays cannot have"));
    }
    Ok(array.nested(index)?)
}

/// An element in quotes wherever its text might have a character that means something in an array's.
fn put_element(value: Value<'_>, out: &mut BytesMut) {
    match value {
        Value::Boolean(_)
        | Value::Integer(..)
        | Value::Float(_)
        | Value::Double(_)
        | Value::Numeric { .. }
        | Value::LongNumeric { .. } => text::put(value, out),
        Value::Text(characters, _) => {
            out.put_u8(b'"');
            text::put_quoted(characters, out);
            out.put_u8(b'"');
        }
        Value::Bytes(_) => {
            // The backslash of the hex form is escaped in the array's text, and both of them in the COPY's.
            out.put_slice(b"\"\\\\");
            text::put(value, out);
            out.put_u8(b'"');
        }
        _ => {
            out.put_u8(b'"');
            text::put(value, out);
            out.put_u8(b'"');
        }
    }
}

/// A count out of an image, whose lengths are 32 bits.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "array_tests.rs"]
mod tests;
