//! Who answers: the one that is named, the one of the settings, else the first that can talk and has what it needs.

use studio_plugin_sdk::{roles::Role, wire::PlanMode};

use crate::{
    engine::open::{Engine, EngineError},
    host::{Loaded, Serving},
};

const SETUP: &str = "studio secret set openai, or a server of your own: docs/providers.md";

impl Engine {
    /// Who answers.
    pub(super) fn chat_serving(&self, named: Option<&str>) -> Result<Serving, EngineError> {
        let registry = self.plugins();
        let settings = &self.core.config.settings.chat;
        if let Some(id) = named.or(settings.provider.as_deref()).filter(|id| !id.is_empty()) {
            let serving = registry.serving(Role::Llm, Some(id))?;
            if !talks(&serving.plugin) {
                let message = format!("{id} makes storyboards of texts: it cannot talk");
                return Err(EngineError::refused("chat.provider", message, SETUP));
            }
            if let Some(secret) = self.lacks_secret(&serving.plugin)? {
                let message = format!("{id} needs a key, and none is set");
                return Err(EngineError::refused("chat.provider", message, format!("studio secret set {secret}")));
            }
            return Ok(serving);
        }
        for plugin in registry.all().iter().filter(|plugin| talks(plugin) && plugin.asked == *plugin.allowed) {
            if self.lacks_secret(plugin)?.is_none() {
                return Ok(registry.serving(Role::Llm, Some(&plugin.manifest.id))?);
            }
        }
        Err(EngineError::refused("chat.provider", "no model is set up that can talk with you", SETUP))
    }

    /// The model that is asked where nobody names one; none: the plugin's own choice.
    pub(super) fn chat_model(&self, plugin: &Loaded) -> Option<String> {
        let settings = &self.core.config.settings;
        let of_plugin = || settings.plugins.get(&plugin.manifest.id)?.roles.get(&Role::Llm)?.get("model")?.as_str();
        settings.chat.model.as_deref().or_else(of_plugin).map(ToOwned::to_owned)
    }

    fn lacks_secret(&self, plugin: &Loaded) -> Result<Option<String>, EngineError> {
        let capabilities = &plugin.manifest.capabilities;
        let service = match (&plugin.service, &capabilities.service) {
            (Some(moved), _) => Some(moved.secret.clone()),
            (None, declared) => declared.as_ref().map(|declared| declared.secret.clone()),
        };
        let set = self.vault().names()?;
        let needed = service.into_iter().chain(capabilities.secrets.iter().map(|secret| secret.name.clone()));
        Ok(needed.filter(|name| !name.is_empty()).find(|name| !set.contains(name)))
    }
}

/// Can it talk? What a plan may run by itself (at once, for nothing, and always with the same result) is no model.
fn talks(plugin: &Loaded) -> bool {
    plugin.stage(Role::Llm).is_some_and(|stage| stage.plan != PlanMode::Run)
}
