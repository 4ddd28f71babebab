//! How a merge changes rows that are there, and what a definition has against either way.
//!
//! Promise: rows are replaced where nothing stands against that, and updated where the option says so, or leaves it
//! open and they must not be deleted. The same for a writer that opens the table and for whoever looks again later.

use super::catalog::Catalog;
use super::purpose::{Purpose, is_key, told};
use crate::spec::MergeStrategy;
use crate::sql::{Mark, MergeBy};

/// How rows of the target get their new values.
pub(crate) fn chosen(catalog: &Catalog, purpose: &Purpose<'_>) -> MergeBy {
    match purpose.strategy {
        MergeStrategy::Replace => MergeBy::Replace,
        MergeStrategy::Update => MergeBy::Update,
        // The column is one that the rows do not have.
        MergeStrategy::Auto if purpose.soft_delete.is_some() => MergeBy::Update,
        MergeStrategy::Auto => {
            let mut problems = Vec::new();
            replaced(catalog, purpose, &mut problems);
            if problems.is_empty() { MergeBy::Replace } else { MergeBy::Update }
        }
    }
}

/// What the column for deleted rows says, where it is one that can; nothing where there is to be none.
pub(crate) fn mark(catalog: &Catalog, purpose: &Purpose<'_>) -> Option<Mark> {
    let name = purpose.soft_delete.filter(|name| !purpose.columns.contains(name))?;
    let column = catalog.columns.iter().find(|column| column.name == name && !column.generated)?;
    match column.target_type.name.as_str() {
        "bool" => Some(Mark::Flag),
        "timestamp" | "timestamptz" if !column.not_null => Some(Mark::Time),
        _ => None,
    }
}

/// Each in words that follow the table's name.
pub(super) fn objections(catalog: &Catalog, purpose: &Purpose<'_>, problems: &mut Vec<String>) {
    match chosen(catalog, purpose) {
        MergeBy::Replace => replaced(catalog, purpose, problems),
        MergeBy::Update => updated(catalog, purpose, problems),
    }
}

fn replaced(catalog: &Catalog, purpose: &Purpose<'_>, problems: &mut Vec<String>) {
    if let Some(names) = told(catalog.referenced_by.iter().cloned()) {
        problems.push(format!(
            "merge mode replaces rows, and a foreign key points at them: {names}; set 'sink.merge.strategy' = 'auto' to \
             update them instead"
        ));
    }
    let guards = catalog.triggers.iter().filter(|trigger| trigger.guards_delete);
    if let Some(names) = told(guards.map(|trigger| trigger.name.clone())) {
        problems.push(format!(
            "merge mode deletes rows, and the BEFORE DELETE trigger {names} can keep them, which would double them; \
             make it an AFTER trigger, drop it, or set 'sink.merge.strategy' = 'auto'"
        ));
    }
    if purpose.allow_replace {
        return;
    }
    let known = |name: &str| purpose.columns.contains(&name) || purpose.added.contains(&name);
    let lost = catalog.columns.iter().filter(|c| !c.generated && !known(&c.name));
    let lost: Vec<_> = lost.map(|c| format!("{:?}", c.name)).collect();
    let may_be_reset = purpose.follows && purpose.strategy != MergeStrategy::Auto;
    if !lost.is_empty() && !may_be_reset {
        problems.push(format!(
            "{} lacks the column {}, which each merged row would reset; add it there, or ALTER TABLE … DROP COLUMN {} here, or \
             set 'sink.merge.strategy' = 'auto' to leave it as it is, or 'sink.merge.allow-replace' = 'true'",
            purpose.origin,
            lost.join(", "),
            lost.join(", DROP COLUMN ")
        ));
    }
    let fired = catalog.triggers.iter().filter(|trigger| !trigger.guards_delete);
    if let Some(names) = told(fired.map(|trigger| trigger.name.clone())) {
        problems.push(format!(
            "an update is merged as DELETE and INSERT, which fires the row trigger {names}; drop it, or set \
             'sink.merge.strategy' = 'auto', which updates, or 'sink.merge.allow-replace' = 'true'"
        ));
    }
}

/// What an UPDATE of the columns beside the key meets.
fn updated(catalog: &Catalog, purpose: &Purpose<'_>, problems: &mut Vec<String>) {
    if let (Some(name), None) = (purpose.soft_delete, mark(catalog, purpose)) {
        problems.push(format!(
            "option 'sink.soft-delete.column' names the column {name:?}, which must be of type boolean, or timestamp or \
             timestamptz that takes NULL, not generated, and none that {} has; ALTER TABLE … ADD COLUMN it, or name another",
            purpose.origin
        ));
    }
    let kept = |name: &str| purpose.keys.contains(&name);
    let further = catalog.unique.iter().filter(|index| !is_key(index, &purpose.keys) && !index.deferrable);
    if let Some(names) = told(further.map(|index| format!("{:?}", index.name))) {
        problems.push(format!(
            "a merge that updates rows ('sink.merge.strategy') meets the unique index or exclusion constraint {names} row \
             by row, so that two rows which exchange a value would be refused; make it a DEFERRABLE constraint"
        ));
    }
    let always = catalog
        .columns
        .iter()
        .filter(|c| c.identity == "a" && purpose.columns.contains(&c.name.as_str()) && !kept(&c.name));
    if let Some(names) = told(always.map(|c| format!("{:?}", c.name))) {
        problems.push(format!(
            "a merge that updates rows ('sink.merge.strategy') cannot set the column {names}, which is GENERATED ALWAYS AS \
             IDENTITY; make it GENERATED BY DEFAULT"
        ));
    }
    let moves = catalog.divided_by.iter().filter(|column| !kept(column));
    let moves =
        moves.map(|name| if name.is_empty() { "an expression".to_owned() } else { format!("{name:?}") });
    if let Some(names) = told(moves) {
        problems.push(format!(
            "a merge that updates rows ('sink.merge.strategy') would move them between partitions, which {names} divides; \
             make it part of the primary key"
        ));
    }
    // Greenplum 6 tells neither by what a table is divided, nor does it move a row.
    if catalog.partitioned && catalog.kind == 'r' && !catalog.members.is_empty() {
        problems.push(
            "a merge that updates rows ('sink.merge.strategy') is not for partitioned tables of this server"
                .to_owned(),
        );
    }
    let published = catalog.unidentified.iter().filter(|published| published.updates && !published.deletes);
    if let Some(names) = told(published.map(|published| published.name.clone())) {
        problems.push(format!(
            "a merge that updates rows ('sink.merge.strategy') is refused by the server, since the publication {names} \
             publishes updates without a REPLICA IDENTITY; give it a primary key or ALTER TABLE … REPLICA IDENTITY FULL"
        ));
    }
}
