//! How much room a store takes. Looked up when it is asked for: nothing keeps count.

use std::{fs, io, path::Path};

use super::Store;

impl Store {
    /// Bytes of the journal's files.
    pub fn journal_bytes(&self) -> io::Result<u64> {
        below(&self.inner.dir.join("journal"))
    }

    /// Bytes of all blobs. Looks at every one of them: not for a thread that must not wait.
    pub fn blob_bytes(&self) -> io::Result<u64> {
        below(&self.inner.dir.join("blobs"))
    }
}

/// Bytes of the files below a folder; those that vanish meanwhile do not count.
fn below(folder: &Path) -> io::Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let size = match entry.metadata() {
            Ok(it) if it.is_dir() => below(&entry.path()),
            Ok(it) => Ok(it.len()),
            Err(e) => Err(e),
        };
        match size {
            Ok(size) => sum += size,
            Err(e) if e.kind() == io::ErrorKind::NotFound => (),
            Err(e) => return Err(e),
        }
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_below_a_folder_count() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(below(folder.path()).unwrap(), 0);
        fs::create_dir_all(folder.path().join("ab/cd")).unwrap();
        fs::write(folder.path().join("one"), [0; 10]).unwrap();
        fs::write(folder.path().join("ab/two"), [0; 200]).unwrap();
        fs::write(folder.path().join("ab/cd/three"), [0; 3000]).unwrap();
        assert_eq!(below(folder.path()).unwrap(), 3210);
        assert!(below(&folder.path().join("none")).is_err());
    }
}
