//! Fonts of this box by family, for captions: a film that uses one holds its file, so that it is the same elsewhere.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use ttf_parser::{Face, fonts_in_collection, name_id};

/// Most files that are read in search of a family.
const MOST_READ: usize = 300;
/// Most folders, one in another.
const MOST_DEPTH: usize = 6;
/// Largest font file.
const LARGEST: u64 = 32 << 20;

/// The file of a family whose weight comes nearest; none: it is not on this box. `home` is the store's folder.
pub fn find(home: &Path, family: &str, weight: u64) -> Option<PathBuf> {
    among(&folders(home), family, weight)
}

fn folders(home: &Path) -> Vec<PathBuf> {
    let user =
        env::home_dir().map(|user| [".local/share/fonts", ".fonts", "Library/Fonts"].map(|folder| user.join(folder)));
    let system = ["/usr/local/share/fonts", "/usr/share/fonts", "/Library/Fonts", "/System/Library/Fonts"];
    let system = system.into_iter().map(PathBuf::from);
    [home.join("fonts")].into_iter().chain(user.into_iter().flatten()).chain(system).collect()
}

fn among(folders: &[PathBuf], family: &str, weight: u64) -> Option<PathBuf> {
    let words: Vec<String> = family.split_whitespace().map(plain).filter(|word| !word.is_empty()).collect();
    // Files are mostly named after what is in them: those that share most words with the family are read first.
    let mut files: BTreeSet<(usize, PathBuf)> = BTreeSet::new();
    for folder in folders {
        collect(folder, MOST_DEPTH, &mut |path| {
            let stem = path.file_stem().map(|stem| plain(&stem.to_string_lossy())).unwrap_or_default();
            let missing = words.iter().filter(|word| !stem.contains(word.as_str())).count();
            files.insert((missing, path));
        });
    }
    let mut best: Option<(u64, PathBuf)> = None;
    for (missing, path) in files.into_iter().take(MOST_READ) {
        if missing > 0 && best.is_some() {
            break;
        }
        let Some(found) = weight_of(&path, family) else { continue };
        let off = found.abs_diff(weight);
        if best.as_ref().is_none_or(|(least, _)| off < *least) {
            best = Some((off, path));
        }
    }
    best.map(|(_, path)| path)
}

fn collect(folder: &Path, depth: usize, found: &mut impl FnMut(PathBuf)) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() && depth > 0 {
            collect(&path, depth - 1, found);
        } else if path
            .extension()
            .is_some_and(|e| ["ttf", "otf", "ttc", "otc"].iter().any(|is| e.eq_ignore_ascii_case(is)))
        {
            found(path);
        }
    }
}

/// The weight of the upright font of a family in a file; none: there is none of it.
fn weight_of(path: &Path, family: &str) -> Option<u64> {
    if fs::metadata(path).ok()?.len() > LARGEST {
        return None;
    }
    let data = fs::read(path).ok()?;
    let count = fonts_in_collection(&data).unwrap_or(1);
    (0..count).find_map(|index| {
        let face = Face::parse(&data, index).ok()?;
        let names = face
            .names()
            .into_iter()
            .filter(|name| matches!(name.name_id, name_id::FAMILY | name_id::TYPOGRAPHIC_FAMILY) && name.is_unicode());
        let is = names.filter_map(|name| name.to_string()).any(|name| name.eq_ignore_ascii_case(family));
        (is && !face.is_italic()).then(|| u64::from(face.weight().to_number()))
    })
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_found_by_its_name_and_the_nearest_weight() {
        let fonts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/cards/fonts");
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("fonts/deep");
        fs::create_dir_all(&folder).unwrap();
        for (from, to) in [("mono-regular", "JetBrainsMono"), ("sans-regular", "whatever"), ("hebrew", "x")] {
            fs::copy(fonts.join(from).with_extension("ttf"), folder.join(to).with_extension("ttf")).unwrap();
        }
        fs::write(folder.join("JetBrains Mono.ttf"), b"no font").unwrap();
        let found = |family: &str| among(&[home.path().join("fonts")], family, 600);
        assert_eq!(found("JetBrains Mono"), Some(folder.join("JetBrainsMono.ttf")));
        assert_eq!(found("inter"), Some(folder.join("whatever.ttf")));
        assert_eq!(found("Papyrus"), None);
    }
}
