//! How everything is drawn at the moment: theme, signs, movement, time.

use ratatui::{
    buffer::Buffer,
    style::{Color, Modifier, Style},
    text::Span,
};

use super::theme::{Glyphs, Role, Theme};
use crate::{
    engine::SceneState,
    model::{NodeState, Project, ProjectState},
};

/// How everything is drawn.
#[derive(Clone, Debug)]
pub struct Look {
    /// Styles by role.
    pub theme: Theme,
    /// Signs.
    pub glyphs: Glyphs,
    /// Things may turn and run.
    pub motion: bool,
    /// Colours may be used (`NO_COLOR` is not set).
    pub colour: bool,
    /// The time, in milliseconds since 1970.
    pub now_ms: i64,
}

impl Look {
    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// The role of a node's state.
    pub fn node(state: NodeState) -> Role {
        match state {
            NodeState::Waiting | NodeState::Ready => Role::Waiting,
            NodeState::Running => Role::Running,
            NodeState::Review => Role::Review,
            NodeState::Kept => Role::Kept,
            NodeState::Done => Role::Good,
            NodeState::Failed => Role::Error,
            NodeState::Cancelled => Role::Dim,
        }
    }

    /// The role of a project's state.
    pub fn project(state: ProjectState) -> Role {
        match state {
            ProjectState::Running => Role::Running,
            ProjectState::Waiting => Role::Review,
            ProjectState::Failed => Role::Error,
            ProjectState::Interrupted => Role::Warning,
            ProjectState::Cancelled | ProjectState::New => Role::Waiting,
            ProjectState::Done => Role::Good,
        }
    }

    /// A scene's state as a node's: they are drawn alike.
    pub fn scene(state: SceneState) -> NodeState {
        match state {
            SceneState::Failed => NodeState::Failed,
            SceneState::Running => NodeState::Running,
            SceneState::Review => NodeState::Review,
            SceneState::Stopped => NodeState::Cancelled,
            SceneState::New => NodeState::Waiting,
            SceneState::Made => NodeState::Done,
        }
    }

    /// The brand of a project's films behind whatever else is said of it; where there is a newer version than the one
    /// that it uses, with that: ` · acme@2 (3)`.
    pub fn brand(&self, project: &Project, newer: Option<u32>) -> Vec<Span<'static>> {
        let Some(brand) = &project.brand else { return Vec::new() };
        let used = Span::styled(format!(" {} {brand}", self.glyphs.dot), self.style(Role::Dim));
        let newer = newer.map(|newer| Span::styled(format!(" ({newer})"), self.style(Role::Accent)));
        std::iter::once(used).chain(newer).collect()
    }

    /// What turns while something is under way; it stands still where nothing may move.
    pub fn spinner(&self) -> &'static str {
        if self.motion { self.glyphs.spinner(self.now_ms.unsigned_abs()) } else { self.glyphs.node(NodeState::Running) }
    }

    /// Takes all colours out of what was drawn, where none may be used: the one place for it.
    pub fn finish(&self, buffer: &mut Buffer) {
        if self.colour {
            return;
        }
        for cell in &mut buffer.content {
            cell.fg = Color::Reset;
            cell.bg = Color::Reset;
            cell.modifier -= Modifier::DIM;
        }
    }
}
