//! The journal's part of the check: checksums, numbers, and what all of it comes to.

use super::{Checked, FROM_BACKUP};
use crate::{
    model::Seq,
    store::{
        extent::{Extent, nothing, reflect},
        frame::{self, Frame},
        mirror::Mirror,
        segments::{Bytes, Damage, Place, Segments},
    },
};

/// Checks the journal's groups and numbers; a mirror of all that is good.
pub(super) fn read(segments: &Segments, extent: &Extent, checked: &mut Checked) -> Mirror<Place> {
    checked.schema = extent.manifest.schema;
    checked.seq = extent.mark.seq;
    let (mut mirror, mut numbers) = (nothing(), Numbers::new(extent.manifest.generation));
    for segment in extent.segments(segments, None) {
        let bytes = match segment {
            Ok((bytes, _)) => bytes,
            Err(e) => {
                checked.fault(e.code(), e.to_string(), e.help());
                continue;
            }
        };
        checked.journal_bytes += bytes.data.len() as u64;
        for frame in all_frames(&bytes, checked) {
            group(&bytes, &frame, extent.manifest.events_from, &mut numbers, &mut mirror, checked);
        }
    }
    checked.seq = checked.seq.max(numbers.last);
    mirror
}

/// All groups of a segment that are whole, also those behind damage, which is told.
fn all_frames(bytes: &Bytes, checked: &mut Checked) -> Vec<Frame> {
    let (mut frames, mut damage) = bytes.frames();
    while let Some(found) = damage.take() {
        let offset = found.offset;
        let at = frames.last().map_or(0, |frame| frame.range.end).max(offset);
        let what = format!("{} is damaged from byte {offset} on", bytes.path.display());
        checked.fault("journal.damaged", what, FROM_BACKUP);
        let mut next = frame::next_intact(&bytes.data, at);
        while let Some(frame) = next {
            let end = frame.range.end;
            frames.push(frame);
            next = frame::decode(&bytes.data, end);
        }
        let end = frames.last().map_or(at, |frame| frame.range.end);
        if end > at && end < bytes.data.len() {
            damage = Some(Damage { offset: end, was_durable: true });
        }
    }
    frames
}

fn group(
    bytes: &Bytes,
    frame: &Frame,
    events_from: Seq,
    numbers: &mut Numbers,
    mirror: &mut Mirror<Place>,
    checked: &mut Checked,
) {
    // Compaction says of its copies that all of them had been durable.
    let copied = frame.synced == u64::MAX;
    for (place, json) in bytes.entries(frame) {
        let entry = match bytes.decode(place, json) {
            Ok(entry) => entry,
            Err(e) => {
                checked.fault("journal.record", e.to_string(), e.help());
                continue;
            }
        };
        checked.records += 1;
        if let Some(wrong) = numbers.take(entry.seq, copied) {
            checked.fault("journal.numbers", format!("{}: {wrong}", bytes.path.display()), FROM_BACKUP);
        }
        reflect(mirror, &entry, place, frame.meaning, events_from);
    }
}

/// Follows the records' numbers: they rise by one, save where compaction has left some out.
struct Numbers {
    last: Seq,
    gap_may_come: bool,
}

impl Numbers {
    fn new(generation: u64) -> Self {
        Self { last: 0, gap_may_come: generation > 1 }
    }

    /// The next number; what is wrong with it.
    fn take(&mut self, seq: Seq, copied: bool) -> Option<String> {
        let last = self.last;
        self.last = seq.max(last);
        let gap_may_be = copied || self.gap_may_come;
        self.gap_may_come = copied;
        if seq <= last {
            return Some(format!("record {seq} comes after record {last}"));
        }
        (seq != last + 1 && !gap_may_be).then(|| format!("records {} to {} are missing", last + 1, seq - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_rise_by_one_but_where_compaction_was() {
        let wrong = |generation: u64, seqs: &[(Seq, bool)]| {
            let mut numbers = Numbers::new(generation);
            seqs.iter().filter_map(|&(seq, copied)| numbers.take(seq, copied)).collect::<Vec<_>>()
        };
        assert!(wrong(1, &[(1, false), (2, false), (3, false)]).is_empty());
        assert_eq!(wrong(1, &[(1, false), (4, false)]), ["records 2 to 3 are missing"]);
        assert_eq!(wrong(1, &[(2, false)]), ["records 1 to 1 are missing"]);
        assert_eq!(wrong(1, &[(1, false), (1, false), (2, false)]), ["record 1 comes after record 1"]);
        assert!(wrong(2, &[(3, true), (9, true), (20, false), (21, false)]).is_empty());
        assert_eq!(wrong(2, &[(3, true), (20, false), (22, false)]), ["records 21 to 21 are missing"]);
        assert!(wrong(2, &[(20, false)]).is_empty(), "all that came before was dead");
    }
}
