//! Styles of captions by name: those that come with Studio, a user's own in the store's folder `captions/`, and those in
//! the folder `captions/` beside a project's script. Plugins read no files: a request holds its style as data.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};
use studio_plugin_sdk::{
    caption::{CaptionLook, CaptionStyle},
    roles::Role,
};

use super::{fonts, open::Core, params, scripts};
use crate::{
    embedded,
    model::{NodeError, Project},
};

/// The folder of styles, in the store and beside scripts.
pub const FOLDER: &str = "captions";
/// The field of requests that says how captions look.
const FIELD: &str = "caption_style";
/// What says that a style fills what another leaves open.
pub const FROM: &str = "from";
/// The name of captions without a style.
const NONE: &str = "default";
/// Most styles on the way from one to the last that it takes from.
const MOST_PARENTS: usize = 8;
/// Most bytes of a style's file.
pub const MOST_BYTES: u64 = 64 * 1024;
/// Families that the plugin brings.
pub const BROUGHT: [&str; 4] = ["", "inter", "serif", "mono"];

/// A request with its style as data, where it names one, and with the font that the style names.
pub fn put_in(core: &Core, project: &Project, role: Role, request: Value) -> Result<Value, NodeError> {
    let Value::Object(mut fields) = request else { return Ok(request) };
    if role != Role::Render {
        return Ok(Value::Object(fields));
    }
    let style = match fields.remove(FIELD) {
        None | Some(Value::Null) => return Ok(Value::Object(fields)),
        Some(Value::String(name)) if name.is_empty() || name == NONE => return Ok(Value::Object(fields)),
        Some(Value::String(name)) => [(FROM.to_owned(), Value::String(name))].into_iter().collect(),
        Some(Value::Object(style)) => style,
        Some(other) => {
            // What it is to be is said where requests are read.
            fields.insert(FIELD.into(), other);
            return Ok(Value::Object(fields));
        }
    };
    let mut style = whole(&folders(core, project), style)?;
    let said = |name: &str| style.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (family, weight) = (said("font"), style.get("weight").and_then(Value::as_u64).unwrap_or(600));
    if !BROUGHT.contains(&family.as_str()) && !style.contains_key("font_file") {
        let path = fonts::find(&core.config.home, &family, weight).ok_or_else(|| no_font(&family))?;
        let blob = params::take_in(core, &path, "caption_style.font").map_err(|e| wrong(e.to_string()))?;
        style.insert("font_file".into(), serde_json::json!(blob));
    }
    fields.insert(FIELD.into(), Value::Object(style));
    Ok(Value::Object(fields))
}

/// Is there the style that is meant, wherever it is used? Those beside a script are not looked at.
///
/// # Errors
/// `caption.style`
pub fn known(core: &Core, look: &CaptionLook) -> Result<(), NodeError> {
    let from = match look {
        CaptionLook::Name(name) => name,
        CaptionLook::Style(style) => &style.from,
    };
    let style = [(FROM.to_owned(), Value::String(from.clone()))].into_iter().collect();
    whole(&[core.config.home.join(FOLDER)], style).map(drop).map_err(|mut e| {
        e.field = Some("captions".into());
        e
    })
}

/// Is that what this studio's user says of a style of that name?
pub fn is_own(core: &Core, name: &str, text: &str) -> bool {
    path(&[core.config.home.join(FOLDER)], name)
        .is_some_and(|path| fs::read_to_string(path).is_ok_and(|own| own == text))
}

/// The folders of a user's styles; what is in the first stands before the others.
pub fn folders(core: &Core, project: &Project) -> Vec<PathBuf> {
    let is_file = Path::new(&project.script).extension().is_some_and(|e| e == "lua");
    let script = is_file.then(|| scripts::resolved(core, &project.script));
    let beside = script.and_then(|script| Some(script.parent()?.join(FOLDER)));
    beside.into_iter().chain([core.config.home.join(FOLDER)]).collect()
}

