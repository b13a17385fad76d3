//! The nodes that a script makes while it runs: each waits for its inputs, then for its result.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use futures::future::BoxFuture;
use parking_lot::Mutex;
use serde_json::Value;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

use super::{
    activity::Busy,
    context::RunCtx,
    gate,
    later::{Later, later},
    node::{Obtained, Want, obtain},
    open::Core,
};
use crate::{
    host::Serving,
    model::{NodeChange, NodeError, NodeState, Packed, Slot},
    script::{NodeHandle, StageSpec, Stages},
};

/// A node that waits for its inputs no longer than this does not say that it waits.
const MOMENT: Duration = Duration::from_millis(200);

/// All nodes of a run that its script made, by handle.
pub struct Nodes {
    ctx: Arc<RunCtx>,
    made: Mutex<Vec<Made>>,
    tasks: TaskTracker,
    cancel: CancellationToken,
}

/// What has come of a node, once something has.
pub type Answer = Result<Outcome, NodeError>;

/// What came of a node: its result, and what was wanted.
#[derive(Clone)]
pub struct Outcome {
    obtained: Obtained,
    want: Arc<Want>,
}

#[derive(Clone)]
struct Made {
    slot: Slot,
    answer: Later<Answer>,
}

impl Made {
    /// Waits, as somebody who is not counted as working.
    async fn wait(&self, ctx: &RunCtx) -> Result<Outcome, NodeError> {
        ctx.activity.answer(self.answer.clone()).await.unwrap_or_else(|| Err(NodeError::cancelled()))
    }

    /// Waits, as a node of the run.
    async fn needed(&self, busy: &Busy) -> Result<Outcome, NodeError> {
        busy.answer(self.answer.clone()).await.unwrap_or_else(|| Err(NodeError::cancelled()))
    }
}

impl Nodes {
    /// None yet.
    pub fn new(ctx: Arc<RunCtx>, cancel: CancellationToken) -> Self {
        Self { ctx, made: Mutex::default(), tasks: TaskTracker::new(), cancel }
    }

    /// Waits for all nodes: the first error that is not another's consequence.
    pub async fn finish(&self) -> Option<NodeError> {
        let mut errors = Vec::new();
        let mut next = 0;
        while let Some(made) = self.get(NodeHandle(next)) {
            errors.extend(made.wait(&self.ctx).await.err());
            next += 1;
        }
        let own = errors.iter().position(|e| e.code != "upstream").unwrap_or(0);
        (!errors.is_empty()).then(|| errors.swap_remove(own))
    }

    /// Gives up what is under way, and waits until nothing is.
    pub async fn stop(&self) {
        self.cancel.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn get(&self, node: NodeHandle) -> Option<Made> {
        self.made.lock().get(node.0 as usize).cloned()
    }

    /// A node whose answer `work` gives, beside the script. It counts as working until that is sent.
    fn add<F>(&self, slot: Slot, work: impl FnOnce(Busy) -> F) -> NodeHandle
    where
        F: Future<Output = (Result<Outcome, NodeError>, Busy)> + Send + 'static,
    {
        let (giver, answer) = later();
        let handle = {
            let mut made = self.made.lock();
            made.push(Made { slot, answer });
            NodeHandle(made.len() as u64 - 1)
        };
        let (cancel, work) = (self.cancel.clone(), work(self.ctx.activity.busy()));
        let given = async move {
            let (outcome, _busy) = work.await;
            giver.give(outcome);
        };
        let work = async move {
            tokio::select! {
                biased;
                () = cancel.cancelled() => (),
                () = given => (),
            }
        };
        self.tasks.spawn_on(work.instrument(self.ctx.span()), &self.ctx.core.runtime);
        handle
    }
}

impl Stages for Nodes {
    fn stage(&self, spec: StageSpec) -> Result<NodeHandle, NodeError> {
        let chain = serving_chain(&self.ctx.core, &spec)?;
        let slot = Slot::new(&self.ctx.project.id, &spec.scope, spec.role, spec.ordinal);
        let needed: BTreeSet<_> = spec.input.nodes().into_iter().collect();
        let inputs = needed.into_iter().filter_map(|h| self.get(h).map(|made| (h, made))).collect();
        let ctx = Arc::clone(&self.ctx);
        // Boxed, as is what else is over when the next begins: of ten thousand that wait for their results, each is to be
        // small.
        Ok(self.add(slot.clone(), |busy| {
            let wanted = Box::pin(wanted(Arc::clone(&ctx), busy, spec, slot, chain, inputs));
            async move {
                let (wanted, busy) = wanted.await;
                (obtained(&ctx, wanted).await, busy)
            }
        }))
    }

