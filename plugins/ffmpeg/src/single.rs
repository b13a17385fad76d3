//! A film of stills as one FFmpeg command, as a person would write it by hand: every card with its captions, one
//! cross-fade after another, speech, gain and limiter, one encoder. The bench measures renders against it; nothing
//! else uses it.

use std::{collections::BTreeMap, fmt::Write};

use studio_plugin_sdk::{
    blob::Blob,
    error::{Result, StageError},
    roles::render::RenderRequest,
    timeline::Timeline,
};

use crate::{
    caption::style::Dressed,
    check, encoder,
    graph::{self, Canvas, Make},
    mux,
    piece::{Mux, Part, SoundKind},
    plan::{self, Plan, Sources, View, Worded},
    preset::{Format, Output},
    segment,
    shot::Captions,
    sound,
};

/// The command's arguments, and the files it reads by name. `{in}` and `{out}` stand for folders.
#[derive(Debug)]
pub struct Single {
    /// Arguments of FFmpeg; it writes `{out}/film.mp4`.
    pub args: Vec<String>,
    /// What is read of the store.
    pub blobs: BTreeMap<String, Blob>,
    /// What is read besides.
    pub texts: BTreeMap<String, String>,
}

/// All pictures of a film in one graph, whose result is `[out]`, and what it reads.
struct Pictures {
    graph: graph::Graph,
    blobs: BTreeMap<String, Blob>,
    texts: BTreeMap<String, String>,
}

/// The command that draws a film's pictures without encoding them: `{out}/film.yuv`. Sizes and lengths of its videos
/// are not looked at; `read` gives the font file of its captions.
///
/// # Errors
/// `invalid_input` for a request that is not a film.
pub fn pictures(request: &RenderRequest, read: &dyn Fn(&Blob) -> Vec<u8>) -> Result<Single> {
    seen(request, read, |_| ["-f", "rawvideo", "{out}/film.yuv"].map(String::from).into())
}

/// The same, encoded in one: `{out}/film.mp4`.
///
/// # Errors
/// As [`pictures`].
pub fn encoded(request: &RenderRequest, read: &dyn Fn(&Blob) -> Vec<u8>) -> Result<Single> {
    seen(request, read, |format| [encoder::encoder(format), vec!["{out}/film.mp4".into()]].concat())
}

fn seen(
    request: &RenderRequest,
    read: &dyn Fn(&Blob) -> Vec<u8>,
    written: impl FnOnce(&Format) -> Vec<String>,
) -> Result<Single> {
    let (timeline, Output { format, .. }) = check::request(request)?;
    let dressed = Dressed::with(request, &timeline, &|blob| Ok(read(blob)))?;
    let mut plan = Plan::new(&timeline, &BTreeMap::new());
    let Pictures { graph, blobs, texts } = drawn(request, &timeline, &format, dressed.as_ref(), &mut plan);
    let mut args: Vec<String> = ["-nostdin", "-y", "-v", "error"].map(String::from).into();
    args.extend(graph.inputs);
    args.extend(["-filter_complex".into(), graph.filter]);
    args.extend(["-map", "[out]", "-fps_mode", "passthrough"].map(String::from));
    args.extend(written(&format));
    Ok(Single { args, blobs, texts })
}

/// The command for a film, its speech made louder by `gain` dB. Threads are left to FFmpeg and its encoder.
///
/// # Errors
/// `invalid_input` for a request that is not a film, or one without a track of speech.
pub fn command(request: &RenderRequest, gain: f64) -> Result<Single> {
    let (timeline, Output { format, .. }) = check::request(request)?;
    let mut plan = Plan::new(&timeline, &BTreeMap::new());
    let Pictures { graph, mut blobs, mut texts } = drawn(request, &timeline, &format, None, &mut plan);
    let Some(track) = plan.sound.iter().find(|t| t.kind == SoundKind::Speech) else {
        return Err(StageError::invalid("timeline", "There is no speech in this film."));
    };

    let first = graph.count;
    let mut args: Vec<String> = ["-nostdin", "-y", "-v", "error"].map(String::from).into();
    args.extend(graph.inputs);
    for (i, clip) in track.clips.iter().enumerate() {
        args.extend(["-i".into(), format!("{{in}}/v{i}")]);
        blobs.insert(format!("v{i}"), clip.audio.clone());
    }
    args.extend(["-i".into(), "{in}/about.txt".into()]);
    let about = (first + track.clips.len()).to_string();
    let heard = sound::by_hand(track, (format.rate, timeline.frames()), first, gain);
    args.extend(["-filter_complex".into(), format!("{};{heard}", graph.filter)]);
    args.extend(["-map", "[out]", "-map", "[sound]"].map(String::from));
    args.extend(["-map_metadata".into(), about.clone(), "-map_chapters".into(), about]);
    args.extend(encoder::encoder(&format));
    args.extend(sound::ENCODER.map(String::from));
    args.extend(["-movflags", "+faststart", "{out}/film.mp4"].map(String::from));

    let parts = vec![Part { video: Blob::default(), frames: timeline.frames(), header: String::new() }];
    let title = request.title.clone();
    let mux = Mux { title, chapters: timeline.chapters, ..Mux::plain(format, parts, None) };
    texts.insert("about.txt".into(), mux::about(&mux));
    Ok(Single { args, blobs, texts })
}

