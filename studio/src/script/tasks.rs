//! `studio.async`: functions that run beside the script, and how they are waited for.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use futures::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use mlua::{Function, Lua, Table, UserData, UserDataFields, Value as LuaValue};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::{
    error::{ErrorCode, ScriptError},
    flow::{Coroutine, Outcome, Raised},
    host::Host,
    scope::Path,
};

/// Registry name of the metatable of tasks.
pub(super) const TASK: &str = "studio.task";

/// A function that runs beside the script: what `studio.async` gives.
#[derive(Clone)]
pub(super) struct Task {
    outcome: Shared<BoxFuture<'static, Outcome>>,
    asked: Arc<AtomicBool>,
    scope: Path,
    number: u64,
}

impl UserData for Task {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        for name in ["__index", "__tostring", "__type"] {
            fields.add_meta_field_with(name, move |lua: &Lua| {
                lua.named_registry_value::<Table>(TASK)?.raw_get::<LuaValue>(name)
            });
        }
    }
}

/// The tasks of a run, in the order they were started.
#[derive(Default)]
pub(super) struct Tasks {
    all: Mutex<Vec<Task>>,
}

impl Tasks {
    /// Starts `body` beside the script.
    pub fn start(
        &self,
        host: &Arc<Host>,
        lua: &Lua,
        body: &Function,
        name: Option<String>,
    ) -> Result<Task, ScriptError> {
        host.must_run("studio.async")?;
        host.count_coroutine()?;
        let scope = {
            let mut scopes = host.scopes.lock();
            let current = scopes.current();
            let name = name.unwrap_or_else(|| format!("async-{}", scopes.next(&current, "async")));
            scopes.below(&name)?
        };
        let coroutine = Coroutine::new(host, lua, Arc::clone(&scope), body, ())
            .map_err(|e| ScriptError::new(ErrorCode::Internal, e.to_string()))?;
        let mut all = self.all.lock();
        let number = all.len() as u64;
        // The task only listens: were it to hold the coroutine, which may hold the task, neither would ever go.
        let (sender, receiver) = oneshot::channel();
        tokio::task::spawn_local(coroutine.map(|outcome| drop(sender.send(outcome))));
        let outcome = receiver.map(|sent| sent.unwrap_or(Ok(LuaValue::Nil))).boxed().shared();
        let task = Task { outcome, asked: Arc::default(), scope, number };
        all.push(task.clone());
        Ok(task)
    }

    /// Waits for a task. Only where it was started, or below by what was started later: so no two can wait for
    /// each other.
    pub async fn join(&self, host: &Host, task: Task) -> Result<LuaValue, Raised> {
        if self.may_join(&host.scope(), &task) {
            task.asked.store(true, Relaxed);
            return task.outcome.await.map_err(Raised::Script);
        }
        let message = "a task can only be waited for where it was started, or by what was started there after it";
        Err(ScriptError::new(ErrorCode::Promise, message).help("tasks that wait for each other would never end").into())
    }

    fn may_join(&self, from: &Path, task: &Task) -> bool {
        let home = &task.scope[..task.scope.len() - 1];
        if !from.starts_with(home) {
            return false;
        }
        let Some(branch) = from.get(..=home.len()) else { return true };
        self.all.lock().iter().rfind(|other| *other.scope == *branch).is_none_or(|other| other.number > task.number)
    }

    /// Waits for all of them; the first, in the order of starting, that failed without anybody having asked.
    pub async fn finish(&self) -> Outcome {
        let mut i = 0;
        loop {
            let Some(task) = self.all.lock().get(i).cloned() else { return Ok(LuaValue::Nil) };
            let outcome = task.outcome.clone().await;
            if !task.asked.load(Relaxed) {
                outcome?;
            }
            i += 1;
        }
    }
}
