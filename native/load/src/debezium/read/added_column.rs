//! What the rows that were there got in a column that an ALTER TABLE added: the log has no event of that.
//!
//! Promise: a value is told only where the statement itself adds the column, by a DEFAULT that has one meaning whatever
//! the session's settings were, or by none at all, where the type has a value of its own for NOT NULL. All else is not
//! known: functions, numbers of rows, computed columns, instants, bytes, a backslash. So a column that got another name
//! is none that was added. It reads no other part of a statement.

use crate::debezium::SourceType;

/// A piece of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    /// In quotes of this kind; what is between them, without doubled ones.
    Quoted(char, String),
    Symbol(char),
}

/// What a column's definition says of its value.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Nothing,
    Null,
    Text(String),
    Number(String),
    Bits(String),
    Unknown,
}

/// The columns that a statement adds, with what it says of them.
pub(super) struct AddedColumns(Vec<(String, Said)>);

/// Clauses behind ADD that are about no column.
const OTHERS: [&str; 12] = [
    "index",
    "key",
    "unique",
    "primary",
    "constraint",
    "foreign",
    "fulltext",
    "spatial",
    "check",
    "partition",
    "period",
    "system",
];

impl AddedColumns {
    pub(super) fn of(ddl: &str) -> Self {
        let tokens = tokens(ddl).unwrap_or_default();
        let mut added = Vec::new();
        if !tokens.first().is_some_and(|first| is_word(first, "alter")) {
            return AddedColumns(added);
        }
        for (number, clause) in clauses(&tokens).enumerate() {
            let begin = clause.iter().position(|token| is_word(token, "add"));
            let Some(begin) = begin.filter(|at| number == 0 || *at == 0) else { continue };
            let mut rest = &clause[begin + 1..];
            for words in [&["column"][..], &["if", "not", "exists"]] {
                if words
                    .iter()
                    .enumerate()
                    .all(|(at, word)| rest.get(at).is_some_and(|token| is_word(token, word)))
                {
                    rest = &rest[words.len()..];
                }
            }
            match rest {
                [Token::Symbol('('), inside @ .., Token::Symbol(')')] => {
                    added.extend(clauses(inside).filter_map(column));
                }
                one => added.extend(column(one)),
            }
        }
        AddedColumns(added)
    }

    /// The value, as a text that a column of the target reads; `None`: NULL, or not known. `labels` of ENUM and SET.
    pub(super) fn value(
        &self,
        name: &str,
        kind: SourceType,
        nullable: bool,
        labels: &[String],
    ) -> Option<String> {
        let (_, said) = self.0.iter().find(|(added, _)| added.eq_ignore_ascii_case(name))?;
        match said {
            Said::Nothing if !nullable => own_value(kind, labels),
            Said::Text(text) => of_text(kind, text, labels),
            Said::Number(number) => of_number(kind, number),
            Said::Bits(bits) => of_bits(kind, bits),
            Said::Nothing | Said::Null | Said::Unknown => None,
        }
    }
}

fn column(definition: &[Token]) -> Option<(String, Said)> {
    let (name, rest) = definition.split_first()?;
    let name = match name {
        Token::Word(word) if !OTHERS.contains(&word.to_ascii_lowercase().as_str()) => word,
        Token::Quoted('`' | '"', name) => name,
        _ => return None,
    };
    Some((name.clone(), said(rest)))
}

