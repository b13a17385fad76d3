//! From the mix to AAC at the right loudness. The gain is found on the mix, at two gains in one pass; the encoded sound
//! is listened to, and where it is not right it is encoded again with what was learnt.
//!
//! A long film's AAC is encoded in parts ([`layout`]), each with some frames before and after it that are not kept, and
//! its packets are joined as they are. What is decoded at a joint differs from the source as much as where one encoder
//! made all of it; a test compares them.

use std::fmt::Write;

use studio_plugin_sdk::{
    error::{Result, StageError},
    guest::Level,
    prelude::{Blob, Cmd, Cx, try_join_all},
    roles::render::{Loudness, SoundPiece},
};

use super::{
    LEVELS, Levels, Maker, RATE, adts, encoder, exactly, grid,
    layout::{self, Part},
    levels::UNFILLED,
    loud_ffmpeg,
    loudness::{self, Search},
    meter,
    mix::{self, Mixed, seek},
    pieces::{Heard, Known, Limited, Packets, Slice},
    told, unmeasured,
};
use crate::{
    mp4,
    piece::{Piece, Sound},
    preset::SoundCodec,
    segment::{ffmpeg, index},
    verify::listen,
};

/// How often a sound is encoded at most.
const TRIES: usize = 3;
const ENCODED: &str = "sound.aac";
const JOINED: &str = "sound.m4a";

/// A sound that was encoded: in one, or in parts that are to be joined, each with the highest peak that is heard in it.
enum Encoded {
    Whole(Blob),
    Parts(Vec<(Blob, f64)>),
}

/// Encodes a mix so that it is as loud as it should be; the nearest where that cannot be had. With the parts that it was
/// encoded in; none: in one.
pub async fn loud(
    make: &Maker<'_>,
    mixed: &[Mixed],
    sound: &Sound,
    total: u64,
) -> Result<(Blob, Loudness, Vec<SoundPiece>)> {
    let (cx, goal) = (make.cx, sound.goal);
    let mut search = search(make, mixed, sound).await?;
    let parts = if sound.codec == SoundCodec::Aac { layout::parts(mixed, sound.snaps, total) } else { Vec::new() };
    let told = layout::told(&parts);
    let mut limits = vec![search.limit_cb(); parts.len()];
    let mut best: Option<(Encoded, Loudness)> = None;
    for attempt in 1..=TRIES {
        let (made, is) = encoded(make, (mixed, sound, total), &parts, (&search, &limits, attempt)).await?;
        let right = loudness::is_right(is, goal);
        match &made {
            // Where the encoder overshot in some parts, these alone are limited more.
            Encoded::Parts(parts) if loudness::is_near(is, goal) => {
                let over = parts.iter().map(|(_, peak)| peak - goal.true_peak);
                limits = limits.iter().zip(over).map(|(limit, over)| loudness::lowered(*limit, over)).collect();
            }
            _ => {
                search = search.after(is);
                limits.fill(search.limit_cb());
            }
        }
        if best.as_ref().is_none_or(|best| loudness::distance(is, goal) < loudness::distance(best.1, goal)) {
            best = Some((made, is));
        }
        if right {
            break;
        }
    }
    let (nearest, is) = best.ok_or_else(unmeasured)?;
    if !loudness::is_right(is, goal) {
        let (level, peak) = (is.integrated, is.true_peak);
        cx.log(Level::Warn, format!("the sound is at {level} LUFS and {peak} dBTP, outside the target"));
    }
    Ok(match nearest {
        Encoded::Whole(file) => (file, is, Vec::new()),
        Encoded::Parts(parts) => (joined(cx, &parts, &told, total).await?, is, told),
    })
}

