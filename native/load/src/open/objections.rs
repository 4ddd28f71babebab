//! What a table's definition says against loading it: everything that changes what INSERT, DELETE or COPY mean there.
//!
//! Promise: the table in `docs/operations.md` row by row, for the table and its partitions; the same for the writer
//! that opens it and for whoever looks again later. It asks nobody, and knows neither types nor privileges.

use super::purpose::{Purpose, is_key, told};
use super::strategy;
use crate::error::{Error, Kind};
use crate::open::catalog::{Catalog, RowEvent};
use crate::sql::MergeBy;

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
    if !purpose.partial {
        unfilled(catalog, purpose, &mut problems);
    }
    if purpose.merge {
        members(catalog, &mut problems);
        strategy::objections(catalog, purpose, &mut problems);
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
    let updates = purpose.merge && strategy::chosen(catalog, purpose) == MergeBy::Update;
    let counts = catalog.rules.iter().filter(|rule| match rule.on {
        RowEvent::Insert => true,
        RowEvent::Delete => purpose.merge,
        RowEvent::Update => updates,
    });
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
    let deletes = catalog.unidentified.iter().filter(|published| published.deletes);
    if let Some(names) = told(deletes.map(|published| published.name.clone())) {
        problems.push(format!(
            "merge mode deletes rows, which the publication {names} publishes without a REPLICA IDENTITY, and so the \
             server refuses; give it a primary key or ALTER TABLE … REPLICA IDENTITY FULL"
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
             collide on it; set 'sink.parallelism' = '1' (in a Flink CDC pipeline, its 'parallelism')",
            purpose.keys
        ));
    }
}

/// A server stores fewer rows than it was given only where a BEFORE trigger says so.
pub(crate) fn kept_away(what: &str, given: u64, stored: u64) -> Error {
    let text = format!(
        "{what}: {given} rows were given and {stored} would be stored: a trigger of the table keeps rows away. Nothing was \
         stored; drop the trigger, or filter in the query"
    );
    Error::new(Kind::Target, text)
}
