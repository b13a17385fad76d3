//! The journal up to an instant, for who reads all of it while its writer goes on: checks, backups, collections.
//! Segments only grow while a store is open, so their lengths at that instant say it all.

use super::{
    Store,
    apply::{apply, tell},
    error::{Result, StoreError},
    frame::Meaning,
    journal::{Journal, Mark},
    manifest::Manifest,
    mirror::Mirror,
    segments::{Bytes, Place, SEGMENT_MAGIC, Segments},
    writer::{Message, Writer},
};
use crate::model::{Entry, Seq};

/// How far the journal went.
#[derive(Clone)]
pub(super) struct Extent {
    /// The table of contents then.
    pub manifest: Manifest,
    /// Each segment with its length in bytes, in order.
    pub ends: Vec<(Seq, u64)>,
    /// The last group.
    pub mark: Mark,
}

impl Extent {
    /// Of all that is written.
    pub(super) fn of(journal: &Journal) -> Result<Self> {
        let mut ends = Vec::new();
        for &segment in &journal.manifest().segments {
            let (file, path) = journal.segments().get(segment)?;
            let len = file.metadata().map_err(|e| StoreError::io("read", &path, e))?.len();
            ends.push((segment, if segment == journal.mark().segment { journal.len() } else { len }));
        }
        Ok(Self { manifest: journal.manifest().clone(), ends, mark: journal.mark() })
    }

    /// The segments, each up to its end, with the place from which on `before` does not have it.
    pub(super) fn segments<'a>(
        &'a self,
        segments: &'a Segments,
        before: Option<&'a Self>,
    ) -> impl Iterator<Item = Result<(Bytes, u64)>> + 'a {
        let had = move |segment| before.and_then(|b| b.ends.iter().find(|(s, _)| *s == segment)).map(|(_, end)| *end);
        let news = self.ends.iter().filter(move |(segment, end)| had(*segment).is_none_or(|had| had < *end));
        news.map(move |&(segment, end)| {
            let mut bytes = segments.read(segment)?;
            bytes.data.truncate(end as usize);
            Ok((bytes, had(segment).unwrap_or(SEGMENT_MAGIC.len() as u64)))
        })
    }

    /// Calls `f` with every entry that `before` does not have.
    pub(super) fn each(
        &self,
        segments: &Segments,
        before: Option<&Self>,
        mut f: impl FnMut(Entry, Place, Meaning) -> Result<()>,
    ) -> Result<()> {
        for segment in self.segments(segments, before) {
            let (bytes, from) = segment?;
            bytes.each(from, &mut f)?;
        }
        Ok(())
    }

    /// Brings a mirror up to here that was at `before`.
    pub(super) fn mirror(&self, segments: &Segments, before: Option<&Self>, to: &mut Mirror<Place>) -> Result<()> {
        let events_from = self.manifest.events_from;
        self.each(segments, before, |entry, place, meaning| {
            reflect(to, &entry, place, meaning, events_from);
            Ok(())
        })
    }
}

/// Applies an entry to a mirror.
pub(super) fn reflect(to: &mut Mirror<Place>, entry: &Entry, place: Place, meaning: Meaning, events_from: Seq) {
    to.now = place;
    let Ok(()) = tell(to, entry, events_from);
    if meaning == Meaning::Facts {
        let Ok(()) = apply(to, entry);
    }
}

/// An empty mirror.
pub(super) fn nothing() -> Mirror<Place> {
    Mirror::new(Place { segment: 0, offset: 0, len: 0, crc: 0 })
}

impl Store {
    /// The journal as it is now, all of it durable.
    pub(super) fn extent(&self) -> Result<Extent> {
        self.in_writer(|writer| {
            writer.shared.blobs.sync()?;
            writer.journal.sync()?;
            Extent::of(&writer.journal)
        })?
    }

    /// Calls `f` between two writes, and waits for it.
    pub(super) fn in_writer<T: Send + 'static>(&self, f: impl FnOnce(&mut Writer) -> T + Send + 'static) -> Result<T> {
        let (answer, answered) = std::sync::mpsc::sync_channel(1);
        let call = move |writer: &mut Writer| drop(answer.send(f(writer)));
        self.ask(Message::Call(Box::new(call)))?;
        answered.recv().map_err(|_| StoreError::Closed)
    }
}
