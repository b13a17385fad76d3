//! Loading and running: a VM on a thread of its own, which ends when nobody waits for it any more.

use std::{
    collections::{BTreeMap, HashMap},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::Ordering::Relaxed},
    thread,
    time::Duration,
};

use futures::future::{BoxFuture, FutureExt, join_all};
use mlua::Value as LuaValue;
use serde_json::Value;
use tokio::sync::{Notify, oneshot};

use super::{
    error::{ErrorCode, ScriptError},
    fault,
    flow::Coroutine,
    host::Host,
    input::Reader,
    lint::{self, Warning},
    modules,
    params::ParamDecl,
    pipeline,
    port::{NodeHandle, StageSpec, Stages},
    shape::any,
    source::ScriptSource,
    vm::Vm,
    watch::{Limits, Watch},
};
use crate::model::NodeError;

/// Stack of a VM's thread, in bytes: coroutines within coroutines take some.
const STACK: usize = 32 << 20;
/// Most bytes of one script file.
const MAX_FILE: usize = 1 << 20;

/// A pipeline as its script declares it.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// Its title.
    pub title: String,
    /// What it makes, in a line for people; empty: it does not say.
    pub help: String,
    /// Is it meant to be chosen as what a project begins with?
    pub template: bool,
    /// Its parameters, in the order of the source.
    pub params: Vec<ParamDecl>,
    /// What looks wrong in the script and is not refused.
    pub warnings: Vec<Warning>,
}

/// What a run is given beside script and parameters.
#[derive(Clone)]
pub struct RunContext {
    /// Where random numbers start: from the run's id.
    pub seed: u64,
    /// What `studio.now()` says: the run's start, in milliseconds since 1970.
    pub now_ms: i64,
    /// What the script may use.
    pub limits: Limits,
    /// What scripts see as `project`: a record, or null.
    pub project: Value,
    /// What `studio.brand()` gives: a record, or null.
    pub brand: Value,
    /// Who runs the stages.
    pub stages: Arc<dyn Stages>,
}

impl RunContext {
    /// With the usual limits, no project and no brand.
    pub fn new(seed: u64, now_ms: i64, stages: Arc<dyn Stages>) -> Self {
        Self { seed, now_ms, limits: Limits::default(), project: Value::Null, brand: Value::Null, stages }
    }
}

/// Runs a script far enough to know what it declares. Blocks for as long as that takes: 2 s of computing at most.
///
/// # Errors
/// A [`ScriptError`] with file, line and excerpt: it is not Lua, fails, or returns no pipeline.
pub fn load(source: &ScriptSource) -> Result<Pipeline, ScriptError> {
    let declared = loaded(source, |vm| {
        let declared = declare(vm)?;
        let (title, help, params) = (declared.title.clone(), declared.help.clone(), declared.params.clone());
        Ok(Pipeline { title, help, template: declared.template, params, warnings: Vec::new() })
    })?;
    Ok(Pipeline { warnings: lint::warnings(source), ..declared })
}

/// What a script returns that only computes: a table of data. Blocks for as long as that takes: 2 s at most.
///
/// # Errors
/// A [`ScriptError`] with file, line and excerpt: it is not Lua, fails, or returns what is no data.
pub fn data(source: &ScriptSource) -> Result<Value, ScriptError> {
    loaded(source, |vm| {
        let given = chunk(vm)?;
        let read = Reader::new(vm.host.limits.input_bytes).read(&given, any());
        let read = read.map_err(|e| ScriptError { message: format!("what it returns: {}", e.message), ..e })?;
        Ok(read.filled(&|_| None))
    })
}

/// Something of a script that is run without stages.
fn loaded<T: Send + 'static>(
    source: &ScriptSource,
    look: impl FnOnce(&Vm) -> Result<T, ScriptError> + Send + 'static,
) -> Result<T, ScriptError> {
    let limits = Limits { stretch: Duration::from_secs(2), ..Limits::default() };
    let watch = Arc::new(Watch::new(&limits));
    let context = RunContext { limits, ..RunContext::new(0, 0, Arc::new(NoStages)) };
    let owned = source.clone();
    let thread = spawn(move || look(&vm(owned, &context, watch)?))?;
    thread.join().unwrap_or_else(|_| Err(crashed())).map_err(|e| e.excerpted(source))
}

