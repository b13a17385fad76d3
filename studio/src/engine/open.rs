//! Opening an engine: the store, the plugins, the effects, and what they share.

use std::{
    io::Read,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock, Weak},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::sync::{broadcast, watch};

use super::{
    active::{Active, Runs},
    batch::Batches,
    chat::Chats,
    command::Command,
    config::Config,
    event::Live,
    figures::MadeHere,
    history::History,
    jobs::Jobs,
    ledger::Ledger,
    metrics::Metrics,
    naming::{Named, Namer},
    once::Once,
    pack::PackError,
    permits::Permits,
    webhooks::Hooks,
    working::Working,
};
use crate::{
    effects::{
        exec::{Programs, Runner},
        http::{HttpClient, HttpOptions},
        sandbox::{self, Sandbox},
    },
    embedded,
    host::{Host, HostError, Loaded, Opening, Registry, Serving},
    model::{
        BatchId, BlobStore, Digest, Entry, Grant, NodeError, Project, Record, RunId, Seq, Slot, Source, StartedNode,
        allowed,
    },
    script::ScriptError,
    store::{SecretError, SecretVault, Store, StoreError},
};

/// How many events a slow front end may be behind before it must ask for them.
const BACKLOG: usize = 16_384;
/// How long a leaving engine waits for killed programs and for turns that nobody waits for.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// How many past events teach how long things take.
const TAUGHT_BY: u64 = 2_000;

