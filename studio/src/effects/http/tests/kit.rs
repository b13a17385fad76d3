//! Shared by the tests: a raw server, a clock that takes no time, blobs in a folder, a caller.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read, Seek, Write},
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures::future::BoxFuture;
use parking_lot::Mutex;
use studio_plugin_sdk::wire::{Body, Capabilities, Http, NetRule, SecretDecl};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::super::{Clock, HttpClient, HttpOptions, Lookup, Notice, SendContext};
use crate::{
    effects::Caller,
    model::{BlobSink, BlobStore, Digest, SecretSource, SecretString},
};

pub const KEY: &str = "sk-Live/0123456789+abc";

// ---- a server

pub struct Server {
    pub address: SocketAddr,
    pub seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Hands each connection, after its request was read, to `serve` with the request's number from 0.
    pub async fn with(serve: impl Fn(usize, String, TcpStream) -> BoxFuture<'static, ()> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let Some(request) = Box::pin(read_request(&mut stream)).await else { continue };
                let n = all.lock().len();
                all.lock().push(request.clone());
                tokio::spawn(serve(n, request, stream));
            }
        });
        Self { address, seen }
    }

    /// Answers the nth request with the nth bytes (the last ones for all later), then closes.
    pub async fn of(answers: &[&[u8]]) -> Self {
        let answers: Vec<Vec<u8>> = answers.iter().map(|a| a.to_vec()).collect();
        Self::answering(move |n, _| answers[n.min(answers.len() - 1)].clone()).await
    }

    pub async fn answering(answer: impl Fn(usize, &str) -> Vec<u8> + Send + 'static) -> Self {
        Self::with(move |n, request, mut stream| {
            let bytes = answer(n, &request);
            Box::pin(async move {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
            })
        })
        .await
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn rule(&self) -> NetRule {
        rule(&self.address.to_string())
    }

    pub fn count(&self) -> usize {
        self.seen.lock().len()
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let (mut bytes, mut piece) = (Vec::new(), [0; 16 * 1024]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some(end) = text.find("\r\n\r\n") {
            let length =
                text[..end].lines().find_map(|l| l.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if text.len() >= end + 4 + length.unwrap_or(0) {
                return Some(text);
            }
        }
        match stream.read(&mut piece).await {
            Ok(n) if n > 0 => bytes.extend_from_slice(&piece[..n]),
            _ => return None,
        }
    }
}

/// An answer with a length.
pub fn answer(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut all = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n{headers}\r\n", body.len()).into_bytes();
    all.extend_from_slice(body);
    all
}

// ---- a clock

#[derive(Default)]
pub struct TestClock {
    now: Mutex<Duration>,
    pub slept: Mutex<Vec<Duration>>,
}

impl TestClock {
    pub fn seconds(&self) -> Vec<f64> {
        self.slept.lock().iter().map(Duration::as_secs_f64).collect()
    }
}

/// A pause is over at once, and the time it takes has passed.
struct Shared(Arc<TestClock>);

impl Clock for Shared {
    fn now(&self) -> Duration {
        *self.0.now.lock()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.now()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        let clock = Arc::clone(&self.0);
        Box::pin(async move {
            *clock.now.lock() += time;
            clock.slept.lock().push(time);
            tokio::task::yield_now().await;
        })
    }
}

// ---- names

pub struct Names(pub Vec<IpAddr>);

impl Lookup for Names {
    fn lookup(&self, _: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let all = self.0.clone();
        Box::pin(async move { Ok(all) })
    }
}

// ---- blobs

pub struct Blobs(pub tempfile::TempDir);

impl Blobs {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(tempfile::tempdir().unwrap()))
    }

    pub fn put(&self, bytes: &[u8]) -> String {
        let mut sink = self.create().unwrap();
        sink.write(bytes).unwrap();
        sink.finish().unwrap().hex()
    }

    pub fn read(&self, body: &Body) -> Vec<u8> {
        let Body::Blob(blob) = body else { panic!("no blob: {body:?}") };
        let bytes = std::fs::read(self.path(&blob.blob.parse().unwrap())).unwrap();
        assert_eq!(bytes.len() as u64, blob.bytes);
        bytes
    }

    pub fn files(&self) -> usize {
        std::fs::read_dir(self.0.path()).unwrap().count()
    }
}

