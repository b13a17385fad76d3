//! The place of a node in the work; survives edits, reordering and upgrades.

use std::{fmt, sync::Arc};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use studio_plugin_sdk::roles::Role;

use super::ids::ProjectId;

/// Project, scopes (`map` items, callers), then `role` or `role#2` for the second of its kind in that scope:
/// `01J…/rice-1/tts`, `01J…/render/body-rice-1/render`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Slot(
    #[serde(with = "super::shared")]
    #[schemars(with = "String")]
    Arc<str>,
);

impl Slot {
    /// The slot of the `ordinal`-th (from 1) stage of `role` in `scope` of a project.
    pub fn new(project: &ProjectId, scope: &[String], role: Role, ordinal: u32) -> Self {
        let mut text = project.as_str().to_owned();
        for part in scope {
            text.push('/');
            text.push_str(&escaped(part));
        }
        text.push('/');
        text.push_str(role.name());
        if ordinal > 1 {
            text.push_str(&format!("#{ordinal}"));
        }
        Self(text.into())
    }

    /// The slot of that name within a project, as [`Self::local`] gives it.
    pub fn within(project: &ProjectId, name: &str) -> Self {
        Self(format!("{project}/{}", name.trim_matches('/')).into())
    }

    /// A slot from its text, which is not checked.
    pub fn named(text: impl Into<String>) -> Self {
        Self(text.into().into())
    }

    /// Its project.
    pub fn project(&self) -> ProjectId {
        ProjectId::new(self.0.split('/').next().unwrap_or_default())
    }

    /// The slot of a stage that the stage here calls under `id`.
    #[must_use]
    pub fn child(&self, id: &str) -> Self {
        Self(format!("{}/{}", self.0, escaped(id)).into())
    }

    /// The role by which a script asked for it; none: it is a piece that a stage asked for.
    pub fn role(&self) -> Option<Role> {
        let last = self.0.rsplit('/').next()?;
        Role::from_name(last.split('#').next()?)
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Without the project: what people see.
    pub fn local(&self) -> &str {
        self.0.split_once('/').map_or(&*self.0, |(_, rest)| rest)
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A scope part with the separators taken out of its way.
fn escaped(part: &str) -> String {
    part.replace('%', "%25").replace('/', "%2F").replace('#', "%23")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cannot_be_confused() {
        let project = ProjectId::new("p");
        let one = Slot::new(&project, &["a/b".into()], Role::Tts, 1);
        let two = Slot::new(&project, &["a".into(), "b".into()], Role::Tts, 1);
        assert_ne!(one, two);
        assert_eq!(one.local(), "a%2Fb/tts");
        assert_eq!(Slot::new(&project, &[], Role::Render, 2).role(), Some(Role::Render));
        assert_eq!(Slot::new(&project, &[], Role::Render, 1).child("body-1").role(), None);
        assert_eq!(Slot::new(&project, &[], Role::Render, 2).child("body-1").as_str(), "p/render#2/body-1");
    }
}
