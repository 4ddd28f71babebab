//! Are the targets still what the staged rows were made for?
//!
//! Promise: asked once for all targets of a manifest, after its statements and before its COMMIT, while their locks
//! keep the targets as they are. Where one is another than its writer knew, what is staged is published only if the
//! target's columns keep every value of the staging table's, and nothing speaks against the load that the writer would
//! have refused. Those locks do not keep the name of a schema, so where a name has become another table's since it was
//! last looked at, the transaction is rolled back and comes again. What was judged once is not judged again. An error
//! of the server's that comes from such a change is told as that.

use std::collections::{BTreeSet, HashMap, HashSet};

use tokio_postgres::types::Oid;

use super::publish_plan::Source;
use crate::connection::connection::Connection;
use crate::error::{Error, Kind, Result};
use crate::open::catalog::{self, Catalog, Name};
use crate::open::definition::{oid_in, stamps};
use crate::open::objections::objections;
use crate::open::purpose::Purpose;
use crate::open::strategy;
use crate::spec::MergeStrategy;
use crate::sql::{Mark, MergeBy};
use crate::types::keeps;

/// A target, the stamp that rows were staged for, and their columns: two forms of a table can have one stamp.
type Made = (Name, Option<String>, Vec<String>);

/// What rows were made for, and the stamp that the target has.
type Change = (Made, Option<String>);

/// What was judged of targets that changed.
#[derive(Default)]
pub(super) struct Judged {
    /// Changes that are none for what is staged.
    harmless: HashSet<Change>,
    /// How what was staged is merged, where that is not what its writer planned.
    by: HashMap<Made, MergeBy>,
    /// The table that had a target's name when it was last looked at.
    tables: HashMap<Name, Oid>,
}

impl Judged {
    /// How a merge of what is staged changes rows that are there.
    pub(super) fn merges_by(&self, source: &Source) -> MergeBy {
        self.by.get(&made_for(source)).copied().unwrap_or_else(|| source.planned_by())
    }
}

impl Judged {
    /// Since the last look, or where there was none since it was staged, the name has become that of another table:
    /// statements of this transaction may have gone into the one that had it before.
    fn names_another(&self, ((target, planned, _), now): &Change) -> bool {
        let before = self.tables.get(target).copied().or_else(|| oid_in(planned.as_deref()?));
        let now = now.as_deref().and_then(oid_in);
        before.zip(now).is_some_and(|(before, now)| before != now)
    }

    fn look(&mut self, now: &HashMap<Name, String>) {
        self.tables.extend(now.iter().filter_map(|(name, stamp)| Some((name.clone(), oid_in(stamp)?))));
    }
}

fn made_for(source: &Source) -> Made {
    let stamp = source.staged.planned.as_ref().map(|planned| planned.stamp.clone());
    (source.staged.target.clone(), stamp, source.staged.columns.clone())
}

/// The stamps that the targets have now.
pub(super) async fn stamps_of(connection: &Connection, sources: &[Source]) -> Result<HashMap<Name, String>> {
    let targets: BTreeSet<&Name> = sources.iter().map(|source| &source.staged.target).collect();
    if targets.is_empty() {
        return Ok(HashMap::new());
    }
    let names: Vec<Name> = targets.into_iter().cloned().collect();
    stamps(connection, &names).await
}

/// # Errors
/// Kind `Target`, naming each target that changed and how; `Contention` where what is staged is to be merged in another
/// way from now on, as the option leaves open.
pub(super) async fn compare(
    connection: &Connection,
    judged: &mut Judged,
    sources: &[Source],
    now: &HashMap<Name, String>,
) -> Result<()> {
    let changed = changed(now, sources);
    if let Some((source, ..)) = changed.iter().find(|(_, change)| judged.names_another(change)) {
        let text = format!(
            "table {}: another table has its name now; what is staged is published into that one",
            source.target.quoted()
        );
        judged.look(now);
        return Err(Error::new(Kind::Contention, text));
    }
    judged.look(now);
    let new: Vec<&(&Source, Change)> =
        changed.iter().filter(|(_, change)| !judged.harmless.contains(change)).collect();
    if new.is_empty() {
        return Ok(());
    }
    let names = new.iter().flat_map(|(source, _)| [&source.staged.target, &source.staged.staging]);
    let names: Vec<Name> = names.collect::<BTreeSet<_>>().into_iter().cloned().collect();
    let found = catalog::read(connection, &names).await?;
    let mut problems = Vec::new();
    for (source, _) in &new {
        let problem = judge(source, found.get(&source.staged.target), found.get(&source.staged.staging));
        problems.extend(problem.map(|problem| format!("table {}: {problem}", source.target.quoted())));
    }
    if problems.is_empty() {
        let mut otherwise = BTreeSet::new();
        for (source, _) in &new {
            let Some(target) = found.get(&source.staged.target) else { continue };
            let by = strategy::chosen(target, &purpose(source));
            if source.staged.merge.is_some() && by != judged.merges_by(source) {
                judged.by.insert(made_for(source), by);
                let by = if by == MergeBy::Update { "UPDATE" } else { "DELETE and INSERT" };
                otherwise.insert(format!("table {} is merged by {by}", source.target.quoted()));
            }
        }
        if !otherwise.is_empty() {
            let told = otherwise.into_iter().collect::<Vec<_>>().join("; ");
            let text = format!("{told} now: its definition was changed after rows were staged for it");
            return Err(Error::new(Kind::Contention, text));
        }
        judged.harmless.extend(new.iter().map(|(_, change)| change.clone()));
        return Ok(());
    }
    problems.dedup();
    let text = format!(
        "{}. The definition was changed after rows were staged for it. Nothing was published; change it back until the job \
         has published what it staged",
        problems.join("; ")
    );
    Err(Error::new(Kind::Target, text))
}

