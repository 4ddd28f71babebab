//! A batch as it crosses from Java: row images back to back, each behind the number of its table and its length.

use super::image::malformed;
use crate::error::Result;

/// Bytes in front of each image.
pub(crate) const FRAME_HEAD: usize = 8;

/// One row image of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The table that the row belongs to, as the session numbered it.
    pub table: u32,
    /// The row image.
    pub image: &'a [u8],
}

/// Iterates the frames of a batch: `u32` little-endian table, `u32` little-endian length and that many bytes, repeated.
/// After an error it ends.
#[derive(Clone, Debug)]
pub struct Frames<'a> {
    rest: &'a [u8],
}

impl<'a> Frames<'a> {
    /// Frames of `batch`.
    #[must_use]
    pub fn new(batch: &'a [u8]) -> Self {
        Frames { rest: batch }
    }

    #[inline]
    fn cut(&mut self) -> Option<Frame<'a>> {
        let (table, rest) = self.rest.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (image, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        Some(Frame { table: u32::from_le_bytes(*table), image })
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<Frame<'a>>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let frame = self.cut();
        if frame.is_none() {
            self.rest = &[];
        }
        Some(frame.ok_or_else(malformed))
    }
}
