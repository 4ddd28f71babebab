//! A look at a record that finds its operation, its table and its rows without reading the values.
//!
//! Promise: where it gives an answer for a record that [`super::Event::parse`] accepts, it is the same answer. Where it
//! is not sure (escapes in names, an envelope beside a change, anything that it does not expect) it gives none and the
//! caller parses. It does not validate: a malformed record is found when its rows are loaded.

use super::brackets;

/// What a change's record says of itself; names and rows as they stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scanned<'a> {
    /// Without its quotes.
    pub(super) op: &'a [u8],
    pub(super) database: &'a [u8],
    pub(super) table: &'a [u8],
    /// Objects; `None` for null.
    pub(super) before: Option<&'a [u8]>,
    pub(super) after: Option<&'a [u8]>,
}

/// Scans a record, through its envelope.
pub(super) fn scan(record: &[u8]) -> Option<Scanned<'_>> {
    let mut cursor = Cursor { bytes: record, at: 0 };
    let mut payload = None;
    let (mut op, mut source, mut before, mut after) = (None, None, None, None);
    cursor.enter()?;
    while let Some(name) = cursor.name()? {
        let place = match name {
            b"op" => &mut op,
            b"source" => &mut source,
            b"before" => &mut before,
            b"after" => &mut after,
            b"payload" => &mut payload,
            _ => {
                cursor.value()?;
                continue;
            }
        };
        if place.replace(cursor.value()?).is_some() {
            return None;
        }
        if let (Some(op), Some(source), Some(before), Some(after), None) =
            (op, source, before, after, payload)
        {
            return change(op, source, Some(before), Some(after));
        }
    }
    match (op, source, before, after, payload) {
        (None, None, None, None, Some(payload)) if payload.len() < record.len() => scan_inner(payload),
        (Some(op), Some(source), before, after, None) => change(op, source, before, after),
        _ => None,
    }
}

/// An envelope is looked through once.
fn scan_inner(payload: &[u8]) -> Option<Scanned<'_>> {
    let mut cursor = Cursor { bytes: payload, at: 0 };
    let (mut op, mut source, mut before, mut after) = (None, None, None, None);
    cursor.enter()?;
    while let Some(name) = cursor.name()? {
        let place = match name {
            b"op" => &mut op,
            b"source" => &mut source,
            b"before" => &mut before,
            b"after" => &mut after,
            _ => {
                cursor.value()?;
                continue;
            }
        };
        if place.replace(cursor.value()?).is_some() {
            return None;
        }
        if let (Some(op), Some(source), Some(before), Some(after)) = (op, source, before, after) {
            return change(op, source, Some(before), Some(after));
        }
    }
    change(op?, source?, before, after)
}

fn change<'a>(
    op: &'a [u8],
    source: &'a [u8],
    before: Option<&'a [u8]>,
    after: Option<&'a [u8]>,
) -> Option<Scanned<'a>> {
    let row = |value: Option<&'a [u8]>| match value {
        None | Some(b"null") => Some(None),
        Some(object) => (object.first() == Some(&b'{')).then_some(Some(object)),
    };
    let (mut database, mut table) = (None, None);
    let mut cursor = Cursor { bytes: source, at: 0 };
    cursor.enter()?;
    while let Some(name) = cursor.name()? {
        let value = cursor.value()?;
        match name {
            b"db" => database = Some(plain(value)?),
            b"table" => table = Some(plain(value)?),
            _ => continue,
        }
        if let (Some(database), Some(table)) = (database, table) {
            return Some(Scanned {
                op: plain(op)?,
                database,
                table,
                before: row(before)?,
                after: row(after)?,
            });
        }
    }
    None
}

/// A string without its quotes, where it has no escapes.
fn plain(string: &[u8]) -> Option<&[u8]> {
    let inner = string.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    memchr::memchr(b'\\', inner).is_none().then_some(inner)
}

/// The values of some columns of a row, as they stand in it; `found` has a place for each name.
pub(super) fn columns<'a>(
    row: &'a [u8],
    mut position: impl FnMut(&[u8]) -> Option<usize>,
    found: &mut [&'a [u8]],
) -> Option<()> {
    let mut missing = found.len();
    let mut cursor = Cursor { bytes: row, at: 0 };
    cursor.enter()?;
    while missing > 0 {
        let name = cursor.name()??;
        let value = cursor.value()?;
        if let Some(place) = position(name).and_then(|position| found.get_mut(position)) {
            if !place.is_empty() {
                return None;
            }
            *place = value;
            missing -= 1;
        }
    }
    Some(())
}

