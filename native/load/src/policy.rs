//! What becomes of an error: one table of what a server calls it and what was being done.
//!
//! Promise: every error gets a fate here and nowhere else. What passes is tried again or fails over, and never ends the
//! job; what the same row or option meets again ends it, and is never repeated without end; what may be either is given
//! time if it worked before, and none if it never did. `docs/operations.md` shows the table. Which loop tries again,
//! and what it must undo first, is the business of whoever meets the error.

use crate::kind::Kind;

/// What was being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Situation {
    /// Making a connection: TCP, TLS, login.
    Login,
    /// Its settings, the warehouse, the server's version and limits.
    Session,
    /// Looking at targets: the catalog, the label, the fence.
    Opening,
    /// Creating a target.
    Create,
    /// COPY, into a target or a staging table, and what belongs to it; COMMIT of appended rows.
    Copy,
    /// At-least-once: the transaction that merges.
    Merge,
    /// Exactly-once: the transaction that publishes.
    Publish,
}

impl Situation {
    /// All of them, in the order of the table's columns.
    pub const ALL: [Situation; 7] = [
        Situation::Login,
        Situation::Session,
        Situation::Opening,
        Situation::Create,
        Situation::Copy,
        Situation::Merge,
        Situation::Publish,
    ];
}

/// What is done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// Tried again in place, as often or as long as the situation allows; then the job fails over.
    Retry,
    /// The job fails over at once: Flink restarts it from its last checkpoint.
    FailOver,
    /// Where it worked before, tried again for the grace period; then, or where it never worked, the job ends.
    Grace,
    /// The job ends at once.
    End,
}

impl Fate {
    /// As in the documentation's table.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Fate::Retry => "retry",
            Fate::FailOver => "fail over",
            Fate::Grace => "grace",
            Fate::End => "end",
        }
    }
}

/// A row of the table.
#[derive(Debug)]
pub struct Row {
    /// Codes of five characters, classes of two; no text is all others.
    pub states: &'static [&'static str],
    /// What they are.
    pub what: &'static str,
    passing: Kind,
    lasting: Kind,
    /// In the order of [`Situation::ALL`].
    pub fates: [Fate; 7],
}

const R: Fate = Fate::Retry;
const F: Fate = Fate::FailOver;
const G: Fate = Fate::Grace;
const E: Fate = Fate::End;

