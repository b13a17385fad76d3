//! What a guest asks the host to do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Device;
use crate::{blob::Blob, roles::Role, usage::Usage};

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
    /// Devices of the box that it uses, each named in the manifest. What the box does not have is not there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<Device>,
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
