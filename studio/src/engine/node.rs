//! One node of a run: its result from before, or the work for it; and the nodes that stages call.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use serde_json::Value;
use studio_plugin_sdk::{
    error::{ErrorKind, StageError},
    roles::Role,
    wire::StageCall,
};
use tracing::{Instrument, Span};

use super::{
    context::{NodeCtx, RunCtx},
    deliver,
    drive::{Made, drive},
    event::Live,
    jobs::{Cycle, JobResult},
    naming::Named,
    older::{Found, found},
    open::Core,
};
use crate::{
    host::{Loaded, Serving},
    model::{
        Generation, Kept, Key, NodeChange, NodeError, NodeState, Packed, Provenance, Record, Slot, Steering, digest_of,
    },
};

/// How deep stages may call stages.
const DEEPEST: usize = 8;
/// Most nodes that stages of one run may call.
const MOST_CALLED: usize = 10_000;
/// Tries of a stage whose failure may pass.
const TRIES: u32 = 3;

/// A result that is wanted.
pub struct Want {
    /// The place.
    pub slot: Slot,
    /// The role.
    pub role: Role,
    /// What it is, for people.
    pub label: String,
    /// Who may do it: the first that can.
    pub chain: Vec<Serving>,
    /// The request, not canonical yet.
    pub request: Packed,
    /// The node whose stage calls it; none: the script does.
    pub caller: Option<Key>,
    /// How many stages called one another to get here.
    pub depth: usize,
}

impl Want {
    fn change(&self, run: &RunCtx, named: Option<&Named>, state: NodeState) -> NodeChange {
        NodeChange {
            plugin: named
                .map_or_else(|| self.chain.first(), |n| Some(&n.serving))
                .map(|s| s.plugin.manifest.id.clone())
                .unwrap_or_default(),
            key: named.map(|n| n.key.clone()),
            ..NodeChange::new(run.run.clone(), self.slot.clone(), self.role, state).label(&self.label)
        }
    }
}

/// A result that was wanted.
#[derive(Clone)]
pub struct Obtained {
    /// Its name: of the one that was made, where one made by hand stands in its place.
    pub key: Key,
    /// The result.
    pub kept: Arc<Kept>,
    /// It was made by hand.
    pub by_hand: bool,
}

/// The wanted result, as the slot is steered: kept from before, shared with whoever makes it, or made now.
pub async fn obtain(run: &Arc<RunCtx>, want: Arc<Want>) -> Result<Obtained, NodeError> {
    let steering = run.core.store.steering(&want.slot)?;
    let outcome = obtain_any(run, &want, &steering).await.map_err(|e| with_grant_command(e, &want));
    if let Err(error) = &outcome {
        let change = NodeChange { error: Some(error.clone()), ..want.change(run, None, NodeState::Failed) };
        Box::pin(run.announce(change)).await?;
    }
    let (key, kept) = outcome?;
    if let Some(edit) = steering.edit_of(&key) {
        let kept =
            Kept { response: edit.response.clone(), digest: edit.digest, deliveries: Vec::new(), ..(*kept).clone() };
        return Ok(Obtained { key, kept: Arc::new(kept), by_hand: true });
    }
    if steering.has_stale_edit(&key) {
        let text = "what was made by hand here is not used: what it replaced has changed since";
        run.core.say(&run.run, Some(&want.slot), "warn", text)?;
    }
    Ok(Obtained { key, kept, by_hand: false })
}

/// What was not granted can be: the exact command.
fn with_grant_command(error: NodeError, want: &Want) -> NodeError {
    // Of a shipped plugin only what the settings have changed.
    let ungranted = want.chain.iter().find(|s| s.plugin.asked != *s.plugin.allowed);
    match ungranted {
        Some(serving) if error.code.starts_with("grant.") && error.help.is_empty() => {
            error.help(format!("studio plugin grant {}", serving.plugin.manifest.id))
        }
        _ => error,
    }
}

