//! Protocol version 1: a guest exports `describe`, `estimate`, `start` and `resume`; it asks for effects
//! in a [`Turn`] and is resumed with the [`Event`]s that answer them. Frozen once released.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{blob::Blob, error::StageError, roles::Role, usage::Usage};

/// The number of this protocol version.
pub const PROTOCOL: u32 = 1;

// ---------------------------------------------------------------- describe

/// What a plugin is and asks for; the answer of `describe`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Protocol version the guest speaks.
    pub protocol: u32,
    /// Stable id, lower case: `espeak`. Part of every result key.
    pub id: String,
    /// The plugin's own version, for people.
    pub version: String,
    /// One sentence on what it does.
    pub description: String,
    /// The stages it serves, at most one per role.
    pub stages: Vec<StageDecl>,
    /// What it asks to be allowed.
    #[serde(default)]
    pub capabilities: Capabilities,
    /// The limits it asks for; the host caps them.
    #[serde(default)]
    pub limits: Limits,
}

/// One stage of a plugin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StageDecl {
    /// The role it fills.
    pub role: Role,
    /// Raised by the author when the same request would rightly give another result.
    pub rev: u32,
    /// What `studio plan` does where a result is missing.
    #[serde(default)]
    pub plan: PlanMode,
    /// What it mostly uses, for scheduling.
    #[serde(default)]
    pub resource: Resource,
    /// Its work may cost money.
    #[serde(default)]
    pub paid: bool,
    /// Programs whose version counts in the result key.
    #[serde(default)]
    pub programs: Vec<String>,
}

/// What `studio plan` does with a stage whose result is not kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PlanMode {
    /// Local, free, deterministic and under a second: plan runs it.
    Run,
    /// Plan takes the slot's last result and marks what hangs on it.
    #[default]
    Assume,
}

/// The resource class that bounds how many turns or programs of a stage run at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// Processor time on this box.
    #[default]
    Cpu,
    /// Mostly waits for a remote service.
    Net,
    /// The graphics card.
    Gpu,
}

/// What a plugin may touch. A manifest asks for a set, a grant allows a set, an action needs both.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Capabilities {
    /// Hosts it may reach.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub net: Vec<NetRule>,
    /// Programs it may start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub programs: Vec<ProgramDecl>,
    /// Secrets that the host may fill in for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretDecl>,
    /// Roles it may run as nodes of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Role>,
    /// It may put finished files into the project's export folder.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deliver: bool,
}

/// A host that may be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NetRule {
    /// `api.example.com`, `*.example.com` (any depth below, not the apex), or `host:port` for a port
    /// other than the scheme's own.
    pub host: String,
    /// Private, loopback and link-local addresses are allowed for this host (a local server).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
    /// Most requests a minute; none: only what the service itself says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_minute: Option<u32>,
}

/// A secret by name and the one place it may be filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SecretDecl {
    /// The name in `studio secret set NAME` and in `{{secret:NAME}}`.
    pub name: String,
    /// The only host it is sent to (same form as [`NetRule::host`]).
    pub host: String,
    /// Where to get one, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub help: String,
}

/// A program that may be started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProgramDecl {
    /// Its name, looked up on the host's path: `ffmpeg`.
    pub name: String,
    /// Does it run what a model or a stranger wrote?
    #[serde(default)]
    pub kind: ProgramKind,
    /// How much of its version counts in result keys.
    #[serde(default)]
    pub key: VersionKey,
    /// Arguments that make it print its version: `["-version"]`.
    #[serde(default)]
    pub version_args: Vec<String>,
}

/// How hostile a program's work is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProgramKind {
    /// A known program on data (ffmpeg, espeak-ng).
    #[default]
    Tool,
    /// Runs code that a model or a stranger wrote (Manim): full confinement or nothing.
    Code,
}

/// How much of a program's version counts in result keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum VersionKey {
    /// The whole version string.
    Exact,
    /// The number before the first dot.
    #[default]
    Major,
    /// Nothing.
    None,
}

/// Limits of one node of the plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Most linear memory, in MiB (the host allows at most 1024).
    pub memory_mib: u32,
    /// Most computing in one turn, in seconds' worth of fuel (the host allows at most 10).
    pub turn_seconds: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory_mib: 64, turn_seconds: 1 }
    }
}

// ---------------------------------------------------------------- estimate, start, resume

/// The argument of `start` and `estimate`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The role whose stage is to run.
    pub role: Role,
    /// The role's request. For `estimate`, values not known yet are null.
    pub request: Value,
    /// Which take of the same request this is.
    #[serde(default)]
    pub take: Take,
    /// The only randomness a guest gets: derived from the node's key, equal on every replay.
    #[serde(default)]
    pub seed: u64,
    /// The id of a remote job that a person attached after a lost answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume_hint: Option<String>,
}

