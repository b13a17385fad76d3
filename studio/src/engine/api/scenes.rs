//! The scenes of a project.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ApiError, Cx, Method};
use crate::{engine::Board, model::SceneChange};

/// A project's storyboard with its scenes, and how the work on each stands.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// A project by slug, id or title.
    pub project: String,
    /// Which storyboard, as nodes are named; none: the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

impl Method for List {
    const NAME: &'static str = "scene.list";
    type Reply = Board;

    async fn handle(self, cx: &Cx) -> Result<Board, ApiError> {
        Ok(cx.engine.board(&cx.engine.project(&self.project)?, self.place.as_deref())?)
    }
}

/// Moves, adds, removes or edits a scene. It is kept when this is answered, and `project.undo` takes it back; the next
/// run makes what hangs on it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// A project by slug, id or title.
    pub project: String,
    /// Which storyboard, as nodes are named; none: the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What is done.
    pub change: SceneChange,
    /// It goes on with the edit before it, as somebody types: where that was of the same thing, both are taken back
    /// as one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub joins: bool,
}

impl Method for Edit {
    const NAME: &'static str = "scene.edit";
    const CHANGES: bool = true;
    type Reply = Board;

    async fn handle(self, cx: &Cx) -> Result<Board, ApiError> {
        let project = cx.engine.project(&self.project)?;
        Ok(cx.engine.edit_scene(&project, self.place.as_deref(), self.change, self.joins).await?)
    }

    async fn again(self, cx: &Cx, told: Value) -> Result<Board, ApiError> {
        let board = cx.engine.board(&cx.engine.project(&self.project)?, self.place.as_deref())?;
        Ok(Board { changed: told.as_str().map(str::to_owned), ..board })
    }
}
