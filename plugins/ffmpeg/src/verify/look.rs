//! Looks at the pictures of a film that is made of known pieces, a piece or a few at a time: each of these looks is kept,
//! so that after an edit only what changed is decoded again.

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use studio_plugin_sdk::{
    blob::Blob,
    error::{Result, StageError},
    prelude::{Cx, secs, try_join_all},
    roles::{
        rank::Span,
        render::{Film, FilmPiece},
    },
    timeline::Rate,
};

use super::measure::{BLACK_LEAST, FROZEN_LEAST, PICTURE, Seen, complaints, pictures, stretches, text};
use crate::{film::piece, piece::Piece, sound};

/// Pieces are looked at together until they have so many frames: transitions with the body after them. So an edit changes
/// what is looked at together only where it is.
const LEAST: u32 = 45;
/// Shorter stretches than this are not told of one look, in seconds: they may go on in the next.
const SHORT: f64 = 0.02;
const SHORT_FROZEN: f64 = 0.25;

/// Some pieces of a film, one after another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// Frames a second.
    pub rate: Rate,
    /// The pieces.
    pub pieces: Vec<FilmPiece>,
    /// The one after them: its first frame tells whether the picture stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Blob>,
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
    complaints: Vec<String>,
}

/// Looks at some pieces: a file of what was seen.
///
/// # Errors
/// What the host says.
pub async fn look(cx: &Cx, look: &Look) -> Result<Film> {
    let frames = look.frames() + u32::from(look.next.is_some());
    let seconds = look.rate.seconds(frames);
    let mut command = sound::loud_ffmpeg().args(["-v", "level+info", "-f", "concat", "-i", "{in}/list.txt"]);
    command = command.input("list.txt", list(look));
    for (n, piece) in look.pieces.iter().enumerate() {
        command = command.input(name(n), &piece.video);
    }
    if let Some(next) = &look.next {
        command = command.input(name(look.pieces.len()), next);
    }
    let graph = format!("[0:v:0]trim=end_frame={frames},{}", pictures(SHORT, SHORT_FROZEN));
    command = command.args(["-filter_complex", &graph, "-map", "[picture]"]).maybe_output(PICTURE, "text/plain");
    command = command.args(["-fps_mode", "passthrough", "-f", "null", "-"]);
    let timeout = secs(600 + seconds as u64);
    let exit = cx.exec(command.threads(1).timeout(timeout)).await?;
    let picture = text(cx, &exit, PICTURE)?;
    let looked = Looked {
        black: stretches(&picture, "lavfi.black_start", "lavfi.black_end", seconds),
        frozen: stretches(&picture, "lavfi.freezedetect.freeze_start", "lavfi.freezedetect.freeze_end", seconds),
        complaints: complaints(&exit),
    };
    let json = serde_json::to_vec(&looked).map_err(|e| unread(&e))?;
    let video = cx.write_blob("application/json", &json)?;
    Ok(Film { video, frames: look.frames(), ..Film::default() })
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
    let (mut start, frame) = (0, rate.seconds(1));
    for (look, looked) in looks.iter().zip(found) {
        let at = rate.seconds(start);
        follow(&mut seen.black, &looked.black, at, frame);
        follow(&mut seen.frozen, &looked.frozen, at, frame);
        seen.complaints.extend(looked.complaints);
        start += look.frames();
    }
    let end = rate.seconds(start);
    for spans in [&mut seen.black, &mut seen.frozen] {
        spans.iter_mut().for_each(|span| span.end = span.end.min(end));
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
            let next = pieces.get(n + 1).map(|piece| piece.video.clone());
            looks.push(Look { rate, pieces: std::mem::take(&mut open), next });
        }
    }
    looks
}

/// Adds what comes later. What lasts until the first frame of the next look, and is there from that one's start, is one.
fn follow(spans: &mut Vec<Span>, next: &[Span], at: f64, frame: f64) {
    for span in next {
        let span = Span { start: span.start + at, end: span.end + at };
        match spans.last_mut() {
            Some(last) if last.end > at + frame / 2.0 && span.start < at + frame / 2.0 => last.end = span.end,
            _ => spans.push(span),
        }
    }
}

/// The list that FFmpeg's concat reads; of the last file only the first frame is wanted.
fn list(look: &Look) -> String {
    let mut list = String::from("ffconcat version 1.0\n");
    for (n, piece) in look.pieces.iter().enumerate() {
        let _ = writeln!(list, "file {}\nduration {:.6}", name(n), look.rate.seconds(piece.frames));
    }
    if look.next.is_some() {
        let _ = writeln!(list, "file {}\noutpoint {:.6}", name(look.pieces.len()), look.rate.seconds(1));
    }
    list
}

fn name(n: usize) -> String {
    format!("piece-{n:04}.mp4")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: f64, end: f64) -> Span {
        Span { start, end }
    }

    #[test]
    fn stretches_go_on_over_looks_only_where_the_next_frame_is_the_same() {
        let frame = 1.0 / 30.0;
        let mut spans = Vec::new();
        // Up to the first frame of the next look …
        follow(&mut spans, &[span(1.0, 2.0 + frame)], 0.0, frame);
        follow(&mut spans, &[span(0.0, 1.0), span(1.5, 2.0)], 2.0, frame);
        assert_eq!(spans, [span(1.0, 3.0), span(3.5, 4.0)]);
        // … and up to its own last frame: the next one is another picture.
        follow(&mut spans, &[span(0.0, 0.5)], 4.0, frame);
        assert_eq!(spans.len(), 3);
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
        assert_ne!(after[0], before[0], "what comes after it is another picture");
        assert_eq!(after[2..], before[1..]);
    }
}
