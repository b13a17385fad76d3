//! Waiting, and coroutines side by side: `:get()`, `map`, `scene`. Each coroutine has a scope of its
//! own, so that slots do not depend on who is answered first.

use std::{
    collections::HashSet,
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use mlua::{Function, IntoLuaMulti, Lua, Table, Value as LuaValue, WeakLua};

use super::{
    error::{ErrorCode, ScriptError, did_you_mean},
    fault,
    host::Host,
    port::{PathPart, project},
    promise::Promise,
    scope::Path,
    shape::Shape,
    stage, value,
};

/// Registry name of the prelude's function that runs a coroutine's body and marks where it fails.
pub(super) const GUARD: &str = "studio.guard";

/// What a coroutine gave, or what it raised.
pub(super) type Outcome = Result<LuaValue, LuaValue>;

/// A coroutine in its scope.
pub(super) struct Coroutine {
    host: Arc<Host>,
    scope: Path,
    call: BoxFuture<'static, mlua::Result<(bool, LuaValue)>>,
}

impl Coroutine {
    /// `body(args…)` as a coroutine in `scope`, which is its own until it ends.
    pub fn new(
        host: &Arc<Host>,
        lua: &Lua,
        scope: Path,
        body: &Function,
        args: impl IntoLuaMulti,
    ) -> mlua::Result<Self> {
        let guard: Function = lua.named_registry_value(GUARD)?;
        let mut all = args.into_lua_multi(lua)?;
        all.push_front(LuaValue::Function(body.clone()));
        host.scopes.lock().open(&scope);
        Ok(Self { host: Arc::clone(host), scope, call: guard.call_async(all).boxed() })
    }
}

impl Future for Coroutine {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        let scope = Arc::clone(&self.scope);
        let before = self.host.scopes.lock().switch(scope);
        self.host.watch.begin();
        let polled = self.call.as_mut().poll(cx);
        self.host.scopes.lock().switch(before);
        self.host.watch.begin();
        polled.map(|ended| match ended {
            Ok((true, given)) => Ok(given),
            Ok((false, raised)) => Err(raised),
            Err(e) => Err(LuaValue::Error(Box::new(e))),
        })
    }
}

impl Drop for Coroutine {
    fn drop(&mut self) {
        self.host.scopes.lock().close(&self.scope);
    }
}

/// What ends a function of the API early: an error of ours, or whatever the script itself raised.
pub(super) enum Raised {
    Ours(ScriptError),
    Script(LuaValue),
}

impl From<ScriptError> for Raised {
    fn from(e: ScriptError) -> Self {
        Self::Ours(e)
    }
}

impl From<mlua::Error> for Raised {
    fn from(e: mlua::Error) -> Self {
        Self::Script(LuaValue::Error(Box::new(e)))
    }
}

/// The VM, for as long as nothing is waited for: a future that lives in a VM must not keep it alive.
pub(super) fn alive(lua: &WeakLua) -> Result<Lua, Raised> {
    lua.try_upgrade().ok_or_else(|| ScriptError::new(ErrorCode::Cancelled, "the run is over").into())
}

/// Waits for a promise: its value, as a script sees it. Yields even where the value is there already, so that where
/// a wait is possible does not depend on who was answered first.
pub(super) async fn wait(host: &Host, lua: &WeakLua, promise: Promise) -> Result<LuaValue, Raised> {
    let mut yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
    let result = host.stages.value(promise.node).await.map_err(|error| stage::failed(&promise, error))?;
    let lua = alive(lua)?;
    let found = project(&result, &promise.path);
    if found.is_none() && matches!(promise.shape, Shape::List(_)) && ends_in_field(&promise) {
        return Ok(LuaValue::Table(value::empty_list(&lua, 0)?));
    }
    Ok(value::to_lua(&lua, found.unwrap_or(&serde_json::Value::Null), promise.shape)?)
}

fn ends_in_field(promise: &Promise) -> bool {
    matches!(promise.path.last(), Some(PathPart::Field(_)))
}

/// How `map` treats its items.
struct MapOptions {
    limit: usize,
    collect: bool,
}

impl MapOptions {
    fn read(table: Option<&Table>) -> Result<Self, ScriptError> {
        let mut options = Self { limit: usize::MAX, collect: false };
        let Some(table) = table else { return Ok(options) };
        for pair in table.pairs::<LuaValue, LuaValue>() {
            let (key, value) = pair.map_err(|e| ScriptError::new(ErrorCode::Internal, e.to_string()))?;
            let name = key.as_string().map(mlua::LuaString::to_string_lossy).unwrap_or_default();
            match (name.as_str(), &value) {
                ("limit", LuaValue::Integer(limit)) if *limit >= 1 => options.limit = *limit as usize,
                ("limit", _) => return Err(wrong("limit", "`limit` must be a whole number from 1")),
                ("on_error", LuaValue::String(how)) if how.as_bytes() == b"collect" => options.collect = true,
                ("on_error", LuaValue::String(how)) if how.as_bytes() == b"raise" => options.collect = false,
                ("on_error", _) => return Err(wrong("on_error", "`on_error` must be \"raise\" or \"collect\"")),
                _ => {
                    let close = did_you_mean(&name, ["limit", "on_error"].into_iter());
                    return Err(wrong(&name, &format!("map has no option `{name}`{close}")));
                }
            }
        }
        Ok(options)
    }
}

fn wrong(field: &str, message: &str) -> ScriptError {
    ScriptError::new(ErrorCode::Input, message).field(field)
}

