//! A model of the index in memory, made by the same rules: which entry is behind each of its values. Compaction asks
//! it which entries still matter, and the check what the index should hold. Pure.

use std::{collections::BTreeMap, convert::Infallible};

use super::apply::{Tree, Trees};
use crate::model::Seq;

/// The trees, each value as `V`: what is known of the entry behind it. None: a key without a value.
pub(super) struct Mirror<V> {
    trees: BTreeMap<(Tree, Vec<u8>), Option<V>>,
    /// Of the entry that is being applied.
    pub now: V,
}

impl<V: Copy> Mirror<V> {
    /// Empty ones.
    pub(super) fn new(now: V) -> Self {
        Self { trees: BTreeMap::new(), now }
    }

    /// What is behind all values, an entry as often as it is there.
    pub(super) fn values(&self) -> impl Iterator<Item = V> {
        self.trees.values().flatten().copied()
    }

    /// Events before this one are no longer told.
    pub(super) fn forget_events_before(&mut self, seq: Seq) {
        let from = (Tree::Events, seq.to_be_bytes().to_vec());
        self.trees.retain(|key, _| key.0 != Tree::Events || *key >= from);
    }

    /// A tree's keys with what is behind them, in order.
    pub(super) fn tree(&self, tree: Tree) -> impl Iterator<Item = (&[u8], Option<V>)> {
        let of_tree = self.trees.range((tree, Vec::new())..).take_while(move |((t, _), _)| *t == tree);
        of_tree.map(|((_, key), value)| (key.as_slice(), *value))
    }
}

impl<V: Copy> Trees for Mirror<V> {
    type Error = Infallible;

    fn put(&mut self, tree: Tree, key: Vec<u8>) -> Result<(), Infallible> {
        self.trees.insert((tree, key), Some(self.now));
        Ok(())
    }

    fn mark(&mut self, tree: Tree, key: Vec<u8>) -> Result<(), Infallible> {
        self.trees.insert((tree, key), None);
        Ok(())
    }

    fn remove(&mut self, tree: Tree, key: &[u8]) -> Result<(), Infallible> {
        self.trees.remove(&(tree, key.to_vec()));
        Ok(())
    }

    fn keys(&self, tree: Tree, prefix: &[u8], from: &[u8]) -> Result<Vec<Vec<u8>>, Infallible> {
        let range = self.trees.range((tree, from.max(prefix).to_vec())..);
        let keys = range.map(|((t, key), _)| (*t, key)).take_while(|(t, key)| *t == tree && key.starts_with(prefix));
        Ok(keys.map(|(_, key)| key.clone()).collect())
    }

    fn keys_below(&self, tree: Tree, to: &[u8]) -> Result<Vec<Vec<u8>>, Infallible> {
        let range = self.trees.range((tree, Vec::new())..(tree, to.to_vec()));
        Ok(range.map(|((_, key), _)| key.clone()).collect())
    }

    fn has(&self, tree: Tree, key: &[u8]) -> Result<bool, Infallible> {
        Ok(self.trees.contains_key(&(tree, key.to_vec())))
    }
}
