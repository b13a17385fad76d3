//! What waits for a person, in all projects.

use crate::{
    engine::Place,
    model::{Project, ProjectId},
};

/// A place that waits, or whose hand-made result no longer fits.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Its project.
    pub project: Project,
    /// The place; its takes are without what they gave.
    pub place: Place,
}

impl Waiting {
    /// What tells it from others.
    pub fn name(&self) -> (&ProjectId, &str) {
        (&self.project.id, &self.place.slot)
    }
}

/// All that waits.
#[derive(Debug)]
pub struct Queue {
    /// What waits, project by project.
    pub all: Vec<Waiting>,
    /// Projects that wait beside those that were read.
    pub more: usize,
    /// It was read once.
    pub known: bool,
    /// Something happened that changes it: it is to be read again.
    pub stale: bool,
}

impl Default for Queue {
    fn default() -> Self {
        Self { all: Vec::new(), more: 0, known: false, stale: true }
    }
}

impl Queue {
    /// How many places wait for a decision.
    pub fn waits(&self) -> usize {
        self.all.iter().filter(|waiting| waiting.place.waits).count()
    }

    /// It was decided about.
    pub fn drop(&mut self, project: &ProjectId, slot: &str) {
        self.all.retain(|waiting| waiting.name() != (project, slot));
    }
}
