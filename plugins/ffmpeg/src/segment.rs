//! Encodes one segment: one run of FFmpeg, checked by what the file's index says.

use studio_plugin_sdk::{
    error::{Result, StageError},
    prelude::{Blob, Cmd, Cx, cmd, secs},
    roles::render::Film,
};

use crate::{
    caption::{
        ass,
        font::Font,
        look::Look,
        style::{draw, faces::Faces, sheet::Sheet},
    },
    encoder, glimpse, graph,
    mp4::{self, Index},
    piece::{Segment, Still},
    poster,
    preset::Format,
    repeats,
    shot::{Captions, Shot, Source},
    still,
};

/// Keeps libass from looking at this box's fonts: the script brings its own.
pub const NO_FONTS: &str = "<?xml version=\"1.0\"?>\n<!DOCTYPE fontconfig SYSTEM \"fonts.dtd\">\n<fontconfig/>\n";
const OUT: &str = "segment.mp4";

/// Encodes a segment.
///
/// # Errors
/// What FFmpeg says; `segment.frames` where the file has other frames than were asked for.
pub async fn encode(cx: &Cx, segment: &Segment) -> Result<Film> {
    let format = &segment.format;
    let video = match filled(cx, segment).await? {
        Some(video) => video,
        None => cx.exec(command(cx, segment, false)?).await?.success()?.blob(OUT)?,
    };
    let index = index(cx, &video)?;
    let picture = index.tracks.first().cloned().unwrap_or_default();
    if picture.samples() != u64::from(segment.frames) || !picture.is_steady(format.ticks().1) {
        let (got, wanted) = (picture.samples(), segment.frames);
        let message = format!("FFmpeg wrote {got} frames where {wanted} were wanted, or gave them wrong times.");
        return Err(StageError::permanent(message).code("segment.frames"));
    }
    Ok(Film { header: picture.header, ..silent(video, format, segment.frames) })
}

/// A segment of which only those frames are encoded that differ from the one before; none: all of it is to be.
async fn filled(cx: &Cx, segment: &Segment) -> Result<Option<Blob>> {
    if !repeats::suits(segment) {
        return Ok(None);
    }
    let differing = cx.exec(command(cx, segment, true)?).await?.success()?.blob(OUT)?;
    let film = repeats::filled(&cx.read_blob(&differing)?, segment.frames, segment.format.ticks().1);
    film.map(|film| cx.write_blob("video/mp4", &film)).transpose()
}

/// A film without sound, as pieces are.
pub fn silent(video: Blob, format: &Format, frames: u32) -> Film {
    Film {
        video,
        width: format.width,
        height: format.height,
        rate: format!("{}/{}", format.rate.num, format.rate.den),
        frames,
        seconds: format.rate.seconds(frames),
        ..Film::default()
    }
}

/// A file's index.
pub fn index(cx: &Cx, video: &Blob) -> Result<Index> {
    let mut reader = cx.open_blob(video)?;
    mp4::read(&mut reader)
        .map_err(|e| StageError::permanent(format!("What FFmpeg wrote cannot be read: {e}")).code("segment.file"))
}

/// FFmpeg without questions, banners or bars; errors only.
pub fn ffmpeg() -> Cmd {
    cmd("ffmpeg").args(["-nostdin", "-hide_banner", "-nostats", "-y", "-v", "error"])
}

/// The run of FFmpeg that encodes a segment: all of its frames, or only those that `differ`.
fn command(cx: &Cx, segment: &Segment, differ: bool) -> Result<Cmd> {
    let format = &segment.format;
    let graph = graph::graph(segment, &|image| still::fills(cx, image, format));
    let (upload, label) = encoder::upload(format);
    let passed = format!(";[out]{}[differ]", repeats::filter(format));
    let (passed, label) = if differ { (passed.as_str(), "[differ]") } else { (upload, label) };
    // Frames are too few for filter threads to pay: they cost a third more and gain no time.
    let mut command = ffmpeg().args(["-filter_complex_threads", "1"]).args(encoder::device(format)).args(graph.inputs);
    command = command.arg("-filter_complex").arg(graph.filter + passed);
    command = command.args(["-map", label, "-map_metadata", "-1", "-fps_mode", "passthrough"]);
    if differ {
        let seconds = f64::from(format.key_frames()) / format.rate.hertz();
        command = command.args(["-force_key_frames".into(), format!("expr:gte(t,n_forced*{seconds:.6})")]);
    } else {
        command = command.args(["-frames:v".to_string(), segment.frames.to_string()]);
    }
    command = command.args(encoder::encoder(format)).args(encoder::threads(format, differ));
    command = command.args(["-fflags", "+bitexact", "-movflags", "+faststart", "-progress", "pipe:1"]);
    command = command.arg(format!("{{out}}/{OUT}")).output(OUT, "video/mp4");
    let (command, timeout) = (encoder::on(command, format), secs(600 + u64::from(segment.frames)));
    let command = with_files(cx, command, segment)?.threads(1).timeout(timeout);
    let length = format.rate.seconds(segment.frames) * 1e6;
    Ok(if differ { command.progress("out_time_us", length) } else { command.progress("frame", segment.frames) })
}