/// The gain at which the mix will be right. What the limiter takes back is measured, at the sample rate of the mix:
/// loudness is the same as at twice the rate, and the passes cost half.
async fn search(make: &Maker<'_>, mixed: &[Mixed], sound: &Sound) -> Result<Search> {
    let integrated = mix::levels(mixed.iter().map(|part| &part.heard)).integrated();
    let gains_cb = loudness::gains(integrated, sound.goal);
    let limit_cb = Search::at(0.0, sound.goal).limit_cb();
    let groups = mixed.chunk_by(|_, next| !next.heads).enumerate().map(|(n, group)| {
        let wanted = Limited { slices: row(group), gains_cb: gains_cb.to_vec(), limit_cb };
        async move { make.limited(&format!("level-{}", n + 1), &wanted).await }
    });
    let groups = try_join_all(groups).await?;
    let reached = |n: usize| groups.iter().filter_map(|group| group.known.levels.get(n)).sum::<Levels>().integrated();
    let curve: Vec<(f64, f64)> =
        gains_cb.iter().enumerate().map(|(n, gain)| (f64::from(*gain) / 100.0, reached(n))).collect();
    Ok(Search::on(&curve, sound.goal))
}

/// Measures some stretches at several gains.
///
/// # Errors
/// What FFmpeg says.
pub async fn limited(cx: &Cx, wanted: &Limited) -> Result<Heard> {
    let n = wanted.gains_cb.len();
    let name = |i: usize| format!("{i}-{LEVELS}");
    let (mut graph, mut chains, mut measured) = (format!("[0:a]asplit={n}"), String::new(), String::new());
    for (i, gain_cb) in wanted.gains_cb.iter().enumerate() {
        let _ = write!(graph, "[g{i}]");
        let chain = loudness::limited(*gain_cb, wanted.limit_cb);
        let _ = write!(chains, ";[g{i}]{chain},{}[h{i}]", meter(&name(i), false));
        let _ = write!(measured, "[h{i}]");
    }
    let graph = format!("{graph}{chains};{measured}amix=inputs={n}[out]");
    let mut command = in_a_row(loud_ffmpeg(), &wanted.slices);
    command = command.args(["-filter_complex", &graph, "-map", "[out]", "-f", "null", "-"]);
    for i in 0..n {
        command = command.output(name(i), "text/plain");
    }
    let exit = cx.exec(command).await?.success()?;
    let levels = |i: usize| Ok(Levels::read(&told(cx, &exit.blob(&name(i))?)?, UNFILLED, Levels::SILENT.peak));
    let levels = (0..n).map(levels).collect::<Result<_>>()?;
    Ok(Heard { file: Blob::default(), known: Known { levels, ..Known::default() } })
}

/// Encodes all of it with a gain, each part with its limit, and measures what came out.
async fn encoded(
    make: &Maker<'_>,
    (mixed, sound, total): (&[Mixed], &Sound, u64),
    parts: &[Part],
    (search, limits, attempt): (&Search, &[i32], usize),
) -> Result<(Encoded, Loudness)> {
    if parts.len() <= 1 {
        let file = whole(make.cx, mixed, sound.codec, (total, search)).await?;
        let measured = measure(make.cx, &file).await?;
        return Ok((Encoded::Whole(file), measured));
    }
    let gain_cb = search.gain_cb();
    let made = parts.iter().zip(limits).enumerate().map(|(n, (part, &limit_cb))| async move {
        let wanted = Packets { slices: part.slices.clone(), gain_cb, limit_cb, lead: part.lead, keep: part.keep };
        let again = if attempt == 1 { String::new() } else { format!("-{attempt}") };
        make.stage(&format!("aac-{}{again}", n + 1), "sound, encoded", Piece::Packets(wanted)).await
    });
    let files: Vec<Blob> = try_join_all(made).await?.into_iter().map(|part| part.file).collect();
    let heard = listen::of_parts(make.cx, &files, &layout::told(parts), (total, attempt)).await?;
    let is = heard.iter().sum::<Levels>().loudness();
    let peaks = heard.iter().map(|heard| heard.peak);
    Ok((Encoded::Parts(files.into_iter().zip(peaks).collect()), is))
}

