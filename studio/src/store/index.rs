//! The index: sled trees that are made from the journal and can be made again. The only file that names sled.
//! Written by the writer thread, read by everyone. What it holds is keys and places in the journal: it stays small,
//! and what is read is checked.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    time::{Duration, Instant},
};

use super::{
    apply::{Tree, Trees},
    error::{Result, StoreError},
    files,
    journal::Mark,
    segments::Place,
};
use crate::model::Seq;

/// Pages that sled keeps: those of a film of 10,000 nodes fit; with half of it, twice the nodes cost 2.3 times as much.
const CACHE_BYTES: u64 = 64 << 20;
const MARK: &[u8] = b"mark";
const LAYOUT: &[u8] = b"layout";
/// How long a lock that this process has just let go of may take to go.
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// The first byte of a value: how the rest is to be read.
mod codec {
    pub(super) const PRESENT: u8 = 0;
    // 1 was an entry's JSON.
    pub(super) const PLACE: u8 = 2;
    /// A note, then a place.
    pub(super) const NOTED: u8 = 3;
}

/// What a key has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    /// Nothing but its being there.
    Present,
    /// Where the entry is in the journal.
    At(Place),
    /// The same, with a note of what it says: many are looked through without reading them.
    Noted(u8, Place),
}

impl Stored {
    /// Where the entry is; none: there is none.
    pub(super) fn place(self) -> Option<Place> {
        match self {
            Self::Present => None,
            Self::At(place) | Self::Noted(_, place) => Some(place),
        }
    }
}

/// The open index.
pub(super) struct Index {
    db: sled::Db,
    trees: Vec<sled::Tree>,
    meta: sled::Tree,
    /// Older events are not indexed.
    events_from: Seq,
}

impl Index {
    /// Opens or creates it.
    pub(super) fn open(dir: &Path, events_from: Seq) -> Result<Self> {
        files::private_dir(dir).map_err(|e| StoreError::io("create", dir, e))?;
        let config = sled::Config::new().path(dir).cache_capacity(CACHE_BYTES).flush_every_ms(None);
        let give_up = Instant::now() + LOCK_WAIT;
        let db = loop {
            // sled panics on some damage that it meets while opening.
            match catch_unwind(AssertUnwindSafe(|| config.open())) {
                Ok(Ok(db)) => break db,
                Ok(Err(sled::Error::Io(e))) if is_lock(&e) && Instant::now() < give_up => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                Ok(Err(e)) => return Err(failed(e)),
                Err(_) => return Err(StoreError::Index { what: "it is damaged".into() }),
            }
        };
        let open = |name: &str| db.open_tree(name).map_err(failed);
        let trees = Tree::ALL.iter().map(|tree| open(tree.name())).collect::<Result<_>>()?;
        let meta = open("meta/v1")?;
        Ok(Self { db, trees, meta, events_from })
    }

    /// Up to where the journal has been applied; none: not even begun.
    pub(super) fn mark(&self) -> Result<Option<Mark>> {
        let found = self.meta.get(MARK).map_err(failed)?;
        Ok(found.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// Notes up to where the journal has been applied.
    pub(super) fn set_mark(&self, mark: &Mark) -> Result<()> {
        let json = serde_json::to_vec(mark).map_err(|e| StoreError::Encode { what: e.to_string() })?;
        self.meta.insert(MARK, json).map_err(failed)?;
        Ok(())
    }

    /// Is it laid out as this program does it? An index of other trees lacks what another version did not index.
    pub(super) fn is_laid_out_as_now(&self) -> Result<bool> {
        let found = self.meta.get(LAYOUT).map_err(failed)?;
        Ok(found.and_then(|bytes| serde_json::from_slice::<Layout>(&bytes).ok()).is_some_and(|l| l.trees == trees()))
    }

    /// Notes how it is laid out, and how large it is: to be called when it has just been made.
    pub(super) fn note_layout(&self) -> Result<()> {
        let layout = Layout { trees: trees(), bytes: self.size()? };
        let json = serde_json::to_vec(&layout).map_err(|e| StoreError::Encode { what: e.to_string() })?;
        self.meta.insert(LAYOUT, json).map_err(failed)?;
        Ok(())
    }

    /// Its size on disk in bytes.
    pub(super) fn size(&self) -> Result<u64> {
        self.db.size_on_disk().map_err(failed)
    }

    /// Its size in bytes when it was made.
    pub(super) fn size_when_made(&self) -> Result<u64> {
        let found = self.meta.get(LAYOUT).map_err(failed)?;
        Ok(found.and_then(|bytes| serde_json::from_slice::<Layout>(&bytes).ok()).map_or(0, |l| l.bytes))
    }

    /// Writes out what is in memory.
    pub(super) fn flush(&self) -> Result<()> {
        self.db.flush().map_err(failed).map(drop)
    }

    /// The first event that is told.
    pub(super) fn events_from(&self) -> Seq {
        self.events_from
    }

    /// The first of the latest `kept` events; none: there are not so many.
    pub(super) fn latest_events_from(&self, kept: usize) -> Result<Option<Seq>> {
        let Some(item) = self.tree(Tree::Events).iter().rev().nth(kept.saturating_sub(1)) else { return Ok(None) };
        let (key, _) = item.map_err(failed)?;
        Ok(key.as_ref().try_into().ok().map(Seq::from_be_bytes))
    }

    /// What `key` has.
    pub(super) fn get(&self, tree: Tree, key: &[u8]) -> Result<Option<Stored>> {
        self.tree(tree).get(key).map_err(failed)?.as_ref().map(stored).transpose()
    }

    /// The keys that begin with `prefix` and are not below `from`, in order, with what they have.
    pub(super) fn scan<'i>(
        &'i self,
        tree: Tree,
        prefix: &'i [u8],
        from: &[u8],
    ) -> impl Iterator<Item = Result<(sled::IVec, Stored)>> + 'i {
        let from = from.max(prefix);
        let found = self.tree(tree).range(from..).map(|item| {
            let (key, value) = item.map_err(failed)?;
            Ok((key, stored(&value)?))
        });
        found.take_while(move |item| item.as_ref().map_or(true, |(key, _)| key.starts_with(prefix)))
    }

