//! What can go wrong in a script, as people and programs are told.

use super::{port::SourceLine, source::ScriptSource};
use crate::model::NodeError;

/// A script's error.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}{message}", at.as_ref().map(|at| format!("{}:{}: ", at.file, at.line)).unwrap_or_default())]
pub struct ScriptError {
    /// The kind, with a stable name for programs.
    pub code: ErrorCode,
    /// What went wrong, in a sentence.
    pub message: String,
    /// What to do about it; empty: the message says it.
    pub help: String,
    /// The parameter or the field of a request that is to blame.
    pub field: Option<String>,
    /// Where in the script.
    pub at: Option<Box<SourceLine>>,
    /// That line and its neighbours with a caret; empty: no place is known.
    pub excerpt: String,
    /// The stage whose failure the script did not catch.
    pub stage: Option<Box<FailedStage>>,
}

/// A stage whose failure ended a script.
#[derive(Clone, Debug, PartialEq)]
pub struct FailedStage {
    /// What it is, for people: `tts (scene-1)`.
    pub name: String,
    /// Why it failed.
    pub error: NodeError,
}

/// Kinds of script errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// It is not Lua.
    Syntax,
    /// It does not return a pipeline, or a wrong one.
    Declaration,
    /// It failed while it ran.
    Runtime,
    /// A parameter's value does not fit.
    Param,
    /// A stage's request does not fit its role.
    Input,
    /// A promise was used as if it were known.
    Promise,
    /// `require` found nothing, or a cycle.
    Require,
    /// It computed for too long.
    Deadline,
    /// It took too much memory.
    Memory,
    /// It asked for too much of something.
    Limit,
    /// A stage failed and the script did not catch it.
    Stage,
    /// Somebody cancelled the run.
    Cancelled,
    /// A fault of studio's own.
    Internal,
}

impl ErrorCode {
    const ALL: [Self; 13] = [
        Self::Syntax,
        Self::Declaration,
        Self::Runtime,
        Self::Param,
        Self::Input,
        Self::Promise,
        Self::Require,
        Self::Deadline,
        Self::Memory,
        Self::Limit,
        Self::Stage,
        Self::Cancelled,
        Self::Internal,
    ];

    /// Its stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "script.syntax",
            Self::Declaration => "script.declaration",
            Self::Runtime => "script.runtime",
            Self::Param => "script.param",
            Self::Input => "script.input",
            Self::Promise => "script.promise",
            Self::Require => "script.require",
            Self::Deadline => "script.deadline",
            Self::Memory => "script.memory",
            Self::Limit => "script.limit",
            Self::Stage => "script.stage",
            Self::Cancelled => "script.cancelled",
            Self::Internal => "script.internal",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == name)
    }
}

impl ScriptError {
    pub(super) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            help: String::new(),
            field: None,
            at: None,
            excerpt: String::new(),
            stage: None,
        }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    pub(super) fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    pub(super) fn at(mut self, at: Option<SourceLine>) -> Self {
        self.at = self.at.or(at.map(Box::new));
        self
    }

    /// With the lines around the place, as they stand in `source`.
    pub(super) fn excerpted(mut self, source: &ScriptSource) -> Self {
        if let Some(at) = &self.at {
            let token =
                self.field.as_deref().and_then(|f| f.rsplit(['.', ']']).next()).or_else(|| quoted(&self.message));
            self.excerpt = source.excerpt(&at.file, at.line, token);
        }
        self
    }
}

/// The first word in quotes or backticks.
fn quoted(message: &str) -> Option<&str> {
    let start = message.find(['\'', '`'])? + 1;
    let rest = &message[start..];
    rest.find(['\'', '`']).map(|end| &rest[..end])
}

/// ` (did you mean …?)` where one of `known` is close to `name`; else empty.
pub(super) fn did_you_mean<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let close = known.map(|k| (strsim::normalized_damerau_levenshtein(name, k), k)).max_by(|a, b| a.0.total_cmp(&b.0));
    match close {
        Some((likeness, known)) if likeness >= 0.6 => format!("; did you mean `{known}`?"),
        _ => String::new(),
    }
}