/// Encodes a part, and cuts off what only leads to it.
///
/// # Errors
/// What FFmpeg says; `sound.packets` where it wrote fewer packets than the part has.
pub async fn packets(cx: &Cx, wanted: &Packets) -> Result<Heard> {
    let (mut command, mut graph, mut labels) = (ffmpeg(), String::new(), String::new());
    let mut files = 0;
    for (i, slice) in wanted.slices.iter().enumerate() {
        let source = if slice.file.blob.is_empty() {
            format!("anullsrc=r={RATE}:cl=stereo,")
        } else {
            command = command.args(seek(slice.from)).arg("-i").arg(format!("{{in}}/s{files}"));
            command = command.input(format!("s{files}"), &slice.file);
            files += 1;
            format!("[{}:a]", files - 1)
        };
        let exactly = exactly(slice.samples);
        let _ = write!(graph, "{source}aformat=sample_fmts=fltp:channel_layouts=stereo,{exactly}[c{i}];");
        let _ = write!(labels, "[c{i}]");
    }
    let (n, samples) = (wanted.slices.len(), wanted.slices.iter().fold(0u64, |all, s| all.saturating_add(s.samples)));
    let chain = loudness::finished(wanted.gain_cb, wanted.limit_cb);
    let graph = format!("{graph}{labels}concat=n={n}:v=0:a=1,{chain},{}[out]", exactly(samples));
    let command = command.arg("-filter_complex").arg(graph).args(["-map", "[out]"]);
    let stream = written(cx, command, SoundCodec::Aac, (ENCODED, "audio/aac")).await?;
    let bytes = cx.read_blob(&stream)?;
    let kept = adts::cut(&bytes, wanted.lead, wanted.keep).ok_or_else(|| {
        let message = format!("FFmpeg wrote fewer packets of AAC than {samples} samples have.");
        StageError::permanent(message).code("sound.packets")
    })?;
    let file = cx.write_blob("audio/aac", &bytes[kept])?;
    Ok(Heard { file, known: Known::default() })
}

/// Packets as one file, each at its time: the first before the start, the last as long as what is left.
async fn joined(cx: &Cx, parts: &[(Blob, f64)], told: &[SoundPiece], total: u64) -> Result<Blob> {
    let (mut command, mut list) = (ffmpeg(), String::from("ffconcat version 1.0\n"));
    for (i, ((file, _), told)) in parts.iter().zip(told).enumerate() {
        let seconds = (told.packets * grid::FRAME) as f64 / f64::from(RATE);
        let _ = writeln!(list, "file part-{i:04}.aac\nduration {seconds:.6}");
        command = command.input(format!("part-{i:04}.aac"), &first_packets(cx, file, told.packets)?);
        cx.yield_now().await?;
    }
    let (count, frame) = (grid::packets(total), grid::FRAME);
    let last = total - (count - 2) * frame;
    let times = format!(
        "setts=pts=(N-1)*DURATION:dts=(N-1)*DURATION:duration=if(lt(N\\,{})\\,DURATION\\,{last}*DURATION/{frame})",
        count - 1
    );
    let command = command.args(["-f", "concat", "-i", "{in}/list.txt"]).input("list.txt", list);
    let command = command.args(["-map", "0:a:0", "-map_metadata", "-1", "-c", "copy", "-fflags", "+bitexact"]);
    let command = command.arg("-bsf:a").arg(format!("aac_adtstoasc,{times}"));
    let command = command.args(["-movflags", "+faststart", "-movie_timescale", "48000"]);
    let command = command.arg(format!("{{out}}/{JOINED}")).output(JOINED, "audio/mp4");
    let file = cx.exec(command).await?.success()?.blob(JOINED)?;
    if is_whole(&index(cx, &file)?, total) {
        return Ok(file);
    }
    let message = format!("FFmpeg joined {count} packets of sound to something else than {total} samples.");
    Err(StageError::permanent(message).code("sound.join"))
}

