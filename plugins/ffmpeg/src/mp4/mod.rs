//! Reads what an MP4 file says of its tracks: codec header, number and times of its samples.
//!
//! Used to check what FFmpeg wrote. Only the index (`moov`) is read, never the media. A broken file is an
//! error, never a panic.

use std::io::{self, Read, Seek, SeekFrom};

pub mod samples;
pub mod write;

/// Largest index that is read, in bytes.
pub const MAX_INDEX: u64 = 256 << 20;
/// Most samples that are looked at one by one.
const MAX_SAMPLES: u64 = 10_000_000;

/// What the index says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Index {
    /// The tracks.
    pub tracks: Vec<Track>,
    /// Is the index in front of the media?
    pub fast_start: bool,
}

/// One track.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Track {
    /// `vide`, `soun`, `text` …
    pub kind: String,
    /// Ticks a second.
    pub timescale: u32,
    /// Length in ticks.
    pub duration: u64,
    /// Tick that is shown at time 0.
    pub start: i64,
    /// The codec's header (`avcC`, `hvcC` …) in hex; of codecs without one, their name; empty: none.
    pub header: String,
    /// Decoding steps: how often, how many ticks.
    pub steps: Vec<(u32, u32)>,
    /// From decoding to showing: how often, how many ticks.
    pub offsets: Vec<(u32, i32)>,
}

impl Track {
    /// Number of samples.
    pub fn samples(&self) -> u64 {
        self.steps.iter().map(|s| u64::from(s.0)).sum()
    }

    /// Length of the media from the first moment that is heard, in seconds.
    pub fn media_seconds(&self) -> f64 {
        (self.duration as f64 - self.start.max(0) as f64) / f64::from(self.timescale.max(1))
    }

    /// Ticks from the first sample's decoding to its showing.
    pub fn delay(&self) -> i64 {
        self.offsets.first().map_or(0, |o| i64::from(o.1))
    }

    /// Is sample after sample decoded every `tick`, and shown at 0, `tick`, 2 `tick` … each once?
    pub fn is_steady(&self, tick: u32) -> bool {
        let n = self.samples();
        if tick == 0 || n == 0 || n > MAX_SAMPLES || self.steps.iter().any(|s| s.1 != tick) {
            return false;
        }
        let mut seen = vec![false; usize::try_from(n).unwrap_or(0)];
        let offsets = self.offsets.iter().flat_map(|&(count, offset)| std::iter::repeat_n(offset, count as usize));
        let padded = offsets.map(i64::from).chain(std::iter::repeat(0));
        for (i, offset) in (0i64..).zip(padded).take(seen.len()) {
            let shown = i * i64::from(tick) + offset - self.start;
            let Some(at) = usize::try_from(shown).ok().filter(|t| t % tick as usize == 0).map(|t| t / tick as usize)
            else {
                return false;
            };
            match seen.get_mut(at) {
                Some(slot) if !*slot => *slot = true,
                _ => return false,
            }
        }
        true
    }
}

/// Reads a file's index.
///
/// # Errors
/// The file can't be read or is no MP4.
pub fn read(file: &mut (impl Read + Seek)) -> io::Result<Index> {
    let (moov, fast_start) = moov(file, MAX_INDEX)?;
    Ok(Index { fast_start, ..index(&moov) })
}

/// What an index says whose bytes have been read; where it stands in the file is not told.
pub fn index(moov: &[u8]) -> Index {
    Index { tracks: tracks(moov), fast_start: false }
}

/// The bytes of a file's index, and whether it stands in front of the media.
///
/// # Errors
/// The file can't be read or is no MP4, or its index has more than `most` bytes.
pub fn moov(file: &mut (impl Read + Seek), most: u64) -> io::Result<(Vec<u8>, bool)> {
    let size = file.seek(SeekFrom::End(0))?;
    let (mut at, mut media_seen) = (0, false);
    while at + 8 <= size {
        file.seek(SeekFrom::Start(at))?;
        let mut head = [0; 16];
        let have = size.saturating_sub(at).min(16) as usize;
        file.read_exact(&mut head[..have])?;
        let (kind, start, len) = box_head(&head, size - at).ok_or_else(broken)?;
        if &kind == b"moov" {
            if len > most {
                return Err(broken());
            }
            file.seek(SeekFrom::Start(at + start))?;
            let mut moov = vec![0; usize::try_from(len - start).map_err(|_| broken())?];
            file.read_exact(&mut moov)?;
            return Ok((moov, !media_seen));
        }
        media_seen |= &kind == b"mdat";
        at += len;
    }
    Err(broken())
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the file is no MP4 or has no index")
}

/// Kind, length of the head, length of the whole box.
fn box_head(head: &[u8], rest: u64) -> Option<([u8; 4], u64, u64)> {
    let kind = head.get(4..8)?.try_into().ok()?;
    let (start, len) = match be32(head, 0)? {
        0 => (8, rest),
        1 => (16, u64::from_be_bytes(head.get(8..16)?.try_into().ok()?)),
        n => (8, u64::from(n)),
    };
    (len >= start && len <= rest).then_some((kind, start, len))
}

