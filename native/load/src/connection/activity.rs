//! Does the server work on our statement? Asked over a connection of its own while another one is silent.
//!
//! Promise: it takes no longer than it is given, and is the truth as far as the server tells it: a session that waits
//! for its client is not at work, however active it calls itself. Servers before PostgreSQL 10 do not tell; of those a
//! COPY is in doubt, since only a COPY reads from its client while it runs.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use tokio_postgres::SimpleQueryMessage;

use crate::connection::deadline::Deadline;
use crate::connection::login::Login;
use crate::error::{Error, Kind, Result};
use crate::sql::catalog::AS_LOGGED_IN;

/// What a session of the server is at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Activity {
    /// It works, or waits for something of the server's own, which is told by its name: a lock, a standby.
    Runs { waits_for: Option<String> },
    /// The server lives, but what the session does is not known.
    InDoubt(String),
    /// The session does nothing that could be waited for.
    Over(String),
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Activity::Runs { waits_for: None } => f.write_str("the server has been at it"),
            Activity::Runs { waits_for: Some(event) } => {
                write!(f, "the server has been at it, and waits ({event})")
            }
            Activity::InDoubt(why) | Activity::Over(why) => f.write_str(why),
        }
    }
}

/// A row of `pg_stat_activity` as JSON: each version has other columns.
#[derive(Debug, Deserialize)]
struct Row {
    state: Option<String>,
    wait_event_type: Option<String>,
    wait_event: Option<String>,
    query: Option<String>,
    /// Since PostgreSQL 10, like waits for the client.
    backend_type: Option<String>,
}

impl Row {
    fn activity(self) -> Activity {
        let copies = |query: &String| query.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("copy"));
        match self.state.as_deref() {
            Some("active") if self.wait_event_type.as_deref() == Some("Client") => {
                let event = self.wait_event.unwrap_or_default();
                Activity::Over(format!("the server waits for us ({event}): what we sent has not arrived"))
            }
            Some("active") if self.backend_type.is_none() && self.query.as_ref().is_some_and(copies) => {
                Activity::InDoubt("the server does not tell whether it works or waits for us".to_owned())
            }
            Some("active") => {
                let event = self
                    .wait_event_type
                    .map(|kind| format!("{kind} {}", self.wait_event.unwrap_or_default()));
                Activity::Runs { waits_for: event }
            }
            None | Some("disabled") => {
                Activity::InDoubt("the server does not show what its sessions do".to_owned())
            }
            Some(state) => Activity::Over(format!("the server has no statement of ours to run ({state})")),
        }
    }
}

impl Activity {
    /// What the session `backend_pid` is at; asked for so long at most.
    pub(crate) async fn of(login: &Login, backend_pid: i32, limit: Duration) -> Self {
        match ask(login, backend_pid, limit).await {
            Ok(Some(row)) => row.activity(),
            Ok(None) => Activity::Over("the server does not know the session any more".to_owned()),
            // It answers, if only that it is full.
            Err(error) if error.sqlstate().is_some() => {
                Activity::InDoubt(format!("the server lives, but cannot be asked: {}", error.chain()))
            }
            Err(error) => Activity::Over(format!("the server cannot be asked: {}", error.chain())),
        }
    }
}

async fn ask(login: &Login, backend_pid: i32, limit: Duration) -> Result<Option<Row>> {
    let deadline = Deadline::new(limit, "sink.stall-timeout");
    let probe = login.reach(deadline).await?;
    let query = format!(
        "{AS_LOGGED_IN}SELECT pg_catalog.row_to_json(a)::text FROM pg_catalog.pg_stat_activity a WHERE a.pid = {backend_pid}"
    );
    let what = "asking whether a statement runs";
    let answer = probe.simple_query(deadline, what, &query).await?;
    let row = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    let parsed = row.map(serde_json::from_str).transpose();
    parsed.map_err(|error| Error::caused(Kind::Internal, what, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_session_that_works_runs() {
        let judged = |json: &str| serde_json::from_str::<Row>(json).expect("a row").activity();
        let over = |json: &str| assert!(matches!(judged(json), Activity::Over(_)), "{json}");
        let in_doubt = |json: &str| assert!(matches!(judged(json), Activity::InDoubt(_)), "{json}");
        let runs = |json: &str| assert!(matches!(judged(json), Activity::Runs { .. }), "{json}");
        let event = |event: &str| Activity::Runs { waits_for: Some(event.to_owned()) };
        let copy = "COPY \"t\" FROM STDIN";
        // PostgreSQL 10 and later.
        let new = |state: &str, kind: &str, query: &str| {
            let query = serde_json::to_string(query).expect("text");
            format!(
                r#"{{"pid":1,"state":{state},"wait_event_type":{kind},"wait_event":"ClientRead","query":{query},"backend_type":"client backend"}}"#
            )
        };
        runs(&new("\"active\"", "null", copy));
        runs(&new("\"active\"", "\"Lock\"", copy));
        runs(&new("\"active\"", "\"IO\"", "COMMIT"));
        let standby = r#"{"state":"active","wait_event_type":"IPC","wait_event":"SyncRep","query":"COMMIT","backend_type":"client backend"}"#;
        assert_eq!(judged(standby), event("IPC SyncRep"));
        assert_eq!(judged(standby).to_string(), "the server has been at it, and waits (IPC SyncRep)");
        over(&new("\"active\"", "\"Client\"", copy));
        over(&new("\"active\"", "\"Client\"", "DELETE FROM t"));
        over(&new("\"idle\"", "\"Client\"", "COMMIT"));
        over(&new("\"idle in transaction\"", "\"Client\"", "DELETE FROM t"));
        over(&new("\"idle in transaction (aborted)\"", "null", "DELETE FROM t"));
        in_doubt(&new("\"disabled\"", "null", ""));
        in_doubt(&new("null", "null", "<insufficient privilege>"));
        // Greenplum 6 and PostgreSQL 9.
        let old = |query: &str| {
            format!(r#"{{"waiting":false,"state":"active","query":"{query}","waiting_reason":null}}"#)
        };
        in_doubt(&old("COPY t FROM STDIN"));
        in_doubt(&old("copy t FROM STDIN"));
        runs(&old("DELETE FROM t"));
        over(r#"{"waiting":false,"state":"idle","query":"COPY t FROM STDIN"}"#);
    }
}
