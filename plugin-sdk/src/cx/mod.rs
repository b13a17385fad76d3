//! What a stage does with the world: every method either asks the host for an effect (a future) or calls a
//! host function (at once). Stages hold a [`Cx`]; the driver makes it.

mod blobs;
mod exec;
mod http;
mod stage;
mod status;
mod stream;

use std::{collections::BTreeMap, rc::Rc, time::Duration};

pub use blobs::{BlobReader, BlobWriter};
pub use exec::ExecCall;
pub use http::PollCall;
pub use stage::StageFuture;
pub use status::status_error;
pub use stream::{HttpStream, SseEvent};

use crate::{
    blob::Blob,
    build::{Cmd, HttpRequest},
    error::{Result, StageError},
    guest::Level,
    roles::RoleRequest,
    task::{Asked, EffectFuture, Shared},
    usage::Usage,
    wire::{Action, Answer, Body, Deliver, HttpAnswer, Partial, Service, Take},
};

/// A stage's hold on the host. Clones are the same stage.
///
/// Effects are futures: they are asked for when first polled, run side by side under `join_all`, and are
/// cancelled when dropped.
#[derive(Clone)]
pub struct Cx {
    shared: Rc<Shared>,
}

impl Cx {
    pub(crate) fn new(shared: Rc<Shared>) -> Self {
        Self { shared }
    }

    fn ask(&self, action: Result<Action>) -> Asked {
        Asked::new(Rc::clone(&self.shared), action)
    }

    fn single<T>(&self, action: Result<Action>, decode: fn(&Rc<Shared>, Answer) -> Result<T>) -> EffectFuture<T> {
        EffectFuture::new(self.ask(action), decode)
    }

    /// Sends a request. A status of 400 and above is an answer ([`HttpAnswer::ok`] makes it an error).
    ///
    /// JSON and text come as text however long they are; other bodies over 1 MB come as a blob.
    pub fn http(&self, request: impl Into<HttpRequest>) -> EffectFuture<HttpAnswer> {
        http::call(self, request.into())
    }

    /// Sends a request and hands over the body as it comes.
    pub fn http_stream(&self, request: impl Into<HttpRequest>) -> HttpStream {
        HttpStream::new(self, request.into())
    }

    /// Has the host repeat a request until a value in its JSON answer is one of a set; see [`PollCall`].
    pub fn poll(&self, request: impl Into<HttpRequest>) -> PollCall {
        PollCall::new(self, request.into())
    }

    /// Runs a program, confined. With `.lines(…)` its lines can be read as they come ([`ExecCall::next_line`]).
    pub fn exec(&self, command: impl Into<Cmd>) -> ExecCall {
        ExecCall::new(self, command.into())
    }

    /// Runs another stage as a node of its own, kept under its own key. `id` is its place under this stage:
    /// unique among its calls and stable when others come or go (`scene-3`).
    pub fn stage<R: RoleRequest>(&self, id: impl Into<String>, request: &R) -> StageFuture<R> {
        StageFuture::new(self, id.into(), request)
    }

    /// Waits. Kept as a deadline: it goes on running while the studio is down.
    pub fn sleep(&self, duration: Duration) -> EffectFuture<()> {
        let ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        self.single(Ok(Action::Sleep { ms }), |_, _| Ok(()))
    }

    /// Lets the host end this turn and begin another: for long computations, about every 50 ms.
    pub fn yield_now(&self) -> EffectFuture<()> {
        self.sleep(Duration::ZERO)
    }

    /// The version line of a program of the manifest; none: it is not installed.
    pub fn probe(&self, program: impl Into<String>) -> EffectFuture<Option<String>> {
        self.single(Ok(Action::Probe { program: program.into() }), |_, answer| match answer {
            Answer::Probe { version } => Ok(version),
            _ => Err(mismatch()),
        })
    }

    /// Puts finished files into `folder` below the project's export folder (empty: that folder itself).
    /// Gives their paths below the export folder, by name.
    pub fn deliver(
        &self,
        folder: impl Into<String>,
        files: BTreeMap<String, Body>,
    ) -> EffectFuture<BTreeMap<String, String>> {
        self.single(Ok(Action::Deliver(Deliver { folder: folder.into(), files })), |_, answer| match answer {
            Answer::Delivered { paths } => Ok(paths),
            _ => Err(mismatch()),
        })
    }

    /// Shows the user text, added to what was shown before.
    pub fn partial(&self, text: impl Into<String>) {
        self.shared.ask(Action::Partial(Partial { text: text.into(), preview: None }));
    }

    /// Shows the user a picture in place of the last.
    pub fn preview(&self, picture: &Blob) {
        let preview = Some(picture.clone());
        self.shared.ask(Action::Partial(Partial { text: String::new(), preview }));
    }

    /// Says how far the stage is, 0–1, and what it does. Costs no effect.
    pub fn progress(&self, fraction: f64, label: &str) {
        self.shared.host.progress((fraction.clamp(0.0, 1.0) * 1e6) as u32, label);
    }

    /// Writes a line of log. Costs no effect.
    pub fn log(&self, level: Level, text: impl AsRef<str>) {
        self.shared.host.log(level, text.as_ref());
    }

    /// Keeps `bytes` as a blob.
    pub fn write_blob(&self, mime: impl Into<String>, bytes: &[u8]) -> Result<Blob> {
        let mut writer = self.create_blob(mime)?;
        writer.add(bytes)?;
        writer.finish()
    }

    /// All bytes of a blob. Only those that came with the request or an answer, or that this stage wrote, can
    /// be read. For large ones use [`Cx::open_blob`].
    pub fn read_blob(&self, blob: &Blob) -> Result<Vec<u8>> {
        blobs::read_all(&self.shared, blob)
    }

    /// Opens a blob to be read in pieces, from any place.
    pub fn open_blob(&self, blob: &Blob) -> Result<BlobReader> {
        BlobReader::open(&self.shared, blob)
    }

    /// Begins a blob that is written piece by piece, and finished before anything is awaited.
    pub fn create_blob(&self, mime: impl Into<String>) -> Result<BlobWriter> {
        BlobWriter::create(&self.shared, mime.into())
    }

    /// Which take of the same request this is, and what the person asked to be different.
    pub fn take(&self) -> &Take {
        &self.shared.start.take
    }

    /// The only randomness there is: equal on every replay of the node, another one for each take.
    pub fn seed(&self) -> u64 {
        self.shared.start.seed
    }

    /// The id of a remote job that a person attached after a lost answer: go on with it instead of starting one.
    pub fn resume_hint(&self) -> Option<&str> {
        self.shared.start.resume_hint.as_deref()
    }

    /// Where the plugin's service is: as its manifest says, or where a person's settings put it.
    pub fn service(&self) -> Service {
        self.shared.start.service.clone().unwrap_or_default()
    }

    /// Adds to what this stage has used.
    #[allow(clippy::needless_pass_by_value, reason = "callers build it in place")]
    pub fn used(&self, usage: Usage) {
        self.shared.used(&usage);
    }
}

/// The driver lets only answers through that fit; this is for the arms that the compiler cannot rule out.
fn mismatch() -> StageError {
    StageError::permanent("the host answered with the wrong kind").code("protocol.event")
}