fn said(definition: &[Token]) -> Said {
    let filled = ["as", "generated", "auto_increment", "serial"];
    let top: Vec<&Token> = top_level(definition);
    if top.iter().any(|token| filled.iter().any(|word| is_word(token, word))) {
        return Said::Unknown;
    }
    let Some(at) = top.iter().position(|token| is_word(token, "default")) else { return Said::Nothing };
    let (sign, rest) = match &top[at + 1..] {
        [Token::Symbol(sign @ ('-' | '+')), rest @ ..] => (Some(*sign), rest),
        rest => (None, rest),
    };
    let (said, behind) = match (sign, rest) {
        (None, [Token::Word(bits), Token::Quoted('\'', text), behind @ ..])
            if bits.eq_ignore_ascii_case("b") =>
        {
            (Said::Bits(text.clone()), behind)
        }
        (None, [Token::Quoted('\'' | '"', text), behind @ ..]) => (Said::Text(text.clone()), behind),
        (None, [Token::Word(word), behind @ ..]) if word.eq_ignore_ascii_case("null") => (Said::Null, behind),
        (None, [Token::Word(word), behind @ ..]) if word.eq_ignore_ascii_case("true") => {
            (Said::Number("1".to_owned()), behind)
        }
        (None, [Token::Word(word), behind @ ..]) if word.eq_ignore_ascii_case("false") => {
            (Said::Number("0".to_owned()), behind)
        }
        (sign, [Token::Word(word), behind @ ..]) if is_number(word) => {
            let minus = if sign == Some('-') { "-" } else { "" };
            (Said::Number(format!("{minus}{word}")), behind)
        }
        _ => return Said::Unknown,
    };
    match behind.first() {
        // Another text is part of it, a parenthesis makes it a function, an operator an expression.
        None => said,
        Some(Token::Word(_)) if !matches!(said, Said::Text(ref text) if text.contains('\\')) => said,
        Some(_) => Said::Unknown,
    }
}

/// Without what is in parentheses, which are left as one symbol.
fn top_level(tokens: &[Token]) -> Vec<&Token> {
    let mut depth = 0_usize;
    let mut top = Vec::new();
    for token in tokens {
        match token {
            Token::Symbol(')') => depth = depth.saturating_sub(1),
            Token::Symbol('(') => {
                if depth == 0 {
                    top.push(token);
                }
                depth += 1;
            }
            _ if depth == 0 => top.push(token),
            _ => {}
        }
    }
    top
}

/// What stands between commas outside of parentheses.
fn clauses(tokens: &[Token]) -> impl Iterator<Item = &[Token]> {
    let mut depth = 0_usize;
    tokens.split(move |token| {
        match token {
            Token::Symbol('(') => depth += 1,
            Token::Symbol(')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && *token == Token::Symbol(',')
    })
}

fn is_word(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word(found) if found.eq_ignore_ascii_case(word))
}

fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && text.parse::<f64>().is_ok()
}

/// Nothing where a comment may be run, or something does not end.
fn tokens(ddl: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = ddl.trim_start();
    while let Some(first) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("/*") {
            if comment.starts_with(['!', 'M']) {
                return None;
            }
            rest = comment.split_once("*/")?.1;
        } else if first == '#' || rest.starts_with("-- ") {
            rest = rest.split_once('\n').map_or("", |(_, behind)| behind);
        } else if matches!(first, '\'' | '"' | '`') {
            let (text, behind) = quoted(&rest[1..], first)?;
            tokens.push(Token::Quoted(first, text));
            rest = behind;
        } else if first.is_alphanumeric() || matches!(first, '_' | '$' | '.' | '@') {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '@')));
            let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
            tokens.push(Token::Word(word.to_owned()));
            rest = behind;
        } else {
            tokens.push(Token::Symbol(first));
            rest = &rest[first.len_utf8()..];
        }
        rest = rest.trim_start();
    }
    Some(tokens)
}

/// A backslash stays in the text: what it means is a session's setting, and so is where a text ends behind it.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            let behind = &text[at + 1..];
            if !behind.starts_with(quote) {
                return Some((value, behind));
            }
            chars.next();
        } else if c == '\\' && quote != '`' {
            return None;
        }
        value.push(c);
    }
    None
}

