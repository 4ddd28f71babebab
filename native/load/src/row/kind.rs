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
    #[inline]
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(RowKind::Insert),
            1 => Some(RowKind::UpdateBefore),
            2 => Some(RowKind::UpdateAfter),
            3 => Some(RowKind::Delete),
            _ => None,
        }
    }

    /// As Flink writes it.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            RowKind::Insert => "+I",
            RowKind::UpdateBefore => "-U",
            RowKind::UpdateAfter => "+U",
            RowKind::Delete => "-D",
        }
    }

    /// True where the row is there afterwards; else its key is gone.
    #[inline]
    #[must_use]
    pub fn is_put(self) -> bool {
        matches!(self, RowKind::Insert | RowKind::UpdateAfter)
    }
}

/// Kinds that are left out of what is loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IgnoredKinds {
    /// `-D`
    pub delete: bool,
    /// `-U`
    pub update_before: bool,
}

impl IgnoredKinds {
    /// True where rows of the kind are left out.
    #[inline]
    #[must_use]
    pub fn has(self, kind: RowKind) -> bool {
        match kind {
            RowKind::Delete => self.delete,
            RowKind::UpdateBefore => self.update_before,
            RowKind::Insert | RowKind::UpdateAfter => false,
        }
    }
}
