//! How a command fails: a code, a field where one is to blame, what to do, and an exit code.

use super::out::{line, note};
use serde_json::json;

use crate::{
    engine::{EngineError, api::ApiError},
    model::{NodeError, RunOutcome},
};

/// A command that failed.
#[derive(Debug)]
pub struct Failure {
    code: String,
    field: Option<String>,
    message: String,
    help: String,
    exit: u8,
}

/// It failed.
pub const FAILED: u8 = 1;
const USAGE: u8 = 2;
/// Only reviews are left.
pub const WAITING: u8 = 3;
/// A budget is reached.
pub const BUDGET: u8 = 4;
/// Somebody cancelled it, or a signal stopped it.
pub const CANCELLED: u8 = 130;

impl Failure {
    /// The command line asks for something that cannot be.
    pub fn usage(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: "usage".into(),
            field: Some(field.into()),
            message: message.into(),
            help: String::new(),
            exit: USAGE,
        }
    }

    /// With what to do about it.
    pub fn help(mut self, help: &str) -> Self {
        help.clone_into(&mut self.help);
        self
    }

    /// It failed.
    pub fn new(code: &str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code: code.into(), field: None, message: message.into(), help: help.into(), exit: FAILED }
    }

    /// It was stopped by a signal, and can be gone on with.
    pub fn interrupted(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { exit: CANCELLED, ..Self::new("interrupted", message, help) }
    }

    /// Says it, to people or to programs: the exit code.
    pub fn report(&self, as_json: bool) -> u8 {
        if as_json {
            let field = self.field.as_ref();
            let error = json!({ "code": self.code, "message": self.message, "field": field, "help": self.help });
            line(format_args!("{}", json!({ "error": error })));
        } else {
            let field = self.field.as_ref().filter(|f| !f.is_empty() && !self.message.starts_with(f.as_str()));
            let field = field.map(|f| format!("{f}: ")).unwrap_or_default();
            note(format_args!("error[{}]: {field}{}", self.code, self.message));
            if !self.help.is_empty() {
                note(format_args!("  help: {}", self.help));
            }
        }
        self.exit
    }
}

impl From<ApiError> for Failure {
    fn from(e: ApiError) -> Self {
        Self { code: e.code, field: e.field, message: e.message, help: e.help, exit: e.exit }
    }
}

impl From<NodeError> for Failure {
    fn from(e: NodeError) -> Self {
        ApiError::from(e).into()
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        ApiError::from(EngineError::Io { doing: "a file could not be used".into(), error }).into()
    }
}

/// What a run's end means for the exit code.
pub fn of_outcome(outcome: &RunOutcome) -> Result<u8, Failure> {
    match outcome {
        RunOutcome::Done { .. } => Ok(0),
        RunOutcome::Failed { error } => Err(error.clone().into()),
        RunOutcome::Cancelled => Ok(CANCELLED),
        RunOutcome::Waiting => Ok(WAITING),
    }
}
