//! A run as people watch it: bars with the time left on a terminal, plain lines elsewhere, events as JSON
//! where asked.

use super::out::note;
use std::{
    collections::{BTreeMap, HashSet},
    io::Write,
    time::{Duration, Instant},
};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use tokio_util::sync::CancellationToken;

use super::run::How;
use crate::{
    engine::{Event, History, News, Told},
    model::{NodeChange, NodeState, RunId, Slot},
    remote::Events,
};

/// Most bars of running nodes at once.
const MOST_BARS: usize = 6;

pub struct Progress {
    run: RunId,
    history: History,
    json: bool,
    quiet: bool,
    bars: Option<Bars>,
    nodes: BTreeMap<Slot, Seen>,
    parents: HashSet<Slot>,
}

struct Seen {
    change: NodeChange,
    since: Instant,
    share: f64,
}

struct Bars {
    all: MultiProgress,
    total: ProgressBar,
    running: BTreeMap<Slot, ProgressBar>,
}

impl Progress {
    pub fn new(history: History, run: RunId, how: &How, fancy: bool) -> Self {
        let (json, quiet) = (how.events.is_some(), how.quiet);
        let bars = (fancy && !quiet).then(Bars::new);
        Self { run, history, json, quiet, bars, nodes: BTreeMap::new(), parents: HashSet::new() }
    }

    /// Shows events until the run has ended, or it is told to stop.
    pub async fn follow(mut self, mut events: Events, stop: CancellationToken) {
        let mut tick = tokio::time::interval(Duration::from_millis(250));
        loop {
            tokio::select! {
                news = events.next() => match news {
                    Ok(News::Told(told)) => {
                        if self.show(&told) {
                            break;
                        }
                    }
                    Ok(News::Missed) => (),
                    // Nobody tells any more; how the run went is asked for elsewhere.
                    Err(_) => break,
                },
                () = stop.cancelled() => break,
                _ = tick.tick(), if self.bars.is_some() => self.draw(),
            }
        }
        if let Some(bars) = &self.bars {
            let _ = bars.all.clear();
        }
    }

    /// Takes an event in; true once the run has ended.
    fn show(&mut self, told: &Told) -> bool {
        if told.event.run() != Some(&self.run) {
            return false;
        }
        if self.json {
            // A reader that went away must not end the run.
            let _ = writeln!(std::io::stdout(), "{}", serde_json::to_string(told).unwrap_or_default());
        }
        match &told.event {
            Event::Node(change) => self.node(change.clone()),
            Event::Log { level, text, .. } => self.say(&format!("{level}: {text}")),
            Event::RunEnded { .. } | Event::RunWaits { .. } => return true,
            Event::Progress { slot, share, .. } => {
                if let Some(seen) = self.nodes.get_mut(slot) {
                    seen.share = *share;
                }
            }
            _ => (),
        }
        false
    }

    fn node(&mut self, change: NodeChange) {
        if let Some(parent) = self.nodes.keys().find(|p| is_under(&change.slot, p)) {
            // What its pieces do says more than a bar of its own.
            if let Some(bars) = &mut self.bars {
                bars.remove(parent);
            }
            self.parents.insert(parent.clone());
        }
        match change.state {
            NodeState::Done => self.say(&format!("✓ {}{}", title(&change), took(&change))),
            NodeState::Failed => {
                let why = change.error.as_ref().map(ToString::to_string).unwrap_or_default();
                self.say(&format!("✗ {}: {why}", title(&change)));
            }
            NodeState::Cancelled => self.say(&format!("– {} cancelled", title(&change))),
            _ => (),
        }
        let slot = change.slot.clone();
        if let Some(bars) = &mut self.bars {
            bars.node(&change);
        }
        self.nodes.insert(slot, Seen { change, since: Instant::now(), share: 0.0 });
    }

    fn say(&self, line: &str) {
        if self.quiet || self.json {
            return;
        }
        match &self.bars {
            // Lines above the bars; where the terminal is too narrow for both, the line wins.
            Some(bars) => drop(bars.all.println(line)),
            None => note(format_args!("{line}")),
        }
    }

    fn draw(&mut self) {
        let Some(bars) = &self.bars else { return };
        let leaves = || self.nodes.values().filter(|n| !self.parents.contains(&n.change.slot));
        let ended = leaves().filter(|n| n.change.state.is_final()).count();
        bars.total.set_length(leaves().count() as u64);
        bars.total.set_position(ended as u64);
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let left: Option<f64> = leaves().filter(|n| !n.change.state.is_final()).map(|n| self.left(n)).sum();
        bars.total.set_message(left.map(|seconds| time_left(seconds / cores as f64)).unwrap_or_default());
        for (slot, bar) in &bars.running {
            if let Some(seen) = self.nodes.get(slot) {
                bar.set_position((seen.share * 100.0) as u64);
            }
        }
    }

    /// Seconds a node still needs: from its own progress, else from what such nodes took; none: nobody knows.
    fn left(&self, seen: &Seen) -> Option<f64> {
        let spent = if seen.change.state == NodeState::Running { seen.since.elapsed().as_secs_f64() } else { 0.0 };
        if seen.share > 0.05 {
            return Some(spent / seen.share - spent);
        }
        self.history.typical(&seen.change).map(|usual| (usual - spent).max(0.0))
    }
}

impl Bars {
    fn new() -> Self {
        let all = MultiProgress::new();
        let total = all.add(ProgressBar::new(0));
        total.set_style(style("{bar:30} {pos}/{len} · {elapsed} · {msg}"));
        Self { all, total, running: BTreeMap::new() }
    }

    fn node(&mut self, change: &NodeChange) {
        if change.state == NodeState::Running && self.running.len() < MOST_BARS {
            let bar = self.all.add(ProgressBar::new(100));
            bar.set_style(style("  {bar:20} {msg}"));
            bar.set_message(title(change));
            self.running.insert(change.slot.clone(), bar);
        } else if change.state.is_final() {
            self.remove(&change.slot);
        }
    }

    fn remove(&mut self, slot: &Slot) {
        if let Some(bar) = self.running.remove(slot) {
            bar.finish_and_clear();
            self.all.remove(&bar);
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─")
}

fn is_under(slot: &Slot, parent: &Slot) -> bool {
    slot.as_str().strip_prefix(parent.as_str()).is_some_and(|rest| rest.starts_with('/'))
}

/// What a node is, for people: its label, else its role and place.
pub fn title(change: &NodeChange) -> String {
    let place = change.slot.local();
    if change.label.is_empty() { place.to_owned() } else { change.label.clone() }
}

fn took(change: &NodeChange) -> String {
    change.seconds.map(|s| format!("  {s:.1} s")).unwrap_or_default()
}

fn time_left(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    if seconds == 0 { String::new() } else { format!("about {}:{:02} left", seconds / 60, seconds % 60) }
}
