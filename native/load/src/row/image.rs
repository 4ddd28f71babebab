//! The image of one row.

use super::kind::RowKind;
use crate::error::{Error, Kind, Result};

/// One row image.
#[derive(Clone, Copy, Debug)]
pub struct RowImage<'a> {
    bytes: &'a [u8],
    /// One per field, cut out once, so that reading a field checks one index.
    slots: &'a [[u8; 8]],
}

/// Bytes of row kind and null bits before the first slot.
#[must_use]
pub fn header_size(fields: usize) -> usize {
    (fields + 63 + 8) / 64 * 8
}

impl<'a> RowImage<'a> {
    /// Looks at `bytes` as a row of `fields` fields.
    ///
    /// # Errors
    /// Kind `Internal` where the fixed part does not fit: Java made the image, so that is a bug.
    #[inline]
    pub fn new(bytes: &'a [u8], fields: usize) -> Result<Self> {
        let slots = bytes.get(header_size(fields)..).and_then(|rest| rest.as_chunks().0.get(..fields));
        Ok(RowImage { bytes, slots: slots.ok_or_else(malformed)? })
    }

    #[inline]
    pub(super) fn whole(&self) -> &'a [u8] {
        self.bytes
    }

    /// Insert, update or delete.
    ///
    /// # Errors
    /// Kind `Internal` for a byte that is no row kind.
    #[inline]
    pub fn kind(&self) -> Result<RowKind> {
        self.bytes.first().and_then(|byte| RowKind::from_byte(*byte)).ok_or_else(malformed)
    }

    /// True where the field is NULL; its slot then holds nothing of meaning.
    #[inline]
    #[must_use]
    pub fn is_null(&self, field: usize) -> bool {
        // Bit `field + 8`: the row kind stands in front of the null bits.
        self.bytes.get(field / 8 + 1).is_none_or(|byte| byte & (1 << (field % 8)) != 0)
    }

    #[inline]
    fn slot(&self, field: usize) -> Result<&'a [u8; 8]> {
        self.slots.get(field).ok_or_else(malformed)
    }

    /// The first `N` bytes of a field's slot.
    ///
    /// # Errors
    /// Kind `Internal` for a field that the row does not have.
    #[inline]
    pub fn fixed<const N: usize>(&self, field: usize) -> Result<[u8; N]> {
        self.slot(field)?.first_chunk().copied().ok_or_else(malformed)
    }

    /// Eight bytes in the variable part, where the slot's upper half says; and the slot's lower half.
    ///
    /// # Errors
    /// Kind `Internal` where the offset points outside the row.
    #[inline]
    pub fn out_of_line(&self, field: usize) -> Result<([u8; 8], u32)> {
        out_of_line(self.bytes, self.fixed(field)?)
    }

    /// A variable-length field: inline up to seven bytes, else in the variable part.
    ///
    /// # Errors
    /// Kind `Internal` where offset and length point outside the row.
    #[inline]
    pub fn bytes(&self, field: usize) -> Result<&'a [u8]> {
        let slot = self.slot(field)?;
        inline(slot).unwrap_or_else(|| piece(self.bytes, *slot))
    }

    /// The unscaled value of a DECIMAL with more than 18 digits: 1 to 16 bytes, big-endian two's complement.
    ///
    /// # Errors
    /// Kind `Internal` where it points outside the row or has no or more than 16 bytes.
    pub fn wide_decimal(&self, field: usize) -> Result<i128> {
        wide(piece(self.bytes, *self.slot(field)?)?)
    }
}

/// Eight bytes at a slot's offset, and the slot's lower half.
#[inline]
pub(super) fn out_of_line(bytes: &[u8], slot: [u8; 8]) -> Result<([u8; 8], u32)> {
    let (offset, low) = split(u64::from_le_bytes(slot));
    let at = bytes.get(offset..).and_then(|rest| rest.first_chunk::<8>()).copied();
    Ok((at.ok_or_else(malformed)?, low))
}

/// What a slot holds itself, where it does: seven bytes at most, since a longer value would reach into the next slot.
#[inline]
pub(super) fn inline(slot: &[u8]) -> Option<Result<&[u8]>> {
    let (mark, inline) = slot.split_last()?;
    (mark & 0x80 != 0).then(|| inline.get(..usize::from(mark & 0x7f)).ok_or_else(malformed))
}

/// The bytes that a slot's offset and length say.
#[inline]
pub(super) fn piece(bytes: &[u8], slot: [u8; 8]) -> Result<&[u8]> {
    let (offset, low) = split(u64::from_le_bytes(slot));
    let length = usize::try_from(low).map_err(|_| malformed())?;
    bytes.get(offset..).and_then(|rest| rest.get(..length)).ok_or_else(malformed)
}

/// One to 16 bytes of two's complement, the highest first.
pub(super) fn wide(digits: &[u8]) -> Result<i128> {
    let first = digits.first().ok_or_else(malformed)?;
    let sign = if first & 0x80 != 0 { 0xff } else { 0 };
    let mut wide = [sign; 16];
    let start = wide.len().checked_sub(digits.len()).ok_or_else(malformed)?;
    wide.get_mut(start..).ok_or_else(malformed)?.copy_from_slice(digits);
    Ok(i128::from_be_bytes(wide))
}

/// Upper and lower half of a slot that points into the variable part.
#[inline]
fn split(word: u64) -> (usize, u32) {
    let [a, b, c, d, e, f, g, h] = word.to_le_bytes();
    let offset = u32::from_le_bytes([e, f, g, h]);
    (usize::try_from(offset).unwrap_or(usize::MAX), u32::from_le_bytes([a, b, c, d]))
}

#[cold]
pub(super) fn malformed() -> Error {
    Error::new(Kind::Internal, "a row image is malformed")
}

#[cfg(test)]
#[path = "image_tests.rs"]
mod tests;
