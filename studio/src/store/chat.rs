//! Reading the chats of projects.

use super::{
    Store,
    apply::Tree,
    error::Result,
    index::Stored,
    keys::{head, pair},
};
use crate::model::{ChatId, ChatMessage, ProjectId, Record};

impl Store {
    /// A message of a project's chat.
    pub fn chat_message(&self, project: &ProjectId, id: &ChatId) -> Result<Option<ChatMessage>> {
        self.one(Tree::Chat, &pair(project.as_str(), id.as_str()), message)
    }

    /// The latest messages of a project's chat before `before`, so many at most, the newest last.
    pub fn chat_before(&self, project: &ProjectId, before: Option<&ChatId>, most: usize) -> Result<Vec<ChatMessage>> {
        let prefix = head(project.as_str());
        let end = match before {
            Some(before) => pair(project.as_str(), before.as_str()),
            // No id has such a byte.
            None => pair(project.as_str(), [u8::MAX]),
        };
        let found: Vec<Stored> = self.read(|index| {
            let page = index.back(Tree::Chat, Some(end.as_slice()), most)?;
            let of_project = page.into_iter().take_while(|(key, _)| key.starts_with(&prefix));
            Ok(of_project.map(|(_, stored)| stored).collect())
        })?;
        let entries = found.into_iter().rev().map(|stored| self.entry(stored));
        entries.filter_map(|entry| entry.map(|entry| message(entry.record)).transpose()).collect()
    }

    /// The ids of a project's messages, the oldest first.
    pub fn chat_ids(&self, project: &ProjectId) -> Result<Vec<ChatId>> {
        let prefix = head(project.as_str());
        self.read(|index| {
            let keys = index.scan(Tree::Chat, &prefix, &[]);
            keys.map(|item| Ok(ChatId::new(String::from_utf8_lossy(&item?.0[prefix.len()..])))).collect()
        })
    }

    /// All messages of a project's chat, the oldest first.
    pub fn chat(&self, project: &ProjectId) -> Result<Vec<ChatMessage>> {
        self.many(Tree::Chat, &head(project.as_str()), message)
    }

    /// The answers that are being written, or were when their process ended.
    pub fn chat_writing(&self) -> Result<Vec<ChatMessage>> {
        self.read(|index| {
            let mut writing = Vec::new();
            for item in index.scan(Tree::ChatWriting, &[], &[]) {
                let (key, _) = item?;
                writing.extend(self.load(index, Tree::Chat, &key, message)?);
            }
            Ok(writing)
        })
    }
}

fn message(record: Record) -> Option<ChatMessage> {
    if let Record::Chat(message) = record { Some(*message) } else { None }
}
