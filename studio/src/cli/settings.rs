//! What holds for every command: where the store is, and how to print.

use super::out::note;
use std::{
    env, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;

use super::fail::Failure;
use crate::{
    effects::sandbox::LevelChoice,
    engine::Config,
    remote::{Client, Limits, Mode, Options, Place},
};

/// Seconds to wait for whoever has the store and does not answer yet.
const OWNER_WAIT: f64 = 20.0;

#[derive(Args)]
pub struct Settings {
    /// The store's folder [default: the user's data folder]
    #[arg(long, global = true, value_name = "DIR", env = "STUDIO_HOME")]
    store: Option<PathBuf>,
    /// Print the result as JSON on standard output
    #[arg(long, global = true)]
    pub json: bool,
}

impl Settings {
    /// The store's folder.
    pub fn home(&self) -> Result<PathBuf, Failure> {
        let data = || folder("XDG_DATA_HOME", ".local/share");
        let home = self.store.clone().or_else(data).ok_or_else(|| {
            Failure::usage("store", "there is no home folder to keep a store in: give one with --store DIR")
        })?;
        Ok(std::path::absolute(home)?)
    }

    /// Reaches the store: through its owner where it has one.
    pub async fn client(&self, mode: Mode) -> Result<Client, Failure> {
        let options = self.options(mode)?;
        if !self.json && !options.config.home.join("cache").exists() {
            note(format_args!("first start in {}: preparing the plugins", options.config.home.display()));
        }
        Ok(Client::open(options).await?)
    }

    /// How the store is reached.
    pub fn options(&self, mode: Mode) -> Result<Options, Failure> {
        let config = self.config()?;
        let place = Place { store: config.home.clone(), runtime: env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from) };
        let wait = match env::var("STUDIO_OWNER_WAIT") {
            Ok(seconds) => seconds.parse().ok().filter(|s| (0.0..=3600.0).contains(s)).ok_or_else(|| {
                Failure::usage("STUDIO_OWNER_WAIT", format!("{seconds:?} is not a number of seconds up to 3600"))
            })?,
            Err(_) => OWNER_WAIT,
        };
        let (limits, wait) = (Limits::default(), Duration::from_secs_f64(wait));
        Ok(Options { config, place, mode, wait, limits, program: env::current_exe()? })
    }

    /// Is the log file to be written by all commands? Of a file that cannot be read the command tells itself.
    pub fn wants_log_file(&self) -> bool {
        let settings = self.home().and_then(|home| read_settings(&home.join("config.toml")));
        settings.is_ok_and(|settings| settings.log.file)
    }

    /// What the engine is told.
    pub fn config(&self) -> Result<Config, Failure> {
        let home = self.home()?;
        let key_file = env::var_os("STUDIO_KEY_FILE").map(PathBuf::from);
        let key_file = key_file.or_else(|| folder("XDG_CONFIG_HOME", ".config").map(|f| f.join("key")));
        let key_file = key_file.unwrap_or_else(|| home.join("key"));
        let mut config = Config::new(home.clone(), key_file, env::var_os("PATH").unwrap_or_default());
        config.sandbox = match env::var("STUDIO_SANDBOX") {
            Ok(level) => LevelChoice::forced(
                level
                    .parse()
                    .map_err(|_| Failure::usage("STUDIO_SANDBOX", format!("{level:?} is not full, light or none")))?,
            ),
            Err(_) => LevelChoice::default(),
        };
        config.script_dirs = vec![home.join("scripts")];
        config.settings = read_settings(&home.join("config.toml"))?;
        Ok(config)
    }
}

/// What a person has set for plugins; nothing where there is no file.
fn read_settings(file: &Path) -> Result<crate::model::Settings, Failure> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(e) => return Err(Failure::usage(file.display().to_string(), format!("cannot be read: {e}"))),
    };
    crate::model::Settings::parse(&text).map_err(|why| Failure::usage(file.display().to_string(), why))
}

/// `$VARIABLE/studio`, else `~/fallback/studio`.
fn folder(variable: &str, fallback: &str) -> Option<PathBuf> {
    let set = env::var_os(variable).map(PathBuf::from).filter(|p| p.is_absolute());
    set.or_else(|| env::home_dir().map(|h| h.join(fallback))).map(|f| f.join("studio"))
}
