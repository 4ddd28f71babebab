//! The server's settings as a load session needs them, whatever a role or a database has as its default.
//!
//! Rows that are sent mean the same under every value of every setting but the [`PINNED`] ones, which nobody else
//! may choose (a test goes over all settings that the server has); the names that users may not set stand in Java's
//! `SessionProperty`. The others here are the connector's own choice, and a user's comes after them. Nothing here
//! sends anything.

use std::time::Duration;

use super::dialect::{Dialect, Family};
use super::interval::setting_millis;
use crate::error::{Error, Kind, Result};
use crate::ident::{Ident, literal};

/// Not every server knows every name.
pub(crate) const PINNED: [(&str, &str); 6] = [
    // All text is sent in it. It is also asked for at login, but a pooler may have logged in before.
    ("client_encoding", "UTF8"),
    ("standard_conforming_strings", "on"),
    // What is looked for after a lock is held must be what the lock was waited for.
    ("default_transaction_isolation", "read committed"),
    ("default_transaction_read_only", "off"),
    // Some statements may fail, and another way is taken.
    ("exit_on_error", "off"),
    // Off, a statement on a table leaves out its partitions (before PostgreSQL 10, and Greenplum 6).
    ("sql_inheritance", "on"),
];

/// Lists of names: one text would be one name.
const LISTS: [&str; 4] =
    ["search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries"];

const CATALOG: &str = "pg_catalog";

/// What the connector sets before the user does.
#[must_use]
pub(crate) fn chosen(dialect: Dialect, lock_timeout: Duration) -> Vec<(&'static str, String)> {
    let mut settings = vec![
        // A merge or a wait for the next checkpoint may be long; our own deadlines watch over both.
        ("statement_timeout", "0".to_owned()),
        ("idle_in_transaction_session_timeout", "0".to_owned()),
        ("idle_session_timeout", "0".to_owned()),
        ("transaction_timeout", "0".to_owned()),
        // A checkpoint may complete only when the COMMIT is on disk.
        ("synchronous_commit", "on".to_owned()),
        // A column of type xml takes what is no whole document.
        ("xmloption", "content".to_owned()),
    ];
    if !lock_timeout.is_zero() {
        settings.push(("lock_timeout", setting_millis(lock_timeout)));
    }
    if dialect.family() != Family::PostgreSql {
        // The ORCA planner may lock the whole target for an INSERT; and without nested loops a DELETE of a
        // thousand keys scans the whole target (190 ms against 1.4 ms).
        settings.push(("optimizer", "off".to_owned()));
        settings.push(("enable_nestloop", "on".to_owned()));
        settings.push(("random_page_cost", "2".to_owned()));
    }
    settings
}

/// `SET name TO 'value'`, or `SET name TO 'value', 'value'` where the setting is a list of names. A dotted (extension)
/// name keeps its dot outside the quotes.
///
/// # Errors
/// As [`Ident::new`], and kind `Config` for a list that is none.
pub(crate) fn set(name: &str, value: &str) -> Result<String> {
    let parts: Result<Vec<_>> = name.split('.').map(Ident::new).collect();
    let quoted = parts?.iter().map(Ident::quoted).collect::<Vec<_>>().join(".");
    let value = if LISTS.iter().any(|list| list.eq_ignore_ascii_case(name)) {
        let names =
            names(value).ok_or_else(|| Error::new(Kind::Config, "must be names with commas between"))?;
        if names.is_empty() {
            literal("")
        } else {
            names.iter().map(|name| literal(name)).collect::<Vec<_>>().join(", ")
        }
    } else {
        literal(value)
    };
    Ok(format!("SET {quoted} TO {value}"))
}

/// The search path under which the connector's own statements mean what they say: `pg_catalog` before all others, as it
/// is where a path does not name it, and at the end the schema of `citext`, if there is one, without which keys of that
/// type would be compared as text.
///
/// `None` where the path is good or is no list of names.
#[must_use]
pub(crate) fn safe_search_path(path: &str, citext: Option<&str>) -> Option<String> {
    let mut names = names(path)?;
    let catalog_is_late = names.iter().position(|name| name == CATALOG).is_some_and(|position| position > 0);
    let citext = citext.filter(|schema| names.iter().all(|name| name != schema));
    if !catalog_is_late && citext.is_none() {
        return None;
    }
    if catalog_is_late {
        names.retain(|name| name != CATALOG);
        names.insert(0, CATALOG.to_owned());
    }
    names.extend(citext.map(ToOwned::to_owned));
    let quoted: Vec<_> = names.iter().map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect();
    Some(quoted.join(", "))
}

/// A list as the server reads it: names with commas between, in lower case unless they are quoted. `None` where it is
/// none.
fn names(list: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut rest = list.trim();
    while !rest.is_empty() {
        let (name, behind) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_name(quoted)?,
            None => {
                let (name, behind) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
                (name.trim().to_lowercase(), behind)
            }
        };
        if !rest.starts_with('"') && (name.is_empty() || name.contains('"')) {
            return None;
        }
        names.push(name);
        rest = behind.trim_start();
        if let Some(more) = rest.strip_prefix(',') {
            rest = more.trim_start();
            if rest.is_empty() {
                return None;
            }
        } else if !rest.is_empty() {
            return None;
        }
    }
    // An empty name stands for no name at all.
    names.retain(|name| !name.is_empty());
    Some(names)
}

/// The name up to its closing quote, and what stands behind that.
fn quoted_name(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let (part, behind) = rest.split_once('"')?;
        name.push_str(part);
        match behind.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return Some((name, behind)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_quoted() {
        assert_eq!(set("work_mem", "64MB").expect("ok"), "SET \"work_mem\" TO '64MB'");
        assert_eq!(set("my.x", "a'b").expect("ok"), "SET \"my\".\"x\" TO 'a''b'");
        assert_eq!(set("DateStyle", "ISO, MDY").expect("ok"), "SET \"DateStyle\" TO 'ISO, MDY'");
    }

    #[test]
    fn a_list_is_set_name_by_name() {
        for (list, value) in [
            ("a", "'a'"),
            ("a, B ,\"C\"", "'a', 'b', 'C'"),
            ("\"$user\", public", "'$user', 'public'"),
            ("\"a \"\" , b\"", "'a \" , b'"),
            ("it's", "'it''s'"),
            ("", "''"),
            ("\"\"", "''"),
        ] {
            assert_eq!(set("Search_Path", list).expect("ok"), format!("SET \"Search_Path\" TO {value}"));
        }
        for bad in ["\"a", "a,", "\"a\"b", "a\"b", ",a", "a,,b"] {
            assert_eq!(set("search_path", bad).expect_err(bad).kind(), Kind::Config, "{bad}");
        }
    }

    #[test]
    fn the_catalog_comes_first_and_citext_is_found() {
        for (path, citext, safe) in [
            ("\"$user\", public", None, None),
            ("pg_catalog, evil", None, None),
            ("", None, None),
            ("\"a", Some("ext"), None),
            ("evil, PG_CATALOG, b", None, Some("\"pg_catalog\", \"evil\", \"b\"")),
            ("public", Some("public"), None),
            ("app", Some("ex\"t"), Some("\"app\", \"ex\"\"t\"")),
            ("evil,pg_catalog", Some("ext"), Some("\"pg_catalog\", \"evil\", \"ext\"")),
        ] {
            assert_eq!(safe_search_path(path, citext).as_deref(), safe, "{path}");
        }
    }
}
