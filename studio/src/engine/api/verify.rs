//! Finished films looked at.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use studio_plugin_sdk::roles::verify::{Expected, Platform, Report};

use super::{ApiError, Cx, Method};
use crate::engine::verify::Wanted;

/// Checks a film that is a file on the box that has the store. A project's latest film is known again by its bytes, and
/// checked as that.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyFile {
    /// The film: a whole path.
    pub file: PathBuf,
    /// Its captions, SubRip or WebVTT: a whole path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captions: Option<PathBuf>,
    /// What it is to be.
    #[serde(default)]
    pub expected: Expected,
    /// Where it is to be shown; none: where films of its shape are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
}

impl Method for VerifyFile {
    const NAME: &'static str = "verify.file";
    const CHANGES: bool = true;
    type Reply = Report;

    async fn handle(self, cx: &Cx) -> Result<Report, ApiError> {
        for (field, path) in [("file", Some(&self.file)), ("captions", self.captions.as_ref())] {
            if path.is_some_and(|path| !path.is_absolute()) {
                return Err(ApiError::new("invalid_input", "give the whole path").field(field));
            }
        }
        let wanted = Wanted { expected: self.expected, platform: self.platform };
        Ok(cx.engine.verify_file(&self.file, self.captions.as_deref(), wanted).await?)
    }
}

/// Checks a project's latest film: also against what its scenes say, where they are as they were.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyFilm {
    /// Slug, id or title.
    pub project: String,
    /// What it is to be.
    #[serde(default)]
    pub expected: Expected,
    /// Where it is to be shown; none: where films of its shape are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
}

impl Method for VerifyFilm {
    const NAME: &'static str = "verify.film";
    const CHANGES: bool = true;
    type Reply = Report;

    async fn handle(self, cx: &Cx) -> Result<Report, ApiError> {
        let wanted = Wanted { expected: self.expected, platform: self.platform };
        Ok(cx.engine.verify_film(&cx.engine.project(&self.project)?, wanted).await?)
    }
}
