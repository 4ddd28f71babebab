//! Numbers and texts as bytes: eight bytes big-endian, and UTF-8 behind its length.

use crate::error::{Error, Kind, Result};

/// The format's number; a change of the format gets another one, and old ones stay readable.
pub(super) const FORMAT: u8 = 1;

/// The format of committables with a part that tells what it was planned for.
pub(super) const PLANNED: u8 = 2;

/// The format of those whose merges may update rows.
pub(super) const UPDATING: u8 = 3;

/// The format of those whose merges may mark rows as deleted.
pub(super) const MARKING: u8 = 4;

pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn new(format: u8) -> Self {
        Writer(vec![format])
    }

    pub(super) fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_be_bytes());
    }

    pub(super) fn flag(&mut self, flag: bool) {
        self.0.push(u8::from(flag));
    }

    pub(super) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(super) fn texts(&mut self, texts: &[String]) {
        self.list(texts, |out, text| out.text(text));
    }

    pub(super) fn list<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.number(items.len() as u64);
        items.iter().for_each(|item| write(self, item));
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    what: &'static str,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], what: &'static str, format: u8) -> Result<Self> {
        match bytes.split_first() {
            Some((first, bytes)) if *first == format => Ok(Reader { bytes, what }),
            _ => Err(broken(what)),
        }
    }

    pub(super) fn broken(&self) -> Error {
        broken(self.what)
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or_else(|| self.broken())?;
        self.bytes = rest;
        Ok(taken)
    }

    pub(super) fn number(&mut self) -> Result<u64> {
        let bytes = self.take(size_of::<u64>())?;
        Ok(u64::from_be_bytes(bytes.try_into().map_err(|_| self.broken())?))
    }

    pub(super) fn flag(&mut self) -> Result<bool> {
        match self.take(1)? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(self.broken()),
        }
    }

    pub(super) fn sized(&mut self) -> Result<&'a [u8]> {
        let length = usize::try_from(self.number()?).map_err(|_| self.broken())?;
        self.take(length)
    }

    pub(super) fn text(&mut self) -> Result<String> {
        let text = std::str::from_utf8(self.sized()?).map_err(|_| self.broken())?;
        Ok(text.to_owned())
    }

    pub(super) fn texts(&mut self) -> Result<Vec<String>> {
        self.list(Self::text)
    }

    /// Grows with what is really there, whatever the length says.
    pub(super) fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut items = Vec::new();
        for _ in 0..self.number()? {
            items.push(read(self)?);
        }
        Ok(items)
    }

    pub(super) fn nothing_left(&self) -> Result<()> {
        if self.bytes.is_empty() { Ok(()) } else { Err(self.broken()) }
    }
}

pub(super) fn broken(what: &str) -> Error {
    Error::new(Kind::Internal, format!("{what} has bytes that this version of the connector cannot read"))
}