/// What went wrong with a request to the engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A plugin.
    #[error(transparent)]
    Host(#[from] HostError),
    /// A script.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// A node.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// A packed project.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// A file or folder.
    #[error("{doing}: {error}")]
    Io {
        /// What was tried.
        doing: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// There is no such project, run or node.
    #[error("{0}")]
    NotFound(String),
    /// It cannot be done as things stand.
    #[error("{message}")]
    Refused {
        /// Stable, for programs.
        code: &'static str,
        /// Why.
        message: String,
        /// What to do about it.
        help: String,
    },
    /// A value that cannot be.
    #[error("{field}: {message}")]
    Invalid {
        /// Which.
        field: String,
        /// Why.
        message: String,
    },
}

impl EngineError {
    /// Stable, for programs.
    pub fn code(&self) -> String {
        match self {
            Self::Store(e) => e.code().into(),
            Self::Host(e) => e.code().into(),
            Self::Script(e) => e.code.as_str().into(),
            Self::Secret(e) => e.code().into(),
            Self::Node(e) => e.code.clone(),
            Self::Pack(e) => e.code().into(),
            Self::Io { error, .. } => match error.kind() {
                std::io::ErrorKind::StorageFull => "disk.full".into(),
                std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => "disk.readonly".into(),
                std::io::ErrorKind::NotFound => "file.missing".into(),
                _ => "disk.io".into(),
            },
            Self::NotFound(_) => "not_found".into(),
            Self::Refused { code, .. } => (*code).into(),
            Self::Invalid { .. } => "invalid_input".into(),
        }
    }

    /// What to do about it; may be empty.
    pub fn help(&self) -> String {
        match self {
            Self::Store(e) => e.help().into(),
            Self::Host(e) => e.help().into(),
            Self::Script(e) if e.excerpt.is_empty() => e.help.clone(),
            Self::Script(e) => format!("{}\n{}", e.help, e.excerpt).trim().to_owned(),
            Self::Secret(e) => e.help().into(),
            Self::Node(e) => e.help.clone(),
            Self::Pack(e) => e.help().into(),
            Self::Refused { help, .. } => help.clone(),
            Self::NotFound(_) => "`studio ls` shows what there is".into(),
            Self::Io { .. } | Self::Invalid { .. } => String::new(),
        }
    }

    /// It cannot be done as things stand.
    pub fn refused(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Refused { code, message: message.into(), help: help.into() }
    }

    /// A file or folder that failed while something was done.
    pub fn io(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let doing = doing.into();
        move |error| Self::Io { doing, error }
    }
}

/// What the parts of an engine share.
pub struct Core {
    /// What is kept.
    pub store: Store,
    /// Names of results.
    pub namer: Namer,
    /// Guests.
    pub host: Arc<Host>,
    /// Secrets, and the key that seals what must not be read later.
    pub vault: SecretVault,
    /// HTTP.
    pub http: Arc<HttpClient>,
    /// How programs are confined.
    pub sandbox: Arc<Sandbox>,
    /// Programs.
    pub runner: Runner,
    /// What may be used at once.
    pub permits: Permits,
    /// Work under way.
    pub jobs: Jobs,
    /// Runs under way.
    pub runs: Runs,
    /// How far the running nodes are.
    pub working: Working,
    /// Batches under way.
    pub batches: Batches,
    /// Answers under way in the chats of projects.
    pub chats: Chats,
    /// Where is told of what happens; none: nowhere.
    pub webhooks: OnceLock<Hooks>,
    /// Commands that were applied.
    pub once: Once,
    /// Held by who changes a project or starts a run: what was read stays true until it is written.
    pub changing: tokio::sync::Mutex<()>,
    /// What was spent, and what may be.
    pub ledger: Arc<Ledger>,
    /// Figures of what was made on this box.
    pub made: MadeHere,
    /// What is counted.
    pub metrics: Metrics,
    /// How long things take.
    pub history: Arc<History>,
    /// Counts what people have decided: whoever waits for a decision looks again.
    decided: watch::Sender<u64>,
    /// Where tasks run.
    pub runtime: tokio::runtime::Handle,
    /// What was told from outside.
    pub config: Config,
    live: broadcast::Sender<Live>,
}

impl Core {
    /// Milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as i64)
    }

    /// The blob store.
    pub fn blobs(&self) -> Arc<dyn BlobStore> {
        Arc::clone(self.store.blobs()) as Arc<dyn BlobStore>
    }

    /// Tells all who listen.
    pub fn tell(&self, live: Live) {
        // Nobody listening is no error.
        let _ = self.live.send(live);
    }

    /// A line in a run's log.
    pub fn say(&self, run: &RunId, slot: Option<&Slot>, level: &str, text: &str) -> Result<(), NodeError> {
        let (run, slot, level, text) = (run.clone(), slot.cloned(), level.to_owned(), text.to_owned());
        self.store.post(vec![Record::Log { run, slot, level, text }])?;
        Ok(())
    }

    /// Tells of every decision from now on.
    pub fn decisions(&self) -> watch::Receiver<u64> {
        self.decided.subscribe()
    }

    /// Something was decided.
    pub fn tell_decision(&self) {
        self.decided.send_modify(|n| *n += 1);
    }

    /// Where a project's finished files go.
    pub fn export_dir(&self, project: &Project) -> PathBuf {
        project.export_dir.clone().unwrap_or_else(|| self.config.home.join("exports").join(&project.slug))
    }

    /// Keeps bytes as a blob.
    pub fn keep_bytes(&self, bytes: &[u8]) -> std::io::Result<Digest> {
        keep_bytes(&self.store, bytes)
    }

    /// A node that was begun before, to go on with: by the module that it is pinned to.
    pub fn begun(&self, started: StartedNode) -> Result<Named, NodeError> {
        let plugin = self.module(&started)?;
        let role = started.start.role;
        let unknown = || HostError::Unknown(format!("plugin {} no longer serves {role}", plugin.manifest.id));
        let serving = Serving::of(Arc::clone(&plugin), role).ok_or_else(unknown)?;
        let (key, calls) = (started.key, self.namer.registry.calls(&serving));
        Ok(Named { key, calls, serving, opening: Arc::new(Opening::new(&started.start)) })
    }

    /// The module that a running node is pinned to, whatever the current one is.
    pub fn module(&self, started: &StartedNode) -> Result<Arc<Loaded>, NodeError> {
        let registry = &self.namer.registry;
        if let Some(loaded) = registry.by_digest(&started.module) {
            return Ok(loaded);
        }
        let stuck = |why: String| {
            let message = format!("the plugin that this stage began with cannot be loaded: {why}");
            NodeError::permanent("plugin.pinned", message)
                .help("it may have been billed; only a new take starts it anew")
        };
        let mut wasm = Vec::new();
        let mut file = self.store.blobs().open(&started.module).map_err(|e| stuck(e.to_string()))?;
        file.read_to_end(&mut wasm).map_err(|e| stuck(e.to_string()))?;
        let source = if started.third_party { Source::Module(started.module) } else { Source::Shipped };
        registry.pin(wasm, source, &self.store.grants()?).map_err(|e| stuck(e.to_string()))
    }
}

fn keep_bytes(store: &Store, bytes: &[u8]) -> std::io::Result<Digest> {
    let digest = Digest::of(bytes);
    if store.blobs().hold(&digest) {
        return Ok(digest);
    }
    let mut sink = store.blobs().create()?;
    sink.write(bytes)?;
    sink.finish()
}

/// The engine, for front ends. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(super) core: Arc<Core>,
    /// What it acts for; none: nobody's command.
    pub(super) command: Option<Arc<Command>>,
}

