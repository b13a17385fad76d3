//! The signs that are drawn: of Unicode, or of ASCII alone (`--ascii`).

use ratatui::symbols::border;

use crate::model::{NodeState, ProjectState};

/// A set of signs; each is one column wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// Only ASCII.
    pub ascii: bool,
    /// What was cut stands for more.
    pub cut: &'static str,
    /// The done part of a bar, and the rest.
    pub bar: (&'static str, &'static str),
    /// A play head on a line, played and to come.
    pub line: (&'static str, &'static str),
    /// Plays; stands.
    pub play: (&'static str, &'static str),
    /// Parts on one line are parted by it.
    pub dot: &'static str,
    /// The selected line.
    pub pointer: &'static str,
    /// From here to there.
    pub arrow: &'static str,
    /// A marked item.
    pub mark: &'static str,
    /// Heights of a column, the lowest first.
    pub steps: &'static [&'static str],
}

const UNICODE: Glyphs = Glyphs {
    ascii: false,
    cut: "…",
    bar: ("█", "░"),
    line: ("━", "─"),
    play: ("▶", "‖"),
    dot: "·",
    pointer: "▸",
    arrow: "→",
    mark: "●",
    steps: &["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
};

const ASCII: Glyphs = Glyphs {
    ascii: true,
    cut: ">",
    bar: ("#", "."),
    line: ("=", "-"),
    play: (">", "|"),
    dot: "-",
    pointer: ">",
    arrow: "->",
    mark: "*",
    steps: &["_", ".", "-", "=", "+", "*", "#", "@"],
};

impl Glyphs {
    /// Of Unicode, or of ASCII.
    pub fn new(ascii: bool) -> Self {
        if ascii { ASCII } else { UNICODE }
    }

    /// Lines around a pane.
    pub fn border(&self) -> border::Set<'static> {
        const PLAIN: border::Set<'static> = border::Set {
            top_left: "+",
            top_right: "+",
            bottom_left: "+",
            bottom_right: "+",
            vertical_left: "|",
            vertical_right: "|",
            horizontal_top: "-",
            horizontal_bottom: "-",
        };
        if self.ascii { PLAIN } else { border::ROUNDED }
    }

    /// A node's state.
    pub fn node(&self, state: NodeState) -> &'static str {
        match (state, self.ascii) {
            (NodeState::Waiting, false) => "○",
            (NodeState::Waiting, true) => ".",
            (NodeState::Ready, false) => "◌",
            (NodeState::Ready, true) => ":",
            (NodeState::Running, false) => "⟳",
            (NodeState::Running, true) => "~",
            (NodeState::Review, false) => "◉",
            (NodeState::Review, true) => "?",
            (NodeState::Kept, false) => "≡",
            (NodeState::Kept, true) => "=",
            (NodeState::Done, false) => "✓",
            (NodeState::Done, true) => "+",
            (NodeState::Failed, false) => "✗",
            (NodeState::Failed, true) => "x",
            (NodeState::Cancelled, false) => "⊘",
            (NodeState::Cancelled, true) => "/",
        }
    }

    /// A project's state.
    pub fn project(&self, state: ProjectState) -> &'static str {
        match state {
            ProjectState::Running => self.node(NodeState::Running),
            ProjectState::Waiting => self.node(NodeState::Review),
            ProjectState::Failed => self.node(NodeState::Failed),
            ProjectState::Interrupted if self.ascii => "!",
            ProjectState::Interrupted => "‖",
            ProjectState::Cancelled => self.node(NodeState::Cancelled),
            ProjectState::New => self.node(NodeState::Waiting),
            ProjectState::Done => self.node(NodeState::Done),
        }
    }

    /// What turns while something is under way, at a moment in milliseconds.
    pub fn spinner(&self, at_ms: u64) -> &'static str {
        const TURNS: [&str; 8] = ["⣾", "⣽", "⣻", "⢿", "⡿", "⣟", "⣯", "⣷"];
        const PLAIN: [&str; 4] = ["|", "/", "-", "\\"];
        let turn = (at_ms / 100) as usize;
        if self.ascii { PLAIN[turn % PLAIN.len()] } else { TURNS[turn % TURNS.len()] }
    }
}
