//! Theme files: a palette of names, styles of roles that use them, and the theme that fills what is left open.

use std::{collections::BTreeMap, fs, path::Path};

use ratatui::style::{Modifier, Style};
use serde::Deserialize;
use thiserror::Error;

use super::{Role, Theme, colour};
use crate::embedded;

/// Most themes on the way from one to the last it inherits from.
const MOST_PARENTS: usize = 8;
/// Most bytes of a theme file.
const MOST_BYTES: u64 = 64 * 1024;

/// Why a theme cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ThemeError {
    /// Nobody knows it.
    #[error("there is no theme {name:?} (there are {known})")]
    Unknown {
        /// Its name.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// The file is no theme.
    #[error("theme {name}: {why}")]
    Invalid {
        /// Its name.
        name: String,
        /// What is wrong, and where.
        why: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    inherits: Option<String>,
    #[serde(default)]
    dark: Option<bool>,
    #[serde(default)]
    palette: BTreeMap<String, String>,
    #[serde(default)]
    style: BTreeMap<String, StyleText>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct StyleText {
    #[serde(default)]
    fg: Option<String>,
    #[serde(default)]
    bg: Option<String>,
    #[serde(default)]
    with: Vec<String>,
}

/// A theme by name: the user's own in `folder`, else a shipped one.
pub fn load(name: &str, folder: Option<&Path>) -> Result<Theme, ThemeError> {
    let mut layers = Vec::new();
    let mut next = Some(name.to_owned());
    while let Some(name) = next.take() {
        let file = read(&name, folder)?;
        next.clone_from(&file.inherits);
        layers.push((name.clone(), file));
        if layers.len() > MOST_PARENTS {
            let why = format!("it inherits from more than {MOST_PARENTS} others, or from itself");
            return Err(ThemeError::Invalid { name, why });
        }
    }
    layers.reverse();
    let mut palette = BTreeMap::new();
    let mut styles: BTreeMap<Role, (String, StyleText)> = BTreeMap::new();
    let mut dark = true;
    for (layer, file) in layers {
        dark = file.dark.unwrap_or(dark);
        palette.extend(file.palette);
        for (role, style) in file.style {
            let known = Role::ALL.iter().find(|(_, word)| *word == role);
            let (role, _) = known.ok_or_else(|| ThemeError::Invalid {
                name: layer.clone(),
                why: format!("there is no role {role:?} (there are {})", Role::ALL.map(|(_, word)| word).join(", ")),
            })?;
            styles.insert(*role, (layer.clone(), style));
        }
    }
    let styles = styles
        .into_iter()
        .map(|(role, (layer, style))| {
            let style = styled(&style, &palette).map_err(|why| ThemeError::Invalid { name: layer, why })?;
            Ok((role, style))
        })
        .collect::<Result<_, _>>()?;
    Ok(Theme { name: name.to_owned(), dark, styles })
}

/// A theme that comes with Studio.
pub fn shipped(name: &str) -> Result<Theme, ThemeError> {
    load(name, None)
}

/// The names of all themes.
pub fn names(folder: Option<&Path>) -> Vec<String> {
    let own = folder.and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten().flatten();
    let own = own.filter_map(|entry| Some(entry.path().file_name()?.to_str()?.strip_suffix(".toml")?.to_owned()));
    let shipped = embedded::THEMES.iter().map(|(file, _)| file.trim_end_matches(".toml").to_owned());
    let mut all: Vec<_> = own.chain(shipped).collect();
    all.sort();
    all.dedup();
    all
}

fn read(name: &str, folder: Option<&Path>) -> Result<File, ThemeError> {
    let invalid = |why: String| ThemeError::Invalid { name: name.to_owned(), why };
    let plain = !name.contains(['/', '\\']) && !name.starts_with('.');
    let own = folder.filter(|_| plain).map(|folder| folder.join(format!("{name}.toml")));
    let text = match own.filter(|path| path.is_file()) {
        Some(path) => {
            let long = fs::metadata(&path).is_ok_and(|data| data.len() > MOST_BYTES);
            if long {
                return Err(invalid(format!("the file has more than {MOST_BYTES} bytes")));
            }
            fs::read_to_string(&path).map_err(|e| invalid(format!("{} cannot be read: {e}", path.display())))?
        }
        None => {
            let file = embedded::THEMES.iter().find(|(file, _)| file.strip_suffix(".toml") == Some(name));
            let unknown = || ThemeError::Unknown { name: name.to_owned(), known: names(folder).join(", ") };
            (*file.ok_or_else(unknown)?.1).to_owned()
        }
    };
    toml::from_str(&text).map_err(|e| invalid(e.to_string().trim_end().to_owned()))
}

fn styled(text: &StyleText, palette: &BTreeMap<String, String>) -> Result<Style, String> {
    let colour = |name: &Option<String>| {
        let Some(name) = name else { return Ok(None) };
        let value = palette.get(name).unwrap_or(name);
        let none = || format!("{name:?} is no colour: neither in the palette, nor #rrggbb, nor one of the terminal's");
        colour::parse(value).map(Some).ok_or_else(none)
    };
    let (fg, bg) = (colour(&text.fg)?, colour(&text.bg)?);
    let mut style = Style { fg, bg, ..Style::default() };
    for word in &text.with {
        style = style.add_modifier(match word.as_str() {
            "bold" => Modifier::BOLD,
            "dim" => Modifier::DIM,
            "italic" => Modifier::ITALIC,
            "underline" => Modifier::UNDERLINED,
            "reverse" => Modifier::REVERSED,
            _ => return Err(format!("{word:?} is none of bold, dim, italic, underline, reverse")),
        });
    }
    Ok(style)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Color;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn a_theme_of_ones_own_changes_what_it_names() {
        let mine = "inherits = 'dark'\n[palette]\nhot = '#ff0000'\n[style]\nerror = { fg = 'hot', with = ['bold'] }";
        let folder = folder(&[("mine.toml", mine)]);
        let (mine, dark) = (load("mine", Some(folder.path())).unwrap(), shipped("dark").unwrap());
        assert_eq!(mine.own(Role::Error), Style::new().fg(Color::Rgb(255, 0, 0)).add_modifier(Modifier::BOLD));
        assert_eq!(mine.own(Role::Title), dark.own(Role::Title));
        assert!(names(Some(folder.path())).contains(&"mine".to_owned()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let files = [
            ("loop.toml", "inherits = 'loop'"),
            ("role.toml", "[style]\nnothing = {}"),
            ("colour.toml", "[style]\nerror = { fg = 'mauve' }"),
            ("word.toml", "[style]\nerror = { with = ['blink'] }"),
            ("field.toml", "colours = 3"),
        ];
        let folder = folder(&files);
        let why = |name: &str| load(name, Some(folder.path())).unwrap_err().to_string();
        assert!(why("loop").contains("from itself"), "{}", why("loop"));
        assert!(why("role").contains("no role \"nothing\""), "{}", why("role"));
        assert!(why("colour").contains("\"mauve\" is no colour"), "{}", why("colour"));
        assert!(why("word").contains("blink"), "{}", why("word"));
        assert!(why("field").contains("colours"), "{}", why("field"));
        assert!(why("../dark").contains("no theme"), "{}", why("../dark"));
    }
}