/// One frame of a segment as a JPEG, without its being encoded.
///
/// # Errors
/// What FFmpeg says.
pub async fn still(cx: &Cx, still: &Still) -> Result<Film> {
    if let Some(glimpsed) = glimpse::of(cx, still)?
        && let Ok(frame) = drawn(cx, &glimpsed, still.frame).await
    {
        return Ok(frame);
    }
    // Nothing is to be left out, or this FFmpeg does not read two files as one.
    drawn(cx, &still.segment, still.frame).await
}

async fn drawn(cx: &Cx, segment: &Segment, frame: u32) -> Result<Film> {
    let graph = graph::graph(segment, &|image| still::fills(cx, image, &segment.format));
    let mut command = ffmpeg().args(["-filter_complex_threads", "1"]).args(graph.inputs);
    let pick = format!(";[out]select=gte(n\\,{}),{}[pick]", frame, poster::COLOURS);
    command = command.arg("-filter_complex").arg(graph.filter + &pick).args(["-map", "[pick]"]);
    poster::jpeg(cx, with_files(cx, command, segment)?, &segment.format).await
}

/// Adds the files of a segment, by the names that its graph gives them.
fn with_files(cx: &Cx, mut command: Cmd, segment: &Segment) -> Result<Cmd> {
    let format = &segment.format;
    command = with_shot(cx, command, &graph::name(0), &segment.shot, format)?;
    if let Some(change) = &segment.change {
        command = with_shot(cx, command, &graph::name(1), &change.shot, format)?;
    }
    for (k, layer) in segment.layers.iter().enumerate() {
        command = with_shot(cx, command, &graph::layer_name(k), &layer.shot, format)?;
    }
    for (k, captions) in segment.captions.iter().enumerate() {
        command = with_captions(cx, command, &graph::over_name(k), captions, format)?;
    }
    Ok(command)
}

/// Adds a shot's files, by the names that [`graph::graph`] gives them.
fn with_shot(cx: &Cx, command: Cmd, name: &str, shot: &Shot, format: &Format) -> Result<Cmd> {
    let mut command = match shot.source.blob() {
        Some(blob) => command.input(name, blob),
        None => command,
    };
    if let Source::Video(video) = &shot.source
        && let Some(index) = &video.index
    {
        command = command.input(graph::index_name(name), index);
    }
    match &shot.captions {
        Some(captions) => with_captions(cx, command, &format!("{name}.ass"), captions, format),
        None => Ok(command),
    }
}

fn with_captions(cx: &Cx, command: Cmd, name: &str, captions: &Captions, format: &Format) -> Result<Cmd> {
    let faces = captions.style.as_deref().map(|style| Faces::load(style, &|blob| cx.read_blob(blob))).transpose()?;
    let script = cx.write_blob("text/x-ass", script(captions, format, faces.as_ref()).as_bytes())?;
    let command = command.input(name, script).input("fonts.conf", NO_FONTS);
    Ok(command.env("FONTCONFIG_FILE", "{in}/fonts.conf"))
}

/// Captions as libass draws them in a film of that format; those of a style with its fonts.
pub fn script(captions: &Captions, format: &Format, faces: Option<&Faces>) -> String {
    let (width, height) = (format.width, format.height);
    match (&captions.style, faces) {
        (Some(style), Some(faces)) => draw::script(captions, &Sheet::new(style, width, height, captions.two), faces),
        _ => ass::script(captions, &Look::for_size(width, height), &Font::default()),
    }
}
