//! Quoting: the only place where a name or a literal becomes SQL text.

use crate::error::{Error, Kind, Result};

/// Bytes of a name; the server cuts off what is longer, and knows it by the rest (PostgreSQL's NAMEDATALEN).
pub(crate) const LONGEST_NAME: usize = 63;

/// What is wrong with a name that the server would cut off; `None` for any other.
pub(crate) fn cut_off(name: &str) -> Option<String> {
    let length = name.len();
    (length > LONGEST_NAME)
        .then(|| format!("{name:?} has {length} bytes, and the server cuts names off at {LONGEST_NAME}"))
}

/// A quoted identifier.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ident(String);

impl Ident {
    /// Quotes a name as it is: case, blanks, dots and quotes are part of it.
    ///
    /// # Errors
    /// Kind `Config` for an empty name or one with U+0000, which no server of the family can hold.
    pub fn new(name: &str) -> Result<Self> {
        if name.is_empty() || name.contains('\0') {
            return Err(Error::new(Kind::Config, format!("{name:?} cannot be a name on the server")));
        }
        Ok(Ident(format!("\"{}\"", name.replace('"', "\"\""))))
    }

    /// The text to put into a statement.
    #[must_use]
    pub fn quoted(&self) -> &str {
        &self.0
    }
}

/// Schema and table, both quoted; also what messages show.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableName(String);

impl TableName {
    /// Quotes both parts.
    ///
    /// # Errors
    /// As [`Ident::new`].
    pub fn new(schema: &str, table: &str) -> Result<Self> {
        Ok(TableName(format!("{}.{}", Ident::new(schema)?.quoted(), Ident::new(table)?.quoted())))
    }

    /// The text to put into a statement.
    #[must_use]
    pub fn quoted(&self) -> &str {
        &self.0
    }
}

/// A string literal that means the same whatever `standard_conforming_strings` says.
#[must_use]
pub fn literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if doubled.contains('\\') {
        format!("E'{}'", doubled.replace('\\', "\\\\"))
    } else {
        format!("'{doubled}'")
    }
}

/// Quoted names with commas between.
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a Ident>) -> String {
    names.into_iter().map(Ident::quoted).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_inside_their_quotes() {
        for (name, quoted) in [
            ("id", "\"id\""),
            ("Select", "\"Select\""),
            ("a.b", "\"a.b\""),
            ("x\"; DROP TABLE t; --", "\"x\"\"; DROP TABLE t; --\""),
            ("列 名", "\"列 名\""),
            ("back\\slash", "\"back\\slash\""),
        ] {
            assert_eq!(Ident::new(name).expect(name).quoted(), quoted);
        }
        assert!(Ident::new("").is_err());
        // Bytes count, not letters.
        assert_eq!((cut_off(&"n".repeat(63)), cut_off(&"列".repeat(21))), (None, None));
        assert!(cut_off(&"列".repeat(22)).is_some_and(|reason| reason.contains("has 66 bytes")));
        assert!(Ident::new("a\0b").is_err());
    }

    #[test]
    fn literals_cannot_be_left() {
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\'b"), "E'a\\\\''b'");
    }
}
