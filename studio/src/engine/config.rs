//! Where an engine keeps things and what it may use of the box.

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf, time::Duration};

use studio_plugin_sdk::roles::Role;

use super::webhooks::PAUSES;
use crate::{effects::sandbox::LevelChoice, model::Settings};

/// Everything an engine is told from outside; it reads no environment itself.
#[derive(Clone, Debug)]
pub struct Config {
    /// The store's folder.
    pub home: PathBuf,
    /// The file with the key that seals secrets.
    pub key_file: PathBuf,
    /// Folders with scripts of the user's, before the shipped ones.
    pub script_dirs: Vec<PathBuf>,
    /// Where programs are looked for: the value of PATH.
    pub path: OsString,
    /// How programs are confined.
    pub sandbox: LevelChoice,
    /// Processor permits; also threads for guest turns.
    pub cores: usize,
    /// Who serves a role where a script names nobody.
    pub defaults: BTreeMap<Role, String>,
    /// What a person has set for plugins.
    pub settings: Settings,
    /// Pauses between the tries of a message to a webhook; there is one try more.
    pub webhook_pauses: Vec<Duration>,
}

impl Config {
    /// A store in `home`, with this box's cores and the shipped plugins as defaults.
    pub fn new(home: PathBuf, key_file: PathBuf, path: OsString) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let defaults = [
            (Role::Llm, "outline"),
            (Role::Tts, "espeak"),
            (Role::Image, "cards"),
            (Role::Render, "ffmpeg"),
            (Role::Verify, "ffmpeg"),
            (Role::Publish, "folder"),
        ];
        Self {
            home,
            key_file,
            script_dirs: Vec::new(),
            path,
            sandbox: LevelChoice::default(),
            cores,
            defaults: defaults.map(|(role, id)| (role, id.to_owned())).into(),
            settings: Settings::default(),
            webhook_pauses: PAUSES.to_vec(),
        }
    }
}
