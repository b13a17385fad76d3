//! What came of a project: its film, its files, its runs.

use std::path::PathBuf;

use studio_plugin_sdk::{json::typed, roles::Role, roles::render::Film};

use super::open::{Engine, EngineError};
use crate::model::{Kept, NodeError, Project, Record, RunId, RunOutcome};

impl Engine {
    /// The project's latest film.
    pub fn film(&self, project: &Project) -> Result<Film, EngineError> {
        let none = || {
            let message = format!("{} has no finished film yet: studio run {}", project.title, project.slug);
            EngineError::NotFound(message)
        };
        let kept = self.latest(project, |kept| kept.provenance.role == Role::Render)?.ok_or_else(none)?;
        Ok(typed(kept.response).map_err(NodeError::from)?)
    }

    /// Where a project's finished files go.
    pub fn exports(&self, project: &Project) -> PathBuf {
        self.core.export_dir(project)
    }

    /// The files that a run put into the export folder, those kept from before included.
    pub fn delivered(&self, project: &Project, _run: &RunId) -> Result<Vec<PathBuf>, EngineError> {
        let root = self.core.export_dir(project);
        let published = self.latest(project, |kept| !kept.deliveries.is_empty())?;
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

    /// Ends runs that were interrupted and that nobody goes on with: how many there were.
    pub async fn cancel_interrupted(&self, project: &Project) -> Result<usize, EngineError> {
        let open = self.core.store.runs_of(&project.id)?.into_iter().filter(|r| r.outcome.is_none());
        let ended: Vec<_> = open.map(|r| Record::RunEnded { run: r.id, outcome: RunOutcome::Cancelled }).collect();
        let count = ended.len();
        if count > 0 {
            self.core.store.commit(ended).await?;
        }
        Ok(count)
    }

    /// The newest kept result of a place that the script itself made (no stage's piece) and that fits.
    fn latest(&self, project: &Project, fits: impl Fn(&Kept) -> bool) -> Result<Option<Kept>, EngineError> {
        let mut found: Option<Kept> = None;
        for (slot, key) in self.core.store.slots_under(project.id.as_str())? {
            let Some(kept) = self.core.store.kept(&key)? else { continue };
            let of_script = slot
                .as_str()
                .rsplit('/')
                .next()
                .is_some_and(|last| last.split('#').next() == Some(kept.provenance.role.name()));
            if of_script && fits(&kept) && found.as_ref().is_none_or(|f| f.provenance.at_ms <= kept.provenance.at_ms) {
                found = Some(kept);
            }
        }
        Ok(found)
    }
}
