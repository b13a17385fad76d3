//! Where a picture's bytes come from: its file where this box has it, else the engine.

use super::Picture;
use crate::{engine::api::BlobRead, remote::Client};

/// Most bytes of a picture.
const MOST: u64 = 64 << 20;

/// The bytes of a picture.
pub async fn bytes(client: Option<&Client>, picture: &Picture) -> Result<Vec<u8>, String> {
    if let Some(path) = &picture.path
        && let Ok(data) = tokio::fs::metadata(path).await
        && data.is_file()
    {
        if data.len() > MOST {
            return Err(format!("larger than {} MB", MOST >> 20));
        }
        return tokio::fs::read(path).await.map_err(|e| e.to_string());
    }
    let Some(client) = client else { return Err("there is no engine".into()) };
    let mut bytes = Vec::new();
    loop {
        let read = BlobRead { blob: picture.digest, offset: bytes.len() as u64, bytes: 0 };
        let window = client.call(read).await.map_err(|e| e.message)?;
        if window.total > MOST {
            return Err(format!("larger than {} MB", MOST >> 20));
        }
        let part = window.decoded().map_err(|e| e.message)?;
        if part.is_empty() {
            return Ok(bytes);
        }
        bytes.extend(part);
        if bytes.len() as u64 >= window.total {
            return Ok(bytes);
        }
    }
}
