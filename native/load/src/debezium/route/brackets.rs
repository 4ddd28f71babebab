//! Where an object or array ends, 64 bytes at a time: one bit per byte says what is a quote and what a bracket, so that
//! the many short strings of a record cost no branch each. The method is simdjson's, in plain integers; the compiler
//! makes the comparisons vectors.

/// How many bytes behind the bracket that was just passed its partner ends. Brackets of both kinds are counted alike:
/// in JSON they nest.
pub(crate) fn end(bytes: &[u8]) -> Option<usize> {
    let mut state = State { depth: 1, in_string: 0, escaped: false };
    let (blocks, rest) = bytes.as_chunks::<64>();
    for (number, block) in blocks.iter().enumerate() {
        if let Some(place) = state.block(block) {
            return Some(number * 64 + place);
        }
    }
    let mut last = [b' '; 64];
    last.get_mut(..rest.len())?.copy_from_slice(rest);
    Some(blocks.len() * 64 + state.block(&last)?)
}

/// What a block leaves to the next one.
struct State {
    depth: u32,
    /// All ones inside a string.
    in_string: u64,
    /// The next byte stands behind a backslash.
    escaped: bool,
}

impl State {
    /// The place behind the closing bracket, if it is in this block.
    #[inline]
    fn block(&mut self, block: &[u8; 64]) -> Option<usize> {
        let mut quotes = places(block, |byte| byte == b'"');
        let backslashes = places(block, |byte| byte == b'\\');
        if backslashes != 0 || self.escaped {
            quotes &= !self.escapes(backslashes);
        }
        let inside = prefix_xor(quotes) ^ self.in_string;
        self.in_string = 0_u64.wrapping_sub(inside >> 63);
        // This bit is all that `[` and `{`, and `]` and `}`, differ in.
        let opening = places(block, |byte| byte | 0x20 == b'{') & !inside;
        let closing = places(block, |byte| byte | 0x20 == b'}') & !inside;
        if closing.count_ones() < self.depth {
            self.depth += opening.count_ones();
            self.depth -= closing.count_ones();
            return None;
        }
        self.walk(opening, closing)
    }

    /// Bracket by bracket, where the last one may be among them.
    fn walk(&mut self, opening: u64, closing: u64) -> Option<usize> {
        let mut brackets = opening | closing;
        while brackets != 0 {
            let place = brackets.trailing_zeros();
            if opening >> place & 1 == 1 {
                self.depth += 1;
            } else {
                self.depth -= 1;
                if self.depth == 0 {
                    return usize::try_from(place + 1).ok();
                }
            }
            brackets &= brackets - 1;
        }
        None
    }

    /// The bytes that stand behind a backslash which is not itself escaped.
    fn escapes(&mut self, mut backslashes: u64) -> u64 {
        let mut escaped = u64::from(self.escaped);
        backslashes &= !escaped;
        self.escaped = false;
        while backslashes != 0 {
            let first = backslashes & backslashes.wrapping_neg();
            self.escaped = first >> 63 == 1;
            escaped |= first << 1;
            backslashes &= !(first | first << 1);
        }
        escaped
    }
}

/// One bit per byte that matches, the first byte lowest.
#[inline]
fn places(block: &[u8; 64], matches: impl Fn(u8) -> bool) -> u64 {
    let whole = block.map(|byte| if matches(byte) { 0xff_u8 } else { 0 });
    whole.as_chunks::<8>().0.iter().rev().fold(0, |places, eight| {
        // Each byte keeps its own bit, and the product adds them up in the highest byte.
        let bits = u64::from_le_bytes(*eight) & 0x8040_2010_0804_0201;
        places << 8 | bits.wrapping_mul(0x0101_0101_0101_0101) >> 56
    })
}

/// Each bit is whether the bits up to it are odd in number.
#[inline]
const fn prefix_xor(mut bits: u64) -> u64 {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^ bits << 32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Byte by byte.
    fn plainly(bytes: &[u8]) -> Option<usize> {
        let (mut depth, mut in_string, mut escaped) = (1, false, false);
        for (place, byte) in bytes.iter().enumerate() {
            // Outside strings JSON has no backslash, and no bracket is hidden by one.
            match byte {
                b'"' | b'\\' if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = !in_string,
                b'{' | b'[' if !in_string => depth += 1,
                b'}' | b']' if !in_string => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(place + 1);
                    }
                }
                _ => escaped = false,
            }
            escaped &= *byte == b'\\';
        }
        None
    }

    #[test]
    fn ends_are_found_across_blocks() {
        for pad in 0..200 {
            let text = format!("{}\"}}\\\"{{\":[1,{{}}]}} }}", " ".repeat(pad));
            assert_eq!(end(text.as_bytes()), plainly(text.as_bytes()), "{pad}");
            assert_eq!(end(text.as_bytes()), Some(pad + 14));
            let backslashes = format!("\"{}\"}}", "\\\\".repeat(pad));
            assert_eq!(end(backslashes.as_bytes()), Some(backslashes.len()));
        }
        assert_eq!(end(b""), None);
        assert_eq!(end(&[b'['; 100]), None);
    }

    proptest::proptest! {
        #[test]
        fn blocks_see_what_bytes_show(text in "[\\[\\]{}\"\\\\a ]{0,300}") {
            proptest::prop_assert_eq!(end(text.as_bytes()), plainly(text.as_bytes()));
        }
    }
}
