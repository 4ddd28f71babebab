//! Nested types and intervals, read from the text of `LogicalType.asSerializableString()`.

/// What a text is made of; types inside are texts still.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parts<'a> {
    /// INTERVAL of years and months
    Months,
    /// INTERVAL of days to seconds
    Millis,
    Array(&'a str),
    Multiset(&'a str),
    Map(&'a str, &'a str),
    /// Names without their quotes, and types.
    Row(Vec<(String, &'a str)>),
}

/// Takes a text apart that says nothing of NULL, where it is of a nested type or an interval.
pub(super) fn split(text: &str) -> Option<Parts<'_>> {
    if let Some(fields) = text.strip_prefix("INTERVAL ") {
        return interval(fields);
    }
    let (name, rest) = text.split_once('<')?;
    let inside = rest.strip_suffix('>')?;
    match (name, parts(inside)?.as_slice()) {
        ("ARRAY", [element]) => Some(Parts::Array(element)),
        ("MULTISET", [element]) => Some(Parts::Multiset(element)),
        ("MAP", [key, value]) => Some(Parts::Map(key, value)),
        ("ROW", fields) => fields.iter().map(|field| field_of(field)).collect::<Option<_>>().map(Parts::Row),
        _ => None,
    }
}

/// `YEAR(2) TO MONTH`, `DAY(2) TO SECOND(6)` and shorter ones.
fn interval<'a>(fields: &str) -> Option<Parts<'a>> {
    let names = fields.split(" TO ").map(|field| field.split('(').next().unwrap_or_default());
    let months = |name: &str| matches!(name, "YEAR" | "MONTH");
    let millis = |name: &str| matches!(name, "DAY" | "HOUR" | "MINUTE" | "SECOND");
    if names.clone().all(months) {
        return Some(Parts::Months);
    }
    names.clone().all(millis).then_some(Parts::Millis)
}

/// What commas separate, where they stand neither in brackets nor in quotes; nothing where those do not end.
fn parts(text: &str) -> Option<Vec<&str>> {
    let (mut parts, mut start, mut depth, mut quote) = (Vec::new(), 0, 0_usize, None);
    for (place, character) in text.char_indices() {
        match (quote, character) {
            // A doubled quote ends and begins again, which is the same.
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '`' | '\'') => quote = Some(character),
            (None, '<' | '(') => depth += 1,
            (None, '>' | ')') => depth = depth.checked_sub(1)?,
            (None, ',') if depth == 0 => {
                parts.push(text.get(start..place)?.trim());
                start = place + 1;
            }
            _ => {}
        }
    }
    let last = text.get(start..)?.trim();
    if !(last.is_empty() && parts.is_empty()) {
        parts.push(last);
    }
    (depth == 0 && quote.is_none()).then_some(parts)
}

/// A field's name and type, without its description.
fn field_of(text: &str) -> Option<(String, &str)> {
    let quoted = text.strip_prefix('`')?;
    let (mut name, mut rest) = (String::new(), quoted);
    loop {
        let (before, behind) = rest.split_once('`')?;
        name.push_str(before);
        match behind.strip_prefix('`') {
            Some(more) => {
                name.push('`');
                rest = more;
            }
            None => return Some((name, without_description(behind.trim_start())?)),
        }
    }
}

/// The type in front of a description, which is the only text in quotes outside of brackets.
fn without_description(text: &str) -> Option<&str> {
    let (mut depth, mut name) = (0_usize, false);
    for (place, character) in text.char_indices() {
        match character {
            '`' => name = !name,
            _ if name => {}
            '\'' if depth == 0 => return Some(text.get(..place)?.trim_end()),
            '<' | '(' => depth += 1,
            '>' | ')' => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    Some(text)
}
