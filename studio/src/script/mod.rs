//! The Lua runtime and the `studio` API it offers to scripts.
//!
//! The engine and the planner call it and implement its port, [`Stages`]; it knows nothing of either, nor of
//! plugins and the store. A script touches the world through that port alone.

mod api;
mod error;
mod fault;
mod flow;
mod host;
mod input;
mod lint;
mod modules;
mod params;
mod pipeline;
mod port;
mod promise;
mod reference;
mod run;
mod scope;
mod shape;
mod source;
mod stage;
mod tasks;
mod tokens;
mod value;
mod vm;
mod watch;

pub use error::{ErrorCode, FailedStage, ScriptError};
pub use lint::Warning;
pub use params::{ParamDecl, ParamKind, check_params, listed};
pub use port::{Input, NodeHandle, PathPart, SourceLine, StageSpec, Stages, project};
pub use reference::{reference, stubs_luals, stubs_luau};
pub use run::{Pipeline, RunContext, data, load, run};
pub use source::ScriptSource;
pub use watch::Limits;

#[cfg(test)]
mod tests;
