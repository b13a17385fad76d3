//! Why a node failed, as people and programs are told.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use studio_plugin_sdk::error::{ErrorKind, StageError};

/// A failed node's error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[error("{}{message}", field.as_ref().map(|f| format!("{f}: ")).unwrap_or_default())]
pub struct NodeError {
    /// Stable, for programs: `invalid_input`, `grant.host`, `plugin.fuel`, `exec.missing` …
    pub code: String,
    /// What the engine does about it.
    pub kind: ErrorKind,
    /// What went wrong, in a sentence.
    pub message: String,
    /// What to do about it; empty: the message says it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub help: String,
    /// Which input is to blame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Seconds until it is worth trying again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<f64>,
}

impl NodeError {
    /// An error that will come again in the same way.
    pub fn permanent(code: &str, message: impl Into<String>) -> Self {
        Self::new(code, ErrorKind::Permanent, message)
    }

    /// An error of a kind.
    pub fn new(code: &str, kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { code: code.into(), kind, message: message.into(), help: String::new(), field: None, retry_after: None }
    }

    /// With what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Did an input that failed itself cause it?
    pub fn upstream(slot: &str, cause: &Self) -> Self {
        Self { code: "upstream".into(), message: format!("{slot} failed: {}", cause.message), ..cause.clone() }
    }

    /// Somebody cancelled it.
    pub fn cancelled() -> Self {
        Self::permanent("cancelled", "cancelled")
    }

    /// Was it a call that was not sent, since it would have passed a limit?
    pub fn is_over_budget(&self) -> bool {
        is_over_budget(&self.code)
    }

    /// Was it cancelled rather than failed?
    pub fn is_cancelled(&self) -> bool {
        self.code == "cancelled"
    }
}

/// Is it the code of a call that was not sent, since it would have passed a limit?
pub fn is_over_budget(code: &str) -> bool {
    code == "budget" || code.starts_with("budget.")
}

impl From<StageError> for NodeError {
    fn from(e: StageError) -> Self {
        let code = if e.code.is_empty() { kind_code(e.kind).to_owned() } else { e.code };
        Self { code, kind: e.kind, message: e.message, help: String::new(), field: e.field, retry_after: e.retry_after }
    }
}

fn kind_code(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidInput => "invalid_input",
        ErrorKind::Unauthorized => "unauthorized",
        ErrorKind::RateLimited => "rate_limited",
        ErrorKind::Quota => "quota",
        ErrorKind::Transient => "transient",
        ErrorKind::ContentRefused => "content_refused",
        ErrorKind::Permanent => "permanent",
    }
}

impl From<NodeError> for StageError {
    fn from(e: NodeError) -> Self {
        let message = if e.help.is_empty() { e.message } else { format!("{} ({})", e.message, e.help) };
        Self { kind: e.kind, message, code: e.code, field: e.field, retry_after: e.retry_after }
    }
}
