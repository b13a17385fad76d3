//! Where the samples of a track of an MP4 lie, and their bytes.

use std::{
    io::{Read, Seek, SeekFrom},
    ops::Range,
};

use studio_plugin_sdk::{
    blob::Blob,
    error::{Result, StageError},
    prelude::{BlobReader, Cx},
};

use crate::mp4;

/// Largest sample that is read, in bytes.
const LARGEST: u32 = 64 << 20;
/// Smaller ones that lie together are read together, up to so many bytes.
const TOGETHER: u32 = 1 << 16;

/// Where a sample lies in its file.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sample {
    at: u64,
    bytes: u32,
}

/// The samples of a track.
pub struct Samples {
    file: BlobReader,
    samples: Vec<Sample>,
}

impl Samples {
    /// Those of the first track of a kind: `vide`, `soun`.
    ///
    /// # Errors
    /// `verify.samples`: it is no MP4, or its index is damaged.
    pub fn open(cx: &Cx, blob: &Blob, kind: [u8; 4]) -> Result<Self> {
        let mut file = cx.open_blob(blob)?;
        let moov = mp4::moov(&mut file, mp4::MAX_INDEX).map_err(|e| unread(&e))?.0;
        let samples = samples(&moov, kind).ok_or_else(|| unread(&"its index is damaged"))?;
        Ok(Self { file, samples })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.samples.len()
    }

    /// The bytes of some, one after another: those that lie together are read together.
    ///
    /// # Errors
    /// `verify.samples`: there are no such samples, or they cannot be read.
    pub fn each(&mut self, range: Range<usize>, mut take: impl FnMut(&[u8])) -> Result<()> {
        let mut rest = self.samples.get(range).ok_or_else(|| unread(&"its index"))?;
        while let Some(first) = rest.first().copied() {
            if first.bytes > LARGEST {
                return Err(unread(&"its index"));
            }
            let mut end = first.at;
            let lies_on = |sample: &&Sample| {
                let fits = sample.at == end && end + u64::from(sample.bytes) - first.at <= u64::from(TOGETHER);
                end += u64::from(sample.bytes);
                fits
            };
            let count = rest.iter().take_while(lies_on).count().max(1);
            let (run, after) = rest.split_at(count);
            let mut bytes = vec![0; run.iter().map(|sample| sample.bytes as usize).sum()];
            read_at(&mut self.file, first.at, &mut bytes)?;
            let mut left = &bytes[..];
            for sample in run {
                let (this, more) = left.split_at(sample.bytes as usize);
                take(this);
                left = more;
            }
            rest = after;
        }
        Ok(())
    }
}

fn read_at(file: &mut BlobReader, at: u64, bytes: &mut [u8]) -> Result<()> {
    file.seek(SeekFrom::Start(at)).map_err(|e| unread(&e))?;
    file.read_exact(bytes).map_err(|e| unread(&e))
}

fn unread(why: &dyn std::fmt::Display) -> StageError {
    StageError::permanent(format!("The film cannot be read: {why}. Render it again, or `studio store check`"))
        .code("verify.samples")
}

/// Where they lie, from the tables of sizes, of chunks and of where chunks begin.
fn samples(moov: &[u8], kind: [u8; 4]) -> Option<Vec<Sample>> {
    let is_wanted = |trak: &&[u8]| {
        let handler = mp4::child(trak, &[b"mdia", b"hdlr"]).and_then(|hdlr| hdlr.get(8..12));
        handler == Some(&kind)
    };
    let trak = mp4::boxes(moov).filter(|b| &b.0 == b"trak").map(|b| b.1).find(is_wanted)?;
    let table = mp4::child(trak, &[b"mdia", b"minf", b"stbl"])?;
    let sizes = sizes(mp4::child(table, &[b"stsz"])?)?;
    let chunks = chunks(table)?;
    let runs = mp4::child(table, &[b"stsc"])?;
    let run = |i: usize| Some((mp4::be32(runs, 8 + i * 12)? as usize, mp4::be32(runs, 12 + i * 12)? as usize));
    let (mut samples, mut next) = (Vec::with_capacity(sizes.len()), 0);
    let count = mp4::be32(runs, 4)? as usize;
    for i in 0..count {
        let (first, each) = run(i)?;
        let end = run(i + 1).filter(|_| i + 1 < count).map_or(chunks.len() + 1, |(next, _)| next);
        for chunk in first..end.min(chunks.len() + 1) {
            let mut at = *chunks.get(chunk.checked_sub(1)?)?;
            for _ in 0..each {
                let Some(bytes) = sizes.get(next).copied() else { return Some(samples) };
                samples.push(Sample { at, bytes });
                at += u64::from(bytes);
                next += 1;
            }
        }
    }
    (next == sizes.len()).then_some(samples)
}

fn sizes(stsz: &[u8]) -> Option<Vec<u32>> {
    let (all, count) = (mp4::be32(stsz, 4)?, mp4::be32(stsz, 8)? as usize);
    if all > 0 {
        return (count <= 10_000_000).then(|| vec![all; count]);
    }
    let listed = stsz.get(12..12 + count.checked_mul(4)?)?;
    Some(listed.chunks_exact(4).filter_map(|c| mp4::be32(c, 0)).collect())
}

fn chunks(table: &[u8]) -> Option<Vec<u64>> {
    if let Some(short) = mp4::child(table, &[b"stco"]) {
        return Some(short.get(8..)?.chunks_exact(4).filter_map(|c| mp4::be32(c, 0)).map(u64::from).collect());
    }
    let long = mp4::child(table, &[b"co64"])?;
    Some(long.get(8..)?.chunks_exact(8).filter_map(|c| mp4::be64(c, 0)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bx(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
        [&(body.len() as u32 + 8).to_be_bytes()[..], &kind, body].concat()
    }

    fn table(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn samples_are_found_through_their_chunks() {
        // Two chunks of two samples and one of one.
        let stbl = [
            bx(*b"stsz", &table(&[0, 0, 5, 10, 20, 30, 40, 50])),
            bx(*b"stsc", &table(&[0, 2, 1, 2, 1, 3, 1, 1])),
            bx(*b"stco", &table(&[0, 3, 1000, 2000, 3000])),
        ]
        .concat();
        let hdlr = bx(*b"hdlr", &[&[0; 8][..], b"vide", &[0; 12]].concat());
        let mdia = bx(*b"mdia", &[hdlr, bx(*b"minf", &bx(*b"stbl", &stbl))].concat());
        let found = samples(&bx(*b"trak", &mdia), *b"vide").unwrap();
        let at: Vec<(u64, u32)> = found.iter().map(|s| (s.at, s.bytes)).collect();
        assert_eq!(at, [(1000, 10), (1010, 20), (2000, 30), (2030, 40), (3000, 50)]);
        assert_eq!(samples(b"\0\0\0\x08trak", *b"vide"), None);
    }
}
