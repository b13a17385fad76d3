//! Looks at the pictures of a film that is made of known pieces, a piece or a few at a time: each of these looks is kept,
//! so that after an edit only what changed is decoded again.

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use studio_plugin_sdk::{
    error::{Result, StageError},
    prelude::{Cx, secs, try_join_all},
    roles::{
        rank::Span,
        render::{Film, FilmPiece},
    },
    timeline::Rate,
    wire::Exit,
};

use super::measure::{
    BLACK_LEAST, FROZEN_LEAST, FROZEN_NOISE, PICTURE, SMALL, Seen, complaints, follow, pictures, stretches, text,
};
use crate::{film::piece, piece::Piece, sound};

/// Pieces are looked at together until they have so many frames: transitions with the body after them. So an edit changes
/// what is looked at together only where it is.
const LEAST: u32 = 45;
/// Shorter stretches than this are not told of one look, in seconds: they may go on in the next.
const SHORT: f64 = 0.02;
const SHORT_FROZEN: f64 = 0.25;
/// A frame in small, in pixels.
const THUMB_WIDTH: usize = 32;
const THUMB_HEIGHT: usize = 18;
const RAW: &str = "application/octet-stream";

/// Some pieces of a film, one after another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// Frames a second.
    pub rate: Rate,
    /// The pieces.
    pub pieces: Vec<FilmPiece>,
}

impl Look {
    /// How many frames they have.
    pub fn frames(&self) -> u32 {
        self.pieces.iter().map(|piece| piece.frames).sum()
    }
}

/// What was seen of them, in seconds from the first one's start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Looked {
    black: Vec<Span>,
    frozen: Vec<Span>,
    /// The first frame and the last one, small: whether the picture stays where the next look begins.
    #[serde(default)]
    ends: [String; 2],
    complaints: Vec<String>,
}

/// Looks at some pieces: a file of what was seen.
///
/// # Errors
/// What the host says.
pub async fn look(cx: &Cx, look: &Look) -> Result<Film> {
    let (frames, seconds) = (look.frames(), look.rate.seconds(look.frames()));
    let mut command = sound::loud_ffmpeg().args(["-v", "level+info", "-f", "concat", "-i", "{in}/list.txt"]);
    command = command.input("list.txt", list(look));
    for (n, piece) in look.pieces.iter().enumerate() {
        command = command.input(name(n), &piece.video);
    }
    let graph = format!(
        "[0:v:0]trim=end_frame={frames},{SMALL},split[a][b];[a]{};\
         [b]select=eq(n\\,0)+eq(n\\,{}),scale={THUMB_WIDTH}:{THUMB_HEIGHT}:flags=area,format=gray[ends]",
        pictures(SHORT, SHORT_FROZEN),
        frames.saturating_sub(1)
    );
    command = command.args(["-filter_complex", &graph, "-fps_mode", "passthrough"]);
    command = command.args(["-map", "[picture]", "-f", "null", "-"]).maybe_output(PICTURE, "text/plain");
    command = command.args(["-map", "[ends]", "-f", "rawvideo", "{out}/ends"]).maybe_output("ends", RAW);
    let timeout = secs(600 + seconds as u64);
    let exit = cx.exec(command.threads(1).timeout(timeout)).await?;
    let picture = text(cx, &exit, PICTURE)?;
    let looked = Looked {
        black: stretches(&picture, "lavfi.black_start", "lavfi.black_end", seconds),
        frozen: stretches(&picture, "lavfi.freezedetect.freeze_start", "lavfi.freezedetect.freeze_end", seconds),
        ends: ends(cx, &exit)?,
        complaints: complaints(&exit),
    };
    let json = serde_json::to_vec(&looked).map_err(|e| unread(&e))?;
    let video = cx.write_blob("application/json", &json)?;
    Ok(Film { video, frames, ..Film::default() })
}

/// The first frame and the last one, in hexadecimal; empty where there was none.
fn ends(cx: &Cx, exit: &Exit) -> Result<[String; 2]> {
    let bytes = match exit.outputs.get("ends") {
        Some(blob) if blob.bytes > 0 => cx.read_blob(blob)?,
        _ => Vec::new(),
    };
    let frame = |bytes: &[u8]| bytes.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let frames: Vec<&[u8]> = bytes.chunks_exact(THUMB_WIDTH * THUMB_HEIGHT).collect();
    Ok([frames.first(), frames.last()].map(|found| found.map_or_else(String::new, |bytes| frame(bytes))))
}

/// Is it the same picture? Averages over small areas are compared, which are hardly other where it was encoded anew.
fn is_same(a: &str, b: &str) -> bool {
    let levels = |hex: &str| -> Vec<u8> {
        hex.as_bytes().chunks(2).filter_map(|two| u8::from_str_radix(str::from_utf8(two).ok()?, 16).ok()).collect()
    };
    let (a, b) = (levels(a), levels(b));
    let apart: u32 = a.iter().zip(&b).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
    !a.is_empty() && a.len() == b.len() && f64::from(apart) / (a.len() as f64 * 255.0) < FROZEN_NOISE
}

