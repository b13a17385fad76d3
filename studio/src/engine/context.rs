//! What the nodes of a run share, and what one of them has for itself while it works.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
};

use parking_lot::Mutex;
use serde_json::Value;
use studio_plugin_sdk::{roles::Role, wire::Partial};
use tracing::Span;

use super::{activity::Activity, captions, event::Live, open::Core, permits::Permit, run::RunOptions};
use crate::{
    host::{Serving, Sink},
    model::{Key, NodeChange, NodeError, NodeState, Profile, Project, Record, RunId, Slot},
    store::{Lease, Store},
};

/// Is shown what comes while a stage works.
pub type Listener = Box<dyn Fn(&Partial) + Send + Sync>;

/// What all nodes of a run share.
pub struct RunCtx {
    /// The engine.
    pub core: Arc<Core>,
    /// The run.
    pub run: RunId,
    /// Its project.
    pub project: Project,
    /// What is changed of the requests of its script.
    profile: Profile,
    /// Where its finished files go.
    pub export_dir: PathBuf,
    /// How it is to go.
    pub options: RunOptions,
    /// What its nodes do belongs to it, in logs and traces, until it has ended.
    span: Mutex<Span>,
    /// Is anything still going on in it?
    pub activity: Arc<Activity>,
    /// Nodes under way: what they are told if the run is cancelled.
    open: Mutex<BTreeMap<Slot, Arc<NodeChange>>>,
    /// Nodes that its stages called.
    pub(super) called: AtomicUsize,
    /// Who is shown what comes meanwhile, instead of all who listen.
    listener: OnceLock<Listener>,
    /// What its nodes put stays until a record names it.
    _lease: Lease,
    /// Nodes that ran, and nodes whose result was kept.
    pub(super) ran: AtomicUsize,
    pub(super) kept: AtomicUsize,
}

impl RunCtx {
    /// At the start of a run.
    pub fn new(core: Arc<Core>, run: RunId, project: Project, profile: Profile, options: RunOptions) -> Arc<Self> {
        let export_dir = core.export_dir(&project);
        let span = tracing::info_span!("run", id = %run, project = %project.id);
        let (open, called, activity) = (Mutex::default(), AtomicUsize::default(), Arc::default());
        let lease = core.store.blobs().lease();
        Arc::new(Self {
            core,
            run,
            project,
            profile,
            export_dir,
            options,
            span: Mutex::new(span),
            activity,
            open,
            called,
            listener: OnceLock::new(),
            _lease: lease,
            ran: 0.into(),
            kept: 0.into(),
        })
    }

    /// What its nodes show meanwhile is for this one alone.
    pub fn listen(&self, listener: Listener) {
        let _ = self.listener.set(listener);
    }

    /// What is done in it, for logs and traces.
    pub fn span(&self) -> Span {
        self.span.lock().clone()
    }

    /// It has ended, for logs and traces, whoever still holds on to this.
    pub fn end_span(&self) {
        *self.span.lock() = Span::none();
    }

    /// A request as it is made of who serves it: a script's as the profile wants it, and with the styles that it names
    /// in it; a stage's as it is.
    ///
    /// # Errors
    /// `caption.style`, `caption.font`: there is no style or font of a name.
    pub fn request(&self, serving: &Serving, role: Role, request: Value, of_stage: bool) -> Result<Value, NodeError> {
        if of_stage {
            return Ok(request);
        }
        let request = self.profile.apply(&serving.plugin.manifest.id, role, request);
        captions::put_in(&self.core, &self.project, role, request)
    }

    /// How many nodes ran, and how many were kept.
    pub fn counts(&self) -> (usize, usize) {
        (self.ran.load(Ordering::Relaxed), self.kept.load(Ordering::Relaxed))
    }

    /// A node's new state: journalled, then told. Only the last one is waited for: a node that goes on shows
    /// soon enough whether the store still takes anything.
    pub async fn announce(&self, change: NodeChange) -> Result<(), NodeError> {
        if change.state.is_final() {
            self.ended(&change);
            self.core.store.append(vec![Record::Node(change)]).await?;
            return Ok(());
        }
        self.post(&Arc::new(change))
    }

    /// The new state of a node under way: journalled, then told, some time soon.
    pub(super) fn post(&self, change: &Arc<NodeChange>) -> Result<(), NodeError> {
        self.core.working.note(change);
        let before = self.open.lock().insert(change.slot.clone(), Arc::clone(change));
        self.moved(before.as_deref(), change);
        Ok(self.core.store.post(vec![Record::Node((**change).clone())])?)
    }

