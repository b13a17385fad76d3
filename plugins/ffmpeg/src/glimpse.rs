//! One frame of a film with no more decoded than it takes.
//!
//! A frame needs those before it, back to a key frame, but for those to which no other refers (`nal_ref_idc` 0; ITU-T
//! H.264, 7.4.1): of most films that is every other one. FFmpeg cannot leave out all of them but the one that is wanted.
//! So it reads the film behind an index in which they are missing, as if both were one file. Only plain films are read so
//! ([`plain`]).

use std::io::{Read, Seek, SeekFrom};

use studio_plugin_sdk::{error::Result, prelude::Cx};

use crate::{
    graph,
    mp4::{
        self, be32, boxes, child,
        samples::{self, Sample},
        write::{self, boxed, list, runs, words},
    },
    piece::{Segment, Still},
    preset::Format,
    probe::plain,
    shot::{Shot, Source},
};

/// What stands before the index: MP4 with H.264.
const KIND: &[u8] = b"isom\0\0\x02\0isomiso2avc1mp41";
/// Most pictures that are looked at for what they are referred to, and most units of one of them.
const PICTURES: usize = 2000;
const UNITS: usize = 16;
/// Fewer pictures are not worth leaving out.
const FEW: usize = 4;

/// A segment of one frame, in which films have an index for that frame; none: there is nothing to gain.
///
/// # Errors
/// Those of the store.
pub fn of(cx: &Cx, still: &Still) -> Result<Option<Segment>> {
    let mut segment = still.segment.clone();
    if segment.frames != 1 {
        return Ok(None);
    }
    let format = segment.format.clone();
    let mut is_any = glimpsed(cx, &mut segment.shot, &format)?;
    for layer in &mut segment.layers {
        is_any |= glimpsed(cx, &mut layer.shot, &format)?;
    }
    Ok(is_any.then_some(segment))
}

fn glimpsed(cx: &Cx, shot: &mut Shot, format: &Format) -> Result<bool> {
    let Source::Video(video) = &mut shot.source else { return Ok(false) };
    let Some(seen) = graph::seen_before(video, format) else { return Ok(false) };
    let found = index(&mut cx.open_blob(&video.file)?, seen);
    video.index = found.map(|index| cx.write_blob("video/mp4", &index)).transpose()?;
    Ok(video.index.is_some())
}

/// The index of a film for the last of its frames that begins before the first of two moments, in seconds, and for all
/// that begin between them; what it says of places in the file counts from the end of the index. None: it is not plain, or
/// there is little to leave out.
pub fn index(file: &mut (impl Read + Seek), (surely, at_most): (f64, f64)) -> Option<Vec<u8>> {
    let (moov, _) = mp4::moov(file, plain::MOST).ok()?;
    plain::of(&moov)?;
    let tracks = mp4::index(&moov).tracks;
    let traks = boxes(&moov).filter(|b| &b.0 == b"trak");
    let (track, (_, trak)) = tracks.iter().zip(traks).find(|(track, _)| track.kind == "vide")?;
    let table = child(trak, &[b"mdia", b"minf", b"stbl"])?;
    let pictures = pictures(track, table)?;
    let before = |seconds: f64| (seconds * f64::from(track.timescale)).floor() as i64;
    let (surely, at_most) = (before(surely), before(at_most));

    let (seen, picture) =
        pictures.iter().enumerate().filter(|(_, p)| p.shown <= surely).max_by_key(|(_, p)| p.shown)?;
    let first = (0..=seen).rev().find(|n| pictures[*n].is_key && pictures[*n].shown <= picture.shown)?;
    let is_seen = |p: &Picture| p.shown >= picture.shown && p.shown <= at_most;
    let last = (first..pictures.len()).take(PICTURES).filter(|n| is_seen(&pictures[*n])).max()?;
    let prefix = prefix(table)?;
    let mut needed = Vec::new();
    for picture in &pictures[first..=last] {
        if is_seen(picture) || is_reference(file, picture.sample, prefix)? {
            needed.push(picture);
        }
    }
    if last + 1 - first < needed.len() + FEW {
        return None;
    }
    // The film begins as it did: its times count from its first picture.
    if first > 0 {
        needed.insert(0, &pictures[0]);
    }
    let built = |from: usize| {
        let table = shortened(table, &needed, track.timescale, from as u64)?;
        let film = boxes(&moov).filter(|(kind, data)| kind == b"mvhd" || std::ptr::eq(*data, trak));
        let film: Vec<Vec<u8>> = film.map(|(kind, data)| with_table(kind, data, &table)).collect();
        Some([boxed(*b"ftyp", KIND), boxed(*b"moov", &film.concat())].concat())
    };
    built(built(0)?.len())
}

