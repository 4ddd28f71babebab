//! Why a field gives no value: the row's own fault, the target's, or that of whoever described the stream.

use crate::error::Error;

/// Why a field gives no value.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The row itself is malformed.
    Image(Error),
    /// The target cannot store it.
    Unfit(&'static str),
    /// It is not what the column's definition or the stream's settings say, and neither are others, perhaps.
    Misread(&'static str),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Fault::Image(error)
    }
}
