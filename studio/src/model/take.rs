//! What a person decides about a place in the work: which take is used, what is approved, what is made by hand.
//! All of it hangs on the slot, so that edits elsewhere, a new order or an upgrade orphan nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use studio_plugin_sdk::wire::Take;

use super::ids::{Digest, Key};

/// A decision about a slot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Decision {
    /// This result is good as it is.
    Approved {
        /// BLAKE3 of the canonical response.
        digest: Digest,
    },
    /// Another take of the same request is wanted, and used from now on.
    Regenerated {
        /// Its number is one more than any before.
        take: Take,
    },
    /// An earlier take is used again.
    Chosen {
        /// Which.
        take: Take,
    },
    /// A result made by hand stands in the place of a made one.
    Edited(HandEdit),
    /// The result made by hand is not used any more.
    EditDropped,
}

/// A result made by hand. It is used as long as the result that it replaced would be used without it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HandEdit {
    /// The name of the result that it replaced.
    pub replaces: Key,
    /// The role's response.
    pub response: Value,
    /// BLAKE3 of the canonical response.
    pub digest: Digest,
}

/// How a slot is steered: what was decided about it last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Steering {
    /// The take that is used.
    #[serde(default)]
    pub take: Take,
    /// The result made by hand, if there is one; stale where it replaced another result than the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<HandEdit>,
}

impl Steering {
    /// The result made by hand that stands in the place of `key`'s.
    pub fn edit_of(&self, key: &Key) -> Option<&HandEdit> {
        self.edit.as_ref().filter(|edit| edit.replaces == *key)
    }

    /// How the slot is steered once that is decided.
    #[must_use]
    pub fn after(self, decision: &Decision) -> Self {
        match decision {
            Decision::Approved { .. } => self,
            Decision::Regenerated { take } | Decision::Chosen { take } => Self { take: take.clone(), edit: None },
            Decision::Edited(edit) => Self { edit: Some(edit.clone()), ..self },
            Decision::EditDropped => Self { edit: None, ..self },
        }
    }

    /// Was something made by hand for another result than `key`'s?
    pub fn has_stale_edit(&self, key: &Key) -> bool {
        self.edit.as_ref().is_some_and(|edit| edit.replaces != *key)
    }
}

/// Where a result stands with the person who is to approve it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    /// Nobody has decided.
    Open,
    /// It is approved as it is.
    Approved,
    /// Another result was approved here: what it is made from has changed since.
    Stale,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_edit_holds_for_the_result_that_it_replaced() {
        let edit = HandEdit { replaces: Key::new("a"), response: json!({}), digest: Digest::of(b"") };
        let steering = Steering { edit: Some(edit), ..Steering::default() };
        assert!(steering.edit_of(&Key::new("a")).is_some() && !steering.has_stale_edit(&Key::new("a")));
        assert!(steering.edit_of(&Key::new("b")).is_none() && steering.has_stale_edit(&Key::new("b")));
    }
}
