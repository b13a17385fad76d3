//! Reading: from the index, or from the journal where the index points to it. Synchronous; microseconds each.

use std::collections::BTreeMap;

use super::{
    Store,
    apply::{Tree, run_of},
    error::{Result, StoreError},
    index::{Index, Stored},
    keys::{head, pair, rest},
};
use crate::model::{
    Batch, BatchId, Entry, Grant, Intent, Kept, Key, NodeError, Project, ProjectId, Record, Run, RunId, Seq, Slot,
    StartedNode, TurnRecord,
};

impl Store {
    /// The result of that name.
    pub fn kept(&self, key: &Key) -> Result<Option<Kept>> {
        self.one(Tree::Kept, key.as_str().as_bytes(), |record| match record {
            Record::Result { kept, .. } => Some(*kept),
            _ => None,
        })
    }

    /// The name of a slot's current result.
    pub fn slot(&self, slot: &Slot) -> Result<Option<Key>> {
        self.one(Tree::Slots, slot.as_str().as_bytes(), |record| slot_result(record).map(|(_, key)| key))
    }

    /// The current results of the slots at or below `path` (a project's id, a scope, a slot), in the order of their
    /// names.
    pub fn slots_under(&self, path: &str) -> Result<Vec<(Slot, Key)>> {
        self.slots_where(path, |_| true)
    }

    /// Those of them that are wanted: the others are not even read.
    pub fn slots_where(&self, path: &str, wanted: impl Fn(&Slot) -> bool) -> Result<Vec<(Slot, Key)>> {
        let path = path.trim_end_matches('/');
        let found: Vec<Stored> = self.read(|index| {
            let found = index.scan(Tree::Slots, path.as_bytes(), &[]).filter(|item| match item {
                Ok((key, _)) => {
                    let slot = Slot::named(String::from_utf8_lossy(key));
                    (path.is_empty() || is_at_or_below(slot.as_str(), path)) && wanted(&slot)
                }
                Err(_) => true,
            });
            found.map(|item| item.map(|(_, stored)| stored)).collect()
        })?;
        found.into_iter().filter_map(|stored| self.entry(stored).map(|e| slot_result(e.record)).transpose()).collect()
    }

    /// Has anything below `path` (a project's id, a scope) a result?
    pub fn is_any_slot_below(&self, path: &str) -> Result<bool> {
        self.is_any(Tree::Slots, format!("{}/", path.trim_end_matches('/')).as_bytes())
    }

    /// A project.
    pub fn project(&self, id: &ProjectId) -> Result<Option<Project>> {
        self.one(Tree::Projects, id.as_str().as_bytes(), project)
    }

    /// The project that has this slug now.
    pub fn project_by_slug(&self, slug: &str) -> Result<Option<Project>> {
        self.project_of_slug(slug, |p| p.slug == slug)
    }

    /// The project that has this slug, or had it once: there is one at most, since none is given twice.
    pub fn project_by_any_slug(&self, slug: &str) -> Result<Option<Project>> {
        self.project_of_slug(slug, |p| p.had_slug(slug))
    }

    fn project_of_slug(&self, slug: &str, fits: impl Fn(&Project) -> bool) -> Result<Option<Project>> {
        self.read(|index| {
            for item in index.scan(Tree::Slugs, &head(slug), &[]) {
                let (key, _) = item?;
                let found = self.load(index, Tree::Projects, rest(slug, &key), project)?;
                // Slugs that nothing leads from any more are there, too.
                if let Some(found) = found.filter(|p| fits(p)) {
                    return Ok(Some(found));
                }
            }
            Ok(None)
        })
    }

    /// A run, with its outcome where it has one.
    pub fn run(&self, id: &RunId) -> Result<Option<Run>> {
        self.read(|index| self.load_run(index, id.as_str().as_bytes()))
    }

    /// A project's runs, the oldest first.
    pub fn runs_of(&self, project: &ProjectId) -> Result<Vec<Run>> {
        let prefix = head(project.as_str());
        self.runs(Tree::ProjectRuns, &prefix, |key| run_of(&key[prefix.len()..]))
    }

    /// A project's latest run.
    pub fn latest_run(&self, project: &ProjectId) -> Result<Option<Run>> {
        let prefix = head(project.as_str());
        self.read(|index| match index.last(Tree::ProjectRuns, &prefix)? {
            Some(key) => self.load_run(index, run_of(&key[prefix.len()..])),
            None => Ok(None),
        })
    }

