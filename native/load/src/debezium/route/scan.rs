//! A look at a record that finds its operation, its table and its rows without reading the values.
//!
//! Promise: where it gives an answer for a record that [`crate::debezium::Event::parse`] accepts, it is the same
//! answer. Where it is not sure (escapes in names, an envelope beside a change, anything that it does not expect) it
//! gives none and the caller parses. It does not validate: a malformed record is found when its rows are loaded.

use super::cursor::Cursor;

/// What a change's record says of itself; names and rows as they stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scanned<'a> {
    /// Without its quotes.
    pub(crate) op: &'a [u8],
    pub(crate) database: &'a [u8],
    pub(crate) table: &'a [u8],
    /// Objects; `None` for null.
    pub(crate) before: Option<&'a [u8]>,
    pub(crate) after: Option<&'a [u8]>,
}

/// Scans a record, through its envelope.
pub(crate) fn scan(record: &[u8]) -> Option<Scanned<'_>> {
    match look(record)? {
        ScannedRecord::Change(change) => Some(change),
        // An envelope is looked through once.
        ScannedRecord::Envelope(payload) => match look(payload)? {
            ScannedRecord::Change(change) => Some(change),
            ScannedRecord::Envelope(_) => None,
        },
    }
}

enum ScannedRecord<'a> {
    Change(Scanned<'a>),
    Envelope(&'a [u8]),
}

fn look(record: &[u8]) -> Option<ScannedRecord<'_>> {
    let (mut op, mut source, mut before, mut after, mut payload) = (None, None, None, None, None);
    let mut cursor = Cursor::of_object(record)?;
    while let Some(name) = cursor.name()? {
        let value = cursor.value()?;
        let place = match name {
            b"op" => &mut op,
            b"source" => &mut source,
            b"before" => &mut before,
            b"after" => &mut after,
            b"payload" => &mut payload,
            _ => continue,
        };
        if place.replace(value).is_some() {
            return None;
        }
        if op.is_some() && source.is_some() && before.is_some() && after.is_some() {
            break;
        }
    }
    match (op, source, before, after, payload) {
        (None, None, None, None, Some(payload)) => Some(ScannedRecord::Envelope(payload)),
        (Some(op), Some(source), before, after, None) => {
            change(op, source, before, after).map(ScannedRecord::Change)
        }
        _ => None,
    }
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
    let mut cursor = Cursor::of_object(source)?;
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
pub(crate) fn columns<'a>(
    row: &'a [u8],
    mut position: impl FnMut(&[u8]) -> Option<usize>,
    found: &mut [&'a [u8]],
) -> Option<()> {
    let mut missing = found.len();
    let mut cursor = Cursor::of_object(row)?;
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
