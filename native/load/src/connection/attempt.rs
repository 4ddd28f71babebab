//! The identity of one writer attempt: drawn when the session opens, never used twice.
//!
//! The names of the attempt's connections end in it, so that a successor finds and ends them.

use crate::error::{Error, Kind, Result};
use crate::ident::LONGEST_NAME;
use crate::sql::TOKEN_LENGTH;

/// Random hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attempt(String);

impl Attempt {
    /// # Errors
    /// Kind `Internal` where the system has no random numbers.
    pub(crate) fn draw() -> Result<Self> {
        let number =
            getrandom::u64().map_err(|e| Error::caused(Kind::Internal, "drawing a random number", e))?;
        Ok(Attempt(format!("{number:0TOKEN_LENGTH$x}")))
    }

    pub(crate) fn digits(&self) -> &str {
        &self.0
    }

    /// What the attempt's sessions are called: as much of `name` as there is room for, and the attempt.
    pub(crate) fn session_name(&self, name: &str) -> String {
        let mut room = LONGEST_NAME - TOKEN_LENGTH - 1;
        while !name.is_char_boundary(room.min(name.len())) {
            room -= 1;
        }
        format!("{}-{}", &name[..room.min(name.len())], self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sessions_name_ends_in_the_attempt_and_is_never_cut_off_by_the_server() {
        let (one, other) = (Attempt::draw().expect("random"), Attempt::draw().expect("random"));
        assert_ne!(one, other);
        assert_eq!(one.digits().len(), TOKEN_LENGTH);
        assert_eq!(one.session_name("sink-1-2"), format!("sink-1-2-{}", one.digits()));
        for name in ["n".repeat(100), "列".repeat(50)] {
            let name = one.session_name(&name);
            assert!((60..=LONGEST_NAME).contains(&name.len()) && name.ends_with(one.digits()), "{name}");
        }
    }
}
