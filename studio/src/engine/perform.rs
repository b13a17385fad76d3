//! One effect: what a plugin asked for, done in the world under its grant, within its permits.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use futures::future::BoxFuture;
use studio_plugin_sdk::{
    error::StageError,
    wire::{Action, Answer, Body, Effect, Exec, Http, Resource},
};

use super::{
    deliver,
    journal::Journal,
    node::{NodeCtx, call},
    permits::Order,
};
use crate::{
    effects::{
        Caller,
        exec::Signal,
        http::{BeforeSend, Notice, SendContext},
    },
    host::{Loaded, Sink},
};

/// On whose behalf an effect is done, and where its intent is written.
pub struct Asker {
    /// The node.
    pub ctx: Arc<NodeCtx>,
    /// Its plugin.
    pub plugin: Arc<Loaded>,
    /// Its journal.
    pub journal: Journal,
}

/// Does an effect; chunks and lines go to `piece` before the last answer is given. Dropped, it is given up.
pub fn perform(
    asker: Asker,
    effect: Effect,
    piece: impl Fn(Answer) + Send + Sync + 'static,
) -> BoxFuture<'static, Answer> {
    Box::pin(async move {
        let sending = asker.context(&effect);
        let Asker { ctx, plugin, journal } = asker;
        let answer = match effect.action {
            Action::Http(http) => send(&ctx, &plugin, &http, &sending, &piece).await,
            Action::Poll(poll) => {
                let mut on_progress = |share| ctx.progress(share, String::new());
                ctx.core.http.poll(&caller(&ctx, &plugin), &poll, &sending, &mut on_progress).await.map(Answer::Http)
            }
            Action::Exec(exec) => run(&ctx, &plugin, &exec, &piece).await,
            Action::Sleep { ms } => sleep(&ctx, &journal, effect.id, ms).await,
            Action::Probe { program } => probe(&ctx, &plugin, &program).await,
            Action::Stage(stage) => call(&ctx, &plugin, stage).await.map(|response| Answer::Stage { response }),
            Action::Deliver(files) => {
                if plugin.allowed.deliver {
                    deliver::write(&ctx, &files).await.map(|paths| Answer::Delivered { paths })
                } else {
                    Err(denied("grant.deliver", "this plugin was not granted to deliver files"))
                }
            }
            Action::Partial(_) | Action::Cancel { .. } => Err(StageError::permanent("this effect has no answer")),
        };
        answer.unwrap_or_else(|error| Answer::Failed { error })
    })
}

/// Until a moment that a restart does not move: then only what is left of the pause is waited for.
async fn sleep(ctx: &NodeCtx, journal: &Journal, effect: u32, ms: u64) -> Result<Answer, StageError> {
    let left = journal.left_of_pause(effect, ms, ctx.core.now_ms()).await?;
    tokio::time::sleep(Duration::from_millis(left)).await;
    Ok(Answer::Woke {})
}

fn caller(ctx: &NodeCtx, plugin: &Loaded) -> Caller {
    Caller { plugin: plugin.manifest.id.clone(), node: ctx.slot.to_string(), allowed: Arc::clone(&plugin.allowed) }
}

impl Asker {
    /// What the engine adds to a request: a key of its own, its intent, and words about waiting.
    fn context(&self, effect: &Effect) -> SendContext {
        // Equal on every replay, so that a service that knows the key answers again instead of doing it again.
        let key = blake3::hash(format!("{}/{}", self.ctx.key, effect.id).as_bytes()).to_hex();
        let (journal, intended) = (self.journal.clone(), effect.clone());
        let before_send: BeforeSend = Arc::new(move || {
            let (journal, intended) = (journal.clone(), intended.clone());
            Box::pin(async move { journal.intent(&intended).await.map_err(StageError::from) })
        });
        let ctx = Arc::clone(&self.ctx);
        let notice = Arc::new(move |notice: &Notice| ctx.log(2, notice.to_string()));
        SendContext { idempotency_key: key[..32].to_owned(), before_send: Some(before_send), notice: Some(notice) }
    }
}

async fn send(
    ctx: &NodeCtx,
    plugin: &Loaded,
    http: &Http,
    context: &SendContext,
    piece: &(impl Fn(Answer) + Send + Sync),
) -> Result<Answer, StageError> {
    let _permit = ctx.core.permits.acquire(Resource::Net, 1, Order::Fresh).await;
    let caller = caller(ctx, plugin);
    let answer = if http.stream {
        let mut on_chunk = |body: Body| piece(Answer::Chunk { body });
        ctx.core.http.stream(&caller, http, context, &mut on_chunk).await?
    } else {
        ctx.core.http.send(&caller, http, context).await?
    };
    Ok(Answer::Http(answer))
}

async fn run(
    ctx: &NodeCtx,
    plugin: &Loaded,
    exec: &Exec,
    piece: &(impl Fn(Answer) + Send + Sync),
) -> Result<Answer, StageError> {
    let asked = Instant::now();
    let order = if ctx.begun.load(Ordering::Relaxed) { Order::Begun } else { Order::Fresh };
    let _permit = ctx.core.permits.acquire(Resource::Cpu, exec.threads.unwrap_or(1), order).await;
    ctx.begun.store(true, Ordering::Relaxed);
    ctx.queued.fetch_add(asked.elapsed().as_micros() as u64, Ordering::Relaxed);
    let mut on = |signal: Signal| match signal {
        Signal::Lines(lines) => piece(Answer::Lines { lines }),
        Signal::Progress(share) => ctx.progress(share, String::new()),
    };
    ctx.core.runner.run(&caller(ctx, plugin), exec, &mut on).await.map(Answer::Exit)
}

async fn probe(ctx: &NodeCtx, plugin: &Loaded, program: &str) -> Result<Answer, StageError> {
    let Some(declared) = plugin.allowed.programs.iter().find(|p| p.name == program) else {
        return Err(denied("grant.program", &format!("this plugin was not granted the program {program}")));
    };
    let version = ctx.core.namer.programs.version(declared).await?;
    Ok(Answer::Probe { version })
}

fn denied(code: &str, message: &str) -> StageError {
    StageError::permanent(message).code(code)
}