/// One of several results asked of the same request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Take {
    /// 1 is the default take.
    pub n: u32,
    /// What the person asked to be different.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl Default for Take {
    fn default() -> Self {
        Self { n: 1, note: String::new() }
    }
}

/// What a call would cost and take; pure in the request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Estimate {
    /// What it would use at most; the host prices it. None: not known yet.
    pub usage: Option<Usage>,
    /// Wall-clock seconds; none: not known yet.
    pub seconds: Option<f64>,
}

/// What a guest answers to `start` and `resume`: what it wants done, and whether it has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Turn {
    /// New effects, with ids that rise by one from 1 over the node's life.
    #[serde(default)]
    pub effects: Vec<Effect>,
    /// How the stage stands.
    #[serde(default)]
    pub outcome: Outcome,
}

/// How a stage stands after a turn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It waits for effects.
    #[default]
    None,
    /// It has its result.
    Done {
        /// The role's response.
        response: Value,
        /// What it used.
        #[serde(default)]
        usage: Usage,
    },
    /// It has failed.
    Failed {
        /// Why.
        error: StageError,
        /// What it used all the same.
        #[serde(default)]
        usage: Usage,
    },
}

// ---------------------------------------------------------------- effects

/// Something a guest asks the host to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Effect {
    /// Given by the guest in order of first poll, from 1.
    pub id: u32,
    /// What to do.
    #[serde(flatten)]
    pub action: Action,
}

/// The kinds of effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Action {
    /// One HTTP request: one answer, or a stream of chunks.
    Http(Http),
    /// A request that the host repeats until a value in the answer says so: one final answer.
    Poll(Poll),
    /// A confined program: lines, then its exit.
    Exec(Exec),
    /// A pause. The host journals it as an absolute deadline.
    Sleep {
        /// Milliseconds from when it is asked.
        ms: u64,
    },
    /// Is a program there, and which version?
    Probe {
        /// A program named in the manifest.
        program: String,
    },
    /// Another stage, run as a node of its own and kept under its own key.
    Stage(StageCall),
    /// Finished files into the project's export folder.
    Deliver(Deliver),
    /// Something for the person to see meanwhile. Has no answer.
    Partial(Partial),
    /// An earlier effect is not wanted any more. Has no answer.
    Cancel {
        /// The id of that effect.
        target: u32,
    },
}

/// An HTTP request. `{{secret:NAME}}` in a header or query value is filled in by the host.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// `GET`, `POST` …
    pub method: String,
    /// Absolute; https save for loopback hosts.
    pub url: String,
    /// Added to the URL's query.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<(String, String)>,
    /// Header names and values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// What is sent.
    #[serde(default, skip_serializing_if = "Body::is_empty")]
    pub body: Body,
    /// Answer with chunks as they arrive.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stream: bool,
    /// Answer with a blob, however small.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub to_blob: bool,
    /// Sending it twice does no harm. GET and HEAD are idempotent without this.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub idempotent: bool,
    /// The header in which the host sends an idempotency key of its own; makes the request idempotent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_header: Option<String>,
    /// The answer holds what must not be read later (an upload URI, a token): it is sealed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
    /// The most this call can use, reserved before it is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Usage>,
    /// Seconds without a byte until the host gives up; none: 120.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_s: Option<u32>,
}

/// What is sent with a request, or fed to a program.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// Nothing.
    #[default]
    Empty,
    /// UTF-8 text.
    Text(String),
    /// JSON, with its content type.
    Json(Value),
    /// Bytes in base64.
    Base64(String),
    /// A blob's bytes.
    Blob(Blob),
    /// `multipart/form-data`.
    Multipart(Vec<Part>),
}

impl Body {
    /// Is there nothing to send?
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }
}

/// One part of a multipart body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The field's name.
    pub name: String,
    /// The file's name, where it is a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// Its content; not itself multipart.
    pub body: Body,
}

/// A request repeated by the host until a JSON value in its answer is one of a set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Poll {
    /// The request; idempotent by being polled.
    pub request: Http,
    /// Milliseconds between requests.
    pub every_ms: u64,
    /// Each pause is this many times the last (1: constant), up to ten times the first.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub backoff: f64,
    /// JSON pointer to the value that is looked at.
    pub pointer: String,
    /// The values that end it.
    pub until: Vec<Value>,
    /// JSON pointer to a number (0–1, or 0–100) that is shown as progress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<String>,
    /// Seconds after which the host gives up with a transient error.
    pub give_up_s: u64,
}

fn one() -> f64 {
    1.0
}

#[allow(clippy::trivially_copy_pass_by_ref, clippy::float_cmp)]
fn is_one(x: &f64) -> bool {
    *x == 1.0
}

