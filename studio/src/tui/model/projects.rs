//! The projects that are listed.

use crate::{
    engine::{ProjectEntry, Query, Sort, Thumbnail, api::scripts::ScriptInfo},
    model::{Project, ProjectId, ProjectState, Run, RunOutcome},
};

use std::collections::HashMap;

/// The projects that are listed.
#[derive(Debug, Default)]
pub struct Projects {
    /// Which, and in which order.
    pub query: Query,
    /// The list; it is whole.
    pub entries: Vec<ProjectEntry>,
    /// The list was read once.
    pub known: bool,
    /// Something happened that changes it: it is to be read again.
    pub stale: bool,
    /// What a project can begin with, where it was asked for: an empty store shows it.
    pub templates: Vec<ScriptInfo>,
    /// Pictures of projects, where they were asked for; none: there is none.
    pub thumbnails: HashMap<ProjectId, Option<Thumbnail>>,
}

impl Projects {
    /// A project of the list.
    pub fn of(&self, id: &ProjectId) -> Option<&ProjectEntry> {
        self.entries.iter().find(|entry| entry.project.id == *id)
    }

    /// A project is as it says.
    pub fn put(&mut self, project: &Project) {
        match self.entries.iter_mut().find(|entry| entry.project.id == project.id) {
            Some(entry)
                if entry.project.archived == project.archived && entry.project.removed_ms == project.removed_ms =>
            {
                if entry.project.brand != project.brand {
                    // Whether there is a newer one is to be read.
                    (entry.newer_brand, self.stale) = (None, true);
                }
                entry.project = project.clone();
                // Its place may be another.
                self.stale |= matches!(self.query.sort, Sort::Changed | Sort::Title);
            }
            _ => self.stale = true,
        }
    }

    /// A brand has a new version.
    pub fn branded(&mut self, name: &str, version: u32) {
        let older = |entry: &&mut ProjectEntry| {
            entry.project.brand.as_ref().is_some_and(|brand| brand.name == name && brand.version < version)
        };
        self.entries.iter_mut().filter(older).for_each(|entry| entry.newer_brand = Some(version));
    }

    /// A run of it began.
    pub fn began(&mut self, run: &Run) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.project.id == run.project) {
            entry.state = ProjectState::Running;
            entry.last_run = Some(run.clone());
        }
    }

    /// Its latest run stands so.
    pub fn stands(&mut self, run: &crate::model::RunId, state: ProjectState) {
        let of_run = |entry: &&mut ProjectEntry| entry.last_run.as_ref().is_some_and(|last| last.id == *run);
        if let Some(entry) = self.entries.iter_mut().find(of_run) {
            entry.state = state;
            if state == ProjectState::Done {
                self.thumbnails.remove(&entry.project.id);
            }
        }
    }

    /// How a project stands whose run ended so.
    pub fn state_after(outcome: &RunOutcome) -> ProjectState {
        match outcome {
            RunOutcome::Done { .. } => ProjectState::Done,
            RunOutcome::Failed { .. } => ProjectState::Failed,
            RunOutcome::Cancelled => ProjectState::Cancelled,
            RunOutcome::Waiting => ProjectState::Waiting,
        }
    }
}
