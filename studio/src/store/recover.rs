//! Brings the index up to the journal: applies what it lacks, or makes it anew where it is missing, damaged, of
//! another journal, or knows more than the journal does (a power cut took the journal's last, unsynced records).

use std::path::Path;

use super::{
    apply::{apply, tell},
    error::{Result, StoreError},
    frame::{self, Meaning},
    index::{Applying, Index},
    journal::{Journal, Mark},
    segments::Bytes,
};
use crate::model::Seq;

/// The index in `dir`, equal to the journal.
pub(super) fn index(dir: &Path, journal: &Journal) -> Result<Index> {
    match existing(dir, journal) {
        Ok(Some(index)) => return Ok(index),
        Ok(None) => {}
        Err(e @ (StoreError::Corrupt { .. } | StoreError::Full { .. } | StoreError::ReadOnly { .. })) => return Err(e),
        Err(e) => tracing::warn!(error = %e, "the index is built anew"),
    }
    rebuilt(dir, journal)
}

/// The index made anew.
pub(super) fn rebuilt(dir: &Path, journal: &Journal) -> Result<Index> {
    remove(dir)?;
    let index = Index::open(dir, journal.manifest().events_from)?;
    catch_up(&index, journal, None)?;
    index.flush()?;
    index.note_layout()?;
    index.flush()?;
    Ok(index)
}

/// Removes the index.
pub(super) fn remove(dir: &Path) -> Result<()> {
    match std::fs::remove_dir_all(dir) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(StoreError::io("remove", dir, e)),
        _ => Ok(()),
    }
}

/// The index as it was left, caught up; none: there is nothing to go on from.
fn existing(dir: &Path, journal: &Journal) -> Result<Option<Index>> {
    if !dir.exists() {
        return Ok(None);
    }
    let index = Index::open(dir, journal.manifest().events_from)?;
    let Some(mark) = index.mark()? else { return Ok(None) };
    if !index.is_laid_out_as_now()? {
        tracing::info!("the index is laid out as another version of studio has it, and is built anew");
        return Ok(None);
    }
    if !is_in(&mark, journal)? {
        tracing::warn!(index = mark.seq, journal = journal.mark().seq, "the index is not of this journal");
        return Ok(None);
    }
    if mark != journal.mark() {
        catch_up(&index, journal, Some(mark))?;
    }
    Ok(Some(index))
}

/// Is the group that was applied last a group of this journal?
fn is_in(mark: &Mark, journal: &Journal) -> Result<bool> {
    let known = mark.generation == journal.manifest().generation
        && journal.manifest().segments.contains(&mark.segment)
        && mark.seq <= journal.mark().seq;
    if !known || mark.offset == 0 || *mark == journal.mark() {
        return Ok(known);
    }
    let bytes = journal.segments().read(mark.segment)?;
    let found = frame::decode(&bytes.data, mark.offset as usize);
    Ok(found.is_some_and(|f| f.crc == mark.crc && f.last_seq == mark.seq))
}

/// Applies what comes after `from`.
fn catch_up(index: &Index, journal: &Journal, from: Option<Mark>) -> Result<()> {
    let first: Seq = from.map_or(0, |m| m.segment);
    for &segment in journal.manifest().segments.iter().filter(|&&s| s >= first) {
        let bytes = journal.segments().read(segment)?;
        let applied = from.filter(|m| m.segment == segment && m.offset > 0).map(|m| m.offset);
        apply_segment(index, &bytes, applied)?;
    }
    index.set_mark(&journal.mark())
}

/// Applies the groups of a segment that come after the one at `applied`.
pub(super) fn apply_segment(index: &Index, bytes: &Bytes, applied: Option<u64>) -> Result<()> {
    bytes.each(applied.map_or(0, |at| at + 1), |entry, place, meaning| {
        let mut trees = Applying { index, place };
        tell(&mut trees, &entry, index.events_from())?;
        if meaning == Meaning::Facts { apply(&mut trees, &entry) } else { Ok(()) }
    })
}
