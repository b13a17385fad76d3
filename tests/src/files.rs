//! The files that a program has left, and what is in them.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// All files below a folder. Links are not followed: the compile cache is shared, and is one.
pub fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() { found.extend(below(&path)) } else { found.push(path) }
    }
    found
}

/// Those of them that hold these bytes.
pub fn holding(folder: &Path, bytes: &[u8]) -> Vec<PathBuf> {
    let holds = |path: &PathBuf| fs::read(path).is_ok_and(|found| found.windows(bytes.len()).any(|w| w == bytes));
    below(folder).into_iter().filter(holds).collect()
}
