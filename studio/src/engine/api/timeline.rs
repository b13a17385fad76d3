//! A project's film in time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use studio_plugin_sdk::roles::render;

use super::{ApiError, Cx, Method};
use crate::engine::{FilmTimeline, Frame};

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

/// The frame that a project's film shows at a moment, as its scenes are now, whether or not it was rendered. Only what
/// is free and quick is made for it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    /// Slug, id or title.
    pub project: String,
    /// In seconds from the film's start; after its end: its last frame.
    pub seconds: f64,
    /// How high the picture is to be, in pixels, 64 to 2160; 0: 360.
    #[serde(default)]
    pub height: u32,
}

impl Method for Moment {
    const NAME: &'static str = "timeline.moment";
    type Reply = Frame;

    async fn handle(self, cx: &Cx) -> Result<Frame, ApiError> {
        let height = if self.height == 0 { 360 } else { self.height };
        let project = cx.engine.project(&self.project)?;
        Ok(cx.engine.moment(&project, render::FilmMoment { seconds: self.seconds, height }).await?)
    }
}