/// The boxes in a box.
pub fn boxes(data: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = data;
    std::iter::from_fn(move || {
        let (kind, start, len) = box_head(rest, rest.len() as u64)?;
        let (this, after) = rest.split_at(usize::try_from(len).ok()?);
        rest = after;
        Some((kind, &this[start as usize..]))
    })
}

/// The box at the end of a path of boxes.
pub fn child<'a>(data: &'a [u8], path: &[&[u8; 4]]) -> Option<&'a [u8]> {
    path.iter().try_fold(data, |data, name| boxes(data).find(|b| b.0 == **name).map(|b| b.1))
}

fn tracks(moov: &[u8]) -> Vec<Track> {
    boxes(moov).filter(|b| &b.0 == b"trak").map(|b| track(b.1).unwrap_or_default()).collect()
}

fn track(trak: &[u8]) -> Option<Track> {
    let media = child(trak, &[b"mdia"])?;
    let (timescale, duration) = times(child(media, &[b"mdhd"])?)?;
    let kind = child(media, &[b"hdlr"])?.get(8..12).map(|k| String::from_utf8_lossy(k).into_owned())?;
    let table = child(media, &[b"minf", b"stbl"])?;
    let header = child(table, &[b"stsd"]).and_then(codec_header).unwrap_or_default();
    let steps = child(table, &[b"stts"]).map(pairs).unwrap_or_default();
    let offsets = child(table, &[b"ctts"]).map(pairs).unwrap_or_default();
    let offsets = offsets.into_iter().map(|(n, o)| (n, o.cast_signed())).collect();
    let start = child(trak, &[b"edts", b"elst"]).and_then(first_edit).unwrap_or(0);
    Some(Track { kind, timescale, duration, start, header, steps, offsets })
}

/// Ticks a second and length in ticks, as a track's `mdhd` and a film's `mvhd` tell them.
pub fn times(header: &[u8]) -> Option<(u32, u64)> {
    if *header.first()? == 1 {
        Some((be32(header, 20)?, be64(header, 24)?))
    } else {
        Some((be32(header, 12)?, u64::from(be32(header, 16)?)))
    }
}

/// The media time of the first edit that shows media.
fn first_edit(elst: &[u8]) -> Option<i64> {
    let long = *elst.first()? == 1;
    let size = if long { 20 } else { 12 };
    (0..be32(elst, 4)? as usize).map_while(|i| elst.get(8 + i * size..8 + (i + 1) * size)).find_map(|edit| {
        let time = if long { be64(edit, 8)?.cast_signed() } else { i64::from(be32(edit, 4)?.cast_signed()) };
        (time >= 0).then_some(time)
    })
}

/// The codec's header in the first sample entry: 8 bytes before the entries, 78 of visual fields in one.
fn codec_header(stsd: &[u8]) -> Option<String> {
    let (kind, entry) = boxes(stsd.get(8..)?).next()?;
    let name = match &kind {
        b"avc1" => b"avcC",
        b"hvc1" => b"hvcC",
        b"av01" => b"av1C",
        b"vp09" => b"vpcC",
        // Every frame of ProRes has all that is needed to decode it.
        b"apch" | b"apcn" | b"apcs" | b"apco" => return Some(String::from_utf8_lossy(&kind).into_owned()),
        _ => return None,
    };
    let header = child(entry.get(78..)?, &[name])?;
    let digits = header.iter().flat_map(|b| [b >> 4, b & 15]);
    Some(digits.filter_map(|d| char::from_digit(u32::from(d), 16)).collect())
}

/// A table of pairs after version, flags and count.
fn pairs(table: &[u8]) -> Vec<(u32, u32)> {
    table.get(8..).unwrap_or_default().chunks_exact(8).filter_map(|c| Some((be32(c, 0)?, be32(c, 4)?))).collect()
}

/// The number at a place, of four bytes.
pub fn be32(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}

/// The number at a place, of eight bytes.
pub fn be64(data: &[u8], at: usize) -> Option<u64> {
    data.get(at..at + 8)?.try_into().ok().map(u64::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn track(offsets: &[i32], start: i64) -> Track {
        let offsets: Vec<_> = offsets.iter().map(|o| (1, *o)).collect();
        Track { steps: vec![(offsets.len() as u32, 512)], offsets, start, ..Track::default() }
    }

    #[test]
    fn steady_means_every_frame_once() {
        assert!(track(&[1024, 2048, 512, 512], 1024).is_steady(512));
        assert!(track(&[1024, 1536, 512], 1024).is_steady(512));
        assert!(!track(&[1024, 1024, 512], 1024).is_steady(512));
        assert!(!track(&[1024, 1540, 512], 1024).is_steady(512));
        assert!(!track(&[], 0).is_steady(512));
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(data in prop::collection::vec(any::<u8>(), 0..300), at in 0usize..300) {
            let mut file = b"\0\0\0\x08ftyp\0\0\x01\0moov\0\0\0\xf0trak\0\0\0\x80mdia\0\0\0\x20mdhd".to_vec();
            file.truncate(at.min(file.len()));
            file.extend(data);
            let _ = read(&mut Cursor::new(file));
        }
    }
}
