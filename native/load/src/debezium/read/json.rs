//! The pieces of JSON that the readers of this room share: text that borrows where it can, and the kind of a scalar.
//!
//! Promise: serde_json has seen all of a text before a piece of it is looked at here, and its messages, which quote
//! values, never leave this room.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::{Error, Kind};

/// Text that is borrowed where it has no escapes, inside an `Option` too.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// A scalar by its JSON type, its text as it stands in the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scalar<'a> {
    Null,
    Boolean(bool),
    Number(&'a str),
    /// With its quotes.
    String(&'a str),
    /// An object or an array.
    Nested(&'a str),
}

impl<'a> Scalar<'a> {
    /// The kind of a value that serde_json has delimited.
    #[inline]
    pub(crate) fn of(raw: &'a str) -> Self {
        match raw.as_bytes().first() {
            Some(b'"') => Scalar::String(raw),
            Some(b'{' | b'[') => Scalar::Nested(raw),
            Some(b't') => Scalar::Boolean(true),
            Some(b'f') => Scalar::Boolean(false),
            Some(b'n') | None => Scalar::Null,
            Some(_) => Scalar::Number(raw),
        }
    }
}

/// A string's text: a part of the record, or unescaped into `buffer`. `None` for an escape that is no character.
#[inline]
pub(crate) fn unquoted<'a>(quoted: &'a str, buffer: &'a mut Vec<u8>) -> Option<&'a [u8]> {
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Some(inner.as_bytes());
    }
    buffer.clear();
    serde_json::Deserializer::from_str(quoted).deserialize_str(Into(buffer)).ok()?;
    Some(buffer)
}

/// Takes a string's text into a buffer that is already there.
struct Into<'b>(&'b mut Vec<u8>);

impl Visitor<'_> for Into<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// The values of a row's columns by name, `None` where it has none; no row at all where it is malformed or has one
/// twice.
pub(crate) fn key_values<'a>(row: &'a str, names: &[&str]) -> Option<Vec<Option<&'a str>>> {
    let mut found = vec![None; names.len()];
    let members: Members<'a> = serde_json::from_str(row).ok()?;
    for (Text(name), value) in members.0 {
        if let Some(place) = names.iter().position(|known| *known == name).and_then(|at| found.get_mut(at))
            && place.replace(value).is_some()
        {
            return None;
        }
    }
    Some(found)
}

/// An object's members in their order.
struct Members<'a>(Vec<(Text<'a>, &'a str)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Collect)
    }
}

struct Collect;

impl<'de> Visitor<'de> for Collect {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
            members.push((name, value.get()));
        }
        Ok(Members(members))
    }
}

/// A value that is there, `null` too.
pub(crate) fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// What serde_json found wrong, in our words: its own may quote a value.
#[cold]
pub(crate) fn refused(what: &str, error: &serde_json::Error) -> Error {
    let place = error.column();
    let why = match error.classify() {
        serde_json::error::Category::Eof => "the JSON ends too early".to_owned(),
        serde_json::error::Category::Data => {
            format!("a field near byte {place} is of an unexpected JSON type or stands twice")
        }
        _ => format!("it is not JSON at byte {place}"),
    };
    Error::new(Kind::Data, format!("{what}: {why}"))
}
