//! One VM: Luau without what is not deterministic or not safe, with the API in its place.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use mlua::{
    FromLuaMulti, Function, IntoLuaMulti, Lua, LuaOptions, MultiValue, StdLib, Table, UserDataRef, Value as LuaValue,
    VmState, WeakLua,
};
use studio_plugin_sdk::roles::Role;

use super::{
    error::{ErrorCode, ScriptError},
    fault,
    flow::{self, Raised},
    host::Host,
    input,
    modules::Modules,
    pipeline,
    promise::{self, Promise},
    shape::Record,
    stage,
    tasks::{self, Task, Tasks},
    value,
};

/// Registry name of the prelude's function that makes the table of parameters.
pub(super) const SEAL_PARAMS: &str = "studio.seal_params";

const PRELUDE: &str = include_str!("prelude.lua");

/// A VM with the API in it.
pub(super) struct Vm {
    pub lua: Lua,
    pub host: Arc<Host>,
    pub tasks: Arc<Tasks>,
}

/// What a function of the Rust side gives to the prelude: `true` and the results, or `false` and the error.
fn answer<R: IntoLuaMulti>(lua: &Lua, given: Result<R, ScriptError>) -> mlua::Result<MultiValue> {
    match given {
        Ok(given) => {
            let mut all = given.into_lua_multi(lua)?;
            all.push_front(LuaValue::Boolean(true));
            Ok(all)
        }
        Err(e) => (false, fault::to_lua(lua, &e)?).into_lua_multi(lua),
    }
}

impl Vm {
    /// A VM for `host`'s script, with nothing run yet.
    pub fn new(host: Arc<Host>, project: &serde_json::Value, brand: &serde_json::Value) -> mlua::Result<Self> {
        let libs = StdLib::COROUTINE
            | StdLib::TABLE
            | StdLib::STRING
            | StdLib::UTF8
            | StdLib::BIT
            | StdLib::MATH
            | StdLib::BUFFER
            | StdLib::VECTOR
            | StdLib::DEBUG;
        let lua = Lua::new_with(libs, LuaOptions::default())?;
        let vm = Self { lua, host, tasks: Arc::default() };
        vm.install(project, brand)?;
        vm.lua.sandbox(true)?;
        vm.lua.set_memory_limit(vm.host.limits.memory)?;
        let host = Arc::clone(&vm.host);
        vm.lua.set_interrupt(move |lua| match host.watch.check(|| host.place(lua)) {
            Ok(()) => Ok(VmState::Continue),
            Err(e) => Err(mlua::Error::external(e)),
        });
        Ok(vm)
    }

    fn install(&self, project: &serde_json::Value, brand: &serde_json::Value) -> mlua::Result<()> {
        let lua = &self.lua;
        lua.set_named_registry_value(value::SEALS, lua.create_table()?)?;
        let exports: Table = lua.load(PRELUDE).set_name("=studio").call(self.functions(brand)?)?;
        lua.set_named_registry_value(promise::META, exports.raw_get::<Table>("promise")?)?;
        lua.set_named_registry_value(tasks::TASK, exports.raw_get::<Table>("task")?)?;
        lua.set_named_registry_value(flow::GUARD, exports.raw_get::<Function>("guard")?)?;
        lua.set_named_registry_value(fault::ERROR, exports.raw_get::<Table>("error")?)?;
        lua.set_named_registry_value(value::SEAL, exports.raw_get::<Function>("seal")?)?;
        lua.set_named_registry_value(SEAL_PARAMS, exports.raw_get::<Function>("seal_params")?)?;
        let globals = lua.globals();
        for entry in super::api::entries() {
            let function: Function = exports.raw_get::<Table>("globals")?.raw_get(entry.name)?;
            match entry.name.split_once('.') {
                None => globals.raw_set(entry.name, function)?,
                Some((table, name)) => {
                    if globals.raw_get::<LuaValue>(table)?.is_nil() {
                        globals.raw_set(table, lua.create_table()?)?;
                    }
                    globals.raw_get::<Table>(table)?.raw_set(name, function)?;
                }
            }
        }
        globals.raw_get::<Table>("studio")?.raw_set("null", LuaValue::NULL)?;
        globals.raw_set("project", value::to_lua(lua, project, super::shape::any())?)
    }

