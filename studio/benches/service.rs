//! A service of long jobs, in a process of its own so that it counts for nobody else: it takes jobs, and says that they
//! run until it is told to end them. `POST /jobs/NAME` makes one, `GET /jobs/NAME` asks for it, `POST /end` ends all,
//! `GET /seen` counts.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// The argument that makes this program a service.
pub const ARGUMENT: &str = "--service";

#[derive(Default)]
struct Seen {
    /// How often each job was asked for.
    asked: Mutex<HashMap<String, usize>>,
    ended: AtomicBool,
    open: AtomicUsize,
    most: AtomicUsize,
    opened: AtomicUsize,
}

/// Serves until it is killed.
pub fn serve() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        println!("{}", listener.local_addr().expect("its address"));
        let seen = Arc::new(Seen::default());
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let seen = Arc::clone(&seen);
            tokio::spawn(async move {
                seen.opened.fetch_add(1, Ordering::Relaxed);
                let open = seen.open.fetch_add(1, Ordering::Relaxed) + 1;
                seen.most.fetch_max(open, Ordering::Relaxed);
                // Clients go when they like.
                let _ = converse(stream, &seen).await;
                seen.open.fetch_sub(1, Ordering::Relaxed);
            });
        }
    });
}

async fn converse(stream: tokio::net::TcpStream, seen: &Seen) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = tokio::io::BufReader::new(stream);
    loop {
        let (mut first, mut length) = (String::new(), 0);
        if stream.read_line(&mut first).await? == 0 {
            return Ok(());
        }
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await?;
            let header = line.trim_end().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(said) = header.strip_prefix("content-length:") {
                length = said.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        let mut words = first.split_whitespace();
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let body = answer(method, path, seen).to_string();
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.get_mut().write_all((head + &body).as_bytes()).await?;
    }
}

fn answer(method: &str, path: &str, seen: &Seen) -> Value {
    let mut asked = seen.asked.lock().unwrap_or_else(PoisonError::into_inner);
    let count = |n: &AtomicUsize| n.load(Ordering::Relaxed);
    match (method, path) {
        ("POST", "/end") => {
            seen.ended.store(true, Ordering::Relaxed);
            json!({})
        }
        ("POST", "/begin") => {
            seen.ended.store(false, Ordering::Relaxed);
            asked.clear();
            json!({})
        }
        ("GET", "/seen") => json!({
            "jobs": asked.len(),
            "waiting": asked.values().filter(|times| **times > 0).count(),
            "polls": asked.values().sum::<usize>(),
            "connections": count(&seen.open), "most": count(&seen.most), "opened": count(&seen.opened),
        }),
        ("POST", job) => {
            asked.insert(job.to_owned(), 0);
            json!({ "id": job, "status": "queued" })
        }
        (_, job) => {
            *asked.entry(job.to_owned()).or_default() += 1;
            let status = if seen.ended.load(Ordering::Relaxed) { "done" } else { "running" };
            json!({ "id": job, "status": status, "progress": 10 })
        }
    }
}

/// The service, as its users see it. Dropped, it ends.
pub struct Service {
    child: Child,
    address: String,
}

impl Service {
    /// Starts one.
    pub fn start() -> Self {
        let program = std::env::current_exe().expect("a path");
        let mut child = Command::new(program).arg(ARGUMENT).stdout(Stdio::piped()).spawn().expect("a service");
        let mut address = String::new();
        let out = child.stdout.take().expect("its output");
        BufReader::new(out).read_line(&mut address).expect("its address");
        Self { child, address: address.trim().to_owned() }
    }

    /// Its address, with the port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Tells or asks it something.
    pub fn ask(&self, method: &str, path: &str) -> Value {
        let mut stream = TcpStream::connect(&self.address).expect("the service");
        write!(stream, "{method} {path} HTTP/1.1\r\nhost: x\r\n\r\n").expect("it listens");
        let mut stream = BufReader::new(stream);
        let (mut line, mut length) = (String::new(), 0);
        while stream.read_line(&mut line).expect("an answer") > 2 {
            if let Some(said) = line.strip_prefix("content-length:") {
                length = said.trim().parse().expect("a length");
            }
            line.clear();
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).expect("an answer");
        serde_json::from_slice(&body).expect("JSON")
    }

    /// Waits until one of its counts is so high.
    pub fn wait_for(&self, count: &str, least: usize) {
        let give_up = Instant::now() + Duration::from_mins(10);
        loop {
            let seen = self.ask("GET", "/seen");
            if seen[count].as_u64().is_some_and(|n| n as usize >= least) {
                return;
            }
            assert!(Instant::now() < give_up, "{count} does not come to {least}: {seen}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
