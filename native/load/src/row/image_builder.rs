//! Row images for tests and benches, written as Flink writes them. Not in the shipped library.

use super::{RowKind, header_size};

/// Builds one image, of a row or of an array; setters take the field's index.
#[derive(Clone, Debug)]
pub struct RowBuilder {
    /// Bits in front of the first field's null bit.
    null_bits: usize,
    /// Bytes in front of the first field.
    header: usize,
    /// Bytes of a field.
    width: usize,
    fixed: Vec<u8>,
    variable: Vec<u8>,
}

impl RowBuilder {
    /// A row of `fields` fields, an insert, all fields zero.
    #[must_use]
    pub fn new(fields: usize) -> Self {
        let header = header_size(fields);
        RowBuilder {
            null_bits: 8,
            header,
            width: 8,
            fixed: vec![0; header + fields * 8],
            variable: Vec::new(),
        }
    }

    /// An array of `size` elements of `width` bytes, all zero.
    #[must_use]
    pub fn array(size: usize, width: usize) -> Self {
        let header = 4 + size.div_ceil(32) * 4;
        let mut fixed = vec![0; (header + size * width).next_multiple_of(8)];
        fixed[..4].copy_from_slice(&u32::try_from(size).expect("a size").to_le_bytes());
        RowBuilder { null_bits: 32, header, width, fixed, variable: Vec::new() }
    }

    /// A map of two arrays, which ends the building of both.
    #[must_use]
    pub fn map(keys: RowBuilder, values: RowBuilder) -> Vec<u8> {
        let keys = keys.finish();
        let length = u32::try_from(keys.len()).expect("a length");
        [&length.to_le_bytes()[..], &keys, &values.finish()].concat()
    }

    /// An array, a map or a row inside.
    #[must_use]
    pub fn nested(self, field: usize, image: &[u8]) -> Self {
        self.variable_part(field, image, image.len())
    }

    /// Sets the row kind.
    #[must_use]
    pub fn kind(mut self, kind: RowKind) -> Self {
        self.fixed[0] = kind as u8;
        self
    }

    /// NULL.
    #[must_use]
    pub fn null(mut self, field: usize) -> Self {
        let bit = field + self.null_bits;
        self.fixed[bit / 8] |= 1 << (bit % 8);
        self
    }

    /// The first bytes of the slot, whatever they mean.
    #[must_use]
    pub fn raw(mut self, field: usize, bytes: &[u8]) -> Self {
        let slot = self.header + field * self.width;
        self.fixed[slot..slot + bytes.len()].copy_from_slice(bytes);
        self
    }

    /// BOOLEAN.
    #[must_use]
    pub fn boolean(self, field: usize, value: bool) -> Self {
        self.raw(field, &[u8::from(value)])
    }

    /// TINYINT.
    #[must_use]
    pub fn tiny(self, field: usize, value: i8) -> Self {
        self.raw(field, &value.to_le_bytes())
    }

    /// SMALLINT.
    #[must_use]
    pub fn small(self, field: usize, value: i16) -> Self {
        self.raw(field, &value.to_le_bytes())
    }

    /// INT, DATE, TIME.
    #[must_use]
    pub fn int(self, field: usize, value: i32) -> Self {
        self.raw(field, &value.to_le_bytes())
    }

    /// BIGINT, and timestamps of precision 3 and less (epoch milliseconds).
    #[must_use]
    pub fn long(self, field: usize, value: i64) -> Self {
        self.raw(field, &value.to_le_bytes())
    }

    /// FLOAT.
    #[must_use]
    pub fn float(self, field: usize, value: f32) -> Self {
        self.raw(field, &value.to_le_bytes())
    }

    /// DOUBLE.
    #[must_use]
    pub fn double(self, field: usize, value: f64) -> Self {
        self.raw(field, &value.to_le_bytes())
    }

    /// DECIMAL of up to 18 digits, unscaled.
    #[must_use]
    pub fn decimal_compact(self, field: usize, unscaled: i64) -> Self {
        self.long(field, unscaled)
    }

    /// DECIMAL of more than 18 digits, unscaled, in as few bytes as Java's `BigInteger` takes.
    #[must_use]
    pub fn decimal_wide(self, field: usize, unscaled: i128) -> Self {
        let bytes = unscaled.to_be_bytes();
        let sign = if unscaled < 0 { 0xff } else { 0 };
        let mut start = 0;
        while start < 15 && bytes[start] == sign && (bytes[start + 1] ^ sign) & 0x80 == 0 {
            start += 1;
        }
        let mut reserved = bytes[start..].to_vec();
        let length = reserved.len();
        reserved.resize(16, 0);
        self.variable_part(field, &reserved, length)
    }

    /// TIMESTAMP and TIMESTAMP_LTZ of more than three digits: epoch milliseconds and nanoseconds of the millisecond.
    #[must_use]
    pub fn timestamp(self, field: usize, millis: i64, nanos: u32) -> Self {
        self.variable_part(field, &millis.to_le_bytes(), nanos as usize)
    }

    /// Text.
    #[must_use]
    pub fn string(self, field: usize, value: &str) -> Self {
        self.bytes(field, value.as_bytes())
    }

    /// Bytes, inline up to seven.
    #[must_use]
    pub fn bytes(self, field: usize, value: &[u8]) -> Self {
        if value.len() > 7 {
            return self.variable_part(field, value, value.len());
        }
        let mut word = [0; 8];
        word[..value.len()].copy_from_slice(value);
        word[7] = 0x80 | u8::try_from(value.len()).expect("seven at most");
        self.raw(field, &word)
    }

    fn variable_part(mut self, field: usize, bytes: &[u8], low: usize) -> Self {
        let offset = self.fixed.len() + self.variable.len();
        self.variable.extend_from_slice(bytes);
        self.variable.resize(self.variable.len().next_multiple_of(8), 0);
        let low = u64::try_from(low).expect("a length");
        let word = (u64::try_from(offset).expect("an offset") << 32) | low;
        self.raw(field, &word.to_le_bytes())
    }

    /// The image.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.fixed.extend_from_slice(&self.variable);
        self.fixed
    }
}

/// Appends a row of `table` to a batch.
pub fn frame(batch: &mut Vec<u8>, table: u32, image: &[u8]) {
    batch.extend_from_slice(&table.to_le_bytes());
    batch.extend_from_slice(&u32::try_from(image.len()).expect("a row is smaller").to_le_bytes());
    batch.extend_from_slice(image);
}