fn drawn(
    request: &RenderRequest,
    timeline: &Timeline,
    format: &Format,
    dressed: Option<&Dressed>,
    plan: &mut Plan,
) -> Pictures {
    let facts = BTreeMap::new();
    let worded = Worded { mode: request.captions, dressed };
    let (views, over) = plan::laid_out(timeline, format, worded, plan);
    let style = dressed.map(Dressed::drawn);
    let sources = Sources { format, facts: &facts, style: style.as_ref() };
    let script = |captions: &Captions| segment::script(captions, format, dressed.map(|d| &d.faces));
    let canvas = |frames| Canvas { format, frames, fills: &|_| true };
    let mut texts = BTreeMap::from([("fonts.conf".to_string(), segment::NO_FONTS.to_string())]);
    let (mut graph, mut blobs) = (graph::Graph::default(), BTreeMap::new());
    for (k, view) in views.iter().enumerate() {
        let before = k.checked_sub(1).map_or(0, |k| views[k].tail);
        let after = views.get(k + 1).map_or(0, |next| next.head);
        let frames = before + view.frames + after;
        let shot = plan::shot(sources, view, -i64::from(before), frames);
        graph.shot(&shot, &graph::name(k), canvas(frames));
        blobs.extend(shot.source.blob().map(|blob| (graph::name(k), blob.clone())));
        texts.extend(shot.captions.map(|captions| (graph::name(k) + ".ass", script(&captions))));
    }
    chain(&mut graph.filter, &views, format);
    let length = timeline.frames();
    let (layers, captions) = (over.layers(sources, 0, length), over.captions(sources, 0, length));
    for (k, layer) in layers.iter().enumerate() {
        blobs.extend(layer.shot.source.blob().map(|blob| (graph::layer_name(k), blob.clone())));
    }
    texts.extend(captions.iter().enumerate().map(|(k, c)| (graph::over_name(k), script(c))));
    graph.over("base".into(), &layers, &captions, canvas(length));
    Pictures { graph, blobs, texts }
}

/// One clip after another into `[base]`; a cross-fade begins where both clips are seen.
fn chain(filter: &mut String, views: &[View<'_>], format: &Format) {
    for k in 0..views.len() {
        let _ = write!(filter, "[s{k}]scale=flags=neighbor,format=yuv444p[w{k}];");
    }
    let (mut last, mut start) = ("[w0]".to_string(), 0);
    for (k, pair) in views.windows(2).enumerate() {
        let (view, next) = (&pair[0], &pair[1]);
        start += view.frames;
        let frames = view.tail + next.head;
        let joined = if frames == 0 {
            "concat=n=2:v=1:a=0".to_string()
        } else {
            let look = match graph::make(view.change.look) {
                Make::Xfade(name) => name,
                Make::Through(_) => "fadeblack",
                Make::Over(..) => "fade",
            };
            let (length, offset) = (graph::seconds(frames.into(), format), start - view.tail);
            format!("xfade=transition={look}:duration={length}:offset={}", graph::seconds(offset.into(), format))
        };
        let numbered = format!("settb={}/{},setpts=N", format.rate.den, format.rate.num);
        let _ = write!(filter, "{last}[w{}]{joined},{numbered}[x{k}];", k + 1);
        last = format!("[x{k}]");
    }
    let _ = write!(filter, "{last}scale=flags=neighbor,format=yuv420p[base];");
}
