//! What is missing on this box, and what mends it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::open::{Engine, EngineError};
use crate::effects::sandbox::Level;

/// Free space below which a warning is due, in bytes.
const LITTLE_SPACE: u64 = 2 << 30;

/// How one thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// As it should be.
    Ok,
    /// It works, with less than it could.
    Warn,
    /// Something will fail.
    Bad,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// What.
    pub name: String,
    /// How it stands.
    pub health: Health,
    /// What was found.
    pub found: String,
    /// What mends it; empty: nothing to mend.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub mend: String,
}

impl Check {
    fn new(name: &str, health: Health, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { name: name.into(), health, found: found.into(), mend: mend.into() }
    }
}

impl Engine {
    /// Looks at everything that pipelines need.
    pub async fn doctor(&self) -> Result<Vec<Check>, EngineError> {
        let mut checks = vec![self.store_health(), self.check_confinement()];
        checks.extend(self.check_programs().await);
        checks.push(Self::check_speech_times());
        let plugins = self.plugins().all();
        checks.push(Check::new("plugins", Health::Ok, format!("{} loaded", plugins.len()), ""));
        Ok(checks)
    }

    fn store_health(&self) -> Check {
        let home = &self.core.config.home;
        let free = rustix::fs::statvfs(home).map_or(0, |s| s.f_bavail * s.f_frsize);
        let found = format!("{}, {} GiB free", home.display(), free >> 30);
        if free < LITTLE_SPACE {
            return Check::new("store", Health::Warn, found, "free some space: a film needs a few times its own size");
        }
        Check::new("store", Health::Ok, found, "")
    }

    fn check_confinement(&self) -> Check {
        let found = self.core.sandbox.confinement();
        let (health, level) = match self.core.config.sandbox.forced.unwrap_or(found.level) {
            Level::Full => (Health::Ok, "full: programs see nothing but their inputs"),
            Level::Light => (Health::Warn, "light: no network, no writing outside scratch; hostile code is refused"),
            Level::None => (Health::Warn, "none: programs run with your own rights; hostile code is refused"),
        };
        Check::new("sandbox", health, level, found.why.clone())
    }

    /// Every program that some plugin may start.
    async fn check_programs(&self) -> Vec<Check> {
        let mut wanted = BTreeMap::new();
        for plugin in self.plugins().all() {
            for program in &plugin.manifest.capabilities.programs {
                wanted
                    .entry(program.name.clone())
                    .or_insert_with(|| (program.clone(), Vec::new()))
                    .1
                    .push(plugin.manifest.id.clone());
            }
        }
        let mut checks = Vec::new();
        for (name, (declared, users)) in wanted {
            let programs = &self.core.namer.programs;
            checks.push(match (programs.find(&name), programs.version(&declared).await) {
                (Ok(path), Ok(version)) => {
                    let version = version.unwrap_or_default();
                    Check::new(&name, Health::Ok, format!("{} {}", path.display(), shortened(&version)).trim(), "")
                }
                (Ok(path), Err(e)) => {
                    Check::new(&name, Health::Bad, format!("{}: {e}", path.display()), "install it again")
                }
                (Err(e), _) => {
                    Check::new(&name, Health::Bad, format!("plugin {} needs it", users.join(", ")), e.to_string())
                }
            });
        }
        checks
    }

    /// Word times come from the library behind espeak-ng, which may be missing beside the program.
    fn check_speech_times() -> Check {
        const PLACES: [&str; 4] = ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib"];
        let holds = |folder: &std::path::Path| {
            std::fs::read_dir(folder).is_ok_and(|entries| {
                entries.flatten().any(|e| e.file_name().to_string_lossy().starts_with("libespeak-ng.so"))
            })
        };
        let below = |folder: &str| {
            let sub = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
            sub.filter(|p| p.is_dir()).any(|p| holds(&p)) || holds(std::path::Path::new(folder))
        };
        if PLACES.iter().any(|folder| below(folder)) {
            return Check::new("word times", Health::Ok, "libespeak-ng is there", "");
        }
        let mend = "`sudo apt install libespeak-ng1 python3`";
        Check::new("word times", Health::Warn, "libespeak-ng is missing: word times are estimated", mend)
    }
}

fn shortened(version: &str) -> String {
    const MOST: usize = 60;
    match version.char_indices().nth(MOST) {
        Some(_) => version.chars().take(MOST - 1).chain(['…']).collect(),
        None => version.to_owned(),
    }
}
