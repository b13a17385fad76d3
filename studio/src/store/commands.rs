//! Reading which commands were applied.

use super::{Store, apply::Tree, error::Result};
use crate::model::{Applied, Record};

impl Store {
    /// A command that was applied; none: it was not, or long ago.
    pub fn applied(&self, command: &str) -> Result<Option<Applied>> {
        self.one(Tree::Commands, command.as_bytes(), |record| match record {
            Record::Applied(applied) => Some(applied),
            _ => None,
        })
    }
}
