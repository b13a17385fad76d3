//! The journal's framing: a group of entries as bytes, whole or not at all. Pure.
//!
//! `"sjf1" | crc32c of what follows | length of the body | entries | synced | last seq | body`, little-endian;
//! the body is each entry's length and JSON. The highest bit of `entries` says that they are only told.

use std::ops::Range;

const MAGIC: &[u8; 4] = b"sjf1";
const HEADER: usize = 32;
const CRC_FROM: usize = 8;

/// The largest body, in bytes. A longer length is damage.
pub(super) const MAX_BODY: usize = 256 << 20;

const ONLY_TOLD: u32 = 1 << 31;

/// What a group is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Its records hold.
    Facts,
    /// They no longer do, and compaction kept them only to tell them as events.
    OnlyTold,
}

/// A group found in a segment.
#[derive(Debug, PartialEq)]
pub(super) struct Frame {
    /// Its bytes in the segment.
    pub range: Range<usize>,
    /// The checksum.
    pub crc: u32,
    /// What it is for.
    pub meaning: Meaning,
    /// How much of the segment was known to be durable when it was written.
    pub synced: u64,
    /// The number of its last entry.
    pub last_seq: u64,
    /// Where each entry's JSON is in the segment.
    pub entries: Vec<Range<usize>>,
}

/// Appends a group to `out` and returns where in `out` each entry's JSON is.
pub(super) fn encode(
    entries: &[Vec<u8>],
    meaning: Meaning,
    synced: u64,
    last_seq: u64,
    out: &mut Vec<u8>,
) -> Vec<Range<usize>> {
    let start = out.len();
    let body = body_len(entries);
    out.reserve(HEADER + body);
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&(body as u32).to_le_bytes());
    let flag = if meaning == Meaning::OnlyTold { ONLY_TOLD } else { 0 };
    out.extend_from_slice(&(entries.len() as u32 | flag).to_le_bytes());
    out.extend_from_slice(&synced.to_le_bytes());
    out.extend_from_slice(&last_seq.to_le_bytes());
    let mut places = Vec::with_capacity(entries.len());
    for json in entries {
        out.extend_from_slice(&(json.len() as u32).to_le_bytes());
        places.push(out.len()..out.len() + json.len());
        out.extend_from_slice(json);
    }
    let crc = crc32c::crc32c(&out[start + CRC_FROM..]);
    out[start + 4..start + CRC_FROM].copy_from_slice(&crc.to_le_bytes());
    places
}

/// The size of a group's body in bytes.
pub(super) fn body_len(entries: &[Vec<u8>]) -> usize {
    entries.iter().map(|json| 4 + json.len()).sum()
}

/// The group that starts at `at`; none: there is no intact one.
pub(super) fn decode(bytes: &[u8], at: usize) -> Option<Frame> {
    let header = bytes.get(at..at.checked_add(HEADER)?)?;
    if &header[..4] != MAGIC {
        return None;
    }
    let crc = u32_at(header, 4)?;
    let body = u32_at(header, 8)? as usize;
    let count = u32_at(header, 12)?;
    let meaning = if count & ONLY_TOLD == 0 { Meaning::Facts } else { Meaning::OnlyTold };
    let count = (count & !ONLY_TOLD) as usize;
    let end = (at + HEADER).checked_add(body)?;
    if body > MAX_BODY || end > bytes.len() || crc32c::crc32c(&bytes[at + CRC_FROM..end]) != crc {
        return None;
    }
    let mut entries = Vec::with_capacity(count.min(body / 4));
    let mut next = at + HEADER;
    while next < end {
        let len = u32_at(bytes, next)? as usize;
        let json = next + 4..(next + 4).checked_add(len)?;
        next = json.end;
        entries.push(json);
    }
    let whole = next == end && entries.len() == count;
    whole.then_some(Frame {
        range: at..end,
        crc,
        meaning,
        synced: u64_at(header, 16)?,
        last_seq: u64_at(header, 24)?,
        entries,
    })
}

/// The first intact group at or after `from`: how reading goes on behind damage.
pub(super) fn next_intact(bytes: &[u8], from: usize) -> Option<Frame> {
    let tail = bytes.get(from..)?;
    let found = tail.windows(MAGIC.len()).enumerate().filter(|(_, w)| w == MAGIC);
    found.map(|(i, _)| from + i).find_map(|at| decode(bytes, at))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn two() -> (Vec<u8>, Vec<Vec<u8>>) {
        let entries = vec![b"{\"a\":1}".to_vec(), Vec::new(), b"{}".to_vec()];
        let mut bytes = b"before".to_vec();
        encode(&entries, Meaning::Facts, 7, 3, &mut bytes);
        encode(&entries[..1], Meaning::OnlyTold, 9, 4, &mut bytes);
        (bytes, entries)
    }

    #[test]
    fn a_group_comes_back() {
        let (bytes, entries) = two();
        let first = decode(&bytes, 6).unwrap();
        let got: Vec<_> = first.entries.iter().map(|r| bytes[r.clone()].to_vec()).collect();
        assert_eq!((got, first.synced, first.last_seq), (entries, 7, 3));
        let second = decode(&bytes, first.range.end).unwrap();
        assert_eq!((first.meaning, second.meaning), (Meaning::Facts, Meaning::OnlyTold));
        assert_eq!((second.last_seq, second.range.end), (4, bytes.len()));
        assert_eq!(next_intact(&bytes, 0).unwrap(), first);
        assert_eq!(next_intact(&bytes, 7).unwrap(), second);
    }

    proptest! {
        #[test]
        fn any_changed_byte_is_seen(at in 6_usize..70, flip in 1_u8..) {
            let (mut bytes, _) = two();
            let end = decode(&bytes, 6).unwrap().range.end;
            let at = at.min(end - 1);
            bytes[at] ^= flip;
            prop_assert_eq!(decode(&bytes, 6), None);
        }

        #[test]
        fn hostile_bytes_do_no_harm(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0_usize..220) {
            prop_assert_eq!(decode(&bytes, at), None);
            bytes.splice(0..0, *MAGIC);
            prop_assert_eq!(next_intact(&bytes, 0), None);
        }
    }
}