/// A program run in a scratch folder that is its working directory and the only place it can write.
///
/// In `args` and `env` values, `{in}` is the folder of the inputs and `{out}` the scratch folder.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Exec {
    /// A program named in the manifest.
    pub program: String,
    /// Its arguments; no shell is involved.
    pub args: Vec<String>,
    /// The only environment it gets, beside what every program needs (PATH, HOME and TMPDIR in scratch, LANG=C.UTF-8).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// What it reads on standard input.
    #[serde(default, skip_serializing_if = "Body::is_empty")]
    pub stdin: Body,
    /// Read-only files, by the name (no path) under which they appear in `{in}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, Body>,
    /// Files it leaves in scratch that are taken as blobs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<Output>,
    /// Which of its lines the guest gets as events.
    #[serde(default, skip_serializing_if = "Lines::is_none")]
    pub lines: Lines,
    /// Lines that the host turns into progress itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<ProgressLines>,
    /// Running it twice does harm (it publishes something).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub once: bool,
    /// Threads it will use: that many processor permits; none: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<u32>,
    /// Wall-clock seconds until it is killed; none: 3600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_s: Option<u32>,
    /// Most memory in MiB; none: 4096.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_mib: Option<u32>,
}

/// A file that a program leaves behind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// Its name in scratch (no path).
    pub name: String,
    /// The media type it is kept under.
    pub mime: String,
    /// Its absence is no error.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// Which of a program's lines become events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Lines {
    /// None; the tails come with the exit.
    #[default]
    None,
    /// Those of standard output.
    Stdout,
    /// Those of standard error.
    Stderr,
}

impl Lines {
    #[allow(clippy::trivially_copy_pass_by_ref)]
    fn is_none(&self) -> bool {
        *self == Self::None
    }
}

/// Lines of the form `KEY=NUMBER` on standard output that say how far a program is (ffmpeg `-progress pipe:1`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProgressLines {
    /// `frame`.
    pub key: String,
    /// The number at which it is done.
    pub total: f64,
}

/// A call of another stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StageCall {
    /// A role that the manifest names in `calls`.
    pub role: Role,
    /// Which plugin; none: the caller's own if it serves the role, else the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Its place under the caller's slot: `scene-3`. Unique among the caller's calls. `slot` on the wire,
    /// where `id` is the effect's.
    #[serde(rename = "slot")]
    pub id: String,
    /// The role's request.
    pub request: Value,
    /// What it is, for people: `segment of scene 3`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
}

/// Finished files for a person. Each is written whole or not at all, over an older one of its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Deliver {
    /// A folder below the project's export folder; empty: that folder itself. Relative, no `..`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// By file name (no path).
    pub files: BTreeMap<String, Body>,
}

/// Something for the person to see meanwhile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Partial {
    /// Text to add to what was shown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// A picture to show instead of the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<Blob>,
}

// ---------------------------------------------------------------- events

/// An answer to an effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Event {
    /// The effect's id.
    pub id: u32,
    /// What came of it.
    #[serde(flatten)]
    pub answer: Answer,
}

/// The kinds of answer. `Chunk` and `Line` may come many times; every other one is the last for its effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// The whole answer, or for a stream its head after the last chunk (with an empty body).
    Http(HttpAnswer),
    /// A piece of a streamed body.
    Chunk {
        /// The bytes: text where they are UTF-8.
        body: Body,
    },
    /// Lines of a program, without line ends.
    Lines {
        /// In order.
        lines: Vec<String>,
    },
    /// The program has ended.
    Exit(Exit),
    /// The pause is over.
    Woke {},
    /// What is known of a program.
    Probe {
        /// Its version line; none: it is not there.
        version: Option<String>,
    },
    /// The stage's response.
    Stage {
        /// The role's response.
        response: Value,
    },
    /// The files are in place.
    Delivered {
        /// Their absolute paths, by name.
        paths: BTreeMap<String, String>,
    },
    /// The effect could not be done; the host has retried what may be retried.
    Failed {
        /// Why.
        error: StageError,
    },
}

impl Answer {
    /// Will no other answer to the same effect follow?
    pub fn is_last(&self) -> bool {
        !matches!(self, Self::Chunk { .. } | Self::Lines { .. })
    }
}

/// The answer to a request. A status of 400 and above is an answer, not a failure, once retries are used up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HttpAnswer {
    /// The status code.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Text where it is UTF-8, a blob where over 1 MB or asked for.
    #[serde(default, skip_serializing_if = "Body::is_empty")]
    pub body: Body,
}

/// How a program ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Exit {
    /// Its exit code; none: killed by a signal.
    pub code: Option<i32>,
    /// The signal that killed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// The last 64 KiB of standard output (none of it where its lines were events).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stdout: String,
    /// The last 16 KiB of standard error.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stderr: String,
    /// The outputs, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<String, Blob>,
}
