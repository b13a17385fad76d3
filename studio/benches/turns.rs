//! Plugin turns: warm, with a fresh instance; loading from the cache.

use std::{sync::Arc, time::Instant};

use serde_json::json;
use studio::{
    host::{BlobAccess, Host, Loaded, Opening, Registry, Sink},
    model::{BlobSink, BlobStore, Digest, Source},
};
use studio_plugin_sdk::{
    roles::Role,
    wire::{Answer, Event, Start, Take},
};

use super::{Row, fixture, median};

const TURNS: usize = 2_000;
const FRESH: usize = 300;

pub fn measure() -> Vec<Row> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let load = || {
        let registry = Registry::new(folder.path(), std::collections::BTreeMap::default()).expect("a registry");
        let began = Instant::now();
        let loaded = registry.add("echo", fixture::echo(), Source::Shipped, &[]).expect("echo loads");
        (loaded, began.elapsed().as_secs_f64() * 1e3)
    };
    let (echo, _) = load();
    let loads = median((0..20).map(|_| load().1).collect());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let host = Arc::new(Host::new(2).expect("threads"));
    let warm = runtime.block_on(warm(&host, &echo));
    let fresh = runtime.block_on(fresh(&host, &echo));
    let row = |what, target, micros: f64, most: f64| Row {
        what,
        target,
        measured: format!("{micros:.0} µs"),
        holds: micros <= most,
    };
    vec![
        row("plugin turn, no work, warm (threads included)", "≤ 15 µs", warm, 15.0),
        row("plugin turn, no work, fresh instance", "≤ 150 µs", fresh, 150.0),
        Row {
            what: "plugin loaded from the cache (describe included)",
            target: "≤ 3 ms",
            measured: format!("{loads:.1} ms"),
            holds: loads <= 3.0,
        },
    ]
}

/// A stage that yields again and again: each resume is a turn without work.
async fn warm(host: &Arc<Host>, echo: &Arc<Loaded>) -> f64 {
    let op = json!({ "seq": vec![json!("yield_now"); TURNS + 1] });
    let mut session = host.session(Arc::clone(echo), start(&op), BlobAccess::new(Arc::new(NoBlobs)), Arc::new(Silent));
    session.start().await.expect("it starts");
    let mut samples = Vec::with_capacity(TURNS);
    for id in 1..=TURNS as u32 {
        let began = Instant::now();
        let events = [Event { id, answer: Answer::Woke {} }];
        session.resume(&events, || unreachable!("the instance is live")).await.expect("a turn");
        samples.push(began.elapsed().as_secs_f64() * 1e6);
    }
    median(samples)
}

async fn fresh(host: &Arc<Host>, echo: &Arc<Loaded>) -> f64 {
    let op = json!({ "value": 1 });
    let mut samples = Vec::with_capacity(FRESH);
    for _ in 0..FRESH {
        let mut session =
            host.session(Arc::clone(echo), start(&op), BlobAccess::new(Arc::new(NoBlobs)), Arc::new(Silent));
        let began = Instant::now();
        session.start().await.expect("a turn");
        samples.push(began.elapsed().as_secs_f64() * 1e6);
    }
    median(samples)
}

fn start(op: &serde_json::Value) -> Arc<Opening> {
    Arc::new(Opening::new(&Start {
        role: Role::Llm,
        request: fixture::llm(op),
        take: Take::default(),
        seed: 1,
        resume_hint: None,
        service: None,
    }))
}

struct Silent;

impl Sink for Silent {
    fn progress(&self, _share: f64, _label: String) {}
    fn log(&self, _level: u8, _text: String) {}
}

struct NoBlobs;

impl BlobStore for NoBlobs {
    fn open(&self, _: &Digest) -> std::io::Result<std::fs::File> {
        Err(std::io::ErrorKind::NotFound.into())
    }
    fn path(&self, _: &Digest) -> std::path::PathBuf {
        std::path::PathBuf::new()
    }
    fn create(&self) -> std::io::Result<Box<dyn BlobSink>> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
    fn is_whole(&self, _: &Digest) -> std::io::Result<bool> {
        Ok(true)
    }

    fn take_in(&self, _: &mut std::fs::File) -> std::io::Result<(Digest, u64)> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
}
