//! Third parties' modules: loaded from the store's folder `plugins` when the engine opens, each under the
//! grant that a person gave to these very bytes. A module that is unfit holds nobody up.

use std::{fs, path::Path};

use super::open::{Engine, EngineError, keep_bytes};
use crate::{
    embedded,
    host::{HostError, Loaded, Registry},
    model::{Digest, Grant, NodeError, Record, Source},
    store::Store,
};

/// Most bytes of a module's file; the host has its own, lower limit.
const MOST_FILE: u64 = 64 << 20;

/// Adds every module of a folder: those that cannot be used, and why.
pub fn load(registry: &Registry, store: &Store, folder: &Path) -> Result<Vec<(String, HostError)>, EngineError> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(Vec::new()) };
    let grants = store.grants()?;
    let mut paths: Vec<_> = entries.flatten().map(|e| e.path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "wasm"));
    paths.sort();
    let mut unfit = Vec::new();
    for path in paths {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if let Err(e) = add(registry, store, &path, &name, &grants)? {
            tracing::warn!(module = name, "{e}");
            unfit.push((name, e));
        }
    }
    Ok(unfit)
}

fn add(
    registry: &Registry,
    store: &Store,
    path: &Path,
    name: &str,
    grants: &[Grant],
) -> Result<Result<(), HostError>, EngineError> {
    let unfit = |why: String| HostError::Load { plugin: name.to_owned(), why };
    let size = fs::metadata(path).map(|m| m.len()).unwrap_or_default();
    if size > MOST_FILE {
        return Ok(Err(unfit(format!("it has {size} bytes"))));
    }
    let wasm = match fs::read(path) {
        Ok(wasm) => wasm,
        Err(e) => return Ok(Err(unfit(e.to_string()))),
    };
    let found = registry.inspect(name, &wasm, Source::Module(Digest::of(&wasm)), grants);
    let plugin = match found {
        Ok(plugin) => plugin,
        Err(e) => return Ok(Err(e)),
    };
    let id = plugin.manifest.id.clone();
    if embedded::PLUGINS.iter().any(|(shipped, _)| *shipped == id) {
        return Ok(Err(unfit(format!("its id {id:?} is that of a shipped plugin"))));
    }
    // Nodes that are pinned to it go on with these bytes, whatever the folder holds by then.
    keep_bytes(store, &wasm).map_err(EngineError::io("keeping a plugin"))?;
    registry.put(plugin);
    Ok(Ok(()))
}

/// A third party's module runs only where a person has allowed all that it asks for.
pub fn check_grant(plugin: &Loaded) -> Result<(), NodeError> {
    let id = &plugin.manifest.id;
    if plugin.source == Source::Shipped || *plugin.allowed == plugin.manifest.capabilities {
        return Ok(());
    }
    let message = format!("plugin {id} is a third party's and was not granted what it asks for");
    Err(NodeError::permanent("grant.needed", message)
        .help(format!("see `studio plugin inspect {id}`, then allow it: studio plugin grant {id}")))
}

impl Engine {
    /// Allows these very bytes what their manifest asks for. It holds from the next opening on.
    pub async fn grant(&self, plugin: &Loaded) -> Result<Grant, EngineError> {
        let id = &plugin.manifest.id;
        if plugin.source == Source::Shipped {
            let message = format!("{id} is shipped with studio, which grants it what it declares");
            return Err(EngineError::Invalid { field: "plugin".into(), message });
        }
        let grant = Grant {
            plugin: id.clone(),
            source: plugin.source.clone(),
            capabilities: plugin.manifest.capabilities.clone(),
        };
        self.core.store.commit(vec![Record::Granted(grant.clone())]).await?;
        Ok(grant)
    }
}
