//! The port between scripts and whoever runs stages: the engine, and the planner.

use std::collections::BTreeMap;

use futures::future::BoxFuture;
use serde_json::Value;
use studio_plugin_sdk::roles::Role;

use crate::model::NodeError;

/// A stage's input: a value that may hold promises. A part without promises is one [`Input::Value`].
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Known now.
    Value(Value),
    /// What a stage will give, or a part of it.
    Promise {
        /// The stage.
        node: NodeHandle,
        /// Which part of its result; empty: all of it.
        path: Vec<PathPart>,
    },
    /// A list with promises in it.
    List(Vec<Input>),
    /// A record with promises in it.
    Map(BTreeMap<String, Input>),
}

/// A stage that was registered; numbers are the engine's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeHandle(pub u64);

/// A step into a result.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PathPart {
    /// A field of a record.
    Field(String),
    /// An element of a list, from 0.
    Index(usize),
}

/// A place in a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLine {
    /// The file, relative to the scripts folder.
    pub file: String,
    /// From 1.
    pub line: u32,
}

/// A stage as a script asks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct StageSpec {
    /// What it does.
    pub role: Role,
    /// Who is to do it; empty: the project's default; several: a chain that falls through on failure.
    pub providers: Vec<String>,
    /// The scopes it stands in, outermost first.
    pub scope: Vec<String>,
    /// Its number among the stages of this role in this scope, from 1.
    pub ordinal: u32,
    /// The request, not yet canonical.
    pub input: Input,
    /// What it is, for people.
    pub label: String,
    /// Where the script asks for it.
    pub at: SourceLine,
}

/// What a script's stages are handed to.
pub trait Stages: Send + Sync {
    /// Registers a stage and returns at once.
    fn stage(&self, spec: StageSpec) -> Result<NodeHandle, NodeError>;

    /// Puts a stage's result before a person: a stage whose result is the approved one. Where there are no people,
    /// what there is will do.
    fn review(&self, node: NodeHandle) -> Result<NodeHandle, NodeError> {
        Ok(node)
    }

    /// Waits for a stage's result.
    fn value(&self, node: NodeHandle) -> BoxFuture<'static, Result<Value, NodeError>>;

    /// Does the script compute, or do all its coroutines wait?
    fn computes(&self, _computes: bool) {}

    /// Something the script says; `level` is `debug`, `info`, `warn` or `error`.
    fn log(&self, level: &str, text: &str);
}

impl Input {
    /// Every stage it hangs on, in order of appearance, with repetitions.
    pub fn nodes(&self) -> Vec<NodeHandle> {
        match self {
            Self::Value(_) => Vec::new(),
            Self::Promise { node, .. } => vec![*node],
            Self::List(items) => items.iter().flat_map(Self::nodes).collect(),
            Self::Map(fields) => fields.values().flat_map(Self::nodes).collect(),
        }
    }

    /// The value with every promise replaced by the part of the result it stands for. A part that the
    /// result leaves out (it is its default) is left out of records, and null elsewhere.
    pub fn filled<'a>(&self, result: &impl Fn(NodeHandle) -> Option<&'a Value>) -> Value {
        match self {
            Self::Value(value) => value.clone(),
            Self::Promise { node, path } => {
                result(*node).and_then(|value| project(value, path)).cloned().unwrap_or(Value::Null)
            }
            Self::List(items) => items.iter().map(|item| item.filled(result)).collect(),
            Self::Map(fields) => {
                let filled = fields.iter().map(|(name, field)| (name.clone(), field.filled(result)));
                Value::Object(filled.filter(|(_, value)| !value.is_null()).collect())
            }
        }
    }
}

/// The part of `value` at `path`, if there is one.
pub fn project<'a>(value: &'a Value, path: &[PathPart]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, part| match part {
        PathPart::Field(name) => value.get(name),
        PathPart::Index(index) => value.get(index),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn promises_are_filled_with_the_parts_they_name() {
        let input = Input::Map(BTreeMap::from([
            ("plain".into(), Input::Value(json!(1))),
            (
                "words".into(),
                Input::Promise { node: NodeHandle(7), path: vec![PathPart::Field("words".into()), PathPart::Index(1)] },
            ),
            ("none".into(), Input::Promise { node: NodeHandle(7), path: vec![PathPart::Field("nope".into())] }),
        ]));
        let result = json!({"words": ["a", "b"]});
        let filled = input.filled(&|node| (node == NodeHandle(7)).then_some(&result));
        assert_eq!(filled, json!({"plain": 1, "words": "b"}));
        assert_eq!(input.nodes(), [NodeHandle(7), NodeHandle(7)]);
    }
}