    /// A node is not under way any more; whoever says so has it journalled and told.
    pub(super) fn ended(&self, change: &NodeChange) {
        self.core.working.note(change);
        let before = self.open.lock().remove(&change.slot);
        self.moved(before.as_deref(), change);
    }

    /// Says of every node under way that it is cancelled.
    pub async fn announce_cancelled(&self) -> Result<(), NodeError> {
        let open: Vec<_> = std::mem::take(&mut *self.open.lock()).into_values().collect();
        let records = open
            .into_iter()
            .map(|change| {
                let before = change.state;
                let cancelled = NodeChange { state: NodeState::Cancelled, ..Arc::unwrap_or_clone(change) };
                self.core.metrics.moved(Some(before), &cancelled);
                self.core.working.note(&cancelled);
                Record::Node(cancelled)
            })
            .collect::<Vec<_>>();
        if !records.is_empty() {
            self.core.store.append(records).await?;
        }
        Ok(())
    }

    fn moved(&self, before: Option<&NodeChange>, change: &NodeChange) {
        self.core.metrics.moved(before.map(|before| before.state), change);
        // What follows from another's failure would only repeat it.
        if let Some(error) = change.error.as_ref().filter(|e| change.state == NodeState::Failed && e.code != "upstream")
        {
            // Never the message: it may hold words of the user's, or of a service about them.
            let (code, kind, role) = (&error.code, error.kind, change.role.name());
            tracing::info!(run = %self.run, slot = %change.slot, plugin = change.plugin, role, code, ?kind, "node failed");
        }
    }
}

impl Drop for RunCtx {
    fn drop(&mut self) {
        // Those of a run that was stopped where it is.
        for change in self.open.get_mut().values() {
            self.core.metrics.left(change.state);
            self.core.working.forget(&change.slot);
        }
    }
}

/// What a running node needs to know.
pub struct NodeCtx {
    /// The engine.
    pub core: Arc<Core>,
    /// The run.
    pub run: Arc<RunCtx>,
    /// The place.
    pub slot: Slot,
    /// Its result's name.
    pub key: Key,
    /// The role.
    pub role: Role,
    /// Where finished files go.
    pub export_dir: PathBuf,
    /// How many stages called one another to get here.
    pub depth: usize,
    /// Microseconds that its programs waited for a permit: no time of theirs.
    pub queued: AtomicU64,
    /// It has run a program already, or a stage that it called has ended.
    pub begun: AtomicBool,
    /// It was let in, and has not had its first turn.
    entered: Mutex<Option<Permit>>,
    /// Are its turns and words written down? A plan writes nothing.
    pub journalled: bool,
}

impl NodeCtx {
    /// A node of a run that is about to begin.
    pub fn new(run: &Arc<RunCtx>, slot: Slot, role: Role, key: Key, depth: usize, journalled: bool) -> Arc<Self> {
        Arc::new(Self {
            core: Arc::clone(&run.core),
            run: Arc::clone(run),
            slot,
            key,
            role,
            export_dir: run.export_dir.clone(),
            depth,
            queued: AtomicU64::default(),
            begun: AtomicBool::default(),
            entered: Mutex::default(),
            journalled,
        })
    }

    /// Waits to be let in: of many nodes that could begin, few do at once, since each needs room.
    pub(super) async fn enter(&self) {
        let permit = self.core.permits.enter().await;
        *self.entered.lock() = Some(permit);
    }

    /// It has had its first turn, and waits for something or has ended: the next one may begin.
    pub fn let_next_in(&self) {
        *self.entered.lock() = None;
    }

    /// The store that its turns are journalled in.
    pub fn journalled(&self) -> Option<Store> {
        self.journalled.then(|| self.core.store.clone())
    }

    /// Shows something meanwhile.
    pub fn partial(&self, partial: &Partial) {
        if let Some(listener) = self.run.listener.get() {
            return listener(partial);
        }
        self.core.tell(Live::Partial {
            run: self.run.run.clone(),
            slot: self.slot.clone(),
            text: partial.text.clone(),
            preview: partial.preview.clone(),
        });
    }
}

impl Sink for NodeCtx {
    fn progress(&self, share: f64, label: String) {
        self.core.working.progress(&self.slot, share);
        let (run, slot) = (self.run.run.clone(), self.slot.clone());
        self.core.tell(Live::Progress { run, slot, role: self.role, share, label });
    }

    fn log(&self, level: u8, text: String) {
        tracing::debug!(slot = %self.slot, level, "{text}");
        if level >= 2 && self.journalled {
            let level = ["trace", "debug", "info", "warn", "error"][usize::from(level.min(4))];
            // What is wrong with the store shows elsewhere.
            let _ = self.core.say(&self.run.run, Some(&self.slot), level, &text);
        }
    }
}
