//! What becomes of whole projects, and their edits taken back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ApiError, Cx, Method};
use crate::{
    engine::{TakenBack, Thumbnail},
    model::Project,
};

/// Gives a project another title, and the slug that goes with it. The old slug still leads to it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rename {
    /// Its slug, id or title.
    pub project: String,
    /// Its new title.
    pub title: String,
}

impl Method for Rename {
    const NAME: &'static str = "project.rename";
    const CHANGES: bool = true;
    type Reply = Project;

    async fn handle(self, cx: &Cx) -> Result<Project, ApiError> {
        Ok(cx.engine.rename(&self.project, &self.title).await?)
    }

    async fn again(self, cx: &Cx, told: Value) -> Result<Project, ApiError> {
        cx.project_told(&told)
    }
}

/// Copies a project with its params, edits, decisions and results: running the copy makes nothing that is there.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Duplicate {
    /// Its slug, id or title.
    pub project: String,
    /// The copy's title; none: the same with `copy` behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

impl Method for Duplicate {
    const NAME: &'static str = "project.duplicate";
    const CHANGES: bool = true;
    type Reply = Project;

    async fn handle(self, cx: &Cx) -> Result<Project, ApiError> {
        Ok(cx.engine.duplicate(&self.project, self.title).await?)
    }

    async fn again(self, cx: &Cx, told: Value) -> Result<Project, ApiError> {
        cx.project_told(&told)
    }
}

/// Puts a project aside: it is not listed with the others, and not run. Or takes it back from there.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Archive {
    /// Its slug, id or title.
    pub project: String,
    /// False: it is taken back.
    #[serde(default = "yes")]
    pub archived: bool,
}

fn yes() -> bool {
    true
}

impl Method for Archive {
    const NAME: &'static str = "project.archive";
    const CHANGES: bool = true;
    type Reply = Project;

    async fn handle(self, cx: &Cx) -> Result<Project, ApiError> {
        Ok(cx.engine.archive(&self.project, self.archived).await?)
    }

    async fn again(self, cx: &Cx, told: Value) -> Result<Project, ApiError> {
        cx.project_told(&told)
    }
}

/// Throws a project away. It can be restored, unless it is removed for good.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remove {
    /// Its slug, id or title.
    pub project: String,
    /// Forget it, its runs, edits and decisions; also one that was thrown away before.
    #[serde(default)]
    pub for_good: bool,
}

impl Method for Remove {
    const NAME: &'static str = "project.remove";
    const CHANGES: bool = true;
    type Reply = Project;

    async fn handle(self, cx: &Cx) -> Result<Project, ApiError> {
        if self.for_good {
            return Ok(cx.engine.remove_for_good(&self.project).await?);
        }
        Ok(cx.engine.remove(&self.project).await?)
    }

    async fn again(self, cx: &Cx, told: Value) -> Result<Project, ApiError> {
        if self.for_good {
            // As it was, without its params.
            return serde_json::from_value(told).map_err(|e| ApiError::new("engine.encode", e.to_string()));
        }
        cx.project_told(&told)
    }
}

/// Brings a project back that was thrown away.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Restore {
    /// Its slug, id or title.
    pub project: String,
}

impl Method for Restore {
    const NAME: &'static str = "project.restore";
    const CHANGES: bool = true;
    type Reply = Project;

    async fn handle(self, cx: &Cx) -> Result<Project, ApiError> {
        Ok(cx.engine.restore(&self.project).await?)
    }

    async fn again(self, cx: &Cx, told: Value) -> Result<Project, ApiError> {
        cx.project_told(&told)
    }
}

/// Takes the latest edit of a project back: of its params, its title, its scenes, of what was made by hand.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    /// Its slug, id or title.
    pub project: String,
}

impl Method for Undo {
    const NAME: &'static str = "project.undo";
    const CHANGES: bool = true;
    type Reply = TakenBack;

    async fn handle(self, cx: &Cx) -> Result<TakenBack, ApiError> {
        Ok(cx.engine.undo(&cx.engine.project(&self.project)?).await?)
    }

    async fn again(self, cx: &Cx, told: Value) -> Result<TakenBack, ApiError> {
        let what = told["what"].as_str().unwrap_or_default().to_owned();
        Ok(cx.engine.taken_back(cx.project_told(&told["project"])?, what)?)
    }
}

/// Does the edit again that was taken back last.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Redo {
    /// Its slug, id or title.
    pub project: String,
}

impl Method for Redo {
    const NAME: &'static str = "project.redo";
    const CHANGES: bool = true;
    type Reply = TakenBack;

    async fn handle(self, cx: &Cx) -> Result<TakenBack, ApiError> {
        Ok(cx.engine.redo(&cx.engine.project(&self.project)?).await?)
    }

    async fn again(self, cx: &Cx, told: Value) -> Result<TakenBack, ApiError> {
        let what = told["what"].as_str().unwrap_or_default().to_owned();
        Ok(cx.engine.taken_back(cx.project_told(&told["project"])?, what)?)
    }
}

/// A picture that stands for a project: its latest film's poster, else the picture of its first scene. Nothing is
/// rendered for it; null: nothing is made yet.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ThumbnailGet {
    /// Its slug, id or title.
    pub project: String,
}

impl Method for ThumbnailGet {
    const NAME: &'static str = "project.thumbnail";
    type Reply = Option<Thumbnail>;

    async fn handle(self, cx: &Cx) -> Result<Option<Thumbnail>, ApiError> {
        Ok(cx.engine.thumbnail(&cx.engine.project(&self.project)?)?)
    }
}
