//! Who answers, how the box stands, and how long things take on it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ApiError, Cx, Method};
use crate::engine::{Check, Typical};

/// The first request of a connection: who asks, and in which version. (Answered by whoever serves the socket.)
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// The newest version of the protocol that the client speaks.
    pub protocol: u32,
    /// Who it is, for people: `studio 0.1.0`.
    #[serde(default)]
    pub client: String,
}

/// Who owns the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Owner {
    /// The version of the protocol that is spoken from here on.
    pub protocol: u32,
    /// The version of the schemas.
    pub schema: u32,
    /// The studio's version.
    pub version: String,
    /// Its process.
    pub pid: u32,
    /// The store's folder.
    pub store: std::path::PathBuf,
    /// The number of the last event.
    pub seq: u64,
    /// Requests a second that it takes of one client.
    pub per_second: u32,
}

/// Nothing to say but that it was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Done {}

/// Looks at everything that pipelines need on this box.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Doctor {}

impl Method for Doctor {
    const NAME: &'static str = "doctor";
    type Reply = Vec<Check>;

    async fn handle(self, cx: &Cx) -> Result<Vec<Check>, ApiError> {
        Ok(cx.engine.doctor().await?)
    }
}

/// How long stages usually take on this box.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HistoryGet {}

impl Method for HistoryGet {
    const NAME: &'static str = "history";
    type Reply = Vec<Typical>;

    async fn handle(self, cx: &Cx) -> Result<Vec<Typical>, ApiError> {
        Ok(cx.engine.history().all())
    }
}