/// A style with what it takes from others.
pub fn whole(folders: &[PathBuf], style: Map<String, Value>) -> Result<Map<String, Value>, NodeError> {
    let mut whole = style;
    for _ in 0..MOST_PARENTS {
        let Some(Value::String(name)) = whole.remove(FROM) else { return Ok(whole) };
        if name.is_empty() || name == NONE {
            return Ok(whole);
        }
        for (field, value) in read(folders, &name)? {
            whole.entry(field).or_insert(value);
        }
    }
    Err(wrong(format!("The style takes from more than {MOST_PARENTS} others, or from itself.")))
}

/// What a style's file says.
fn read(folders: &[PathBuf], name: &str) -> Result<Map<String, Value>, NodeError> {
    let broken = |why: String| wrong(format!("The style {name}: {why}"));
    let text = match path(folders, name) {
        Some(path) if fs::metadata(&path).is_ok_and(|data| data.len() > MOST_BYTES) => {
            return Err(broken(format!("{} has more than {MOST_BYTES} bytes", path.display())));
        }
        Some(path) => {
            fs::read_to_string(&path).map_err(|e| broken(format!("{} cannot be read: {e}", path.display())))?
        }
        None => shipped(name).ok_or_else(|| unknown(folders, name))?.to_owned(),
    };
    let table: toml::Table = toml::from_str(&text).map_err(|e| broken(e.to_string().trim_end().to_owned()))?;
    let Value::Object(mut style) = serde_json::to_value(table).map_err(|e| broken(e.to_string()))? else {
        return Err(broken("it is no table".into()));
    };
    style.remove("help");
    // A file is read in full, so that what is wrong in it is told with its name.
    serde_json::from_value::<CaptionStyle>(Value::Object(style.clone())).map_err(|e| broken(e.to_string()))?;
    Ok(style)
}

fn shipped(name: &str) -> Option<&'static str> {
    embedded::CAPTIONS.iter().find(|(file, _)| file.strip_suffix(".toml") == Some(name)).map(|(_, text)| *text)
}

/// Somebody's own styles in these folders that are named in one of the texts, or in such a style: their files' texts.
/// Those that cannot be read are left to be told of where they are used.
pub fn named_in(folders: &[PathBuf], mut texts: Vec<String>) -> BTreeMap<String, String> {
    let mut named = BTreeMap::new();
    let mut left: Vec<String> = names(folders).into_iter().filter(|name| name != NONE).collect();
    loop {
        let (now, later): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|name| texts.iter().any(|text| text.contains(name.as_str())));
        let own = now.into_iter().filter_map(|name| Some((fs::read_to_string(path(folders, &name)?).ok()?, name)));
        let own: Vec<(String, String)> = own.filter(|(text, _)| text.len() as u64 <= MOST_BYTES).collect();
        if own.is_empty() {
            return named;
        }
        texts = own.iter().map(|(text, _)| text.clone()).collect();
        named.extend(own.into_iter().map(|(text, name)| (name, text)));
        left = later;
    }
}

/// The file of somebody's own style; none: there is no such.
fn path(folders: &[PathBuf], name: &str) -> Option<PathBuf> {
    let plain = !name.contains(['/', '\\']) && !name.starts_with('.');
    folders.iter().filter(|_| plain).map(|folder| folder.join(format!("{name}.toml"))).find(|path| path.is_file())
}

/// The names of all styles.
fn names(folders: &[PathBuf]) -> Vec<String> {
    let own = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    let own = own.filter_map(|entry| toml_stem(&entry.path()));
    let shipped = embedded::CAPTIONS.iter().filter_map(|(file, _)| toml_stem(Path::new(file)));
    let mut all: Vec<String> = own.chain(shipped).chain([NONE.to_owned()]).collect();
    all.sort();
    all.dedup();
    all
}

fn toml_stem(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_str()?.strip_suffix(".toml")?.to_owned())
}

