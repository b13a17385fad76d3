//! Which profiles there are: the shipped ones, and those of the person's settings laid over them.

use std::collections::BTreeMap;

use super::open::{Core, Engine, EngineError};
use crate::{
    embedded,
    model::{NamedProfile, Profile},
};

impl Engine {
    /// The profiles there are, by name.
    pub fn profiles(&self) -> Result<BTreeMap<String, Profile>, EngineError> {
        all(&self.core)
    }
}

/// All of them by name.
pub fn all(core: &Core) -> Result<BTreeMap<String, Profile>, EngineError> {
    let mut found = BTreeMap::new();
    for (file, text) in embedded::PROFILES {
        let name = file.trim_end_matches(".toml").to_owned();
        let profile: Profile =
            toml::from_str(text).map_err(|e| invalid(format!("the shipped profile {name} is broken: {e}")))?;
        found.insert(name, profile);
    }
    for (name, own) in &core.config.settings.profiles {
        let profile = found.remove(name).unwrap_or_default().with(own);
        found.insert(name.clone(), profile);
    }
    Ok(found)
}

/// The one of that name.
pub fn named(core: &Core, name: &str) -> Result<NamedProfile, EngineError> {
    let mut all = all(core)?;
    match all.remove(name) {
        Some(profile) => Ok(NamedProfile { name: name.to_owned(), profile }),
        None => {
            let names = all.into_keys().collect::<Vec<_>>().join(", ");
            Err(invalid(format!(
                "there is no profile {name:?}; there are {names} (more: [profiles.NAME] in config.toml)"
            )))
        }
    }
}

fn invalid(message: String) -> EngineError {
    EngineError::Invalid { field: "profile".into(), message }
}
