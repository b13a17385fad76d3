//! A receiver of webhooks on this box: notes every message, and answers as a test wants.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

use serde_json::Value;

/// After this long without a message something is stuck.
const STUCK: Duration = Duration::from_mins(5);

/// How a message is answered.
#[derive(Clone, Copy, Debug)]
pub enum Reply {
    /// With a status.
    Status(u16),
    /// Not at all: the connection stays open.
    Silence,
}

/// A message as it came.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its headers' names, small, and values.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

impl Received {
    /// A header; empty: it has none of that name.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// `webhook-id`
    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// Of what it tells.
    pub fn event(&self) -> String {
        self.json()["type"].as_str().unwrap_or_default().to_owned()
    }
}

struct Shared {
    received: Vec<Received>,
    replies: Vec<Reply>,
}

/// The receiver; it ends with the test's process.
pub struct Receiver {
    port: u16,
    shared: Arc<(Mutex<Shared>, Condvar)>,
}

impl Receiver {
    /// Answers the messages in turn so; all later ones like the last.
    pub fn start(replies: &[Reply]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let shared = Shared { received: Vec::new(), replies: replies.to_vec() };
        let shared = Arc::new((Mutex::new(shared), Condvar::new()));
        let state = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&state);
                // A client that goes away is what is being tested.
                std::thread::spawn(move || drop(serve(&state, stream)));
            }
        });
        Self { port, shared }
    }

    /// Its address, with a path that is nobody's business.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/in/token-of-tests", self.port)
    }

    /// Answers so from now on.
    pub fn reply(&self, reply: Reply) {
        self.shared.0.lock().expect("the messages").replies = vec![reply];
    }

    /// Waits until so many messages have come: all of them.
    pub fn wait_for(&self, count: usize) -> Vec<Received> {
        let (shared, came) = &*self.shared;
        let guard = shared.lock().expect("the messages");
        let (guard, waited) =
            came.wait_timeout_while(guard, STUCK, |shared| shared.received.len() < count).expect("the messages");
        assert!(!waited.timed_out(), "{count} messages were to come; so far: {:#?}", guard.received);
        guard.received.clone()
    }

    /// The messages so far.
    pub fn received(&self) -> Vec<Received> {
        self.wait_for(0)
    }
}

fn serve(state: &(Mutex<Shared>, Condvar), stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut out = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let length = headers.iter().find(|(n, _)| n == "content-length").and_then(|(_, v)| v.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body)?;
        let body = String::from_utf8_lossy(&body).into_owned();
        let (shared, came) = state;
        let reply = {
            let mut shared = shared.lock().expect("the messages");
            let reply = shared.replies[shared.received.len().min(shared.replies.len() - 1)];
            shared.received.push(Received { headers, body });
            reply
        };
        came.notify_all();
        match reply {
            Reply::Status(status) => {
                write!(out, "HTTP/1.1 {status} As Wanted\r\ncontent-length: 9\r\n\r\nnot read.")?;
            }
            // Until the other side has had enough.
            Reply::Silence => return reader.read_line(&mut String::new()).map(drop),
        }
    }
}
