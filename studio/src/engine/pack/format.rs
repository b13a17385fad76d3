//! What a packed file holds. Fields are only ever added; a change of meaning is another version.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use studio_plugin_sdk::blob::Blob;

use crate::{
    model::{BrandVersion, ChatMessage, Digest, Kept, Key},
    store::PlaceFacts,
};

/// By which a packed file is known.
pub const FORMAT: &str = "studio-project";
/// The form that this studio writes, and the newest that it reads.
pub const VERSION: u32 = 1;

/// The names of its parts.
pub const MANIFEST: &str = "manifest.json";
pub const PROJECT: &str = "project.json";
pub const RESULTS: &str = "results.ndjson";
pub const SCRIPTS: &str = "scripts/";
pub const BLOBS: &str = "blobs/";

/// The first part: what the file holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The version of the studio that packed it.
    pub studio: String,
    /// The project's title.
    pub title: String,
    /// When it was packed, in milliseconds since 1970.
    pub packed_ms: i64,
    /// All other parts, in their order.
    pub parts: Vec<Part>,
}

/// A part of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Its name.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// BLAKE3 of its bytes.
    pub blake3: Digest,
}

/// A project without what is another one's: its id, its slug, its folders.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PackedProject {
    /// Its title.
    pub title: String,
    /// The name of its script where it had one: a studio that has the same by that name runs its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// The file that its script begins with.
    pub entry: String,
    /// The files of its script; `scripts/N` is the N-th of them, from 0.
    pub sources: Vec<String>,
    /// Values of the script's params.
    pub params: BTreeMap<String, Value>,
    /// Its profile, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Its brand, at the version that it uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<BrandVersion>,
    /// Somebody's own styles of captions that it names: what their files say.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub styles: BTreeMap<String, String>,
    /// Params that are files.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, PackedFile>,
    /// Params that are lists of files.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lists: BTreeMap<String, Vec<PackedFile>>,
    /// Its places with their results and decisions.
    pub places: Vec<PlaceFacts>,
    /// What was said in its chat, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chat: Vec<ChatMessage>,
}

impl PackedProject {
    /// All files that its params name.
    pub fn all_files(&self) -> impl Iterator<Item = &PackedFile> {
        self.files.values().chain(self.lists.values().flatten())
    }
}

/// A file that a param names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PackedFile {
    /// Its name, without a folder.
    pub name: String,
    /// Its bytes.
    pub blob: Blob,
}

/// A line of the results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PackedResult {
    /// Its name.
    pub key: Key,
    /// The result.
    pub kept: Kept,
}
