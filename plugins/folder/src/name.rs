//! Names of files and folders that every system takes. Called by the stage; pure.

use studio_plugin_sdk::prelude::*;
use unicode_segmentation::UnicodeSegmentation as _;

/// Bytes of a name without its extension; with it no more than 100.
const MOST_STEM: usize = 90;
/// Bytes of a folder's name, and folders below one another.
const MOST_NAME: usize = 100;
const MOST_DEPTH: usize = 8;
/// Names that Windows keeps for devices, with any extension.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// A title as a file name without extension: letters and digits of any script, small, with hyphens between
/// words.
pub(crate) fn stem(title: &str) -> String {
    let mut stem = String::new();
    let mut gap = false;
    for piece in title.graphemes(true) {
        // What clings to a letter (accents, vowel signs) stays with it; an apostrophe parts nothing.
        if !piece.chars().next().is_some_and(char::is_alphanumeric) {
            gap |= !matches!(piece, "'" | "’");
            continue;
        }
        // Some letters cling to whatever follows them, a backslash too.
        let clings = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric();
        let parts = piece.chars().any(clings);
        let kept = |c: &char| !is_invisible(*c) && !clings(*c);
        let piece: String = piece.chars().filter(kept).flat_map(char::to_lowercase).collect();
        let hyphen = gap && !stem.is_empty();
        if stem.len() + usize::from(hyphen) + piece.len() > MOST_STEM {
            break;
        }
        if hyphen {
            stem.push('-');
        }
        stem.push_str(&piece);
        gap = parts;
    }
    if stem.is_empty() {
        return "film".to_string();
    }
    if is_device(&stem) { format!("{stem}-film") } else { stem }
}

/// The folder asked for, below the export folder: relative, without a way out.
pub(crate) fn folder(place: &str) -> Result<String> {
    let place = place.trim();
    let place = place.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(place);
    if place.is_empty() {
        return Ok(String::new());
    }
    let parts: Vec<&str> = place.split('/').collect();
    if parts.len() > MOST_DEPTH {
        return Err(refused(place, &format!("at most {MOST_DEPTH} folders lie below one another")));
    }
    parts.iter().try_for_each(|part| check(place, part))?;
    Ok(place.to_string())
}

fn check(place: &str, part: &str) -> Result<()> {
    let bad = |c: char| c.is_control() || is_invisible(c) || r#"\<>:"|?*"#.contains(c);
    let why = match part {
        "" => "it starts with a slash, or has two in a row",
        "." | ".." => "it leads out of the folder",
        _ if part.starts_with('~') => "`~` is not the home folder here",
        _ if part.contains(bad) => "it has characters that some systems refuse",
        _ if part.ends_with(['.', ' ']) || part.starts_with(' ') => "a name ends with a dot, or has spaces around it",
        _ if part.len() > MOST_NAME => "a name is longer than 100 bytes",
        _ if is_device(part) => "a name is one that Windows keeps for a device",
        _ => return Ok(()),
    };
    Err(refused(place, why))
}

fn refused(place: &str, why: &str) -> StageError {
    let message =
        format!("{place:?} cannot be used: {why}. Give a folder below the project's export folder, like films/drafts");
    StageError::invalid("place", message).code("folder.place")
}

fn is_device(name: &str) -> bool {
    let base = name.split('.').next().unwrap_or(name).trim_end().to_lowercase();
    let numbered = |device: &str| {
        let digit = base.strip_prefix(device).map(|rest| rest.chars().collect::<Vec<char>>());
        digit.is_some_and(|d| matches!(d.as_slice(), ['0'..='9' | '¹' | '²' | '³']))
    };
    DEVICES.contains(&base.as_str()) || numbered("com") || numbered("lpt")
}

/// Marks of direction and joiners, which make names look like others.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || c.is_control()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_title_becomes_a_name() {
        let names = [
            ("Stairs to the Sky: rice!", "stairs-to-the-sky-rice"),
            ("Don’t panic", "dont-panic"),
            ("../../etc/passwd", "etc-passwd"),
            ("Ünïcode/日本語 हिन्दी", "ünïcode-日本語-हिन्दी"),
            ("CON", "con-film"),
            ("lpt1", "lpt1-film"),
            ("com¹", "com¹-film"),
            ("\u{d4e}\\a", "\u{d4e}-a"),
            ("🎬 …", "film"),
            ("", "film"),
            ("a\u{202e}gpj.exe", "a-gpj-exe"),
        ];
        for (title, name) in names {
            assert_eq!(stem(title), name, "{title}");
        }
        assert_eq!(stem(&"é".repeat(80)).len(), 90);
    }

    #[test]
    fn a_place_stays_below() {
        for good in ["", " films ", "films/drafts/", "Été 2026/é"] {
            assert_eq!(folder(good).unwrap(), good.trim().trim_end_matches('/'));
        }
        for bad in
            ["/", "/etc", "..", "a/../b", "a//b", "./a", "~/x", "C:\\x", "a\\b", "nul", "a/NUL.txt", "x.", "a\0b"]
        {
            assert_eq!(folder(bad).unwrap_err().field.as_deref(), Some("place"), "{bad}");
        }
        assert!(folder("a/a/a/a/a/a/a/a/a").is_err() && folder(&"é".repeat(51)).is_err());
    }

    proptest! {
        #[test]
        fn names_are_safe(title in "\\PC{0,200}|[ -~]{0,40}") {
            let name = stem(&title);
            prop_assert!(!name.is_empty() && name.len() <= 95);
            prop_assert!(!name.chars().any(|c| c.is_control() || is_invisible(c) || r#"/\<>:"|?*. "#.contains(c)));
            prop_assert!(!is_device(&name) && !name.starts_with('-') && !name.ends_with('-'));
            prop_assert_eq!(stem(&name), name);
        }

        #[test]
        fn a_place_that_is_taken_is_relative(place in "[a-z./~ :\\\\]{0,12}") {
            if let Ok(folder) = folder(&place) {
                prop_assert!(!folder.starts_with('/') && folder.split('/').all(|p| p != ".." && p != "."));
            }
        }
    }
}
