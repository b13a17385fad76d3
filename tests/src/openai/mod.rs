//! A server that speaks as OpenAI does: it checks every request against the published shapes, makes real pictures
//! and sounds, keeps a ledger of what it answered and would have billed, and can be told to misbehave. It goes on
//! with a request when whoever asked is gone.

mod answers;
mod files;
mod ledger;
mod mood;
mod route;
mod shapes;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use bytes::Bytes;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, runtime::Runtime, sync::watch};

pub use ledger::Entry;
pub use mood::Mood;
pub use shapes::{Shapes, full_spec};

/// The key that it takes, unless told otherwise.
pub const KEY: &str = "sk-test-7hK2mQ9vX4pL8wR1";

/// A server on a free port of the loopback address; it ends when dropped.
pub struct OpenAi {
    state: Arc<State>,
    runtime: Runtime,
}

/// What its connections share.
struct State {
    host: String,
    /// None: it takes any key, and none.
    key: Option<String>,
    shapes: Shapes,
    /// What it does to the next requests, by the beginning of their paths.
    moods: Mutex<VecDeque<(String, Mood)>>,
    /// What models say next, instead of something of their own.
    says: Mutex<VecDeque<String>>,
    ledger: watch::Sender<Vec<Entry>>,
    asked: watch::Sender<usize>,
    faults: Mutex<Vec<String>>,
    open: watch::Sender<bool>,
    /// Answers that stopped halfway go on.
    whole: watch::Sender<bool>,
    files: Mutex<BTreeMap<String, Bytes>>,
    /// Remote jobs, with how often they must still be asked for.
    jobs: Mutex<BTreeMap<String, u32>>,
    slow: watch::Sender<Duration>,
    /// Between two pieces of an answer.
    pause: watch::Sender<Duration>,
}

impl Default for OpenAi {
    fn default() -> Self {
        Self::start()
    }
}

impl OpenAi {
    /// One that takes [`KEY`].
    pub fn start() -> Self {
        Self::with_key(Some(KEY))
    }

    /// One that takes another key, or (none) needs no key, as a server on one's own box.
    pub fn with_key(key: Option<&str>) -> Self {
        Self::on(0, key)
    }

    /// One on a certain port, for what has to have the same address each time.
    pub fn on(port: u16, key: Option<&str>) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", port))).expect("a free port");
        let state = Arc::new(State {
            host: format!("127.0.0.1:{}", listener.local_addr().expect("its address").port()),
            key: key.map(str::to_owned),
            shapes: Shapes::committed(),
            moods: Mutex::default(),
            says: Mutex::default(),
            ledger: watch::Sender::default(),
            asked: watch::Sender::default(),
            faults: Mutex::default(),
            open: watch::Sender::new(true),
            whole: watch::Sender::default(),
            files: Mutex::default(),
            jobs: Mutex::default(),
            slow: watch::Sender::default(),
            pause: watch::Sender::default(),
        });
        runtime.spawn(accept(listener, Arc::clone(&state)));
        Self { state, runtime }
    }

    /// Its address, as `config.toml` has it.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.state.host)
    }

    /// `127.0.0.1:PORT`
    pub fn host(&self) -> &str {
        &self.state.host
    }

    /// Does this to the next request whose path begins so: `/chat`, `/audio/speech` …
    pub fn next(&self, path: &str, mood: Mood) {
        held(&self.state.moods).push_back((path.to_owned(), mood));
    }

    /// The next model that writes says this.
    pub fn says(&self, text: impl Into<String>) {
        held(&self.state.says).push_back(text.into());
    }

    /// Takes requests from now on, but answers none before [`Self::release`].
    pub fn hold(&self) {
        self.state.open.send_replace(false);
    }

    /// Answers what was held.
    pub fn release(&self) {
        self.state.open.send_replace(true);
    }

    /// Goes on with all that stopped halfway.
    pub fn go_on(&self) {
        self.state.whole.send_replace(true);
    }

    /// Takes so long for each answer from now on.
    pub fn slow(&self, by: Duration) {
        self.state.slow.send_replace(by);
    }

    /// Waits so long before each piece of an answer from now on.
    pub fn trickle(&self, pause: Duration) {
        self.state.pause.send_replace(pause);
    }

    /// Waits until all that was asked has been answered, whether or not anybody heard.
    pub fn wait_until_quiet(&self) {
        self.wait_until_answered(self.asked());
    }

    /// Waits until so many requests have come, answered or not.
    pub fn wait_until_asked(&self, times: usize) {
        let mut asked = self.state.asked.subscribe();
        self.runtime.block_on(asked.wait_for(|n| *n >= times)).expect("the server lives");
    }

    /// Waits until so many requests have been answered, whether or not anybody heard.
    pub fn wait_until_answered(&self, times: usize) {
        let mut ledger = self.state.ledger.subscribe();
        self.runtime.block_on(ledger.wait_for(|entries| entries.len() >= times)).expect("the server lives");
    }

    /// Requests that have come, answered or not.
    pub fn asked(&self) -> usize {
        *self.state.asked.borrow()
    }

    /// What it has answered, in order.
    pub fn ledger(&self) -> Vec<Entry> {
        self.state.ledger.borrow().clone()
    }

    /// Of those, what it would have billed whose path begins so.
    pub fn billed(&self, path: &str) -> Vec<Entry> {
        self.ledger().into_iter().filter(|entry| entry.billed && entry.path.starts_with(path)).collect()
    }

    /// Fails where a request was none that OpenAI would take.
    #[track_caller]
    pub fn assert_asked_well(&self) {
        let faults = held(&self.state.faults);
        assert!(faults.is_empty(), "{faults:#?}");
    }
}

/// A test that panicked elsewhere is no reason to fail here too.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        let service = service_fn(move |request| route::serve(Arc::clone(&state), request));
        // A client that goes away is what is being tested.
        tokio::spawn(async move { drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await) });
    }
}