/// Runs a script to its end and gives what `run` returned, with the promises in it waited for. `params` are
/// what [`super::check_params`] gave. Dropped, it ends the script at its next step.
///
/// # Errors
/// A [`ScriptError`] with file, line and excerpt.
pub async fn run(
    source: ScriptSource,
    params: BTreeMap<String, Value>,
    context: RunContext,
) -> Result<Value, ScriptError> {
    let watch = Arc::new(Watch::new(&context.limits));
    let stop = Arc::new(Notify::new());
    let _end = EndOnDrop { watch: Arc::clone(&watch), stop: Arc::clone(&stop) };
    let (sender, answer) = oneshot::channel();
    let owned = source.clone();
    spawn(move || {
        let done = catch_unwind(AssertUnwindSafe(|| drive(owned, &params, &context, watch, &stop)));
        // Nobody waits for a cancelled run.
        drop(sender.send(done.unwrap_or_else(|_| Err(crashed()))));
        Ok(())
    })?;
    answer.await.unwrap_or_else(|_| Err(crashed())).map_err(|e| e.excerpted(&source))
}

struct EndOnDrop {
    watch: Arc<Watch>,
    stop: Arc<Notify>,
}

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.watch.cancel();
        self.stop.notify_one();
    }
}

fn spawn<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ScriptError> + Send + 'static,
) -> Result<thread::JoinHandle<Result<T, ScriptError>>, ScriptError> {
    let thread = thread::Builder::new().name("script".into()).stack_size(STACK).spawn(work);
    thread.map_err(|e| ScriptError::new(ErrorCode::Internal, format!("no thread for the script: {e}")))
}

/// The VM's thread: runs the script until it ends or is told to stop.
fn drive(
    source: ScriptSource,
    params: &BTreeMap<String, Value>,
    context: &RunContext,
    watch: Arc<Watch>,
    stop: &Notify,
) -> Result<Value, ScriptError> {
    let (waits, goes_on) = (Arc::clone(&context.stages), Arc::clone(&context.stages));
    let _ended = Ended(Arc::clone(&context.stages));
    context.stages.computes(true);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .on_thread_park(move || waits.computes(false))
        .on_thread_unpark(move || goes_on.computes(true))
        .build()
        .map_err(|e| ScriptError::new(ErrorCode::Internal, format!("no runtime for the script: {e}")))?;
    let vm = vm(source, context, watch)?;
    let local = tokio::task::LocalSet::new();
    let mut work = Box::pin(whole(&vm, params));
    let ended = local.block_on(&runtime, async {
        tokio::select! {
            biased;
            () = stop.notified() => Err(ScriptError::new(ErrorCode::Cancelled, "the run was cancelled")),
            ended = &mut work => ended,
        }
    });
    // Coroutines that still wait hold the VM, which holds them: they are ended one by one, which takes steps in the VM
    // that must not be interrupted.
    vm.lua.remove_interrupt();
    drop(work);
    drop(local);
    ended
}

/// A script that has ended computes no more.
struct Ended(Arc<dyn Stages>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.computes(false);
    }
}