async fn obtain_any(run: &Arc<RunCtx>, want: &Want, steering: &Steering) -> Result<(Key, Arc<Kept>), NodeError> {
    let mut chain = Vec::with_capacity(want.chain.len());
    for serving in &want.chain {
        let request = run.request(serving, want.role, want.request.value(), want.caller.is_some())?;
        let take = steering.take.clone();
        // Boxed, as what follows is that is over before the result is waited for.
        chain.push(Box::pin(run.core.namer.name(serving.clone(), want.role, request, take)).await?);
    }
    // Boxed as well.
    if let Some(kept) = Box::pin(kept_before(run, want, &chain)).await? {
        return Ok(kept);
    }
    let last = chain.len().saturating_sub(1);
    // Held once: a future has room for what it is given twice.
    for (n, named) in chain.into_iter().map(Arc::new).enumerate() {
        let key = named.key.clone();
        match make(run, want, named).await {
            Err(error) if n < last && falls_through(&error) => {
                run.core.say(&run.run, Some(&want.slot), "warn", &format!("{error}; trying the next provider"))?;
            }
            outcome => return Ok((key, outcome?)),
        }
    }
    Err(NodeError::permanent("plugin.unknown", "nobody serves this stage"))
}

/// A budget that is reached is for a person to decide about: nobody else is asked instead.
fn falls_through(error: &NodeError) -> bool {
    !matches!(error.kind, ErrorKind::InvalidInput | ErrorKind::Permanent) && !error.is_over_budget()
}

/// The result that the place has from before; none: it is to be made.
async fn kept_before(run: &Arc<RunCtx>, want: &Want, chain: &[Named]) -> Result<Option<(Key, Arc<Kept>)>, NodeError> {
    let renews = run.options.refresh.renews(want.role);
    let Some(Found { at, key, kept, older }) = found(&run.core, &want.slot, chain, renews)? else { return Ok(None) };
    let named = Named { key: key.clone(), ..chain[at].clone() };
    Ok(Some((key, keep(run, want, &named, kept, older).await?)))
}

async fn keep(run: &Arc<RunCtx>, want: &Want, named: &Named, kept: Kept, older: bool) -> JobResult {
    if !kept.deliveries.is_empty() {
        let (blobs, root, files) = (run.core.blobs(), run.export_dir.clone(), kept.deliveries.clone());
        tokio::task::spawn_blocking(move || deliver::restore(&*blobs, &root, &files))
            .await
            .map_err(|e| NodeError::permanent("engine.lost", e.to_string()))??;
    }
    if run.core.store.slot(&want.slot)?.as_ref() != Some(&named.key) {
        let record = Record::SlotResult { slot: want.slot.clone(), key: named.key.clone() };
        run.core.store.append(vec![record]).await?;
    }
    run.kept.fetch_add(1, Ordering::Relaxed);
    let plugin = kept.provenance.plugin.clone();
    let change = NodeChange { plugin, older, ..want.change(run, Some(named), NodeState::Kept) };
    run.ended(&change);
    run.core.tell(Live::Kept(Box::new(change)));
    Ok(Arc::new(kept))
}

/// Goes on with a node that was begun before, at its place.
pub async fn take_up(run: &Arc<RunCtx>, slot: &Slot, named: Named) -> JobResult {
    let want = Want {
        slot: slot.clone(),
        role: named.opening.role,
        label: String::new(),
        chain: vec![named.serving.clone()],
        request: Packed::default(),
        caller: None,
        depth: 1,
    };
    let outcome = make(run, &want, Arc::new(named)).await.map_err(|e| with_grant_command(e, &want));
    if let Err(error) = &outcome {
        let failed = want.change(run, None, NodeState::Failed);
        run.announce(NodeChange { error: Some(error.clone()), ..failed }).await?;
    }
    outcome
}

