//! Calls of roles, and clips: options taken out, the request checked, the stage registered.

use std::sync::Arc;

use mlua::{Lua, Table, Value as LuaValue};
use studio_plugin_sdk::{
    json,
    roles::{self, Role},
    timeline::SceneClip,
};

use super::{
    error::{ErrorCode, FailedStage, ScriptError, did_you_mean},
    host::Host,
    input::Reader,
    port::{Input, StageSpec},
    promise::Promise,
    scope::Path,
    shape::{self, Shape},
};
use crate::model::NodeError;

/// Option keys that a role's argument may have beside the fields of its request.
pub(super) const OPTIONS: [&str; 3] = ["provider", "id", "label"];

/// Asks for a stage.
pub(super) fn call(host: &Arc<Host>, lua: &Lua, role: Role, argument: &LuaValue) -> Result<Promise, ScriptError> {
    let at = host.place(lua);
    ask(host, lua, role, argument, at.clone()).map_err(|e| e.at(at))
}

fn ask(
    host: &Arc<Host>,
    lua: &Lua,
    role: Role,
    argument: &LuaValue,
    at: Option<super::port::SourceLine>,
) -> Result<Promise, ScriptError> {
    host.must_run(role.name())?;
    let LuaValue::Table(argument) = argument else {
        let message = format!("{role} takes a table, as in {role} {{ … }}, not a {}", argument.type_name());
        return Err(ScriptError::new(ErrorCode::Input, message));
    };
    let (request, options) = split(lua, role, argument)?;
    let shapes = shape::of_role(role);
    let mut reader = Reader::new(host.limits.input_bytes);
    let input =
        reader.read(&LuaValue::Table(request), &shapes.request).map_err(|e| naming(role, &shapes.request, e))?;
    if let Input::Value(request) = &input {
        roles::canonical(role, request.clone()).map_err(|e| refused(role.name(), NodeError::from(e)))?;
    }
    host.count_stage(host.limits.input_bytes - reader.left())?;
    let scope = match &options.id {
        Some(id) => host.scopes.lock().below(id)?,
        None => host.scope(),
    };
    let ordinal = host.scopes.lock().next(&scope, role.name());
    let spec = StageSpec {
        role,
        providers: options.providers,
        scope: scope.to_vec(),
        ordinal,
        input,
        label: options.label.unwrap_or_else(|| label(role, &scope)),
        at: at.unwrap_or(super::port::SourceLine { file: host.source.entry.clone(), line: 1 }),
    };
    let mut promise = Promise {
        node: super::port::NodeHandle(0),
        role,
        scope: scope.join("/").into(),
        path: Vec::new(),
        shape: &shapes.response,
    };
    promise.node = host.stages.stage(spec).map_err(|error| failed(&promise, error))?;
    Ok(promise)
}

/// A stage's failure as the script's.
pub(super) fn failed(promise: &Promise, error: NodeError) -> ScriptError {
    let name = promise.stage();
    let mut e = ScriptError::new(ErrorCode::Stage, format!("{name} failed: {error}")).help(error.help.clone());
    e.field.clone_from(&error.field);
    e.stage = Some(Box::new(FailedStage { name, error }));
    e
}

/// A promise of the same part of what a person approves.
pub(super) fn review(host: &Arc<Host>, handle: &LuaValue, options: Option<&Table>) -> Result<Promise, ScriptError> {
    host.must_run("review")?;
    let promise = handle.as_userdata().and_then(|data| data.borrow::<Promise>().ok().map(|promise| promise.clone()));
    let Some(promise) = promise else {
        let message = format!("review takes what a stage gives, not a {}", handle.type_name());
        return Err(ScriptError::new(ErrorCode::Input, message));
    };
    if !is_wanted(options)? {
        return Ok(promise);
    }
    let node = host.stages.review(promise.node).map_err(|error| failed(&promise, error))?;
    Ok(Promise { node, ..promise })
}

/// `when = false` opens the gate.
fn is_wanted(options: Option<&Table>) -> Result<bool, ScriptError> {
    let mut wanted = true;
    for pair in options.into_iter().flat_map(Table::pairs::<LuaValue, LuaValue>) {
        let (key, value) = pair.map_err(|e| ScriptError::new(ErrorCode::Internal, e.to_string()))?;
        let name = key.as_string().map(mlua::LuaString::to_string_lossy).unwrap_or_default();
        match (name.as_str(), value) {
            ("when", LuaValue::Boolean(when)) => wanted = when,
            ("when", _) => return Err(option("when", "must be true or false")),
            _ => {
                let close = did_you_mean(&name, ["when"].into_iter());
                return Err(option(&name, &format!("is no option of review{close}")));
            }
        }
    }
    Ok(wanted)
}

#[derive(Default)]
struct Options {
    providers: Vec<String>,
    id: Option<String>,
    label: Option<String>,
}

/// The request's fields, and what stands beside them.
fn split(lua: &Lua, role: Role, argument: &Table) -> Result<(Table, Options), ScriptError> {
    let internal = |e: mlua::Error| ScriptError::new(ErrorCode::Internal, e.to_string());
    let request = lua.create_table().map_err(internal)?;
    let mut options = Options::default();
    for pair in argument.pairs::<LuaValue, LuaValue>() {
        let (key, value) = pair.map_err(internal)?;
        let name = key.as_string().map(mlua::LuaString::to_string_lossy).unwrap_or_default();
        match name.as_str() {
            "provider" => options.providers = providers(&name, &value)?,
            "to" if role == Role::Publish => options.providers = providers(&name, &value)?,
            "id" => options.id = Some(id(&value)?),
            "label" => options.label = Some(text(&name, &value)?),
            _ => request.raw_set(key, value).map_err(internal)?,
        }
    }
    Ok((request, options))
}