fn unknown(folders: &[PathBuf], name: &str) -> NodeError {
    let names = names(folders).join(", ");
    wrong(format!("There is no caption style {name:?} (there are {names}). Your own: captions/NAME.toml."))
}

fn no_font(family: &str) -> NodeError {
    let message =
        format!("There is no font {family:?} on this box, and inter, serif and mono are all that is brought.");
    let mut error = NodeError::permanent("caption.font", message);
    error.field = Some("caption_style.font".into());
    error.help("install it, put its file into the folder fonts/ of the store, or name the file: font_file")
}

fn wrong(message: String) -> NodeError {
    let mut error = NodeError::permanent("caption.style", message);
    error.field = Some(FIELD.into());
    error
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use studio_plugin_sdk::caption::CaptionKind;

    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    fn of(folders: &[PathBuf], style: Value) -> Result<Value, NodeError> {
        let Value::Object(style) = style else { panic!("no record") };
        whole(folders, style).map(Value::Object)
    }

    #[test]
    fn every_shipped_style_is_one_and_says_when_to_take_it() {
        let names = names(&[]);
        assert!(names.len() >= 8, "{names:?}");
        for name in names.iter().filter(|name| *name != NONE) {
            let style = of(&[], json!({ "from": name })).unwrap();
            serde_json::from_value::<CaptionStyle>(style).unwrap().validate().unwrap();
            assert!(shipped(name).unwrap().starts_with("help = "), "{name}");
        }
        let kind = of(&[], json!({ "from": "karaoke" })).unwrap()["kind"].clone();
        assert_eq!(serde_json::from_value::<CaptionKind>(kind).unwrap(), CaptionKind::Karaoke);
    }

    #[test]
    fn ones_own_styles_stand_before_the_shipped_and_take_from_them() {
        let mine = folder(&[("mine.toml", "from = 'pop'\nscale = 2.0"), ("lines.toml", "kind = 'boxed'")]);
        let beside = folder(&[("lines.toml", "kind = 'typewriter'")]);
        let folders = [beside.path().to_owned(), mine.path().to_owned()];
        let style = of(&folders, json!({ "from": "mine", "color": "#ff0000" })).unwrap();
        assert_eq!((&style["kind"], &style["scale"], &style["color"]), (&json!("pop"), &json!(2.0), &json!("#ff0000")));
        assert_eq!(of(&folders, json!({ "from": "lines" })).unwrap(), json!({ "kind": "typewriter" }));
        assert_eq!(of(&folders[1..], json!({ "from": "lines" })).unwrap(), json!({ "kind": "boxed" }));
    }

    #[test]
    fn what_a_text_names_is_found_with_what_that_takes_from() {
        let mine =
            folder(&[("mine.toml", "from = 'base'"), ("base.toml", "from = 'pop'"), ("other.toml", "scale = 2.0")]);
        let folders = [mine.path().to_owned()];
        let named = |text: &str| named_in(&folders, vec![text.into()]).into_keys().collect::<Vec<_>>();
        assert_eq!(named("caption_style = 'mine'"), ["base", "mine"]);
        assert_eq!(named("other"), ["other"]);
        assert!(named("karaoke and pop").is_empty());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let mine = folder(&[("loop.toml", "from = 'loop'"), ("bad.toml", "colour = '#fff'"), ("no.toml", "= 3")]);
        let folders = [mine.path().to_owned()];
        let why = |name: &str| of(&folders, json!({ "from": name })).unwrap_err().to_string();
        assert!(why("loop").contains("from itself"), "{}", why("loop"));
        assert!(why("bad").contains("bad") && why("bad").contains("colour"), "{}", why("bad"));
        assert!(why("no").contains("The style no"), "{}", why("no"));
        assert!(why("wobble").contains("karaoke") && why("wobble").contains("loop"), "{}", why("wobble"));
        assert!(why("../lines").contains("no caption style"), "{}", why("../lines"));
    }
}
