//! The file of a film or a sound: where this box has it, else its bytes fetched from the engine into a file of our own.

use std::{io::Write, path::PathBuf};

use tempfile::{NamedTempFile, TempPath};

use crate::{model::Digest, remote::Client, tui::picture::windows};

/// Most bytes of a film that are fetched.
const MOST: u64 = 4 << 30;

/// A file to play.
#[derive(Debug)]
pub struct Place {
    /// Where it is.
    pub path: PathBuf,
    /// It is ours, and goes when it is not played any more.
    _ours: Option<TempPath>,
}

/// The file of a film or a sound.
pub async fn place(client: Option<Client>, digest: Digest, path: Option<PathBuf>) -> Result<Place, String> {
    if let Some(path) = path.filter(|path| path.is_file()) {
        return Ok(Place { path, _ours: None });
    }
    let Some(client) = client else { return Err("there is no engine".into()) };
    let mut file = NamedTempFile::with_prefix("studio-film-").map_err(|e| e.to_string())?;
    windows(&client, digest, MOST, |part| file.write_all(&part).map_err(|e| e.to_string())).await?;
    let ours = file.into_temp_path();
    Ok(Place { path: ours.to_path_buf(), _ours: Some(ours) })
}