/// What MySQL stores in a column that takes no NULL and has no DEFAULT.
fn own_value(kind: SourceType, labels: &[String]) -> Option<String> {
    match kind {
        SourceType::Enum => label(labels.first()?),
        SourceType::Varchar(_) | SourceType::Text | SourceType::Set => Some(String::new()),
        SourceType::Time(_) => Some("00:00:00".to_owned()),
        _ => of_number(kind, "0"),
    }
}

fn of_number(kind: SourceType, number: &str) -> Option<String> {
    match kind {
        SourceType::TinyIntOne | SourceType::Integer { .. } => Some(number.parse::<i128>().ok()?.to_string()),
        SourceType::Year => {
            number.parse::<u16>().ok().filter(|year| (1901..=2155).contains(year)).map(|y| y.to_string())
        }
        SourceType::Float | SourceType::Double | SourceType::Decimal { .. } => Some(number.to_owned()),
        SourceType::Bit(_) if matches!(number, "0" | "1") => of_bits(kind, number),
        SourceType::Varchar(_) | SourceType::Text if number.bytes().all(|b| b.is_ascii_digit()) => {
            number.parse::<u64>().ok().map(|n| n.to_string()).filter(|plain| plain == number)
        }
        _ => None,
    }
}

fn of_bits(kind: SourceType, bits: &str) -> Option<String> {
    let SourceType::Bit(length) = kind else { return None };
    let significant = bits.trim_start_matches('0');
    let length = usize::from(length);
    if bits.is_empty() || significant.len() > length || !bits.bytes().all(|b| matches!(b, b'0' | b'1')) {
        return None;
    }
    Some(if length == 1 { (significant == "1").to_string() } else { format!("{significant:0>length$}") })
}

fn of_text(kind: SourceType, text: &str, labels: &[String]) -> Option<String> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    match kind {
        // Blanks at the end are none in a CHAR.
        SourceType::Varchar(_) | SourceType::Text => {
            (!text.contains('\0') && !text.ends_with(' ')).then(|| text.to_owned())
        }
        SourceType::Enum => labels.iter().filter_map(|known| label(known)).find(|known| known == text),
        SourceType::Set if text.is_empty() => Some(String::new()),
        SourceType::Set => labels.iter().filter_map(|known| label(known)).find(|known| known == text),
        SourceType::Date => is_like(text, "0000-00-00").then(|| text.to_owned()).filter(|text| is_date(text)),
        SourceType::DateTime(digits) => {
            let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
            let fits = is_like(seconds, "0000-00-00 00:00:00") && is_fraction(fraction, digits);
            fits.then(|| text.to_owned()).filter(|text| is_date(text))
        }
        SourceType::Time(digits) => {
            let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
            let fits = is_like(seconds, "00:00:00") && seconds < "24" && is_fraction(fraction, digits);
            fits.then(|| text.to_owned())
        }
        SourceType::Bit(_) => None,
        _ if is_number(unsigned) => of_number(kind, text.strip_prefix('+').unwrap_or(text)),
        _ => None,
    }
}

/// Digits where the pattern has them, and all else as it is.
fn is_like(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text
            .bytes()
            .zip(pattern.bytes())
            .all(|(c, like)| if like == b'0' { c.is_ascii_digit() } else { c == like })
}

fn is_fraction(digits: &str, most: u8) -> bool {
    digits.len() <= usize::from(most) && digits.bytes().all(|digit| digit.is_ascii_digit())
}

/// A month and a day, of a year that both sides know.
fn is_date(text: &str) -> bool {
    let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default().to_owned();
    part(0..4).as_str() >= "1000" && part(5..7) != "00" && part(8..10) != "00"
}

/// A label of Debezium's, in single quotes.
fn label(told: &str) -> Option<String> {
    let inside = told.strip_prefix('\'')?.strip_suffix('\'')?;
    (!inside.contains(['\'', '\\'])).then(|| inside.to_owned())
}

#[cfg(test)]
#[path = "added_column_tests.rs"]
mod tests;
