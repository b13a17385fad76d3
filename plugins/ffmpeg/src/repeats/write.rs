//! Writes the samples of a film of one track as an MP4, with the heads of a file that FFmpeg wrote.

use super::Sample;
use crate::mp4::{
    Track, boxes, child,
    write::{self, boxed, list, runs, words},
};

/// The file; none: the one it is made of lacks something.
pub fn file(of: &[u8], samples: &[Sample], (tick, track): (u32, &Track)) -> Option<Vec<u8>> {
    let moov = child(of, &[b"moov"])?;
    let times = Times::of(moov, samples, tick, track)?;
    let kind = boxed(*b"ftyp", child(of, &[b"ftyp"])?);
    let mut index = times.rebuilt(*b"moov", moov, 0)?;
    let media_at = u32::try_from(kind.len() + index.len() + 8).ok()?;
    index = times.rebuilt(*b"moov", moov, media_at)?;
    let media: Vec<u8> = samples.iter().flat_map(|sample| sample.data.iter().copied()).collect();
    Some([kind, index, boxed(*b"mdat", &media)].concat())
}

/// What the index says anew.
struct Times<'a> {
    samples: &'a [Sample],
    tick: u32,
    start: u32,
    /// The length in the track's ticks, and in the film's.
    length: u32,
    whole: u32,
}

impl<'a> Times<'a> {
    fn of(moov: &[u8], samples: &'a [Sample], tick: u32, track: &Track) -> Option<Self> {
        let length = tick.checked_mul(u32::try_from(samples.len()).ok()?)?;
        let scale = u32::from_be_bytes(child(moov, &[b"mvhd"])?.get(12..16)?.try_into().ok()?);
        let whole = (u64::from(length) * u64::from(scale)).div_ceil(u64::from(track.timescale.max(1)));
        let (start, whole) = (u32::try_from(track.start).ok()?, u32::try_from(whole).ok()?);
        Some(Self { samples, tick, start, length, whole })
    }

    /// A box with all that is in it; samples begin at `media_at`.
    fn rebuilt(&self, kind: [u8; 4], data: &[u8], media_at: u32) -> Option<Vec<u8>> {
        let mut data = data.to_vec();
        match &kind {
            b"moov" | b"trak" | b"edts" | b"mdia" | b"minf" => {
                let inner = boxes(&data).map(|(kind, data)| self.rebuilt(kind, data, media_at));
                data = inner.collect::<Option<Vec<_>>>()?.concat();
            }
            // Version 0 of all of them: what FFmpeg writes of films that are not days long.
            b"mvhd" => data.get_mut(16..20)?.copy_from_slice(&self.whole.to_be_bytes()),
            b"tkhd" => data.get_mut(20..24)?.copy_from_slice(&self.whole.to_be_bytes()),
            b"mdhd" => data.get_mut(16..20)?.copy_from_slice(&self.length.to_be_bytes()),
            b"elst" => {
                data = [&[0, 0, 0, 0, 0, 0, 0, 1], &words(&[self.whole, self.start, 0x1_0000])[..]].concat();
            }
            b"stbl" => data = self.table(&data, media_at)?,
            _ => {}
        }
        Some(boxed(kind, &data))
    }

    fn table(&self, table: &[u8], media_at: u32) -> Option<Vec<u8>> {
        let count = u32::try_from(self.samples.len()).ok()?;
        let firsts = (1..).zip(self.samples).filter(|(_, sample)| sample.is_first).map(|(n, _)| n);
        let firsts: Vec<u32> = firsts.collect();
        let sizes = self.samples.iter().map(|sample| u32::try_from(sample.data.len()).ok());
        let sizes: Vec<u32> = sizes.collect::<Option<_>>()?;
        let offsets = (0..).zip(self.samples).map(|(n, sample): (u32, _)| {
            (sample.shown.checked_mul(self.tick)?.checked_add(self.start)?).checked_sub(n * self.tick)
        });
        let offsets = runs(offsets.collect::<Option<Vec<u32>>>()?);
        Some(
            [
                boxed(*b"stsd", child(table, &[b"stsd"])?),
                boxed(*b"stts", &list(&[count, self.tick], 1)),
                boxed(*b"stss", &list(&firsts, firsts.len())),
                boxed(*b"ctts", &list(&offsets, offsets.len() / 2)),
                boxed(*b"stsc", &list(&[1, count, 1], 1)),
                boxed(*b"stsz", &write::sizes(&sizes)),
                boxed(*b"stco", &list(&[media_at], 1)),
            ]
            .concat(),
        )
    }
}