    /// The Rust side of the prelude.
    fn functions(&self, brand: &serde_json::Value) -> mlua::Result<Table> {
        let (lua, rt) = (&self.lua, self.lua.create_table()?);
        rt.raw_set("roles", lua.create_sequence_from(Role::ALL.map(Role::name))?)?;
        rt.raw_set("params", lua.create_sequence_from(pipeline::KINDS)?)?;
        self.declaring(&rt)?;
        self.staging(&rt)?;
        self.waiting(&rt)?;
        self.telling(&rt)?;
        let brand = brand.clone();
        self.bind(&rt, "brand", move |_, lua, _| {
            value::to_lua(lua, &brand, super::shape::of_brand()).map_err(|e| unfit(&e))
        })?;
        Ok(rt)
    }

    /// A function of the Rust side whose errors carry the line of the script that called it.
    fn bind<F, R>(&self, rt: &Table, name: &str, function: F) -> mlua::Result<()>
    where
        F: Fn(&Arc<Host>, &Lua, MultiValue) -> Result<R, ScriptError> + Send + 'static,
        R: IntoLuaMulti,
    {
        let host = Arc::clone(&self.host);
        let bound = self.lua.create_function(move |lua, args: MultiValue| {
            answer(lua, function(&host, lua, args).map_err(|e| e.at(host.place(lua))))
        })?;
        rt.raw_set(name, bound)
    }

    fn declaring(&self, rt: &Table) -> mlua::Result<()> {
        self.bind(rt, "param", |host, lua, args| {
            let (kind, argument): (String, LuaValue) = taken(lua, args)?;
            pipeline::param(host, &kind, &argument)
        })?;
        self.bind(rt, "pipeline", |_, lua, args| pipeline::pipeline(&taken(lua, args)?))?;
        let modules = Modules::default();
        self.bind(rt, "require", move |host, lua, args| {
            let name: LuaValue = taken(lua, args)?;
            modules.require(host, lua, &name)
        })
    }

    fn staging(&self, rt: &Table) -> mlua::Result<()> {
        self.bind(rt, "stage", |host, lua, args| {
            let (role, argument): (String, LuaValue) = taken(lua, args)?;
            let role = Role::from_name(&role).ok_or_else(|| ScriptError::new(ErrorCode::Internal, role))?;
            stage::call(host, lua, role, &argument)
        })?;
        self.bind(rt, "clip", |host, lua, args| stage::clip(host, lua, &taken(lua, args)?))?;
        self.bind(rt, "review", |host, lua, args| {
            let (handle, options): (LuaValue, Option<Table>) = taken(lua, args)?;
            stage::review(host, &handle, options.as_ref())
        })?;
        self.bind(rt, "project", |_, lua, args| {
            let (promise, key): (UserDataRef<Promise>, LuaValue) = taken(lua, args)?;
            promise.part(&key)
        })?;
        self.bind(rt, "unknown_field", |_, lua, args| {
            let (name, key, fields): (String, LuaValue, Vec<String>) = taken(lua, args)?;
            let fields = fields.into_iter().map(|name| (name, super::shape::Field::any())).collect();
            let key = key.to_string().unwrap_or_default();
            Err::<(), _>(input::unknown_field(&Record { name, doc: String::new(), fields }, &key))
        })
    }