    /// The runs that have not ended, the oldest first.
    pub fn unfinished_runs(&self) -> Result<Vec<Run>> {
        self.runs(Tree::Unfinished, &[], |key| key)
    }

    fn runs(&self, tree: Tree, prefix: &[u8], run: impl Fn(&[u8]) -> &[u8]) -> Result<Vec<Run>> {
        self.read(|index| {
            let mut runs = Vec::new();
            for item in index.scan(tree, prefix, &[]) {
                let (key, _) = item?;
                runs.extend(self.load_run(index, run(&key))?);
            }
            Ok(runs)
        })
    }

    fn load_run(&self, index: &Index, id: &[u8]) -> Result<Option<Run>> {
        let run = self.load(index, Tree::Runs, id, |record| match record {
            Record::RunStarted(run) => Some(run),
            _ => None,
        })?;
        let Some(mut run) = run else { return Ok(None) };
        let goes = self.load(index, Tree::RunGoes, id, |record| match record {
            Record::RunGoes { unattended, refresh, batch, .. } => Some((unattended, refresh, batch)),
            _ => None,
        })?;
        if let Some((unattended, refresh, batch)) = goes {
            (run.unattended, run.refresh, run.batch) = (unattended, refresh, batch);
        }
        let outcome = self.load(index, Tree::Outcomes, id, |record| match record {
            Record::RunEnded { outcome, .. } => Some(outcome),
            _ => None,
        })?;
        run.outcome = outcome.or(run.outcome);
        Ok(Some(run))
    }

    /// A batch.
    pub fn batch(&self, id: &BatchId) -> Result<Option<Batch>> {
        self.one(Tree::Batches, id.as_str().as_bytes(), batch)
    }

    /// The projects of a batch that has ended which could not even begin to run, and why.
    pub fn refused_of(&self, id: &BatchId) -> Result<BTreeMap<ProjectId, NodeError>> {
        let refused = self.one(Tree::EndedBatches, id.as_str().as_bytes(), |record| match record {
            Record::BatchEnded { refused, .. } => Some(refused),
            _ => None,
        })?;
        Ok(refused.unwrap_or_default())
    }

    /// All batches, the oldest first.
    pub fn batches(&self) -> Result<Vec<Batch>> {
        self.many(Tree::Batches, &[], batch)
    }

    /// The batches that have not ended, the oldest first.
    pub fn open_batches(&self) -> Result<Vec<Batch>> {
        self.read(|index| {
            let mut open = Vec::new();
            for item in index.scan(Tree::OpenBatches, &[], &[]) {
                let (id, _) = item?;
                open.extend(self.load(index, Tree::Batches, &id, batch)?);
            }
            Ok(open)
        })
    }

    /// The nodes that were started and neither finished nor given up, in the order of their keys.
    pub fn started(&self) -> Result<Vec<StartedNode>> {
        self.many(Tree::Started, &[], started)
    }

    /// A node that was started and neither finished nor given up.
    pub fn started_node(&self, key: &Key) -> Result<Option<StartedNode>> {
        self.one(Tree::Started, key.as_str().as_bytes(), started)
    }

    /// The turns of a started node, in order.
    pub fn turns(&self, key: &Key) -> Result<Vec<TurnRecord>> {
        self.many(Tree::Turns, &head(key.as_str()), |record| match record {
            Record::Turn(turn) => Some(turn),
            _ => None,
        })
    }

    /// The intents of a started node, by effect: those with an answer in its turns, and those that are perhaps billed.
    pub fn intents(&self, key: &Key) -> Result<Vec<Intent>> {
        self.many(Tree::Intents, &head(key.as_str()), |record| match record {
            Record::Intent(intent) => Some(intent),
            _ => None,
        })
    }

    /// When a started node's pause ends, in milliseconds since 1970; none: no such pause was noted.
    pub fn deadline(&self, key: &Key, effect: u32) -> Result<Option<i64>> {
        self.one(Tree::Deadlines, &pair(key.as_str(), effect.to_be_bytes()), |record| match record {
            Record::Deadline { until_ms, .. } => Some(until_ms),
            _ => None,
        })
    }

    /// Up to `limit` events after number `seq`, in order. The oldest ones are forgotten at some time: who asks from
    /// before [`Store::events_from`] has missed some and takes a snapshot.
    pub fn entries_since(&self, seq: Seq, limit: usize) -> Result<Vec<Entry>> {
        let from = seq.saturating_add(1).to_be_bytes();
        let found: Vec<Stored> = self.read(|index| {
            let found = index.scan(Tree::Events, &[], &from).take(limit);
            found.map(|item| item.map(|(_, stored)| stored)).collect()
        })?;
        found.into_iter().map(|stored| self.entry(stored)).collect()
    }

