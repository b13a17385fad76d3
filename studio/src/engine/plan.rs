//! What a run would do, before it is run. Nothing is recorded and nothing is spent: free, local,
//! deterministic stages are run for real, elsewhere the slot's last result stands in.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use studio_plugin_sdk::{
    roles::Role,
    wire::{Action, Answer, Effect, Event, Outcome, PlanMode, StageCall},
};

use super::{
    context::{NodeCtx, RunCtx},
    drive::drive,
    forecast::{Shares, Spread, cost_of, limits_reached},
    naming::Named,
    nodes::serving_chain,
    older::{Found, found},
    open::{Engine, EngineError},
    params::{Prepared, context, prepare},
    run::RunOptions,
};
use crate::{
    host::{BlobAccess, Loaded, Serving, Sink},
    model::{Digest, Key, Money, NodeChange, NodeError, NodeState, Project, RunId, Slot, Source},
    script::{self, NodeHandle, StageSpec, Stages},
};

/// The error by which a script learns that a value cannot be known before the run.
const UNKNOWN: &str = "plan.unknown";
/// Most turns in which a stage is asked what it would call.
const MOST_TURNS: usize = 64;

/// What would become of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Its result is kept.
    Kept,
    /// It would run.
    WillRun,
    /// It would run unless what comes before it turns out as last time.
    MayRun,
    /// It cannot be said: what comes before it has never been made.
    Unknown,
}

/// A node of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Planned {
    /// The place, within the project.
    pub slot: String,
    /// The role.
    pub role: Role,
    /// Who would do it.
    pub plugin: String,
    /// What it is, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// What would become of it.
    pub verdict: Verdict,
    /// Why it would run: `new`, or `changed` where its place has a result of other inputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Its result was made by an older version, and stays in use since it was paid or approved.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub older: bool,
    /// How long such a stage usually takes on this box, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// The same, with what it may turn out to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Spread<f64>>,
    /// What it costs; none: nothing, or no price is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Spread<Money>>,
    /// It may cost something, and no price is known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unpriced: bool,
}

/// What a run would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// Its nodes, by place.
    pub nodes: Vec<Planned>,
    /// False: the script needs a value that is not known yet, and more comes after it.
    pub complete: bool,
    /// Seconds it would take, as far as this box's history tells.
    pub seconds: f64,
    /// The same, with what it may turn out to be.
    #[serde(default)]
    pub time: Spread<f64>,
    /// What it would cost, as far as prices are known.
    #[serde(default)]
    pub cost: Spread<Money>,
    /// Limits that it would or may come to, in a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<String>,
}

impl Engine {
    /// Plans a run of a project.
    pub async fn plan(&self, project: &Project) -> Result<Plan, EngineError> {
        let _lease = self.core.store.blobs().lease();
        let (planner, complete) = self.planned(project, None).await?;
        planner.finish(complete).await
    }

    /// What a project's script asks of a role, as far as it is known before a run. Nothing is asked of the role itself,
    /// and of what hangs on its results nothing is known.
    pub(super) async fn asked_of(&self, role: Role, project: &Project) -> Result<Vec<Asked>, EngineError> {
        let (planner, _) = self.planned(project, Some(role)).await?;
        planner.settled().await;
        let asked = std::mem::take(&mut *planner.asked.lock());
        Ok(asked)
    }

    async fn planned(&self, project: &Project, wanted: Option<Role>) -> Result<(Arc<Planner>, bool), EngineError> {
        let Prepared { source, params, profile, brand } = prepare(&self.core, project)?;
        let profile = profile.map(|named| named.profile).unwrap_or_default();
        let run = RunId::new("plan");
        let ctx = RunCtx::new(Arc::clone(&self.core), run, project.clone(), profile, RunOptions::default());
        let shares = Arc::new(Shares::learnt(&self.core.ledger)?);
        let (nodes, found, ran, asked) = (Mutex::default(), Arc::default(), Arc::default(), Arc::default());
        let planner = Arc::new(Planner { ctx, nodes, found, ran, shares, wanted, asked });
        let stages = Arc::clone(&planner) as Arc<dyn Stages>;
        let context = context(0, self.core.now_ms(), project, brand, stages);
        let complete = match script::run(source, params, context).await {
            Ok(_) => true,
            Err(e) if e.stage.as_ref().is_some_and(|s| s.error.code == UNKNOWN) => false,
            Err(e) => return Err(e.into()),
        };
        Ok((planner, complete))
    }
}

