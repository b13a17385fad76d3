//! Messages as lines of a width, remembered as long as nothing of them changes.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use crate::{
    model::{ChatId, ChatMessage, ChatSpeaker, ChatState, NodeState},
    tui::{
        look::Look,
        theme::{Glyphs, Role},
        widget::text,
    },
};

/// Lines that a proposal takes at most.
const MOST_PROPOSAL: usize = 4;
/// Longer lines are hard to read.
const WIDEST: u16 = 100;
/// How far texts stand from the edge.
const INDENT: u16 = 2;

/// A line: its parts, each in its role.
pub(super) type Row = Vec<(String, Role)>;

/// The lines of the messages.
#[derive(Debug, Default)]
pub(super) struct Cache {
    known: HashMap<ChatId, (u64, Vec<Row>)>,
    /// How many lines each message takes, in their order.
    heights: Vec<(ChatId, usize)>,
    /// How many lines there is room for.
    pub room: usize,
}

impl Cache {
    /// Brings the lines up to the messages: by how many lines the end has grown.
    pub(super) fn renew(&mut self, messages: &[ChatMessage], width: u16, typing: bool, look: &Look) -> usize {
        let first = self.heights.first().map(|(id, _)| id.clone());
        let before = self.total();
        // Of those that are gone, some stay for a while.
        if self.known.len() > messages.len() + 100 {
            self.known.clear();
        }
        self.heights.clear();
        for message in messages {
            let stamp = stamp(message, width, typing, look.glyphs.ascii);
            if self.known.get(&message.id).is_none_or(|(known, _)| *known != stamp) {
                self.known.insert(message.id.clone(), (stamp, rows(message, width, typing, &look.glyphs)));
            }
            // One line for who says it, one below it.
            let height = self.known.get(&message.id).map_or(0, |(_, rows)| rows.len()) + 2;
            self.heights.push((message.id.clone(), height));
        }
        let since: usize = match first {
            Some(first) => self.heights.iter().skip_while(|(id, _)| *id < first).map(|(_, height)| height).sum(),
            None => 0,
        };
        since.saturating_sub(before)
    }

    /// How many lines there are.
    pub(super) fn total(&self) -> usize {
        self.heights.iter().map(|(_, height)| height).sum()
    }

    /// The lines of a message below the one that says whose it is.
    pub(super) fn rows(&self, id: &ChatId) -> &[Row] {
        self.known.get(id).map(|(_, rows)| rows.as_slice()).unwrap_or_default()
    }

    /// The lines of a message: the first, and how many.
    pub(super) fn place(&self, id: &ChatId) -> Option<(usize, usize)> {
        let mut at = 0;
        for (known, height) in &self.heights {
            if known == id {
                return Some((at, *height));
            }
            at += height;
        }
        None
    }
}

fn stamp(message: &ChatMessage, width: u16, typing: bool, ascii: bool) -> u64 {
    let mut hasher = DefaultHasher::new();
    (width, typing, ascii, message.text.len(), message.state.name()).hash(&mut hasher);
    (message.wrong.is_some(), message.error.is_some()).hash(&mut hasher);
    for proposal in &message.proposals {
        (proposal.accepted, proposal.wrong.is_some()).hash(&mut hasher);
    }
    hasher.finish()
}

/// What stands above a message: who, how it stands, of an answer by whom, when, for how much.
pub(super) fn head(message: &ChatMessage, look: &Look) -> Row {
    let dot = look.glyphs.dot;
    let (who, role) = match message.who {
        ChatSpeaker::Person => ("you", Role::Accent),
        ChatSpeaker::Model => ("model", Role::Title),
    };
    let mut row = vec![(who.to_owned(), role)];
    let state = match message.state {
        ChatState::Writing => Some((format!("{} writing", look.spinner()), Role::Running)),
        ChatState::Failed => Some((format!("{} failed", look.glyphs.node(NodeState::Failed)), Role::Error)),
        ChatState::Stopped => Some((format!("{} stopped", look.glyphs.node(NodeState::Cancelled)), Role::Warning)),
        ChatState::Done => None,
    };
    row.extend(state.map(|(word, role)| (format!(" {word}"), role)));
    let mut facts = Vec::new();
    let by = format!("{} {}", message.provider, message.model);
    facts.extend((!by.trim().is_empty()).then(|| by.trim().to_owned()));
    facts.push(text::ago(message.at_ms, look.now_ms));
    facts.extend(message.cost.map(|cost| cost.to_string()));
    facts.iter().for_each(|fact| row.push((format!(" {dot} {fact}"), Role::Dim)));
    row
}

fn rows(message: &ChatMessage, width: u16, typing: bool, glyphs: &Glyphs) -> Vec<Row> {
    let room = width.saturating_sub(INDENT).clamp(1, WIDEST);
    let indent = " ".repeat(usize::from(INDENT.min(width.saturating_sub(1))));
    let mut rows: Vec<Row> = Vec::new();
    let mut say = |text: &str, role: Role| {
        rows.extend(text::wrap(text, room).into_iter().map(|line| vec![(format!("{indent}{line}"), role)]));
    };
    if !message.text.is_empty() {
        say(&message.text, Role::Text);
    }
    if let Some(error) = &message.error {
        let help = if error.help.is_empty() { String::new() } else { format!(" ({})", error.help) };
        say(&format!("{error}{help}"), Role::Error);
    }
    for proposal in &message.proposals {
        let (glyph, word, role) = match (&proposal.wrong, proposal.accepted) {
            (Some(why), _) => (glyphs.node(NodeState::Failed), Some(format!("cannot be made: {why}")), Role::Error),
            (None, true) => (glyphs.node(NodeState::Done), None, Role::Good),
            (None, false) => (glyphs.node(NodeState::Review), None, Role::Review),
        };
        let lines = text::wrap(&proposal.line(glyphs.arrow), room.saturating_sub(INDENT).max(1));
        let (cut, lines) = (lines.len() > MOST_PROPOSAL, lines.into_iter().take(MOST_PROPOSAL));
        let last = lines.len().saturating_sub(1);
        for (n, line) in lines.enumerate() {
            let begin = if n == 0 { format!("{indent}{glyph} ") } else { format!("{indent}  ") };
            let more = if cut && n == last { glyphs.cut } else { "" };
            rows.push(vec![(begin, role), (format!("{line}{more}"), Role::Text)]);
        }
        let words = word.map(|word| text::wrap(&word, room.saturating_sub(INDENT).max(1))).unwrap_or_default();
        rows.extend(words.into_iter().map(|word| vec![(format!("{indent}  {word}"), role)]));
    }
    // How they stand is said once, of all of them.
    let (open, accepted) = (message.open().count(), message.proposals.iter().filter(|p| p.accepted).count());
    let begin = if typing { "esc, then a accepts" } else { "a accepts" };
    let stands = [
        (accepted > 0).then(|| (format!("{accepted} accepted"), Role::Good)),
        (open > 0)
            .then(|| (if open == 1 { format!("{begin} it") } else { format!("{begin} all {open}") }, Role::Review)),
    ];
    rows.extend(stands.into_iter().flatten().map(|(word, role)| vec![(format!("{indent}{word}"), role)]));
    if let Some(wrong) = &message.wrong {
        let wrapped = text::wrap(wrong, room);
        rows.extend(wrapped.into_iter().map(|line| vec![(format!("{indent}{line}"), Role::Warning)]));
    }
    rows
}
