//! The plugins there are: compiled, described, checked, and found by role.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use parking_lot::RwLock;
use serde_json::Value;
use studio_plugin_sdk::{
    error::StageError,
    json::typed,
    roles::{Role, canonical},
    wire::{Capabilities, Estimate, Limits, Manifest, Service, StageDecl},
};

use super::{
    error::HostError,
    guest::{Fuel, Instance, Module},
    manifest,
    opening::Opening,
};
use crate::model::{Digest, Grant, PluginSettings, ProgramVersion, Settings, Source, StageRev, allowed, asked};

/// Limits under which an unknown module is asked what it is.
const DESCRIBE: Limits = Limits { memory_mib: 16, turn_seconds: 1 };

/// A module's bytes, embedded or read.
pub type Wasm = Cow<'static, [u8]>;

/// A plugin ready to run.
pub struct Loaded {
    /// What it says it is.
    pub manifest: Manifest,
    /// Its bytes' digest.
    pub digest: Digest,
    /// Where it comes from.
    pub source: Source,
    /// What it asks for, under the settings.
    pub asked: Capabilities,
    /// What it may do.
    pub allowed: Arc<Capabilities>,
    /// Where the settings have put its service; none: where its manifest says.
    pub service: Option<Service>,
    settings: PluginSettings,
    wasm: Wasm,
    cache: PathBuf,
    /// Compiled when it first runs: what is kept needs no code.
    module: OnceLock<Result<Module, HostError>>,
}

impl Loaded {
    /// A fresh instance; the first one compiles the module or takes it from the cache.
    pub(super) fn instance(&self) -> Result<Instance, HostError> {
        let limits = manifest::capped(self.manifest.limits);
        let compile = || Module::compile(&self.manifest.id, &self.wasm, limits, Fuel::Turn, &self.cache);
        self.module.get_or_init(compile).as_ref().map_err(Clone::clone)?.instance()
    }

    /// Its stage for a role.
    pub fn stage(&self, role: Role) -> Option<&StageDecl> {
        self.manifest.stages.iter().find(|s| s.role == role)
    }

    /// A request in its one spelling, with what the settings say for fields that it leaves out.
    pub fn canonical(&self, role: Role, request: Value) -> Result<Value, StageError> {
        canonical(role, self.settings.fill(role, request)).map_err(|mut error| {
            let set = self.settings.roles.get(&role);
            if let Some(field) = error.field.as_ref().filter(|f| set.is_some_and(|s| s.contains_key(f.as_str()))) {
                error.message =
                    format!("{}; look at plugins.{}.{role}.{field} in config.toml", error.message, self.manifest.id);
            }
            error
        })
    }

    /// Where its service is, for keys; none: where its manifest says.
    pub fn moved_to(&self) -> Option<&str> {
        let declared = self.manifest.capabilities.service.as_ref()?;
        self.service.as_ref().map(|s| s.url.as_str()).filter(|url| *url != declared.url)
    }

    /// What a call would cost and take.
    pub fn estimate(&self, opening: &Opening) -> Result<Estimate, HostError> {
        let output = self.instance()?.call("estimate", opening.text().as_bytes(), None)?;
        serde_json::from_slice(&output)
            .map_err(|e| HostError::Protocol { plugin: self.manifest.id.clone(), why: format!("estimate: {e}") })
    }
}

/// A plugin's stage chosen for a call.
#[derive(Clone)]
pub struct Serving {
    /// The plugin.
    pub plugin: Arc<Loaded>,
    /// Where its stage stands in its manifest.
    stage: usize,
}

impl Serving {
    /// A plugin for a role; none: it does not serve it.
    pub fn of(plugin: Arc<Loaded>, role: Role) -> Option<Self> {
        let stage = plugin.manifest.stages.iter().position(|stage| stage.role == role)?;
        Some(Self { plugin, stage })
    }

    /// Its stage.
    pub fn stage(&self) -> &StageDecl {
        &self.plugin.manifest.stages[self.stage]
    }

    /// Its name in keys.
    pub fn rev(&self) -> StageRev {
        StageRev { plugin: self.plugin.manifest.id.clone(), role: self.stage().role, rev: self.stage().rev }
    }
}

/// All plugins by id. Replacing one serves new nodes only; running ones keep theirs.
pub struct Registry {
    cache: PathBuf,
    plugins: RwLock<BTreeMap<String, Arc<Loaded>>>,
    /// Modules of running nodes that are no longer the current ones.
    pinned: RwLock<HashMap<Digest, Arc<Loaded>>>,
    defaults: BTreeMap<Role, String>,
    settings: Settings,
}

