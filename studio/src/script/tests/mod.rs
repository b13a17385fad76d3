//! Scripts against stages in memory that answer in chosen orders.

use std::{
    collections::BTreeMap,
    future::Future,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

use futures::future::{BoxFuture, FutureExt};
use parking_lot::Mutex;
use serde_json::{Value, json};
use studio_plugin_sdk::{
    blob::Blob,
    error::ErrorKind,
    roles::{
        Role, image::Image, llm::LlmResponse, llm::SceneDraft, render::Film, tts::Speech, tts::Word, verify::Report,
    },
};

use super::{Limits, NodeHandle, RunContext, ScriptError, ScriptSource, StageSpec, Stages, check_params, load, run};
use crate::model::NodeError;

mod determinism;
mod flow;
mod measure;
mod misuse;
mod promises;
mod sandbox;
mod scripts;
mod templates;

/// What a stage gives.
type Answer = dyn Fn(&StageSpec) -> Result<Value, NodeError> + Send + Sync;

/// Stages in memory: registers what it is asked, answers by role.
pub(super) struct Fake {
    calls: Mutex<Vec<StageSpec>>,
    logs: Mutex<Vec<String>>,
    /// How often a value was asked for.
    pub waits: AtomicU32,
    /// How many times a node's value is not ready when polled.
    delay: Box<dyn Fn(NodeHandle) -> u32 + Send + Sync>,
    answer: Box<Answer>,
}

impl Fake {
    pub fn new() -> Self {
        Self {
            calls: Mutex::default(),
            logs: Mutex::default(),
            waits: AtomicU32::new(0),
            delay: Box::new(|node| node.0 as u32 % 3),
            answer: Box::new(usual_answer),
        }
    }

    pub fn delayed(delay: impl Fn(NodeHandle) -> u32 + Send + Sync + 'static) -> Self {
        Self { delay: Box::new(delay), ..Self::new() }
    }

    pub fn answering(answer: impl Fn(&StageSpec) -> Result<Value, NodeError> + Send + Sync + 'static) -> Self {
        Self { answer: Box::new(answer), ..Self::new() }
    }

    /// Slots as `scope/role#ordinal`, in the order of the calls.
    pub fn slots(&self) -> Vec<String> {
        let slot = |spec: &StageSpec| format!("{}/{}#{}", spec.scope.join("/"), spec.role, spec.ordinal);
        self.calls.lock().iter().map(slot).collect()
    }

    pub fn calls(&self) -> Vec<StageSpec> {
        self.calls.lock().clone()
    }

    pub fn logs(&self) -> Vec<String> {
        self.logs.lock().clone()
    }
}

impl Stages for Fake {
    fn stage(&self, spec: StageSpec) -> Result<NodeHandle, NodeError> {
        let mut calls = self.calls.lock();
        calls.push(spec);
        Ok(NodeHandle(calls.len() as u64 - 1))
    }

    fn value(&self, node: NodeHandle) -> BoxFuture<'static, Result<Value, NodeError>> {
        self.waits.fetch_add(1, Relaxed);
        let answer = (self.answer)(&self.calls.lock()[node.0 as usize]);
        let wait = Later((self.delay)(node));
        async move {
            wait.await;
            answer
        }
        .boxed()
    }

    fn log(&self, level: &str, text: &str) {
        self.logs.lock().push(format!("{level}: {text}"));
    }
}

/// Ready after so many polls.
struct Later(u32);

