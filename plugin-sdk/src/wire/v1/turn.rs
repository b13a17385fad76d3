//! What `start` is given, and what a guest answers to `start` and `resume`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Effect;
use crate::{error::StageError, roles::Role, usage::Usage};

/// The argument of `start` and `estimate`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The role whose stage is to run.
    pub role: Role,
    /// The role's request. For `estimate`, values not known yet are null.
    pub request: Value,
    /// Which take of the same request this is.
    #[serde(default)]
    pub take: Take,
    /// The only randomness a guest gets: derived from the node's key, equal on every replay.
    #[serde(default)]
    pub seed: u64,
    /// The id of a remote job that a person attached after a lost answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume_hint: Option<String>,
    /// Where the plugin's service is, where a person's settings say so; none: where the manifest says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
}

/// Where a plugin's service is, and what opens it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// What paths are added to: `http://localhost:8080/v1`; without a slash at its end.
    pub url: String,
    /// The secret that it takes; empty: none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub secret: String,
}

/// One of several results asked of the same request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Take {
    /// 1 is the default take.
    pub n: u32,
    /// What the person asked to be different.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl Default for Take {
    fn default() -> Self {
        Self { n: 1, note: String::new() }
    }
}

/// What a call would cost and take; pure in the request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Estimate {
    /// What it would use at most; the host prices it. None: not known yet.
    pub usage: Option<Usage>,
    /// Wall-clock seconds; none: not known yet.
    pub seconds: Option<f64>,
}

/// What a guest answers to `start` and `resume`: what it wants done, and whether it has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Turn {
    /// New effects, with ids that rise by one from 1 over the node's life.
    #[serde(default)]
    pub effects: Vec<Effect>,
    /// How the stage stands.
    #[serde(default)]
    pub outcome: Outcome,
    /// What it has used so far, in all, where the turns before have said less and it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<Usage>,
}

/// How a stage stands after a turn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It waits for effects.
    #[default]
    None,
    /// It has its result.
    Done {
        /// The role's response.
        response: Value,
        /// What it used.
        #[serde(default)]
        usage: Usage,
    },
    /// It has failed.
    Failed {
        /// Why.
        error: StageError,
        /// What it used all the same.
        #[serde(default)]
        usage: Usage,
    },
}
