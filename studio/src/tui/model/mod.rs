//! What is known of the engine's side: pure data, changed by answers and events. Pages read it; nothing here asks.

mod chat;
mod follow;
mod nodes;
mod open;
mod projects;
mod queue;

pub use chat::Chat;
pub use nodes::Nodes;
pub use open::{LogLine, Open, Stale};
pub use projects::Projects;
pub use queue::{Queue, Waiting};

use std::path::PathBuf;

use crate::{
    engine::api::ApiError,
    model::{ProjectId, ProjectState},
};

/// Where the engine is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Engine {
    /// It is being reached.
    #[default]
    Opening,
    /// In this process.
    Here,
    /// In another process, by its number.
    There(u32),
    /// It cannot be reached, or not any more.
    Lost(ApiError),
}

/// What is known of the engine's side.
#[derive(Debug, Default)]
pub struct Model {
    /// Where the engine is.
    pub engine: Engine,
    /// The projects that are listed.
    pub projects: Projects,
    /// The project that is open.
    pub open: Option<Open>,
    /// What the engine found on this box, where it was asked.
    pub checks: Option<Vec<crate::engine::Check>>,
    /// What waits for a person, in all projects.
    pub queue: Queue,
    /// Rises with everything that may have cost money.
    pub paid: u64,
    /// The person's own files.
    pub own: Own,
}

/// The person's own files, and what came of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// The settings.
    pub config: PathBuf,
    /// The folder of their themes.
    pub themes: PathBuf,
    /// Their keymap; it need not be there.
    pub keymap: PathBuf,
    /// It is there.
    pub keymap_there: bool,
    /// Why it was not taken.
    pub keymap_wrong: Option<String>,
}

impl Model {
    /// The projects that have a run under way, of those that are listed or open.
    pub fn running(&self) -> Vec<ProjectId> {
        let listed = self.projects.entries.iter().filter(|entry| entry.state == ProjectState::Running);
        let mut running: Vec<ProjectId> = listed.map(|entry| entry.project.id.clone()).collect();
        let open = self.open.as_ref().filter(|open| open.is_running()).map(|open| &open.project.id);
        running.extend(open.filter(|id| !running.contains(id)).cloned());
        running
    }
}
