//! From a manifest to statements: what is published into which target, in which order.
//!
//! Promise: targets come in the order of their names, so that no two sinks lock them crosswise; of one target all
//! staging tables with the same columns are one statement, except where a writer changed its columns in between: then
//! what it staged later is published later. It asks nobody.

use std::collections::BTreeMap;

use crate::committable::{Manifest, StagedTable};
use crate::error::Result;
use crate::sql::{Equalities, Ident, Mark, Marks, MergeBy, PublishSql, SoftDelete, TableName};

/// One staging table that is to be published.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) staged: StagedTable,
    pub(super) name: TableName,
    pub(super) target: TableName,
    attempt: String,
}

impl Source {
    /// How its writer had rows merged that are there.
    pub(super) fn planned_by(&self) -> MergeBy {
        let updates = self.staged.planned.as_ref().is_some_and(|planned| planned.updates);
        if updates { MergeBy::Update } else { MergeBy::Replace }
    }

    /// The column that marks a row instead of its being deleted, and whether it holds a time.
    pub(super) fn soft_delete(&self) -> Option<&(String, bool)> {
        self.staged.planned.as_ref().and_then(|planned| planned.soft_delete.as_ref())
    }
}

/// All that one manifest publishes.
#[derive(Debug)]
pub(crate) struct PublishPlan {
    id: String,
    attempts: String,
    /// By name, which is the order of locks.
    sources: Vec<Source>,
}

/// Statements for one target.
#[derive(Debug)]
pub(super) struct Publication {
    pub(super) target: TableName,
    pub(super) statements: String,
    /// How many rows these add; nothing where they merge.
    pub(super) adds: Option<u64>,
}

impl PublishPlan {
    pub(super) fn new(manifest: &Manifest) -> Result<Self> {
        let mut attempts: Vec<&str> = manifest.committables.iter().map(|c| c.attempt.as_str()).collect();
        attempts.sort_unstable();
        attempts.dedup();
        let mut sources = Vec::new();
        for committable in &manifest.committables {
            for staged in &committable.tables {
                sources.push(Source {
                    staged: staged.clone(),
                    name: TableName::new(&staged.staging.0, &staged.staging.1)?,
                    target: TableName::new(&staged.target.0, &staged.target.1)?,
                    attempt: committable.attempt.clone(),
                });
            }
        }
        Ok(PublishPlan { id: manifest.id.clone(), attempts: attempts.join(","), sources })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// The writer attempts, sorted, with commas between.
    pub(super) fn attempts(&self) -> &str {
        &self.attempts
    }

    /// No writer has a part in it.
    pub(crate) fn of_nobody(&self) -> bool {
        self.attempts.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    pub(super) fn sources(&self) -> &[Source] {
        &self.sources
    }

    pub(super) fn rows(&self) -> u64 {
        self.sources.iter().map(|source| source.staged.rows).sum()
    }
}

/// Columns, keys and marks, whether rows are updated, and what marks deleted ones: staging tables that agree in them
/// are published together.
type Shape = (Vec<String>, bool, Option<(Vec<String>, String, String, bool)>, Option<(String, bool)>);

fn shape(source: &Source, by: MergeBy) -> Shape {
    let Source { staged, .. } = source;
    let updates = by == MergeBy::Update;
    let merge = staged.merge.as_ref().map(|m| (m.keys.clone(), m.op.clone(), m.seq.clone(), updates));
    (staged.columns.clone(), staged.overriding, merge, source.soft_delete().cloned())
}

/// The statements that publish `sources`, by target; `by` says how rows that are there are merged, `equalities` how
/// they are found.
pub(super) fn publications(
    sources: &[Source],
    by: impl Fn(&Source) -> MergeBy,
    equalities: impl Fn(&Source) -> Equalities,
) -> Result<Vec<Publication>> {
    let mut by_target: BTreeMap<&TableName, Vec<&Source>> = BTreeMap::new();
    for source in sources {
        by_target.entry(&source.target).or_default().push(source);
    }
    let mut publications = Vec::new();
    for (target, mut sources) in by_target {
        // Whoever locks and verifies them has them by name, and a staging table is used again.
        sources.sort_by_key(|source| source.staged.merge.as_ref().map(|merge| merge.first));
        let mut statements = Vec::new();
        for group in groups(&sources, &by) {
            statements.push(statement(target, &group, &by, &equalities)?);
        }
        let merges = sources.iter().any(|source| source.staged.merge.is_some());
        let adds = (!merges).then(|| sources.iter().map(|source| source.staged.rows).sum());
        publications.push(Publication { target: target.clone(), statements: statements.join("; "), adds });
    }
    Ok(publications)
}

/// Groups of one shape. A writer's sources are in the order of its rows; where their shape changes a later group
/// begins, since the later rows of a key must win. Writers do not share keys, so between them there is no order.
fn groups<'a>(sources: &[&'a Source], by: impl Fn(&Source) -> MergeBy) -> Vec<Vec<&'a Source>> {
    let mut last: BTreeMap<&str, (usize, Shape)> = BTreeMap::new();
    let mut groups: BTreeMap<(usize, Shape), Vec<&Source>> = BTreeMap::new();
    for source in sources {
        let shape = shape(source, by(source));
        let (layer, known) = last.entry(&source.attempt).or_insert_with(|| (0, shape.clone()));
        if *known != shape {
            *layer += 1;
            *known = shape.clone();
        }
        groups.entry((*layer, shape)).or_default().push(source);
    }
    groups.into_values().collect()
}

