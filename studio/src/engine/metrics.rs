//! What an engine counts while it works, and the text in which Prometheus reads it. The labels are plugins, roles and
//! hosts, which are few; never projects, places or anything that a user wrote.

use std::{
    fmt,
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::{Registry, Unit},
};
use studio_plugin_sdk::{roles::Role, usage::Usage};

use super::{
    active::RunEnd,
    open::{Core, Engine},
};
use crate::{
    effects::http::Tally,
    model::{NodeChange, NodeState},
};

/// Upper bounds of the histogram, in seconds: a card takes hundredths, a rendered film minutes.
const SECONDS: [f64; 14] = [0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0, 600.0, 1800.0];
/// Blobs are looked through at most this often.
const SIZES_AGE: Duration = Duration::from_mins(1);

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Served {
    plugin: String,
    role: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Ended {
    plugin: String,
    role: &'static str,
    state: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct State {
    state: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Resource {
    resource: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Plugin {
    plugin: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Tokens {
    plugin: String,
    kind: &'static str,
}

type Bytes = Gauge<u64, AtomicU64>;
type Durations = Family<Served, Histogram, fn() -> Histogram>;

/// An engine's counters.
pub struct Metrics {
    registry: Registry,
    runs: Family<Outcome, Counter>,
    nodes: Family<Ended, Counter>,
    seconds: Durations,
    retries: Counter,
    tokens: Family<Tokens, Counter>,
    metered: Family<Plugin, Counter>,
    open: Family<State, Gauge>,
    looked_up: LookedUp,
    sized: Mutex<Option<Instant>>,
}

/// What is looked up when it is asked for.
#[derive(Default)]
struct LookedUp {
    runs: Gauge,
    clients: Gauge,
    permits: Family<Resource, Gauge>,
    in_use: Family<Resource, Gauge>,
    waiting: Family<Resource, Gauge>,
    blobs: Bytes,
    journal: Bytes,
    last_seq: Bytes,
}

impl Metrics {
    /// All at zero, beside what the HTTP client counts.
    pub fn new(http: &Tally) -> Self {
        let durations: Durations = Family::new_with_constructor(|| Histogram::new(SECONDS));
        let mut metrics = Self {
            registry: Registry::with_prefix("studio"),
            runs: Family::default(),
            nodes: Family::default(),
            seconds: durations,
            retries: Counter::default(),
            tokens: Family::default(),
            metered: Family::default(),
            open: Family::default(),
            looked_up: LookedUp::default(),
            sized: Mutex::default(),
        };
        metrics.register(http);
        // Those that are there from the start show as 0, so that the first one is a rise.
        for outcome in ["done", "failed", "cancelled", "waiting", "interrupted"] {
            drop(metrics.runs.get_or_create(&Outcome { outcome }));
        }
        for state in [NodeState::Waiting, NodeState::Ready, NodeState::Running] {
            drop(metrics.open.get_or_create(&State { state: state.name() }));
        }
        metrics
    }

    fn register(&mut self, http: &Tally) {
        let (all, now) = (&mut self.registry, &self.looked_up);
        let version = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        all.register("build", "The program that answers", version);
        all.register("runs", "Runs that ended, by how", self.runs.clone());
        all.register("runs_active", "Runs under way", now.runs.clone());
        all.register("nodes", "Nodes that ended, by how", self.nodes.clone());
        all.register("nodes_open", "Nodes that have not ended, by where they stand", self.open.clone());
        let help = "How long nodes ran, without waiting for permits";
        all.register_with_unit("node_duration", help, Unit::Seconds, self.seconds.clone());
        all.register("stage_retries", "Stages taken up again after a failure that may pass", self.retries.clone());
        all.register("http_requests", "Requests of plugins to hosts, by class of status", http.requests.clone());
        all.register("http_retries", "Requests of plugins that were sent again", http.retries.clone());
        all.register("tokens", "Tokens that services counted", self.tokens.clone());
        all.register("metered_calls", "Results whose stage counted what it used", self.metered.clone());
        all.register("permits", "How much of a resource may be used at once", now.permits.clone());
        all.register("permits_in_use", "How much of a resource is in use", now.in_use.clone());
        all.register("permits_waiting", "Who waits for some of a resource", now.waiting.clone());
        all.register("clients", "Clients at the control socket", now.clients.clone());
        all.register_with_unit("blobs", "Size of all blobs", Unit::Bytes, now.blobs.clone());
        all.register_with_unit("journal", "Size of the journal", Unit::Bytes, now.journal.clone());
        all.register("journal_last_seq", "Number of the last record", now.last_seq.clone());
    }

    /// A node stands elsewhere than before.
    pub fn moved(&self, before: Option<NodeState>, change: &NodeChange) {
        if let Some(before) = before {
            self.left(before);
        }
        let state = change.state.name();
        if change.state.is_final() {
            self.nodes.get_or_create(&Ended { plugin: change.plugin.clone(), role: change.role.name(), state }).inc();
        } else {
            self.open.get_or_create(&State { state }).inc();
        }
    }

    /// A node that stood there is of no run any more.
    pub fn left(&self, state: NodeState) {
        self.open.get_or_create(&State { state: state.name() }).dec();
    }

    /// A node ran to its end.
    pub fn ran(&self, plugin: &str, role: Role, seconds: f64, usage: &Usage) {
        self.seconds.get_or_create(&Served { plugin: plugin.to_owned(), role: role.name() }).observe(seconds);
        if *usage != Usage::default() {
            self.metered.get_or_create(&Plugin { plugin: plugin.to_owned() }).inc();
        }
        for (kind, amount) in [("in", usage.tokens_in), ("cached", usage.tokens_cached), ("out", usage.tokens_out)] {
            if amount > 0 {
                self.tokens.get_or_create(&Tokens { plugin: plugin.to_owned(), kind }).inc_by(amount);
            }
        }
    }

    /// A stage is taken up again.
    pub fn retried(&self) {
        self.retries.inc();
    }

    /// A run has ended.
    pub fn run_ended(&self, end: &RunEnd) {
        let outcome = match end {
            Ok(report) => report.outcome.as_ref().map_or("interrupted", |outcome| outcome.name()),
            Err(_) => "failed",
        };
        self.runs.get_or_create(&Outcome { outcome }).inc();
    }

    fn look_up(&self, core: &Core, clients: usize) {
        let now = &self.looked_up;
        now.runs.set(core.runs.all().len() as i64);
        now.clients.set(clients as i64);
        for (resource, level) in core.permits.levels() {
            let resource = Resource { resource };
            now.permits.get_or_create(&resource).set(i64::from(level.all));
            now.in_use.get_or_create(&resource).set(i64::from(level.used));
            now.waiting.get_or_create(&resource).set(level.waiting as i64);
        }
        now.last_seq.set(core.store.last_seq());
        // What cannot be read now keeps its last value; the store tells of it elsewhere.
        if let Ok(bytes) = core.store.journal_bytes() {
            now.journal.set(bytes);
        }
        let mut sized = self.sized.lock();
        if sized.is_none_or(|at| at.elapsed() > SIZES_AGE)
            && let Ok(bytes) = core.store.blob_bytes()
        {
            now.blobs.set(bytes);
            *sized = Some(Instant::now());
        }
    }

    fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl Engine {
    /// Everything that is counted, in the OpenMetrics text format that Prometheus reads. `clients`: who is connected.
    pub async fn metrics(&self, clients: usize) -> Result<String, fmt::Error> {
        let core = Arc::clone(&self.core);
        let text = tokio::task::spawn_blocking(move || {
            core.metrics.look_up(&core, clients);
            core.metrics.text()
        });
        text.await.unwrap_or(Err(fmt::Error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ProjectId, RunId, Slot};

    #[test]
    fn counters_follow_what_nodes_do() {
        let metrics = Metrics::new(&Tally::default());
        let slot = Slot::new(&ProjectId::new("secret-project"), &[], Role::Tts, 1);
        let change = |state| NodeChange {
            plugin: "espeak".into(),
            ..NodeChange::new(RunId::new("r"), slot.clone(), Role::Tts, state)
        };
        metrics.moved(None, &change(NodeState::Ready));
        metrics.moved(Some(NodeState::Ready), &change(NodeState::Running));
        let text = metrics.text().unwrap();
        assert!(text.contains("studio_nodes_open{state=\"running\"} 1\n"), "{text}");
        assert!(text.contains("studio_nodes_open{state=\"ready\"} 0\n"), "{text}");
        metrics.moved(Some(NodeState::Running), &change(NodeState::Done));
        let usage = Usage { tokens_in: 3, tokens_out: 4, ..Usage::default() };
        metrics.ran("espeak", Role::Tts, 0.3, &usage);
        metrics.ran("espeak", Role::Tts, 0.3, &Usage::default());
        let text = metrics.text().unwrap();
        for line in [
            "studio_nodes_total{plugin=\"espeak\",role=\"tts\",state=\"done\"} 1",
            "studio_nodes_open{state=\"running\"} 0",
            "studio_node_duration_seconds_count{plugin=\"espeak\",role=\"tts\"} 2",
            "studio_node_duration_seconds_bucket{le=\"0.25\",plugin=\"espeak\",role=\"tts\"} 0",
            "studio_node_duration_seconds_bucket{le=\"0.5\",plugin=\"espeak\",role=\"tts\"} 2",
            "studio_tokens_total{plugin=\"espeak\",kind=\"in\"} 3",
            "studio_tokens_total{plugin=\"espeak\",kind=\"out\"} 4",
            "studio_metered_calls_total{plugin=\"espeak\"} 1",
            "studio_runs_total{outcome=\"failed\"} 0",
        ] {
            assert!(text.lines().any(|l| l == line), "no {line:?} in {text}");
        }
        assert!(!text.contains("secret-project") && text.ends_with("# EOF\n"), "{text}");
    }
}
