//! Where a row's values come from. The plan asks field by field and knows no layout; it is compiled once per source.

use super::value::{self, Fault, Value};
use crate::row::RowImage;
use crate::types::Codec;

/// A row, whatever it is made of.
pub(crate) trait Fields {
    /// A field's value, checked for its target; `None` for NULL. It may live in a buffer of the row until the next call.
    fn value(&mut self, codec: Codec, field: usize) -> Result<Option<Value<'_>>, Fault>;
}

impl Fields for RowImage<'_> {
    #[inline]
    fn value(&mut self, codec: Codec, field: usize) -> Result<Option<Value<'_>>, Fault> {
        if self.is_null(field) {
            return Ok(None);
        }
        value::read(codec, self, field).map(Some)
    }
}