fn statement(
    target: &TableName,
    group: &[&Source],
    by: impl Fn(&Source) -> MergeBy,
    equalities: impl Fn(&Source) -> Equalities,
) -> Result<String> {
    let Some(first) = group.first() else { return Ok(String::new()) };
    let idents = |names: &[String]| names.iter().map(|name| Ident::new(name)).collect::<Result<Vec<_>>>();
    let merge = match &first.staged.merge {
        None => None,
        Some(merge) => {
            let marks = Marks { op: Ident::new(&merge.op)?, seq: Ident::new(&merge.seq)? };
            Some((idents(&merge.keys)?, marks, by(first)))
        }
    };
    let soft_delete = match first.soft_delete() {
        None => None,
        Some((column, time)) => {
            let mark = if *time { Mark::Time } else { Mark::Flag };
            Some(SoftDelete { column: Ident::new(column)?, mark })
        }
    };
    let sources = group.iter().map(|source| source.name.clone()).collect();
    let sql = PublishSql::new(
        target.clone(),
        sources,
        idents(&first.staged.columns)?,
        first.staged.overriding,
        merge,
    );
    Ok(sql.marking(soft_delete).comparing(equalities(first)).publish(is_unique(group)))
}

/// A proof of unique keys is of one flush: two flushes of one writer may have the same key.
fn is_unique(group: &[&Source]) -> bool {
    let mut attempts: Vec<&str> = group.iter().map(|source| source.attempt.as_str()).collect();
    attempts.sort_unstable();
    attempts.dedup();
    let proven = |source: &&Source| source.staged.merge.as_ref().is_some_and(|merge| merge.unique);
    attempts.len() == group.len() && group.iter().all(proven)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::committable::{Committable, Merged};

    fn staged(target: &str, staging: &str, columns: &[&str]) -> StagedTable {
        StagedTable {
            target: ("s".to_owned(), target.to_owned()),
            staging: ("own".to_owned(), staging.to_owned()),
            rows: 1,
            columns: columns.iter().map(|c| (*c).to_owned()).collect(),
            overriding: false,
            merge: Some(Merged {
                keys: vec!["id".to_owned()],
                op: "op".to_owned(),
                seq: "seq".to_owned(),
                first: 0,
                last: 0,
                unique: true,
            }),
            planned: None,
        }
    }

    fn publish(committables: &[(&str, Vec<StagedTable>)]) -> Vec<Publication> {
        let committables = committables
            .iter()
            .map(|(attempt, tables)| Committable {
                sink: "0a".to_owned(),
                attempt: (*attempt).to_owned(),
                subtask: 0,
                tables: tables.clone(),
            })
            .collect();
        let manifest = Manifest { id: "m".to_owned(), committables };
        let plan = PublishPlan::new(&manifest).expect("names");
        publications(plan.sources(), Source::planned_by, |_| Equalities::default()).expect("names")
    }

    #[test]
    fn targets_come_by_name_and_all_writers_of_one_are_one_statement() {
        let found = publish(&[
            ("a", vec![staged("u", "a1", &["id"]), staged("t", "a2", &["id"])]),
            ("b", vec![staged("t", "b1", &["id"])]),
        ]);
        let targets: Vec<_> = found.iter().map(|p| p.target.quoted()).collect();
        assert_eq!(targets, ["\"s\".\"t\"", "\"s\".\"u\""]);
        assert_eq!(found[0].statements.matches("DELETE").count(), 1);
        assert!(found[0].statements.contains("\"a2\" UNION ALL SELECT \"id\" FROM \"own\".\"b1\""));
        assert!(
            !found[0].statements.contains("DISTINCT"),
            "each writer's keys are unique, and none shares a key"
        );
    }

    #[test]
    fn two_flushes_of_one_writer_are_not_proven_unique() {
        let found =
            publish(&[("a", vec![staged("t", "a1", &["id"])]), ("a", vec![staged("t", "a2", &["id"])])]);
        assert!(found[0].statements.contains("DISTINCT ON (\"id\")"));
    }

    /// Whatever the names of the staging tables are, by which they come: one is used again and again.
    #[test]
    fn what_was_staged_after_a_change_of_columns_is_published_later() {
        let from = |first, staged: StagedTable| {
            let merge = staged.merge.map(|merge| Merged { first, last: first + 8, ..merge });
            StagedTable { merge, ..staged }
        };
        let found = publish(&[
            (
                "a",
                vec![
                    from(20, staged("t", "a1", &["id"])),
                    from(0, staged("t", "a2", &["id"])),
                    from(10, staged("t", "a3", &["id", "n"])),
                ],
            ),
            ("b", vec![from(5, staged("t", "b1", &["id", "n"]))]),
        ]);
        let statements = &found[0].statements;
        assert_eq!(statements.matches("DELETE").count(), 4);
        let at = |staging: &str| statements.find(staging).expect("there");
        assert!(at("\"a2\"") < at("\"a3\"") && at("\"a3\"") < at("\"a1\""));
    }
}