/// The table; the first row that has the code, or its class, counts. Codes: PostgreSQL documentation, appendix A; 58M01
/// is Greenplum's lost interconnect.
pub const TABLE: [Row; 18] = [
    Row {
        states: &["08", "57P01", "57P02", "57P03", "57P05", "25P03", "25P04", "53300"],
        what: "the connection is lost, the server starts, stops, resumes, ends a session or has none left",
        passing: Kind::Connection,
        lasting: Kind::Connection,
        fates: [R, R, F, F, F, F, R],
    },
    Row {
        states: &["40", "55P03", "55006"],
        what: "other sessions are in the way: deadlock, serialization, lock timeout",
        passing: Kind::Contention,
        lasting: Kind::Contention,
        fates: [R, R, F, F, F, R, R],
    },
    Row {
        states: &["57014"],
        what: "the statement was cancelled: an administrator, or a statement timeout",
        passing: Kind::Server,
        lasting: Kind::Server,
        fates: [R, R, F, F, F, R, R],
    },
    Row {
        states: &["53"],
        what: "the server is short of disk, memory or another resource",
        passing: Kind::Server,
        lasting: Kind::Server,
        fates: [R, R, F, F, F, F, R],
    },
    Row {
        states: &["25006"],
        what: "the server only reads: a standby that is not promoted yet",
        passing: Kind::Server,
        lasting: Kind::Server,
        fates: [R, R, F, F, F, F, R],
    },
    Row {
        states: &["28"],
        what: "the role or its password is refused",
        passing: Kind::Server,
        lasting: Kind::Auth,
        fates: [G, G, F, F, F, F, R],
    },
    Row {
        states: &["3D000", "57P04"],
        what: "the database is missing",
        passing: Kind::Server,
        lasting: Kind::Target,
        fates: [G, G, F, F, F, F, R],
    },
    Row {
        states: &["42P01", "3F000"],
        what: "a table or schema is missing: it may be about to be swapped",
        passing: Kind::Server,
        lasting: Kind::Target,
        fates: [G, G, G, G, F, G, G],
    },
    Row {
        states: &["42501"],
        what: "a privilege is missing",
        passing: Kind::Server,
        lasting: Kind::Target,
        fates: [G, G, G, G, F, G, G],
    },
    Row {
        states: &["42703", "42704", "42804", "42846", "42883", "55P02"],
        what: "a column, type, function or setting is missing or another one: the target may have been altered",
        passing: Kind::Server,
        lasting: Kind::Target,
        fates: [G, G, G, E, F, F, G],
    },
    Row {
        states: &["42", "0A000"],
        what: "the server does not know or allow the statement",
        passing: Kind::Server,
        lasting: Kind::Target,
        fates: [E, E, E, E, E, E, E],
    },
    Row {
        states: &["23503"],
        what: "a foreign key's other row is missing: it may be on its way",
        passing: Kind::Server,
        lasting: Kind::Data,
        fates: [E, E, E, E, E, G, G],
    },
    Row {
        states: &["23505"],
        what: "a unique key is there already: another session may just have brought it",
        passing: Kind::Server,
        lasting: Kind::Data,
        fates: [F, F, F, F, F, R, R],
    },
    Row {
        states: &["22", "23", "44"],
        what: "a value does not fit its type, or breaks NOT NULL, CHECK, an exclusion or a view's condition",
        passing: Kind::Server,
        lasting: Kind::Data,
        fates: [G, G, E, E, E, E, E],
    },
    Row {
        states: &["P0"],
        what: "a trigger or function raised it",
        passing: Kind::Server,
        lasting: Kind::Data,
        fates: [R, R, F, E, E, E, E],
    },
    Row {
        states: &["54"],
        what: "a limit of the server: a row too long for an index, too many columns",
        passing: Kind::Server,
        lasting: Kind::Data,
        fates: [R, R, F, E, E, E, E],
    },
    Row {
        states: &["55"],
        what: "an object is not in the state for it",
        passing: Kind::Server,
        lasting: Kind::Target,
        fates: [R, R, F, F, F, G, G],
    },
    Row {
        states: &[""],
        what: "all others, 58 and XX among them: the server, or what it stands on, fails",
        passing: Kind::Server,
        lasting: Kind::Server,
        fates: [R, R, F, F, F, F, R],
    },
];

/// What becomes of an error, and as what it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Permanent exactly where the job ends if nothing else helps.
    pub kind: Kind,
    /// What is done about it.
    pub fate: Fate,
}

/// The one place where errors are judged: by the server's code, or without one by our own kind.
#[must_use]
pub fn judge(sqlstate: Option<&str>, kind: Kind, situation: Situation) -> Verdict {
    let of = |state: &str| verdict(row(state), situation);
    match (sqlstate, kind) {
        (Some(state), _) => of(state),
        // Both are told as what they are.
        (None, Kind::Connection | Kind::Stalled) => Verdict { kind, ..of("08006") },
        (None, Kind::Contention) => of("40001"),
        // A certificate that is refused, a server that wants another login: as a role is refused.
        (None, Kind::Auth) => Verdict { kind, ..of("28000") },
        (None, kind) if kind.is_permanent() => Verdict { kind, fate: Fate::End },
        (None, kind) => Verdict { kind, fate: Fate::FailOver },
    }
}

/// True where a value of a row, or what is stored beside it, may be all that the server has against a statement.
#[must_use]
pub fn may_be_of_rows(sqlstate: &str) -> bool {
    ["22", "23", "44", "54"].iter().any(|class| is_class(class, sqlstate))
}

/// True where it is other rows that speak against one.
#[must_use]
pub fn is_of_other_rows(sqlstate: &str) -> bool {
    ["23503", "23505", "23P01"].contains(&sqlstate)
}

/// The row of a code.
#[must_use]
pub fn row(state: &str) -> &'static Row {
    let [.., others] = &TABLE;
    TABLE
        .iter()
        .find(|row| row.states.iter().any(|known| known.len() == 5 && *known == state))
        .or_else(|| TABLE.iter().find(|row| row.states.iter().any(|known| is_class(known, state))))
        .unwrap_or(others)
}

fn is_class(known: &str, state: &str) -> bool {
    known.len() == 2 && state.starts_with(known)
}