    /// The last key that begins with `prefix`.
    pub(super) fn last(&self, tree: Tree, prefix: &[u8]) -> Result<Option<sled::IVec>> {
        let last = self.tree(tree).scan_prefix(prefix).next_back().transpose().map_err(failed)?;
        Ok(last.map(|(key, _)| key))
    }

    /// Keys below `before` with what they have, the last first, so many at most.
    pub(super) fn back(&self, tree: Tree, before: Option<&[u8]>, most: usize) -> Result<Vec<(sled::IVec, Stored)>> {
        let tree = self.tree(tree);
        let found = match before {
            Some(before) => tree.range(..before),
            None => tree.iter(),
        };
        let read = |item: sled::Result<(sled::IVec, sled::IVec)>| {
            let (key, value) = item.map_err(failed)?;
            Ok((key, stored(&value)?))
        };
        found.rev().take(most).map(read).collect()
    }

    /// Adds a key (0), removes one (1) or gives one another value (2): whether there was one.
    #[cfg(test)]
    pub(super) fn spoil(&self, tree: Tree, what: u8) -> bool {
        let tree = self.tree(tree);
        let first = tree.first().unwrap();
        match (what, first) {
            (0, _) => tree.insert(b"\xffnobody", &[codec::PRESENT]).map(|_| true).unwrap(),
            (1, Some((key, _))) => tree.remove(key).map(|_| true).unwrap(),
            (2, Some((key, _))) => {
                tree.insert(key, [&[codec::PLACE], [7; 24].as_slice()].concat()).map(|_| true).unwrap()
            }
            _ => false,
        }
    }

    /// As another version would have it.
    #[cfg(test)]
    pub(super) fn spoil_layout(&self) {
        self.meta.insert(LAYOUT, &b"{\"trees\":[\"kept/v0\"],\"bytes\":1}"[..]).unwrap();
    }

    fn tree(&self, tree: Tree) -> &sled::Tree {
        &self.trees[tree as usize]
    }
}

/// How an index was made.
#[derive(serde::Serialize, serde::Deserialize)]
struct Layout {
    /// The names of its trees: each has the version of what is in it.
    trees: Vec<String>,
    /// Its size on disk then.
    bytes: u64,
}

fn trees() -> Vec<String> {
    Tree::ALL.iter().map(|tree| tree.name().to_owned()).collect()
}

/// The index while one entry is applied to it.
pub(super) struct Applying<'a> {
    /// The index.
    pub index: &'a Index,
    /// Where it is.
    pub place: Place,
}

impl Trees for Applying<'_> {
    type Error = StoreError;

    fn put(&mut self, tree: Tree, key: Vec<u8>) -> Result<()> {
        let value = [&[codec::PLACE], self.place.to_bytes().as_slice()].concat();
        self.index.tree(tree).insert(key, value).map_err(failed).map(drop)
    }

    fn put_noted(&mut self, tree: Tree, key: Vec<u8>, note: u8) -> Result<()> {
        let value = [&[codec::NOTED, note], self.place.to_bytes().as_slice()].concat();
        self.index.tree(tree).insert(key, value).map_err(failed).map(drop)
    }

    fn mark(&mut self, tree: Tree, key: Vec<u8>) -> Result<()> {
        self.index.tree(tree).insert(key, &[codec::PRESENT]).map_err(failed).map(drop)
    }

    fn remove(&mut self, tree: Tree, key: &[u8]) -> Result<()> {
        self.index.tree(tree).remove(key).map_err(failed).map(drop)
    }

    fn keys(&self, tree: Tree, prefix: &[u8], from: &[u8]) -> Result<Vec<Vec<u8>>> {
        self.index.scan(tree, prefix, from).map(|item| item.map(|(key, _)| key.to_vec())).collect()
    }

    fn keys_below(&self, tree: Tree, to: &[u8]) -> Result<Vec<Vec<u8>>> {
        self.index.tree(tree).range(..to).map(|item| item.map(|(key, _)| key.to_vec()).map_err(failed)).collect()
    }

    fn has(&self, tree: Tree, key: &[u8]) -> Result<bool> {
        self.index.tree(tree).contains_key(key).map_err(failed)
    }
}

fn stored(value: &sled::IVec) -> Result<Stored> {
    let unknown = || StoreError::Index { what: "a value of an unknown form".into() };
    match value.split_first() {
        Some((&codec::PRESENT, [])) => Ok(Stored::Present),
        Some((&codec::PLACE, place)) => Ok(Stored::At(Place::from_bytes(place.try_into().map_err(|_| unknown())?))),
        Some((&codec::NOTED, [note, place @ ..])) => {
            Ok(Stored::Noted(*note, Place::from_bytes(place.try_into().map_err(|_| unknown())?)))
        }
        _ => Err(unknown()),
    }
}

fn is_lock(e: &std::io::Error) -> bool {
    // sled wraps the system's error in one of its own, and keeps only its text.
    e.kind() == std::io::ErrorKind::WouldBlock || e.to_string().contains("WouldBlock")
}

fn failed(e: sled::Error) -> StoreError {
    match e {
        sled::Error::Io(e) => match StoreError::io("write", Path::new("index"), e) {
            StoreError::Io { source, .. } => StoreError::Index { what: source.to_string() },
            told => told,
        },
        other => StoreError::Index { what: other.to_string() },
    }
}
