//! What a packed file must be before anything of it is kept: a project whose places, results, files and script fit
//! together, and no name that could become a path elsewhere.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Read},
    path::{Component, Path},
};

use serde_json::Value;
use studio_plugin_sdk::roles::{Role, check_response};

use super::{
    PackError,
    format::{PackedProject, PackedResult},
    read::Sink,
};
use crate::{
    engine::captions::MOST_BYTES,
    model::{
        BrandName, ChatMessage, Digest, Key, MOST_CHAT_MESSAGES, MOST_CHAT_TEXT, MOST_PROPOSALS, blobs_in, digest_of,
    },
    script::ScriptSource,
    store::PlaceFacts,
};

/// Longest name of a place, in bytes.
const MOST_SLOT: usize = 4_000;

/// Most styles of captions.
const MOST_STYLES: usize = 1_000;
/// Most bytes of a message of a chat, with all that it proposes.
const MOST_MESSAGE: usize = 1 << 20;

/// Looks at everything and keeps nothing but what must fit together.
#[derive(Default)]
pub(super) struct Check {
    project: Option<PackedProject>,
    scripts: Vec<String>,
    blobs: BTreeMap<Digest, u64>,
    results: BTreeMap<Key, Role>,
}

impl Check {
    /// The project and its script, where all of it fits together.
    pub(super) fn finish(mut self) -> Result<(PackedProject, ScriptSource), PackError> {
        let project = self.project.take().ok_or_else(|| PackError::Damaged("there is no project in it".into()))?;
        if self.scripts.len() != project.sources.len() || !project.sources.contains(&project.entry) {
            return Err(PackError::Damaged("its script is not whole".into()));
        }
        for place in &project.places {
            let unknown = place.results.iter().find(|key| !self.results.contains_key(*key));
            if let Some(key) = unknown {
                return Err(PackError::Damaged(format!("{} has a result that is not in it: {key}", place.slot)));
            }
            if let (Some(edit), Some(last)) = (&place.edit, place.results.last()) {
                self.fits(self.results[last], &edit.response, &edit.digest)?;
            }
        }
        for file in project.brand.iter().flat_map(|brand| brand.kit.files()) {
            self.has(&file.blob.blob, file.blob.bytes)?;
        }
        for file in project.all_files() {
            self.has(&file.blob.blob, file.blob.bytes)?;
        }
        let files = project.sources.iter().cloned().zip(self.scripts).collect();
        let source = ScriptSource { entry: project.entry.clone(), files };
        Ok((project, source))
    }

    /// A result that is to fit.
    pub(super) fn look(&mut self, PackedResult { key, kept }: &PackedResult) -> Result<(), PackError> {
        if key.as_str().parse::<Digest>().is_err() {
            return Err(PackError::Unsafe("a result has no proper name".into()));
        }
        let role = kept.provenance.role;
        self.fits(role, &kept.response, &kept.digest)?;
        for file in &kept.deliveries {
            if !is_below(&file.path) {
                return Err(PackError::Unsafe(format!("a file would go to {:?}", file.path)));
            }
            self.has(&file.blob.blob, file.blob.bytes)?;
        }
        match self.results.insert(key.clone(), role) {
            None => Ok(()),
            Some(_) => Err(PackError::Damaged("a result is in it twice".into())),
        }
    }

    /// A file of results is there.
    pub(super) fn note(&mut self, digest: Digest, bytes: u64) {
        self.blobs.insert(digest, bytes);
    }

    /// Is it a response of that role, with its digest, and are its files there?
    fn fits(&self, role: Role, response: &Value, digest: &Digest) -> Result<(), PackError> {
        check_response(role, response.clone())
            .map_err(|e| PackError::Damaged(format!("a result of {role}: {}", e.message)))?;
        if digest_of(response) != *digest {
            return Err(PackError::Damaged(format!("a result of {role} is not what its digest says")));
        }
        let mut mentioned = Vec::new();
        blobs_in(response, &mut mentioned);
        match mentioned.iter().find(|blob| !self.blobs.contains_key(*blob)) {
            Some(blob) => Err(PackError::Damaged(format!("a file of a result is not in it: {blob}"))),
            None => Ok(()),
        }
    }

