//! What happened: asked for in pages, or told as it happens.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ApiError, Cx, Method};
use crate::{
    engine::Told,
    model::{RunId, Seq},
};

/// Most events of one page.
const MOST: usize = 1_000;

/// Events after a number, in order, a page at a time.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Since {
    /// The number of the last event that is known; 0: none.
    pub seq: Seq,
    /// Most of them to give: up to 1000, which is also what 0 means.
    #[serde(default)]
    pub limit: usize,
}

/// A page of events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Page {
    /// The events.
    pub events: Vec<Told>,
    /// From where the next page goes on.
    pub seq: Seq,
    /// Is there more already?
    pub more: bool,
    /// Events after the number that was asked for are forgotten: take a snapshot (`project.get`) as well.
    pub gap: bool,
}

impl Method for Since {
    const NAME: &'static str = "events.since";
    type Reply = Page;

    async fn handle(self, cx: &Cx) -> Result<Page, ApiError> {
        let limit = if self.limit == 0 { MOST } else { self.limit.min(MOST) };
        let gap = cx.engine.forgot_after(self.seq)?;
        let (events, seq) = cx.engine.told_since(self.seq, limit)?;
        let more = events.len() == limit;
        Ok(Page { events, seq, more, gap })
    }
}

/// From now on this connection is told what happens, in notifications `event`. (Answered by whoever serves the
/// socket.) Numbered events come in order and without gaps, however slow the client is; passing ones may be missed,
/// which a notification `missed` says.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Subscribe {
    /// The number of the last event that is known; none: only what happens from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Seq>,
    /// Only events of this run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

/// The connection is told from here on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Subscribed {
    /// All numbered events after this one are told.
    pub seq: Seq,
    /// Events after the number that was asked for are forgotten: take a snapshot (`project.get`) as well.
    pub gap: bool,
}