/// Makes the result, or joins whoever is making it.
async fn make(run: &Arc<RunCtx>, want: &Want, named: Arc<Named>) -> JobResult {
    run.post(&Arc::new(want.change(run, Some(&named), NodeState::Ready)))?;
    let ctx = NodeCtx::new(run, want.slot.clone(), want.role, named.key.clone(), want.depth, true);
    let running = Arc::new(want.change(run, Some(&named), NodeState::Running));
    // Of the stage that calls it, where one does.
    let parent = Span::current();
    let begin = || work(ctx, Arc::clone(&named), running, parent);
    let began = run.core.jobs.join(&named.key, want.caller.as_ref(), begin);
    let share = began.map_err(|Cycle| {
        NodeError::permanent("cycle", format!("{} waits for itself", want.slot.local()))
            .help("its stage calls a stage that calls it: this is a fault of the plugin; tell its author")
    })?;
    let kept = share.wait().await?;
    if !share.began {
        Box::pin(made_elsewhere(run, want, &named)).await?;
    }
    Ok(kept)
}

/// Somebody else made the result, under another slot or in another run.
async fn made_elsewhere(run: &RunCtx, want: &Want, named: &Named) -> Result<(), NodeError> {
    let done = want.change(run, Some(named), NodeState::Done);
    run.ended(&done);
    let result = Record::SlotResult { slot: want.slot.clone(), key: named.key.clone() };
    run.core.store.append(vec![result, Record::Node(done)]).await?;
    Ok(())
}

/// The work for a result, once it is let in.
async fn work(ctx: Arc<NodeCtx>, named: Arc<Named>, running: Arc<NodeChange>, parent: Span) -> JobResult {
    // Boxed, as what follows is: each is there while the other is not.
    Box::pin(ctx.enter()).await;
    let (slot, plugin, role, key) = (&running.slot, &running.plugin, running.role.name(), &named.key);
    let span = tracing::info_span!(parent: parent, "node", slot = %slot, plugin, role, key = %key);
    Box::pin(let_in(ctx, named, running)).instrument(span).await
}

/// The work for a result, from its first turn to the record that keeps it.
async fn let_in(ctx: Arc<NodeCtx>, named: Arc<Named>, running: Arc<NodeChange>) -> JobResult {
    ctx.run.post(&running)?;
    let began = Instant::now();
    let seconds = || {
        let queued = ctx.queued.load(Ordering::Relaxed) as f64 / 1e6;
        (began.elapsed().as_secs_f64() - queued).max(0.0)
    };
    let _left = Left { core: Arc::clone(&ctx.core), key: named.key.clone() };
    let made = match drive_with_retries(&ctx, &named).await {
        Ok(made) => made,
        Err(error) => {
            ctx.core.ledger.failed(&named.key, &error, seconds(), ctx.core.now_ms())?;
            return Err(error);
        }
    };
    // Boxed, as it comes only when the waiting is over.
    Box::pin(keep_made(&ctx, &named, running, *made, seconds())).await
}

/// Keeps what was made, and tells of it.
async fn keep_made(ctx: &NodeCtx, named: &Named, running: Arc<NodeChange>, made: Made, seconds: f64) -> JobResult {
    let generation = ctx.core.ledger.done(&named.key, &made.usage, seconds, ctx.core.now_ms())?;
    let mut kept = kept(ctx, made, seconds);
    ctx.core.metrics.ran(&kept.provenance.plugin, ctx.role, seconds, &kept.usage);
    kept.provenance.asked = Some(named.asked());
    kept.provenance.paid = generation.as_ref().is_some_and(Generation::is_paid);
    let cost = generation.and_then(|generation| generation.cost);
    let done = NodeChange { state: NodeState::Done, seconds: Some(seconds), cost, ..Arc::unwrap_or_clone(running) };
    ctx.run.ended(&done);
    ctx.run.ran.fetch_add(1, Ordering::Relaxed);
    ctx.core.history.learn(&done);
    let result = Record::Result { key: named.key.clone(), kept: Box::new(kept.clone()) };
    let slot = Record::SlotResult { slot: ctx.slot.clone(), key: named.key.clone() };
    ctx.core.store.commit(vec![result, slot, Record::Node(done)]).await?;
    Ok(Arc::new(kept))
}