fn providers(name: &str, value: &LuaValue) -> Result<Vec<String>, ScriptError> {
    let LuaValue::Table(list) = value else { return Ok(vec![text(name, value)?]) };
    let names: Vec<_> = list
        .sequence_values::<LuaValue>()
        .map(|item| text(name, &item.unwrap_or(LuaValue::Nil)))
        .collect::<Result<_, _>>()?;
    if names.is_empty() {
        return Err(option(name, "names no provider"));
    }
    Ok(names)
}

fn text(name: &str, value: &LuaValue) -> Result<String, ScriptError> {
    match value {
        LuaValue::String(text) if (1..=200).contains(&text.as_bytes().len()) => Ok(text.to_string_lossy()),
        LuaValue::String(_) => Err(option(name, "must have 1 to 200 bytes")),
        LuaValue::UserData(_) => Err(option(name, "must be known: use :get()")),
        other => Err(option(name, &format!("must be text, not a {}", other.type_name()))),
    }
}

fn option(name: &str, what: &str) -> ScriptError {
    ScriptError::new(ErrorCode::Input, format!("`{name}` {what}")).field(name)
}

/// An item's or a stage's id: text or a whole number.
pub(super) fn id(value: &LuaValue) -> Result<String, ScriptError> {
    match value {
        LuaValue::Integer(number) => Ok(number.to_string()),
        value => text("id", value),
    }
}

/// What a stage is, for people, where the script does not say.
fn label(role: Role, scope: &Path) -> String {
    if scope.is_empty() { role.to_string() } else { format!("{role} {}", scope.join(" / ")) }
}

/// A field that the request does not have may be a misspelt option.
fn naming(role: Role, request: &Shape, e: ScriptError) -> ScriptError {
    let unknown = match (&e.field, request.record()) {
        (Some(field), Some(record)) if !field.contains(['.', '[']) && !record.fields.contains_key(field) => {
            field.clone()
        }
        _ => return ScriptError { message: format!("{role}: {}", e.message), ..e },
    };
    let fields = request.record().into_iter().flat_map(|r| r.fields.keys().map(String::as_str));
    let close = did_you_mean(&unknown, fields.clone().chain(OPTIONS));
    let known = fields.chain(OPTIONS).collect::<Vec<_>>().join(", ");
    ScriptError { message: format!("{role} has no field `{unknown}`{close}"), help: format!("it takes {known}"), ..e }
}

/// A plain request that does not fit its type.
fn refused(what: &str, error: NodeError) -> ScriptError {
    let mut e = ScriptError::new(ErrorCode::Input, format!("{what}: {error}"));
    e.field = error.field;
    e
}

/// A scene for a timeline: the argument, checked, with an id.
pub(super) fn clip(host: &Arc<Host>, lua: &Lua, argument: &LuaValue) -> Result<Table, ScriptError> {
    let at = host.place(lua);
    checked_clip(host, lua, argument).map_err(|e| e.at(at))
}

fn checked_clip(host: &Arc<Host>, lua: &Lua, argument: &LuaValue) -> Result<Table, ScriptError> {
    host.must_run("clip")?;
    let internal = |e: mlua::Error| ScriptError::new(ErrorCode::Internal, e.to_string());
    let LuaValue::Table(argument) = argument else {
        let message = format!("clip takes a table, as in clip {{ … }}, not a {}", argument.type_name());
        return Err(ScriptError::new(ErrorCode::Input, message));
    };
    let out = lua.create_table().map_err(internal)?;
    for pair in argument.pairs::<LuaValue, LuaValue>() {
        let (key, value) = pair.map_err(internal)?;
        out.raw_set(key, value).map_err(internal)?;
    }
    if out.raw_get::<LuaValue>("id").map_err(internal)?.is_nil() {
        out.raw_set("id", clip_id(host)).map_err(internal)?;
    }
    let mut reader = Reader::new(host.limits.input_bytes);
    let input = reader
        .read(&LuaValue::Table(out.clone()), shape::of_clip())
        .map_err(|e| ScriptError { message: format!("clip: {}", e.message), ..e })?;
    if let Input::Value(value) = input {
        json::typed::<SceneClip>(value).map_err(|e| refused("clip", NodeError::from(e)))?;
    }
    let has = |name: &str| out.raw_get::<LuaValue>(name).is_ok_and(|value| !value.is_nil());
    if !has("picture") && !has("video") {
        let e = ScriptError::new(ErrorCode::Input, "clip: a scene needs a picture or a video");
        return Err(e.field("picture").help("picture = image { … }, or video = video { … }.video"));
    }
    Ok(out)
}

/// The scope's name, and a number from the second clip of a scope on.
fn clip_id(host: &Arc<Host>) -> String {
    let scope = host.scope();
    let number = host.scopes.lock().next(&scope, "clip");
    let name = if scope.is_empty() { "clip".to_owned() } else { scope.join("/") };
    if number > 1 || scope.is_empty() { format!("{name}-{number}") } else { name }
}
