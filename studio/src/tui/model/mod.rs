//! What is known of the engine's side: pure data, changed by answers and events. Pages read it; nothing here asks.

mod follow;
mod nodes;
mod open;
mod projects;

pub use nodes::Nodes;
pub use open::{LogLine, Open, Stale};
pub use projects::Projects;

use crate::engine::api::ApiError;

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
}

impl Model {
    /// How many runs are under way in the projects that are listed.
    pub fn running(&self) -> usize {
        use crate::model::ProjectState;
        self.projects.entries.iter().filter(|entry| entry.state == ProjectState::Running).count()
    }
}
