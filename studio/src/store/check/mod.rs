//! Is a store what it should be? The journal's checksums and numbers, the index against what the journal says, and
//! every blob that a record needs. While its owner goes on; or, where it cannot even be opened, the journal alone.

mod index;
mod journal;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Store,
    apply::Tree,
    error::{Result, StoreError},
    extent::Extent,
    index::Index,
    journal::Mark,
    lock::Lock,
    manifest::Manifest,
    mirror::Mirror,
    references::needed,
    segments::{Place, Segments},
};
use crate::model::{BlobStore, Digest, Record, Seq};

/// Most faults that are told; the rest is counted.
const MOST_FAULTS: usize = 200;

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fault {
    /// Stable, for programs: `journal.damaged`, `index.differs`, `blob.missing` …
    pub code: String,
    /// What is wrong, in a sentence.
    pub what: String,
    /// What to do about it.
    pub help: String,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Checked {
    /// The store's schema.
    pub schema: u32,
    /// The number of the last record.
    pub seq: Seq,
    /// Records in the journal.
    pub records: u64,
    /// The journal's size in bytes.
    pub journal_bytes: u64,
    /// The index's size in bytes.
    pub index_bytes: u64,
    /// Blobs that records need and that are there.
    pub blobs: u64,
    /// Their size in bytes.
    pub blob_bytes: u64,
    /// Were the blobs read through?
    pub blobs_read: bool,
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// Faults beyond those.
    pub more_faults: u64,
    /// What was mended.
    pub repaired: Vec<String>,
    /// Files in the journal's folder with the ends of writes that a crash cut short. Nothing in them was announced.
    pub cut: Vec<String>,
}

impl Checked {
    /// Is all well?
    pub fn is_good(&self) -> bool {
        self.faults.is_empty()
    }

    fn fault(&mut self, code: &str, what: String, help: &str) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(Fault { code: code.into(), what, help: help.into() });
        } else {
            self.more_faults += 1;
        }
    }
}

/// What to do about a journal that is damaged.
const FROM_BACKUP: &str = "Check the disk; `studio store restore FILE --replace` puts a backup in the store's place.";

impl Store {
    /// Checks everything. With `quick` blobs are only looked for, not read through; with `repair` an index that is
    /// wrong is made anew, and blobs that are needed come back from the trash. Blocks.
    pub fn check(&self, quick: bool, repair: bool) -> Result<Checked> {
        let _whole = self.inner.whole.read();
        let extent = self.extent()?;
        let mut checked = Checked { blobs_read: !quick, ..Checked::default() };
        let mirror = journal::read(&self.inner.shared.segments, &extent, &mut checked);
        checked.cut = cut_files(&self.inner.shared.segments, &extent);
        if !checked.is_good() {
            // Against what is damaged nothing can be compared, and from it nothing may be made.
            return Ok(checked);
        }
        let mirror = self.check_index(mirror, extent, repair, &mut checked)?;
        self.check_blobs(&mirror, quick, repair, &mut checked)?;
        Ok(checked)
    }

    /// Compares the index with a mirror of the journal, between two writes.
    fn check_index(
        &self,
        mut mirror: Mirror<Place>,
        extent: Extent,
        repair: bool,
        checked: &mut Checked,
    ) -> Result<Mirror<Place>> {
        let (mirror, found, size) = self.in_writer(move |writer| {
            let now = Extent::of(&writer.journal)?;
            now.mirror(&writer.shared.segments, Some(&extent), &mut mirror)?;
            mirror.forget_events_before(now.manifest.events_from);
            let index = writer.shared.index.read();
            let found = match index.as_ref() {
                Some(index) => index::differences(index, &mirror, &now).unwrap_or_else(|e| vec![e.to_string()]),
                None => vec!["it is missing".into()],
            };
            drop(index);
            if repair && !found.is_empty() {
                writer.rebuild()?;
            }
            let size = writer.shared.index.read().as_ref().map_or(Ok(0), Index::size)?;
            Ok::<_, StoreError>((mirror, found, size))
        })??;
        checked.index_bytes = size;
        if found.is_empty() {
            return Ok(mirror);
        }
        let what = format!("the index is not what the journal says: {}", found.join("; "));
        if repair {
            checked.repaired.push(format!("{what}; it was made anew"));
        } else {
            let help = "`studio store check --repair` makes it anew from the journal; nothing is lost.";
            checked.fault("index.differs", what, help);
        }
        Ok(mirror)
    }

    fn check_blobs(&self, mirror: &Mirror<Place>, quick: bool, repair: bool, checked: &mut Checked) -> Result<()> {
        for (digest, who) in self.wanted(mirror)? {
            let blobs = self.blobs();
            if repair && !blobs.contains(&digest) && blobs.take_back(&digest).unwrap_or(false) {
                checked.repaired.push(format!("blob {digest} was taken back from the trash"));
            }
            self.check_blob(&digest, &who, quick, checked);
        }
        Ok(())
    }

