//! What a row and an array have in common: fields that are 8 bytes or fewer each, and a variable part behind them.

use super::image::{inline, malformed, out_of_line, piece, wide};
use super::{ArrayImage, RowImage};
use crate::error::Result;

/// Fields that are read by their index.
pub trait Slots<'a>: Copy {
    /// All bytes; offsets count from their first.
    fn whole(&self) -> &'a [u8];

    /// True where the field is NULL.
    fn is_null(&self, field: usize) -> bool;

    /// The first `N` bytes of a field.
    ///
    /// # Errors
    /// Kind `Internal` for a field that is not there.
    fn fixed<const N: usize>(&self, field: usize) -> Result<[u8; N]>;

    /// As [`RowImage::out_of_line`].
    ///
    /// # Errors
    /// As there.
    #[inline]
    fn out_of_line(&self, field: usize) -> Result<([u8; 8], u32)> {
        out_of_line(self.whole(), self.fixed(field)?)
    }

    /// As [`RowImage::wide_decimal`].
    ///
    /// # Errors
    /// As there.
    #[inline]
    fn wide_decimal(&self, field: usize) -> Result<i128> {
        wide(piece(self.whole(), self.fixed(field)?)?)
    }

    /// As [`RowImage::bytes`].
    ///
    /// # Errors
    /// As there.
    fn bytes(&self, field: usize) -> Result<&'a [u8]>;

    /// The bytes of an array, a map or a row in the variable part, which are never inline.
    ///
    /// # Errors
    /// Kind `Internal` where they would be outside.
    #[inline]
    fn nested(&self, field: usize) -> Result<&'a [u8]> {
        piece(self.whole(), self.fixed(field)?)
    }
}

impl<'a> Slots<'a> for RowImage<'a> {
    #[inline]
    fn whole(&self) -> &'a [u8] {
        RowImage::whole(self)
    }

    #[inline]
    fn is_null(&self, field: usize) -> bool {
        RowImage::is_null(self, field)
    }

    #[inline]
    fn fixed<const N: usize>(&self, field: usize) -> Result<[u8; N]> {
        RowImage::fixed(self, field)
    }

    #[inline]
    fn bytes(&self, field: usize) -> Result<&'a [u8]> {
        RowImage::bytes(self, field)
    }
}

impl<'a> Slots<'a> for ArrayImage<'a> {
    #[inline]
    fn whole(&self) -> &'a [u8] {
        ArrayImage::whole(self)
    }

    #[inline]
    fn is_null(&self, field: usize) -> bool {
        ArrayImage::is_null(self, field)
    }

    #[inline]
    fn fixed<const N: usize>(&self, field: usize) -> Result<[u8; N]> {
        ArrayImage::fixed(self, field)
    }

    /// An inline value stands in the array itself, so that its place is needed and not only what is there.
    #[inline]
    fn bytes(&self, field: usize) -> Result<&'a [u8]> {
        let slot = self.slot(field)?;
        match inline(slot) {
            Some(bytes) => bytes,
            None => piece(self.whole(), slot.first_chunk().copied().ok_or_else(malformed)?),
        }
    }
}