/// The first packets of a part, where it has more.
fn first_packets(cx: &Cx, part: &Blob, packets: u64) -> Result<Blob> {
    let bytes = cx.read_blob(part)?;
    let first = adts::cut(&bytes, 0, packets).ok_or_else(too_few)?;
    if first.len() == bytes.len() { Ok(part.clone()) } else { cx.write_blob("audio/aac", &bytes[first]) }
}

/// A part has fewer packets than it was to have.
pub fn too_few() -> StageError {
    StageError::permanent(
        "A part of the sound has fewer packets than it was kept with. Check the store: `studio store check`.",
    )
    .code("sound.packets")
}

/// Is every packet there, and the sound as long as it should be, to the sample?
fn is_whole(index: &mp4::Index, total: u64) -> bool {
    let is_track = |track: &mp4::Track| {
        let whole = track.samples() == grid::packets(total) && track.duration == total + grid::FRAME;
        track.kind == "soun" && track.timescale == RATE && track.start.unsigned_abs() == grid::FRAME && whole
    };
    index.tracks.iter().any(is_track)
}

/// Encodes all of it in one.
async fn whole(cx: &Cx, mixed: &[Mixed], codec: SoundCodec, (total, search): (u64, &Search)) -> Result<Blob> {
    let chain = format!("{},{}", search.filter(), exactly(total));
    let command = in_a_row(ffmpeg(), &row(mixed));
    finish(cx, command.args(["-af", &chain]), codec).await
}

fn row(mixed: &[Mixed]) -> Vec<Slice> {
    let whole = |part: &Mixed| Slice { file: part.heard.file.clone(), from: 0, samples: part.samples };
    mixed.iter().map(whole).collect()
}

/// Reads whole sounds one after another, as the first input.
fn in_a_row(command: Cmd, slices: &[Slice]) -> Cmd {
    if let [only] = slices {
        return command.args(["-i", "{in}/mix"]).input("mix", &only.file);
    }
    let (mut command, mut list) = (command, String::from("ffconcat version 1.0\n"));
    for (i, slice) in slices.iter().enumerate() {
        let seconds = slice.samples as f64 / f64::from(RATE);
        let _ = writeln!(list, "file mix-{i:04}.flac\nduration {seconds:.6}");
        command = command.input(format!("mix-{i:04}.flac"), &slice.file);
    }
    command.args(["-f", "concat", "-i", "{in}/list.txt"]).input("list.txt", list)
}

/// So many samples of silence.
pub async fn silence(cx: &Cx, codec: SoundCodec, total: u64) -> Result<Blob> {
    let source = format!("anullsrc=r={RATE}:cl=stereo");
    let command = ffmpeg().args(["-f", "lavfi", "-i", &source, "-af", &exactly(total)]);
    finish(cx, command, codec).await
}

async fn finish(cx: &Cx, command: Cmd, codec: SoundCodec) -> Result<Blob> {
    let (_, file, mime) = encoder(codec);
    written(cx, command, codec, (file, mime)).await
}

async fn written(cx: &Cx, command: Cmd, codec: SoundCodec, (file, mime): (&str, &str)) -> Result<Blob> {
    let command = command.args(["-map_metadata", "-1"]).args(encoder(codec).0).args(["-fflags", "+bitexact"]);
    let command = command.args(["-flags:a", "+bitexact"]).arg(format!("{{out}}/{file}"));
    cx.exec(command.output(file, mime)).await?.success()?.blob(file)
}

/// How loud an encoded sound is.
async fn measure(cx: &Cx, sound: &Blob) -> Result<Loudness> {
    let command = loud_ffmpeg().args(["-i", "{in}/sound", "-af", "ebur128=peak=true:framelog=verbose"]);
    let exit = cx.exec(command.args(["-f", "null", "-"]).input("sound", sound)).await?.success()?;
    loudness::parse(&exit.stderr).ok_or_else(unmeasured)
}
