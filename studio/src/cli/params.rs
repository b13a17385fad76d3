//! What a script is given: `--text FILE`, `--set name=value`, `--profile draft`, `--brand acme`.

use std::{collections::BTreeMap, fs, io::Read, path::Path};

use serde_json::Value;

use super::fail::Failure;

/// Most bytes of a text file.
const MOST_TEXT: u64 = 16 << 20;

#[derive(clap::Args, Clone, Debug, Default)]
pub struct ParamArgs {
    /// Take the param `text` from this file (- is standard input)
    #[arg(long, value_name = "FILE")]
    text: Option<String>,
    /// Set a param of the script; `name=@FILE` takes it from a file
    #[arg(long = "set", value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// How much is spent on it: `draft`, `final` or one of config.toml; `none`: the script alone says
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// The brand of its films: NAME (the newest version) or NAME@N; `none`: none
    #[arg(long, value_name = "NAME[@N]")]
    brand: Option<String>,
}

impl ParamArgs {
    /// The profile; empty: none, from now on.
    pub fn profile(&self) -> Option<String> {
        self.profile.clone().map(|name| if name == "none" { String::new() } else { name })
    }

    /// The brand; empty: none, from now on.
    pub fn brand(&self) -> Option<String> {
        self.brand.clone().map(|name| if name == "none" { String::new() } else { name })
    }

    /// The values, as text; the script's declarations give them their types.
    pub fn values(&self) -> Result<BTreeMap<String, Value>, Failure> {
        let mut values = BTreeMap::new();
        if let Some(file) = &self.text {
            values.insert("text".to_owned(), Value::String(read_text(file)?));
        }
        for pair in &self.set {
            let (name, value) =
                pair.split_once('=').ok_or_else(|| Failure::usage("--set", format!("{pair:?} is not NAME=VALUE")))?;
            let value = match value.strip_prefix('@') {
                Some(file) => read_text(file)?,
                None => value.to_owned(),
            };
            values.insert(name.trim().to_owned(), Value::String(value));
        }
        Ok(values)
    }
}

/// A file (or standard input, as -) as text.
pub fn read_text(file: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let missing = |e: std::io::Error| Failure::usage(file, format!("cannot be read: {e}"));
    if file == "-" {
        std::io::stdin().take(MOST_TEXT + 1).read_to_end(&mut bytes).map_err(missing)?;
    } else {
        let opened = fs::File::open(Path::new(file)).map_err(missing)?;
        if opened.metadata().is_ok_and(|m| m.is_dir()) {
            return Err(Failure::usage(file, "is a folder, not a text"));
        }
        opened.take(MOST_TEXT + 1).read_to_end(&mut bytes).map_err(missing)?;
    }
    if bytes.len() as u64 > MOST_TEXT {
        return Err(Failure::usage(file, format!("is larger than {} MiB", MOST_TEXT >> 20)));
    }
    let text = String::from_utf8(bytes).map_err(|_| Failure::usage(file, "is not UTF-8 text"))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
}

/// One of some names, as JSON has them.
pub fn named<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(Value::String(text.to_owned())).map_err(|e| e.to_string())
}
