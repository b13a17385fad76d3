//! The name of a result: BLAKE3 over all that determines it, and nothing else.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use studio_plugin_sdk::{roles::Role, wire::Take};

use super::{canonical::canonical_json, ids::Key};

/// Changes only when the meaning of the parts changes, which renames every result there is.
const DOMAIN: &str = "studio-key/1";

/// What a key is made of. Never in it: price, budget, grant, secrets, timeouts, rate limits, priorities, labels.
#[derive(Clone, Debug, Serialize)]
pub struct KeyParts<'a> {
    /// The role.
    pub role: Role,
    /// Who serves it, and which revision of it.
    pub provider: StageRev,
    /// The canonical request, blobs by their digests.
    pub request: &'a Value,
    /// Which take; the default one is not in the key.
    #[serde(skip_serializing_if = "is_default_take")]
    pub take: &'a Take,
    /// Versions of the programs that count, as far as they count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub programs: Vec<ProgramVersion>,
    /// The stages it may call, resolved, transitively.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<StageRev>,
    /// Where a person's settings have put the plugin's service: another server gives other results.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<&'a str>,
}

/// A plugin's stage at a revision.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StageRev {
    /// The plugin's id.
    pub plugin: String,
    /// The role.
    pub role: Role,
    /// The author's revision.
    pub rev: u32,
}

/// As much of a program's version as counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ProgramVersion {
    /// The program.
    pub name: String,
    /// The version, or its part that counts.
    pub version: String,
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_default_take(take: &&Take) -> bool {
    take.n <= 1
}

impl KeyParts<'_> {
    /// What is asked, whatever the versions of who does it: the same after an upgrade.
    pub fn asked(&self) -> Key {
        let unversioned = |rev: &StageRev| StageRev { rev: 0, ..rev.clone() };
        let calls = self.calls.iter().map(unversioned).collect();
        Self { provider: unversioned(&self.provider), programs: Vec::new(), calls, ..self.clone() }.key()
    }

    /// The key.
    pub fn key(&self) -> Key {
        let parts = serde_json::to_value(self).unwrap_or(Value::Null);
        let mut hasher = blake3::Hasher::new();
        hasher.update(DOMAIN.as_bytes());
        hasher.update(b"\n");
        hasher.update(canonical_json(&parts).as_bytes());
        Key::from_hash(hasher.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn key(request: &Value, take: &Take) -> Key {
        KeyParts {
            role: Role::Tts,
            provider: StageRev { plugin: "espeak".into(), role: Role::Tts, rev: 1 },
            request,
            take,
            programs: vec![ProgramVersion { name: "espeak-ng".into(), version: "1".into() }],
            calls: vec![],
            service: None,
        }
        .key()
    }

    /// A golden key: if this changes, every kept result of every user is lost.
    #[test]
    fn golden() {
        let key = key(&json!({"text": "Hello"}), &Take::default());
        assert_eq!(key.as_str(), "a9d768ee5ba1db9d1d8871cd38175dbc2e823cedb25859d5bf9a68c66fed8d98");
    }

    #[test]
    fn the_default_take_is_not_in_the_key_and_a_note_makes_another_take_another_key() {
        let request = json!({"text": "Hello"});
        let first = key(&request, &Take::default());
        assert_eq!(first, key(&request, &Take { n: 1, note: "ignored".into() }));
        assert_ne!(first, key(&request, &Take { n: 2, note: String::new() }));
        assert_ne!(key(&request, &Take { n: 2, note: "a".into() }), key(&request, &Take { n: 2, note: "b".into() }));
    }
}
