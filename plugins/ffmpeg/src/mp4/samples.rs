//! Where the samples of a track lie in its file.

use super::{be32, be64, boxes, child};

/// Where a sample lies in its file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Its first byte.
    pub at: u64,
    /// Its length.
    pub bytes: u32,
}

/// Those of the first track of a kind: `vide`, `soun`.
pub fn of_kind(moov: &[u8], kind: [u8; 4]) -> Option<Vec<Sample>> {
    let is_wanted = |trak: &&[u8]| {
        let handler = child(trak, &[b"mdia", b"hdlr"]).and_then(|hdlr| hdlr.get(8..12));
        handler == Some(&kind)
    };
    let trak = boxes(moov).filter(|b| &b.0 == b"trak").map(|b| b.1).find(is_wanted)?;
    listed(child(trak, &[b"mdia", b"minf", b"stbl"])?)
}

/// Those of a track's `stbl`, in the order in which they are decoded: from the tables of sizes, of chunks and of where
/// chunks begin.
pub fn listed(table: &[u8]) -> Option<Vec<Sample>> {
    let sizes = sizes(child(table, &[b"stsz"])?)?;
    let chunks = chunks(table)?;
    let runs = child(table, &[b"stsc"])?;
    let run = |i: usize| Some((be32(runs, 8 + i * 12)? as usize, be32(runs, 12 + i * 12)? as usize));
    let (mut samples, mut next) = (Vec::with_capacity(sizes.len()), 0);
    let count = be32(runs, 4)? as usize;
    for i in 0..count {
        let (first, each) = run(i)?;
        let end = run(i + 1).filter(|_| i + 1 < count).map_or(chunks.len() + 1, |(next, _)| next);
        for chunk in first..end.min(chunks.len() + 1) {
            let mut at = *chunks.get(chunk.checked_sub(1)?)?;
            for _ in 0..each {
                let Some(bytes) = sizes.get(next).copied() else { return Some(samples) };
                samples.push(Sample { at, bytes });
                at = at.checked_add(u64::from(bytes))?;
                next += 1;
            }
        }
    }
    (next == sizes.len()).then_some(samples)
}

fn sizes(stsz: &[u8]) -> Option<Vec<u32>> {
    let (all, count) = (be32(stsz, 4)?, be32(stsz, 8)? as usize);
    if all > 0 {
        return (count <= 10_000_000).then(|| vec![all; count]);
    }
    let listed = stsz.get(12..12 + count.checked_mul(4)?)?;
    Some(listed.chunks_exact(4).filter_map(|c| be32(c, 0)).collect())
}

fn chunks(table: &[u8]) -> Option<Vec<u64>> {
    if let Some(short) = child(table, &[b"stco"]) {
        return Some(short.get(8..)?.chunks_exact(4).filter_map(|c| be32(c, 0)).map(u64::from).collect());
    }
    let long = child(table, &[b"co64"])?;
    Some(long.get(8..)?.chunks_exact(8).filter_map(|c| be64(c, 0)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mp4::write::{boxed, words};

    #[test]
    fn samples_are_found_through_their_chunks() {
        // Two chunks of two samples and one of one.
        let stbl = [
            boxed(*b"stsz", &words(&[0, 0, 5, 10, 20, 30, 40, 50])),
            boxed(*b"stsc", &words(&[0, 2, 1, 2, 1, 3, 1, 1])),
            boxed(*b"stco", &words(&[0, 3, 1000, 2000, 3000])),
        ]
        .concat();
        let hdlr = boxed(*b"hdlr", &[&[0; 8][..], b"vide", &[0; 12]].concat());
        let mdia = boxed(*b"mdia", &[hdlr, boxed(*b"minf", &boxed(*b"stbl", &stbl))].concat());
        let found = of_kind(&boxed(*b"trak", &mdia), *b"vide").unwrap();
        let at: Vec<(u64, u32)> = found.iter().map(|s| (s.at, s.bytes)).collect();
        assert_eq!(at, [(1000, 10), (1010, 20), (2000, 30), (2030, 40), (3000, 50)]);
        assert_eq!(of_kind(b"\0\0\0\x08trak", *b"vide"), None);
    }
}
