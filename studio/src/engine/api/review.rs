//! Takes and reviews: what waits for a person, and what is decided about it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ApiError, Cx, Method};
use crate::{
    engine::{Place, Verb},
    model::Digest,
};

/// What waits for a person in a project's last run, and what was made by hand and no longer fits.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// A project by slug, id or title.
    pub project: String,
}

impl Method for List {
    const NAME: &'static str = "review.list";
    type Reply = Vec<Place>;

    async fn handle(self, cx: &Cx) -> Result<Vec<Place>, ApiError> {
        Ok(cx.engine.reviews(&cx.engine.project(&self.project)?)?)
    }
}

/// One place with its takes.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Get {
    /// A project by slug, id or title.
    pub project: String,
    /// The place, as nodes are named: `scene-1/image`.
    pub place: String,
}

impl Method for Get {
    const NAME: &'static str = "review.get";
    type Reply = Place;

    async fn handle(self, cx: &Cx) -> Result<Place, ApiError> {
        Ok(cx.engine.place(&cx.engine.project(&self.project)?, &self.place)?)
    }
}

/// Decides about a place. A run that is under way goes on with it; one that waits can be taken up (`run.resume`).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// A project by slug, id or title.
    pub project: String,
    /// The place, as nodes are named: `scene-1/image`.
    pub place: String,
    /// What is decided.
    pub decision: Verb,
    /// The `digest` of what the person saw there; something else by now is an error (`review.stale`). None: whatever is
    /// there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

impl Method for Decide {
    const NAME: &'static str = "review.decide";
    const CHANGES: bool = true;
    type Reply = Place;

    async fn handle(self, cx: &Cx) -> Result<Place, ApiError> {
        let project = cx.engine.project(&self.project)?;
        Ok(cx.engine.decide(&project, &self.place, self.decision, self.digest).await?)
    }
}