/// What a script asks of a role.
pub(super) struct Asked {
    /// The place.
    pub slot: Slot,
    /// Who would be asked, and the request as the profile in use wants it; none: it is made from what was never made
    /// yet.
    pub request: Option<(Serving, Value)>,
    /// It is made from what may turn out otherwise: its blobs are stand-ins.
    pub tainted: bool,
}

/// A value in a plan.
#[derive(Clone)]
struct Guess {
    /// None: it has never been made.
    value: Option<Value>,
    /// It may turn out otherwise.
    tainted: bool,
}

type Guessed = Shared<BoxFuture<'static, Result<Guess, NodeError>>>;

struct Planner {
    ctx: Arc<RunCtx>,
    nodes: Mutex<Vec<Guessed>>,
    found: Arc<Mutex<BTreeMap<Slot, Planned>>>,
    /// Results of stages that were run for the plan.
    ran: Arc<Mutex<HashMap<Key, Value>>>,
    /// What results cost before.
    shares: Arc<Shares>,
    /// Of this role only what it is asked is wanted.
    wanted: Option<Role>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// A node whose inputs are as good as known.
struct Question {
    slot: Slot,
    role: Role,
    label: String,
    chain: Vec<Serving>,
    request: Value,
    /// What it is made from may turn out otherwise.
    tainted: bool,
    /// Its caller was told something that may turn out otherwise; what is kept all the same does not hang on it.
    unsure: bool,
    ancestors: Vec<Key>,
}

impl Stages for Planner {
    fn stage(&self, spec: StageSpec) -> Result<NodeHandle, NodeError> {
        let core = Arc::clone(&self.ctx.core);
        let chain = serving_chain(&core, &spec)?;
        let slot = Slot::new(&self.ctx.project.id, &spec.scope, spec.role, spec.ordinal);
        let needed: BTreeSet<_> = spec.input.nodes().into_iter().collect();
        let mut nodes = self.nodes.lock();
        let inputs = needed.into_iter().filter_map(|h| Some((h, nodes.get(h.0 as usize)?.clone()))).collect();
        let asker = self.asker();
        let guess = async move { asker.guess(spec, slot, chain, inputs).await }.boxed().shared();
        nodes.push(guess.clone());
        let handle = NodeHandle(nodes.len() as u64 - 1);
        core.runtime.spawn(guess.map(drop));
        Ok(handle)
    }

    fn value(&self, node: NodeHandle) -> BoxFuture<'static, Result<Value, NodeError>> {
        let guess = self.nodes.lock().get(node.0 as usize).cloned();
        Box::pin(async move {
            let guess = match guess {
                Some(guess) => guess.await?,
                None => return Err(NodeError::permanent("script.handle", "this promise belongs to another run")),
            };
            guess.value.ok_or_else(|| NodeError::permanent(UNKNOWN, "not known before the run"))
        })
    }

    fn log(&self, _level: &str, _text: &str) {}
}

impl Planner {
    fn asker(&self) -> Asker {
        let (found, ran, shares) = (Arc::clone(&self.found), Arc::clone(&self.ran), Arc::clone(&self.shares));
        Asker { ctx: Arc::clone(&self.ctx), found, ran, shares, wanted: self.wanted, asked: Arc::clone(&self.asked) }
    }

    /// Waits for all nodes; false: one failed.
    async fn settled(&self) -> bool {
        let (mut next, mut well) = (0, true);
        loop {
            let guess = self.nodes.lock().get(next).cloned();
            let Some(guess) = guess else { return well };
            // A stage that fails in a plan fails in the run too, and says so there.
            well &= guess.await.is_ok();
            next += 1;
        }
    }

