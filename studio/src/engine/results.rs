//! What came of a project: its film, its files, its runs.

use std::path::PathBuf;

use studio_plugin_sdk::{json::typed, roles::Role, roles::render::Film};

use super::{
    active::RunReport,
    ledger::{Account, Sum},
    open::{Core, Engine, EngineError},
};
use crate::model::{Kept, NodeError, Project, Record, Run, RunId, RunOutcome};

impl Engine {
    /// The project's latest film.
    pub fn film(&self, project: &Project) -> Result<Film, EngineError> {
        let none = || {
            let message = format!("{} has no finished film yet: studio run {}", project.title, project.slug);
            EngineError::NotFound(message)
        };
        let kept = latest(&self.core, project, |role| role == Role::Render, |_| true)?.ok_or_else(none)?;
        Ok(typed(kept.response).map_err(NodeError::from)?)
    }

    /// Where a project's finished files go.
    pub fn exports(&self, project: &Project) -> PathBuf {
        self.core.export_dir(project)
    }

    /// The files that the project's latest delivery put into the export folder.
    pub fn delivered(&self, project: &Project) -> Result<Vec<PathBuf>, EngineError> {
        let root = self.core.export_dir(project);
        let published = latest(&self.core, project, |_| true, |kept| !kept.deliveries.is_empty())?;
        Ok(published.iter().flat_map(|kept| &kept.deliveries).map(|file| root.join(&file.path)).collect())
    }

    /// The project of that name, or that a run belongs to.
    pub fn project_of_run(&self, target: &str) -> Result<Project, EngineError> {
        if let Some(run) = self.core.store.run(&RunId::new(target))?
            && let Some(project) = self.core.store.project(&run.project)?
        {
            return Ok(project);
        }
        self.project(target)
    }

    /// A run as it is kept.
    pub fn run_record(&self, id: &RunId) -> Result<Option<Run>, EngineError> {
        Ok(self.core.store.run(id)?)
    }

    /// How a run went, also one of long ago; none: it is under way.
    pub fn report(&self, id: &RunId) -> Result<Option<RunReport>, EngineError> {
        if self.core.runs.get(id).is_some() {
            return Ok(None);
        }
        if let Some(report) = self.core.runs.ended(id) {
            return Ok(Some(report));
        }
        let none = || EngineError::NotFound(format!("there is no run {id}"));
        let run = self.core.store.run(id)?.ok_or_else(none)?;
        let project = self.core.store.project(&run.project)?.ok_or_else(none)?;
        let (run, outcome, project) = (run.id, run.outcome, project.slug);
        let Sum { spent, reserved } = self.core.ledger.sum(&Account::Run(run.clone()))?;
        Ok(Some(RunReport { run, project, outcome, ran: 0, kept: 0, seconds: 0.0, spent, reserved }))
    }

    /// A project's runs that were interrupted and that nobody goes on with.
    pub fn interrupted_of(&self, project: &Project) -> Result<Vec<RunId>, EngineError> {
        let unfinished = self.core.store.unfinished_runs()?.into_iter();
        let open = unfinished.filter(|r| r.project == project.id && self.core.runs.get(&r.id).is_none());
        Ok(open.map(|r| r.id).collect())
    }

    /// Ends those of a project's interrupted runs that are among `runs`: how many there were.
    pub async fn end_interrupted(&self, project: &Project, runs: &[RunId]) -> Result<usize, EngineError> {
        let open = self.interrupted_of(project)?.into_iter().filter(|id| runs.contains(id));
        let ended: Vec<_> = open.map(|run| Record::RunEnded { run, outcome: RunOutcome::Cancelled }).collect();
        let count = ended.len();
        if count > 0 {
            self.core.store.commit(ended).await?;
        }
        Ok(count)
    }
}

/// The newest kept result of a place that the script itself made (no stage's piece), of a role and a kind that fit. What
/// is asked for outside of any scope stands before what else a script makes of it.
fn latest(
    core: &Core,
    project: &Project,
    of: impl Fn(Role) -> bool,
    fits: impl Fn(&Kept) -> bool,
) -> Result<Option<Kept>, EngineError> {
    let mut found: Option<(usize, Kept)> = None;
    for (slot, key) in core.store.slots_under(project.id.as_str())? {
        if !slot.role().is_some_and(&of) {
            continue;
        }
        let Some(kept) = core.store.kept(&key)? else { continue };
        let depth = slot.local().matches('/').count();
        let at = |depth: usize, kept: &Kept| (std::cmp::Reverse(depth), kept.provenance.at_ms);
        let before = found.as_ref().is_none_or(|(deep, other)| at(*deep, other) <= at(depth, &kept));
        if slot.role() == Some(kept.provenance.role) && fits(&kept) && before {
            found = Some((depth, kept));
        }
    }
    Ok(found.map(|(_, kept)| kept))
}
