//! The image of an array, and of a map as two of them: `BinaryArrayData` and `BinaryMapData`.
//!
//! Layout: the number of elements as 32 bits, null bits in words of 32, the elements in 1, 2, 4 or 8 bytes each, and
//! the variable part, whose offsets count from the array's first byte. Any bytes give an array or an error.

use super::image::malformed;
use crate::error::Result;

/// One array.
#[derive(Clone, Copy, Debug)]
pub struct ArrayImage<'a> {
    bytes: &'a [u8],
    elements: &'a [u8],
    size: usize,
    width: usize,
}

impl<'a> ArrayImage<'a> {
    /// Looks at `bytes` as an array whose elements take `width` bytes.
    ///
    /// # Errors
    /// Kind `Internal` where the elements do not fit.
    #[inline]
    pub fn new(bytes: &'a [u8], width: usize) -> Result<Self> {
        let size = bytes.first_chunk::<4>().map(|size| i32::from_le_bytes(*size));
        let size = size.and_then(|size| usize::try_from(size).ok()).ok_or_else(malformed)?;
        let behind = bytes.get(4 + size.div_ceil(32) * 4..);
        let length = size.checked_mul(width);
        let elements = behind.zip(length).and_then(|(behind, length)| behind.get(..length));
        Ok(ArrayImage { bytes, elements: elements.ok_or_else(malformed)?, size, width })
    }

    /// The keys and the values of a map.
    ///
    /// # Errors
    /// Kind `Internal` where they do not fit, or are not of the same number.
    pub fn of_map(bytes: &'a [u8], key_width: usize, value_width: usize) -> Result<(Self, Self)> {
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or_else(malformed)?;
        let length = usize::try_from(i32::from_le_bytes(*length)).map_err(|_| malformed())?;
        let (keys, values) = rest.split_at_checked(length).ok_or_else(malformed)?;
        let (keys, values) = (ArrayImage::new(keys, key_width)?, ArrayImage::new(values, value_width)?);
        if keys.size == values.size { Ok((keys, values)) } else { Err(malformed()) }
    }

    /// How many elements there are.
    #[inline]
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    #[inline]
    pub(super) fn whole(&self) -> &'a [u8] {
        self.bytes
    }

    /// True where the element is NULL.
    #[inline]
    #[must_use]
    pub fn is_null(&self, element: usize) -> bool {
        self.bytes.get(4 + element / 8).is_none_or(|byte| byte & (1 << (element % 8)) != 0)
    }

    #[inline]
    pub(super) fn slot(&self, element: usize) -> Result<&'a [u8]> {
        let start = element.checked_mul(self.width).ok_or_else(malformed)?;
        self.elements.get(start..).and_then(|rest| rest.get(..self.width)).ok_or_else(malformed)
    }

    /// The first `N` bytes of an element.
    ///
    /// # Errors
    /// Kind `Internal` for an element that is not there, or has fewer bytes.
    #[inline]
    pub fn fixed<const N: usize>(&self, element: usize) -> Result<[u8; N]> {
        self.slot(element)?.first_chunk().copied().ok_or_else(malformed)
    }
}

#[cfg(test)]
#[path = "array_image_tests.rs"]
mod tests;
