//! Feeds a program's standard input.

use std::os::fd::OwnedFd;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::unix::pipe::Sender,
};

use super::request::Source;

/// Writes all of `source`, then closes. A program that does not read to the end is no error.
pub(super) async fn feed(source: Option<Source>, stdin: Option<OwnedFd>) {
    let (Some(source), Some(stdin)) = (source, stdin) else { return };
    if let Err(error) = write(source, stdin).await
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        tracing::warn!(%error, "a program's standard input was cut short");
    }
}

async fn write(source: Source, stdin: OwnedFd) -> std::io::Result<()> {
    let mut pipe = Sender::from_owned_fd(stdin)?;
    match source {
        Source::Bytes(bytes) => pipe.write_all(&bytes).await,
        Source::Blob(_, path) => {
            let mut file = tokio::fs::File::open(path).await?;
            let mut buffer = vec![0; 256 << 10];
            loop {
                let n = file.read(&mut buffer).await?;
                if n == 0 {
                    return Ok(());
                }
                pipe.write_all(&buffer[..n]).await?;
            }
        }
    }
}
