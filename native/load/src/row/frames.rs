//! A batch as it crosses from Java: row images back to back, each behind its length.

use super::malformed;
use crate::error::Result;

/// Iterates the row images of a batch: `u32` little-endian length and that many bytes, repeated. After an error it ends.
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
    fn cut(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (image, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        Some(image)
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<&'a [u8]>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let image = self.cut();
        if image.is_none() {
            self.rest = &[];
        }
        Some(image.ok_or_else(malformed))
    }
}
