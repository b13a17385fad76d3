//! The answer of `describe`: what a plugin is and asks for.

use serde::{Deserialize, Serialize};

use crate::roles::Role;

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
    /// A service that a person may have at another address: its host and its secret, beside the above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceDecl>,
    /// Devices of the box that programs of its may use, where an [`Exec`](super::Exec) asks for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<Device>,
    /// Roles it may run as nodes of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Role>,
    /// It may put finished files into the project's export folder.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deliver: bool,
}

/// A device of the box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Device {
    /// The graphics card: its encoders, and what it computes. Absent from a box that has none.
    Gpu,
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

/// A service behind an address that a person may change in their settings (a server of their own that speaks the
/// same protocol). The plugin may reach its host and send its secret there; a changed address needs a grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ServiceDecl {
    /// Where it is unless the settings say otherwise, without a slash at its end: `https://api.example.com/v1`.
    pub url: String,
    /// The secret for that address; empty: none. A changed address gets the secret that the settings name, or none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub secret: String,
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
