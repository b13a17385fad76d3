//! Where the bytes of pictures, films and sounds come from: a file where this box has it, else the engine.

use super::Picture;
use crate::{engine::api::BlobRead, model::Digest, remote::Client};

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
    let take = |part: Vec<u8>| {
        bytes.extend(part);
        Ok(())
    };
    windows(client, picture.digest, MOST, take).await?;
    Ok(bytes)
}

/// The bytes of a blob of at most so many, window by window.
pub async fn windows(
    client: &Client,
    blob: Digest,
    most: u64,
    mut take: impl FnMut(Vec<u8>) -> Result<(), String>,
) -> Result<(), String> {
    let mut offset = 0;
    loop {
        let window = client.call(BlobRead { blob, offset, bytes: 0 }).await.map_err(|e| e.message)?;
        if window.total > most {
            return Err(format!("larger than {} MB", most >> 20));
        }
        let part = window.decoded().map_err(|e| e.message)?;
        offset += part.len() as u64;
        let ends = part.is_empty() || offset >= window.total;
        take(part)?;
        if ends {
            return Ok(());
        }
    }
}
