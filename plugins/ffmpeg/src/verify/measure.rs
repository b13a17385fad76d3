//! Decodes the whole film once and measures what is seen and heard: black, frozen and silent stretches, full-scale
//! samples, loudness.

use studio_plugin_sdk::{
    blob::Blob,
    error::Result,
    prelude::{Cx, secs},
    roles::{rank::Span, render::Loudness},
    wire::Exit,
};

use super::streams::{Probed, formats};
use crate::sound;

/// Holes and standing pictures are as well seen in a small picture, which takes a third less work in all.
pub const SMALL: &str = "scale='min(480,iw)':-2:flags=neighbor";
/// Black: so dark are so many of the pixels. Dark cards are not.
const BLACK: &str = "blackdetect=pix_th=0.04:pic_th=0.995";
/// The least stretch of it that counts, in seconds.
pub const BLACK_LEAST: f64 = 0.1;
/// Frozen: frames differ by less than this share of full scale.
pub const FROZEN_NOISE: f64 = 0.0005;
/// The least stretch of it that counts, in seconds.
pub const FROZEN_LEAST: f64 = 1.5;
/// Silent: below this …
const SILENT: &str = "silencedetect=n=-50dB";
/// … for at least so long, in seconds.
pub const SILENT_LEAST: f64 = 1.0;
/// Sound is looked at for full-scale samples in stretches of this length, in seconds.
pub const WINDOW: f64 = 0.1;
/// Below it no sample is at full scale, in dBFS; fewer such samples than this in a stretch are chance.
const FULL: f64 = -0.02;
const CHANCE: f64 = 3.0;
/// Files that the filters write.
pub const PICTURE: &str = "picture.txt";
pub const SOUND: &str = "sound.txt";
pub const CLIPPED: &str = "clipped.txt";

/// What was measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// Integrated loudness and true peak; none: nothing is heard.
    pub loudness: Option<Loudness>,
    /// When the picture is black.
    pub black: Vec<Span>,
    /// When it does not change.
    pub frozen: Vec<Span>,
    /// When nothing is heard.
    pub silent: Vec<Span>,
    /// When the sound is cut off at full scale.
    pub clipped: Vec<Span>,
    /// What FFmpeg complained of while it decoded.
    pub complaints: Vec<String>,
}

/// Measures all of a film, or what is heard in it alone.
///
/// # Errors
/// What the host says; a film that cannot be decoded is no error, but has complaints.
pub async fn measure(cx: &Cx, video: &Blob, probed: &Probed, pictures: bool) -> Result<Seen> {
    let facts = &probed.facts;
    let mut command = sound::loud_ffmpeg().args(["-v", "level+info", "-protocol_whitelist", "file"]);
    command = command.args(["-format_whitelist", formats(video), "-i", "{in}/film"]).input("film", video);
    let (has_picture, has_sound) = (facts.video.is_some() && pictures, facts.audio.is_some());
    if !has_picture && !has_sound {
        return Ok(Seen::default());
    }
    command = command.args(["-filter_complex".to_owned(), graph(has_picture, has_sound)]);
    if has_picture {
        command = command.args(["-map", "[picture]"]).maybe_output(PICTURE, "text/plain");
    }
    if has_sound {
        command = command.args(["-map", "[loud]", "-map", "[full]"]);
        command = command.maybe_output(SOUND, "text/plain").maybe_output(CLIPPED, "text/plain");
    }
    command = command.args(["-fps_mode", "passthrough", "-progress", "pipe:1", "-f", "null", "-"]);
    let frames = (facts.seconds / probed.frame()).max(1.0);
    let timeout = secs(600 + facts.seconds.clamp(0.0, 1e6) as u64);
    // What is heard alone is decoded by one core, beside looks at the pictures.
    let threads = if has_picture { 2 } else { 1 };
    let exit = cx.exec(command.progress("frame", frames).threads(threads).timeout(timeout)).await?;
    let picture = text(cx, &exit, PICTURE)?;
    let end = |track: f64| if track > 0.0 { track } else { facts.seconds };
    let seen_until = end(facts.video.as_ref().map_or(0.0, |video| video.seconds));
    let heard_until = end(facts.audio.as_ref().map_or(0.0, |audio| audio.seconds));
    let (silent, clipped) = heard(cx, &exit, heard_until)?;
    Ok(Seen {
        loudness: sound::parse(&exit.stderr).filter(|l| has_sound && l.integrated > sound::SILENCE),
        black: stretches(&picture, "lavfi.black_start", "lavfi.black_end", seen_until),
        frozen: stretches(&picture, "lavfi.freezedetect.freeze_start", "lavfi.freezedetect.freeze_end", seen_until),
        silent,
        clipped,
        complaints: complaints(&exit),
    })
}

