//! Plugins: listed, looked at, granted, called by hand.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use studio_plugin_sdk::{
    roles::Role,
    wire::{Capabilities, Manifest},
};

use super::{ApiError, Cx, Done, Method};
use crate::{
    engine::{Engine, EngineError},
    host::Loaded,
    model::{Digest, Money, Source},
};

/// A plugin: what it says it is, and what it may do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PluginInfo {
    /// What it says it is.
    #[serde(flatten)]
    pub manifest: Manifest,
    /// Its bytes' digest.
    pub digest: Digest,
    /// Is it one of those that come with Studio?
    pub shipped: bool,
    /// What it asks for under the settings.
    pub asked: Capabilities,
    /// What of that was granted.
    pub allowed: Capabilities,
    /// Where the settings have put its service; none: where its manifest says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<String>,
    /// The most that it was granted to spend in a calendar month (UTC); none: as much as budgets allow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Money>,
}

impl PluginInfo {
    fn of(engine: &Engine, plugin: &Loaded) -> Result<Self, EngineError> {
        let limit = engine.spending_limit(plugin)?;
        let (manifest, allowed) = (plugin.manifest.clone(), (*plugin.allowed).clone());
        let (asked, moved_to) = (plugin.asked.clone(), plugin.moved_to().map(ToOwned::to_owned));
        let shipped = plugin.source == Source::Shipped;
        Ok(Self { manifest, digest: plugin.digest, shipped, asked, allowed, moved_to, limit })
    }
}

/// All plugins, by id.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {}

impl Method for List {
    const NAME: &'static str = "plugin.list";
    type Reply = Vec<PluginInfo>;

    async fn handle(self, cx: &Cx) -> Result<Vec<PluginInfo>, ApiError> {
        cx.engine.reload_plugins()?;
        let all = cx.engine.plugins().all();
        Ok(all.iter().map(|plugin| PluginInfo::of(&cx.engine, plugin)).collect::<Result<_, _>>()?)
    }
}

/// What a plugin is, what it asks for, and what of that is granted.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inspect {
    /// Its id, or the whole path of a `.wasm` file.
    pub plugin: String,
}

impl Method for Inspect {
    const NAME: &'static str = "plugin.inspect";
    type Reply = PluginInfo;

    async fn handle(self, cx: &Cx) -> Result<PluginInfo, ApiError> {
        Ok(PluginInfo::of(&cx.engine, &*find(&cx.engine, &self.plugin)?)?)
    }
}

/// Grants a plugin all that it asks for.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantAll {
    /// Its id, or the whole path of a `.wasm` file.
    pub plugin: String,
    /// The bytes that were looked at and agreed to.
    pub digest: Digest,
    /// The most that it may spend in a calendar month (UTC); none: as before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Money>,
    /// It may spend as much as budgets allow.
    #[serde(default)]
    pub unlimited: bool,
}

impl Method for GrantAll {
    const NAME: &'static str = "plugin.grant";
    const CHANGES: bool = true;
    type Reply = Done;

    async fn handle(self, cx: &Cx) -> Result<Done, ApiError> {
        let plugin = find(&cx.engine, &self.plugin)?;
        if plugin.digest != self.digest {
            return Err(ApiError::new("conflict", format!("{} has other bytes now: {}", self.plugin, plugin.digest))
                .field("digest")
                .help("look at it again with `studio plugin inspect`"));
        }
        if self.unlimited && self.limit.is_some() {
            return Err(ApiError::new("invalid_input", "a limit, or none: not both").field("limit"));
        }
        let limit = match self.limit {
            None if !self.unlimited => cx.engine.earlier_limit(&plugin)?,
            limit => limit,
        };
        cx.engine.grant(&plugin, limit).await?;
        cx.engine.reload_plugins()?;
        Ok(Done {})
    }

    async fn again(self, _cx: &Cx, _told: Value) -> Result<Done, ApiError> {
        Ok(Done {})
    }
}

/// A role: who can serve it, and who does where a script names nobody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RoleInfo {
    /// The role.
    pub role: Role,
    /// Who does where a script names nobody; none: whoever there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Who can, by id.
    pub providers: Vec<String>,
}

/// All roles, in the order of a pipeline.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Roles {}

impl Method for Roles {
    const NAME: &'static str = "role.list";
    type Reply = Vec<RoleInfo>;

    async fn handle(self, cx: &Cx) -> Result<Vec<RoleInfo>, ApiError> {
        let plugins = cx.engine.plugins().all();
        let role = |role: Role| RoleInfo {
            role,
            default: cx.engine.core.config.defaults.get(&role).cloned(),
            providers: plugins.iter().filter(|p| p.stage(role).is_some()).map(|p| p.manifest.id.clone()).collect(),
        };
        Ok(Role::ALL.into_iter().map(role).collect())
    }
}

/// Runs one stage of a plugin by hand: its response.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Its id, or the whole path of a `.wasm` file.
    pub plugin: String,
    /// The stage.
    pub role: Role,
    /// The request, as the role's schema says.
    pub request: Value,
    /// Where files go that the stage delivers: a whole path.
    pub out: PathBuf,
}

impl Method for Call {
    const NAME: &'static str = "plugin.call";
    const CHANGES: bool = true;
    type Reply = Value;

    async fn handle(self, cx: &Cx) -> Result<Value, ApiError> {
        if !self.out.is_absolute() {
            return Err(ApiError::new("invalid_input", "give the whole path").field("out"));
        }
        // Its module is kept as a blob before a record names it.
        let _lease = cx.engine.core.store.blobs().lease();
        let plugin = find(&cx.engine, &self.plugin)?;
        Ok(cx.engine.call(plugin, self.role, self.request, self.out).await?)
    }
}

fn find(engine: &Engine, plugin: &str) -> Result<Arc<Loaded>, ApiError> {
    let path = Path::new(plugin);
    if path.extension().is_none_or(|e| e != "wasm") {
        // Modules are put into the store's folder while it is open, too.
        if let Ok(found) = engine.plugins().find(plugin) {
            return Ok(found);
        }
        engine.reload_plugins()?;
        return Ok(engine.plugins().find(plugin)?);
    }
    if !path.is_absolute() {
        return Err(ApiError::new("invalid_input", "give the whole path of a module").field("plugin"));
    }
    let unread = |e: std::io::Error| ApiError::new("usage", format!("cannot be read: {e}")).field(plugin);
    let wasm = std::fs::read(path).map_err(unread)?;
    let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(engine.load_module(&name, &wasm)?)
}