/// A picture of a film.
struct Picture {
    sample: Sample,
    /// When it is decoded, and shown; in ticks.
    decoded: i64,
    shown: i64,
    /// Ticks from decoding to showing.
    offset: i32,
    /// It can be decoded by itself.
    is_key: bool,
}

/// The pictures of a track in the order in which they are decoded; none: its tables do not fit together, any picture can
/// be decoded by itself, or the first is not shown at once.
fn pictures(track: &mp4::Track, table: &[u8]) -> Option<Vec<Picture>> {
    let samples = samples::listed(table)?;
    let keys = child(table, &[b"stss"])?;
    if track.samples() != samples.len() as u64 {
        return None;
    }
    let steps = track.steps.iter().flat_map(|(count, step)| std::iter::repeat_n(*step, *count as usize));
    let offsets = track.offsets.iter().flat_map(|(count, offset)| std::iter::repeat_n(*offset, *count as usize));
    let mut decoded = 0i64;
    let mut pictures: Vec<Picture> = Vec::with_capacity(samples.len());
    for ((sample, step), offset) in samples.into_iter().zip(steps).zip(offsets.chain(std::iter::repeat(0))) {
        let shown = decoded + i64::from(offset) - track.start;
        pictures.push(Picture { sample, decoded, shown, offset, is_key: false });
        decoded += i64::from(step);
    }
    for key in keys.get(8..)?.chunks_exact(4) {
        pictures.get_mut((be32(key, 0)? as usize).checked_sub(1)?)?.is_key = true;
    }
    // FFmpeg counts from where a file begins: without its sound it is to begin there too.
    let begins = pictures.iter().map(|picture| picture.shown).min()?;
    (begins == 0 && pictures[0].is_key).then_some(pictures)
}

/// How many bytes of a unit's length stand before it (ISO/IEC 14496-15, 5.3.3.1).
fn prefix(table: &[u8]) -> Option<usize> {
    let (_, entry) = boxes(child(table, &[b"stsd"])?.get(8..)?).next()?;
    Some(usize::from(child(entry.get(78..)?, &[b"avcC"])?.get(4)? & 3) + 1)
}

/// Do other pictures refer to it? Its first slice tells.
fn is_reference(file: &mut (impl Read + Seek), sample: Sample, prefix: usize) -> Option<bool> {
    let (mut at, end) = (sample.at, sample.at.checked_add(sample.bytes.into())?);
    for _ in 0..UNITS {
        let mut head = [0; 5];
        let head = &mut head[..=prefix];
        file.seek(SeekFrom::Start(at)).ok()?;
        file.read_exact(head).ok()?;
        // Slices are of types 1 to 5 (table 7-1).
        if (1..=5).contains(&(head[prefix] & 31)) {
            return Some(head[prefix] >> 5 & 3 > 0);
        }
        let length = head[..prefix].iter().fold(0, |length, byte| length << 8 | u64::from(*byte));
        at = at.checked_add(length + prefix as u64).filter(|at| *at < end)?;
    }
    None
}

