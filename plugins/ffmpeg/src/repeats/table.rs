//! Where an MP4's samples are, and which frames they are.

use crate::mp4::{
    Track, boxes, child,
    samples::{self, Sample},
};

/// The samples of a file's only track, in the order in which they are decoded.
pub fn samples(file: &[u8]) -> Option<Vec<&[u8]>> {
    let moov = child(file, &[b"moov"])?;
    if boxes(moov).filter(|(kind, _)| kind == b"trak").count() != 1 {
        return None;
    }
    let listed = samples::of_kind(moov, *b"vide")?;
    let bytes = |sample: Sample| {
        let at = usize::try_from(sample.at).ok()?;
        file.get(at..at.checked_add(sample.bytes as usize)?)
    };
    listed.into_iter().map(bytes).collect()
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
