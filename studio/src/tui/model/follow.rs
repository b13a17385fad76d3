//! Events, as they change what is known.

use super::{LogLine, Model, Open, Projects};
use crate::{
    engine::{Event, Told},
    model::{NodeChange, NodeState, ProjectId, ProjectState, RunId},
};

impl Model {
    /// Something happened.
    pub fn follow(&mut self, told: Told) {
        let at_ms = told.at_ms.unwrap_or_default();
        self.mark(&told.event);
        match told.event {
            Event::Project(project) => {
                self.projects.put(&project);
                if let Some(open) = self.open.as_mut().filter(|open| open.project.id == project.id) {
                    if open.project.brand != project.brand {
                        // Whether there is a newer one is to be read.
                        (open.newer_brand, open.stale.detail) = (None, true);
                    }
                    open.project = project;
                }
            }
            Event::ProjectRemoved { id } => {
                self.projects.entries.retain(|entry| entry.project.id != id);
                self.open.take_if(|open| open.project.id == id);
            }
            Event::RunStarted(run) => {
                self.projects.began(&run);
                if let Some(open) = self.open.as_mut().filter(|open| open.project.id == run.project) {
                    open.begin(run);
                }
            }
            Event::RunEnded { run, outcome } => self.stand(&run, Projects::state_after(&outcome)),
            Event::RunInterrupted { run } => self.stand(&run, ProjectState::Interrupted),
            Event::RunWaits { run } => self.stand(&run, ProjectState::Waiting),
            Event::Decided { slot, .. } => {
                if let Some(open) = self.open.as_mut().filter(|open| open.project.id == slot.project()) {
                    open.stale.places = true;
                    open.stale.board = true;
                }
            }
            Event::Batch(_) | Event::BatchEnded { .. } | Event::BrandRemoved { .. } => self.projects.stale = true,
            Event::Brand { name, version } => {
                self.projects.branded(&name, version);
                if let Some(open) = &mut self.open
                    && open.project.brand.as_ref().is_some_and(|brand| brand.name == name && brand.version < version)
                {
                    open.newer_brand = Some(version);
                }
            }
            Event::Node(node) => {
                if let Some(open) = self.of_run(&node.run) {
                    open.put(node, at_ms);
                }
            }
            Event::Log { run, slot, level, text } => {
                if let Some(open) = self.of_run(&run) {
                    open.say(LogLine { slot, level, text });
                }
            }
            Event::Progress { run, slot, share, label, .. } => {
                if let Some(open) = self.of_run(&run) {
                    open.nodes.progressed(&slot, share, label, at_ms);
                }
            }
            Event::Chat(message) => {
                if let Some(open) = self.of_project(&message.project) {
                    open.chat.put(message);
                }
            }
            Event::ChatForgotten { project, until } => {
                if let Some(open) = self.of_project(&project) {
                    open.chat.forget(&until);
                }
            }
            Event::ChatText { project, message, at, text } => {
                if let Some(open) = self.of_project(&project) {
                    open.chat.stale |= !open.chat.write(&message, at, &text);
                }
            }
            Event::Partial { run, slot, text, preview } => {
                if let Some(open) = self.of_run(&run) {
                    open.write(slot.clone(), &text);
                    preview.map(|preview| open.previews.insert(slot, preview));
                }
            }
        }
    }

    /// What is to be read again because of it, whichever project it is about.
    fn mark(&mut self, event: &Event) {
        match event {
            Event::RunWaits { .. } | Event::Decided { .. } | Event::ProjectRemoved { .. } => self.queue.stale = true,
            Event::Chat(message) if message.cost.is_some() => self.paid += 1,
            Event::RunEnded { .. } | Event::RunInterrupted { .. } => {
                self.queue.stale = true;
                self.paid += 1;
            }
            Event::Node(node) if node.state == NodeState::Review => self.queue.stale = true,
            Event::Node(node) if node.state.is_final() && node.cost.is_some() => self.paid += 1,
            _ => (),
        }
    }

    /// Something was missed: all is to be read again.
    pub fn missed(&mut self) {
        self.queue.stale = true;
        self.paid += 1;
        self.projects.stale = true;
        if let Some(open) = &mut self.open {
            open.stale.detail = true;
            open.stale.board = true;
            open.stale.places = true;
            open.chat.stale = true;
        }
    }

    fn of_project(&mut self, id: &ProjectId) -> Option<&mut Open> {
        self.open.as_mut().filter(|open| open.project.id == *id)
    }

    fn of_run(&mut self, run: &RunId) -> Option<&mut Open> {
        self.open.as_mut().filter(|open| open.run.as_ref().is_some_and(|last| last.id == *run))
    }

    fn stand(&mut self, run: &RunId, state: ProjectState) {
        self.projects.stands(run, state);
        if let Some(open) = self.open.as_mut().filter(|open| open.run.as_ref().is_some_and(|last| last.id == *run)) {
            self.projects.thumbnails.remove(&open.project.id);
            open.state = state;
            // One that waits, or was interrupted, may go on without a word.
            let ended = matches!(state, ProjectState::Done | ProjectState::Failed | ProjectState::Cancelled);
            open.rested = ended.then(|| run.clone());
            open.stale.detail = true;
            open.stale.board = true;
            open.stale.places = true;
        }
    }
}

impl Open {
    fn begin(&mut self, run: crate::model::Run) {
        self.state = ProjectState::Running;
        self.rested = None;
        if self.run.as_ref().is_none_or(|last| last.id != run.id) {
            self.nodes = super::Nodes::default();
            self.partial.clear();
            self.previews.clear();
        }
        self.run = Some(run);
    }

    fn put(&mut self, node: NodeChange, at_ms: i64) {
        // A run that waited goes on.
        if self.state == ProjectState::Waiting && node.state == NodeState::Running {
            self.state = ProjectState::Running;
            self.rested = None;
        }
        let of_scene = node.slot.role().is_some() && node.slot.local().contains('/');
        let board = node.slot.role() == Some(studio_plugin_sdk::roles::Role::Llm);
        if node.state.is_final() {
            self.partial.remove(&node.slot);
            self.previews.remove(&node.slot);
            self.stale.board |= of_scene || board;
            self.stale.detail |= node.cost.is_some();
        }
        self.stale.places |= node.state == NodeState::Review || self.nodes.at(&node.slot).is_some_and(was_in_review);
        self.nodes.put(node, at_ms);
    }
}

fn was_in_review(node: &NodeChange) -> bool {
    node.state == NodeState::Review
}