/// What is seen of a film's pictures, by its pieces.
///
/// # Errors
/// What the host says.
pub async fn by_pieces(cx: &Cx, film: &Film, rate: Rate) -> Result<Seen> {
    let looks = looks(&film.pieces, rate);
    let calls = looks.iter().enumerate().map(|(n, look)| async move {
        let (id, label) = (format!("look-{}", n + 1), format!("looking at the film, part {}", n + 1));
        let found = piece(cx, &id, &label, &Piece::Look(look.clone())).await?;
        let bytes = cx.read_blob(&found.video)?;
        serde_json::from_slice::<Looked>(&bytes).map_err(|e| unread(&e))
    });
    let found: Vec<Looked> = try_join_all(calls).await?;
    let mut seen = Seen::default();
    let (mut start, near, mut last) = (0, rate.seconds(1) / 2.0, String::new());
    for (look, looked) in looks.iter().zip(found) {
        let at = rate.seconds(start);
        let [first, end] = looked.ends;
        follow(&mut seen.black, &looked.black, at, Some(near));
        follow(&mut seen.frozen, &looked.frozen, at, is_same(&last, &first).then_some(near));
        seen.complaints.extend(looked.complaints);
        start += look.frames();
        last = end;
    }
    seen.black.retain(|span| span.end - span.start >= BLACK_LEAST);
    seen.frozen.retain(|span| span.end - span.start >= FROZEN_LEAST);
    Ok(seen)
}

/// What was seen is not guessed: a film passes only what was looked at.
fn unread(e: &serde_json::Error) -> StageError {
    StageError::permanent(format!(
        "What was seen of the film cannot be read: {e}. Check the store: `studio store check`."
    ))
    .code("verify.look")
}

/// What is looked at together.
fn looks(pieces: &[FilmPiece], rate: Rate) -> Vec<Look> {
    let mut looks: Vec<Look> = Vec::new();
    let mut open: Vec<FilmPiece> = Vec::new();
    for (n, piece) in pieces.iter().enumerate() {
        open.push(piece.clone());
        let frames: u32 = open.iter().map(|piece| piece.frames).sum();
        if frames >= LEAST || n + 1 == pieces.len() {
            looks.push(Look { rate, pieces: std::mem::take(&mut open) });
        }
    }
    looks
}

/// The list that FFmpeg's concat reads.
fn list(look: &Look) -> String {
    let mut list = String::from("ffconcat version 1.0\n");
    for (n, piece) in look.pieces.iter().enumerate() {
        let _ = writeln!(list, "file {}\nduration {:.6}", name(n), look.rate.seconds(piece.frames));
    }
    list
}

fn name(n: usize) -> String {
    format!("piece-{n:04}.mp4")
}

#[cfg(test)]
mod tests {
    use studio_plugin_sdk::blob::Blob;

    use super::*;

    fn span(start: f64, end: f64) -> Span {
        Span { start, end }
    }

    #[test]
    fn stretches_go_on_over_looks_where_the_picture_is_the_same() {
        let near = Some(1.0 / 60.0);
        let mut spans = Vec::new();
        follow(&mut spans, &[span(1.0, 2.0)], 0.0, near);
        follow(&mut spans, &[span(0.0, 1.0), span(1.5, 2.0)], 2.0, near);
        assert_eq!(spans, [span(1.0, 3.0), span(3.5, 4.0)]);
        // Another picture that stands still.
        follow(&mut spans, &[span(0.0, 0.5)], 4.0, None);
        assert_eq!(spans.len(), 3);
        // One that began to stand still later.
        follow(&mut spans, &[span(0.2, 0.5)], 4.5, near);
        assert_eq!(spans.len(), 4);
    }

    #[test]
    fn pictures_are_the_same_but_for_noise() {
        let picture = |level: u8| format!("{level:02x}").repeat(576);
        assert!(is_same(&picture(80), &picture(80)));
        assert!(!is_same(&picture(80), &picture(81)) && !is_same(&picture(80), ""));
        assert!(!is_same("", ""), "what was not seen is not known");
        let noisy = picture(80).replacen("50", "51", 70);
        assert!(is_same(&picture(80), &noisy));
        assert!(!is_same(&picture(80), "zz"));
    }

    #[test]
    fn an_edit_changes_what_is_looked_at_together_only_where_it_is() {
        let piece =
            |(name, frames): (&str, u32)| FilmPiece { video: Blob { blob: name.into(), ..Blob::default() }, frames };
        let pieces: Vec<FilmPiece> =
            [("a", 90), ("ab", 15), ("b", 60), ("bc", 15), ("c", 45), ("cd", 15)].map(piece).into();
        let before = looks(&pieces, Rate::fps(30));
        assert_eq!(before.iter().map(|look| look.pieces.len()).collect::<Vec<_>>(), [1, 2, 2, 1]);
        let mut edited = pieces;
        edited.insert(1, piece(("new", 80)));
        let after = looks(&edited, Rate::fps(30));
        assert_eq!((&after[0], &after[2..]), (&before[0], &before[1..]));
    }
}