    async fn finish(&self, complete: bool) -> Result<Plan, EngineError> {
        let complete = self.settled().await && complete;
        let found = std::mem::take(&mut *self.found.lock());
        let calls_others = |slot: &Slot| {
            let below = Slot::named(format!("{slot}/"));
            found.range(&below..).next().is_some_and(|(first, _)| first.as_str().starts_with(below.as_str()))
        };
        let time = found
            .iter()
            .filter(|(slot, node)| matches!(node.verdict, Verdict::WillRun | Verdict::MayRun) && !calls_others(slot))
            .filter_map(|(_, node)| Some((node.verdict, node.time?)))
            .fold(Spread::<f64>::default(), |sum, (verdict, time)| {
                let low = if verdict == Verdict::WillRun { time.low } else { 0.0 };
                sum.and(Spread { low, ..time })
            })
            .over(self.ctx.core.config.cores);
        let nodes: Vec<_> = found.into_values().collect();
        let limits = limits_reached(&self.ctx.core, &self.ctx.project, &nodes)?;
        Ok(Plan { complete, seconds: time.likely, time, cost: cost_of(&nodes), limits, nodes })
    }
}

#[derive(Clone)]
struct Asker {
    ctx: Arc<RunCtx>,
    found: Arc<Mutex<BTreeMap<Slot, Planned>>>,
    ran: Arc<Mutex<HashMap<Key, Value>>>,
    shares: Arc<Shares>,
    wanted: Option<Role>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Asker {
    async fn guess(
        &self,
        spec: StageSpec,
        slot: Slot,
        chain: Vec<Serving>,
        inputs: Vec<(NodeHandle, Guessed)>,
    ) -> Result<Guess, NodeError> {
        let (mut values, mut tainted, mut unknown) = (BTreeMap::new(), false, false);
        for (handle, guess) in inputs {
            let guess = guess.await?;
            tainted |= guess.tainted;
            unknown |= guess.value.is_none();
            values.insert(handle, guess.value.unwrap_or(Value::Null));
        }
        if self.wanted == Some(spec.role) {
            let request = spec.input.filled(&|node| values.get(&node));
            let asked = |serving: &Serving| {
                let request = self.ctx.request(serving, spec.role, request, false)?;
                Ok::<_, NodeError>((serving.clone(), request))
            };
            let request = chain.first().filter(|_| !unknown).map(asked).transpose()?;
            self.asked.lock().push(Asked { slot, request, tainted });
            return Ok(Guess { value: None, tainted: true });
        }
        if unknown {
            self.note(&slot, spec.role, &spec.label, chain.first(), Verdict::Unknown, None);
            return Ok(Guess { value: None, tainted: true });
        }
        let request = spec.input.filled(&|node| values.get(&node));
        let (role, label) = (spec.role, spec.label);
        let ancestors = Vec::new();
        self.ask(Question { slot, role, label, chain, request, tainted, unsure: false, ancestors }).await
    }

    /// What would become of a node; boxed, since stages call stages.
    fn ask(&self, q: Question) -> BoxFuture<'_, Result<Guess, NodeError>> {
        Box::pin(async move {
            let core = &self.ctx.core;
            let steering = core.store.steering(&q.slot)?;
            let mut chain = Vec::new();
            for serving in &q.chain {
                let request = self.ctx.request(serving, q.role, q.request.clone(), !q.ancestors.is_empty())?;
                let named = core.namer.name(serving.clone(), q.role, request, steering.take.clone()).await?;
                if q.ancestors.contains(&named.key) {
                    return Err(NodeError::permanent("cycle", format!("{} waits for itself", q.slot.local())));
                }
                chain.push(named);
            }
            if let Some(Found { at, key, mut kept, older }) = found(core, &q.slot, &chain, false)? {
                if let Some(edit) = steering.edit_of(&key) {
                    kept.response = edit.response.clone();
                }
                let verdict = if q.tainted { Verdict::MayRun } else { Verdict::Kept };
                self.note(&q.slot, q.role, &q.label, Some(&chain[at].serving), verdict, None);
                if let Some(planned) = self.found.lock().get_mut(&q.slot).filter(|_| older) {
                    (planned.older, planned.plugin) = (true, kept.provenance.plugin);
                }
                return Ok(Guess { value: Some(kept.response), tainted: q.tainted });
            }
            let Some(named) = chain.into_iter().next() else {
                return Err(NodeError::permanent("plugin.unknown", "nobody serves this stage"));
            };
            self.missing(q, named).await
        })
    }

