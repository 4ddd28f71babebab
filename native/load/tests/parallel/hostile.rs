//! Thirty hostile names and thirty hostile values, each with its exact outcome, in both guarantees and formats.
//!
//! A name is that of schema, table, key and column at once, of a target that is there and of one that the sink makes; a
//! value is a key and a column's. What is loaded is updated and removed again, so that each statement meets it.
#![allow(clippy::unwrap_used, missing_docs)]

use crate::support;
use crate::support::turns::Turns;

use pieload::Error;
use pieload::row::RowKind;
use pieload::row::image_builder::RowBuilder;
use pieload::spec::SessionSpec;
use support::exactly_once::Sink;
use support::{Load, Server, SpecText};

enum Outcome {
    /// Is loaded, and is there as it was given.
    Same,
    /// Is not, with these words.
    Refused(&'static str),
}
use Outcome::{Refused, Same};

const NAMES: [(&str, Outcome); 30] = [
    ("select", Same),
    ("SELECT", Same),
    ("Mixed Case", Same),
    (" ", Same),
    (" leading and trailing ", Same),
    ("a.b", Same),
    ("a\"b", Same),
    ("\"\"", Same),
    ("a'b", Same),
    ("'; DROP TABLE x; --", Same),
    ("\"; DROP TABLE x; --", Same),
    ("/* a comment", Same),
    ("$$", Same),
    ("$1", Same),
    ("?", Same),
    ("%s %d %%", Same),
    ("{0} {}", Same),
    ("a\\b", Same),
    ("\\", Same),
    ("E'\\x00'", Same),
    ("a=b", Same),
    ("a,b", Same),
    ("line\nbreak\r\n", Same),
    ("tab\t", Same),
    ("\u{1}\u{7f}", Same),
    ("列名", Same),
    ("e\u{301} \u{e9} \u{202e}x", Same),
    ("\u{1f600}", Same),
    ("123456789012345678901234567890123456789012345678901234567890abc", Same),
    (
        "123456789012345678901234567890123456789012345678901234567890abcd",
        Refused("has 64 bytes, and the server cuts names off at 63"),
    ),
];

const VALUES: [(&str, Outcome); 30] = [
    ("", Same),
    (" ", Same),
    ("  two in front, three behind   ", Same),
    ("NULL", Same),
    ("null", Same),
    ("\\N", Same),
    ("\\.", Same),
    ("\\.\n", Same),
    ("\n\\.\n", Same),
    ("\\", Same),
    ("\\\\", Same),
    ("\\n", Same),
    ("\\x41", Same),
    ("\\101", Same),
    ("\t", Same),
    ("\n", Same),
    ("\r\n", Same),
    ("\u{8}\u{b}\u{c}", Same),
    ("\u{1}", Same),
    ("\u{7f}\u{80}\u{9f}", Same),
    ("'", Same),
    ("''; DROP TABLE x; --", Same),
    ("\"", Same),
    ("$1", Same),
    (",;|", Same),
    ("{a,\"b\"}", Same),
    ("\u{feff}with a mark", Same),
    ("\u{ffff}\u{10ffff}\u{e000}", Same),
    ("e\u{301} is not \u{e9} \u{1f468}\u{200d}\u{1f469}", Same),
    ("a\0b", Refused("the text holds U+0000, which the server cannot store")),
];

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[test]
fn a_column_that_the_server_would_cut_off_is_refused_before_it_is_made() {
    let server = Server::start(15);
    let long = "列".repeat(22);
    let columns = [("id", "INT NOT NULL"), (long.as_str(), "STRING")];
    for (created, changes) in [("true", "exception"), ("false", "exception"), ("false", "lenient")] {
        let table = SpecText::table("t", "merge", &columns, "0")
            .with("sink.create-table.enabled", created)
            .with("schema.change.behavior", changes);
        if created == "false" {
            server.run("CREATE TABLE IF NOT EXISTS t (id int PRIMARY KEY)");
        }
        let loaded = Load::open(&SpecText::session(server.port), &table).and_then(|load| {
            load.offer(&[RowBuilder::new(2).int(0, 1).string(1, "a")])?;
            load.flush()
        });
        let error = loaded.unwrap_err();
        let words = format!("{long:?} has 66 bytes, and the server cuts names off at 63");
        assert!(error.to_string().contains(&words), "{error}");
        let columns =
            "SELECT count(*) FROM information_schema.columns WHERE table_name = 't' AND column_name <> 'id'";
        assert_eq!(server.value(columns), "0", "{changes}");
        assert_eq!(
            server.value("SELECT count(*) FROM pg_tables WHERE tablename = 't'") == "0",
            created == "true"
        );
    }
    let session = SpecText::session(server.port).with("sink.staging-schema", &long);
    let error = SessionSpec::parse(&session.text()).map(drop).unwrap_err();
    assert!(error.to_string().contains("option 'sink.staging-schema': "), "{error}");
}

fn row(key: &str, value: &str) -> RowBuilder {
    RowBuilder::new(2).string(0, key).string(1, value)
}

fn each_way(check: impl Fn(&Server, &str, &str)) {
    let server = Server::start(15);
    for guarantee in ["at-least-once", "exactly-once"] {
        for format in ["binary", "text"] {
            check(&server, guarantee, format);
        }
    }
}

fn refusal(name: &str, outcome: &Outcome, result: Result<(), Error>) -> bool {
    match (outcome, result) {
        (Same, Ok(())) => false,
        (Refused(words), Err(error)) if error.to_string().contains(words) => true,
        (_, result) => panic!("{name:?}: {result:?}"),
    }
}

#[test]
fn names_are_taken_literally_wherever_they_stand() {
    let turns = Turns::of(15, &[15]);
    each_way(|server, guarantee, format| {
        for made_by_sink in [false, true] {
            for (name, outcome) in &NAMES {
                if !turns.include((name, made_by_sink, guarantee, format)) {
                    continue;
                }
                let target = format!("{}.{}", quoted(name), quoted(name));
                server.run(&format!("CREATE SCHEMA {}", quoted(name)));
                if !made_by_sink {
                    let (key, value) = (quoted(name), quoted(&shorter(name)));
                    server.run(&format!("CREATE TABLE {target} ({key} text PRIMARY KEY, {value} text)"));
                }
                let table = SpecText::table(
                    name,
                    "merge",
                    &[(name, "STRING NOT NULL"), (&shorter(name), "STRING")],
                    "0",
                )
                .with("schema-name", name)
                .with("sink.copy.format", format)
                .with("sink.create-table.enabled", if made_by_sink { "true" } else { "false" });
                let loaded = Sink::try_open(server, guarantee, &table).and_then(|sink| {
                    sink.store(&[row("1", "a"), row("2", "b")])?;
                    sink.store(&[row("1", "c"), row("2", "b").kind(RowKind::Delete)])
                });
                if !refusal(name, outcome, loaded) {
                    assert_eq!(server.rows(&format!("SELECT * FROM {target}")), ["1|c"], "{name:?}");
                }
                server.run(&format!("DROP SCHEMA {} CASCADE", quoted(name)));
            }
        }
    });
}

/// Another name than `name` with most of its letters, no longer than it.
fn shorter(name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    if letters.len() > 2 {
        letters.truncate(letters.len() - 2);
    } else {
        letters.insert(0, 'x');
    }
    letters.into_iter().collect()
}

#[test]
fn values_are_stored_as_they_are_in_keys_and_columns() {
    let turns = Turns::of(15, &[15]);
    each_way(|server, guarantee, format| {
        for (value, outcome) in &VALUES {
            if !turns.include((value, guarantee, format)) {
                continue;
            }
            server.run("CREATE TABLE t (k text COLLATE \"C\" PRIMARY KEY, v text)");
            let columns = [("k", "STRING NOT NULL"), ("v", "STRING")];
            let table = SpecText::table("t", "merge", &columns, "0").with("sink.copy.format", format);
            let sink = Sink::open(server, guarantee, &table);
            let loaded = sink.store(&[row(value, "old"), row("gone", value), row("kept", value)]);
            if !refusal(value, outcome, loaded) {
                sink.store(&[row(value, value), row("gone", value).kind(RowKind::Delete)]).unwrap();
                let all = literal(value);
                let equal =
                    format!("SELECT count(*) = 2 AND bool_and(v = {all} AND k IN ({all}, 'kept')) FROM t");
                assert_eq!(server.value(&equal), "t", "{value:?}, {guarantee}, {format}");
                sink.store(&[row(value, "").kind(RowKind::Delete)]).unwrap();
                assert_eq!(server.rows("SELECT k FROM t"), ["kept"], "{value:?}");
            }
            drop(sink);
            server.run("DROP TABLE t");
        }
    });
}
