//! Text as the server stores it: valid UTF-8, and U+0000 as the table's spec says.
//!
//! Promise: what comes out has no U+0000; text that had none comes out as it was. Nothing is ever cut off here.

use super::fault::Fault;
use crate::types::NullChars;

/// What U+0000 becomes with `replace`: one character like it, so that no text becomes longer than its column.
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// Holds the one text that was made anew until the next one is.
#[derive(Debug)]
pub(crate) struct Characters {
    null_chars: NullChars,
    /// Bytes that are not UTF-8 are replaced too.
    any_bytes: bool,
    made: Vec<u8>,
}

impl Characters {
    pub(crate) fn new(null_chars: NullChars) -> Self {
        Characters { null_chars, any_bytes: false, made: Vec::new() }
    }

    /// Takes everything, for texts that show what a row was.
    pub(super) fn of_anything() -> Self {
        Characters { any_bytes: true, ..Characters::new(NullChars::Replace) }
    }

    /// UTF-8 without U+0000.
    #[inline(always)]
    pub(crate) fn checked<'a>(&'a mut self, text: &'a [u8]) -> Result<&'a [u8], Fault> {
        if is_plain_ascii(text) { Ok(text) } else { self.check(text) }
    }

    fn check<'a>(&'a mut self, text: &'a [u8]) -> Result<&'a [u8], Fault> {
        match std::str::from_utf8(text) {
            Ok(_) => {}
            Err(_) if self.any_bytes => {
                let valid = String::from_utf8_lossy(text).replace('\0', "\u{fffd}");
                self.made = valid.into_bytes();
                return Ok(&self.made);
            }
            Err(_) => return Err(Fault::Unfit("the text is not valid UTF-8")),
        }
        if text.contains(&0) { self.without_null(text) } else { Ok(text) }
    }

    #[cold]
    fn without_null(&mut self, text: &[u8]) -> Result<&[u8], Fault> {
        let instead: &[u8] = match self.null_chars {
            NullChars::Fail => {
                return Err(Fault::Unfit(
                    "the text holds U+0000, which the server cannot store; 'sink.null-char.handling' can strip or \
                     replace it",
                ));
            }
            NullChars::Strip => b"",
            NullChars::Replace => REPLACEMENT,
        };
        self.made.clear();
        for (index, part) in text.split(|byte| *byte == 0).enumerate() {
            if index > 0 {
                self.made.extend_from_slice(instead);
            }
            self.made.extend_from_slice(part);
        }
        Ok(&self.made)
    }
}

/// True for ASCII without U+0000. No branch inside a block, so that the compiler makes it one comparison of 16 bytes.
#[inline]
fn is_plain_ascii(text: &[u8]) -> bool {
    let plain = |block: &[u8]| block.iter().fold(true, |all, byte| all & (byte.wrapping_sub(1) < 0x7f));
    let (blocks, rest) = text.as_chunks::<16>();
    blocks.iter().all(|block| plain(block)) && plain(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_characters_go_and_all_others_stay() {
        for (text, stripped, replaced) in [
            ("", "", ""),
            ("plain, and longer than a block of sixteen", "plain, and longer than a block of sixteen", ""),
            ("\0", "", "\u{fffd}"),
            ("\0\0a\0", "a", "\u{fffd}\u{fffd}a\u{fffd}"),
            ("\u{4f60}\0\u{597d}", "\u{4f60}\u{597d}", "\u{4f60}\u{fffd}\u{597d}"),
        ] {
            let checked = |null_chars| {
                let mut characters = Characters::new(null_chars);
                let made = characters.checked(text.as_bytes()).map(<[u8]>::to_vec);
                made.map(|made| String::from_utf8(made).expect("UTF-8"))
            };
            assert_eq!(checked(NullChars::Strip).expect("stripped"), stripped);
            let replaced = if text.contains('\0') { replaced } else { text };
            assert_eq!(checked(NullChars::Replace).expect("replaced"), replaced);
            assert_eq!(checked(NullChars::Fail).is_err(), text.contains('\0'), "{text:?}");
        }
        // Two halves do not become one character.
        for text in [[0xc3, 0, 0xa4].as_slice(), &[0xff], &[0, 0xc3]] {
            assert!(Characters::new(NullChars::Strip).checked(text).is_err(), "{text:?}");
        }
    }
}
