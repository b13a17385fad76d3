//! All projects at a glance: what lists, sorts and filters need, without their params and results.

use serde::{Deserialize, de::DeserializeOwned, de::IgnoredAny};

use super::{
    Store,
    apply::{Tree, run_of},
    error::{Result, StoreError},
    index::{Index, Stored},
    keys::head,
};
use crate::model::{BrandUse, Change, ProjectId, Record, RunId};

/// A project at a glance.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Listed {
    /// Its id.
    pub id: ProjectId,
    /// Its title.
    pub title: String,
    /// Its slug.
    pub slug: String,
    /// Its script.
    pub script: String,
    /// The brand that its films have.
    #[serde(default)]
    pub brand: Option<BrandUse>,
    /// It is put aside.
    #[serde(default)]
    pub archived: bool,
    /// When it was thrown away, in milliseconds since 1970.
    #[serde(default)]
    pub removed_ms: Option<i64>,
    /// Milliseconds since 1970.
    pub created_ms: i64,
    /// Milliseconds since 1970.
    pub updated_ms: i64,
    /// Its latest run.
    #[serde(skip)]
    pub run: Option<LastRun>,
}

/// A run at a glance.
#[derive(Clone, Debug, PartialEq)]
pub struct LastRun {
    /// Its id.
    pub id: RunId,
    /// How it ended; none: it has not.
    pub ended: Option<RunEnded>,
    /// It waits for a person.
    pub waits: bool,
}

/// How a run ended, without what came of it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunEnded {
    /// It is done.
    Done(IgnoredAny),
    /// It failed.
    Failed(IgnoredAny),
    /// Somebody cancelled it.
    Cancelled,
    /// It waits: never kept as an end.
    Waiting,
}

#[derive(Deserialize)]
struct Glance<T> {
    record: T,
}

#[derive(Deserialize)]
struct Outcome {
    outcome: RunEnded,
}

impl Store {
    /// All projects at a glance, also those put aside or thrown away; the oldest first.
    pub fn listed(&self) -> Result<Vec<Listed>> {
        // One after the other: a writer need not wait for all of them.
        let ids: Vec<_> = self.read(|index| {
            let found = index.scan(Tree::Projects, &[], &[]);
            found.map(|item| item.map(|(id, _)| id)).collect::<Result<_>>()
        })?;
        let listed = ids.into_iter().filter_map(|id| {
            let listed = self.read(|index| {
                let Some(stored) = index.get(Tree::Projects, &id)? else { return Ok(None) };
                let mut listed: Listed = self.glance(stored)?;
                listed.run = self.last_run(index, &listed.id)?;
                Ok(Some(listed))
            });
            listed.transpose()
        });
        listed.collect()
    }

    /// A project's latest run at a glance.
    pub fn last_run_of(&self, project: &ProjectId) -> Result<Option<LastRun>> {
        self.read(|index| self.last_run(index, project))
    }

    fn last_run(&self, index: &Index, project: &ProjectId) -> Result<Option<LastRun>> {
        let prefix = head(project.as_str());
        let Some(key) = index.last(Tree::ProjectRuns, &prefix)? else { return Ok(None) };
        let id = run_of(&key[prefix.len()..]);
        let ended = index.get(Tree::Outcomes, id)?.map(|stored| self.glance::<Outcome>(stored)).transpose()?;
        let waits = index.get(Tree::Waits, id)?.is_some();
        let ended = ended.map(|outcome| outcome.outcome);
        Ok(Some(LastRun { id: RunId::new(String::from_utf8_lossy(id)), ended, waits }))
    }

    /// Some fields of a record.
    fn glance<T: DeserializeOwned>(&self, stored: Stored) -> Result<T> {
        let none = || StoreError::Index { what: "a value is missing".into() };
        let json = self.inner.shared.segments.json(stored.place().ok_or_else(none)?)?;
        let glance: serde_json::Result<Glance<T>> = serde_json::from_slice(&json);
        glance.map(|glance| glance.record).map_err(|e| StoreError::Index { what: e.to_string() })
    }

    /// The number of the project's edit that is taken back next; 0: none.
    pub fn changes_at(&self, project: &ProjectId) -> Result<u32> {
        let at = self.one(Tree::ChangesAt, project.as_str().as_bytes(), |record| match record {
            Record::Changed(change) => Some(change.n),
            Record::ChangesAt { n, .. } => Some(n),
            _ => None,
        })?;
        Ok(at.unwrap_or(0))
    }

    /// The project's edits that can be taken back or done again, the oldest first.
    pub fn changes(&self, project: &ProjectId) -> Result<Vec<Change>> {
        self.many(Tree::Changes, &head(project.as_str()), |record| match record {
            Record::Changed(change) => Some(*change),
            _ => None,
        })
    }
}