impl Registry {
    /// An empty one with its compile cache in a folder that only this user can write.
    pub fn new(cache_dir: &Path, defaults: BTreeMap<Role, String>) -> std::io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        fs::DirBuilder::new().recursive(true).mode(0o700).create(cache_dir)?;
        let cache = cache_dir.join("cache.toml");
        let folder = cache_dir.canonicalize()?.join("modules");
        let config = format!("[cache]\ndirectory = {:?}\n", folder.to_string_lossy());
        // Rewritten only when another: two processes may start at once.
        if fs::read_to_string(&cache).ok().as_deref() != Some(&config) {
            fs::write(&cache, config)?;
        }
        Ok(Self {
            cache,
            plugins: RwLock::default(),
            pinned: RwLock::default(),
            defaults,
            settings: Settings::default(),
        })
    }

    /// With what a person has set for plugins.
    #[must_use]
    pub fn with_settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Describes a module without adding it.
    pub fn inspect(
        &self,
        name: &str,
        wasm: impl Into<Wasm>,
        source: Source,
        grants: &[Grant],
    ) -> Result<Loaded, HostError> {
        let wasm = wasm.into();
        let digest = Digest::of(&wasm);
        let manifest = self.described(name, &wasm, digest)?;
        let settings = self.settings.of(&manifest.id);
        let declared = manifest.capabilities.service.as_ref();
        if declared.is_none() && (settings.url.is_some() || settings.secret.is_some()) {
            tracing::warn!("config.toml sets an address or a secret for {}, which has no service", manifest.id);
        }
        let service = declared.and_then(|declared| settings.service(declared));
        let asked = asked(&manifest, service.as_ref());
        let allowed = Arc::new(allowed(&manifest, &asked, &source, grants));
        let (cache, module) = (self.cache.clone(), OnceLock::new());
        Ok(Loaded { manifest, digest, source, asked, allowed, service, settings, wasm, cache, module })
    }

    /// A module's manifest: from the cache, where modules with these very bytes were asked before.
    fn described(&self, name: &str, wasm: &[u8], digest: Digest) -> Result<Manifest, HostError> {
        let known = self.cache.with_file_name(format!("{digest}.manifest.json"));
        let remembered = fs::read(&known).ok().and_then(|text| serde_json::from_slice::<Manifest>(&text).ok());
        if let Some(manifest) = remembered.filter(|m| manifest::check(m).is_ok()) {
            return Ok(manifest);
        }
        let description = Module::compile(name, wasm, DESCRIBE, Fuel::Describe, &self.cache)?
            .instance()?
            .call("describe", b"", None)
            .map_err(|e| match e {
                HostError::Crash { plugin, why } => HostError::Load { plugin, why },
                other => other,
            })?;
        let wrong = |why: String| HostError::Manifest { plugin: name.to_owned(), why };
        let value = serde_json::from_slice(&description).map_err(|e| wrong(e.to_string()))?;
        let manifest: Manifest = typed(value).map_err(|e| wrong(e.to_string()))?;
        manifest::check(&manifest).map_err(wrong)?;
        // Only a cache: where it cannot be written, the module is asked again.
        if let Ok(mut file) = tempfile::NamedTempFile::new_in(known.parent().unwrap_or(Path::new("."))) {
            let text = serde_json::to_vec(&manifest).unwrap_or_default();
            let _ = std::io::Write::write_all(&mut file, &text).map(|()| file.persist(&known));
        }
        Ok(manifest)
    }

    /// Adds a module, in place of one of the same id.
    pub fn add(
        &self,
        name: &str,
        wasm: impl Into<Wasm>,
        source: Source,
        grants: &[Grant],
    ) -> Result<Arc<Loaded>, HostError> {
        let loaded = Arc::new(self.inspect(name, wasm, source, grants)?);
        let shipped = self.get(&loaded.manifest.id).is_some_and(|p| p.source == Source::Shipped);
        if shipped && loaded.source != Source::Shipped {
            let why = format!("the id {} belongs to a shipped plugin", loaded.manifest.id);
            return Err(HostError::Manifest { plugin: name.to_owned(), why });
        }
        let replaced = self.plugins.write().insert(loaded.manifest.id.clone(), Arc::clone(&loaded));
        if let Some(old) = replaced.filter(|old| old.digest != loaded.digest) {
            self.pinned.write().insert(old.digest, old);
        }
        Ok(loaded)
    }

    /// Lets nodes go on that are pinned to a module which is none of the current ones.
    pub fn keep(&self, loaded: &Arc<Loaded>) {
        self.pinned.write().insert(loaded.digest, Arc::clone(loaded));
    }

    /// Adds a module that only nodes pinned to it may use.
    pub fn pin(&self, wasm: impl Into<Wasm>, source: Source, grants: &[Grant]) -> Result<Arc<Loaded>, HostError> {
        let loaded = Arc::new(self.inspect("pinned", wasm, source, grants)?);
        self.pinned.write().insert(loaded.digest, Arc::clone(&loaded));
        Ok(loaded)
    }

    /// The plugin with these very bytes.
    pub fn by_digest(&self, digest: &Digest) -> Option<Arc<Loaded>> {
        let current = self.plugins.read().values().find(|p| p.digest == *digest).cloned();
        current.or_else(|| self.pinned.read().get(digest).cloned())
    }

    /// All current plugins, by id.
    pub fn all(&self) -> Vec<Arc<Loaded>> {
        self.plugins.read().values().cloned().collect()
    }

    /// The plugin of that id.
    pub fn get(&self, id: &str) -> Option<Arc<Loaded>> {
        self.plugins.read().get(id).cloned()
    }

    /// The plugin of that id, or an error that names those there are.
    pub fn find(&self, id: &str) -> Result<Arc<Loaded>, HostError> {
        self.get(id).ok_or_else(|| unknown(&self.plugins.read(), id))
    }

    /// Who serves `role`: the plugin named, or the default one.
    pub fn serving(&self, role: Role, provider: Option<&str>) -> Result<Serving, HostError> {
        let plugins = self.plugins.read();
        let id = match provider.or_else(|| self.defaults.get(&role).map(String::as_str)) {
            Some(id) => id.to_owned(),
            None => plugins
                .values()
                .find(|p| p.stage(role).is_some())
                .map(|p| p.manifest.id.clone())
                .ok_or_else(|| HostError::Unknown(format!("no plugin serves the role {role}")))?,
        };
        let plugin = plugins.get(&id).ok_or_else(|| unknown(&plugins, &id))?;
        Serving::of(Arc::clone(plugin), role).ok_or_else(|| {
            let serve: Vec<_> =
                plugins.values().filter(|p| p.stage(role).is_some()).map(|p| p.manifest.id.as_str()).collect();
            HostError::Unknown(format!("plugin {id} does not serve {role} (these do: {})", serve.join(", ")))
        })
    }

    /// Who serves a call that `caller` makes: the plugin named, the caller itself, or the default one.
    pub fn serving_call(&self, caller: &Loaded, role: Role, provider: Option<&str>) -> Result<Serving, HostError> {
        let own = caller.stage(role).is_some().then_some(caller.manifest.id.as_str());
        self.serving(role, provider.or(own))
    }

    /// The stages that a stage may call, resolved and transitively, without itself; for its key.
    pub fn calls(&self, serving: &Serving) -> Vec<StageRev> {
        let mut found = BTreeMap::new();
        let mut open = vec![serving.clone()];
        while let Some(caller) = open.pop() {
            for role in &caller.plugin.allowed.calls {
                let Ok(callee) = self.serving_call(&caller.plugin, *role, None) else { continue };
                let rev = callee.rev();
                if rev != serving.rev() && found.insert((rev.plugin.clone(), rev.role), rev).is_none() {
                    open.push(callee);
                }
            }
        }
        found.into_values().collect()
    }
}

fn unknown(plugins: &BTreeMap<String, Arc<Loaded>>, id: &str) -> HostError {
    let known: Vec<_> = plugins.keys().map(String::as_str).collect();
    HostError::Unknown(format!("there is no plugin {id:?} (there are {})", known.join(", ")))
}

/// As much of a program's version line as counts in keys.
pub fn counted(name: &str, line: &str, how: studio_plugin_sdk::wire::VersionKey) -> Option<ProgramVersion> {
    use studio_plugin_sdk::wire::VersionKey;
    let version = match how {
        VersionKey::None => return None,
        VersionKey::Exact => line.trim().to_owned(),
        VersionKey::Major => line
            .split(|c: char| !c.is_ascii_digit() && c != '.')
            .find(|part| part.starts_with(|c: char| c.is_ascii_digit()))
            .and_then(|number| number.split('.').next())
            .unwrap_or(line)
            .to_owned(),
    };
    Some(ProgramVersion { name: name.to_owned(), version })
}