/// Steps through the members of an object.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    #[inline]
    fn next(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    /// The next byte that is not white, which the cursor stands behind then.
    #[inline]
    fn solid(&mut self) -> Option<u8> {
        loop {
            let byte = self.next()?;
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(byte);
            }
        }
    }

    fn enter(&mut self) -> Option<()> {
        (self.solid()? == b'{').then_some(())
    }

    /// The name of the next member, where it has no escapes, and past its colon; `Some(None)` at the object's end.
    #[inline]
    fn name(&mut self) -> Option<Option<&'a [u8]>> {
        let mut first = self.solid()?;
        if first == b',' {
            first = self.solid()?;
        }
        if first == b'}' {
            return Some(None);
        }
        let start = self.at;
        let escaped = self.string()?;
        let name = self.bytes.get(start..self.at.checked_sub(1)?)?;
        (first == b'"' && !escaped && self.solid()? == b':').then_some(Some(name))
    }

    /// The next value, and past it.
    #[inline]
    fn value(&mut self) -> Option<&'a [u8]> {
        let first = self.solid()?;
        let start = self.at.checked_sub(1)?;
        match first {
            b'"' => {
                self.string()?;
            }
            b'{' | b'[' => self.nested()?,
            _ => {
                while !matches!(self.bytes.get(self.at)?, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r') {
                    self.at += 1;
                }
            }
        }
        self.bytes.get(start..self.at)
    }

    /// To behind the quote that ends a string; true where it has escapes.
    #[inline]
    fn string(&mut self) -> Option<bool> {
        let mut escaped = false;
        loop {
            self.skip_plain()?;
            if self.next()? == b'"' {
                return Some(escaped);
            }
            escaped = true;
            self.next()?;
        }
    }

    /// To behind the bracket that closes the one just passed.
    #[inline]
    fn nested(&mut self) -> Option<()> {
        self.at += brackets::end(self.bytes.get(self.at..)?)?;
        Some(())
    }

    /// To the next quote or backslash, eight bytes at a time: most strings of a record are shorter than a vector.
    #[inline]
    fn skip_plain(&mut self) -> Option<()> {
        while let Some(eight) = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<8>()) {
            let word = u64::from_le_bytes(*eight);
            let hits = zero_byte(word ^ splat(b'"')) | zero_byte(word ^ splat(b'\\'));
            if hits != 0 {
                self.at += usize::try_from(hits.trailing_zeros() / 8).ok()?;
                return Some(());
            }
            self.at += 8;
        }
        while !matches!(self.bytes.get(self.at)?, b'"' | b'\\') {
            self.at += 1;
        }
        Some(())
    }
}

#[inline]
const fn splat(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The top bit of each byte that is zero. Above the first such byte there may be bits too many, below it never.
#[inline]
const fn zero_byte(word: u64) -> u64 {
    word.wrapping_sub(splat(1)) & !word & splat(0x80)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(record: &str) -> Option<[String; 5]> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let Scanned { op, database, table, before, after } = scan(record.as_bytes())?;
        Some([op, database, table, before.unwrap_or(b"-"), after.unwrap_or(b"-")].map(text))
    }

    #[test]
    fn records_are_seen_in_any_order_and_spacing() {
        let expected = Some(["u", "shop", "t", "-", r#"{"a":"}{\"","b":[{}]}"#].map(str::to_owned));
        for record in [
            r#"{"before":null,"after":{"a":"}{\"","b":[{}]},"source":{"x":{"db":1},"db":"shop","table":"t"},"op":"u","more":1}"#,
            r#" { "op" : "u" , "source" : { "table" : "t", "db":"shop" } , "after" : {"a":"}{\"","b":[{}]} }"#,
            r#"{"schema":{"op":"d","y":"_"},"payload":{"op":"u","source":{"db":"shop","table":"t"},"after":{"a":"}{\"","b":[{}]}}}"#,
            r#"{"payload":{"op":"u","source":{"db":"shop","table":"t"},"after":{"a":"}{\"","b":[{}]},"before":null},"schema":null}"#,
        ] {
            assert_eq!(shown(record), expected, "{record}");
        }
    }

    #[test]
    fn what_is_not_sure_is_not_answered() {
        for record in [
            "",
            "null",
            "{}",
            "{",
            r#"{"op":"c"}"#,
            r#"{"\u006fp":"c","source":{"db":"a","table":"b"},"after":{}}"#,
            r#"{"op":"c","source":{"db":"\u0061","table":"b"},"after":{}}"#,
            r#"{"op":"c","op":"d","source":{"db":"a","table":"b"},"after":{},"before":{}}"#,
            r#"{"op":"c","source":{"db":"a","table":null},"after":{}}"#,
            r#"{"payload":{"op":"c","source":{"db":"a","table":"b"},"after":{}},"op":"d"}"#,
            r#"{"payload":{"payload":{"op":"c","source":{"db":"a","table":"b"},"after":{}}}}"#,
            r#"{"op":"c","source":{"db":"a","table":"b"},"after":[]}"#,
            r#"{"ts_ms":1}"#,
            r#"{"op":"c","source":{"db":"a","table":"b"#,
        ] {
            assert_eq!(shown(record), None, "{record}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_scanned_or_not(bytes: Vec<u8>, text in "[\\[\\]{}\",:\\\\opsourcedbtable ]{0,80}") {
            let _ = (scan(&bytes), scan(text.as_bytes()));
            let mut found = [&b""[..]; 2];
            let _ = columns(text.as_bytes(), |name| Some(name.len() % 2), &mut found);
        }
    }
}
