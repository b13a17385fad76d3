//! A result that is kept, and where it came from.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use studio_plugin_sdk::{blob::Blob, roles::Role, usage::Usage, wire::Take};

use super::ids::{Digest, Key};

/// The result of a stage, found again by its key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The role's response.
    pub response: Value,
    /// BLAKE3 of the canonical response.
    pub digest: Digest,
    /// What it used.
    pub usage: Usage,
    /// Files it put into an export folder; put there again where they are missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<Delivery>,
    /// How it was made.
    pub provenance: Provenance,
}

/// A file in an export folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Below the project's export folder.
    pub path: String,
    /// Its bytes.
    pub blob: Blob,
}

/// Where a result came from. Recorded only; nothing of it is in a key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// The role.
    pub role: Role,
    /// The plugin.
    pub plugin: String,
    /// The plugin's version.
    pub version: String,
    /// The stage's revision.
    pub rev: u32,
    /// The module's bytes.
    pub module: Digest,
    /// When it was done, in milliseconds since 1970.
    pub at_ms: i64,
    /// Wall-clock seconds it took, waiting included.
    pub seconds: f64,
    /// What was asked, whatever the versions: equal for the same request to another revision of the plugin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Key>,
    /// It cost money, or may have.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paid: bool,
    /// Which take of its request it is.
    #[serde(default, skip_serializing_if = "is_default_take")]
    pub take: Take,
}

fn is_default_take(take: &Take) -> bool {
    *take == Take::default()
}

/// Every blob that `value` mentions, wherever it stands.
pub fn blobs_in(value: &Value, found: &mut Vec<Digest>) {
    match value {
        Value::Array(items) => items.iter().for_each(|v| blobs_in(v, found)),
        Value::Object(fields) => {
            if let (Some(Value::String(hex)), true) = (fields.get("blob"), fields.contains_key("mime"))
                && let Ok(digest) = hex.parse()
            {
                found.push(digest);
                return;
            }
            fields.values().for_each(|v| blobs_in(v, found));
        }
        _ => {}
    }
}