impl BlobStore for Blobs {
    fn open(&self, digest: &Digest) -> io::Result<File> {
        File::open(self.path(digest))
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.0.path().join(digest.hex())
    }

    fn create(&self) -> io::Result<Box<dyn BlobSink>> {
        let file = tempfile::NamedTempFile::new_in(self.0.path())?;
        Ok(Box::new(Sink { folder: self.0.path().into(), file, hash: blake3::Hasher::new(), written: 0 }))
    }

    fn is_whole(&self, _: &Digest) -> io::Result<bool> {
        Ok(true)
    }

    fn take_in(&self, file: &mut File) -> io::Result<(Digest, u64)> {
        let mut bytes = Vec::new();
        file.rewind()?;
        file.read_to_end(&mut bytes)?;
        self.put(&bytes);
        Ok((Digest::of(&bytes), bytes.len() as u64))
    }
}

struct Sink {
    folder: PathBuf,
    file: tempfile::NamedTempFile,
    hash: blake3::Hasher,
    written: u64,
}

impl BlobSink for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.written += bytes.len() as u64;
        self.file.write_all(bytes)
    }

    fn written(&self) -> u64 {
        self.written
    }

    fn finish(self: Box<Self>) -> io::Result<Digest> {
        let digest = Digest::from_hash(self.hash.finalize());
        self.file.persist(self.folder.join(digest.hex()))?;
        Ok(digest)
    }
}

// ---- secrets and callers

struct Keys(HashMap<String, String>);

impl SecretSource for Keys {
    fn secret(&self, name: &str) -> Option<SecretString> {
        self.0.get(name).cloned().map(SecretString::new)
    }
}

pub fn rule(host: &str) -> NetRule {
    NetRule { host: host.into(), private: true, per_minute: None }
}

/// May reach these servers; the secret `key` is the first one's.
pub fn caller(rules: &[NetRule]) -> Caller {
    let secrets = rules.first().map(|r| SecretDecl { name: "key".into(), host: r.host.clone(), help: String::new() });
    let allowed = Capabilities { net: rules.to_vec(), secrets: secrets.into_iter().collect(), ..Default::default() };
    Caller { plugin: "tester".into(), node: "node".into(), allowed: Arc::new(allowed) }
}

pub struct Kit {
    pub client: Arc<HttpClient>,
    pub blobs: Arc<Blobs>,
    pub clock: Arc<TestClock>,
    pub notices: Arc<Mutex<Vec<Notice>>>,
    pub context: SendContext,
}

pub fn kit() -> Kit {
    kit_with(|_| ())
}

pub fn kit_with(change: impl FnOnce(&mut HttpOptions)) -> Kit {
    let (blobs, clock) = (Blobs::new(), Arc::new(TestClock::default()));
    let mut options = HttpOptions { clock: Arc::new(Shared(Arc::clone(&clock))), ..Default::default() };
    change(&mut options);
    let keys = Keys(HashMap::from([("key".to_owned(), KEY.to_owned())]));
    let store: Arc<dyn BlobStore> = Arc::<Blobs>::clone(&blobs);
    let client = Arc::new(HttpClient::new(store, Arc::new(keys), options));
    let notices = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&notices);
    let context = SendContext {
        idempotency_key: "node-1".into(),
        before_send: None,
        notice: Some(Arc::new(move |n: &Notice| told.lock().push(n.clone()))),
    };
    Kit { client, blobs, clock, notices, context }
}

pub fn get(url: impl Into<String>) -> Http {
    Http { method: "GET".into(), url: url.into(), ..Default::default() }
}

pub fn post(url: impl Into<String>) -> Http {
    Http { method: "POST".into(), url: url.into(), body: Body::Text("hello".into()), ..Default::default() }
}

pub fn with_key(mut http: Http) -> Http {
    http.headers.push(("Authorization".into(), "Bearer {{secret:key}}".into()));
    http
}
