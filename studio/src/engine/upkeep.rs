//! Looking after the store: checking it, backing it up, collecting what nothing refers to. All of it on threads of
//! their own, while the engine goes on.

use std::path::PathBuf;

use super::{
    api::ApiError,
    journal::Journal,
    open::{Engine, EngineError},
};
use crate::{
    embedded,
    model::{Digest, NodeError, TurnRecord},
    store::{self, BackedUp, Checked, Collect, Collected, Earlier, Restored, SecretVault, Store},
};

impl Engine {
    /// Checks the store. With `quick` blobs are not read through; with `repair` what can be mended is.
    pub async fn check_store(&self, quick: bool, repair: bool) -> Result<Checked, EngineError> {
        let store = self.core.store.clone();
        on_a_thread(move || Ok(store.check(quick, repair)?)).await
    }

    /// Writes the store into a file, which must be named by its whole path.
    pub async fn back_up(&self, file: PathBuf) -> Result<BackedUp, EngineError> {
        if !file.is_absolute() {
            let message = "give the whole path of the file".to_owned();
            return Err(EngineError::Invalid { field: "file".into(), message });
        }
        let (store, vault, key) = (self.core.store.clone(), self.core.vault.clone(), self.core.config.key_file.clone());
        on_a_thread(move || Ok(store.backup(&file, &[key], &unseal(&vault))?)).await
    }

    /// Collects what nothing refers to, and `earlier` results of places. Results go only while no run is under way.
    pub async fn collect(&self, dry_run: bool, now: bool, earlier: Option<Earlier>) -> Result<Collected, EngineError> {
        // Nobody begins a run meanwhile.
        let _changing = self.core.changing.lock().await;
        let results = self.all_active().is_empty();
        let (store, vault) = (self.core.store.clone(), self.core.vault.clone());
        // Nodes begin with these modules, which are put only when they are loaded.
        let shipped = embedded::PLUGINS.iter().map(|(_, wasm)| Digest::of(wasm));
        let roots: Vec<_> = shipped.chain(self.plugins().all().iter().map(|plugin| plugin.digest)).collect();
        let how = Collect { dry_run, now, results, earlier };
        on_a_thread(move || Ok(store.collect(how, &roots, &unseal(&vault))?)).await
    }
}

fn unseal(vault: &SecretVault) -> impl Fn(&TurnRecord) -> Result<String, String> {
    let vault = vault.clone();
    move |turn| {
        let none: Option<Store> = None;
        let journal = Journal::new(none, vault.clone(), turn.key.clone());
        let opened = journal.opened(turn.clone()).map_err(|e| e.to_string())?;
        serde_json::to_string(&opened.events).map_err(|e| e.to_string())
    }
}

async fn on_a_thread<T: Send + 'static>(
    f: impl FnOnce() -> Result<T, EngineError> + Send + 'static,
) -> Result<T, EngineError> {
    let done = tokio::task::spawn_blocking(f).await;
    done.map_err(|e| EngineError::Node(NodeError::permanent("engine.lost", e.to_string())))?
}

/// Checks the journal of a store that cannot be opened; nothing is changed.
pub async fn check_closed(store: PathBuf) -> Result<Checked, ApiError> {
    Ok(on_a_thread(move || Ok(store::check_closed(&store)?)).await?)
}

/// Puts the store in a backup at `to`, where nobody may have one open; one that is there is moved aside with
/// `replace`.
pub async fn restore(file: PathBuf, to: PathBuf, replace: bool) -> Result<Restored, ApiError> {
    Ok(on_a_thread(move || Ok(store::restore(&file, &to, replace)?)).await?)
}
