//! Where a row's values come from. The plan asks field by field and knows no layout; it is compiled once per source.

use super::characters::Characters;
use super::value::{self, Fault, Value};
use crate::row::RowImage;
use crate::types::Codec;

/// A row, whatever it is made of.
pub(crate) trait Fields {
    /// True where the field is NULL.
    fn is_null(&self, field: usize) -> bool;

    /// The value of a field that is not NULL, checked for its target. It may live in a buffer of the row, or in
    /// `characters`, until the next call.
    fn read<'a>(
        &'a mut self,
        codec: &'a Codec,
        field: usize,
        characters: &'a mut Characters,
    ) -> Result<Value<'a>, Fault>;
}

impl Fields for RowImage<'_> {
    #[inline]
    fn is_null(&self, field: usize) -> bool {
        RowImage::is_null(self, field)
    }

    #[inline]
    fn read<'a>(
        &'a mut self,
        codec: &'a Codec,
        field: usize,
        characters: &'a mut Characters,
    ) -> Result<Value<'a>, Fault> {
        value::read(codec, &*self, field, characters)
    }
}
