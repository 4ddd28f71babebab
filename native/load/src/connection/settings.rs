//! The start of each session: which server it is, and what is set there.
//!
//! Promise: two questions however many settings there are, and one more for each setting of the user's, so that what
//! the server has against one of them names it. Whatever stands in the session's search path by then, these statements
//! are looked up in `pg_catalog` alone.

use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow};

use crate::connection::deadline::Deadline;
use crate::connection::login::LoggedIn;
use crate::error::{Error, Kind, Result};
use crate::spec::SessionSpec;
use crate::sql::settings::{PINNED, chosen, safe_search_path, set};
use crate::sql::{Dialect, literal};

const SEARCH_PATH: &str = "search_path";

/// `is_local`: the path is this question's alone. Its settings are those of a load session that the server knows.
const FIRST: &str = "
SELECT pg_catalog.version(), pg_catalog.pg_backend_pid(), pg_catalog.current_setting('search_path'),
       pg_catalog.pg_is_in_recovery(),
       pg_catalog.set_config('search_path', 'pg_catalog', true);
SELECT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'citext';
SELECT name, setting FROM pg_catalog.pg_settings WHERE name IN ";

/// What the server said of itself.
struct Found {
    version: String,
    backend_pid: i32,
    search_path: String,
    only_reads: bool,
    citext: Option<String>,
    settings: Vec<(String, String)>,
}

/// Sets what a load session needs, and then what the user wants.
///
/// # Errors
/// Naming the option, for a setting that the server does not take; for a standby.
pub(crate) async fn prepare(
    session: &LoggedIn,
    spec: &SessionSpec,
    deadline: Deadline,
) -> Result<(Dialect, i32)> {
    let found = Found::by(session, spec, deadline).await?;
    if found.only_reads {
        let text = "the server is a standby that is not promoted yet, so it only reads";
        return Err(Error::new(Kind::Server, text).like("25006"));
    }
    let dialect = Dialect::from_version(&found.version);
    let ours = chosen(dialect, spec.lock_timeout);
    let pinned = PINNED.iter().map(|(name, value)| (*name, (*value).to_owned()));
    let mut statements = Vec::new();
    for (name, value) in pinned.chain(ours) {
        let there = found.settings.iter().find(|(known, _)| known == name);
        if there.is_some_and(|(_, setting)| *setting != value) {
            statements.push(set(name, &value)?);
        }
    }
    let citext = found.citext.as_deref();
    if let Some(path) = safe_search_path(&found.search_path, citext) {
        statements.push(set(SEARCH_PATH, &path)?);
    }
    if !statements.is_empty() {
        let statements = statements.join("; ");
        session.execute(deadline, "preparing the load session: its settings", &statements).await?;
    }
    for (name, value) in &spec.settings {
        let what = format!("option 'connection.properties.{name}'");
        let safe = name.eq_ignore_ascii_case(SEARCH_PATH).then(|| safe_search_path(value, citext)).flatten();
        let statement = set(name, safe.as_ref().unwrap_or(value)).map_err(|e| e.context(&what))?;
        session.execute(deadline, &what, &statement).await?;
    }
    Ok((dialect, found.backend_pid))
}

impl Found {
    async fn by(session: &LoggedIn, spec: &SessionSpec, deadline: Deadline) -> Result<Self> {
        // Of all families: which one it is, is not known yet.
        let names = PINNED.iter().map(|(name, _)| *name);
        let chosen = chosen(Dialect::from_version("PieCloudDB"), spec.lock_timeout);
        let names = names.chain(chosen.iter().map(|(name, _)| *name));
        let list = names.map(literal).collect::<Vec<_>>().join(", ");
        let asked = format!("{FIRST}({list})");
        let what = "preparing the load session: the server's version";
        let messages = session.simple_query(deadline, what, &asked).await?;
        let mut answers: [Vec<SimpleQueryRow>; 3] = Default::default();
        let mut answer = 0;
        for message in messages {
            match message {
                SimpleQueryMessage::Row(row) => {
                    if let Some(rows) = answers.get_mut(answer) {
                        rows.push(row);
                    }
                }
                SimpleQueryMessage::CommandComplete(_) => answer += 1,
                _ => {}
            }
        }
        Self::read(&answers).ok_or_else(|| Error::new(Kind::Server, "the server did not tell its version"))
    }

    fn read([first, citext, settings]: &[Vec<SimpleQueryRow>; 3]) -> Option<Self> {
        let text = |row: &SimpleQueryRow, column| row.get(column).map(ToOwned::to_owned);
        let first = first.first()?;
        Some(Found {
            version: text(first, 0)?,
            backend_pid: first.get(1)?.parse().ok()?,
            search_path: text(first, 2)?,
            only_reads: first.get(3)? == "t",
            citext: citext.first().and_then(|row| text(row, 0)),
            settings: settings.iter().filter_map(|row| Some((text(row, 0)?, text(row, 1)?))).collect(),
        })
    }
}

/// The `lock_timeout` of a session as it was prepared, for SET.
pub(crate) fn lock_timeout(spec: &SessionSpec, dialect: Dialect) -> String {
    let name = "lock_timeout";
    let users = spec.settings.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(name));
    let ours = || chosen(dialect, spec.lock_timeout).into_iter().find(|(known, _)| *known == name);
    let value = users.map(|(_, value)| value.clone()).or_else(|| ours().map(|(_, value)| value));
    value.map_or_else(|| "DEFAULT".to_owned(), |value| literal(&value))
}