/// A chain that finds black and frozen stretches in [`SMALL`] pictures that are at least so long, in seconds.
pub fn pictures(black: f64, frozen: f64) -> String {
    format!("{BLACK}:d={black},freezedetect=n={FROZEN_NOISE}:d={frozen},metadata=print:file={PICTURE}[picture]")
}

fn graph(has_picture: bool, has_sound: bool) -> String {
    let mut chains = Vec::new();
    if has_picture {
        chains.push(format!("[0:v:0]{SMALL},{}", pictures(BLACK_LEAST, FROZEN_LEAST)));
    }
    if has_sound {
        chains.push("[0:a:0]asplit[a][b]".to_owned());
        chains.push(format!("[a]ebur128=peak=true:framelog=verbose,{}[loud]", silent(SILENT_LEAST)));
        chains.push(format!("[b]{}[full]", clipped()));
    }
    chains.join(";")
}

/// A chain that finds silent stretches that are at least so long, in seconds.
pub fn silent(least: f64) -> String {
    format!("{SILENT}:d={least},ametadata=print:file={SOUND}")
}

/// A chain that finds full-scale samples. Full scale is where players cut: at 16 bits.
pub fn clipped() -> String {
    format!(
        "aresample=48000,aformat=sample_fmts=s16,asetnsamples=n={}:p=0,\
         astats=metadata=1:reset=1:measure_perchannel=none:measure_overall=Peak_level+Peak_count,\
         ametadata=select:key=lavfi.astats.Overall.Peak_level:value={FULL}:function=greater,\
         ametadata=print:file={CLIPPED}",
        (48_000.0 * WINDOW) as u32
    )
}

/// What [`silent`] and [`clipped`] found: silent stretches until `end`, in seconds, and clipped ones.
pub fn heard(cx: &Cx, exit: &Exit, end: f64) -> Result<(Vec<Span>, Vec<Span>)> {
    let sound = text(cx, exit, SOUND)?;
    let silent = stretches(&sound, "lavfi.silence_start", "lavfi.silence_end", end);
    Ok((silent, full_scale(&text(cx, exit, CLIPPED)?)))
}

/// What a filter wrote into a file; empty: nothing.
pub fn text(cx: &Cx, exit: &Exit, name: &str) -> Result<String> {
    match exit.outputs.get(name) {
        Some(blob) if blob.bytes > 0 => Ok(String::from_utf8_lossy(&cx.read_blob(blob)?).into_owned()),
        _ => Ok(String::new()),
    }
}

/// The stretches between two keys of what `metadata` prints; one that does not end lasts until `end`.
pub fn stretches(printed: &str, start: &str, stop: &str, end: f64) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut open: Option<f64> = None;
    for (key, value) in printed.lines().filter_map(|line| line.split_once('=')) {
        let Some(at) = value.trim().parse::<f64>().ok().filter(|at| at.is_finite()) else { continue };
        if key == start {
            open.get_or_insert(at.max(0.0));
        } else if key == stop
            && let Some(from) = open.take()
        {
            spans.push(Span { start: from, end: at });
        }
    }
    spans.extend(open.filter(|from| *from < end).map(|start| Span { start, end }));
    spans
}

