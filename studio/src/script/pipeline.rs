//! What a script declares: `studio.pipeline { … }` and `param.*`.

use std::{collections::BTreeMap, sync::atomic::Ordering::Relaxed};

use mlua::{Function, Lua, Table, UserData, Value as LuaValue};
use serde_json::Value;

use super::{
    error::{ErrorCode, ScriptError, did_you_mean},
    host::Host,
    input::Reader,
    params::{ParamDecl, ParamKind, checked_default},
    port::Input,
    shape::any,
};

/// The names of `param.*`.
pub(super) const KINDS: [&str; 9] = ["text", "number", "integer", "bool", "choice", "file", "files", "list", "voice"];

/// Longest title and help, in bytes.
const MAX_TEXT: usize = 2000;

/// What `param.*` makes: a declaration without its name, and its place in the source.
pub(super) struct Param {
    decl: ParamDecl,
    order: u32,
}

impl UserData for Param {}

/// What `studio.pipeline` makes.
pub(super) struct Declared {
    pub title: String,
    pub help: String,
    pub template: bool,
    pub params: Vec<ParamDecl>,
    pub run: Function,
}

impl UserData for Declared {}

/// A parameter of a kind.
pub(super) fn param(host: &Host, kind: &str, argument: &LuaValue) -> Result<Param, ScriptError> {
    let (mut words, mut options) = (Vec::new(), BTreeMap::new());
    match argument {
        LuaValue::Nil => {}
        LuaValue::Table(table) => {
            for pair in table.pairs::<LuaValue, LuaValue>() {
                let (key, value) = pair.map_err(|e| internal(&e))?;
                match (key, value) {
                    (LuaValue::Integer(i), LuaValue::String(word)) => words.push((i, word.to_string_lossy())),
                    (LuaValue::String(name), value) => drop(options.insert(name.to_string_lossy(), value)),
                    _ => return Err(declaration(&format!("param.{kind} takes options by name"))),
                }
            }
        }
        other => return Err(declaration(&format!("param.{kind} takes a table, not a {}", other.type_name()))),
    }
    words.sort();
    let kind = kind_of(kind, words.into_iter().map(|(_, word)| word).collect())?;
    let decl = with_options(kind, options)?;
    Ok(Param { decl, order: host.params.fetch_add(1, Relaxed) })
}

fn kind_of(name: &str, words: Vec<String>) -> Result<ParamKind, ScriptError> {
    if name != "choice" && !words.is_empty() {
        return Err(declaration(&format!("param.{name} takes options by name, such as required = true")));
    }
    Ok(match name {
        "number" => ParamKind::Number,
        "integer" => ParamKind::Integer,
        "bool" => ParamKind::Bool,
        "choice" if words.is_empty() => {
            return Err(declaration("param.choice needs words to choose from: param.choice { \"a\", \"b\" }"));
        }
        "choice" => ParamKind::Choice(words),
        "file" => ParamKind::File,
        "files" => ParamKind::Files,
        "list" => ParamKind::List,
        "voice" => ParamKind::Voice,
        _ => ParamKind::Text,
    })
}

fn with_options(kind: ParamKind, options: BTreeMap<String, LuaValue>) -> Result<ParamDecl, ScriptError> {
    let mut decl = ParamDecl { name: String::new(), kind, required: false, default: None, help: String::new() };
    for (name, value) in options {
        match (name.as_str(), value) {
            ("required", LuaValue::Boolean(required)) => decl.required = required,
            ("required", _) => return Err(declaration("`required` must be true or false").field(name)),
            ("help", LuaValue::String(help)) if help.as_bytes().len() <= MAX_TEXT => decl.help = help.to_string_lossy(),
            ("help", _) => return Err(declaration("`help` must be a short text").field(name)),
            ("default", value) => {
                let default = plain(&value).map_err(|e| declaration(&e.message).field("default"))?;
                decl.default =
                    Some(checked_default(&decl.kind, &default).map_err(|e| declaration(&e).field("default"))?);
            }
            _ => {
                let close = did_you_mean(&name, ["required", "default", "help"].into_iter());
                let message = format!("param.{} has no option `{name}`{close}", decl.kind.name());
                return Err(declaration(&message).field(name).help("it takes required, default, help"));
            }
        }
    }
    // A choice always has one: the first word.
    if let (ParamKind::Choice(words), None, false) = (&decl.kind, &decl.default, decl.required) {
        decl.default = words.first().map(|word| Value::from(word.as_str()));
    }
    Ok(decl)
}

