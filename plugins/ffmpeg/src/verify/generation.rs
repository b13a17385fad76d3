//! Was each frame encoded once? The film is compared with the pieces that it was copied together from, coded picture by
//! coded picture: what is equal to the byte was not encoded again.

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
/// Pictures that are compared without a rest.
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
        for i in 0..part.count() {
            if slices(&whole.read(at)?) != slices(&part.read(i)?) {
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

/// What is coded of an H.264 picture, without headers and notes: joining adds and drops those. Its slices are the units of
/// types 1 to 5, each after its length in four bytes.
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

#[cfg(test)]
mod tests {
    use super::*;

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
