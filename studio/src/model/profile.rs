//! Profiles: a name for how much is spent on a film. Data that changes what scripts ask of stages, and so which results
//! are made: what a profile does not touch is kept when another one is chosen.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use studio_plugin_sdk::roles::Role;

/// Fields of a role's requests, and what is put in their place. A table stands for what becomes of which text: a
/// request that says none of them stays as it is.
pub type Fields = BTreeMap<Role, Map<String, Value>>;

/// What a profile changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// When to take it, for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub help: String,
    /// Values of script params that the project leaves open, where the script declares them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, Value>,
    /// Requests of a role, whoever serves it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: Fields,
    /// Requests to one plugin; they come after those of its role.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub plugins: BTreeMap<String, Fields>,
}

/// A profile and what it is called.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NamedProfile {
    /// `draft`.
    pub name: String,
    /// What it changes.
    pub profile: Profile,
}

impl Profile {
    /// A script's request as this profile wants it.
    pub fn apply(&self, plugin: &str, role: Role, request: Value) -> Value {
        let Value::Object(mut fields) = request else { return request };
        let of_plugin = self.plugins.get(plugin).and_then(|fields| fields.get(&role));
        for (name, value) in self.roles.get(&role).into_iter().chain(of_plugin).flatten() {
            match value {
                Value::Object(instead) => {
                    let said = fields.get(name).and_then(Value::as_str).unwrap_or_default();
                    if let Some(value) = instead.get(said) {
                        fields.insert(name.clone(), value.clone());
                    }
                }
                value => drop(fields.insert(name.clone(), value.clone())),
            }
        }
        Value::Object(fields)
    }

    /// This one with `over` laid over it, field by field.
    #[must_use]
    pub fn with(mut self, over: &Self) -> Self {
        if !over.help.is_empty() {
            self.help.clone_from(&over.help);
        }
        self.params.extend(over.params.clone());
        lay_over(&mut self.roles, &over.roles);
        for (plugin, fields) in &over.plugins {
            lay_over(self.plugins.entry(plugin.clone()).or_default(), fields);
        }
        self
    }
}

fn lay_over(under: &mut Fields, over: &Fields) {
    for (role, fields) in over {
        let under = under.entry(*role).or_default();
        for (name, value) in fields {
            match (under.get_mut(name), value) {
                (Some(Value::Object(under)), Value::Object(over)) => under.extend(over.clone()),
                _ => drop(under.insert(name.clone(), value.clone())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn profile(text: &str) -> Profile {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn a_value_replaces_and_a_table_maps() {
        let draft = profile(
            r#"
            [roles.image]
            steps = 15
            [roles.render.preset]
            youtube-1080p = "draft-480p"
            "" = "draft-480p"
            [plugins.openai.image]
            model = "small"
            "#,
        );
        let asked = json!({"prompt": "a", "steps": 50});
        assert_eq!(draft.apply("flux", Role::Image, asked.clone()), json!({"prompt": "a", "steps": 15}));
        assert_eq!(draft.apply("openai", Role::Image, asked)["model"], "small");
        assert_eq!(draft.apply("x", Role::Render, json!({"preset": "youtube-1080p"})), json!({"preset": "draft-480p"}));
        assert_eq!(draft.apply("x", Role::Render, json!({})), json!({"preset": "draft-480p"}));
        assert_eq!(draft.apply("x", Role::Render, json!({"preset": "mine"})), json!({"preset": "mine"}));
        assert_eq!(draft.apply("x", Role::Tts, json!({"text": "a"})), json!({"text": "a"}));
        assert_eq!(draft.apply("x", Role::Image, json!("nonsense")), json!("nonsense"));
    }

    #[test]
    fn a_persons_profile_lies_over_the_shipped_one() {
        let shipped = profile("help = \"a\"\n[roles.render.preset]\na = \"b\"\nc = \"d\"\n[roles.image]\nsteps = 15");
        let own = profile("[roles.render.preset]\na = \"z\"\n[roles.image]\nsteps = 20\n[params]\nmoods = 1");
        let both = shipped.with(&own);
        assert_eq!(both.help, "a");
        assert_eq!(both.roles[&Role::Render]["preset"], json!({"a": "z", "c": "d"}));
        assert_eq!(both.roles[&Role::Image]["steps"], 20);
        assert_eq!(both.params["moods"], 1);
    }

    #[test]
    fn a_field_that_is_not_known_is_refused() {
        for text in ["[role.image]\nsteps = 1", "[roles.images]\nsteps = 1", "steps = 1"] {
            assert!(toml::from_str::<Profile>(text).is_err(), "{text}");
        }
    }
}
