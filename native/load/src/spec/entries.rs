//! The lines of a spec, each taken once.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use crate::error::{Error, Kind, Result};

/// The text's keys and values, each taken at most once; what is left at the end is unknown.
pub(super) struct Entries(pub(super) BTreeMap<String, String>);

impl Entries {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let mut entries = BTreeMap::new();
        for line in text.split('\n').filter(|line| !line.is_empty()) {
            let (key, value) =
                line.split_once('=').ok_or_else(|| config("a spec line has no '='".to_owned()))?;
            let (key, value) = (unescape(key)?, unescape(value)?);
            if entries.insert(key.clone(), value).is_some() {
                return Err(config(format!("option '{key}' is given twice")));
            }
        }
        Ok(Entries(entries))
    }

    pub(super) fn optional(&mut self, key: &str) -> Option<String> {
        self.0.remove(key)
    }

    pub(super) fn required(&mut self, key: &str) -> Result<String> {
        self.optional(key).ok_or_else(|| config(format!("option '{key}' is missing")))
    }

    /// A value that parses as `T`; the value itself is not shown, since a spec also carries secrets.
    pub(super) fn parsed<T: FromStr>(&mut self, key: &str, expected: &str) -> Result<T> {
        self.required(key)?.parse().map_err(|_| config(format!("option '{key}' must be {expected}")))
    }

    pub(super) fn one_of<T: Copy>(&mut self, key: &str, choices: &[(&str, T)]) -> Result<T> {
        let value = self.required(key)?;
        choices.iter().find(|(name, _)| *name == value).map(|(_, choice)| *choice).ok_or_else(|| {
            let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            config(format!("option '{key}' must be one of {}, not '{value}'", names.join(", ")))
        })
    }

    pub(super) fn flag(&mut self, key: &str) -> Result<bool> {
        self.one_of(key, &[("true", true), ("false", false)])
    }

    /// Whether something is said at all, that may only be said with `true`.
    pub(super) fn present(&mut self, key: &str) -> Result<bool> {
        match self.optional(key).as_deref() {
            None => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(config(format!("option '{key}' must be true or left out"))),
        }
    }

    /// All entries whose key starts with `prefix`, without it, sorted.
    pub(super) fn with_prefix(&mut self, prefix: &str) -> Vec<(String, String)> {
        let keys: Vec<_> = self.0.keys().filter(|key| key.starts_with(prefix)).cloned().collect();
        keys.into_iter()
            .filter_map(|key| {
                let name = key.strip_prefix(prefix)?.to_owned();
                Some((name, self.0.remove(&key)?))
            })
            .collect()
    }

    pub(super) fn nothing_left(self) -> Result<()> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(key) => Err(config(format!("option '{key}' is unknown"))),
        }
    }
}

pub(super) fn config(what: String) -> Error {
    Error::new(Kind::Config, what)
}

fn unescape(text: &str) -> Result<String> {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match chars.next() {
            Some('\\') => plain.push('\\'),
            Some('n') => plain.push('\n'),
            Some('r') => plain.push('\r'),
            _ => return Err(config("a spec line has a bad escape".to_owned())),
        }
    }
    Ok(plain)
}

pub(super) fn millis(entries: &mut Entries, key: &str) -> Result<Duration> {
    Ok(Duration::from_millis(entries.parsed(key, "a number of milliseconds")?))
}