impl Engine {
    /// Opens the store and loads the shipped plugins.
    pub async fn open(config: Config) -> Result<Self, EngineError> {
        let home = config.home.clone();
        let store = Store::open(&home)?;
        let blobs = Arc::clone(store.blobs()) as Arc<dyn BlobStore>;
        let vault = SecretVault::new(store.clone(), &config.key_file);
        let scratch = home.join("scratch");
        sandbox::clean(&scratch).map_err(EngineError::io("clearing the scratch folder"))?;
        let sandbox = Sandbox::new(scratch, config.sandbox.clone());
        let versions = home.join("cache/versions.json");
        let programs = Programs::remembering(&config.path, Arc::clone(&sandbox), &versions);
        let runner = Runner::new(Arc::clone(&blobs), Arc::clone(&sandbox), Arc::clone(&programs));
        let http = Arc::new(HttpClient::new(blobs, Arc::new(vault.clone()), HttpOptions::default()));
        let registry = Registry::new(&home.join("cache"), config.defaults.clone())
            .map_err(EngineError::io("making the compile cache"))?
            .with_settings(config.settings.clone());
        let grants = store.grants()?;
        load_shipped(&registry, &grants)?;
        load_own(&store, &registry, &own_plugins(&home), &grants)?;
        for id in config.settings.plugins.keys().filter(|id| registry.get(id).is_none()) {
            tracing::warn!("config.toml has settings for {id}, and there is no such plugin");
        }
        keep_modules(&store)?;
        let history = Arc::new(History::from_entries(&recent_events(&store)?));
        let prices =
            config.settings.prices().map_err(|message| EngineError::Invalid { field: "price".into(), message })?;
        let ledger = Arc::new(Ledger::new(store.clone(), config.settings.budget.clone(), prices));
        let metrics = Metrics::new(http.tally());
        let (live, _) = broadcast::channel(BACKLOG);
        let entries = store.subscribe();
        let core = Core {
            namer: Namer { registry: Arc::new(registry), programs },
            host: Arc::new(Host::new(config.cores).map_err(EngineError::io("starting threads"))?),
            vault,
            http,
            sandbox,
            runner,
            permits: Permits::new(config.cores),
            jobs: Jobs::default(),
            runs: Runs::default(),
            batches: Batches::default(),
            chats: Chats::default(),
            working: Working::default(),
            webhooks: OnceLock::new(),
            once: Once::default(),
            changing: tokio::sync::Mutex::default(),
            made: MadeHere::default(),
            metrics,
            history,
            ledger,
            decided: watch::Sender::new(0),
            runtime: tokio::runtime::Handle::current(),
            store,
            config,
            live,
        };
        let core = Arc::new(core);
        forward(entries, core.store.last_seq(), Arc::downgrade(&core));
        let plugins = core.namer.registry.all().len();
        tracing::info!(store = %home.display(), seq = core.store.last_seq(), plugins, "store opened");
        let engine = Self { core, command: None };
        // Boxed: every call that may have to open a store would have room for it.
        Box::pin(engine.recover_chats()).await?;
        engine.start_webhooks().await?;
        engine.start_keeping();
        Ok(engine)
    }

    /// Everything that happens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Live> {
        self.core.live.subscribe()
    }

    /// The plugins.
    pub fn plugins(&self) -> &Registry {
        &self.core.namer.registry
    }

    /// The store's folder.
    pub fn home(&self) -> &Path {
        &self.core.config.home
    }

    /// The secrets, by name; what they are is never given out.
    pub fn vault(&self) -> &SecretVault {
        &self.core.vault
    }

    /// The blob store.
    pub fn blobs(&self) -> Arc<dyn BlobStore> {
        self.core.blobs()
    }

    /// How long stages take on this box.
    pub fn history(&self) -> &Arc<History> {
        &self.core.history
    }

    /// Takes in what has changed in the user's folder of plugins, and in what they are granted.
    pub fn reload_plugins(&self) -> Result<(), EngineError> {
        let store = &self.core.store;
        load_own(store, self.plugins(), &own_plugins(&self.core.config.home), &store.grants()?)
    }

    /// The runs under way, the oldest first.
    pub fn all_active(&self) -> Vec<Active> {
        self.core.runs.all()
    }

    /// The batches under way.
    pub fn active_batches(&self) -> Vec<BatchId> {
        self.core.batches.all()
    }

    /// Is an answer being written in any chat?
    pub fn is_chatting(&self) -> bool {
        self.core.chats.any()
    }

    /// Those of a project.
    pub fn active_of(&self, project: &Project) -> Vec<Active> {
        self.core.runs.of(&project.id)
    }

    /// A run under way.
    pub fn active(&self, run: &RunId) -> Option<Active> {
        self.core.runs.get(run)
    }

    /// Waits until no program and no turn is left, makes everything durable and lets the store go.
    pub async fn close(self) -> Result<(), EngineError> {
        self.stop_webhooks();
        // Killed programs are gone in milliseconds; one that the kernel holds on to must not hold us.
        let left = async { tokio::join!(self.core.runner.drained(), self.core.host.drained()) };
        let _ = tokio::time::timeout(PATIENCE, left).await;
        self.core.store.clone().close().await?;
        tracing::info!(store = %self.core.config.home.display(), "store closed");
        Ok(())
    }
}

