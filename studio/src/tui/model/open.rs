//! The project that is open: what it is, how far it is, what was said.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    path::{Path, PathBuf},
};

use studio_plugin_sdk::{blob::Blob, roles::Role};

use super::{Chat, Nodes};
use crate::{
    engine::{Board, FilmFile, FilmTimeline, Place, ProjectDetail, SceneState, TimedScene},
    model::{Money, NodeChange, NodeState, Project, ProjectState, Run, RunId, Slot},
};

/// Most lines of log that are kept, and most bytes of a text that is being written.
const MOST_LINES: usize = 2_000;
const MOST_TEXT: usize = 64 * 1024;

/// A line that a script or a plugin said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Which node; none: the script.
    pub slot: Option<Slot>,
    /// `info`, `warn` …
    pub level: String,
    /// What.
    pub text: String,
}

/// The project that is open.
#[derive(Debug)]
pub struct Open {
    /// The project.
    pub project: Project,
    /// The newest version of its brand, where that is newer than the one that it uses.
    pub newer_brand: Option<u32>,
    /// Where finished files go.
    pub exports: PathBuf,
    /// How it stands.
    pub state: ProjectState,
    /// Its latest run.
    pub run: Option<Run>,
    /// The run that was told to have ended.
    pub rested: Option<RunId>,
    /// The nodes of that.
    pub nodes: Nodes,
    /// What its calls cost, in all its runs.
    pub spent: Money,
    /// What is held back.
    pub reserved: Money,
    /// What it may spend in all; none: as much as it takes.
    pub budget: Option<Money>,
    /// Its storyboard, once there is one.
    pub board: Option<Board>,
    /// Its film in time, once it is known.
    pub timeline: Option<FilmTimeline>,
    /// What waits for a person.
    pub places: Vec<Place>,
    /// What was said about it.
    pub chat: Chat,
    /// What its script and its plugins said.
    pub log: VecDeque<LogLine>,
    /// Texts that are being written.
    pub partial: HashMap<Slot, String>,
    /// Pictures of what is being made.
    pub previews: HashMap<Slot, Blob>,
    /// The seconds that stages usually take, by role and plugin.
    pub typical: BTreeMap<(String, String), f64>,
    /// What is to be read again: the project, its storyboard, its reviews.
    pub stale: Stale,
    /// What is on its way.
    pub asking: Stale,
}

/// Parts of what is known: those that are to be read again, or are on their way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stale {
    /// The project with its nodes.
    pub detail: bool,
    /// Its storyboard.
    pub board: bool,
    /// Its film in time.
    pub timeline: bool,
    /// What waits.
    pub places: bool,
}

impl Open {
    /// A project as it was read.
    pub fn new(detail: ProjectDetail) -> Self {
        let ProjectDetail { project, exports, newer_brand, state, last_run, nodes, more: _, spent, reserved } = detail;
        Self {
            project,
            exports,
            newer_brand,
            state,
            run: last_run,
            rested: None,
            nodes: Nodes::of(nodes),
            spent,
            reserved,
            budget: None,
            board: None,
            timeline: None,
            places: Vec::new(),
            chat: Chat::default(),
            log: VecDeque::new(),
            partial: HashMap::new(),
            previews: HashMap::new(),
            typical: BTreeMap::new(),
            stale: Stale { detail: false, board: true, timeline: true, places: true },
            asking: Stale::default(),
        }
    }

    /// The same project, read again.
    pub fn renew(&mut self, detail: ProjectDetail) {
        let before = std::mem::replace(self, Self::new(detail));
        self.board = before.board;
        self.timeline = before.timeline;
        self.asking = before.asking;
        self.places = before.places;
        self.chat = before.chat;
        self.log = before.log;
        self.budget = before.budget;
        self.typical = before.typical;
        // An answer may be from before what was told: a run that has ended does not run again.
        self.rested = before.rested;
        if self.is_running() && self.rested.is_some() && self.rested.as_ref() == self.run.as_ref().map(|run| &run.id) {
            self.state = before.state;
        }
        // A run that goes on is only known better.
        if before.run.as_ref().map(|run| &run.id) == self.run.as_ref().map(|run| &run.id) {
            self.partial = before.partial;
            self.previews = before.previews;
        }
    }

    /// Its latest film.
    pub fn film(&self) -> Option<&FilmFile> {
        self.timeline.as_ref()?.film.as_ref()
    }

    /// The folder that the latest run put its files into; none: it did not, or not yet.
    pub fn published(&self) -> Option<&Path> {
        let done = |node: &NodeChange| matches!(node.state, NodeState::Done | NodeState::Kept);
        let mut nodes = self.nodes.all().iter();
        nodes.any(|node| node.role == Role::Publish && done(node)).then_some(self.exports.as_path())
    }

    /// A scene in time.
    pub fn timed(&self, scene: &str) -> Option<&TimedScene> {
        self.timeline.as_ref()?.scenes.iter().find(|timed| timed.id == scene)
    }

    /// Is a run under way?
    pub fn is_running(&self) -> bool {
        self.state == ProjectState::Running
    }

    /// How the work on a scene stands, by its nodes; what a person looks at first counts. None: nothing of it is in
    /// this run.
    pub fn scene(&self, id: &str) -> Option<SceneState> {
        let active = self.is_running();
        let state = |state: NodeState| match state {
            NodeState::Failed => SceneState::Failed,
            NodeState::Review => SceneState::Review,
            NodeState::Waiting | NodeState::Ready | NodeState::Running if active => SceneState::Running,
            NodeState::Waiting | NodeState::Ready | NodeState::Running | NodeState::Cancelled => SceneState::Stopped,
            NodeState::Kept | NodeState::Done => SceneState::Made,
        };
        self.nodes.within(id).map(|node| state(node.state)).min()
    }

    /// Something was said.
    pub fn say(&mut self, line: LogLine) {
        if self.log.len() >= MOST_LINES {
            self.log.pop_front();
        }
        self.log.push_back(line);
    }

    /// A text goes on.
    pub fn write(&mut self, slot: Slot, text: &str) {
        let known = self.partial.entry(slot).or_default();
        known.push_str(text);
        if known.len() > MOST_TEXT {
            let from = known.ceil_char_boundary(known.len() - MOST_TEXT / 2);
            known.drain(..from);
        }
    }
}
