//! May these rows go into that table, and how? Compares a table's spec with what the server's catalog says of it.
//!
//! Promise: every reason against it is found before the first row is sent, and all are told in one message. It asks
//! nobody, and decides nothing about SQL text.

use super::catalog::{Catalog, UniqueIndex};
use crate::copy::PlanColumn;
use crate::error::{Error, Kind, Result};
use crate::spec::{LoadMode, RecordFormat, TableSpec};
use crate::sql::{Ident, StagedColumn, TableName};
use crate::types::KeyEquality;

/// What loading needs to know about a target that passed.
#[derive(Debug)]
pub(super) struct Target {
    /// By column of the spec; `None` where the target lacks it and that is to be ignored.
    pub(super) plan_columns: Vec<Option<PlanColumn>>,
    pub(super) staged_columns: Vec<StagedColumn>,
    /// Their plain names.
    pub(super) loaded: Vec<String>,
    pub(super) keys: Vec<Ident>,
    pub(super) overriding: bool,
}

/// Who loads the target.
#[derive(Clone, Copy)]
pub(super) struct Writers {
    pub(super) parallelism: u32,
    /// One committer publishes what all of them stage, once.
    pub(super) exactly_once: bool,
}

/// Everything that speaks against the load, told at once; or what loading needs to know.
///
/// # Errors
/// Kind `Target`, naming the table and listing every problem with its column, index, constraint or option.
pub(super) fn check(
    spec: &TableSpec,
    name: &TableName,
    catalog: Option<&Catalog>,
    writers: Writers,
) -> Result<Target> {
    let refuse = |problems: Vec<String>| {
        Err(Error::new(Kind::Target, format!("table {}: {}", name.quoted(), problems.join("; "))))
    };
    let Some(catalog) = catalog else {
        let problem =
            "does not exist; create it or mend the options 'database-name', 'schema-name' and 'table-name'";
        return refuse(vec![problem.to_owned()]).map_err(|error| error.like("42P01"));
    };
    let mut problems = Vec::new();
    if !matches!(catalog.kind, 'r' | 'p') {
        problems.push("is not a table that rows can be loaded into".to_owned());
    }
    let others = problems.len();
    privileges(spec, catalog, writers, &mut problems);
    let ungranted = problems.len() - others;
    let (plan_columns, staged_columns) = columns(spec, catalog, writers.parallelism, &mut problems)?;
    if staged_columns.is_empty() && problems.is_empty() {
        problems.push(format!("has none of the columns that {} has", origin(spec)));
    }
    missing_in_source(spec, catalog, &mut problems);
    match spec.mode {
        // A replay is not published, so it hits nothing.
        LoadMode::Append if writers.exactly_once => {}
        LoadMode::Append => append_refusals(spec, catalog, &mut problems),
        LoadMode::Merge => merge_refusals(spec, catalog, writers, &mut problems),
    }
    if !problems.is_empty() {
        let only_ungranted = problems.len() == ungranted;
        return refuse(problems).map_err(|e| if only_ungranted { e.like("42501") } else { e });
    }
    let keys = spec.key.iter().filter_map(|index| spec.columns.get(*index));
    let loaded = spec.columns.iter().zip(&plan_columns).filter(|(_, plan)| plan.is_some());
    let loaded = loaded.map(|(column, _)| column.name.clone()).collect();
    Ok(Target {
        plan_columns,
        staged_columns,
        loaded,
        keys: keys.map(|column| Ident::new(&column.name)).collect::<Result<_>>()?,
        overriding: spec
            .columns
            .iter()
            .any(|column| catalog.columns.iter().any(|c| c.name == column.name && c.identity == "a")),
    })
}

fn privileges(spec: &TableSpec, catalog: &Catalog, writers: Writers, problems: &mut Vec<String>) {
    let merge = spec.mode == LoadMode::Merge;
    let needs = [
        (catalog.may_insert, true, "INSERT on it"),
        // A staging table is made by a SELECT from the target.
        (catalog.may_select, merge || writers.exactly_once, "SELECT on it"),
        (catalog.may_delete, merge, "DELETE on it"),
        (catalog.may_create_temp, merge && !writers.exactly_once, "TEMPORARY on the database"),
    ];
    for (granted, needed, privilege) in needs {
        if needed && !granted {
            problems.push(format!("the user lacks the privilege {privilege}"));
        }
    }
}

