//! A plugin's stage called by hand, JSON in and out.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use serde_json::Value;
use studio_plugin_sdk::roles::Role;

use super::{
    context::RunCtx,
    ledger::BY_HAND,
    node::{Want, obtain},
    open::{Engine, EngineError, load_shipped},
    run::RunOptions,
};
use crate::{
    host::{HostError, Loaded, Serving},
    model::{Digest, Grant, Money, Packed, Profile, Project, ProjectId, Record, RunId, Slot, Source},
};

impl Engine {
    /// Loads a module from a file under the grants that it has, without adding it to the plugins.
    pub fn load_module(&self, name: &str, wasm: &[u8]) -> Result<Arc<Loaded>, EngineError> {
        let grants = self.core.store.grants()?;
        // A node that begins with it is pinned to it, whatever becomes of the file.
        self.core.keep_bytes(wasm).map_err(EngineError::io("keeping a plugin"))?;
        let loaded = self.plugins().inspect(name, wasm.to_vec(), Source::Module(Digest::of(wasm)), &grants)?;
        Ok(Arc::new(loaded))
    }

    /// Grants a plugin what it asks for under the settings, and lets it spend so much a month: what was not granted
    /// before.
    pub async fn grant(&self, plugin: &Loaded, limit: Option<Money>) -> Result<(), EngineError> {
        if plugin.asked == *plugin.allowed && limit == self.spending_limit(plugin)? {
            return Ok(self.commit(Vec::new(), Value::Null).await?);
        }
        let (id, source) = (plugin.manifest.id.clone(), plugin.source.clone());
        let grant = Grant { plugin: id, source, capabilities: plugin.asked.clone(), limit };
        self.commit(vec![Record::Granted(grant)], Value::Null).await?;
        if plugin.source == Source::Shipped {
            load_shipped(self.plugins(), &self.core.store.grants()?)?;
        }
        Ok(())
    }

    /// The most that a plugin was granted to spend in a month.
    pub fn spending_limit(&self, plugin: &Loaded) -> Result<Option<Money>, EngineError> {
        let grants = self.core.store.grants()?;
        let of_plugin = |g: &&Grant| g.plugin == plugin.manifest.id && g.source == plugin.source;
        Ok(grants.iter().find(of_plugin).and_then(|grant| grant.limit))
    }

    /// What a plugin may spend once it is granted anew without a word about that: as before, also where it has other
    /// bytes since.
    pub fn earlier_limit(&self, plugin: &Loaded) -> Result<Option<Money>, EngineError> {
        let of_id: Vec<_> =
            self.core.store.grants()?.into_iter().filter(|grant| grant.plugin == plugin.manifest.id).collect();
        Ok(match of_id.iter().find(|grant| grant.source == plugin.source) {
            Some(grant) => grant.limit,
            None => of_id.iter().filter_map(|grant| grant.limit).min(),
        })
    }

    /// Runs `plugin`'s stage on `request`. The result is kept like any other.
    pub async fn call(
        &self,
        plugin: Arc<Loaded>,
        role: Role,
        request: Value,
        export_dir: PathBuf,
    ) -> Result<Value, EngineError> {
        let serving = Serving::of(Arc::clone(&plugin), role)
            .ok_or_else(|| HostError::Unknown(format!("plugin {} does not serve {role}", plugin.manifest.id)))?;
        self.ask_stage(serving, request, export_dir).await
    }

    /// Runs a stage for no project: what it gives is kept like any other result. What it delivers goes to `export_dir`.
    pub(super) async fn ask_stage(
        &self,
        serving: Serving,
        request: Value,
        export_dir: PathBuf,
    ) -> Result<Value, EngineError> {
        let (role, plugin) = (serving.stage().role, &serving.plugin);
        let now = self.core.now_ms();
        let project = Project {
            id: ProjectId::new(BY_HAND),
            title: "by hand".into(),
            slug: "by-hand".into(),
            script: String::new(),
            params: BTreeMap::default(),
            profile: None,
            brand: None,
            export_dir: Some(export_dir),
            created_ms: now,
            updated_ms: now,
            archived: false,
            removed_ms: None,
            former_slugs: Vec::new(),
        };
        self.plugins().keep(plugin);
        let slot = Slot::new(&project.id, std::slice::from_ref(&plugin.manifest.id), role, 1);
        let run = RunCtx::new(
            Arc::clone(&self.core),
            RunId::new(BY_HAND),
            project,
            Profile::default(),
            RunOptions::default(),
        );
        let request = Packed::new(&request);
        let want = Want { slot, role, label: String::new(), chain: vec![serving], request, caller: None, depth: 1 };
        Ok(obtain(&run, Arc::new(want)).await?.kept.response.clone())
    }
}
