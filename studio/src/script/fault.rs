//! Errors across the border: ours as tables that a script can catch, and whatever a script or the VM raises as ours,
//! with the innermost line of a script.

use mlua::{Lua, Table, Value as LuaValue};
use serde_json::json;

use super::{
    error::{ErrorCode, FailedStage, ScriptError},
    host::Host,
    port::SourceLine,
};
use crate::model::NodeError;

/// Registry name of the metatable of our error tables.
pub(super) const ERROR: &str = "studio.error";

/// `e` as a table `{ code, message, help, field, node, kind, file, line }`.
pub(super) fn to_lua(lua: &Lua, e: &ScriptError) -> mlua::Result<LuaValue> {
    let table = lua.create_table()?;
    let code = e.stage.as_ref().map_or(e.code.as_str(), |stage| stage.error.code.as_str());
    table.raw_set("code", code)?;
    table.raw_set("message", e.message.as_str())?;
    table.raw_set("help", (!e.help.is_empty()).then_some(e.help.as_str()))?;
    table.raw_set("field", e.field.as_deref())?;
    if let Some(stage) = &e.stage {
        table.raw_set("node", stage.name.as_str())?;
        table.raw_set("kind", json!(stage.error.kind).as_str())?;
    }
    if let Some(at) = &e.at {
        table.raw_set("file", at.file.as_str())?;
        table.raw_set("line", at.line)?;
    }
    table.set_metatable(Some(lua.named_registry_value::<Table>(ERROR)?))?;
    Ok(LuaValue::Table(table))
}

/// Whatever a script raised, as ours.
pub(super) fn from_lua(host: &Host, lua: &Lua, raised: &LuaValue) -> ScriptError {
    let e = match raised {
        LuaValue::Table(table) if is_ours(lua, table) => from_table(table),
        LuaValue::Table(table) => {
            let text =
                |name: &str| table.raw_get::<Option<String>>(name).ok().flatten().filter(|text| !text.is_empty());
            let message = text("message").unwrap_or_else(|| "the script raised a table without a message".into());
            ScriptError::new(ErrorCode::Runtime, message)
        }
        LuaValue::String(message) => from_message(host, &message.to_string_lossy()),
        LuaValue::Error(e) => from_mlua(host, e),
        other => ScriptError::new(ErrorCode::Runtime, format!("the script raised a {}", other.type_name())),
    };
    e.at(host.last_place.lock().clone())
}

/// An error of the VM's, as ours.
pub(super) fn from_mlua(host: &Host, e: &mlua::Error) -> ScriptError {
    match e {
        mlua::Error::CallbackError { traceback, cause } => {
            from_mlua(host, cause).at(traceback.lines().find_map(|line| placed(host, line)).map(|(at, _)| at))
        }
        mlua::Error::WithContext { cause, .. } => from_mlua(host, cause),
        mlua::Error::ExternalError(inner) => match inner.downcast_ref::<ScriptError>() {
            Some(e) => e.clone(),
            None => ScriptError::new(ErrorCode::Runtime, inner.to_string()),
        },
        mlua::Error::MemoryError(_) => out_of_memory(host),
        mlua::Error::SyntaxError { message, .. } => {
            let e = from_message(host, message);
            ScriptError { code: ErrorCode::Syntax, help: String::new(), ..e }
        }
        mlua::Error::RuntimeError(message) => from_message(host, message),
        other => ScriptError::new(ErrorCode::Runtime, other.to_string()),
    }
}

fn is_ours(lua: &Lua, table: &Table) -> bool {
    let ours = lua.named_registry_value::<Table>(ERROR).ok();
    table.metatable().is_some_and(|meta| ours.is_some_and(|ours| ours == meta))
}

fn from_table(table: &Table) -> ScriptError {
    let text = |name: &str| table.raw_get::<Option<String>>(name).ok().flatten();
    let (code, message) = (text("code").unwrap_or_default(), text("message").unwrap_or_default());
    let (field, help) = (text("field"), text("help").unwrap_or_default());
    let line = table.raw_get::<Option<u32>>("line").ok().flatten();
    let at = text("file").zip(line).map(|(file, line)| SourceLine { file, line });
    let stage = text("node").map(|name| {
        let kind =
            serde_json::from_value(json!(text("kind"))).unwrap_or(studio_plugin_sdk::error::ErrorKind::Permanent);
        let mut error = NodeError::new(&code, kind, message.clone()).help(help.clone());
        error.field.clone_from(&field);
        Box::new(FailedStage { name, error })
    });
    let code = if stage.is_some() { Some(ErrorCode::Stage) } else { ErrorCode::from_name(&code) };
    let mut e = ScriptError::new(code.unwrap_or(ErrorCode::Runtime), message).help(help).at(at);
    (e.field, e.stage) = (field, stage);
    e
}

/// `file:line: message`, where the file is one of the script's.
fn placed<'a>(host: &Host, text: &'a str) -> Option<(SourceLine, &'a str)> {
    let (file, rest) = text.split_once(':')?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let line = rest[..digits].parse().ok()?;
    let message = rest[digits..].trim_start_matches(':').trim_start();
    host.source.files.contains_key(file).then(|| (SourceLine { file: file.into(), line }, message))
}

/// A message as the VM writes it. Our own chunk's name and lines are taken off.
fn from_message(host: &Host, text: &str) -> ScriptError {
    if text.contains("not enough memory") {
        return out_of_memory(host);
    }
    let (at, message) = match placed(host, text) {
        Some((at, message)) => (Some(at), message),
        None => (None, without_chunk(text)),
    };
    if message.contains("attempt to yield across metamethod/C-call boundary") {
        return ScriptError::new(ErrorCode::Promise, "nothing can be waited for here")
            .help(
                "inside table.sort, string.gsub, a metamethod or a module's top level, use values: call :get() before",
            )
            .at(at);
    }
    let code = match message {
        _ if message.contains("stack overflow") => ErrorCode::Limit,
        // Luau asks no metamethod to compare a promise with a number.
        _ if compares_promise(message) => ErrorCode::Promise,
        _ => ErrorCode::Runtime,
    };
    let mut e = ScriptError::new(code, message).at(at);
    e.help = help_for(message).into();
    e
}

fn without_chunk(text: &str) -> &str {
    let Some(rest) = text.strip_prefix("studio:").or_else(|| text.strip_prefix("__mlua_async_poll:")) else {
        return text;
    };
    rest.split_once(": ").map_or(rest, |(_, message)| message)
}

fn compares_promise(message: &str) -> bool {
    message.contains("attempt to compare") && message.contains("promise")
}

fn help_for(message: &str) -> &'static str {
    if compares_promise(message)
        || message.contains("got promise")
        || message.contains("promise value")
        || message.contains("<promise>")
    {
        "a promise is not known yet; use :get()"
    } else if message.contains("stack overflow") {
        "does a function call itself without end?"
    } else if message.contains("readonly table") {
        "studio's and Luau's own tables cannot be changed"
    } else {
        ""
    }
}

fn out_of_memory(host: &Host) -> ScriptError {
    let message = format!("the script took more than {} MB of memory", host.limits.memory >> 20);
    ScriptError::new(ErrorCode::Memory, message)
        .help("hand media on as promises; they are never loaded into the script")
}
