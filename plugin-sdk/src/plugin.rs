//! A plugin as its author declares it: stages and a manifest. `plugin!` builds it, the driver runs it.

use std::{future::Future, pin::Pin, sync::Arc};

use serde_json::Value;

use crate::{
    cx::Cx,
    error::{Result, StageError},
    json,
    roles::{Role, RoleRequest},
    wire::{Capabilities, Estimate, Limits, Manifest, PROTOCOL, StageDecl, Start},
};

/// A stage that has begun; it ends with the role's response.
pub(crate) type Running = Pin<Box<dyn Future<Output = Result<Value>>>>;

type Begin = dyn Fn(Cx, Value) -> Result<Running> + Send + Sync;

/// A stage: its declaration and the function behind it. Made by `#[stage]`.
#[derive(Clone)]
pub struct StageDef {
    decl: StageDecl,
    begin: Arc<Begin>,
    estimate: fn(&Value) -> Estimate,
}

impl StageDef {
    /// A stage of `decl.role` whose work is `run`. `#[stage]` checks that the role is `R`'s.
    pub fn new<R, Fut>(decl: StageDecl, run: impl Fn(Cx, R) -> Fut + Send + Sync + 'static) -> Self
    where
        R: RoleRequest + 'static,
        Fut: Future<Output = Result<R::Response>> + 'static,
    {
        let begin = move |cx: Cx, request: Value| -> Result<Running> {
            let request: R = json::typed(request)?;
            let future = run(cx, request);
            Ok(Box::pin(async move { to_value(&future.await?) }))
        };
        Self { decl, begin: Arc::new(begin), estimate: |_| Estimate::default() }
    }

    /// The same stage with a function that says what a request would cost and take. It gets the request
    /// with null for what is not known yet ([`json::known`] types it).
    #[must_use]
    pub fn with_estimate(mut self, estimate: fn(&Value) -> Estimate) -> Self {
        self.estimate = estimate;
        self
    }

    /// What the manifest says of it.
    pub fn decl(&self) -> &StageDecl {
        &self.decl
    }

    pub(crate) fn begin(&self, cx: Cx, request: Value) -> Result<Running> {
        (self.begin)(cx, request)
    }
}

fn to_value(response: &impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(response)
        .map_err(|e| StageError::permanent(format!("the response is not JSON: {e}")).code("stage.response"))
}

/// A plugin: what it is, what it asks for, and its stages.
#[derive(Clone)]
pub struct Plugin {
    manifest: Manifest,
    stages: Vec<StageDef>,
}

impl Plugin {
    /// A plugin that asks for nothing, with the default limits. `plugin!` is the usual way to make one.
    pub fn new(
        id: impl Into<String>,
        version: impl Into<String>,
        description: impl Into<String>,
        stages: Vec<StageDef>,
    ) -> Self {
        let manifest = Manifest {
            protocol: PROTOCOL,
            id: id.into(),
            version: version.into(),
            description: description.into(),
            stages: stages.iter().map(|stage| stage.decl.clone()).collect(),
            capabilities: Capabilities::default(),
            limits: Limits::default(),
        };
        Self { manifest, stages }
    }

    /// The same plugin asking for `capabilities`.
    #[must_use]
    pub fn capabilities(mut self, capabilities: Capabilities) -> Self {
        self.manifest.capabilities = capabilities;
        self
    }

    /// The same plugin asking for `limits`.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.manifest.limits = limits;
        self
    }

    /// The answer of `describe`.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Its stage of that role.
    pub fn stage(&self, role: Role) -> Result<&StageDef> {
        self.stages.iter().find(|stage| stage.decl.role == role).ok_or_else(|| {
            StageError::permanent(format!("the plugin {} has no {role} stage", self.manifest.id)).code("protocol.role")
        })
    }

    /// The answer of `estimate`: what a request would cost and take.
    pub fn estimate(&self, start: &Start) -> Result<Estimate> {
        Ok((self.stage(start.role)?.estimate)(&start.request))
    }
}

/// Declares the crate's plugin: `pub fn plugin() -> Plugin`, and on WebAssembly the four exports of the protocol.
///
/// ```
/// # use studio_plugin_sdk::prelude::*;
/// # #[stage(tts, rev = 1)]
/// # async fn speak(_cx: Cx, _req: SpeechRequest) -> Result<Speech> { Ok(Speech::default()) }
/// plugin! {
///     id: "espeak",
///     description: "Speaks with espeak-ng.",
///     stages: [speak],
///     capabilities: Capabilities { deliver: true, ..Default::default() },
///     limits: Limits { memory_mib: 128, ..Default::default() },
/// }
/// # fn main() { assert_eq!(plugin().manifest().id, "espeak"); }
/// ```
///
/// `capabilities` and `limits` may be left out.
#[macro_export]
macro_rules! plugin {
    (
        id: $id:expr,
        description: $description:expr,
        stages: [$($stage:path),+ $(,)?]
        $(, capabilities: $capabilities:expr)?
        $(, limits: $limits:expr)?
        $(,)?
    ) => {
        /// This crate's plugin.
        #[must_use]
        pub fn plugin() -> $crate::Plugin {
            $crate::Plugin::new($id, ::core::env!("CARGO_PKG_VERSION"), $description, ::std::vec![$($stage()),+])
                $(.capabilities($capabilities))?
                $(.limits($limits))?
        }
        $crate::__export_plugin!(plugin);
    };
}