    fn review(&self, node: NodeHandle) -> Result<NodeHandle, NodeError> {
        let reviewed = self.get(node).ok_or_else(foreign)?;
        let ctx = Arc::clone(&self.ctx);
        Ok(self.add(reviewed.slot.clone(), |busy| async move { (pass(&ctx, &busy, &reviewed).await, busy) }))
    }

    fn value(&self, node: NodeHandle) -> BoxFuture<'static, Result<Value, NodeError>> {
        let (made, ctx) = (self.get(node), Arc::clone(&self.ctx));
        Box::pin(async move {
            let outcome = made.ok_or_else(foreign)?.wait(&ctx).await?;
            Ok(outcome.obtained.kept.response.clone())
        })
    }

    fn computes(&self, computes: bool) {
        self.ctx.activity.script(computes);
    }

    fn log(&self, level: &str, text: &str) {
        // What is wrong with the store shows at the next node.
        let _ = self.ctx.core.say(&self.ctx.run, None, level, text);
    }
}

fn foreign() -> NodeError {
    NodeError::permanent("script.handle", "this promise belongs to another run")
}

/// What comes of what is wanted.
async fn obtained(ctx: &Arc<RunCtx>, wanted: Result<Arc<Want>, NodeError>) -> Result<Outcome, NodeError> {
    let want = wanted?;
    let obtained = Box::pin(obtain(ctx, Arc::clone(&want))).await?;
    Ok(Outcome { obtained, want })
}

/// A result, once a person has approved it.
async fn pass(ctx: &Arc<RunCtx>, busy: &Busy, reviewed: &Made) -> Result<Outcome, NodeError> {
    let Outcome { obtained, want } = reviewed.needed(busy).await?;
    let obtained = gate::pass(ctx, &want, obtained, busy).await?;
    Ok(Outcome { obtained, want })
}

/// What is wanted, once its inputs are there.
async fn wanted(
    ctx: Arc<RunCtx>,
    busy: Busy,
    spec: StageSpec,
    slot: Slot,
    chain: Vec<Serving>,
    inputs: Vec<(NodeHandle, Made)>,
) -> (Result<Arc<Want>, NodeError>, Busy) {
    (once_there(&ctx, &busy, spec, slot, chain, inputs).await, busy)
}

async fn once_there(
    ctx: &RunCtx,
    busy: &Busy,
    spec: StageSpec,
    slot: Slot,
    chain: Vec<Serving>,
    inputs: Vec<(NodeHandle, Made)>,
) -> Result<Arc<Want>, NodeError> {
    let waiting = NodeChange::new(ctx.run.clone(), slot.clone(), spec.role, NodeState::Waiting).label(&spec.label);
    let mut gathered = Box::pin(gather(busy, inputs));
    // What is kept is there at once: a run in which nothing is made writes nothing of its nodes.
    let gathered = match tokio::time::timeout(MOMENT, &mut gathered).await {
        Ok(gathered) => gathered,
        Err(_) => {
            ctx.announce(waiting.clone()).await?;
            gathered.await
        }
    };
    let values = match gathered {
        Ok(values) => values,
        Err(error) => {
            ctx.announce(NodeChange { state: NodeState::Failed, error: Some(error.clone()), ..waiting }).await?;
            return Err(error);
        }
    };
    let request = Packed::new(&spec.input.filled(&|node| values.get(&node)));
    let want = Want { slot, role: spec.role, label: spec.label, chain, request, caller: None, depth: 1 };
    Ok(Arc::new(want))
}

/// The values of the inputs, or the error of the first that failed.
async fn gather(busy: &Busy, inputs: Vec<(NodeHandle, Made)>) -> Result<BTreeMap<NodeHandle, Value>, NodeError> {
    let mut values = BTreeMap::new();
    for (handle, made) in inputs {
        let outcome = made.needed(busy).await.map_err(|cause| upstream(&made.slot, &cause))?;
        values.insert(handle, outcome.obtained.kept.response.clone());
    }
    Ok(values)
}

fn upstream(slot: &Slot, cause: &NodeError) -> NodeError {
    if cause.code == "upstream" { cause.clone() } else { NodeError::upstream(slot.local(), cause) }
}

/// Who may serve a stage, in the order in which they are tried.
pub fn serving_chain(core: &Core, spec: &StageSpec) -> Result<Vec<Serving>, NodeError> {
    let registry = &core.namer.registry;
    if spec.providers.is_empty() {
        return Ok(vec![registry.serving(spec.role, None)?]);
    }
    spec.providers.iter().map(|p| registry.serving(spec.role, Some(p)).map_err(NodeError::from)).collect()
}
