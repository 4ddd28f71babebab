//! What becomes of U+0000 in text, which no server of the family stores.

/// The option's choices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NullChars {
    /// The row is a bad one.
    #[default]
    Fail,
    /// It is left out of the text.
    Strip,
    /// U+FFFD takes its place.
    Replace,
}

impl NullChars {
    /// How many bytes one of a text becomes at most.
    #[must_use]
    pub fn growth(self) -> usize {
        match self {
            NullChars::Fail | NullChars::Strip => 1,
            NullChars::Replace => '\u{fffd}'.len_utf8(),
        }
    }
}
