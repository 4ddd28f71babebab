//! What a row does to its key.

/// Flink's `RowKind`, with the byte that Flink stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// `+I`
    Insert = 0,
    /// `-U`: the row as it was before an update.
    UpdateBefore = 1,
    /// `+U`: the row as it is after an update.
    UpdateAfter = 2,
    /// `-D`
    Delete = 3,
}

impl RowKind {
    /// The kind of a row image's first byte.
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Self> {
        [RowKind::Insert, RowKind::UpdateBefore, RowKind::UpdateAfter, RowKind::Delete]
            .into_iter()
            .nth(usize::from(byte))
    }

    /// True where the row is there afterwards; else its key is gone.
    #[must_use]
    pub fn is_put(self) -> bool {
        matches!(self, RowKind::Insert | RowKind::UpdateAfter)
    }
}