/// The tables of some of a film's pictures.
fn shortened(table: &[u8], pictures: &[&Picture], timescale: u32, from: u64) -> Option<Vec<u8>> {
    let count = u32::try_from(pictures.len()).ok()?;
    // The last one stays for a second, whatever comes after it.
    let steps = pictures.windows(2).map(|two| u32::try_from(two[1].decoded - two[0].decoded).ok());
    let steps = runs(steps.chain([Some(timescale)]).collect::<Option<Vec<u32>>>()?);
    let offsets = runs(pictures.iter().map(|picture| picture.offset.cast_unsigned()));
    let keys: Vec<u32> = (1..).zip(pictures).filter(|(_, picture)| picture.is_key).map(|(n, _)| n).collect();
    let sizes: Vec<u32> = pictures.iter().map(|picture| picture.sample.bytes).collect();
    let places = pictures.iter().map(|picture| picture.sample.at.checked_add(from).map(u64::to_be_bytes));
    let places = places.collect::<Option<Vec<_>>>()?.concat();
    // The offsets' version tells whether any is below 0.
    let version = child(table, &[b"ctts"]).and_then(|offsets| offsets.first()).copied().unwrap_or(0);
    let offsets = [&[version], &list(&offsets, offsets.len() / 2)[1..]].concat();
    let boxes = [
        boxed(*b"stsd", child(table, &[b"stsd"])?),
        boxed(*b"stts", &list(&steps, steps.len() / 2)),
        boxed(*b"ctts", &offsets),
        boxed(*b"stss", &list(&keys, keys.len())),
        boxed(*b"stsc", &list(&[1, 1, 1], 1)),
        boxed(*b"stsz", &write::sizes(&sizes)),
        boxed(*b"co64", &[vec![0; 4], words(&[count]), places].concat()),
    ];
    Some(boxes.concat())
}

/// A box of the index with another table of samples in it.
fn with_table(kind: [u8; 4], data: &[u8], table: &[u8]) -> Vec<u8> {
    match &kind {
        b"trak" | b"mdia" | b"minf" => {
            boxed(kind, &boxes(data).map(|(kind, data)| with_table(kind, data, table)).collect::<Vec<_>>().concat())
        }
        b"stbl" => boxed(kind, table),
        _ => boxed(kind, data),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_picture_is_told_by_its_first_slice() {
        // A delimiter of access units, then a slice of a picture to which none refers, then one of another kind.
        let file = [&[0, 0, 0, 2, 9, 240][..], &[0, 0, 0, 1, 1], &[0, 0, 0, 1, 0x41]].concat();
        let of = |at: u64, bytes: u32| is_reference(&mut Cursor::new(&file), Sample { at, bytes }, 4);
        assert_eq!((of(0, 11), of(11, 5)), (Some(false), Some(true)));
        assert_eq!((of(0, 6), of(16, 5)), (None, None));
    }

    proptest! {
        #[test]
        fn no_tables_make_it_panic(
            (sizes, keys) in (prop::collection::vec(any::<u32>(), 0..9), prop::collection::vec(0u32..9, 0..9)),
            (at, offset, step) in (any::<u64>(), any::<i32>(), any::<u32>()),
            from in any::<u64>(),
        ) {
            let count = sizes.len() as u32;
            let stsz = [vec![0; 8], words(&[count]), words(&sizes)].concat();
            let co64 = [&[0, 0, 0, 0, 0, 0, 0, 1][..], &at.to_be_bytes()].concat();
            let table = [
                boxed(*b"stsd", &[]),
                boxed(*b"stsz", &stsz),
                boxed(*b"stsc", &list(&[1, count, 1], 1)),
                boxed(*b"co64", &co64),
                boxed(*b"stss", &list(&keys, keys.len())),
            ];
            let track = mp4::Track { steps: vec![(count, step)], offsets: vec![(count, offset)], ..mp4::Track::default() };
            if let Some(pictures) = pictures(&track, &table.concat()) {
                let all: Vec<&Picture> = pictures.iter().collect();
                let _ = shortened(&table.concat(), &all, 1, from);
                let _ = is_reference(&mut Cursor::new([0; 9]), pictures[0].sample, 1);
            }
        }
    }
}
