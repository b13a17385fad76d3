//! A connection to the owner of a store, on the client's side: requests find their answers, and what the owner says
//! by itself is handed on.

use std::{
    collections::HashMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::StreamExt;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::{
    net::UnixStream,
    sync::{mpsc, oneshot, watch},
};
use tokio_util::codec::FramedRead;

use super::{
    codec::{Line, Lines},
    outbox::Outbox,
    rpc::{self, Incoming, Notice},
    server::is_own_user,
};
use crate::engine::api::{ApiError, Hello, Owner, PROTOCOL};

/// The longest line of an owner, in bytes.
const LONGEST: usize = 72 << 20;
/// Notices that wait to be taken; then the owner waits.
const NOTICES: usize = 256;

/// Why a connection is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// It broke: the owner was killed, say.
    Broken,
    /// The owner said that it leaves.
    Left {
        /// And that another one comes.
        successor: bool,
    },
}

/// Why a request has no result.
#[derive(Debug)]
pub enum Failed {
    /// It was answered so.
    Answered(ApiError),
    /// It was not answered: the connection is no more.
    Lost,
}

type Waiting = HashMap<u64, oneshot::Sender<Result<Value, ApiError>>>;

/// A connection that has said hello.
pub struct Connection {
    /// Who answers.
    pub owner: Owner,
    out: Outbox,
    /// None: nobody will answer any more.
    waiting: Arc<Mutex<Option<Waiting>>>,
    lost: watch::Receiver<Option<Lost>>,
    next: AtomicU64,
}

impl Connection {
    /// Connects to a socket and says hello. What the owner says by itself comes through the receiver.
    pub async fn open(path: &Path, within: Duration) -> Result<(Self, mpsc::Receiver<Notice>), Failed> {
        match tokio::time::timeout(within, Self::open_now(path)).await {
            Ok(opened) => opened,
            Err(_) => Err(Failed::Lost),
        }
    }

    async fn open_now(path: &Path) -> Result<(Self, mpsc::Receiver<Notice>), Failed> {
        let stream = UnixStream::connect(path).await.map_err(|_| Failed::Lost)?;
        if !is_own_user(&stream) {
            // A secret must not be told to whoever sits there.
            let error = ApiError::new("socket.owner", format!("{} is served by another user", path.display()));
            return Err(Failed::Answered(error.help("remove it, and see who put it there")));
        }
        let (from, to) = stream.into_split();
        let (out, _) = Outbox::new(to);
        let waiting = Arc::new(Mutex::new(Some(Waiting::new())));
        let (notices, said) = mpsc::channel(NOTICES);
        let (told_lost, lost) = watch::channel(None);
        let reader = FramedRead::new(from, Lines::new(LONGEST));
        tokio::spawn(read(reader, Arc::clone(&waiting), notices, told_lost));
        let next = AtomicU64::new(1);
        let client = format!("studio {}", env!("CARGO_PKG_VERSION"));
        let hello = serde_json::to_value(Hello { protocol: PROTOCOL, client }).unwrap_or_default();
        let nobody = Owner {
            protocol: PROTOCOL,
            schema: 0,
            version: String::new(),
            pid: 0,
            store: std::path::PathBuf::new(),
            seq: 0,
            per_second: 0,
        };
        let mut connection = Self { owner: nobody, out, waiting, lost, next };
        let owner = connection.request("hello", hello, None).await?;
        connection.owner = serde_json::from_value(owner)
            .map_err(|e| Failed::Answered(ApiError::new("protocol.answer", format!("a strange hello: {e}"))))?;
        Ok((connection, said))
    }

    /// Asks for something and waits for the answer.
    pub async fn request(&self, method: &str, params: Value, command: Option<&str>) -> Result<Value, Failed> {
        let params = if params.is_null() { json!({}) } else { params };
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, answered) = oneshot::channel();
        match self.waiting.lock().as_mut() {
            Some(waiting) => drop(waiting.insert(id, sender)),
            None => return Err(Failed::Lost),
        }
        let forget = Forget { waiting: &self.waiting, id };
        if !self.out.send(rpc::request(id, method, params, command)).await {
            return Err(Failed::Lost);
        }
        let answer = answered.await.map_err(|_| Failed::Lost)?;
        drop(forget);
        answer.map_err(Failed::Answered)
    }

    /// Waits until it is no more, and says why.
    pub async fn lost(&self) -> Lost {
        let mut lost = self.lost.clone();
        let why = lost.wait_for(Option::is_some).await;
        why.ok().and_then(|why| *why).unwrap_or(Lost::Broken)
    }

    /// Why it is no more; none: it still is.
    pub fn is_lost(&self) -> Option<Lost> {
        *self.lost.borrow()
    }
}

/// A request that nobody waits for any more.
struct Forget<'a> {
    waiting: &'a Mutex<Option<Waiting>>,
    id: u64,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        if let Some(waiting) = self.waiting.lock().as_mut() {
            waiting.remove(&self.id);
        }
    }
}

async fn read(
    mut lines: FramedRead<tokio::net::unix::OwnedReadHalf, Lines>,
    waiting: Arc<Mutex<Option<Waiting>>>,
    notices: mpsc::Sender<Notice>,
    lost: watch::Sender<Option<Lost>>,
) {
    let mut why = Lost::Broken;
    while let Some(Ok(Line::Whole(line))) = lines.next().await {
        match rpc::incoming(&line) {
            Some(Incoming::Answer { id, answer }) => {
                let sender = waiting.lock().as_mut().and_then(|waiting| waiting.remove(&id));
                // Nobody may be waiting for it any more.
                let _ = sender.map(|sender| sender.send(answer));
            }
            Some(Incoming::Notice(Notice::Leaving { successor })) => why = Lost::Left { successor },
            // Who takes no notices has dropped the receiver.
            Some(Incoming::Notice(notice)) => drop(notices.send(notice).await),
            Some(Incoming::Unknown) => (),
            None => break,
        }
    }
    *waiting.lock() = None;
    lost.send_replace(Some(why));
}
