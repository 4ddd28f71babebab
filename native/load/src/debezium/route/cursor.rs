//! Steps over JSON from member to member, eight bytes at a time inside strings and 64 inside nested values.
//!
//! It trusts the JSON to be sound and gives nothing where it cannot go on; it never reads outside its bytes.

use super::brackets;

/// Steps through the members of an object.
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Before the first member of an object; `None` for what is no object.
    pub(crate) fn of_object(bytes: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor { bytes, at: 0 };
        (cursor.solid()? == b'{').then_some(cursor)
    }

    #[inline]
    fn next(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    /// The next byte that is not white, which the cursor stands behind then.
    #[inline]
    fn solid(&mut self) -> Option<u8> {
        loop {
            let byte = self.next()?;
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(byte);
            }
        }
    }

    /// The name of the next member, where it has no escapes, and past its colon; `Some(None)` at the object's end.
    #[inline]
    pub(crate) fn name(&mut self) -> Option<Option<&'a [u8]>> {
        let mut first = self.solid()?;
        if first == b',' {
            first = self.solid()?;
        }
        if first == b'}' {
            return Some(None);
        }
        let start = self.at;
        let escaped = self.string()?;
        let name = self.bytes.get(start..self.at.checked_sub(1)?)?;
        (first == b'"' && !escaped && self.solid()? == b':').then_some(Some(name))
    }

    /// The next value, and past it.
    #[inline]
    pub(crate) fn value(&mut self) -> Option<&'a [u8]> {
        let first = self.solid()?;
        let start = self.at.checked_sub(1)?;
        match first {
            b'"' => {
                self.string()?;
            }
            b'{' | b'[' => self.nested()?,
            _ => {
                while !matches!(self.bytes.get(self.at)?, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r') {
                    self.at += 1;
                }
            }
        }
        self.bytes.get(start..self.at)
    }

    /// To behind the quote that ends a string; true where it has escapes.
    #[inline]
    fn string(&mut self) -> Option<bool> {
        let mut escaped = false;
        loop {
            self.skip_plain()?;
            if self.next()? == b'"' {
                return Some(escaped);
            }
            escaped = true;
            self.next()?;
        }
    }

    /// To behind the bracket that closes the one just passed.
    #[inline]
    fn nested(&mut self) -> Option<()> {
        self.at += brackets::end(self.bytes.get(self.at..)?)?;
        Some(())
    }

    /// To the next quote or backslash, eight bytes at a time: most strings of a record are shorter than a vector.
    #[inline]
    fn skip_plain(&mut self) -> Option<()> {
        while let Some(eight) = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<8>()) {
            let word = u64::from_le_bytes(*eight);
            let hits = zero_byte(word ^ splat(b'"')) | zero_byte(word ^ splat(b'\\'));
            if hits != 0 {
                self.at += usize::try_from(hits.trailing_zeros() / 8).ok()?;
                return Some(());
            }
            self.at += 8;
        }
        while !matches!(self.bytes.get(self.at)?, b'"' | b'\\') {
            self.at += 1;
        }
        Some(())
    }
}

#[inline]
const fn splat(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The top bit of each byte that is zero. Above the first such byte there may be bits too many, below it never.
#[inline]
const fn zero_byte(word: u64) -> u64 {
    word.wrapping_sub(splat(1)) & !word & splat(0x80)
}