/// `body` over a list, each item a coroutine of its own: the results in the list's order, and with
/// `on_error = "collect"` a list of what failed.
pub(super) async fn map(
    host: &Arc<Host>,
    lua: &WeakLua,
    list: LuaValue,
    body: Function,
    options: Option<Table>,
) -> Result<(Table, LuaValue), Raised> {
    let options = MapOptions::read(options.as_ref())?;
    let known = match promised(&list) {
        Some(promise) => wait(host, lua, promise).await?,
        None => list,
    };
    let items = items(host, &known)?;
    let results = value::empty_list(&alive(lua)?, items.len())?;
    let failures = value::empty_list(&alive(lua)?, 0)?;
    let mut waiting = items.into_iter().enumerate();
    let mut running = FuturesUnordered::new();
    loop {
        while running.len() < options.limit
            && let Some((i, (id, scope, item))) = waiting.next()
        {
            let coroutine = Coroutine::new(host, &alive(lua)?, scope, &body, (item, i + 1))?;
            running.push(coroutine.map(move |outcome| (i + 1, id, outcome)));
        }
        match running.next().await {
            None => break,
            Some((i, _, Ok(given))) => results.raw_set(i, given)?,
            Some((i, id, Err(raised))) if options.collect => {
                failures.raw_push(failure(host, &alive(lua)?, i, id, raised)?)?;
                results.raw_set(i, LuaValue::NULL)?;
            }
            Some((_, _, Err(raised))) => return Err(Raised::Script(raised)),
        }
    }
    if !options.collect {
        return Ok((results, LuaValue::Nil));
    }
    let lua = alive(lua)?;
    Ok((kept(&lua, &results)?, LuaValue::Table(by_index(&lua, &failures)?)))
}

/// `{ index, id, error }`; the error is always a table.
fn failure(host: &Host, lua: &Lua, index: usize, id: String, raised: LuaValue) -> mlua::Result<Table> {
    let failure = lua.create_table()?;
    failure.raw_set("index", index)?;
    failure.raw_set("id", id)?;
    let error = match raised {
        LuaValue::Table(table) => LuaValue::Table(table),
        other => fault::to_lua(lua, &fault::from_lua(host, lua, &other))?,
    };
    failure.raw_set("error", error)?;
    Ok(failure)
}

/// The results of the items that did not fail.
fn kept(lua: &Lua, results: &Table) -> mlua::Result<Table> {
    let out = value::empty_list(lua, results.raw_len())?;
    for result in results.sequence_values::<LuaValue>() {
        let result = result?;
        if result != LuaValue::NULL {
            out.raw_push(result)?;
        }
    }
    Ok(out)
}

/// Failures in the order of the items, whoever failed first.
fn by_index(lua: &Lua, failures: &Table) -> mlua::Result<Table> {
    let mut sorted = Vec::new();
    for failure in failures.sequence_values::<Table>() {
        let failure = failure?;
        sorted.push((failure.raw_get::<i64>("index")?, failure));
    }
    sorted.sort_by_key(|(index, _)| *index);
    let out = value::empty_list(lua, sorted.len())?;
    for (_, failure) in sorted {
        out.raw_push(failure)?;
    }
    Ok(out)
}

fn promised(value: &LuaValue) -> Option<Promise> {
    value.as_userdata()?.borrow::<Promise>().ok().map(|promise| promise.clone())
}

type Item = (String, Path, LuaValue);

/// A list's items with their ids and scopes.
fn items(host: &Host, list: &LuaValue) -> Result<Vec<Item>, ScriptError> {
    let internal = |e: mlua::Error| ScriptError::new(ErrorCode::Internal, e.to_string());
    let LuaValue::Table(list) = list else {
        let message = format!("map takes a list, or a promise of one, not a {}", list.type_name());
        return Err(ScriptError::new(ErrorCode::Input, message));
    };
    let count = list.raw_len();
    if count == 0 && !list.is_empty() {
        let e = ScriptError::new(ErrorCode::Input, "map takes a list, and this table has names");
        return Err(e.help("for key, value in sorted(t) do … end goes through names in order"));
    }
    let (mut out, mut seen) = (Vec::with_capacity(count), HashSet::new());
    for i in 1..=count {
        let item: LuaValue = list.raw_get(i).map_err(internal)?;
        let given = match &item {
            LuaValue::Table(table) => table.raw_get::<LuaValue>("id").map_err(internal)?,
            _ => LuaValue::Nil,
        };
        let id = if given.is_nil() { i.to_string() } else { stage::id(&given)? };
        if !seen.insert(id.clone()) {
            let e = ScriptError::new(ErrorCode::Input, format!("two items of map have the id `{id}`"));
            return Err(e
                .field("id")
                .help("ids name the place of a result in the work: give each item one of its own"));
        }
        host.count_coroutine()?;
        let scope = host.scopes.lock().below(&id)?;
        out.push((id, scope, item));
    }
    Ok(out)
}

/// `body` in a scope of its own, waited for.
pub(super) async fn scene(host: &Arc<Host>, lua: &WeakLua, name: LuaValue, body: Function) -> Result<LuaValue, Raised> {
    let name = stage::id(&name)?;
    host.count_coroutine()?;
    let scope = host.scopes.lock().below(&name)?;
    let coroutine = Coroutine::new(host, &alive(lua)?, scope, &body, ())?;
    coroutine.await.map_err(Raised::Script)
}