    /// The blobs that records need, and who does.
    pub(super) fn wanted(&self, mirror: &Mirror<Place>) -> Result<BTreeMap<Digest, String>> {
        let mut wanted = BTreeMap::new();
        for place in facts(mirror) {
            let entry = self.inner.shared.segments.entry(place)?;
            for digest in needed(&entry.record) {
                wanted.entry(digest).or_insert_with(|| who(&entry.record));
            }
        }
        Ok(wanted)
    }

    /// Counts a blob, or tells what is wrong with it.
    pub(super) fn check_blob(&self, digest: &Digest, who: &str, quick: bool, checked: &mut Checked) {
        const LOST: &str = "Where it costs nothing, the next run that needs it makes it anew. Else restore it from a backup, or regenerate that result (a new take); what was paid is noted.";
        let blobs = self.blobs();
        let found = std::fs::symlink_metadata(blobs.path(digest));
        let whole = match &found {
            Ok(metadata) if metadata.is_file() => quick || blobs.verify(digest).unwrap_or(false),
            _ => false,
        };
        match found {
            Ok(metadata) if whole => {
                checked.blobs += 1;
                checked.blob_bytes += metadata.len();
            }
            Ok(_) => checked.fault("blob.damaged", format!("blob {digest} has changed; {who} needs it"), LOST),
            Err(_) if blobs.trash().has(digest) => {
                let help = "`studio store check --repair` takes it back.";
                checked.fault("blob.trashed", format!("blob {digest} is in the trash; {who} needs it"), help);
            }
            Err(_) => checked.fault("blob.missing", format!("blob {digest} is missing; {who} needs it"), LOST),
        }
    }
}

/// Checks the journal of a store that cannot be opened, without changing anything.
pub fn check_closed(dir: &Path) -> Result<Checked> {
    let journal_dir = dir.join("journal");
    let mut checked = Checked::default();
    if !journal_dir.is_dir() {
        return Ok(checked);
    }
    let _lock = Lock::take(dir)?;
    let Some(manifest) = Manifest::load(&journal_dir)? else {
        checked.fault("journal.manifest", "the journal's MANIFEST is missing".into(), FROM_BACKUP);
        return Ok(checked);
    };
    let mut ends = Vec::new();
    for &segment in &manifest.segments {
        match std::fs::metadata(journal_dir.join(manifest.file_name(segment))) {
            Ok(metadata) => ends.push((segment, metadata.len())),
            Err(e) => {
                let what = format!("the journal's file {} cannot be read: {e}", manifest.file_name(segment));
                checked.fault("journal.missing", what, FROM_BACKUP);
            }
        }
    }
    let there = Manifest { segments: ends.iter().map(|(segment, _)| *segment).collect(), ..manifest };
    let segments = Segments::open(&journal_dir, &there)?;
    let mark = Mark { generation: there.generation, seq: 0, segment: 0, offset: 0, crc: 0 };
    let extent = Extent { manifest: there, ends, mark };
    journal::read(&segments, &extent, &mut checked);
    checked.cut = cut_files(&segments, &extent);
    Ok(checked)
}

/// The places of the entries that still hold; not of those that are only told.
pub(super) fn facts(mirror: &Mirror<Place>) -> BTreeSet<Place> {
    let trees = Tree::ALL.into_iter().filter(|tree| *tree != Tree::Events);
    trees.flat_map(|tree| mirror.tree(tree).filter_map(|(_, place)| place)).collect()
}

/// Who needs a blob, for people.
fn who(record: &Record) -> String {
    match record {
        Record::Result { kept, key } => {
            format!(
                "a result of {} by {} ({})",
                kept.provenance.role,
                kept.provenance.plugin,
                &key.as_str()[..12.min(key.as_str().len())]
            )
        }
        Record::RunStarted(run) => format!("the script of run {}", run.id),
        Record::Started(node) => format!("the node under way at {}", node.slot),
        Record::Turn(turn) => format!("a node under way ({})", turn.key),
        Record::Decided { slot, .. } => format!("what was made by hand at {slot}"),
        _ => "a record".into(),
    }
}

fn cut_files(segments: &Segments, extent: &Extent) -> Vec<String> {
    let Some(&(first, _)) = extent.ends.first() else { return Vec::new() };
    let Ok((_, path)) = segments.get(first) else { return Vec::new() };
    let entries = path.parent().and_then(|dir| std::fs::read_dir(dir).ok()).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut cut: Vec<_> = names.filter(|name| name.starts_with("cut-")).collect();
    cut.sort();
    cut
}
