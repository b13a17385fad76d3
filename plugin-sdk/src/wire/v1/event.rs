//! The answers to effects.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Body;
use crate::{blob::Blob, error::StageError};

/// An answer to an effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Event {
    /// The effect's id.
    pub id: u32,
    /// What came of it.
    #[serde(flatten)]
    pub answer: Answer,
}

/// The kinds of answer. `Chunk` and `Line` may come many times; every other one is the last for its effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// The whole answer, or for a stream its head after the last chunk (with an empty body).
    Http(HttpAnswer),
    /// A piece of a streamed body.
    Chunk {
        /// The bytes: text where they are UTF-8.
        body: Body,
    },
    /// Lines of a program, without line ends.
    Lines {
        /// In order.
        lines: Vec<String>,
    },
    /// The program has ended.
    Exit(Exit),
    /// The pause is over.
    Woke {},
    /// What is known of a program.
    Probe {
        /// Its version line; none: it is not there.
        version: Option<String>,
    },
    /// The stage's response.
    Stage {
        /// The role's response.
        response: Value,
    },
    /// The files are in place.
    Delivered {
        /// Their paths below the export folder, by name.
        paths: BTreeMap<String, String>,
    },
    /// The effect could not be done; the host has retried what may be retried.
    Failed {
        /// Why.
        error: StageError,
    },
}

impl Answer {
    /// Will no other answer to the same effect follow?
    pub fn is_last(&self) -> bool {
        !matches!(self, Self::Chunk { .. } | Self::Lines { .. })
    }
}

/// The answer to a request. A status of 400 and above is an answer, not a failure, once retries are used up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HttpAnswer {
    /// The status code.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Text where it is UTF-8, a blob where over 1 MB or asked for.
    #[serde(default, skip_serializing_if = "Body::is_empty")]
    pub body: Body,
}

/// How a program ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Exit {
    /// Its exit code; none: killed by a signal.
    pub code: Option<i32>,
    /// The signal that killed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// The last 64 KiB of standard output (none of it where its lines were events).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stdout: String,
    /// The last 16 KiB of standard error.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stderr: String,
    /// The outputs, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<String, Blob>,
}