/// Work that is given up where it is leaves its generation behind as what it then is.
struct Left {
    core: Arc<Core>,
    key: Key,
}

impl Drop for Left {
    fn drop(&mut self) {
        self.core.ledger.left(&self.key);
    }
}

fn kept(ctx: &NodeCtx, made: Made, seconds: f64) -> Kept {
    let stage = made.plugin.stage(ctx.role);
    Kept {
        digest: digest_of(&made.response),
        response: made.response,
        usage: made.usage,
        deliveries: made.deliveries,
        provenance: Provenance {
            role: ctx.role,
            plugin: made.plugin.manifest.id.clone(),
            version: made.plugin.manifest.version.clone(),
            rev: stage.map_or(0, |s| s.rev),
            module: made.plugin.digest,
            at_ms: ctx.core.now_ms(),
            seconds,
            asked: None,
            paid: false,
            take: made.take,
        },
    }
}

/// The host has retried what may be retried at the effect; this takes the whole stage up again where the
/// failure may pass, from the last answer that was good.
async fn drive_with_retries(ctx: &Arc<NodeCtx>, named: &Named) -> Result<Box<Made>, NodeError> {
    let mut attempt = 1;
    loop {
        let error = match drive(ctx, named).await {
            Err(error) if attempt < TRIES && passes(&error) => error,
            outcome => return outcome,
        };
        Box::pin(pause(ctx, error, attempt)).await?;
        attempt += 1;
    }
}

/// Waits before a stage is taken up again, and says so.
async fn pause(ctx: &NodeCtx, error: NodeError, attempt: u32) -> Result<(), NodeError> {
    let pause = error.retry_after.unwrap_or(f64::from(1 << attempt)).clamp(0.0, 60.0);
    let text = format!("{error}; trying again in {pause:.0} s");
    ctx.core.say(&ctx.run.run, Some(&ctx.slot), "warn", &text)?;
    ctx.core.metrics.retried();
    let (slot, code) = (&ctx.slot, &error.code);
    tracing::info!(run = %ctx.run.run, slot = %slot, code, attempt, seconds = pause, "a stage is taken up again");
    tokio::time::sleep(Duration::from_secs_f64(pause)).await;
    Ok(())
}

/// Only what the host itself could not start may pass here: requests were repeated at the effect.
fn passes(error: &NodeError) -> bool {
    error.kind == ErrorKind::Transient && (error.code.starts_with("exec.") || error.code.starts_with("sandbox."))
}

/// Runs a stage that `plugin`'s stage calls, as a node of its own under the caller's slot.
pub async fn call(ctx: &NodeCtx, plugin: &Loaded, call: StageCall) -> Result<Value, StageError> {
    if !plugin.allowed.calls.contains(&call.role) {
        let message = format!("this plugin was not granted to call {}", call.role);
        return Err(StageError::permanent(message).code("grant.call"));
    }
    if ctx.depth >= DEEPEST {
        return Err(StageError::permanent(format!("stages call stages more than {DEEPEST} deep")).code("depth"));
    }
    if ctx.run.called.fetch_add(1, Ordering::Relaxed) >= MOST_CALLED {
        let message = format!("stages called more than {MOST_CALLED} stages in this run");
        return Err(StageError::permanent(message).code("plugin.calls"));
    }
    let registry = &ctx.core.namer.registry;
    let serving = registry.serving_call(plugin, call.role, call.provider.as_deref()).map_err(NodeError::from)?;
    let want = Want {
        slot: ctx.slot.child(&call.id),
        role: call.role,
        label: call.label,
        chain: vec![serving],
        request: Packed::new(&call.request),
        caller: Some(ctx.key.clone()),
        depth: ctx.depth + 1,
    };
    // Boxed: a stage's future holds those of the stages it calls.
    let obtained = Box::pin(obtain(&ctx.run, Arc::new(want))).await?;
    ctx.begun.store(true, Ordering::Relaxed);
    Ok(obtained.kept.response.clone())
}
