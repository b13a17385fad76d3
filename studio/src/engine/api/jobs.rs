//! Jobs: the nodes of all projects.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ApiError, Cx, Method};
use crate::engine::{Job, JobFilter};

/// The jobs that fit, in the order of their ids. `failed` among the states gives the dead letters: what failed last at
/// its place and was not made since.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct List {
    /// Which.
    #[serde(flatten)]
    pub filter: JobFilter,
}

impl Method for List {
    const NAME: &'static str = "job.list";
    type Reply = Vec<Job>;

    async fn handle(self, cx: &Cx) -> Result<Vec<Job>, ApiError> {
        Ok(cx.engine.jobs(&self.filter)?)
    }
}