fn columns(
    spec: &TableSpec,
    catalog: &Catalog,
    parallelism: u32,
    problems: &mut Vec<String>,
) -> Result<(Vec<Option<PlanColumn>>, Vec<StagedColumn>)> {
    let (mut plan, mut staged) = (Vec::new(), Vec::new());
    for (index, column) in spec.columns.iter().enumerate() {
        let quoted = Ident::new(&column.name)?;
        let Some(target) = catalog.columns.iter().find(|c| c.name == column.name) else {
            if spec.ignore_missing_columns && !spec.key.contains(&index) {
                plan.push(None);
                continue;
            }
            let near = catalog.columns.iter().find(|c| c.name.eq_ignore_ascii_case(&column.name));
            problems.push(match near {
                Some(near) => format!("column {:?} does not exist, but {:?} does", column.name, near.name),
                None => format!("column {:?} does not exist", column.name),
            });
            continue;
        };
        if target.generated {
            problems.push(format!("column {:?} is generated and takes no values", column.name));
        }
        let codec = match column.column_type.codec(&target.target_type) {
            Ok(codec) => codec,
            Err(reason) => {
                problems.push(format!("column {:?}: {reason}", column.name));
                continue;
            }
        };
        let equality = if target.deterministic { codec.key_equality() } else { KeyEquality::Server };
        if spec.mode == LoadMode::Merge && spec.key.contains(&index) {
            key_refusal(&column.name, equality, &target.target_type.formatted, parallelism, problems);
        }
        plan.push(Some(PlanColumn {
            name: column.name.clone(),
            codec,
            not_null: target.not_null,
            exact_key: equality == KeyEquality::Bytes,
        }));
        staged.push(StagedColumn { name: quoted, domain_base: target.domain_base.clone() });
    }
    Ok((plan, staged))
}

/// Two writers of one key double rows. Rows reach their writer by the key's bytes, so where the server calls other
/// bytes equal, only one writer is safe.
fn key_refusal(
    name: &str,
    equality: KeyEquality,
    formatted: &str,
    parallelism: u32,
    problems: &mut Vec<String>,
) {
    match equality {
        KeyEquality::Bytes => {}
        KeyEquality::Server if parallelism <= 1 => {}
        KeyEquality::Server => problems.push(format!(
            "key column {name:?} ({formatted}) has an equality that only the server knows; set 'sink.parallelism' = '1'"
        )),
        KeyEquality::None => {
            problems.push(format!("key column {name:?} ({formatted}) has a type without equality"));
        }
    }
}

/// Where the columns of a spec are from, for messages.
fn origin(spec: &TableSpec) -> &'static str {
    match spec.records {
        RecordFormat::RowImage => "the Flink table",
        RecordFormat::DebeziumJson(_) => "the source table",
    }
}

fn missing_in_source(spec: &TableSpec, catalog: &Catalog, problems: &mut Vec<String>) {
    for column in &catalog.columns {
        let known = spec.columns.iter().any(|c| c.name == column.name);
        let filled = column.has_default || column.generated || !column.identity.is_empty();
        if !known && column.not_null && !filled {
            problems.push(format!(
                "column {:?} is NOT NULL without a default and {} does not have it",
                column.name,
                origin(spec)
            ));
        }
    }
}

fn append_refusals(spec: &TableSpec, catalog: &Catalog, problems: &mut Vec<String>) {
    if !spec.allow_unique && !catalog.unique.is_empty() {
        let names: Vec<_> = catalog.unique.iter().map(|index| format!("{:?}", index.name)).collect();
        problems.push(format!(
            "append mode and the unique index or exclusion constraint {}: a replay after a failure would hit it for \
             ever; use 'load_mode' = 'merge' or 'sink.delivery-guarantee' = 'exactly-once', or \
             'sink.append.allow-unique' = 'true' for a one-off load",
            names.join(", ")
        ));
    }
}

fn merge_refusals(spec: &TableSpec, catalog: &Catalog, writers: Writers, problems: &mut Vec<String>) {
    if !catalog.referenced_by.is_empty() {
        problems.push(format!(
            "merge mode replaces rows, and a foreign key points at them: {}",
            catalog.referenced_by.join(", ")
        ));
    }
    if !spec.allow_replace {
        let lost: Vec<_> = catalog
            .columns
            .iter()
            .filter(|c| !c.generated && spec.columns.iter().all(|known| known.name != c.name))
            .map(|c| format!("{:?}", c.name))
            .collect();
        if !lost.is_empty() {
            problems.push(format!(
                "{} lacks the column {}, which each merged row would reset; add it, or set \
                 'sink.merge.allow-replace' = 'true'",
                origin(spec),
                lost.join(", ")
            ));
        }
        if !catalog.row_triggers.is_empty() {
            problems.push(format!(
                "an update is merged as DELETE and INSERT, which fires the row trigger {}; drop it, or set \
                 'sink.merge.allow-replace' = 'true'",
                catalog.row_triggers.join(", ")
            ));
        }
    }
    // The committer merges the rows of all writers in one statement, where they do not collide.
    if writers.parallelism > 1 && !writers.exactly_once {
        let keys: Vec<i32> = spec
            .key
            .iter()
            .filter_map(|index| spec.columns.get(*index))
            .filter_map(|key| catalog.columns.iter().find(|c| c.name == key.name))
            .map(|c| c.number)
            .collect();
        for index in catalog.unique.iter().filter(|index| !is_key(index, &keys)) {
            problems.push(format!(
                "the unique index or exclusion constraint {:?} is not the primary key {:?}: writers in parallel would \
                 collide on it; set 'sink.parallelism' = '1'",
                index.name,
                spec.key.iter().filter_map(|i| spec.columns.get(*i)).map(|c| &c.name).collect::<Vec<_>>()
            ));
        }
    }
}

/// An index that covers all rows and exactly the key's columns, in any order.
fn is_key(index: &UniqueIndex, keys: &[i32]) -> bool {
    index.covers_all
        && index.columns.len() == keys.len()
        && index.columns.iter().all(|column| keys.contains(column))
}

#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;