async fn whole(vm: &Vm, params: &BTreeMap<String, Value>) -> Result<Value, ScriptError> {
    let host = &vm.host;
    let raised = |raised: LuaValue| fault::from_lua(host, &vm.lua, &raised);
    let (body, table) = {
        let declared = declare(vm)?;
        let table = pipeline::values(&vm.lua, &declared.params, params).map_err(|e| fault::from_mlua(host, &e))?;
        (declared.run.clone(), table)
    };
    host.running.store(true, Relaxed);
    let root = Coroutine::new(host, &vm.lua, host.scope(), &body, table).map_err(|e| fault::from_mlua(host, &e))?;
    let given = root.await;
    host.watch.outcome()?;
    let given = given.map_err(raised)?;
    vm.tasks.finish().await.map_err(raised)?;
    host.watch.outcome()?;
    let mut reader = Reader::new(host.limits.input_bytes);
    let result = reader
        .read(&given, any())
        .map_err(|e| ScriptError { message: format!("what `run` returns: {}", e.message), ..e })?;
    let mut nodes = result.nodes();
    nodes.sort_unstable();
    nodes.dedup();
    let values = join_all(nodes.iter().map(|node| host.stages.value(*node))).await;
    let mut known = HashMap::new();
    for (node, value) in nodes.into_iter().zip(values) {
        known.insert(node, value.map_err(|error| unreturned(&error))?);
    }
    Ok(result.filled(&|node| known.get(&node)))
}

/// A stage that failed after the script was through.
fn unreturned(error: &NodeError) -> ScriptError {
    let mut e = ScriptError::new(ErrorCode::Stage, error.to_string()).help(error.help.clone());
    e.stage = Some(Box::new(super::error::FailedStage { name: String::new(), error: error.clone() }));
    e
}

fn vm(source: ScriptSource, context: &RunContext, watch: Arc<Watch>) -> Result<Vm, ScriptError> {
    if let Some((file, _)) = source.files.iter().find(|(_, text)| text.len() > MAX_FILE) {
        return Err(ScriptError::new(ErrorCode::Limit, format!("{file} is over 1 MB")));
    }
    let stages = Arc::clone(&context.stages);
    let host = Host::new(source, stages, context.limits.clone(), watch, context.seed, context.now_ms);
    Vm::new(Arc::new(host), &context.project, &context.brand)
        .map_err(|e| ScriptError::new(ErrorCode::Internal, format!("the VM could not be made: {e}")))
}

/// Runs the entry's chunk, which returns a pipeline.
fn declare(vm: &Vm) -> Result<mlua::UserDataRef<pipeline::Declared>, ScriptError> {
    let given = chunk(vm)?;
    let entry = vm.host.source.entry.as_str();
    let text = vm.host.source.files.get(entry).map(String::as_str).unwrap_or_default();
    pipeline::returned(&given).map_err(|e| e.at(Some(last_line(entry, text))))
}

/// What the entry's chunk returns.
fn chunk(vm: &Vm) -> Result<LuaValue, ScriptError> {
    let (host, entry) = (&vm.host, vm.host.source.entry.as_str());
    let Some(text) = host.source.files.get(entry) else {
        return Err(ScriptError::new(ErrorCode::Require, format!("there is no script {entry}")));
    };
    let ended = modules::guarded(&vm.lua, entry, text);
    host.watch.outcome()?;
    match ended.map_err(|e| fault::from_mlua(host, &e))? {
        (true, given) => Ok(given),
        (false, raised) => Err(fault::from_lua(host, &vm.lua, &raised)),
    }
}

/// The last line with something on it.
fn last_line(entry: &str, text: &str) -> super::port::SourceLine {
    let line = text.trim_end().lines().count().max(1);
    super::port::SourceLine { file: entry.into(), line: u32::try_from(line).unwrap_or(u32::MAX) }
}

fn crashed() -> ScriptError {
    ScriptError::new(ErrorCode::Internal, "the script's thread ended unexpectedly")
        .help("this is a fault of studio: please report it with the script")
}

/// Stages for a script that only declares: none.
struct NoStages;

impl Stages for NoStages {
    fn stage(&self, spec: StageSpec) -> Result<NodeHandle, NodeError> {
        Err(NodeError::permanent("script.declaration", format!("{} is not run while loading", spec.role)))
    }

    fn value(&self, _: NodeHandle) -> BoxFuture<'static, Result<Value, NodeError>> {
        async { Err(NodeError::permanent("script.declaration", "nothing is run while loading")) }.boxed()
    }

    fn log(&self, _: &str, _: &str) {}
}
