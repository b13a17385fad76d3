//! A built module behind the test kit's [`Guest`]: the same cassettes run natively and as WebAssembly in the host.

use std::{collections::BTreeMap, io::Read, sync::Arc};

use studio::{
    host::{BlobAccess, Host, Loaded, Opening, Registry, Session, Sink},
    model::{BlobStore, Source},
    store::Store,
};
use studio_plugin_sdk::{
    blob::Blob,
    testkit::Guest,
    wire::{Estimate, Event, Manifest, Start, Turn},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// An instance of a module, in a host of its own.
pub struct Wasm {
    runtime: Runtime,
    host: Arc<Host>,
    plugin: Arc<Loaded>,
    store: Arc<dyn BlobStore>,
    blobs: BlobAccess,
    session: Option<Session>,
    told: Vec<Vec<Event>>,
    _kept: Store,
    _folder: TempDir,
}

struct Silent;

impl Sink for Silent {
    fn progress(&self, _share: f64, _label: String) {}
    fn log(&self, _level: u8, _text: String) {}
}

impl Wasm {
    /// A shipped plugin, as the program embeds it.
    pub fn shipped(id: &str) -> Self {
        let found = studio::embedded::PLUGINS.iter().find(|(name, _)| *name == id);
        let (_, wasm) = found.unwrap_or_else(|| panic!("no shipped plugin is called {id}"));
        Self::new(id, wasm)
    }

    /// A module.
    pub fn new(name: &str, wasm: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let inside = runtime.enter();
        let store = Store::open(folder.path()).expect("a store");
        let registry = Registry::new(&folder.path().join("cache"), BTreeMap::new()).expect("a compile cache");
        let plugin = registry.add(name, wasm.to_vec(), Source::Shipped, &[]).expect("the module loads");
        let blobs = Arc::clone(store.blobs()) as Arc<dyn BlobStore>;
        let access = BlobAccess::new(Arc::clone(&blobs));
        let host = Arc::new(Host::new(1).expect("threads"));
        drop(inside);
        Self {
            runtime,
            host,
            plugin,
            store: blobs,
            blobs: access,
            session: None,
            told: Vec::new(),
            _kept: store,
            _folder: folder,
        }
    }
}

impl Guest for Wasm {
    fn describe(&mut self) -> Result<Manifest, String> {
        Ok(self.plugin.manifest.clone())
    }

    fn estimate(&mut self, start: &Start) -> Result<Estimate, String> {
        self.plugin.estimate(&Opening::new(start)).map_err(|e| e.to_string())
    }

    fn start(&mut self, start: &Start) -> Result<Turn, String> {
        let plugin = Arc::clone(&self.plugin);
        let mut session =
            self.host.session(plugin, Arc::new(Opening::new(start)), self.blobs.clone(), Arc::new(Silent));
        let turn = self.runtime.block_on(session.start()).map_err(|e| e.to_string())?;
        self.session = Some(session);
        Ok(turn)
    }

    fn resume(&mut self, events: &[Event]) -> Result<Turn, String> {
        let session = self.session.as_mut().ok_or("resumed before it was started")?;
        let told = self.told.clone();
        let turn = self.runtime.block_on(session.resume(events, || Ok(told))).map_err(|e| e.to_string())?;
        self.told.push(events.to_vec());
        Ok(turn)
    }

    fn reset(&mut self) -> Result<(), String> {
        self.session = None;
        self.told.clear();
        Ok(())
    }

    fn put_blob(&mut self, mime: &str, bytes: &[u8]) -> Result<Blob, String> {
        let keep = || {
            let mut sink = self.store.create()?;
            sink.write(bytes)?;
            sink.finish()
        };
        let digest = keep().map_err(|e: std::io::Error| e.to_string())?;
        self.blobs.permit([digest]);
        Ok(Blob { blob: digest.hex(), bytes: bytes.len() as u64, mime: mime.to_owned() })
    }

    fn get_blob(&mut self, blob: &Blob) -> Result<Vec<u8>, String> {
        let digest = blob.blob.parse().map_err(|_| format!("{} is no digest", blob.blob))?;
        let mut bytes = Vec::new();
        let file = self.store.open(&digest);
        file.and_then(|mut f| f.read_to_end(&mut bytes)).map_err(|e| e.to_string())?;
        Ok(bytes)
    }
}