/// The latest events, oldest first.
fn recent_events(store: &Store) -> Result<Vec<Entry>, StoreError> {
    store.entries_since(store.last_seq().saturating_sub(TAUGHT_BY), TAUGHT_BY as usize)
}

/// Compiles (or takes from the cache) the embedded plugins, each on a thread of its own; where the box has no thread
/// left, one after another.
pub(super) fn load_shipped(registry: &Registry, grants: &[Grant]) -> Result<(), HostError> {
    std::thread::scope(|scope| {
        let load = |(id, wasm): &(&'static str, &'static [u8])| {
            let (id, wasm) = (*id, *wasm);
            let add = move || registry.add(id, wasm, Source::Shipped, grants).map(|_| ());
            std::thread::Builder::new().spawn_scoped(scope, add).map_err(|_| add())
        };
        let threads: Vec<_> = embedded::PLUGINS.iter().map(load).collect();
        threads.into_iter().try_for_each(|begun| match begun {
            Ok(thread) => {
                thread.join().unwrap_or_else(|_| Err(HostError::Unknown("a plugin could not be compiled".into())))
            }
            Err(done) => done,
        })
    })
}

fn own_plugins(home: &Path) -> PathBuf {
    home.join("plugins")
}

/// The user's own modules: `plugins/*.wasm` in the store. One that cannot be loaded is told, and left out.
fn load_own(store: &Store, registry: &Registry, folder: &Path, grants: &[Grant]) -> Result<(), EngineError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(EngineError::io(format!("reading {}", folder.display()))(e)),
    };
    let mut paths: Vec<_> = entries.flatten().map(|e| e.path()).collect();
    paths.sort();
    for path in paths.iter().filter(|p| p.extension().is_some_and(|e| e == "wasm")) {
        let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let wasm = std::fs::read(path).map_err(EngineError::io(format!("reading {}", path.display())))?;
        let digest = Digest::of(&wasm);
        let source = Source::Module(digest);
        let is_current = |plugin: &Loaded| {
            plugin.digest == digest && *plugin.allowed == allowed(&plugin.manifest, &plugin.asked, &source, grants)
        };
        if registry.all().iter().any(|plugin| is_current(plugin)) {
            continue;
        }
        // A node that begins with it is pinned to it, whatever becomes of the file.
        keep_bytes(store, &wasm).map_err(EngineError::io("keeping a plugin"))?;
        match registry.add(&name, wasm, source, grants) {
            Ok(plugin) => {
                let (id, version) = (&plugin.manifest.id, &plugin.manifest.version);
                tracing::info!(plugin = id, version = %version, module = %plugin.digest, "plugin loaded");
            }
            Err(e) => tracing::error!(path = %path.display(), code = e.code(), "{e}"),
        }
    }
    Ok(())
}

/// Modules that nodes are pinned to must outlive an upgrade of the binary.
fn keep_modules(store: &Store) -> Result<(), EngineError> {
    for (_, wasm) in embedded::PLUGINS {
        keep_bytes(store, wasm).map_err(EngineError::io("keeping a plugin"))?;
    }
    Ok(())
}

/// Journalled events to all who listen.
fn forward(mut entries: broadcast::Receiver<Arc<Entry>>, mut last: Seq, core: Weak<Core>) {
    tokio::spawn(async move {
        loop {
            let next = entries.recv().await;
            let Some(core) = core.upgrade() else { return };
            match next {
                Ok(entry) if entry.seq > last => {
                    last = entry.seq;
                    core.tell(Live::Recorded(entry));
                }
                Ok(_) => (),
                // What was missed is in the store.
                Err(broadcast::error::RecvError::Lagged(_)) => last = forward_missed(&core, last),
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
    });
}

fn forward_missed(core: &Core, mut last: Seq) -> Seq {
    const PAGE: usize = 1_000;
    while let Ok(entries) = core.store.entries_since(last, PAGE)
        && let Some(latest) = entries.last()
    {
        last = latest.seq;
        entries.into_iter().for_each(|entry| core.tell(Live::Recorded(Arc::new(entry))));
    }
    last
}
