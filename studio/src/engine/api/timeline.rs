//! A project's film in time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ApiError, Cx, Method};
use crate::engine::FilmTimeline;

/// The scenes of a project in time, with their words and sounds, and its latest film.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Get {
    /// Slug, id or title.
    pub project: String,
}

impl Method for Get {
    const NAME: &'static str = "timeline.get";
    type Reply = FilmTimeline;

    async fn handle(self, cx: &Cx) -> Result<FilmTimeline, ApiError> {
        Ok(cx.engine.timeline(&cx.engine.project(&self.project)?)?)
    }
}
