//! What programs say of their versions: each is asked once. What a compiled program says lies in its file, and is
//! remembered until that is another one; a script may look elsewhere, and is asked again by the next Studio.

use std::{
    collections::HashMap,
    fs,
    io::{Read, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

use super::ExecError;

/// The first bytes of a compiled program.
const COMPILED: &[u8; 4] = b"\x7fELF";

/// Versions of programs.
#[derive(Default)]
pub(super) struct Versions {
    /// Where they are remembered; none: nowhere.
    file: Option<PathBuf>,
    known: Mutex<HashMap<Asked, Arc<OnceCell<String>>>>,
}

/// A program, and how it is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Asked {
    path: PathBuf,
    /// Device, file, length, and when it was changed: by its owner, and at all.
    state: [i64; 7],
    args: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Remembered {
    #[serde(flatten)]
    asked: Asked,
    version: String,
}

impl Versions {
    /// Those that were remembered in a file, which may not be there.
    pub fn remembered(file: &Path) -> Self {
        let found = fs::read(file).ok().and_then(|json| serde_json::from_slice::<Vec<Remembered>>(&json).ok());
        let known = found.unwrap_or_default().into_iter().map(|r| (r.asked, Arc::new(OnceCell::from(r.version))));
        Self { file: Some(file.to_owned()), known: Mutex::new(known.collect()) }
    }

    /// The version of a program, which `ask` tells where it is not known: of all who want it at once, one asks.
    ///
    /// # Errors
    /// Those of `ask`.
    pub async fn of(
        &self,
        path: &Path,
        args: &[String],
        ask: impl AsyncFnOnce() -> Result<String, ExecError>,
    ) -> Result<String, ExecError> {
        let asked = Asked { path: path.to_owned(), state: state(path), args: args.to_vec() };
        let version = Arc::clone(self.known.lock().entry(asked).or_default());
        let mut is_new = false;
        let line = version.get_or_try_init(async || {
            is_new = true;
            ask().await
        });
        let line = line.await?.clone();
        if is_new && is_compiled(path) {
            self.remember();
        }
        Ok(line)
    }

    /// Writes down those of compiled programs. Where that fails they are asked again.
    fn remember(&self) {
        let Some((file, folder)) = self.file.as_ref().and_then(|file| Some((file, file.parent()?))) else { return };
        let known = self.known.lock();
        let current = known.iter().filter(|(asked, _)| state(&asked.path) == asked.state && is_compiled(&asked.path));
        let remembered: Vec<Remembered> = current
            .filter_map(|(asked, version)| Some(Remembered { asked: asked.clone(), version: version.get()?.clone() }))
            .collect();
        let written = serde_json::to_vec(&remembered).map_err(std::io::Error::other).and_then(|json| {
            fs::create_dir_all(folder)?;
            let mut new = tempfile::NamedTempFile::new_in(folder)?;
            new.write_all(&json)?;
            new.persist(file).map_err(|e| e.error)
        });
        if let Err(e) = written {
            tracing::debug!("versions of programs are not remembered: {e}");
        }
    }
}

fn is_compiled(path: &Path) -> bool {
    let mut head = [0; COMPILED.len()];
    fs::File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok() && head == *COMPILED
}

fn state(path: &Path) -> [i64; 7] {
    let Ok(m) = fs::metadata(path) else { return [0; 7] };
    let [device, file, bytes] = [m.dev(), m.ino(), m.len()].map(u64::cast_signed);
    [device, file, bytes, m.mtime(), m.mtime_nsec(), m.ctime(), m.ctime_nsec()]
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn a_compiled_program_is_asked_once_and_a_script_by_each_studio() {
        let folder = tempfile::tempdir().unwrap();
        let (file, place) = (folder.path().join("cache/versions.json"), |name: &str| folder.path().join(name));
        fs::write(place("compiled"), [&COMPILED[..], b"1"].concat()).unwrap();
        fs::write(place("script"), "#!/bin/sh").unwrap();
        let times = Cell::new(0);
        let ask = async |versions: &Versions, name: &str, args: &[&str]| {
            let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
            let told = async || {
                times.set(times.get() + 1);
                Ok(format!("{name} {}", times.get()))
            };
            versions.of(&place(name), &args, told).await.unwrap()
        };
        let versions = Versions::remembered(&file);
        assert_eq!(ask(&versions, "compiled", &["-v"]).await, "compiled 1");
        assert_eq!(ask(&versions, "compiled", &["-v"]).await, "compiled 1");
        assert_eq!(ask(&versions, "compiled", &["--version"]).await, "compiled 2");
        assert_eq!(ask(&versions, "script", &["-v"]).await, "script 3");

        let versions = Versions::remembered(&file);
        assert_eq!(ask(&versions, "compiled", &["-v"]).await, "compiled 1");
        assert_eq!(ask(&versions, "script", &["-v"]).await, "script 4");
        fs::write(place("compiled"), [&COMPILED[..], b"2"].concat()).unwrap();
        assert_eq!(ask(&versions, "compiled", &["-v"]).await, "compiled 5", "it is another file");
        fs::write(&file, "no JSON").unwrap();
        assert_eq!(ask(&Versions::remembered(&file), "compiled", &["-v"]).await, "compiled 6");
    }

    #[tokio::test]
    async fn what_went_wrong_is_not_remembered() {
        let versions = Versions::default();
        let path = Path::new("/no/such/program");
        let failed = versions.of(path, &[], async || Err(ExecError::spawn("x", std::io::ErrorKind::NotFound.into())));
        assert!(failed.await.is_err());
        assert_eq!(versions.of(path, &[], async || Ok("1".into())).await.unwrap(), "1");
    }
}