    fn has(&self, blob: &str, bytes: u64) -> Result<(), PackError> {
        let digest: Option<Digest> = blob.parse().ok();
        match digest.and_then(|digest| self.blobs.get(&digest)) {
            Some(length) if *length == bytes => Ok(()),
            _ => Err(PackError::Damaged(format!("a file is not in it: {blob:?}"))),
        }
    }
}

impl Sink for Check {
    fn project(&mut self, project: PackedProject) -> Result<(), PackError> {
        let unsafe_name = project.sources.iter().find(|name| !is_script_name(name));
        if let Some(name) = unsafe_name {
            return Err(PackError::Unsafe(format!("{name:?} is no name of a script")));
        }
        let unique: BTreeSet<_> = project.sources.iter().collect();
        if unique.len() != project.sources.len() {
            return Err(PackError::Damaged("two files of its script have one name".into()));
        }
        if let Some(file) = project.all_files().find(|file| !is_file_name(&file.name)) {
            return Err(PackError::Unsafe(format!("{:?} is no name of a file", file.name)));
        }
        if let Some(name) = project.styles.keys().find(|name| !is_file_name(name)) {
            return Err(PackError::Unsafe(format!("{name:?} is no name of a style")));
        }
        if project.styles.len() > MOST_STYLES || project.styles.values().any(|text| text.len() as u64 > MOST_BYTES) {
            return Err(PackError::TooLarge("its styles of captions are more than styles can be".into()));
        }
        if let Some(brand) = &project.brand {
            let named = brand.name.parse::<BrandName>().is_ok_and(|name| name.version.is_none());
            if !named || brand.kit.validate_kept().is_err() {
                return Err(PackError::Unsafe("its brand is not what a brand can be".into()));
            }
        }
        if let Some(place) = project.places.iter().find(|place| !is_place(place)) {
            return Err(PackError::Unsafe(format!("{:?} is no place", place.slot)));
        }
        let unique: BTreeSet<_> = project.places.iter().map(|place| &place.slot).collect();
        if unique.len() != project.places.len() {
            return Err(PackError::Damaged("two places have one name".into()));
        }
        let fits = |message: &ChatMessage| {
            let texts = message.text.len() <= MOST_CHAT_TEXT && message.proposals.len() <= MOST_PROPOSALS;
            texts && message.id.is_sound() && serde_json::to_vec(message).is_ok_and(|json| json.len() <= MOST_MESSAGE)
        };
        let in_order = project.chat.windows(2).all(|pair| pair[0].id < pair[1].id);
        if !in_order || project.chat.len() > MOST_CHAT_MESSAGES || !project.chat.iter().all(fits) {
            return Err(PackError::Damaged("its chat is not what a chat can be".into()));
        }
        self.project = Some(project);
        Ok(())
    }

    fn script(&mut self, text: String) -> Result<(), PackError> {
        self.scripts.push(text);
        Ok(())
    }

    fn blob(&mut self, digest: Digest, bytes: u64, content: &mut dyn Read) -> Result<(), PackError> {
        io::copy(content, &mut io::sink()).map_err(|e| PackError::Damaged(e.to_string()))?;
        self.note(digest, bytes);
        Ok(())
    }

    fn result(&mut self, result: PackedResult) -> Result<(), PackError> {
        self.look(&result)
    }
}

fn is_place(place: &PlaceFacts) -> bool {
    let slot = &place.slot;
    let parts = slot.split('/').all(|part| !part.is_empty());
    parts && slot.len() <= MOST_SLOT && !slot.chars().any(char::is_control) && !place.results.is_empty()
}

/// `narrated.lua`, `lib/prose.lua`.
fn is_script_name(name: &str) -> bool {
    let parts: Vec<_> = name.split('/').collect();
    parts.len() <= 2
        && parts.iter().all(|part| is_file_name(part))
        && Path::new(name).extension().is_some_and(|e| e == "lua")
}

fn is_file_name(name: &str) -> bool {
    let plain = |c: char| !c.is_control() && c != '/' && c != '\\';
    !name.is_empty() && name.len() <= 200 && !name.starts_with('.') && name.chars().all(plain)
}

fn is_below(path: &str) -> bool {
    let parts = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    parts && !path.is_empty() && !path.chars().any(char::is_control) && !path.contains('\\')
}
