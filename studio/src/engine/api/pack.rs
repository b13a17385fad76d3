//! Projects as one file.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ApiError, Cx, Method};
use crate::{engine::Packed, model::Project};

/// Writes a project with its results to one file, which another studio unpacks.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// A project by slug, id or title.
    pub project: String,
    /// The file: an absolute path; whoever has the store writes it.
    pub path: PathBuf,
}

impl Method for Pack {
    const NAME: &'static str = "project.pack";
    const CHANGES: bool = true;
    type Reply = Packed;

    async fn handle(self, cx: &Cx) -> Result<Packed, ApiError> {
        Ok(cx.engine.pack(&self.project, &self.path).await?)
    }
}

/// Makes a project of a packed file. All of it is checked first; of a file that is not right nothing is kept.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unpack {
    /// The file: an absolute path; whoever has the store reads it.
    pub path: PathBuf,
    /// The project's title; none: the one that it was packed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

impl Method for Unpack {
    const NAME: &'static str = "project.unpack";
    const CHANGES: bool = true;
    type Reply = Project;

    async fn handle(self, cx: &Cx) -> Result<Project, ApiError> {
        Ok(cx.engine.unpack(&self.path, self.title).await?)
    }

    async fn again(self, cx: &Cx, told: Value) -> Result<Project, ApiError> {
        cx.project_told(&told)
    }
}