fn plain(value: &LuaValue) -> Result<Value, ScriptError> {
    match Reader::new(1 << 16).read(value, any())? {
        Input::Value(value) => Ok(value),
        _ => Err(declaration("a default must be known")),
    }
}

/// The pipeline that a table declares.
pub(super) fn pipeline(argument: &LuaValue) -> Result<Declared, ScriptError> {
    let LuaValue::Table(table) = argument else {
        return Err(declaration("studio.pipeline takes a table: studio.pipeline { title = …, params = …, run = … }"));
    };
    let (mut title, mut help, mut template) = (None, String::new(), false);
    let (mut params, mut run) = (Vec::new(), None);
    for pair in table.pairs::<LuaValue, LuaValue>() {
        let (key, value) = pair.map_err(|e| internal(&e))?;
        let name = key.as_string().map(mlua::LuaString::to_string_lossy).unwrap_or_default();
        match (name.as_str(), value) {
            ("title", LuaValue::String(text)) if (1..=MAX_TEXT).contains(&text.as_bytes().len()) => {
                title = Some(text.to_string_lossy());
            }
            ("title", _) => return Err(declaration("`title` must be a short text").field("title")),
            ("help", LuaValue::String(text)) if text.as_bytes().len() <= MAX_TEXT => help = text.to_string_lossy(),
            ("help", _) => return Err(declaration("`help` must be a short text").field("help")),
            ("template", LuaValue::Boolean(is)) => template = is,
            ("template", _) => return Err(declaration("`template` must be true or false").field("template")),
            ("params", LuaValue::Table(table)) => params = declared(&table)?,
            ("params", _) => return Err(declaration("`params` must be a table of param.*").field("params")),
            ("run", LuaValue::Function(function)) => run = Some(function),
            ("run", _) => return Err(declaration("`run` must be a function").field("run")),
            _ => {
                let close = did_you_mean(&name, ["title", "help", "template", "params", "run"].into_iter());
                return Err(declaration(&format!("studio.pipeline has no field `{name}`{close}")).field(name));
            }
        }
    }
    Ok(Declared {
        title: title.ok_or_else(|| declaration("a pipeline needs a `title`").field("title"))?,
        help,
        template,
        params,
        run: run.ok_or_else(|| declaration("a pipeline needs `run = function(p) … end`").field("run"))?,
    })
}

fn declared(table: &Table) -> Result<Vec<ParamDecl>, ScriptError> {
    let mut out = Vec::new();
    for pair in table.pairs::<LuaValue, LuaValue>() {
        let (key, value) = pair.map_err(|e| internal(&e))?;
        let Some(name) = key.as_string().map(mlua::LuaString::to_string_lossy).filter(|name| is_name(name)) else {
            return Err(declaration("parameters have names: params = { text = param.text {} }").field("params"));
        };
        let param = value.as_userdata().and_then(|data| data.borrow::<Param>().ok());
        let Some(param) = param else {
            let message = format!("the parameter `{name}` must be made by param.*, such as param.text {{}}");
            return Err(declaration(&message).field(name));
        };
        out.push((param.order, ParamDecl { name, ..param.decl.clone() }));
    }
    out.sort_by_key(|(order, _)| *order);
    Ok(out.into_iter().map(|(_, decl)| decl).collect())
}

/// Letters, digits and `_`, no digit first: what `--set NAME=…` and `p.NAME` can say.
fn is_name(name: &str) -> bool {
    name.len() <= 60
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.starts_with(|c: char| !c.is_ascii_digit())
}

fn declaration(message: &str) -> ScriptError {
    ScriptError::new(ErrorCode::Declaration, message)
}

fn internal(e: &mlua::Error) -> ScriptError {
    ScriptError::new(ErrorCode::Internal, e.to_string())
}

/// The pipeline that the entry's chunk returned.
pub(super) fn returned(value: &LuaValue) -> Result<mlua::UserDataRef<Declared>, ScriptError> {
    let help = "end the script with: return studio.pipeline { title = …, params = { … }, run = function(p) … end }";
    let found = value.as_userdata().and_then(|data| data.borrow::<Declared>().ok());
    found.ok_or_else(|| declaration("the script does not return a pipeline").help(help))
}

/// What `param.*` and `run` see of one another: the values as a table that knows its names.
pub(super) fn values(lua: &Lua, decls: &[ParamDecl], given: &BTreeMap<String, Value>) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    for (name, value) in given {
        table.raw_set(name.as_str(), super::value::to_lua(lua, value, any())?)?;
    }
    let names = lua.create_sequence_from(decls.iter().map(|decl| decl.name.as_str()))?;
    lua.named_registry_value::<Function>(super::vm::SEAL_PARAMS)?.call((table, names))
}