fn verdict(row: &Row, situation: Situation) -> Verdict {
    let fate = Situation::ALL.iter().zip(row.fates).find(|(known, _)| **known == situation);
    let fate = fate.map_or(Fate::FailOver, |(_, fate)| fate);
    let kind = match (fate, situation) {
        (Fate::Retry | Fate::FailOver, _) => row.passing,
        // What cannot be set is an option of ours.
        (_, Situation::Session) if row.lasting != Kind::Auth => Kind::Config,
        // No row was sent yet.
        (_, Situation::Opening | Situation::Create) if row.lasting == Kind::Data => Kind::Target,
        _ => row.lasting,
    };
    Verdict { kind, fate }
}

/// The table as the documentation shows it.
#[must_use]
pub fn markdown() -> String {
    let columns = Situation::ALL.map(|situation| format!("{situation:?}").to_lowercase()).join(" | ");
    let mut text = format!("| SQLSTATE | what it is | {columns} |\n|---|---|{}\n", "---|".repeat(7));
    for row in &TABLE {
        let shown = |state: &&str| match state.len() {
            0 => "all others".to_owned(),
            2 => format!("{state}xxx"),
            _ => (*state).to_owned(),
        };
        let states: Vec<String> = row.states.iter().map(shown).collect();
        let fates = row.fates.map(Fate::word).join(" | ");
        text.push_str(&format!("| {} | {} | {fates} |\n", states.join(", "), row.what));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_as_permanent_exactly_where_the_job_may_end() {
        for row in &TABLE {
            for situation in Situation::ALL {
                let Verdict { kind, fate } = verdict(row, situation);
                let ends = matches!(fate, Fate::End | Fate::Grace);
                assert_eq!(kind.is_permanent(), ends, "{:?} in {situation:?}: {kind:?}", row.states);
            }
        }
    }

    /// Beside its fate: users see it, and of the kinds that end a job nothing else depends on which it is.
    #[test]
    fn an_error_is_told_as_what_it_is() {
        use Kind::{Auth, Config, Connection, Contention, Data, Server, Target};
        // Of each row, in the order of the table.
        let told = [
            [Connection; 7],
            [Contention; 7],
            [Server; 7],
            [Server; 7],
            [Server; 7],
            [Auth, Auth, Server, Server, Server, Server, Server],
            [Target, Config, Server, Server, Server, Server, Server],
            [Target, Config, Target, Target, Server, Target, Target],
            [Target, Config, Target, Target, Server, Target, Target],
            [Target, Config, Target, Target, Server, Server, Target],
            [Target, Config, Target, Target, Target, Target, Target],
            [Data, Config, Target, Target, Data, Data, Data],
            [Server; 7],
            [Data, Config, Target, Target, Data, Data, Data],
            [Server, Server, Server, Target, Data, Data, Data],
            [Server, Server, Server, Target, Data, Data, Data],
            [Server, Server, Server, Server, Server, Target, Target],
            [Server; 7],
        ];
        for (row, told) in TABLE.iter().zip(told) {
            let kinds = Situation::ALL.map(|situation| verdict(row, situation).kind);
            assert_eq!(kinds, told, "{:?}", row.states);
        }
    }

    #[test]
    fn a_code_wins_over_its_class_and_the_unknown_fails_over() {
        for (state, first) in [
            ("23505", "23505"),
            ("23514", "22"),
            ("42P01", "42P01"),
            ("42601", "42"),
            ("55P03", "40"),
            ("55000", "55"),
            ("53300", "08"),
            ("53100", "53"),
            ("57P04", "3D000"),
            ("57P03", "08"),
            ("57014", "57014"),
            ("58M01", ""),
            ("XX000", ""),
            ("?", ""),
        ] {
            assert_eq!(row(state).states.first(), Some(&first), "{state}");
        }
    }

    #[test]
    fn our_own_errors_have_a_fate_too() {
        let fate = |kind, situation| judge(None, kind, situation).fate;
        assert_eq!(fate(Kind::Stalled, Situation::Publish), Fate::Retry);
        assert_eq!(fate(Kind::Stalled, Situation::Merge), Fate::FailOver);
        assert_eq!(fate(Kind::Connection, Situation::Login), Fate::Retry);
        assert_eq!(fate(Kind::Auth, Situation::Login), Fate::Grace);
        assert_eq!(fate(Kind::Data, Situation::Copy), Fate::End);
        assert_eq!(fate(Kind::Fenced, Situation::Publish), Fate::End);
        assert_eq!(fate(Kind::Internal, Situation::Merge), Fate::FailOver);
    }
}