/// Adds what was found in the part that begins at `at`. What lasts until the end of the part before it goes on where this
/// one begins with it, to within `near`; none: where they meet is another picture.
pub fn follow(spans: &mut Vec<Span>, next: &[Span], at: f64, near: Option<f64>) {
    for span in next {
        let span = Span { start: span.start + at, end: span.end + at };
        let goes_on = |last: &Span| near.is_some_and(|near| last.end > at - near && span.start < at + near);
        match spans.last_mut().filter(|last| goes_on(last)) {
            Some(last) => last.end = span.end,
            None => spans.push(span),
        }
    }
}

/// Stretches with samples at full scale, joined where one follows another.
fn full_scale(printed: &str) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut at = 0.0;
    for line in printed.lines() {
        if line.starts_with("frame:") {
            at = line.rsplit_once("pts_time:").and_then(|(_, t)| t.trim().parse().ok()).unwrap_or(at);
        } else if let Some(value) = line.strip_prefix("lavfi.astats.Overall.Peak_count=")
            && value.trim().parse::<f64>().is_ok_and(|n| n >= CHANCE)
        {
            match spans.last_mut().filter(|last| at - last.end < WINDOW * 1.5) {
                Some(last) => last.end = at + WINDOW,
                None => spans.push(Span { start: at, end: at + WINDOW }),
            }
        }
    }
    spans
}

/// Lines of errors, and the end of a run that failed without one.
pub fn complaints(exit: &Exit) -> Vec<String> {
    let is_error = |line: &&str| ["[error]", "[fatal]", "[panic]"].iter().any(|level| line.contains(level));
    let mut said: Vec<String> = exit.stderr.lines().filter(is_error).map(|line| line.trim().to_owned()).collect();
    if said.is_empty() && !exit.is_success() {
        said.push(exit.stderr.lines().last().unwrap_or("FFmpeg failed").trim().to_owned());
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: f64, end: f64) -> Span {
        Span { start, end }
    }

    #[test]
    fn stretches_that_do_not_end_last_until_the_end() {
        let printed = "frame:0    pts:0       pts_time:0\nlavfi.black_start=0\nframe:30   pts:30      pts_time:1\n\
                       lavfi.black_end=1\nframe:90 pts:90 pts_time:3\nlavfi.black_start=3\n";
        let found = stretches(printed, "lavfi.black_start", "lavfi.black_end", 4.0);
        assert_eq!(found, [span(0.0, 1.0), span(3.0, 4.0)]);
        assert_eq!(stretches("lavfi.silence_start=nan\nx", "lavfi.silence_start", "lavfi.silence_end", 4.0), []);
    }

    #[test]
    fn neighbouring_windows_are_one_stretch_and_single_samples_none() {
        let window = |n: u32, count: f64| {
            format!(
                "frame:{n}    pts:{}    pts_time:{}\nlavfi.astats.Overall.Peak_count={count}\n",
                n * 4800,
                f64::from(n) / 10.0
            )
        };
        let printed = [window(3, 40.0), window(4, 3.0), window(7, 1.0), window(20, 9.0)].concat();
        let found = full_scale(&printed);
        assert_eq!(found.len(), 2);
        assert!((found[0].start - 0.3).abs() < 1e-9 && (found[0].end - 0.5).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn errors_are_told_from_chatter() {
        let exit = |code, stderr: &str| Exit { code: Some(code), stderr: stderr.into(), ..Exit::default() };
        assert_eq!(complaints(&exit(0, "[info] Stream #0\n[h264 @ 0x1] [error] concealing 12 errors")).len(), 1);
        assert_eq!(complaints(&exit(0, "[info] fine")), [""; 0]);
        assert_eq!(complaints(&exit(1, "[info] x\nlast words")), ["last words"]);
    }
}
