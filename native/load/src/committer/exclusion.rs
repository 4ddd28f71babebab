//! Which targets of a manifest must be merged into alone, as the catalog said when it was last asked.
//!
//! Promise: asked once for each definition of a target, so that a commit asks nothing more than what it asks anyway;
//! one that was merged into without a lock and has no unique index any more is not committed, but comes again with the
//! lock.

use std::collections::{BTreeMap, HashMap};

use super::publish_plan::Source;
use crate::connection::connection::Connection;
use crate::delivery::merge_lock::{AdvisoryLocks, MergeLocks, is_needed};
use crate::error::{Error, Kind, Result};
use crate::open::catalog::{self, Name};
use crate::open::definition::stamps;
use crate::sql::{Equalities, TableName};

/// What is known of targets, and what the tries of one manifest came across.
#[derive(Default)]
pub(super) struct Exclusion {
    known: HashMap<Name, Known>,
    locks: MergeLocks,
}

struct Known {
    stamp: String,
    alone: bool,
    equalities: Equalities,
}

type Targets<'a> = BTreeMap<&'a TableName, &'a Source>;

/// One source of each target that is merged into.
fn merged(sources: &[Source]) -> Targets<'_> {
    sources.iter().filter(|s| s.staged.merge.is_some()).map(|source| (&source.target, source)).collect()
}

impl Exclusion {
    /// Takes the locks of the targets, as [`MergeLocks::take`].
    pub(super) async fn take(
        &mut self,
        connection: &Connection,
        advisory: &AdvisoryLocks,
        sources: &[Source],
    ) -> Result<bool> {
        let targets = merged(sources);
        let unknown: Vec<&Source> =
            targets.values().filter(|s| !self.known.contains_key(&s.staged.target)).copied().collect();
        if !unknown.is_empty() {
            let names: Vec<Name> = unknown.iter().map(|source| source.staged.target.clone()).collect();
            // Before the catalog: what changes in between is then found before COMMIT.
            let stamps = stamps(connection, &names).await?;
            self.learn(connection, &unknown, &stamps).await?;
        }
        for (target, source) in targets {
            if self.known.get(&source.staged.target).is_some_and(|known| known.alone) {
                self.locks.alone(target);
            }
        }
        match self.locks.take(connection, advisory).await {
            // One is gone since it was asked for: whoever merges into it has more to say.
            Err(error) if error.sqlstate() == Some("42P01") => {
                *self = Exclusion::default();
                Ok(false)
            }
            taken => taken,
        }
    }

    /// Targets that do not exist are not known.
    async fn learn(
        &mut self,
        connection: &Connection,
        sources: &[&Source],
        stamps: &HashMap<Name, String>,
    ) -> Result<()> {
        let names: Vec<Name> = sources.iter().map(|source| source.staged.target.clone()).collect();
        let found = catalog::read(connection, &names).await?;
        for source in sources {
            let name = &source.staged.target;
            let (Some(catalog), Some(stamp)) = (found.get(name), stamps.get(name)) else { continue };
            let keys: Vec<&str> =
                source.staged.merge.iter().flat_map(|merge| &merge.keys).map(String::as_str).collect();
            let alone = is_needed(catalog.keeps_single(&keys), connection.dialect());
            let equalities = catalog.equalities(&keys)?;
            self.known.insert(name.clone(), Known { stamp: stamp.clone(), alone, equalities });
        }
        Ok(())
    }

    /// Before COMMIT, with the stamps that the targets have now.
    ///
    /// # Errors
    /// As [`MergeLocks::hold_or_come_again`], and the same kind where the key was compared in another way.
    pub(super) async fn check(
        &mut self,
        connection: &Connection,
        sources: &[Source],
        now: &HashMap<Name, String>,
    ) -> Result<()> {
        let other = |source: &&Source| {
            let name = &source.staged.target;
            self.known.get(name).map(|known| &known.stamp) != now.get(name)
        };
        let targets = merged(sources);
        let changed: Vec<&Source> = targets.values().copied().filter(other).collect();
        if changed.is_empty() {
            return Ok(());
        }
        let before: Vec<Equalities> = changed.iter().map(|source| self.equalities(source)).collect();
        self.learn(connection, &changed, now).await?;
        for (source, before) in changed.into_iter().zip(before) {
            if self.equalities(source) != before {
                let text = format!("merge into {}: its key has another equality now", source.target.quoted());
                return Err(Error::new(Kind::Contention, text));
            }
            if self.known.get(&source.staged.target).is_some_and(|known| known.alone) {
                self.locks.hold_or_come_again(&source.target)?;
            }
        }
        Ok(())
    }

    /// The next try of the manifest comes with other writers locked out of these targets, if the error is of that sort.
    pub(super) fn collided(&mut self, error: &Error, sources: &[Source], target: Option<&TableName>) {
        let targets =
            merged(sources).into_keys().filter(|merged| target.is_none_or(|target| target == *merged));
        self.locks.collided(error, targets);
    }

    /// How the keys of its target are compared.
    pub(super) fn equalities(&self, source: &Source) -> Equalities {
        self.known.get(&source.staged.target).map(|known| known.equalities.clone()).unwrap_or_default()
    }

    pub(super) fn locks(&self) -> &MergeLocks {
        &self.locks
    }

    /// The next manifest begins anew.
    pub(super) fn settled(&mut self) {
        self.locks = MergeLocks::default();
    }
}
