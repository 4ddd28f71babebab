//! A label belongs to one sink at a time: who starts a job anew while the old one still loads is told so.
//!
//! Promise: before a session's first table opens, no session of the database bears the label for another sink; the same
//! sink, a restarted job or one restored from a savepoint, takes over at once. Sessions of a job that was just ended
//! have a few seconds to be gone. It is a courtesy, not a fence: nothing keeps another sink from coming later, which
//! then is told.

use std::time::{Duration, Instant};

use tokio::sync::OnceCell;
use tokio_postgres::types::ToSql;

use crate::connection::connection::Connection;
use crate::error::{Error, Kind, Result};
use crate::spec::{SINK_DIGITS, SinkSpec};
use crate::sql::{TOKEN_LENGTH, catalog};

/// How long sessions of a job that was just ended may still be there.
const GRACE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(200);

/// A sink's label and the digits by which its own sessions are known.
#[derive(Debug)]
pub(crate) struct Label {
    label: Option<String>,
    own: String,
    free: OnceCell<()>,
}

impl Label {
    pub(crate) fn new(sink: &SinkSpec) -> Self {
        let own = sink.id.chars().take(SINK_DIGITS).collect();
        Label { label: sink.label.clone(), own, free: OnceCell::new() }
    }

    /// Makes sure that nobody else bears the label, unless that was done.
    ///
    /// # Errors
    /// Kind `Config` where somebody does.
    pub(crate) async fn claim(&self, connection: &Connection) -> Result<()> {
        if let Some(label) = &self.label {
            self.free.get_or_try_init(|| self.wait_until_free(connection, label)).await?;
        }
        Ok(())
    }

    async fn wait_until_free(&self, connection: &Connection, label: &str) -> Result<()> {
        let began = Instant::now();
        let prefix = format!("{label}-");
        loop {
            let what = "look for other sessions (option 'sink.label-prefix')";
            let parameters: [&(dyn ToSql + Sync); 1] = [&prefix];
            let names = connection.query(what, catalog::SESSIONS_NAMED, &parameters).await?;
            let mut names = names.iter().map(|row| row.get::<_, &str>(0));
            let Some(other) = names.find(|name| self.is_another_sink(name, &prefix)) else { return Ok(()) };
            if began.elapsed() >= GRACE {
                let text = format!(
                    "option 'sink.label-prefix' = '{label}' is held by another live job, whose session '{other}' loads into \
                     this database: end that job, restore this one from its savepoint, or choose another label. Sinks of \
                     one job need labels of their own"
                );
                return Err(Error::new(Kind::Config, text));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Names are `<label>-<digits of the sink>-<subtask>-<attempt>`, maybe with a token, or `<label>-<digits of the
    /// sink>-committer-<token>`. Other labels may begin with this one.
    fn is_another_sink(&self, name: &str, prefix: &str) -> bool {
        let Some(rest) = name.strip_prefix(prefix) else { return false };
        let parts: Vec<&str> = rest.split('-').collect();
        let number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let sink = match parts.as_slice() {
            [sink, subtask, attempt] if number(subtask) && number(attempt) => *sink,
            [sink, subtask, attempt, token] if number(subtask) && number(attempt) && is_token(token) => *sink,
            [sink, _, token] if is_token(token) => *sink,
            _ => return false,
        };
        is_hexadecimal(sink, SINK_DIGITS) && sink != self.own
    }
}

fn is_token(part: &str) -> bool {
    is_hexadecimal(part, TOKEN_LENGTH)
}

fn is_hexadecimal(part: &str, length: usize) -> bool {
    part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_another_sinks_session_of_the_whole_label_is_one() {
        let label = Label { label: None, own: "0123abcd".to_owned(), free: OnceCell::new() };
        for (name, expected) in [
            ("a_b-0123abce-0-0", true),
            ("a_b-0123abce-127-12-0123456789abcdef", true),
            ("a_b-12345678-committer-0123456789abcdef", true),
            ("a_b-0123abcd-0-0", false),
            ("a_b-0123abcd-3-1-0123456789abcdef", false),
            ("axb-0123abce-0-0", false),
            ("a_b", false),
            ("a_b-", false),
            ("a_b-mine", false),
            ("a_b-0123abce", false),
            // Labels "a_b-c" and "a_b-deadbeef".
            ("a_b-c-12345678-0-0", false),
            ("a_b-deadbeef-12345678-0-0", false),
            ("a_b-deadbeef-12345678-0-0-0123456789abcdef", false),
            ("a_b-deadbeef-12345678-committer-0123456789abcdef", false),
            ("a_b-résumés-0-0", false),
        ] {
            assert_eq!(label.is_another_sink(name, "a_b-"), expected, "{name}");
        }
    }
}
