//! Batches: many projects made and run in one go.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    ids::{BatchId, ProjectId},
    money::Money,
};

/// Projects that are run in one go, each on its own: one that fails stops no other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Batch {
    /// Its id.
    pub id: BatchId,
    /// Its name for people.
    pub name: String,
    /// Its projects, in the order of its items.
    pub projects: Vec<ProjectId>,
    /// How many run at once.
    pub at_once: u32,
    /// Nobody is there to review: what is made will do.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unattended: bool,
    /// The most that each of its runs may spend; none: what budgets say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_each: Option<Money>,
    /// The most that all its projects may cost together; none: what budgets say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Money>,
    /// When it was started last, in milliseconds since 1970: what failed before is tried again.
    pub started_ms: i64,
}