impl Future for Later {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

pub(super) fn blob(name: &str) -> Blob {
    Blob { blob: blake3::hash(name.as_bytes()).to_hex().to_string(), bytes: 3, mime: "x/y".into() }
}

pub(super) fn usual_answer(spec: &StageSpec) -> Result<Value, NodeError> {
    let value = match spec.role {
        Role::Llm => {
            let scene = |n: u32| SceneDraft {
                id: format!("rice-{n}"),
                title: "Rice".into(),
                narration: format!("Sentence {n}."),
                ..SceneDraft::default()
            };
            let scenes = (1..=3).map(scene).collect();
            serde_json::to_value(LlmResponse { title: "Rice".into(), scenes, ..LlmResponse::default() })
        }
        Role::Tts => serde_json::to_value(Speech {
            audio: blob("audio"),
            seconds: 1.5,
            words: vec![Word { text: "Hi".into(), start: 0.0, end: 0.5, speaker: String::new() }],
            ..Speech::default()
        }),
        Role::Image => serde_json::to_value(Image { image: blob("image"), width: 16, height: 9, ..Image::default() }),
        Role::Render => serde_json::to_value(Film { video: blob("film"), seconds: 4.0, ..Film::default() }),
        Role::Verify => {
            let film = Film { video: blob("film"), seconds: 4.0, ..Film::default() };
            serde_json::to_value(Report { film: Some(film), ..Report::default() })
        }
        Role::Publish => {
            Ok(json!({"id": "1", "url": "/exports/rice", "files": {"film.mp4": "/exports/rice/film.mp4"}}))
        }
        _ => Ok(json!({"media": blob("media"), "text": "words", "path": [], "moments": [], "films": []})),
    };
    value.map_err(|e| NodeError::permanent("test", e.to_string()))
}

pub(super) fn refuse(_: &StageSpec) -> Result<Value, NodeError> {
    Err(NodeError::new("content_refused", ErrorKind::ContentRefused, "the prompt names a person").help("name nobody"))
}

/// `body` as the `run` of a pipeline; its first line is line 1.
pub(super) fn script(body: &str) -> ScriptSource {
    if body.contains("studio.pipeline") {
        return ScriptSource::single("test.lua", body);
    }
    ScriptSource::single(
        "test.lua",
        &format!("return studio.pipeline {{ title = \"t\", run = function(p) {body}\nend }}"),
    )
}

/// Short limits, so that what does not end is over soon.
pub(super) fn short() -> Limits {
    Limits {
        stretch: std::time::Duration::from_millis(200),
        total: std::time::Duration::from_secs(2),
        ..Limits::default()
    }
}

/// Limits of memory and number as they are short, and more time than a busy box needs to meet them.
pub(super) fn patient() -> Limits {
    let minutes = std::time::Duration::from_mins(5);
    Limits { stretch: minutes, total: minutes, ..short() }
}

/// Runs a script to its end.
pub(super) fn ends(source: ScriptSource, fake: &Arc<Fake>) -> Result<Value, ScriptError> {
    ends_within(short(), source, fake)
}

/// Runs a script to its end under limits.
pub(super) fn ends_within(limits: Limits, source: ScriptSource, fake: &Arc<Fake>) -> Result<Value, ScriptError> {
    let stages: Arc<dyn Stages> = fake.clone();
    let context = RunContext { limits, ..RunContext::new(7, 1_700_000_000_500, stages) };
    let ended = futures::executor::block_on(run(source, BTreeMap::new(), context));
    let_go(fake);
    ended
}

/// A VM holds the stages: once it is over, it must let go of them.
pub(super) fn let_go(fake: &Arc<Fake>) {
    let start = std::time::Instant::now();
    while Arc::strong_count(fake) > 1 {
        assert!(start.elapsed().as_secs() < 20, "the VM is still there");
        std::thread::yield_now();
    }
}

/// Runs a body against the usual stages.
pub(super) fn given(body: &str) -> Result<Value, ScriptError> {
    ends(script(body), &Arc::new(Fake::new()))
}

/// The error of a body, as `code line message`.
pub(super) fn raised(body: &str) -> String {
    match given(body) {
        Ok(value) => panic!("it gave {value}:\n{body}"),
        Err(e) => format!("{} {} {}", e.code.as_str(), e.at.map_or(0, |at| at.line), e.message),
    }
}

pub(super) fn scripts_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts")
}
