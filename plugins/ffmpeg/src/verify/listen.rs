//! Hears the sound of a film a part at a time: each of these is kept, so that after an edit only what sounds otherwise is
//! decoded again. Parts are cut from the film itself, packet by packet. Where they are, to the byte, the ones that were
//! heard when the sound was made, they are not heard twice.

use serde::{Deserialize, Serialize};
use studio_plugin_sdk::{
    blob::Blob,
    error::{Result, StageError},
    prelude::{Cx, secs, try_join_all},
    roles::{
        rank,
        render::{Film, SoundPiece},
    },
};

use super::{
    measure::{self, CLIPPED, SILENT_LEAST, SOUND, Seen, WINDOW, complaints},
    samples::Samples,
};
use crate::{
    film::piece,
    mp4,
    piece::Piece,
    sound::{self, Levels, RATE, adts, grid},
};

/// Shorter silences than this are not told of one part, in seconds: they may go on in the next.
const SHORT: f64 = 0.02;

/// Some of a film's sound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// Packets of AAC.
    pub sound: Blob,
    /// How many of them only lead to what is heard.
    pub lead: u64,
    /// Samples that are heard.
    pub samples: u64,
}

/// What was heard in it, in seconds from its start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listened {
    levels: Levels,
    silent: Vec<rank::Span>,
    clipped: Vec<rank::Span>,
    complaints: Vec<String>,
}

/// Hears a part. There is no file of it: what was heard stands where films have their codec's header.
///
/// # Errors
/// What the host says; `sound.measure`: FFmpeg printed no loudness.
pub async fn listen(cx: &Cx, wanted: &Listen) -> Result<Film> {
    let heard = grid::Counted::after(wanted.lead);
    let (start, end) = (heard.start, heard.start.saturating_add(wanted.samples));
    let graph = format!(
        "[0:a:0]asplit[a][b];[a]atrim=start_sample={}:end_sample={end},asetpts=PTS-STARTPTS,{},anullsink;\
         [b]atrim=start_sample={start}:end_sample={end},asetpts=PTS-STARTPTS,asplit[c][d];[c]{}[silent];[d]{}[full]",
        heard.from,
        sound::meter(sound::LEVELS, true),
        measure::silent(SHORT),
        measure::clipped()
    );
    let command = sound::loud_ffmpeg().args(["-v", "level+info", "-protocol_whitelist", "file", "-f", "aac"]);
    let command = command.args(["-i", "{in}/sound", "-filter_complex", &graph, "-map", "[silent]", "-map", "[full]"]);
    let command = command.args(["-f", "null", "-"]).input("sound", &wanted.sound).output(sound::LEVELS, "text/plain");
    let command = command.maybe_output(SOUND, "text/plain").maybe_output(CLIPPED, "text/plain");
    let seconds = wanted.samples as f64 / f64::from(RATE);
    let exit = cx.exec(command.threads(1).timeout(secs(600 + seconds as u64))).await?;
    let (silent, clipped) = measure::heard(cx, &exit, seconds)?;
    let levels = sound::levels(cx, &exit, heard.uncounted)?;
    let listened = Listened { levels, silent, clipped, complaints: complaints(&exit) };
    let header = serde_json::to_string(&listened).map_err(|e| unread(&e))?;
    Ok(Film { header, ..Film::default() })
}

/// What is heard of a film whose sound is AAC as `render` makes it; none: it is not, and has to be heard in one.
///
/// # Errors
/// What the host says.
pub async fn by_parts(cx: &Cx, film: &Film) -> Result<Option<Seen>> {
    let Some(total) = length(cx, &film.video) else { return Ok(None) };
    let Ok(mut samples) = Samples::open(cx, &film.video, *b"soun") else { return Ok(None) };
    let packets = grid::packets(total);
    let whole = [SoundPiece { packets, pause: 0 }];
    let told = if film.sound_pieces.is_empty() { &whole[..] } else { &film.sound_pieces };
    let all = told.iter().try_fold(0u64, |all, piece| all.checked_add(piece.packets));
    if samples.count() as u64 != packets
        || all != Some(packets)
        || told.iter().any(|piece| piece.pause >= piece.packets)
    {
        return Ok(None);
    }
    let cut = |part: &Cut| {
        let mut stream = Vec::new();
        let range = (part.first - part.lead) as usize..(part.first + part.packets) as usize;
        samples.each(range, |packet| adts::push(&mut stream, packet))?;
        Ok(stream)
    };
    Ok(Some(together(heard(cx, told, (total, 1), cut).await?)))
}

/// How loud the parts are that a sound of so many samples was encoded in, before they are joined: the same pieces as
/// of the finished film. Those of another `attempt` have other names.
///
/// # Errors
/// What the host says; `sound.packets`: they are not the parts of such a sound.
pub async fn of_parts(
    cx: &Cx,
    parts: &[Blob],
    told: &[SoundPiece],
    (total, attempt): (u64, usize),
) -> Result<Vec<Levels>> {
    let (mut parts, mut before) = (parts.iter().zip(told), (Vec::new(), 0));
    let cut = |part: &Cut| {
        let (file, told) = parts.next().ok_or_else(sound::too_few)?;
        let packets = |bytes: &[u8], skip, count| adts::cut(bytes, skip, count).ok_or_else(sound::too_few);
        let bytes = cx.read_blob(file)?;
        let lead = packets(&before.0, before.1 - part.lead, part.lead)?;
        let stream = [&before.0[lead], &bytes[packets(&bytes, 0, part.packets)?]].concat();
        // What lies before the next one; of this one alone, if it has enough of it.
        let in_film = &bytes[packets(&bytes, 0, told.packets)?];
        let all = (before.1 + told.packets, [&before.0[..], in_film].concat());
        let kept = all.0.min(grid::HEARD_BEFORE);
        before = (all.1[packets(&all.1, all.0 - kept, kept)?].to_vec(), kept);
        Ok(stream)
    };
    Ok(heard(cx, told, (total, attempt), cut).await?.into_iter().map(|(_, heard)| heard.levels).collect())
}

