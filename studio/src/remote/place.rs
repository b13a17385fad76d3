//! Where a store's socket is, and who may use it: a folder of this user's alone, in the runtime folder or else in
//! `/tmp`. The store names its socket in a file `socket`, since two sessions of one user may have different runtime
//! folders.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use rustix::{fs::Mode, process::geteuid};
use tokio::net::UnixListener;

use crate::engine::api::ApiError;

/// The longest path that a socket can have everywhere, in bytes.
const LONGEST: usize = 103;
/// The file in a store that names its socket.
const NOTE: &str = "socket";

/// Where sockets and stores are.
#[derive(Clone, Debug)]
pub struct Place {
    /// The store's folder.
    pub store: PathBuf,
    /// The user's runtime folder, where the session has one.
    pub runtime: Option<PathBuf>,
}

impl Place {
    /// Where the owner binds the store's socket.
    pub fn socket(&self) -> PathBuf {
        let name = self.name();
        let runtime = self.runtime.as_ref().filter(|r| r.is_absolute() && r.is_dir()).map(|r| r.join("studio"));
        let fits = |folder: &PathBuf| folder.join(&name).as_os_str().len() <= LONGEST;
        let shared = || PathBuf::from(format!("/tmp/studio-{}", geteuid().as_raw()));
        runtime.filter(fits).unwrap_or_else(shared).join(name)
    }

    /// Where the present owner says that it is.
    pub fn noted(&self) -> Option<PathBuf> {
        let noted = fs::read_to_string(self.store.join(NOTE)).ok()?;
        Some(PathBuf::from(noted.trim_end())).filter(|path| path.is_absolute())
    }

    /// Binds the socket, for this user alone. Only who holds the store's lock may: what is there is another's that
    /// is gone.
    pub fn bind(&self) -> Result<(UnixListener, PathBuf), ApiError> {
        let path = self.socket();
        let failed = |e: io::Error| {
            ApiError::new("socket.bind", format!("{} cannot be a socket: {e}", path.display()))
                .help("set XDG_RUNTIME_DIR to a folder of yours alone")
        };
        private_folder(path.parent().unwrap_or(Path::new("/"))).map_err(failed)?;
        match fs::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(failed(e)),
            _ => (),
        }
        let listener = UnixListener::bind(&path).map_err(failed)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(failed)?;
        self.note(&path).map_err(failed)?;
        Ok((listener, path))
    }

    /// The socket is no more.
    pub fn unbind(&self, path: &Path) {
        // What stays is harmless: nobody answers there.
        let _ = fs::remove_file(self.store.join(NOTE));
        let _ = fs::remove_file(path);
    }

    fn note(&self, path: &Path) -> io::Result<()> {
        let (note, fresh) = (self.store.join(NOTE), self.store.join("socket.new"));
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        io::Write::write_all(&mut file, format!("{}\n", path.display()).as_bytes())?;
        fs::rename(fresh, note)
    }

    /// Equal for all paths that lead to the same store.
    fn name(&self) -> String {
        let identity = match fs::metadata(&self.store) {
            Ok(found) => format!("{}:{}", found.dev(), found.ino()),
            Err(_) => self.store.display().to_string(),
        };
        format!("{}.sock", &blake3::hash(identity.as_bytes()).to_hex()[..24])
    }
}

/// Makes the folder, or makes sure that nobody else can use the one that is there.
fn private_folder(folder: &Path) -> io::Result<()> {
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
        _ => (),
    }
    // Not through a link: somebody else may have put one there.
    let found = fs::symlink_metadata(folder)?;
    let open = Mode::from_raw_mode(found.mode());
    let private = found.is_dir() && found.uid() == geteuid().as_raw() && !open.intersects(Mode::RWXG | Mode::RWXO);
    let refused = || io::Error::new(io::ErrorKind::PermissionDenied, format!("{} is not ours alone", folder.display()));
    if private { Ok(()) } else { Err(refused()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().mode() & 0o777
    }

    #[tokio::test]
    async fn a_socket_is_for_one_user_and_is_found_by_its_store() {
        let dir = tempfile::tempdir().unwrap();
        let (store, runtime) = (dir.path().join("store"), dir.path().join("run"));
        fs::create_dir_all(&store).unwrap();
        fs::create_dir_all(&runtime).unwrap();
        let place = Place { store: store.clone(), runtime: Some(runtime.clone()) };
        assert_eq!(place.noted(), None);
        let (listener, path) = place.bind().unwrap();
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        assert!(path.starts_with(runtime.join("studio")));
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&store, &link).unwrap();
        let other = Place { store: link, runtime: None };
        assert_eq!((other.noted(), other.name()), (Some(path.clone()), place.name()));
        drop(listener);
        let (_listener, again) = place.bind().expect("what a killed owner left is taken away");
        assert_eq!(again, path);
        place.unbind(&path);
        assert!(!path.exists() && place.noted().is_none());
    }

    #[test]
    fn a_folder_of_others_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let (open, link) = (dir.path().join("open"), dir.path().join("link"));
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(private_folder(&open).is_err());
        fs::set_permissions(&open, fs::Permissions::from_mode(0o700)).unwrap();
        assert!(private_folder(&open).is_ok());
        std::os::unix::fs::symlink(&open, &link).unwrap();
        assert!(private_folder(&link).is_err());
        assert!(private_folder(&dir.path().join("missing/below")).is_err());
    }

    #[test]
    fn a_path_that_is_too_long_for_a_socket_goes_elsewhere() {
        let dir = tempfile::tempdir().unwrap();
        let long = dir.path().join("x".repeat(100));
        fs::create_dir(&long).unwrap();
        let place = Place { store: dir.path().into(), runtime: Some(long) };
        assert!(place.socket().starts_with("/tmp"), "{}", place.socket().display());
        assert!(place.socket().as_os_str().len() <= LONGEST);
        let missing = Place { store: dir.path().into(), runtime: Some(dir.path().join("missing")) };
        assert!(missing.socket().starts_with("/tmp"));
    }
}
