//! Was each frame encoded once? The film is compared with the pieces that it was copied together from, coded picture by
//! coded picture: what is equal to the byte was not encoded again.

use std::ops::Range;

use studio_plugin_sdk::{
    error::Result,
    prelude::Cx,
    roles::{render::Film, verify::Check},
};

use super::{
    report::{Detail, count, fail, pass, skipped},
    samples::Samples,
};

const NAME: &str = "single_generation";
/// Pictures that are compared together, and without a rest.
const TOGETHER: usize = 150;
const STRETCH: usize = 1000;

/// Compares the film with its pieces.
///
/// # Errors
/// A blob that cannot be read.
pub async fn check(cx: &Cx, film: &Film) -> Result<Check> {
    if film.pieces.is_empty() {
        let message = "nothing tells what the pictures were copied from; films that `render` makes carry it";
        return Ok(skipped(NAME, message));
    }
    let mut whole = Samples::open(cx, &film.video, *b"vide")?;
    let (mut at, wanted) = (0, film.pieces.iter().map(|piece| piece.frames as usize).sum::<usize>());
    if whole.count() != wanted {
        let message = format!("it has {} frames and its pieces have {wanted}", whole.count());
        return Ok(other(&message).number(whole.count() as f64, wanted as f64, "frames"));
    }
    for (n, piece) in film.pieces.iter().enumerate() {
        let Ok(mut part) = Samples::open(cx, &piece.video, *b"vide") else {
            return Ok(skipped(NAME, format!("piece {} is not there to compare with any more", n + 1)));
        };
        if part.count() != piece.frames as usize {
            return Ok(other(&format!("piece {} has {} frames, not {}", n + 1, part.count(), piece.frames)));
        }
        for first in (0..part.count()).step_by(TOGETHER) {
            let frames = TOGETHER.min(part.count() - first);
            let theirs = Coded::of(&mut part, first..first + frames)?;
            let ours = Coded::of(&mut whole, at..at + frames)?;
            if let Some(frame) = ours.differs(&theirs) {
                return Ok(other(&format!("frame {} is not the frame that piece {} holds", at + frame, n + 1)));
            }
            at += frames;
            if at % STRETCH < frames {
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

/// What is coded of some pictures.
#[derive(Debug, Default, PartialEq)]
struct Coded {
    bytes: Vec<u8>,
    /// Where in these each picture ends.
    ends: Vec<usize>,
}

impl Coded {
    fn of(samples: &mut Samples, range: Range<usize>) -> Result<Self> {
        let mut coded = Self::default();
        samples.each(range, |picture| coded.push(picture))?;
        Ok(coded)
    }

    /// Adds what is coded of an H.264 picture, without headers and notes: joining adds and drops those. Its slices are the
    /// units of types 1 to 5, each after its length in four bytes.
    fn push(&mut self, mut picture: &[u8]) {
        while let Some((head, rest)) = picture.split_first_chunk::<4>() {
            let length = (u32::from_be_bytes(*head) as usize).min(rest.len());
            let (unit, after) = rest.split_at(length);
            if unit.first().is_some_and(|first| (1..=5).contains(&(first & 31))) {
                self.bytes.extend_from_slice(unit);
            }
            picture = after;
        }
        self.ends.push(self.bytes.len());
    }

    /// The first picture that is another one there; none: all are the same.
    fn differs(&self, other: &Self) -> Option<usize> {
        if self == other {
            return None;
        }
        let picture = |coded: &Self, n: usize| {
            let start = n.checked_sub(1).map_or(0, |before| coded.ends[before]);
            coded.bytes[start..coded.ends[n]].to_vec()
        };
        let both = self.ends.len().min(other.ends.len());
        Some((0..both).find(|n| picture(self, *n) != picture(other, *n)).unwrap_or(both))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_notes_do_not_count() {
        let unit = |kind: u8, body: &[u8]| [&(body.len() as u32 + 1).to_be_bytes()[..], &[kind], body].concat();
        let bare = unit(0x65, b"picture");
        let dressed = [unit(0x67, b"sps"), unit(0x68, b"pps"), unit(0x06, b"note"), bare.clone()].concat();
        let coded = |pictures: &[&[u8]]| {
            let mut coded = Coded::default();
            pictures.iter().for_each(|picture| coded.push(picture));
            coded
        };
        let (second, third) = (unit(0x41, b"second"), unit(0x41, b"third"));
        assert_eq!(coded(&[&bare, &second]).differs(&coded(&[&dressed, &second])), None);
        assert_eq!(coded(&[&bare, &second]).differs(&coded(&[&dressed, &third])), Some(1));
        assert_eq!(coded(&[&bare]).differs(&coded(&[&bare, &third])), Some(1));
        // The same bytes in other pictures.
        assert_eq!(coded(&[&bare, &[]]).differs(&coded(&[&[], &bare])), Some(0));
        assert_eq!(coded(&[&[0, 0, 0, 99, 0x65, 1]]).bytes, [0x65, 1]);
    }
}