    async fn missing(&self, q: Question, named: Named) -> Result<Guess, NodeError> {
        let last = self.ctx.core.store.slot(&q.slot)?;
        let why = if last.is_some() { "changed" } else { "new" };
        let guessed = q.tainted || q.unsure;
        let verdict = if guessed { Verdict::MayRun } else { Verdict::WillRun };
        self.note(&q.slot, q.role, &q.label, Some(&named.serving), verdict, Some(why));
        self.estimate(&q.slot, &named).await;
        if !guessed && runs_in_plans(&named.serving) {
            return Ok(Guess { value: Some(self.run(&q, &named).await?), tainted: false });
        }
        if let Some(guess) = self.rehearse(&q, &named).await? {
            return Ok(guess);
        }
        let last = match last {
            Some(key) => self.ctx.core.store.kept(&key)?,
            None => None,
        };
        let value = last.map(|kept| stand_in(kept.response, &named.key));
        Ok(Guess { value, tainted: true })
    }

    /// Where this box has never seen such a stage, the plugin says how long it takes; and what it uses at most, where
    /// that costs money.
    async fn estimate(&self, slot: &Slot, named: &Named) {
        let paid = asks_for_money(&named.serving);
        if self.found.lock().get(slot).is_none_or(|planned| planned.time.is_some() && !paid) {
            return;
        }
        let (plugin, opening) = (Arc::clone(&named.serving.plugin), Arc::clone(&named.opening));
        let estimated = tokio::task::spawn_blocking(move || plugin.estimate(&opening)).await;
        // An estimate that fails says nothing about the run.
        let estimate = estimated.map(Result::unwrap_or_default).unwrap_or_default();
        let core = &self.ctx.core;
        let usage = estimate.usage.filter(|_| paid);
        let cost = usage.and_then(|usage| self.shares.priced(&core.ledger, &named.serving, &usage, core.now_ms()));
        if let Some(planned) = self.found.lock().get_mut(slot) {
            let guessed = estimate.seconds.filter(|s| s.is_finite() && *s >= 0.0).map(Spread::guessed);
            planned.time = planned.time.or(guessed);
            planned.seconds = planned.time.map(|time| time.likely);
            (planned.cost, planned.unpriced) = (cost, paid && cost.is_none());
        }
    }

    /// Runs a stage that is free, local and quick, without writing anything down.
    async fn run(&self, q: &Question, named: &Named) -> Result<Value, NodeError> {
        if let Some(value) = self.ran.lock().get(&named.key) {
            return Ok(value.clone());
        }
        let made = drive(&self.node(q, named), named).await?;
        self.ran.lock().insert(named.key.clone(), made.response.clone());
        Ok(made.response)
    }

    fn node(&self, q: &Question, named: &Named) -> Arc<NodeCtx> {
        NodeCtx::new(&self.ctx, q.slot.clone(), q.role, named.key.clone(), 1, false)
    }

    /// Lets a stage say which stages it would call, as long as it asks for nothing else. The guess is its
    /// own result where it comes that far.
    async fn rehearse(&self, q: &Question, named: &Named) -> Result<Option<Guess>, NodeError> {
        let core = &self.ctx.core;
        let plugin = &named.serving.plugin;
        if plugin.allowed.calls.is_empty() {
            return Ok(None);
        }
        let blobs = BlobAccess::new(core.blobs());
        let mut session = core.host.session(Arc::clone(plugin), Arc::clone(&named.opening), blobs, Arc::new(Silent));
        let mut turn = session.start().await?;
        let (mut told, mut unsure): (Vec<Vec<Event>>, bool) = (Vec::new(), q.unsure);
        for _ in 0..MOST_TURNS {
            if let Outcome::Done { response, .. } = turn.outcome {
                return Ok(Some(Guess { value: Some(stand_in(response, &named.key)), tainted: true }));
            }
            let (mut events, mut guessed) = (Vec::new(), unsure);
            for effect in &turn.effects {
                let Some((event, guess)) = self.answer(q, named, plugin, effect, unsure).await? else { continue };
                guessed |= guess;
                events.push(event);
            }
            unsure = guessed;
            if events.is_empty() || turn.outcome != Outcome::None {
                return Ok(None);
            }
            let before = &told;
            turn = session.resume(&events, || Ok(before.clone())).await?;
            told.push(events);
        }
        Ok(None)
    }

