//! The jobs of all projects: what is under way, how far it is and how long it will take, and what failed for good
//! and waits to be looked at (the dead letters).

use std::{collections::HashMap, time::Instant};

use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use studio_plugin_sdk::roles::Role;

use super::open::{Core, Engine, EngineError};
use crate::{
    model::{NodeChange, NodeError, NodeState, Pace, ProjectId, RunId, Slot},
    store::StoreError,
};

/// How far the running nodes are: of the moment, never written down.
pub struct Working {
    /// Moments are seconds since then.
    zero: Instant,
    paces: Mutex<HashMap<Slot, Pace>>,
}

impl Default for Working {
    fn default() -> Self {
        Self { zero: Instant::now(), paces: Mutex::default() }
    }
}

impl Working {
    fn now(&self) -> f64 {
        self.zero.elapsed().as_secs_f64()
    }

    /// A node's new state.
    pub fn note(&self, change: &NodeChange) {
        let mut paces = self.paces.lock();
        match change.state {
            NodeState::Running => drop(paces.insert(change.slot.clone(), Pace::new(self.now()))),
            _ => drop(paces.remove(&change.slot)),
        }
    }

    /// Nobody works on a node any more.
    pub fn forget(&self, slot: &Slot) {
        self.paces.lock().remove(slot);
    }

    /// How far a node is, 0–1.
    pub fn progress(&self, slot: &Slot, share: f64) {
        if let Some(pace) = self.paces.lock().get_mut(slot) {
            pace.progressed(share, self.now());
        }
    }

    /// The share that is done, and seconds that are left where that can be said.
    fn of(&self, slot: &Slot, typical: Option<f64>) -> (Option<f64>, Option<f64>) {
        let paces = self.paces.lock();
        let Some(pace) = paces.get(slot) else { return (None, typical) };
        (Some(pace.share()), pace.left(self.now(), typical))
    }
}

/// A job: one node of a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Job {
    /// Its id: the node's place in the store.
    pub id: Slot,
    /// Its project's slug.
    pub project: String,
    /// Its place in the project: `scene-1/tts`.
    pub place: String,
    /// The run.
    pub run: RunId,
    /// The role.
    pub role: Role,
    /// Who does it.
    pub plugin: String,
    /// What it is, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// Where it stands.
    pub state: NodeState,
    /// How far it is, 0–1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// Seconds that are left, as far as this box's history and its progress tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds_left: Option<f64>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<NodeError>,
}

/// Which jobs are wanted.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct JobFilter {
    /// Those of one project: its slug, id or title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Those in one of these states; none named: all that have not ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub states: Vec<NodeState>,
    /// Only those after this id: the last one of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Slot>,
    /// Most of them to give; 0: 100.
    pub limit: usize,
}

impl Engine {
    /// The jobs that fit, in the order of their ids: those of unfinished runs, and those that failed last.
    pub fn jobs(&self, filter: &JobFilter) -> Result<Vec<Job>, EngineError> {
        let core = &self.core;
        let project = filter.project.as_deref().map(|name| self.project(name)).transpose()?.map(|p| p.id);
        let most = if filter.limit == 0 { 100 } else { filter.limit };
        let wanted = |state: NodeState| {
            if filter.states.is_empty() { !state.is_final() } else { filter.states.contains(&state) }
        };
        let mut runs = core.store.unfinished_runs()?;
        runs.retain(|run| project.as_ref().is_none_or(|wanted| *wanted == run.project));
        let mut found: Vec<NodeChange> = Vec::new();
        for run in &runs {
            found.extend(core.store.nodes_where(&run.id, filter.after.as_ref(), most, wanted)?);
        }
        if wanted(NodeState::Failed) {
            for change in core.store.dead(project.as_ref())? {
                let mut known = runs.iter().map(|run| core.store.has_node(&run.id, &change.slot));
                if filter.after.as_ref().is_none_or(|after| change.slot > *after) && !known.try_fold(false, any)? {
                    found.push(change);
                }
            }
        }
        found.sort_by(|a, b| a.slot.cmp(&b.slot));
        found.dedup_by(|a, b| a.slot == b.slot);
        found.truncate(most);
        let mut slugs = HashMap::new();
        found.into_iter().map(|change| job(core, change, &mut slugs)).collect()
    }
}

fn any(before: bool, found: Result<bool, StoreError>) -> Result<bool, StoreError> {
    Ok(before || found?)
}

fn job(core: &Core, change: NodeChange, slugs: &mut HashMap<ProjectId, String>) -> Result<Job, EngineError> {
    let id = change.slot.project();
    if !slugs.contains_key(&id) {
        let slug = core.store.project(&id)?.map(|project| project.slug).unwrap_or_default();
        slugs.insert(id.clone(), slug);
    }
    let (share, seconds_left) = if change.state.is_final() {
        (None, None)
    } else {
        core.working.of(&change.slot, core.history.typical(&change))
    };
    Ok(Job {
        project: slugs.get(&id).cloned().unwrap_or_default(),
        place: change.slot.local().to_owned(),
        id: change.slot,
        run: change.run,
        role: change.role,
        plugin: change.plugin,
        label: change.label,
        state: change.state,
        share,
        seconds_left,
        error: change.error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_follows_what_was_done() {
        let slot = Slot::new(&ProjectId::new("p"), &[], Role::Tts, 1);
        let change = |state| NodeChange::new(RunId::new("r"), slot.clone(), Role::Tts, state);
        let working = Working::default();
        assert_eq!(working.of(&slot, Some(4.0)), (None, Some(4.0)), "it has not begun");
        working.note(&change(NodeState::Running));
        assert_eq!(working.of(&slot, None), (Some(0.0), None), "nobody knows");
        let (share, left) = working.of(&slot, Some(1e6));
        assert!(share == Some(0.0) && left.is_some_and(|left| left <= 1e6));
        working.progress(&slot, 7.0);
        assert_eq!(working.of(&slot, Some(1e6)), (Some(1.0), Some(0.0)));
        working.note(&change(NodeState::Done));
        assert_eq!(working.of(&slot, None), (None, None));
    }
}
