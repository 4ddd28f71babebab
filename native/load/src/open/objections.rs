//! What a table's definition says against loading it: everything that changes what INSERT, DELETE or COPY mean there.
//!
//! Promise: the table in `docs/operations.md` row by row, for the table and its partitions; the same for the writer
//! that opens it and for whoever looks again later. It asks nobody, and knows neither types nor privileges.

use crate::error::{Error, Kind};
use crate::open::catalog::{Catalog, UniqueIndex};

/// So many names of one sort are told; a table may have a thousand partitions.
const TOLD: usize = 5;

/// What is going to be done with the table.
#[derive(Debug)]
pub(crate) struct Purpose<'a> {
    /// Rows are replaced by key, else added.
    pub(crate) merge: bool,
    /// One committer publishes, once, what all writers stage.
    pub(crate) exactly_once: bool,
    pub(crate) parallelism: u32,
    /// 'sink.merge.allow-replace'
    pub(crate) allow_replace: bool,
    /// 'sink.append.allow-unique'
    pub(crate) allow_unique: bool,
    /// Where the rows are from, for messages.
    pub(crate) origin: &'a str,
    /// All columns that rows come with.
    pub(crate) columns: Vec<&'a str>,
    /// Columns that rows come with later.
    pub(crate) added: Vec<&'a str>,
    pub(crate) keys: Vec<&'a str>,
}

/// Each in words that follow the table's name.
pub(crate) fn objections(catalog: &Catalog, purpose: &Purpose<'_>) -> Vec<String> {
    let mut problems = Vec::new();
    storage(catalog, &mut problems);
    if catalog.row_security {
        problems.push(
            "row-level security holds for this user: its policies would hide rows from a DELETE and COPY is refused; \
             give the role BYPASSRLS, or make it the owner without FORCE ROW LEVEL SECURITY"
                .to_owned(),
        );
    }
    rules(catalog, purpose, &mut problems);
    unfilled(catalog, purpose, &mut problems);
    if purpose.merge {
        members(catalog, &mut problems);
        replaced(catalog, purpose, &mut problems);
        further_unique(catalog, purpose, &mut problems);
    } else if !purpose.exactly_once {
        // With exactly-once a replay is not published, so it hits nothing.
        hit_by_replay(catalog, purpose, &mut problems);
    }
    problems
}

fn storage(catalog: &Catalog, problems: &mut Vec<String>) {
    match catalog.kind {
        'r' | 'p' => {}
        'v' => problems.push("is not a table that rows can be loaded into: it is a view".to_owned()),
        'm' => {
            problems
                .push("is not a table that rows can be loaded into: it is a materialized view".to_owned());
        }
        'f' => problems.push("is not a table that rows can be loaded into: it is a foreign table".to_owned()),
        _ => problems.push("is not a table that rows can be loaded into".to_owned()),
    }
    if catalog.external {
        problems.push("is not a table that rows can be loaded into: it is an external table".to_owned());
    }
    if catalog.persistence == 't' {
        problems.push("is temporary: no other connection has it".to_owned());
    }
    if catalog.persistence == 'u' {
        problems.push(
            "is unlogged: a crash of the server would empty it after its checkpoint; ALTER TABLE … SET LOGGED"
                .to_owned(),
        );
    }
    // Rows of an append go into the table itself and its partitions, not into inheritance children.
    let reached = || catalog.members.iter().filter(|_| catalog.partitioned);
    let unlogged = told(reached().filter(|m| m.persistence == 'u').map(|m| m.name.clone()));
    if let Some(names) = unlogged {
        problems.push(format!("the partition {names} is unlogged: a crash of the server would empty it"));
    }
    if let Some(names) = told(reached().filter(|m| m.kind == 'f').map(|m| m.name.clone())) {
        problems.push(format!(
            "the partition {names} is a foreign table, whose rows another server commits on its own"
        ));
    }
}

fn rules(catalog: &Catalog, purpose: &Purpose<'_>, problems: &mut Vec<String>) {
    let counts = catalog.rules.iter().filter(|rule| purpose.merge || !rule.on_delete);
    if let Some(names) = told(counts.map(|rule| format!("{:?}", rule.name))) {
        problems.push(format!("the rule {names} would rewrite what is loaded; drop or disable it"));
    }
}

fn unfilled(catalog: &Catalog, purpose: &Purpose<'_>, problems: &mut Vec<String>) {
    for column in &catalog.columns {
        let known = purpose.columns.contains(&column.name.as_str());
        let filled = column.has_default || column.generated || !column.identity.is_empty();
        if !known && column.not_null && !filled {
            problems.push(format!(
                "column {:?} is NOT NULL without a default and {} does not have it",
                column.name, purpose.origin
            ));
        }
    }
}