    /// A function of the Rust side that waits. It is bound while `coroutine.yield`, which it keeps, is still there.
    fn bind_waiting<F, A, R>(&self, rt: &Table, name: &'static str, function: F) -> mlua::Result<()>
    where
        F: Fn(Arc<Host>, WeakLua, A) -> BoxFuture<'static, Result<R, Raised>> + Send + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti + 'static,
    {
        let host = Arc::clone(&self.host);
        let what = if matches!(name, "wait" | "join") { ":get()" } else { name };
        let bound = self.lua.create_async_function(move |lua, args: MultiValue| {
            let given = host.must_run(what).and_then(|()| taken::<A>(&lua, args));
            let weak = lua.weak();
            let started = given.map(|given| function(Arc::clone(&host), weak.clone(), given));
            drop(lua);
            let host = Arc::clone(&host);
            async move {
                let ended = match started {
                    Ok(work) => work.await,
                    Err(e) => Err(e.into()),
                };
                // Only a VM that is there can poll what it waits for.
                let Some(lua) = weak.try_upgrade() else { return Ok(MultiValue::new()) };
                match ended {
                    Ok(given) => answer(&lua, Ok(given)),
                    Err(Raised::Script(raised)) => (false, raised).into_lua_multi(&lua),
                    Err(Raised::Ours(e)) => answer::<()>(&lua, Err(e.at(host.place(&lua)))),
                }
            }
        })?;
        rt.raw_set(name, bound)
    }

    fn waiting(&self, rt: &Table) -> mlua::Result<()> {
        self.bind_waiting(rt, "wait", |host, lua, promise: UserDataRef<Promise>| {
            let promise = promise.clone();
            async move { flow::wait(&host, &lua, promise).await }.boxed()
        })?;
        self.bind_waiting(rt, "map", |host, lua, (list, body, options): (LuaValue, Function, Option<Table>)| {
            async move { flow::map(&host, &lua, list, body, options).await }.boxed()
        })?;
        self.bind_waiting(rt, "scene", |host, lua, (name, body): (LuaValue, Function)| {
            async move { flow::scene(&host, &lua, name, body).await }.boxed()
        })?;
        let tasks = Arc::clone(&self.tasks);
        self.bind_waiting(rt, "join", move |host, _, task: UserDataRef<Task>| {
            let (tasks, task) = (Arc::clone(&tasks), task.clone());
            async move { tasks.join(&host, task).await }.boxed()
        })?;
        let tasks = Arc::clone(&self.tasks);
        self.bind(rt, "start", move |host, lua, args| {
            let (body, options): (Function, Option<Table>) = taken(lua, args)?;
            let id = options.map_or(Ok(LuaValue::Nil), |o| o.raw_get::<LuaValue>("id")).unwrap_or(LuaValue::Nil);
            let name = if id.is_nil() { None } else { Some(stage::id(&id)?) };
            tasks.start(host, lua, &body, name)
        })
    }

    fn telling(&self, rt: &Table) -> mlua::Result<()> {
        self.bind(rt, "log", |host, lua, args| {
            let (text, level): (LuaValue, Option<String>) = taken(lua, args)?;
            let level = level.unwrap_or_else(|| "info".into());
            if !["debug", "info", "warn", "error"].contains(&level.as_str()) {
                return Err(ScriptError::new(ErrorCode::Input, "a level is debug, info, warn or error").field("level"));
            }
            host.log(&level, &text.to_string().unwrap_or_default());
            Ok(())
        })?;
        self.bind(rt, "now", |host, _, _| Ok(host.now_ms as f64 / 1000.0))?;
        self.bind(rt, "random", |host, lua, args| {
            let (low, high): (Option<f64>, Option<f64>) = taken(lua, args)?;
            let (low, high) = match (low, high) {
                (None, _) => return Ok(host.scopes.lock().random()),
                (Some(high), None) => (1.0, high.floor()),
                (Some(low), Some(high)) => (low.floor(), high.floor()),
            };
            if !(low <= high && high - low < super::params::MAX_SAFE) {
                return Err(ScriptError::new(ErrorCode::Runtime, "math.random: the interval is empty or too large"));
            }
            Ok(low + (host.scopes.lock().random() * (high - low + 1.0)).floor())
        })?;
        self.bind(rt, "randomseed", |host, lua, args| {
            host.scopes.lock().reseed(taken::<f64>(lua, args)?);
            Ok(())
        })?;
        self.bind(rt, "misuse", |_, lua, args| {
            let what: String = taken(lua, args)?;
            let message = format!("a promise is not known yet and cannot be {what}; use :get()");
            Err::<(), _>(ScriptError::new(ErrorCode::Promise, message))
        })?;
        self.bind(rt, "missing", |_, lua, args| {
            let (name, instead): (String, String) = taken(lua, args)?;
            Err::<(), _>(ScriptError::new(ErrorCode::Runtime, format!("there is no `{name}` in scripts")).help(instead))
        })?;
        let name = self.lua.create_function(|_, promise: UserDataRef<Promise>| Ok(promise.to_string()))?;
        rt.raw_set("name", name)?;
        let host = Arc::clone(&self.host);
        let mark = self.lua.create_function(move |lua, raised: LuaValue| {
            *host.last_place.lock() = host.place(lua);
            Ok(raised)
        })?;
        rt.raw_set("mark", mark)
    }
}

/// Arguments as types; a script's fault where they are not.
fn taken<T: FromLuaMulti>(lua: &Lua, args: MultiValue) -> Result<T, ScriptError> {
    T::from_lua_multi(args, lua).map_err(|e| unfit(&e))
}

fn unfit(e: &mlua::Error) -> ScriptError {
    let message = match e {
        mlua::Error::FromLuaConversionError { from, to, .. } => {
            let to = if to.contains("Promise") {
                "promise"
            } else if to.contains("Task") {
                "task"
            } else {
                to.as_str()
            };
            format!("an argument must be a {to}, not a {from}")
        }
        mlua::Error::UserDataTypeMismatch => "an argument is of another type".into(),
        other => other.to_string(),
    };
    ScriptError::new(ErrorCode::Input, message)
}
