//! Where an MP4's samples are, and which frames they are.

use crate::mp4::{Track, boxes, child};

/// The samples of a file's only track, in the order in which they are decoded.
pub fn samples(file: &[u8]) -> Option<Vec<&[u8]>> {
    let table = child(file, &[b"moov", b"trak", b"mdia", b"minf", b"stbl"])?;
    let (sizes, chunks, runs) = (child(table, &[b"stsz"])?, child(table, &[b"stco"])?, child(table, &[b"stsc"])?);
    if boxes(child(file, &[b"moov"])?).filter(|(kind, _)| kind == b"trak").count() != 1 || word(sizes, 4)? != 0 {
        return None;
    }
    let (count, runs_count) = (word(sizes, 8)?, word(runs, 4)? as usize);
    let run = |n: usize| Some((word(runs, 8 + 12 * n)?, word(runs, 12 + 12 * n)?));
    let mut samples = Vec::new();
    let mut size_at = 12;
    for chunk in 0..word(chunks, 4)? {
        let mut at = word(chunks, 8 + 4 * chunk as usize)? as usize;
        let last = (0..runs_count).rev().find_map(|n| run(n).filter(|(first, _)| *first <= chunk + 1))?;
        if last.1 == 0 {
            return None;
        }
        for _ in 0..last.1 {
            let size = word(sizes, size_at)? as usize;
            samples.push(file.get(at..at.checked_add(size)?)?);
            (at, size_at) = (at + size, size_at + 4);
        }
    }
    (samples.len() == count as usize).then_some(samples)
}

/// The frames that show the first `count` samples of a track; none: one is shown between two frames.
pub fn shown(track: &Track, tick: u32, count: usize) -> Option<Vec<u32>> {
    let repeated = |(count, value): &(u32, u32)| std::iter::repeat_n(i64::from(*value), *count as usize);
    let offsets =
        track.offsets.iter().flat_map(|(count, value)| std::iter::repeat_n(i64::from(*value), *count as usize));
    let mut decoded = 0;
    track
        .steps
        .iter()
        .flat_map(repeated)
        .zip(offsets)
        .take(count)
        .map(|(step, offset)| {
            let at = decoded + offset - track.start;
            decoded += step;
            (at >= 0 && at % i64::from(tick) == 0).then(|| u32::try_from(at / i64::from(tick)).ok())?
        })
        .collect()
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}
