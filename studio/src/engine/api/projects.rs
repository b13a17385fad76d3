//! Projects: made, found, changed, planned.

use std::{collections::BTreeMap, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ApiError, Cx, Method};
use crate::{
    engine::{self, NewProject, ProjectDetail, ProjectEntry, Query},
    model::{Profile, Project},
};

/// A page of the projects that fit. A page with fewer than `limit` is the last.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct List(pub Query);

impl Method for List {
    const NAME: &'static str = "project.list";
    type Reply = Vec<ProjectEntry>;

    async fn handle(self, cx: &Cx) -> Result<Vec<ProjectEntry>, ApiError> {
        Ok(cx.engine.list(&self.0)?)
    }
}

/// A project with its last run and the nodes of that.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Get {
    /// Its slug, id or title, or the id of one of its runs.
    pub project: String,
    /// Only the nodes after this place, as nodes are named: that of the last one of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Most nodes to give; 0: all.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub limit: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(n: &usize) -> bool {
    *n == 0
}

impl Get {
    /// The whole of it.
    pub fn whole(project: impl Into<String>) -> Self {
        Self { project: project.into(), after: None, limit: 0 }
    }
}

impl Method for Get {
    const NAME: &'static str = "project.get";
    type Reply = ProjectDetail;

    async fn handle(self, cx: &Cx) -> Result<ProjectDetail, ApiError> {
        let project = cx.engine.project_of_run(&self.project)?;
        let most = if self.limit == 0 { usize::MAX } else { self.limit };
        Ok(cx.engine.detail(project, self.after.as_deref(), most)?)
    }
}

/// Makes a project. Nothing runs.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Create {
    /// Its title.
    pub title: String,
    /// A script by name, or the whole path of a `.lua` file.
    pub script: String,
    /// Values of the script's params.
    #[serde(default)]
    pub params: BTreeMap<String, Value>,
    /// The profile that its runs take; none: the script alone says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The brand that its films have: `acme` (its newest version), `acme@2`; none or empty: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// Where finished files go: an absolute path; none: in the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export_dir: Option<PathBuf>,
    /// The folder that paths of files in `params` are below, where they are not absolute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
}

impl Method for Create {
    const NAME: &'static str = "project.create";
    const CHANGES: bool = true;
    type Reply = Project;

    async fn handle(self, cx: &Cx) -> Result<Project, ApiError> {
        if self.script.contains('/') && !self.script.starts_with('/') {
            return Err(ApiError::new("invalid_input", "give the whole path of a script").field("script"));
        }
        let Self { title, script, params, profile, brand, export_dir, folder } = self;
        Ok(cx.engine.create(NewProject { title, script, params, profile, brand, export_dir, folder }).await?)
    }

    async fn again(self, cx: &Cx, told: Value) -> Result<Project, ApiError> {
        cx.project_told(&told)
    }
}

/// Changes a project as it is now: what is not named stays, and nobody's change in between is lost.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// Its slug, id or title; or the whole path of a script, whose project is made if there is none.
    pub project: String,
    /// What changes.
    #[serde(default)]
    pub edit: engine::Edit,
}

impl Method for Edit {
    const NAME: &'static str = "project.edit";
    const CHANGES: bool = true;
    type Reply = Project;

    async fn handle(self, cx: &Cx) -> Result<Project, ApiError> {
        Ok(cx.engine.edit(&self.project, self.edit).await?)
    }

    async fn again(self, cx: &Cx, told: Value) -> Result<Project, ApiError> {
        cx.project_told(&told)
    }
}

/// Replaces a project by what was made of it, unless somebody changed it meanwhile (`conflict`).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Save {
    /// The project; its `updated_ms` is that of the one it was made from.
    pub project: Project,
}

impl Method for Save {
    const NAME: &'static str = "project.save";
    const CHANGES: bool = true;
    type Reply = Project;

    async fn handle(self, cx: &Cx) -> Result<Project, ApiError> {
        match cx.engine.save(self.project).await? {
            Ok(saved) => Ok(saved),
            Err(now) => Err(ApiError::new("conflict", format!("{} was changed meanwhile", now.slug))
                .field("updated_ms")
                .help("get it again, make the change on that, and save it")),
        }
    }

    async fn again(self, cx: &Cx, told: Value) -> Result<Project, ApiError> {
        cx.project_told(&told)
    }
}

/// What a run would do: what is kept, what is made, and how long it takes. Nothing is recorded.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// A project by slug, id or title, or the whole path of a script.
    pub project: String,
    /// Changes that hold for this plan only.
    #[serde(default)]
    pub edit: engine::Edit,
}

impl Method for Plan {
    const NAME: &'static str = "plan";
    type Reply = engine::Plan;

    async fn handle(self, cx: &Cx) -> Result<engine::Plan, ApiError> {
        let project = cx.engine.edited(&self.project, self.edit)?;
        Ok(cx.engine.plan(&project).await?)
    }
}

/// The profiles there are, by name.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profiles {}

impl Method for Profiles {
    const NAME: &'static str = "profile.list";
    type Reply = BTreeMap<String, Profile>;

    async fn handle(self, cx: &Cx) -> Result<BTreeMap<String, Profile>, ApiError> {
        Ok(cx.engine.profiles()?)
    }
}
