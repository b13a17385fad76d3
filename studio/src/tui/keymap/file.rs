//! Keymap files: a table a scope, in it keys and the action they do; an empty action takes keys away.

use std::{collections::BTreeMap, fs, io, path::Path};

use thiserror::Error;

use super::{Chord, Keymap};
use crate::tui::action::{Action, Scope};

const SHIPPED: &str = include_str!("keymap.toml");
/// Most keys of one sequence.
const MOST_KEYS: usize = 4;

/// Why a keymap cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{file}: {why}")]
pub struct KeymapError {
    /// The file.
    pub file: String,
    /// What is wrong, and where.
    pub why: String,
}

/// The shipped keymap, with the user's own over it.
pub fn load(own: Option<&Path>) -> Result<Keymap, KeymapError> {
    let mut keymap = Keymap::default();
    lay(&mut keymap, SHIPPED).map_err(|why| KeymapError { file: "the shipped keymap".into(), why })?;
    let Some(path) = own else { return Ok(keymap) };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let failed = |why: String| KeymapError { file: name.clone(), why };
    match fs::read_to_string(path) {
        Ok(text) => lay(&mut keymap, &text).map_err(failed)?,
        Err(e) if e.kind() == io::ErrorKind::NotFound => (),
        Err(e) => return Err(failed(format!("cannot be read: {e}"))),
    }
    Ok(keymap)
}

fn lay(keymap: &mut Keymap, text: &str) -> Result<(), String> {
    let file: BTreeMap<String, BTreeMap<String, String>> =
        toml::from_str(text).map_err(|e| e.to_string().trim_end().to_owned())?;
    for (name, keys) in file {
        let names = || Scope::ALL.map(|(_, name)| name).join(", ");
        let scope = Scope::ALL.iter().find(|(_, known)| *known == name).map(|(scope, _)| *scope);
        let scope = scope.ok_or_else(|| format!("[{name}]: there is no such page (there are {})", names()))?;
        let trie = keymap.scopes.entry(scope).or_default();
        for (sequence, action) in keys {
            let chords: Vec<Chord> = sequence
                .split_whitespace()
                .map(str::parse)
                .collect::<Result<_, _>>()
                .map_err(|why| format!("[{name}] {sequence:?}: {why}"))?;
            if chords.is_empty() || chords.len() > MOST_KEYS {
                return Err(format!("[{name}] {sequence:?}: give one to {MOST_KEYS} keys"));
            }
            if action.is_empty() {
                trie.drop(&chords);
                continue;
            }
            let known: Action = action.parse().map_err(|()| unknown(&name, &action))?;
            if !known.scopes().contains(&scope) && !known.scopes().contains(&Scope::Global) {
                let scopes: Vec<_> = known.scopes().iter().map(|scope| scope.name()).collect();
                return Err(format!("[{name}] {sequence:?}: {action} is for {}", scopes.join(", ")));
            }
            trie.put(&chords, known);
        }
    }
    Ok(())
}

fn unknown(scope: &str, action: &str) -> String {
    let close = Action::ALL
        .iter()
        .map(|a| a.name())
        .max_by(|a, b| strsim::jaro_winkler(a, action).total_cmp(&strsim::jaro_winkler(b, action)));
    let close = close.filter(|name| strsim::jaro_winkler(name, action) > 0.8);
    let hint = close.map(|name| format!("; did you mean {name:?}?")).unwrap_or_default();
    format!("[{scope}]: there is no action {action:?}{hint}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap::Meaning;

    fn own(text: &str) -> Result<Keymap, KeymapError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        load(Some(file.path()))
    }

    #[test]
    fn ones_own_keys_lie_over_the_shipped_ones() {
        let keymap = own("[studio]\n\"z z\" = 'run'\na = ''\n[global]\nf10 = 'quit'").unwrap();
        let meaning = |keys: &str| {
            let keys: Vec<Chord> = keys.split(' ').map(|k| k.parse().unwrap()).collect();
            keymap.meaning(Scope::Studio, &keys)
        };
        assert_eq!(meaning("z z"), Meaning::Action(Action::Run));
        assert_eq!(meaning("a"), Meaning::Nothing);
        assert_eq!(meaning("f10"), Meaning::Action(Action::Quit));
        assert_eq!(meaning("q"), Meaning::Action(Action::Quit));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let why = |text: &str| own(text).unwrap_err().why;
        assert!(why("[stdio]\na = 'run'").contains("no such page"));
        assert!(why("[studio]\nabc = 'run'").contains("is no key"));
        assert!(why("[studio]\na = 'aprove'").contains("did you mean \"approve\"?"));
        assert!(why("[costs]\na = 'approve'").contains("is for studio, review"));
        assert!(why("[studio").contains("line 1"), "{}", why("[studio"));
    }

    #[test]
    fn no_shipped_key_hides_the_beginning_of_another() {
        let file: BTreeMap<String, BTreeMap<String, String>> = toml::from_str(SHIPPED).unwrap();
        for (scope, keys) in &file {
            let global = file["global"].keys().filter(|_| scope != "global");
            let all: Vec<_> = keys.keys().chain(global).collect();
            for a in keys.keys() {
                assert!(!all.iter().any(|b| b.starts_with(&format!("{a} "))), "[{scope}] {a} begins another");
            }
        }
    }
}
