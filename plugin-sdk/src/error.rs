//! Why a stage or an effect failed, in the few kinds that the engine treats differently.

use serde::{Deserialize, Serialize};

/// A result whose error is a [`StageError`].
pub type Result<T, E = StageError> = std::result::Result<T, E>;

/// A typed failure with a sentence for a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StageError {
    /// What the engine does about it.
    pub kind: ErrorKind,
    /// A sentence for a person: what went wrong and what to do.
    pub message: String,
    /// A stable code for programs: `grant.host`, `exec.missing`; empty: the kind says all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// Which input, where one is to blame: `scenes[2].narration`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Seconds until it is worth trying again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<f64>,
}

/// What the engine does about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The request is wrong; `field` says where. Not retried.
    InvalidInput,
    /// The key is missing or refused. Not retried; a provider chain goes on.
    Unauthorized,
    /// Too many requests. Retried after `retry_after`; a provider chain goes on.
    RateLimited,
    /// The account's allowance is used up. Not retried; a provider chain goes on.
    Quota,
    /// May work next time. Retried.
    Transient,
    /// The service will not make this. Not retried; a provider chain goes on.
    ContentRefused,
    /// Will fail again in the same way.
    Permanent,
}

impl StageError {
    /// An error of `kind` with a sentence for a person.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), code: String::new(), field: None, retry_after: None }
    }

    /// The request's `field` is wrong.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::new(ErrorKind::InvalidInput, message) }
    }

    /// It will fail again in the same way.
    pub fn permanent(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Permanent, message)
    }

    /// It may work next time.
    pub fn transient(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Transient, message)
    }

    /// The same error with a stable code for programs.
    #[must_use]
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = code.into();
        self
    }
}

impl std::fmt::Display for StageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{field}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for StageError {}
