//! Finished files into the project's export folder, each whole or not at all.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Component, Path, PathBuf},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use studio_plugin_sdk::{
    blob::Blob,
    error::StageError,
    wire::{Body, Deliver},
};

use super::context::NodeCtx;
use crate::model::{BlobStore, Delivery, Digest};

/// Puts the files of a `deliver` effect in place: their paths below the export folder, by name.
pub async fn write(ctx: &NodeCtx, deliver: &Deliver) -> Result<BTreeMap<String, String>, StageError> {
    let blobs = ctx.core.blobs();
    let files = as_blobs(&*blobs, deliver)?;
    let root = ctx.export_dir.clone();
    let place_all = move || files.iter().try_for_each(|file| place(&*blobs, &root, file)).map(|()| files);
    let placed = tokio::task::spawn_blocking(place_all).await.map_err(|e| StageError::transient(e.to_string()))??;
    Ok(placed.into_iter().map(|f| (f.path.rsplit('/').next().unwrap_or_default().to_owned(), f.path)).collect())
}

/// The files of a `deliver` effect as blobs with checked paths.
pub fn as_blobs(blobs: &dyn BlobStore, deliver: &Deliver) -> Result<Vec<Delivery>, StageError> {
    let folder = checked_folder(&deliver.folder)?;
    let mut files = Vec::new();
    for (name, body) in &deliver.files {
        if name.is_empty() || name.len() > 255 || name.contains(['/', '\\', '\0']) || name == "." || name == ".." {
            return Err(StageError::invalid("files", format!("{name:?} is not a plain file name")));
        }
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        files.push(Delivery { path, blob: as_blob(blobs, body)? });
    }
    Ok(files)
}

fn checked_folder(folder: &str) -> Result<String, StageError> {
    let plain = |part: Component<'_>| match part {
        Component::Normal(name) => name.to_str().map(ToOwned::to_owned),
        _ => None,
    };
    let parts: Option<Vec<_>> = Path::new(folder).components().map(plain).collect();
    match parts {
        Some(parts) if !folder.contains(['\0', '\\']) => Ok(parts.join("/")),
        _ => Err(StageError::invalid("folder", format!("{folder:?} is not a folder below the export folder"))),
    }
}

fn as_blob(blobs: &dyn BlobStore, body: &Body) -> Result<Blob, StageError> {
    let (bytes, mime) = match body {
        Body::Blob(blob) => return Ok(blob.clone()),
        Body::Text(text) => (text.clone().into_bytes(), "text/plain"),
        Body::Json(value) => (serde_json::to_vec_pretty(value).unwrap_or_default(), "application/json"),
        Body::Base64(text) => {
            let bytes = BASE64_STANDARD.decode(text).map_err(|e| StageError::invalid("files", e.to_string()))?;
            (bytes, "application/octet-stream")
        }
        Body::Empty => (Vec::new(), "application/octet-stream"),
        Body::Multipart(_) => return Err(StageError::invalid("files", "a file cannot be multipart")),
    };
    let failed = |e: io::Error| io_error("keeping a file", &e);
    let mut sink = blobs.create().map_err(failed)?;
    sink.write(&bytes).map_err(failed)?;
    let digest = sink.finish().map_err(failed)?;
    Ok(Blob { blob: digest.hex(), bytes: bytes.len() as u64, mime: mime.into() })
}

/// Puts files where they are missing or others; those in place already are left alone.
pub fn restore(blobs: &dyn BlobStore, root: &Path, files: &[Delivery]) -> Result<(), StageError> {
    files.iter().filter(|file| !in_place(root, file)).try_for_each(|file| place(blobs, root, file))
}

fn in_place(root: &Path, file: &Delivery) -> bool {
    let path = root.join(&file.path);
    let same_size = fs::symlink_metadata(&path).is_ok_and(|m| m.is_file() && m.len() == file.blob.bytes);
    let same_bytes = || {
        let mut hasher = blake3::Hasher::new();
        fs::File::open(&path).and_then(|f| hasher.update_reader(f).map(|_| ())).is_ok()
            && hasher.finalize().to_hex().as_str() == file.blob.blob
    };
    same_size && same_bytes()
}

fn place(blobs: &dyn BlobStore, root: &Path, file: &Delivery) -> Result<(), StageError> {
    let failed = |e: io::Error| io_error(&format!("writing {}", root.join(&file.path).display()), &e);
    let digest: Digest = file.blob.blob.parse().map_err(|_| StageError::invalid("files", "not a blob"))?;
    let path = root.join(&file.path);
    let folder = path.parent().unwrap_or(root).to_path_buf();
    fs::create_dir_all(&folder).map_err(failed)?;
    inside(root, &folder)?;
    let part = folder.join(part_name(&file.path));
    // What a killed studio left of it, or anything else of that name: never written through.
    let _ = fs::remove_file(&part);
    let mut whole = fs::File::create_new(&part).map_err(failed)?;
    let written = io::copy(&mut blobs.open(&digest).map_err(failed)?, &mut whole)
        .and_then(|_| make_readable(&whole))
        .and_then(|()| whole.sync_data())
        .and_then(|()| fs::rename(&part, &path));
    if let Err(e) = written {
        let _ = fs::remove_file(&part);
        return Err(failed(e));
    }
    Ok(())
}

/// The name of a file while it is written: the same each time, so that a killed attempt leaves nothing for long.
fn part_name(path: &str) -> String {
    format!(".studio-{}.part", &Digest::of(path.as_bytes()).hex()[..16])
}

/// A link on the way must not lead out of the export folder.
fn inside(root: &Path, folder: &Path) -> Result<(), StageError> {
    let real = |p: &Path| p.canonicalize().unwrap_or_else(|_| PathBuf::from("/"));
    if real(folder).starts_with(real(root)) {
        return Ok(());
    }
    Err(StageError::permanent(format!("{} leads out of the export folder", folder.display())).code("deliver.outside"))
}

fn make_readable(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

fn io_error(doing: &str, e: &io::Error) -> StageError {
    let (code, hint) = match e.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            ("disk.full", ": free some space and run it again")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            ("disk.readonly", ": choose a folder that you may write to with --out")
        }
        _ => ("disk.io", ""),
    };
    StageError::permanent(format!("{doing} failed: {e}{hint}")).code(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_stay_below_the_export_folder() {
        assert_eq!(checked_folder("").unwrap(), "");
        assert_eq!(checked_folder("a/b/").unwrap(), "a/b");
        for bad in ["..", "a/../b", "/etc", "a\\b", "./x", "a\0b"] {
            assert!(checked_folder(bad).is_err(), "{bad}");
        }
    }
}
