//! Was each frame encoded once? The film is compared with the pieces that it was copied together from, coded picture by
//! coded picture: what is equal to the byte was not encoded again.

use std::io::{Read, Seek, SeekFrom};

use studio_plugin_sdk::{
    blob::Blob,
    error::{Result, StageError},
    prelude::{BlobReader, Cx},
    roles::{render::Film, verify::Check},
};

use super::report::{Detail, count, fail, pass, skipped};
use crate::mp4;

const NAME: &str = "single_generation";
/// Largest coded picture that is read, in bytes.
const LARGEST: u32 = 64 << 20;
/// Pictures that are compared without a rest.
const STRETCH: usize = 1000;

/// Where a coded picture lies in its file.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sample {
    at: u64,
    bytes: u32,
}

/// Compares the film with its pieces.
///
/// # Errors
/// A blob that cannot be read.
pub async fn check(cx: &Cx, film: &Film) -> Result<Check> {
    if film.pieces.is_empty() {
        let message = "nothing tells what the pictures were copied from; films that `render` makes carry it";
        return Ok(skipped(NAME, message));
    }
    let mut whole = Pictures::open(cx, &film.video)?;
    let (mut at, wanted) = (0, film.pieces.iter().map(|piece| piece.frames as usize).sum::<usize>());
    if whole.samples.len() != wanted {
        let message = format!("it has {} frames and its pieces have {wanted}", whole.samples.len());
        return Ok(other(&message).number(whole.samples.len() as f64, wanted as f64, "frames"));
    }
    for (n, piece) in film.pieces.iter().enumerate() {
        let Ok(mut part) = Pictures::open(cx, &piece.video) else {
            return Ok(skipped(NAME, format!("piece {} is not there to compare with any more", n + 1)));
        };
        if part.samples.len() != piece.frames as usize {
            return Ok(other(&format!("piece {} has {} frames, not {}", n + 1, part.samples.len(), piece.frames)));
        }
        for i in 0..part.samples.len() {
            if whole.coded(at)? != part.coded(i)? {
                return Ok(other(&format!("frame {at} is not the frame that piece {} holds", n + 1)));
            }
            at += 1;
            if at % STRETCH == 0 {
                cx.yield_now().await?;
            }
        }
    }
    let pieces = count(film.pieces.len(), "piece", "pieces");
    Ok(pass(NAME, format!("all {wanted} frames are those of {pieces}, to the byte: none was encoded twice")))
}

fn other(what: &str) -> Check {
    fail(NAME, what, "the file was encoded again, or changed: render it again")
}

/// The coded pictures of a file.
struct Pictures {
    file: BlobReader,
    samples: Vec<Sample>,
}

impl Pictures {
    fn open(cx: &Cx, blob: &Blob) -> Result<Self> {
        let mut file = cx.open_blob(blob)?;
        let moov = mp4::moov(&mut file).map_err(|e| unread(&e))?.0;
        let samples = samples(&moov).ok_or_else(|| unread(&"its index is damaged"))?;
        Ok(Self { file, samples })
    }

    /// What is coded of picture `n`, without headers and notes: joining adds and drops those.
    fn coded(&mut self, n: usize) -> Result<Vec<u8>> {
        let sample = self.samples.get(n).copied().filter(|s| s.bytes <= LARGEST).ok_or_else(|| unread(&"a frame"))?;
        let mut bytes = vec![0; sample.bytes as usize];
        self.file.seek(SeekFrom::Start(sample.at)).map_err(|e| unread(&e))?;
        self.file.read_exact(&mut bytes).map_err(|e| unread(&e))?;
        Ok(slices(&bytes))
    }
}

fn unread(why: &dyn std::fmt::Display) -> StageError {
    StageError::permanent(format!("The film's pictures cannot be read: {why}")).code("verify.pictures")
}

/// The slices of an H.264 picture: units of types 1 to 5, each after its length in four bytes.
fn slices(mut bytes: &[u8]) -> Vec<u8> {
    let mut found = Vec::with_capacity(bytes.len());
    while let Some((head, rest)) = bytes.split_first_chunk::<4>() {
        let length = (u32::from_be_bytes(*head) as usize).min(rest.len());
        let (unit, after) = rest.split_at(length);
        if unit.first().is_some_and(|first| (1..=5).contains(&(first & 31))) {
            found.extend_from_slice(unit);
        }
        bytes = after;
    }
    found
}

/// Where the pictures of an H.264 track lie, from the tables of sizes, of chunks and of where chunks begin.
fn samples(moov: &[u8]) -> Option<Vec<Sample>> {
    let is_picture = |trak: &&[u8]| {
        let handler = mp4::child(trak, &[b"mdia", b"hdlr"]).and_then(|hdlr| hdlr.get(8..12));
        handler == Some(b"vide")
    };
    let trak = mp4::boxes(moov).filter(|b| &b.0 == b"trak").map(|b| b.1).find(is_picture)?;
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
    fn pictures_are_found_through_their_chunks() {
        // Two chunks of two pictures and one of one.
        let stbl = [
            bx(*b"stsz", &table(&[0, 0, 5, 10, 20, 30, 40, 50])),
            bx(*b"stsc", &table(&[0, 2, 1, 2, 1, 3, 1, 1])),
            bx(*b"stco", &table(&[0, 3, 1000, 2000, 3000])),
        ]
        .concat();
        let hdlr = bx(*b"hdlr", &[&[0; 8][..], b"vide", &[0; 12]].concat());
        let mdia = bx(*b"mdia", &[hdlr, bx(*b"minf", &bx(*b"stbl", &stbl))].concat());
        let found = samples(&bx(*b"trak", &mdia)).unwrap();
        let at: Vec<(u64, u32)> = found.iter().map(|s| (s.at, s.bytes)).collect();
        assert_eq!(at, [(1000, 10), (1010, 20), (2000, 30), (2030, 40), (3000, 50)]);
        assert_eq!(samples(b"\0\0\0\x08trak"), None);
    }

    #[test]
    fn headers_and_notes_do_not_count() {
        let unit = |kind: u8, body: &[u8]| [&(body.len() as u32 + 1).to_be_bytes()[..], &[kind], body].concat();
        let bare = unit(0x65, b"picture");
        let dressed = [unit(0x67, b"sps"), unit(0x68, b"pps"), unit(0x06, b"note"), bare.clone()].concat();
        assert_eq!(slices(&bare), slices(&dressed));
        assert_ne!(slices(&bare), slices(&unit(0x65, b"another")));
        assert_eq!(slices(&[0, 0, 0, 99, 0x65, 1]), [0x65, 1]);
    }
}
