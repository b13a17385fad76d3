//! Brands: listed, looked at, saved, deleted, used.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ApiError, Cx, Done, Method};
use crate::{
    engine::{self, BrandEntry},
    model::{BrandVersion, Project},
};

/// All brands with their versions and who uses them.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {}

impl Method for List {
    const NAME: &'static str = "brand.list";
    type Reply = Vec<BrandEntry>;

    async fn handle(self, cx: &Cx) -> Result<Vec<BrandEntry>, ApiError> {
        Ok(cx.engine.brands()?)
    }
}

/// A version of a brand. `blob.read` gives its files.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Get {
    /// `acme` (the newest version) or `acme@2`.
    pub brand: String,
}

impl Method for Get {
    const NAME: &'static str = "brand.get";
    type Reply = BrandVersion;

    async fn handle(self, cx: &Cx) -> Result<BrandVersion, ApiError> {
        Ok(cx.engine.brand(&self.brand)?)
    }
}

/// Saves a brand's next version; where nothing has changed, the newest stays. No project changes by it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Save {
    /// Its name: small letters, digits, `-` and `_`.
    pub name: String,
    /// A folder with a `brand.toml`, or that file: an absolute path; whoever has the store reads it and what it names.
    pub path: PathBuf,
}

impl Method for Save {
    const NAME: &'static str = "brand.save";
    const CHANGES: bool = true;
    type Reply = BrandVersion;

    async fn handle(self, cx: &Cx) -> Result<BrandVersion, ApiError> {
        Ok(cx.engine.save_brand(&self.name, &self.path).await?)
    }

    async fn again(self, cx: &Cx, told: Value) -> Result<BrandVersion, ApiError> {
        let (name, version) = (told["name"].as_str().unwrap_or_default(), &told["version"]);
        Ok(cx.engine.brand(&format!("{name}@{version}"))?)
    }
}

/// Forgets a brand with all its versions. Where projects use it, it is refused (`brand.in_use`).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Delete {
    /// Its name.
    pub name: String,
    /// Projects that use it go on without a brand.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub force: bool,
}

impl Method for Delete {
    const NAME: &'static str = "brand.delete";
    const CHANGES: bool = true;
    type Reply = Done;

    async fn handle(self, cx: &Cx) -> Result<Done, ApiError> {
        cx.engine.delete_brand(&self.name, self.force).await?;
        Ok(Done {})
    }

    async fn again(self, _cx: &Cx, _told: Value) -> Result<Done, ApiError> {
        // One that was saved since is another.
        Ok(Done {})
    }
}

/// Gives a project a brand at a version, as `project.edit` does; `project.undo` takes it back. Its films change with its
/// next run.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Use {
    /// A project by slug, id or title.
    pub project: String,
    /// `acme` (the newest version), `acme@2`; empty: none.
    #[serde(default)]
    pub brand: String,
}

impl Method for Use {
    const NAME: &'static str = "brand.use";
    const CHANGES: bool = true;
    type Reply = Project;

    async fn handle(self, cx: &Cx) -> Result<Project, ApiError> {
        let edit = engine::Edit { brand: Some(self.brand), ..engine::Edit::default() };
        // By its id: a script's path is no project.
        let project = cx.engine.project(&self.project)?;
        Ok(cx.engine.edit(project.id.as_str(), edit).await?)
    }

    async fn again(self, cx: &Cx, told: Value) -> Result<Project, ApiError> {
        cx.project_told(&told)
    }
}
