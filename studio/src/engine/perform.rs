//! One effect: what a plugin asked for, done in the world under its grant, within its permits.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use futures::{FutureExt, future::BoxFuture};
use studio_plugin_sdk::{
    error::StageError,
    roles::Role,
    usage::Usage,
    wire::{Action, Answer, Body, Effect, Exec, Http, Poll, Resource},
};

use super::{
    context::NodeCtx,
    deliver,
    journal::{Journal, what},
    ledger::{Ask, Reservation, Spender},
    node::call,
    permits::Order,
};
use crate::{
    effects::{
        Caller,
        exec::Signal,
        http::{BeforeSend, Notice, SendContext, is_idempotent},
    },
    host::{Loaded, Opening, Sink},
    model::{NodeError, Source},
};

/// How deep stages are that a script's own stage calls; deeper ones are steps of these.
const CALLED: usize = 2;

/// On whose behalf an effect is done, and where its intent is written.
pub struct Asker {
    /// The node.
    pub ctx: Arc<NodeCtx>,
    /// Its plugin.
    pub plugin: Arc<Loaded>,
    /// Its journal.
    pub journal: Journal,
    /// What the stage was started with.
    pub opening: Arc<Opening>,
}

/// May chunks or lines come of it, before its last answer?
pub fn has_pieces(action: &Action) -> bool {
    match action {
        Action::Http(http) => http.stream,
        action => matches!(action, Action::Exec(_)),
    }
}

