//! Lines on their way to the other side, with a limit on what waits: who writes faster than the other side reads
//! waits too.

use std::{sync::Arc, time::Duration};

use tokio::{
    io::{AsyncWriteExt, BufWriter},
    net::unix::OwnedWriteHalf,
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    task::JoinHandle,
};

/// Lines that may wait, and how much of them in KiB.
const MOST_LINES: usize = 256;
const MOST_KIB: usize = 4 << 10;
/// Who takes nothing for so long is gone.
const PATIENCE: Duration = Duration::from_mins(5);

/// Where lines are put. Clones are the same.
#[derive(Clone)]
pub struct Outbox {
    lines: mpsc::Sender<(String, OwnedSemaphorePermit)>,
    room: Arc<Semaphore>,
}

impl Outbox {
    /// Writes to the other side until all clones are gone, or it is.
    pub fn new(to: OwnedWriteHalf) -> (Self, JoinHandle<()>) {
        let (lines, waiting) = mpsc::channel(MOST_LINES);
        let room = Arc::new(Semaphore::new(MOST_KIB));
        (Self { lines, room }, tokio::spawn(write(to, waiting)))
    }

    /// Waits until there is room; false: the other side is gone.
    pub async fn send(&self, mut line: String) -> bool {
        line.push('\n');
        let kib = (line.len() >> 10).clamp(1, MOST_KIB) as u32;
        let Ok(room) = Arc::clone(&self.room).acquire_many_owned(kib).await else { return false };
        self.lines.send((line, room)).await.is_ok()
    }

    /// Waits until the other side is gone.
    pub async fn closed(&self) {
        self.lines.closed().await;
    }
}

async fn write(to: OwnedWriteHalf, mut waiting: mpsc::Receiver<(String, OwnedSemaphorePermit)>) {
    let mut to = BufWriter::new(to);
    while let Some((line, _room)) = waiting.recv().await {
        let more = !waiting.is_empty();
        let written = async {
            to.write_all(line.as_bytes()).await?;
            if more { Ok(()) } else { to.flush().await }
        };
        if !matches!(tokio::time::timeout(PATIENCE, written).await, Ok(Ok(()))) {
            return;
        }
    }
    // Half of the connection: the other side reads to the end.
    let _ = to.shutdown().await;
}
