//! Compaction while the store is used. What is old is copied, and an index made of it, on the caller's thread, while
//! readers and the writer go on; the writer then switches to both between two writes. A crash before the manifest is
//! replaced leaves the old journal, one after it the new one, and an index that does not fit is made anew.

use std::{
    path::Path,
    sync::{Arc, atomic::Ordering},
};

use tokio::sync::Notify;

use super::{
    Store,
    compact::{Copied, copy, is_due, stopped},
    error::{Result, StoreError},
    extent::Extent,
    index::Index,
    journal::Mark,
    recover,
    segments::Segments,
    writer::Writer,
};

/// Where the next index is made.
pub(super) const NEW_INDEX: &str = "index.new";

/// Told of each step, by name: tests look at what a kill would leave there.
pub(super) type Watch = Arc<dyn Fn(&'static str) + Send + Sync>;

impl Store {
    /// Told whenever the journal has grown so far that [`Store::compact`] may be worth it, and when the store goes.
    pub fn grown(&self) -> Arc<Notify> {
        Arc::clone(&self.inner.shared.grown)
    }

    /// Compacts the journal, while others read and write. False: there was nothing to gain, somebody reads all of it
    /// (a backup), or the store is being closed. Blocks.
    pub fn compact(&self) -> Result<bool> {
        let nobody: Watch = Arc::new(|_| ());
        self.compact_watched(&nobody)
    }

    pub(super) fn compact_watched(&self, watch: &Watch) -> Result<bool> {
        let Some(_alone) = self.inner.whole.try_write() else { return Ok(false) };
        let (shared, policy) = (&self.inner.shared, self.inner.policy);
        if shared.closing.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let cut = move |writer: &mut Writer| {
            if is_due(&writer.journal, &policy) { writer.cut().map(Some) } else { Ok(None) }
        };
        let Some(old) = self.in_writer(cut)?? else { return Ok(false) };
        watch("cut");
        let journal = shared.dir.join("journal");
        let Some(copied) = copy(&old, &shared.segments, &journal, &policy, &shared.closing)? else {
            self.in_writer(|writer| writer.journal.compact_later())??;
            return Ok(false);
        };
        watch("copied");
        let index = match self.index_of(&copied, &journal) {
            Ok(index) => index,
            Err(e) => {
                copied.discard(&journal);
                return Err(e);
            }
        };
        watch("indexed");
        let watch = Arc::clone(watch);
        self.in_writer(move |writer| writer.switch(&copied, index, &watch))??;
        Ok(true)
    }

    /// An index of the copies, beside the one that is used.
    fn index_of(&self, copied: &Copied, journal: &Path) -> Result<Index> {
        let shared = &self.inner.shared;
        let dir = shared.dir.join(NEW_INDEX);
        recover::remove(&dir)?;
        let index = Index::open(&dir, copied.manifest.events_from)?;
        let segments = Segments::open(journal, &copied.manifest)?;
        for &segment in &copied.manifest.segments {
            stopped(&shared.closing)?;
            recover::apply_segment(&index, &segments.read(segment)?, None)?;
        }
        index.flush()?;
        Ok(index)
    }
}

impl Writer {
    /// Makes everything durable, and ends the segment that is written to.
    fn cut(&mut self) -> Result<Extent> {
        self.shared.blobs.sync()?;
        self.journal.cut()
    }

    /// Goes on with copies of what is old and the index made of them. An error before the manifest is replaced changes
    /// nothing; after it, an index that cannot be used is made anew.
    fn switch(&mut self, copied: &Copied, new: Index, watch: &Watch) -> Result<()> {
        let dir = self.shared.dir.join(NEW_INDEX);
        let fits = new.events_from() >= self.journal.manifest().events_from;
        for &segment in self.journal.manifest().segments.iter().filter(|&&first| first >= copied.until) {
            recover::apply_segment(&new, &self.journal.segments().read(segment)?, None)?;
        }
        new.set_mark(&Mark { generation: copied.manifest.generation, ..self.journal.mark() })?;
        new.note_layout()?;
        new.flush()?;
        drop(new);
        watch("caught up");
        let next = self.journal.prepare(copied)?;
        watch("replaced");
        // Readers wait from here on: a place that they have found is read before it leads nowhere.
        let shared = Arc::clone(&self.shared);
        let mut index = shared.index.write();
        self.journal.adopt(next);
        *index = None;
        recover::remove(&self.index_dir)?;
        watch("without an index");
        if fits {
            std::fs::rename(&dir, &self.index_dir).map_err(|e| StoreError::io("rename", &dir, e))?;
        }
        *index = Some(recover::index(&self.index_dir, &self.journal)?);
        watch("done");
        Ok(())
    }
}
