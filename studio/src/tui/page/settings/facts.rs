//! What stands on the page of settings, as rows of words. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    engine::api::{PluginInfo, RoleInfo},
    model::Profile,
};

/// A secret: stored, or asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretRow {
    /// Its name.
    pub name: String,
    /// It is there.
    pub stored: bool,
    /// The plugins that ask for it.
    pub asked_by: Vec<String>,
    /// Where it is sent.
    pub host: String,
    /// Where to get one.
    pub help: String,
}

/// The secrets that are stored, and those that plugins ask for beside.
pub fn secrets(stored: &[String], plugins: &[PluginInfo]) -> Vec<SecretRow> {
    let mut rows: BTreeMap<String, SecretRow> = BTreeMap::new();
    let row = |name: &str, stored: bool| SecretRow {
        name: name.to_owned(),
        stored,
        asked_by: Vec::new(),
        host: String::new(),
        help: String::new(),
    };
    for name in stored {
        rows.insert(name.clone(), row(name, true));
    }
    for plugin in plugins {
        for secret in &plugin.asked.secrets {
            let row = rows.entry(secret.name.clone()).or_insert_with(|| row(&secret.name, false));
            row.asked_by.push(plugin.manifest.id.clone());
            row.host.clone_from(&secret.host);
            row.help.clone_from(&secret.help);
        }
    }
    rows.into_values().collect()
}

/// Who serves a role: the default first.
pub fn providers(role: &RoleInfo) -> String {
    let default = role.default.as_deref();
    let others: Vec<&str> = role.providers.iter().map(String::as_str).filter(|id| Some(*id) != default).collect();
    match (default, others.is_empty()) {
        (Some(default), true) => default.to_owned(),
        (Some(default), false) => format!("{default}; also {}", others.join(", ")),
        (None, true) => "nobody".to_owned(),
        (None, false) => others.join(", "),
    }
}

/// What a profile changes, a line each.
pub fn changes(profile: &Profile) -> Vec<String> {
    let mut lines: Vec<String> =
        profile.params.iter().map(|(name, value)| format!("param {name}: {}", said(value))).collect();
    let of_roles = profile.roles.iter().map(|(role, fields)| (role.to_string(), fields));
    let of_plugins = profile
        .plugins
        .iter()
        .flat_map(|(plugin, roles)| roles.iter().map(move |(role, fields)| (format!("{role} of {plugin}"), fields)));
    for (whose, fields) in of_roles.chain(of_plugins) {
        for (name, value) in fields {
            match value {
                Value::Object(instead) => lines.extend(instead.iter().map(|(before, after)| {
                    let before = if before.is_empty() { "not said" } else { before };
                    format!("{whose}: {name} {} where it is {before}", said(after))
                })),
                value => lines.push(format!("{whose}: {name} {}", said(value))),
            }
        }
    }
    lines
}

fn said(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use studio_plugin_sdk::roles::Role;

    #[test]
    fn what_a_profile_changes_is_said() {
        let profile: Profile = serde_json::from_value(json!({
            "params": { "voice": "en-us" },
            "roles": { "render": { "preset": { "youtube-1080p": "draft-480p", "": "draft-480p" } } },
            "plugins": { "openai": { "image": { "model": "small" } } },
        }))
        .unwrap();
        let lines = changes(&profile);
        assert_eq!(lines[0], "param voice: en-us");
        assert!(lines.contains(&"render: preset draft-480p where it is not said".to_owned()), "{lines:?}");
        assert!(lines.contains(&"image of openai: model small".to_owned()), "{lines:?}");
    }

    #[test]
    fn the_default_comes_first() {
        let of = |default: Option<&str>, providers: &[&str]| {
            let providers = providers.iter().map(|id| (*id).to_owned()).collect();
            super::providers(&RoleInfo { role: Role::Tts, default: default.map(ToOwned::to_owned), providers })
        };
        assert_eq!(of(Some("espeak"), &["a", "espeak"]), "espeak; also a");
        assert_eq!(of(Some("espeak"), &["espeak"]), "espeak");
        assert_eq!(of(None, &[]), "nobody");
        assert!(secrets(&["own".to_owned()], &[])[0].stored);
    }
}
