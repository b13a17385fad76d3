//! What became of a batch: how each of its items stands, from the runs of its project.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    engine::{
        ledger::{Account, Sum},
        open::{Engine, EngineError},
    },
    model::{Batch, Money, NodeError, ProjectId, ProjectState, Run, RunId, RunOutcome},
};

/// How an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    /// It has not begun, or was interrupted.
    Pending,
    /// It runs.
    Running,
    /// It waits for a person.
    Waiting,
    /// Its film is made.
    Done,
    /// It failed.
    Failed,
    /// It was cancelled.
    Cancelled,
    /// Its project is gone.
    Removed,
}

impl ItemState {
    /// Its name, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Removed => "removed",
        }
    }
}

/// An item of a batch and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BatchItem {
    /// Its project.
    pub id: ProjectId,
    /// The project's slug; empty: it is gone.
    pub project: String,
    /// The project's title.
    pub title: String,
    /// How it stands.
    pub state: ItemState,
    /// Its latest run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// Why it failed, or is left where the budget of its batch is met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<NodeError>,
    /// Where its finished files go.
    pub exports: PathBuf,
}

/// A batch and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BatchReport {
    /// The batch.
    #[serde(flatten)]
    pub batch: Batch,
    /// Is something of it still to run, or running?
    pub open: bool,
    /// What its projects have cost together.
    #[serde(default)]
    pub spent: Money,
    /// What is held back for calls of theirs without a known cost.
    #[serde(default)]
    pub reserved: Money,
    /// Its items.
    pub items: Vec<BatchItem>,
}

impl Engine {
    /// All batches, the latest first.
    pub fn batches(&self, most: usize) -> Result<Vec<BatchReport>, EngineError> {
        let all = self.core.store.batches()?;
        all.into_iter().rev().take(most).map(|batch| self.batch_report(batch)).collect()
    }

    /// The latest batch of that id or name.
    pub fn batch_by_name(&self, name: &str) -> Result<Batch, EngineError> {
        let found = self.core.store.batches()?.into_iter().rev().find(|b| b.id.as_str() == name || b.name == name);
        found.ok_or_else(|| EngineError::NotFound(format!("there is no batch {name:?}: `studio batch ls`")))
    }

    /// What became of a batch.
    pub fn batch_report(&self, batch: Batch) -> Result<BatchReport, EngineError> {
        let mut items: Vec<_> =
            batch.projects.iter().map(|id| self.batch_item(&batch, id)).collect::<Result<_, _>>()?;
        let mut refused = self.core.store.refused_of(&batch.id)?;
        for item in items.iter_mut().filter(|item| item.state == ItemState::Pending) {
            if let Some(error) = refused.remove(&item.id) {
                // What was left for want of money did not fail: it was not begun.
                item.state = if error.is_over_budget() { ItemState::Pending } else { ItemState::Failed };
                item.error = Some(error);
            }
        }
        let open = self.core.store.open_batches()?.iter().any(|open| open.id == batch.id);
        let Sum { spent, reserved } = self.core.ledger.sum(&Account::Projects(batch.projects.clone()))?;
        Ok(BatchReport { batch, open, spent, reserved, items })
    }

    pub(super) fn batch_item(&self, batch: &Batch, id: &ProjectId) -> Result<BatchItem, EngineError> {
        let gone = BatchItem {
            id: id.clone(),
            project: String::new(),
            title: String::new(),
            state: ItemState::Removed,
            run: None,
            error: None,
            exports: PathBuf::new(),
        };
        let project = self.core.store.project(id)?.filter(|project| project.removed_ms.is_none());
        let Some(project) = project else { return Ok(gone) };
        let run = self.core.store.latest_run(id)?;
        let state = self.item_state(batch, run.as_ref())?;
        let error = match run.as_ref().and_then(|run| run.outcome.clone()) {
            Some(RunOutcome::Failed { error }) if state == ItemState::Failed => Some(error),
            _ => None,
        };
        let exports = self.core.export_dir(&project);
        let run = run.map(|run| run.id);
        Ok(BatchItem { project: project.slug, title: project.title, state, run, error, exports, ..gone })
    }

    fn item_state(&self, batch: &Batch, run: Option<&Run>) -> Result<ItemState, EngineError> {
        let Some(run) = run else { return Ok(ItemState::Pending) };
        if self.core.runs.get(&run.id).is_some() {
            return Ok(ItemState::Running);
        }
        // What failed before the batch was started again is still to be done.
        let is_of_now = run.started_ms >= batch.started_ms;
        Ok(match &run.outcome {
            Some(RunOutcome::Done { .. }) => ItemState::Done,
            Some(RunOutcome::Failed { .. }) if is_of_now => ItemState::Failed,
            Some(RunOutcome::Cancelled) if is_of_now => ItemState::Cancelled,
            None if self.state_of(&run.project)? == ProjectState::Waiting => ItemState::Waiting,
            Some(_) | None => ItemState::Pending,
        })
    }
}
