//! From a role and an input to the name of its result.

use std::sync::Arc;

use serde_json::Value;
use studio_plugin_sdk::{
    roles::Role,
    wire::{ProgramDecl, Start, Take},
};

use crate::{
    effects::exec::Programs,
    host::{Opening, Registry, Serving, counted},
    model::{Key, KeyParts, NodeError, ProgramVersion, StageRev},
};

/// A call whose result has a name.
#[derive(Clone)]
pub struct Named {
    /// The name.
    pub key: Key,
    /// The stages that it may call.
    pub calls: Vec<StageRev>,
    /// Who will do it.
    pub serving: Serving,
    /// What it is started with: one for all who hold it, since it may be long.
    pub opening: Arc<Opening>,
}

impl Named {
    /// What is asked, whatever the versions of who does it: the same after an upgrade.
    pub fn asked(&self) -> Key {
        let parts = KeyParts {
            role: self.opening.role,
            provider: self.serving.rev(),
            request: &self.opening.request(),
            take: &self.opening.take,
            programs: Vec::new(),
            calls: self.calls.clone(),
            service: self.serving.plugin.moved_to(),
        };
        parts.asked()
    }
}

/// Names calls; shared by runs and plans so that both mean the same.
#[derive(Clone)]
pub struct Namer {
    /// The plugins.
    pub registry: Arc<Registry>,
    /// The programs on this box.
    pub programs: Arc<Programs>,
}

impl Namer {
    /// Names a call of `serving` with `request` as it came from a script or a plugin.
    pub async fn name(&self, serving: Serving, role: Role, request: Value, take: Take) -> Result<Named, NodeError> {
        let request = serving.plugin.canonical(role, request)?;
        let parts = KeyParts {
            role,
            provider: serving.rev(),
            request: &request,
            take: &take,
            programs: self.programs_of(&serving).await?,
            calls: self.registry.calls(&serving),
            service: serving.plugin.moved_to(),
        };
        let key = parts.key();
        let calls = parts.calls;
        let service = serving.plugin.service.clone();
        let start = Start { role, seed: seed_of(&key), request, take, resume_hint: None, service };
        Ok(Named { key, calls, serving, opening: Arc::new(Opening::new(&start)) })
    }

    async fn programs_of(&self, serving: &Serving) -> Result<Vec<ProgramVersion>, NodeError> {
        let mut versions = Vec::new();
        for name in &serving.stage().programs {
            let Some(declared) = declared(serving, name) else { continue };
            // A program that is missing has no version: the stage itself will say so when it starts it.
            if let Some(line) = self.programs.version(declared).await? {
                versions.extend(counted(name, &line, declared.key));
            }
        }
        versions.sort();
        Ok(versions)
    }
}

fn declared<'a>(serving: &'a Serving, name: &str) -> Option<&'a ProgramDecl> {
    serving.plugin.manifest.capabilities.programs.iter().find(|p| p.name == name)
}

/// The only randomness a guest gets, equal whenever the key is. 53 bits, so that it survives JSON readers
/// whose numbers are doubles.
fn seed_of(key: &Key) -> u64 {
    u64::from_str_radix(&key.as_str()[..14], 16).unwrap_or_default() >> 3
}
