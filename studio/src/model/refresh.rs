//! Which results of older versions a person wants to have made anew.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use studio_plugin_sdk::roles::Role;

/// Which results of older versions are made anew.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Refresh {
    /// None: they stay in use.
    #[default]
    None,
    /// All of them.
    All,
    /// Those of these roles.
    Roles(Vec<Role>),
}

impl Refresh {
    /// Are those of a role made anew?
    pub fn renews(&self, role: Role) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Roles(roles) => roles.contains(&role),
        }
    }

    /// Are none made anew?
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }

    /// This, unless it asks for nothing: then `otherwise`.
    #[must_use]
    pub fn or(self, otherwise: &Self) -> Self {
        if self.is_none() { otherwise.clone() } else { self }
    }

    /// As a person names them: roles, or `all`.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::None => Vec::new(),
            Self::All => vec!["all".into()],
            Self::Roles(roles) => roles.iter().map(|role| role.name().to_owned()).collect(),
        }
    }
}