/// Packets of a film that are heard together.
struct Cut {
    /// How many before them are decoded with them.
    lead: u64,
    /// Which of the film's is the first that is heard.
    first: u64,
    packets: u64,
}

/// Cuts a sound into its parts, and has each heard: where in seconds it starts, and what was heard. A pause at the end of
/// a part is not listened to: how long it is depends on where the next one begins.
async fn heard(
    cx: &Cx,
    told: &[SoundPiece],
    (total, attempt): (u64, usize),
    mut cut: impl FnMut(&Cut) -> Result<Vec<u8>>,
) -> Result<Vec<(f64, Listened)>> {
    let (mut parts, mut next) = (Vec::new(), 0);
    let sample = |packet: u64| (packet.max(1) - 1).saturating_mul(grid::FRAME).min(total);
    for piece in told {
        let (lead, packets) = (grid::HEARD_BEFORE.min(next), piece.packets - piece.pause);
        let stream = cut(&Cut { lead, first: next, packets })?;
        let sound = cx.write_blob("audio/aac", &stream)?;
        let (start, end) = (sample(next), sample(next + packets));
        parts.push((start, Listen { sound, lead, samples: end - start }));
        next += piece.packets;
        cx.yield_now().await?;
    }
    let calls = parts.iter().enumerate().map(|(n, (at, part))| async move {
        let again = if attempt == 1 { String::new() } else { format!("-{attempt}") };
        let (id, label) = (format!("listen-{}{again}", n + 1), format!("listening, part {}", n + 1));
        let found = piece(cx, &id, &label, &Piece::Listen(part.clone())).await?;
        let heard: Listened = serde_json::from_str(&found.header).map_err(|e| unread(&e))?;
        Ok::<_, StageError>((*at as f64 / f64::from(RATE), heard))
    });
    try_join_all(calls).await
}

/// Samples of the film's sound; none: its packets are not as `render` writes them.
fn length(cx: &Cx, film: &Blob) -> Option<u64> {
    let index = mp4::read(&mut cx.open_blob(film).ok()?).ok()?;
    let track = index.tracks.iter().find(|track| track.kind == "soun")?;
    let frame = grid::FRAME;
    let (last, steps) = (track.steps.last()?, &track.steps[..track.steps.len() - 1]);
    let even = steps.iter().all(|step| u64::from(step.1) == frame) && (last.0 == 1 || u64::from(last.1) == frame);
    let plain = track.timescale == RATE && track.start.unsigned_abs() == frame && even;
    track.duration.checked_sub(frame).filter(|total| plain && *total > 0)
}

fn together(parts: Vec<(f64, Listened)>) -> Seen {
    let (mut seen, mut levels) = (Seen::default(), Vec::new());
    for (at, part) in parts {
        measure::follow(&mut seen.silent, &part.silent, at, Some(SHORT));
        measure::follow(&mut seen.clipped, &part.clipped, at, Some(WINDOW / 2.0));
        seen.complaints.extend(part.complaints);
        levels.push(part.levels);
    }
    seen.silent.retain(|span| span.end - span.start >= SILENT_LEAST);
    let loudness = levels.iter().sum::<Levels>().loudness();
    seen.loudness = (loudness.integrated > sound::SILENCE).then_some(loudness);
    seen
}

/// What was heard is not guessed: a film passes only what was listened to.
fn unread(e: &serde_json::Error) -> StageError {
    StageError::permanent(format!(
        "What was heard of the film cannot be read: {e}. Check the store: `studio store check`."
    ))
    .code("verify.listen")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: f64, end: f64) -> rank::Span {
        rank::Span { start, end }
    }

    fn part(blocks: &[(i32, u32)], silent: Vec<rank::Span>, clipped: Vec<rank::Span>) -> Listened {
        let levels = Levels { blocks: blocks.iter().copied().collect(), peak: -3.0 };
        Listened { levels, silent, clipped, complaints: Vec::new() }
    }

    #[test]
    fn what_goes_on_in_the_next_part_is_one_stretch() {
        let first = part(&[(-1400, 280)], vec![span(3.0, 3.5), span(28.2, 28.8)], vec![span(28.7, 28.8)]);
        let second = part(&[(-1400, 280)], vec![span(0.0, 0.5), span(9.0, 10.5)], vec![span(0.0, 0.1), span(0.3, 0.4)]);
        let seen = together(vec![(0.0, first), (28.8, second)]);
        let near = |a: &[rank::Span], b: &[(f64, f64)]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a.start - b.0).abs() + (a.end - b.1).abs() < 1e-6)
        };
        assert!(near(&seen.silent, &[(28.2, 29.3), (37.8, 39.3)]), "{:?}", seen.silent);
        assert!(near(&seen.clipped, &[(28.7, 28.9), (29.1, 29.2)]), "{:?}", seen.clipped);
        assert_eq!(seen.loudness.map(|l| (l.integrated, l.true_peak)), Some((-14.0, -3.0)));
    }

    #[test]
    fn silence_has_no_loudness() {
        assert_eq!(together(vec![(0.0, part(&[], Vec::new(), Vec::new()))]).loudness, None);
    }
}
