//! `require`: modules of the pinned sources, rooted at the scripts folder, each run once.

use std::sync::Arc;

use mlua::{Lua, RegistryKey, Value as LuaValue};
use parking_lot::Mutex;

use super::{
    error::{ErrorCode, ScriptError, did_you_mean},
    fault,
    host::Host,
};

/// The modules of one VM, in the order they were asked for.
#[derive(Default)]
pub(super) struct Modules {
    known: Mutex<Vec<(String, State)>>,
}

enum State {
    Loading,
    Loaded(Arc<RegistryKey>),
}

impl Modules {
    /// What the module `name` (`lib.cards`) returns.
    pub fn require(&self, host: &Host, lua: &Lua, name: &LuaValue) -> Result<LuaValue, ScriptError> {
        let path = path_of(host, name)?;
        if let Some(key) = self.loaded(&path)? {
            return lua.registry_value(&key).map_err(|e| fault::from_mlua(host, &e));
        }
        self.known.lock().push((path.clone(), State::Loading));
        let loaded = Self::load(host, lua, &path);
        let mut known = self.known.lock();
        known.retain(|(other, state)| *other != path || !matches!(state, State::Loading));
        let (value, key) = loaded?;
        known.push((path, State::Loaded(Arc::new(key))));
        Ok(value)
    }

    fn load(host: &Host, lua: &Lua, path: &str) -> Result<(LuaValue, RegistryKey), ScriptError> {
        let text = host.source.files.get(path).map(String::as_str).unwrap_or_default();
        let value = match guarded(lua, path, text).map_err(|e| fault::from_mlua(host, &e))? {
            (true, value) => value,
            (false, raised) => return Err(fault::from_lua(host, lua, &raised)),
        };
        if value.is_nil() {
            let message = format!("the module {path} returns nothing");
            return Err(ScriptError::new(ErrorCode::Require, message).help("end it with return { … }"));
        }
        let key = lua.create_registry_value(&value).map_err(|e| fault::from_mlua(host, &e))?;
        Ok((value, key))
    }

    /// What a module gave, if it was run; an error while it still runs.
    fn loaded(&self, path: &str) -> Result<Option<Arc<RegistryKey>>, ScriptError> {
        let known = self.known.lock();
        let Some(index) = known.iter().position(|(known, _)| known == path) else { return Ok(None) };
        if let State::Loaded(key) = &known[index].1 {
            return Ok(Some(Arc::clone(key)));
        }
        let loading = known[index..].iter().filter(|(_, state)| matches!(state, State::Loading));
        let way = loading.map(|(path, _)| path.as_str()).chain([path]).collect::<Vec<_>>().join(" → ");
        Err(ScriptError::new(ErrorCode::Require, format!("modules require each other: {way}")))
    }
}

/// Runs a file's chunk: `true` and what it gave, or `false` and what it raised.
pub(super) fn guarded(lua: &Lua, path: &str, text: &str) -> mlua::Result<(bool, LuaValue)> {
    let chunk = lua.load(text).set_name(format!("={path}")).set_mode(mlua::chunk::ChunkMode::Text).into_function()?;
    lua.named_registry_value::<mlua::Function>(super::flow::GUARD)?.call(chunk)
}

/// The file of a module's name.
fn path_of(host: &Host, name: &LuaValue) -> Result<String, ScriptError> {
    let refused = |message: String| ScriptError::new(ErrorCode::Require, message);
    let LuaValue::String(name) = name else {
        return Err(refused("require takes a module's name: require(\"lib.cards\")".into()));
    };
    let name = name.to_string_lossy();
    let parts: Vec<_> = name.split('.').collect();
    let plain =
        |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if name.len() > 200 || !parts.iter().all(plain) {
        let shown: String = name.chars().take(60).collect();
        return Err(refused(format!("`{shown}` is no module's name"))
            .help("names are folders and a file below the scripts folder, joined by dots: require(\"lib.cards\")"));
    }
    let path = format!("{}.lua", parts.join("/"));
    if host.source.files.contains_key(&path) {
        return Ok(path);
    }
    let known: Vec<_> = host.source.files.keys().map(|p| p.trim_end_matches(".lua").replace('/', ".")).collect();
    let close = did_you_mean(&name, known.iter().map(String::as_str));
    Err(refused(format!("there is no module `{name}`: {path} is missing below the scripts folder{close}")))
}
