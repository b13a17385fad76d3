//! Films for editors.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ApiError, Cx, Method};
use crate::engine::handover::{Format, HandOver};

/// A project's film as a timeline for an editor, as its scenes are now. It needs a film; nothing is made for it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Get {
    /// Slug, id or title.
    pub project: String,
    /// How it is written.
    pub format: Format,
    /// Where the files will be that the timeline names: a folder's whole path. Nothing is written there.
    pub folder: PathBuf,
}

impl Method for Get {
    const NAME: &'static str = "handover.get";
    type Reply = HandOver;

    async fn handle(self, cx: &Cx) -> Result<HandOver, ApiError> {
        if !self.folder.is_absolute() {
            return Err(ApiError::new("invalid_input", "give the whole path").field("folder"));
        }
        let project = cx.engine.project(&self.project)?;
        Ok(cx.engine.hand_over(&project, self.format, &self.folder).await?)
    }
}
