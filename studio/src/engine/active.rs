//! The runs under way: who asks for one that is there already joins it, and all can be stopped when the
//! process leaves.

use std::collections::{BTreeMap, VecDeque};

use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::api::ApiError;
use crate::model::{Money, ProjectId, Run, RunId, RunOutcome, Seq};

/// So many ended runs can still be asked how they went.
const REMEMBERED: usize = 64;

/// How a run went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunReport {
    /// The run.
    pub run: RunId,
    /// Its project's slug.
    pub project: String,
    /// How it ended; none: it was interrupted, and can be taken up.
    pub outcome: Option<RunOutcome>,
    /// Nodes that ran; of a run that ended long ago: 0.
    pub ran: usize,
    /// Nodes whose results were kept; of a run that ended long ago: 0.
    pub kept: usize,
    /// Wall-clock seconds; of a run that ended long ago: 0.
    pub seconds: f64,
    /// What its calls cost.
    #[serde(default)]
    pub spent: Money,
    /// What is held back for calls without a known cost: they are possibly billed.
    #[serde(default)]
    pub reserved: Money,
}

/// What comes of a run.
pub type RunEnd = Result<RunReport, ApiError>;

/// A run under way.
#[derive(Clone)]
pub struct Active {
    /// What it is.
    pub run: Run,
    /// All that it recorded in this process has higher numbers.
    pub from: Seq,
    /// Ends it for good.
    pub cancel: CancellationToken,
    /// Stops it where it is; it can be taken up.
    pub interrupt: CancellationToken,
    /// It is about to end, since only people's decisions are left: what is decided from now on, it does not see.
    pub resting: bool,
    done: watch::Receiver<Option<RunEnd>>,
}

impl Active {
    /// Waits for its end.
    pub async fn wait(&self) -> RunEnd {
        let mut done = self.done.clone();
        let lost = || ApiError::new("engine.lost", "the run ended without a word").help("run it again");
        done.wait_for(Option::is_some).await.ok().and_then(|end| end.clone()).unwrap_or_else(|| Err(lost()))
    }
}

/// All runs under way.
#[derive(Default)]
pub struct Runs {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    active: BTreeMap<RunId, Active>,
    ended: VecDeque<RunReport>,
    leaving: bool,
}

impl Runs {
    /// Registers a run that begins. The sender takes what comes of it.
    pub fn begin(&self, run: &Run, from: Seq) -> Result<(Active, watch::Sender<Option<RunEnd>>), ApiError> {
        let (sender, done) = watch::channel(None);
        let (cancel, interrupt) = (CancellationToken::new(), CancellationToken::new());
        let active = Active { run: run.clone(), from, cancel, interrupt, resting: false, done };
        let mut inner = self.inner.lock();
        if inner.leaving {
            return Err(ApiError::leaving());
        }
        inner.active.insert(run.id.clone(), active.clone());
        Ok((active, sender))
    }

    /// A run is to rest, if it still can when nobody can join it: whoever joined it before is sure that it has seen
    /// what was decided before. False: it cannot.
    pub fn rest(&self, run: &RunId, can: impl FnOnce() -> bool) -> bool {
        let mut inner = self.inner.lock();
        let rests = can();
        if rests && let Some(active) = inner.active.get_mut(run) {
            active.resting = true;
        }
        rests
    }

    /// A run has ended.
    pub fn end(&self, run: &RunId, end: &RunEnd) {
        let mut inner = self.inner.lock();
        inner.active.remove(run);
        if let Ok(report) = end {
            inner.ended.push_back(report.clone());
            if inner.ended.len() > REMEMBERED {
                inner.ended.pop_front();
            }
        }
    }

    /// A run under way.
    pub fn get(&self, run: &RunId) -> Option<Active> {
        self.inner.lock().active.get(run).cloned()
    }

    /// How a run of this process went.
    pub fn ended(&self, run: &RunId) -> Option<RunReport> {
        self.inner.lock().ended.iter().rev().find(|report| report.run == *run).cloned()
    }

    /// The first that fits.
    pub fn find(&self, fits: impl Fn(&Run) -> bool) -> Option<Active> {
        self.inner.lock().active.values().find(|active| fits(&active.run)).cloned()
    }

    /// All of them, the oldest first.
    pub fn all(&self) -> Vec<Active> {
        self.inner.lock().active.values().cloned().collect()
    }

    /// Those of a project.
    pub fn of(&self, project: &ProjectId) -> Vec<Active> {
        self.all().into_iter().filter(|active| active.run.project == *project).collect()
    }

    /// Will no more be begun?
    pub fn is_leaving(&self) -> bool {
        self.inner.lock().leaving
    }

    /// Begins no more: those that are under way.
    pub fn admit_no_more(&self) -> Vec<Active> {
        let mut inner = self.inner.lock();
        inner.leaving = true;
        inner.active.values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> Run {
        let run = serde_json::json!({
            "id": "r", "project": "p", "sources": {}, "entry": "a.lua", "params": {}, "started_ms": 0
        });
        serde_json::from_value(run).unwrap()
    }

    #[test]
    fn a_run_rests_only_where_nothing_was_decided_before_it_could_be_joined_last() {
        let (runs, run) = (Runs::default(), run());
        let (_, _done) = runs.begin(&run, 0).unwrap();
        assert!(!runs.rest(&run.id, || false));
        assert!(!runs.get(&run.id).unwrap().resting, "something was decided: it goes on, and can be joined");
        assert!(runs.rest(&run.id, || true));
        assert!(runs.find(|_| true).unwrap().resting);
    }
}