/// Does an effect; its chunks and lines go to `pieces` before the last answer is given. Dropped, it is given up.
pub fn perform(
    asker: Asker,
    effect: Effect,
    pieces: Option<impl Fn(Answer) + Send + Sync + 'static>,
) -> BoxFuture<'static, Answer> {
    let piece = move |answer| {
        if let Some(piece) = &pieces {
            piece(answer);
        }
    };
    let effect = match effect.action {
        Action::Poll(poll) => return asker.poll(effect.id, poll),
        // Boxed, as the stage may wait for it for long: a future has room for what it is given twice.
        _ => Box::new(effect),
    };
    Box::pin(asker.perform(effect, piece).map(|answer| answer.unwrap_or_else(|error| Answer::Failed { error })))
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
    /// What may wait for long is small while it does: all that is done besides is boxed.
    async fn perform(self, effect: Box<Effect>, piece: impl Fn(Answer) + Send + Sync) -> Result<Answer, StageError> {
        if let Action::Http(http) = &effect.action {
            // A place first: thousands may wait for one, and what sends is not small.
            let _permit = self.ctx.core.permits.acquire(Resource::Net, 1, Order::Fresh).await;
            return Box::pin(self.send(&effect, http, &piece)).await;
        }
        let Self { ctx, plugin, journal, .. } = self;
        let id = effect.id;
        match effect.action {
            Action::Exec(exec) => Box::pin(run(&ctx, &plugin, &exec, &piece)).await,
            Action::Sleep { ms } => sleep(&ctx, &journal, id, ms).await,
            Action::Probe { program } => Box::pin(probe(&ctx, &plugin, &program)).await,
            Action::Stage(stage) => {
                Box::pin(call(&ctx, &plugin, stage)).await.map(|response| Answer::Stage { response })
            }
            Action::Deliver(_) if !plugin.allowed.deliver => {
                Err(denied("grant.deliver", "this plugin was not granted to deliver files"))
            }
            Action::Deliver(files) => {
                Box::pin(deliver::write(&ctx, &files)).await.map(|paths| Answer::Delivered { paths })
            }
            Action::Http(_) | Action::Poll(_) | Action::Partial(_) | Action::Cancel { .. } => {
                Err(StageError::permanent("this effect has no answer"))
            }
        }
    }

    /// Of a poll nothing is kept here but where its answer comes from: ten thousand may wait.
    fn poll(self, effect: u32, poll: Poll) -> BoxFuture<'static, Answer> {
        let (sending, caller, ctx) = (self.asking(effect), caller(&self.ctx, &self.plugin), Arc::clone(&self.ctx));
        let on_progress = Box::new(move |share| ctx.progress(share, String::new()));
        match self.ctx.core.http.poll(caller, poll, sending, on_progress) {
            Ok(polling) => Box::pin(polling.map(|answer| match answer {
                Ok(answer) => Answer::Http(answer),
                Err(error) => Answer::Failed { error },
            })),
            Err(error) => Box::pin(std::future::ready(Answer::Failed { error })),
        }
    }

    /// What the engine adds to a request that may be repeated: a key of its own, and words about waiting.
    fn asking(&self, effect: u32) -> SendContext {
        // Equal on every replay, so that a service that knows the key answers again instead of doing it again.
        let key = blake3::hash(format!("{}/{effect}", self.ctx.key).as_bytes()).to_hex();
        let ctx = Arc::clone(&self.ctx);
        let notice = Arc::new(move |notice: &Notice| ctx.log(2, notice.to_string()));
        SendContext { idempotency_key: key[..32].to_owned(), before_send: None, notice: Some(notice) }
    }

    /// The same for one that must not be: with its intent.
    fn context(&self, effect: &Effect, charge: Option<Arc<Reservation>>) -> SendContext {
        let (journal, intended) = (self.journal.clone(), effect.clone());
        let before_send: BeforeSend = Arc::new(move || {
            let (journal, intended, charge) = (journal.clone(), intended.clone(), charge.clone());
            Box::pin(async move {
                charge.map_or(Ok(()), |charge| charge.sending())?;
                journal.intent(&intended).await.map_err(StageError::from)
            })
        });
        SendContext { before_send: Some(before_send), ..self.asking(effect.id) }
    }

    async fn send(
        &self,
        effect: &Effect,
        http: &Http,
        piece: &(impl Fn(Answer) + Send + Sync),
    ) -> Result<Answer, StageError> {
        let ctx = &self.ctx;
        let charge = self.charge(effect, http).await?.map(Arc::new);
        if let Some(charge) = charge.as_ref().filter(|_| is_idempotent(http)) {
            // There is no intent of it, which would be written before it is sent: this is.
            charge.sending()?;
            ctx.core.store.commit(Vec::new()).await.map_err(NodeError::from)?;
        }
        let (caller, context) = (caller(ctx, &self.plugin), self.context(effect, charge.clone()));
        let answer = if http.stream {
            let mut on_chunk = |body: Body| piece(Answer::Chunk { body });
            ctx.core.http.stream(&caller, http, &context, &mut on_chunk).await
        } else {
            ctx.core.http.send(&caller, http, &context).await
        };
        if let Some(charge) = charge {
            charge.settle(answer.as_ref().map(|answer| answer.status))?;
        }
        Ok(Answer::Http(answer?))
    }

    /// Holds back what a request may cost; none: it costs nothing.
    async fn charge(&self, effect: &Effect, http: &Http) -> Result<Option<Reservation>, StageError> {
        let (ctx, plugin) = (&self.ctx, &self.plugin);
        if !ctx.journalled || !may_cost(plugin, ctx.role, http) {
            return Ok(None);
        }
        let at_most = match &http.at_most {
            Some(at_most) => Some(at_most.clone()),
            None => self.estimate().await,
        };
        let who = Spender {
            project: &ctx.run.project,
            run: &ctx.run.run,
            batch: ctx.run.options.batch.as_ref(),
            plugin: &plugin.manifest.id,
            source: &plugin.source,
        };
        let request = self.opening.request();
        let reserved = ctx.core.ledger.reserve(&Ask {
            who,
            slot: &ctx.slot,
            key: &ctx.key,
            role: ctx.role,
            effect: effect.id,
            service: &service_of(&http.url),
            what: what(&effect.action),
            at_most,
            request: &request,
            now_ms: ctx.core.now_ms(),
        });
        Ok(Some(reserved?))
    }

    /// What the stage says that it uses at most, where its request does not.
    async fn estimate(&self) -> Option<Usage> {
        let (plugin, opening) = (Arc::clone(&self.plugin), Arc::clone(&self.opening));
        let estimated = tokio::task::spawn_blocking(move || plugin.estimate(&opening)).await;
        estimated.ok()?.ok()?.usage
    }
}

async fn run(
    ctx: &NodeCtx,
    plugin: &Loaded,
    exec: &Exec,
    piece: &(impl Fn(Answer) + Send + Sync),
) -> Result<Answer, StageError> {
    let asked = Instant::now();
    // What a stage calls that was itself called is a step of it, and it has begun: the parts of a film's sound come before
    // the segments that were asked for beside it.
    let is_step = ctx.depth > CALLED;
    let order = if is_step || ctx.begun.load(Ordering::Relaxed) { Order::Begun } else { Order::Fresh };
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

/// May a request cost money? What only reads does not, unless its author gives it a bound. A shipped plugin's word that
/// a stage is free is taken; a third party's is not.
fn may_cost(plugin: &Loaded, role: Role, http: &Http) -> bool {
    let reads = ["GET", "HEAD"].iter().any(|method| http.method.eq_ignore_ascii_case(method));
    let paid = plugin.source != Source::Shipped || plugin.stage(role).is_some_and(|stage| stage.paid);
    http.at_most.is_some() || (paid && !reads)
}

/// `host` or `host:port` of an address.
pub fn service_of(url: &str) -> String {
    let Ok(url) = url::Url::parse(url) else { return String::new() };
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn denied(code: &str, message: &str) -> StageError {
    StageError::permanent(message).code(code)
}