    /// The number from which on all events are still told.
    pub fn events_from(&self) -> Result<Seq> {
        self.read(|index| Ok(index.events_from()))
    }

    /// A sealed secret.
    pub fn secret(&self, name: &str) -> Result<Option<String>> {
        self.one(Tree::Secrets, name.as_bytes(), |record| match record {
            Record::Secret { sealed, .. } => sealed,
            _ => None,
        })
    }

    /// The names of all secrets, in order.
    pub fn secret_names(&self) -> Result<Vec<String>> {
        self.many(Tree::Secrets, &[], |record| match record {
            Record::Secret { name, .. } => Some(name),
            _ => None,
        })
    }

    /// The latest grant for every plugin and source.
    pub fn grants(&self) -> Result<Vec<Grant>> {
        self.many(Tree::Grants, &[], |record| match record {
            Record::Granted(grant) => Some(grant),
            _ => None,
        })
    }

    /// Calls `f` with the index. Not to be nested: a waiting writer would stand between the two.
    pub(super) fn read<T>(&self, f: impl FnOnce(&Index) -> Result<T>) -> Result<T> {
        f(self.inner.shared.index.read().as_ref().ok_or(StoreError::Closed)?)
    }

    /// What follows `prefix` in the last key that begins with it.
    pub(super) fn last_key(&self, tree: Tree, prefix: &[u8]) -> Result<Option<Vec<u8>>> {
        self.read(|index| {
            let last = index.scan(tree, prefix, &[]).last().transpose()?;
            Ok(last.map(|(key, _)| key[prefix.len()..].to_vec()))
        })
    }

    /// Is `key` there?
    pub(super) fn is_there(&self, tree: Tree, key: &[u8]) -> Result<bool> {
        self.read(|index| Ok(index.get(tree, key)?.is_some()))
    }

    /// Does any key begin with `prefix`?
    pub(super) fn is_any(&self, tree: Tree, prefix: &[u8]) -> Result<bool> {
        self.read(|index| index.scan(tree, prefix, &[]).next().transpose().map(|found| found.is_some()))
    }

    pub(super) fn one<T>(&self, tree: Tree, key: &[u8], pick: impl Fn(Record) -> Option<T>) -> Result<Option<T>> {
        self.read(|index| self.load(index, tree, key, pick))
    }

    pub(super) fn many<T>(&self, tree: Tree, prefix: &[u8], pick: impl Fn(Record) -> Option<T>) -> Result<Vec<T>> {
        self.entries(tree, prefix, |entry| pick(entry.record))
    }

    pub(super) fn entries<T>(&self, tree: Tree, prefix: &[u8], pick: impl Fn(Entry) -> Option<T>) -> Result<Vec<T>> {
        // The entries afterwards: a writer need not wait for all of them.
        let found: Vec<Stored> =
            self.read(|index| index.scan(tree, prefix, &[]).map(|item| item.map(|(_, stored)| stored)).collect())?;
        found.into_iter().filter_map(|stored| self.entry(stored).map(&pick).transpose()).collect()
    }

    pub(super) fn load<T>(
        &self,
        index: &Index,
        tree: Tree,
        key: &[u8],
        pick: impl FnOnce(Record) -> Option<T>,
    ) -> Result<Option<T>> {
        let Some(stored) = index.get(tree, key)? else { return Ok(None) };
        Ok(pick(self.entry(stored)?.record))
    }

    pub(super) fn entry(&self, stored: Stored) -> Result<Entry> {
        let none = || StoreError::Index { what: "a value is missing".into() };
        self.inner.shared.segments.entry(stored.place().ok_or_else(none)?)
    }
}

fn batch(record: Record) -> Option<Batch> {
    if let Record::Batch(batch) = record { Some(batch) } else { None }
}

fn project(record: Record) -> Option<Project> {
    if let Record::Project(project) = record { Some(project) } else { None }
}

fn started(record: Record) -> Option<StartedNode> {
    if let Record::Started(node) = record { Some(node) } else { None }
}

fn slot_result(record: Record) -> Option<(Slot, Key)> {
    if let Record::SlotResult { slot, key } = record { Some((slot, key)) } else { None }
}

fn is_at_or_below(slot: &str, path: &str) -> bool {
    slot.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