/// The same error, or what became of a target where that explains it; the transaction is rolled back.
pub(super) async fn explained(
    connection: &Connection,
    judged: &mut Judged,
    sources: &[Source],
    error: Error,
) -> Error {
    if !matches!(error.kind(), Kind::Target | Kind::Data | Kind::Server) {
        return error;
    }
    match explanation(connection, judged, sources).await {
        Ok(Explanation::Instead(change)) => change.hint(&format!(" ({error})")),
        Ok(Explanation::Perhaps(targets)) => error.hint(&format!(
            ". Nothing was published. The definition of {} was changed after rows were staged for it: where that is why they \
             do not fit, change it back until the job has published what it staged",
            targets.into_iter().collect::<Vec<_>>().join(", ")
        )),
        // Nothing changed, or nobody can say.
        Ok(Explanation::Nothing) | Err(_) => error,
    }
}

/// What changes of targets say of an error.
enum Explanation {
    /// This is what happened.
    Instead(Error),
    /// These targets changed in what decides nothing about types, a CHECK for instance.
    Perhaps(BTreeSet<String>),
    Nothing,
}

async fn explanation(
    connection: &Connection,
    judged: &mut Judged,
    sources: &[Source],
) -> Result<Explanation> {
    connection.execute("roll back what failed", "ROLLBACK").await?;
    let now = stamps_of(connection, sources).await?;
    // One that is not there just now may be about to be replaced.
    if sources.iter().any(|source| !now.contains_key(&source.staged.target)) {
        return Ok(Explanation::Nothing);
    }
    let changed: BTreeSet<String> =
        changed(&now, sources).iter().map(|(source, _)| source.target.quoted().to_owned()).collect();
    Ok(match compare(connection, judged, sources, &now).await {
        Err(error) if matches!(error.kind(), Kind::Target | Kind::Contention) => Explanation::Instead(error),
        Ok(()) if !changed.is_empty() => Explanation::Perhaps(changed),
        _ => Explanation::Nothing,
    })
}

fn changed<'a>(now: &HashMap<Name, String>, sources: &'a [Source]) -> Vec<(&'a Source, Change)> {
    let change = |source: &'a Source| {
        let stamp = now.get(&source.staged.target).cloned();
        let made = made_for(source);
        (made.1.is_none() || made.1 != stamp).then_some((source, (made, stamp)))
    };
    sources.iter().filter_map(change).collect()
}

/// What is done with the target where these rows are published.
fn purpose(source: &Source) -> Purpose<'_> {
    let Source { staged, .. } = source;
    let planned = staged.planned.as_ref();
    let strategy = match (planned.is_some_and(|planned| planned.free), source.planned_by()) {
        (true, _) => MergeStrategy::Auto,
        (false, MergeBy::Update) => MergeStrategy::Update,
        (false, MergeBy::Replace) => MergeStrategy::Replace,
    };
    Purpose {
        merge: staged.merge.is_some(),
        exactly_once: true,
        // One committer publishes for all.
        parallelism: 1,
        strategy,
        soft_delete: source.soft_delete().map(|(column, _)| column.as_str()),
        // An older version did not tell; its writer has checked.
        allow_replace: planned.is_none_or(|planned| planned.allow_replace),
        // Its writer has told so by allow_replace.
        follows: false,
        partial: false,
        allow_unique: true,
        origin: "what was staged",
        columns: staged.columns.iter().map(String::as_str).collect(),
        added: Vec::new(),
        keys: staged.merge.iter().flat_map(|merge| &merge.keys).map(String::as_str).collect(),
    }
}

/// Why the staged rows may not be published, if so.
fn judge(source: &Source, target: Option<&Catalog>, staging: Option<&Catalog>) -> Option<String> {
    let Some(target) = target else { return Some("does not exist".to_owned()) };
    let Some(staging) = staging else { return Some("its staging table does not exist".to_owned()) };
    let staged = &source.staged;
    let purpose = purpose(source);
    let keys = &purpose.keys;
    let mut problems = objections(target, &purpose);
    if let (Some((column, time)), Some(now)) = (source.soft_delete(), strategy::mark(target, &purpose))
        && *time != (now == Mark::Time)
    {
        problems.push(format!("column {column:?} of 'sink.soft-delete.column' has another type"));
    }
    for name in &staged.columns {
        let now = target.columns.iter().find(|column| column.name == *name);
        let staged = staging.columns.iter().find(|column| column.name == *name);
        match (staged, now) {
            (Some(staged), Some(now)) => {
                let (was, is) = (&staged.target_type, &now.target_type);
                if now.generated {
                    problems.push(format!("column {name:?} is generated and takes no values"));
                } else if !keeps(was, is) {
                    problems.push(format!("column {name:?} was {} and is {}", was.formatted, is.formatted));
                } else if keys.contains(&name.as_str()) && staged.deterministic != now.deterministic {
                    problems.push(format!("key column {name:?} has another equality"));
                }
            }
            _ => problems.push(format!("column {name:?} does not exist")),
        }
    }
    (!problems.is_empty()).then(|| problems.join("; "))
}
