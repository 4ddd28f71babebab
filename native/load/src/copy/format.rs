//! What a tuple looks like and what it is for.

/// The COPY format on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `FORMAT binary`
    Binary,
    /// `FORMAT text` with its default delimiter and NULL marker.
    Text,
}

/// What a tuple is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A row of the target; only inserts are taken.
    Append,
    /// A row of the target, of a key that was not there before ([`KeySet::start_filling`](super::KeySet)).
    Fill,
    /// A row of a staging table: the columns, then `op smallint` (1 put, 0 remove) and `seq bigint`.
    Merge,
}