fn hit_by_replay(catalog: &Catalog, purpose: &Purpose<'_>, problems: &mut Vec<String>) {
    if purpose.allow_unique {
        return;
    }
    if let Some(names) = told(catalog.unique.iter().map(|index| format!("{:?}", index.name))) {
        problems.push(format!(
            "append mode and the unique index or exclusion constraint {names}: a replay after a failure would hit it for \
             ever; use 'load_mode' = 'merge' or 'sink.delivery-guarantee' = 'exactly-once', or \
             'sink.append.allow-unique' = 'true' for a one-off load"
        ));
    }
}

/// What a DELETE and an INSERT are where they come through a table with children.
fn members(catalog: &Catalog, problems: &mut Vec<String>) {
    let children = catalog.members.iter().filter(|_| !catalog.partitioned);
    if let Some(names) = told(children.map(|member| member.name.clone())) {
        problems.push(format!(
            "merge mode deletes in its inheritance child {names} too and inserts into the table itself, so that rows \
             would move; load the children, or use partitions"
        ));
    }
    if let Some(names) = told(catalog.unidentified.iter().cloned()) {
        problems.push(format!(
            "merge mode deletes rows, which the publication {names} publishes without a REPLICA IDENTITY, and so the \
             server refuses; give it a primary key or ALTER TABLE … REPLICA IDENTITY FULL"
        ));
    }
}

fn replaced(catalog: &Catalog, purpose: &Purpose<'_>, problems: &mut Vec<String>) {
    if let Some(names) = told(catalog.referenced_by.iter().cloned()) {
        problems.push(format!("merge mode replaces rows, and a foreign key points at them: {names}"));
    }
    let guards = catalog.triggers.iter().filter(|trigger| trigger.guards_delete);
    if let Some(names) = told(guards.map(|trigger| trigger.name.clone())) {
        problems.push(format!(
            "merge mode deletes rows, and the BEFORE DELETE trigger {names} can keep them, which would double them; \
             make it an AFTER trigger, or drop it"
        ));
    }
    if purpose.allow_replace {
        return;
    }
    let known = |name: &str| purpose.columns.contains(&name) || purpose.added.contains(&name);
    let lost = catalog.columns.iter().filter(|c| !c.generated && !known(&c.name));
    let lost: Vec<_> = lost.map(|c| format!("{:?}", c.name)).collect();
    if !lost.is_empty() {
        problems.push(format!(
            "{} lacks the column {}, which each merged row would reset; add it there, or ALTER TABLE … DROP COLUMN {} here, or \
             set 'sink.merge.allow-replace' = 'true'",
            purpose.origin,
            lost.join(", "),
            lost.join(", DROP COLUMN ")
        ));
    }
    let fired = catalog.triggers.iter().filter(|trigger| !trigger.guards_delete);
    if let Some(names) = told(fired.map(|trigger| trigger.name.clone())) {
        problems.push(format!(
            "an update is merged as DELETE and INSERT, which fires the row trigger {names}; drop it, or set \
             'sink.merge.allow-replace' = 'true'"
        ));
    }
}

/// The committer merges the rows of all writers in one statement, where they do not collide.
fn further_unique(catalog: &Catalog, purpose: &Purpose<'_>, problems: &mut Vec<String>) {
    if purpose.parallelism <= 1 || purpose.exactly_once {
        return;
    }
    let further = catalog.unique.iter().filter(|index| !is_key(index, &purpose.keys));
    if let Some(names) = told(further.map(|index| format!("{:?}", index.name))) {
        problems.push(format!(
            "the unique index or exclusion constraint {names} is not the primary key {:?}: writers in parallel would \
             collide on it; set 'sink.parallelism' = '1'",
            purpose.keys
        ));
    }
}

/// An index that covers all rows and exactly the key's columns, in any order.
fn is_key(index: &UniqueIndex, keys: &[&str]) -> bool {
    index.covers_all
        && index.columns.len() == keys.len()
        && index.columns.iter().all(|column| keys.contains(&column.as_str()))
}

/// A server stores fewer rows than it was given only where a BEFORE trigger says so.
pub(crate) fn kept_away(what: &str, given: u64, stored: u64) -> Error {
    let text = format!(
        "{what}: {given} rows were given and {stored} would be stored: a trigger of the table keeps rows away. Nothing was \
         stored; drop the trigger, or filter in the query"
    );
    Error::new(Kind::Target, text)
}

/// The first few of the names, where there are any.
fn told(names: impl Iterator<Item = String>) -> Option<String> {
    let names: Vec<String> = names.collect();
    let first = names.iter().take(TOLD).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => None,
        all if all > TOLD => Some(format!("{first} and {} more", all - TOLD)),
        _ => Some(first),
    }
}
