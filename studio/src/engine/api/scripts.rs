//! The scripts that projects can be made of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ApiError, Cx, Method};
use crate::{
    engine::Engine,
    script::{ParamDecl, ParamKind, Pipeline},
};

/// A param that a script declares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ParamInfo {
    /// Its name.
    pub name: String,
    /// What it takes: `text`, `number`, `integer`, `bool`, `choice`, `file`, `files`, `list`, `voice`.
    pub kind: String,
    /// Of `choice`: the words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// Must it be given?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// What it is where nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub help: String,
}

impl From<ParamDecl> for ParamInfo {
    fn from(decl: ParamDecl) -> Self {
        let ParamDecl { name, kind, required, default, help } = decl;
        let word = kind.name().to_owned();
        let words = if let ParamKind::Choice(words) = kind { words } else { Vec::new() };
        Self { name, kind: word, words, required, default, help }
    }
}

/// A script, and what it takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScriptInfo {
    /// Its name, or its whole path.
    pub script: String,
    /// What it makes.
    pub title: String,
    /// What it makes, in a line for people; empty: it does not say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub help: String,
    /// Is it meant to be chosen as what a project begins with?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub template: bool,
    /// What it takes, in the order in which it is declared.
    pub params: Vec<ParamInfo>,
    /// Why it cannot be used; none: it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ApiError>,
}

impl ScriptInfo {
    fn of(engine: &Engine, script: String) -> Self {
        match engine.pipeline(&script) {
            Ok(pipeline) => Self::declared(script, pipeline),
            Err(e) => {
                let (title, help, params) = (script.clone(), String::new(), Vec::new());
                Self { script, title, help, template: false, params, error: Some(e.into()) }
            }
        }
    }

    fn declared(script: String, pipeline: Pipeline) -> Self {
        let Pipeline { title, help, template, params, warnings: _ } = pipeline;
        let params = params.into_iter().map(ParamInfo::from).collect();
        Self { script, title, help, template, params, error: None }
    }
}

/// The scripts that are found by name: a person's own, and those that come with Studio. Templates come first.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {}

impl Method for List {
    const NAME: &'static str = "script.list";
    type Reply = Vec<ScriptInfo>;

    async fn handle(self, cx: &Cx) -> Result<Vec<ScriptInfo>, ApiError> {
        let names = cx.engine.script_names()?;
        let mut scripts: Vec<_> = names.into_iter().map(|name| ScriptInfo::of(&cx.engine, name)).collect();
        scripts.sort_by_key(|script| !script.template);
        Ok(scripts)
    }
}

/// One script, and what it takes.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Get {
    /// Its name, or its whole path.
    pub script: String,
}

impl Method for Get {
    const NAME: &'static str = "script.get";
    type Reply = ScriptInfo;

    async fn handle(self, cx: &Cx) -> Result<ScriptInfo, ApiError> {
        let pipeline = cx.engine.pipeline(&self.script)?;
        Ok(ScriptInfo::declared(self.script, pipeline))
    }
}