    /// The answer to an effect in a rehearsal, if it has one, and whether it may turn out otherwise.
    async fn answer(
        &self,
        q: &Question,
        named: &Named,
        plugin: &Loaded,
        effect: &Effect,
        unsure: bool,
    ) -> Result<Option<(Event, bool)>, NodeError> {
        let id = effect.id;
        match &effect.action {
            Action::Stage(call) => {
                let guess = self.ask(self.child(q, named, plugin, call, unsure)?).await?;
                let event = |response| Event { id, answer: Answer::Stage { response } };
                Ok(guess.value.map(|response| (event(response), guess.tainted)))
            }
            Action::Probe { program } => {
                let declared = plugin.allowed.programs.iter().find(|p| p.name == *program);
                let version = match declared {
                    Some(declared) => self.ctx.core.namer.programs.version(declared).await?,
                    None => None,
                };
                Ok(Some((Event { id, answer: Answer::Probe { version } }, false)))
            }
            _ => Ok(None),
        }
    }

    fn child(
        &self,
        q: &Question,
        named: &Named,
        plugin: &Loaded,
        call: &StageCall,
        unsure: bool,
    ) -> Result<Question, NodeError> {
        let registry = &self.ctx.core.namer.registry;
        let serving = registry.serving_call(plugin, call.role, call.provider.as_deref())?;
        let mut ancestors = q.ancestors.clone();
        ancestors.push(named.key.clone());
        Ok(Question {
            slot: q.slot.child(&call.id),
            role: call.role,
            label: call.label.clone(),
            chain: vec![serving],
            request: call.request.clone(),
            tainted: q.tainted,
            unsure,
            ancestors,
        })
    }

    fn note(
        &self,
        slot: &Slot,
        role: Role,
        label: &str,
        serving: Option<&Serving>,
        verdict: Verdict,
        why: Option<&'static str>,
    ) {
        let plugin = serving.map(|s| s.plugin.manifest.id.clone()).unwrap_or_default();
        let change = NodeChange {
            plugin: plugin.clone(),
            ..NodeChange::new(self.ctx.run.clone(), slot.clone(), role, NodeState::Waiting)
        };
        let time = if verdict == Verdict::Kept { None } else { self.ctx.core.history.spread(&change) };
        let slot_text = slot.local().to_owned();
        let planned = Planned {
            slot: slot_text,
            role,
            plugin,
            label: label.to_owned(),
            verdict,
            why: why.map(ToOwned::to_owned),
            seconds: time.map(|time| time.likely),
            time,
            cost: None,
            unpriced: false,
            older: false,
        };
        self.found.lock().insert(slot.clone(), planned);
    }
}

/// A third party's word that it is free is not taken, where it may ask somebody.
fn asks_for_money(serving: &Serving) -> bool {
    let strange = serving.plugin.source != Source::Shipped && !serving.plugin.allowed.net.is_empty();
    serving.stage().paid || strange
}

/// Local, free, deterministic, quick: it says so, and it may touch nothing else.
fn runs_in_plans(serving: &Serving) -> bool {
    let may = &serving.plugin.allowed;
    serving.stage().plan == PlanMode::Run && !serving.stage().paid && may.net.is_empty() && !may.deliver
}

/// A result from before with other blobs, so that nothing that hangs on it looks kept.
fn stand_in(mut response: Value, key: &Key) -> Value {
    fn walk(value: &mut Value, key: &Key) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|v| walk(v, key)),
            Value::Object(fields) => {
                if let (true, Some(Value::String(blob))) = (fields.contains_key("mime"), fields.get_mut("blob")) {
                    *blob = Digest::of(format!("{key}/{blob}").as_bytes()).hex();
                }
                fields.values_mut().for_each(|v| walk(v, key));
            }
            _ => {}
        }
    }
    walk(&mut response, key);
    response
}

struct Silent;

impl Sink for Silent {
    fn progress(&self, _share: f64, _label: String) {}
    fn log(&self, _level: u8, _text: String) {}
}
