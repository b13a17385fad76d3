//! FFmpeg's inputs and filter graph for a segment, as strings.
//!
//! The rules were measured: a still is decoded once and repeated by `loop`; `fps` never stands right before
//! `xfade`; transitions are made in 4:4:4 with a lossless way there and back; scaler flags are pinned, so
//! that every processor gives the same pictures. Pure; used by the segment stage.

use std::fmt::Write;

use studio_plugin_sdk::timeline::TransitionLook;

use crate::{
    piece::{Segment, Shot, Source},
    preset::Format,
    probe::VIDEO_FORMATS,
};

/// Scaler flags: the same result with every instruction set.
const EXACT: &str = "flags=bicubic+accurate_rnd+bitexact+full_chroma_int+full_chroma_inp";
/// Containers that are read as a still.
const STILL_FORMATS: &str = "png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,tiff_pipe,jpegxl_pipe";

/// What FFmpeg is told for a segment.
#[derive(Debug, PartialEq)]
pub struct Graph {
    /// Arguments of the inputs.
    pub inputs: Vec<String>,
    /// The filter graph; its result is `[out]`.
    pub filter: String,
}

/// The name of a shot's source; that of its captions is the same with `.ass`.
pub fn name(k: usize) -> String {
    format!("s{k}")
}

/// The graph of a segment. Its sources are `{in}/s0` and `{in}/s1`; `fills` says which of them are stills that need
/// no backdrop.
pub fn graph(segment: &Segment, fills: [bool; 2]) -> Graph {
    let mut graph = Graph { inputs: Vec::new(), filter: String::new() };
    let (format, n) = (&segment.format, segment.frames);
    shot(&mut graph, &segment.shot, 0, format, n, fills[0]);
    let Some(change) = &segment.change else {
        graph.filter.push_str("[s0]null[out]");
        return graph;
    };
    shot(&mut graph, &change.shot, 1, format, n, fills[1]);
    let join = if change.look == TransitionLook::FadeBlack {
        through_black(n, format)
    } else {
        crossed(change.look, n, format)
    };
    graph.filter.push_str(&join);
    graph
}

/// One shot over the other, in 4:4:4 since `xfade` knows nothing else; chroma is doubled and halved without loss.
fn crossed(look: TransitionLook, n: u32, format: &Format) -> String {
    let name = xfade(look);
    let length = seconds(i64::from(n), format);
    format!(
        "[s0]scale=flags=neighbor,format=yuv444p[w0];[s1]scale=flags=neighbor,format=yuv444p[w1];\
         [w0][w1]xfade=transition={name}:duration={length}:offset=0,scale=flags=neighbor,format=yuv420p,trim=end_frame={n}[out]"
    )
}

/// The name of a transition in `xfade`.
pub fn xfade(look: TransitionLook) -> &'static str {
    match look {
        TransitionLook::Cut | TransitionLook::Dissolve | TransitionLook::FadeBlack => "fade",
        TransitionLook::SlideLeft => "slideleft",
        TransitionLook::SlideUp => "slideup",
        TransitionLook::WipeLeft => "wipeleft",
    }
}

/// To black in the first half and back in the second; `xfade` has one that is black after a fifth.
fn through_black(n: u32, format: &Format) -> String {
    let (down, up) = (n / 2, n - n / 2);
    format!(
        "[s0]trim=end_frame={down},fade=type=out:start_frame=0:nb_frames={down}[w0];\
         [s1]trim=start_frame={down},setpts=PTS-STARTPTS,fade=type=in:start_frame=0:nb_frames={up}[w1];\
         [w0][w1]concat=n=2:v=1:a=0,settb={}/{},setpts=N[out]",
        format.rate.den, format.rate.num
    )
}

/// Adds a shot: from its input to `[sK]`, exactly `n` frames at times 0, 1, 2 … of the frame's time base.
pub fn shot(graph: &mut Graph, shot: &Shot, k: usize, format: &Format, n: u32, fills: bool) {
    let name = name(k);
    let filter = &mut graph.filter;
    match &shot.source {
        Source::Black => {
            let rate = format!("{}/{}", format.rate.num, format.rate.den);
            graph.inputs.extend(["-f".into(), "lavfi".into(), "-i".into()]);
            graph.inputs.push(format!("color=black:s={}x{}:r={rate}", format.width, format.height));
            let _ = write!(filter, "[{k}:v]format=yuv420p,setsar=1");
        }
        Source::Still { .. } => {
            let rate = format!("{}/{}", format.rate.num, format.rate.den);
            graph.inputs.extend(["-protocol_whitelist", "file", "-format_whitelist", STILL_FORMATS].map(String::from));
            graph.inputs.extend(["-framerate".into(), rate, "-i".into(), format!("{{in}}/{name}")]);
            let _ = write!(filter, "[{k}:v]trim=end_frame=1");
            if fills {
                fitted(filter, format);
            } else {
                filter.push_str(",format=rgba");
                backdrop(filter, k, format, "gbrp");
            }
            let _ = write!(filter, ",loop=loop={}:size=1:start=0", i64::from(n) - 1);
        }
        Source::Video { width, height, .. } => {
            let view = View::new(&shot.source, format);
            graph.inputs.extend(["-protocol_whitelist", "file", "-format_whitelist", VIDEO_FORMATS].map(String::from));
            graph.inputs.extend(["-ss".into(), format!("{:.6}", view.seek), "-i".into(), format!("{{in}}/{name}")]);
            let _ = write!(filter, "[{k}:v]scale=w='trunc(iw*sar/2)*2':h='trunc(ih/2)*2':{EXACT},setsar=1");
            if same_shape((*width, *height), format) {
                fitted(filter, format);
            } else {
                backdrop(filter, k, format, "yuv420");
            }
            let (num, den) = (format.rate.num, format.rate.den);
            let _ = write!(filter, ",fps={num}/{den}:start_time=0");
            let _ = write!(filter, ",tpad=start={}:start_mode=clone:stop=-1:stop_mode=clone", view.hold);
            let _ = write!(filter, ",trim=start_frame={}:end_frame={}", view.skip, view.skip + u64::from(n));
        }
    }
    let _ = write!(filter, ",settb={}/{},setpts=N", format.rate.den, format.rate.num);
    if let Some(captions) = &shot.captions {
        let _ = write!(filter, ",setpts=PTS+({}),ass='{{in}}/{name}.ass',setpts=PTS-STARTPTS", captions.first);
    }
    let _ = write!(filter, ",trim=end_frame={n}[s{k}];");
}

/// The whole picture where it has the film's shape.
fn fitted(filter: &mut String, format: &Format) {
    let _ = write!(filter, ",scale={}:{}:{EXACT}", format.width, format.height);
    filter.push_str(":out_color_matrix=bt709:out_range=tv,format=yuv420p,setsar=1");
}

/// The whole picture, over a blurred and darkened enlargement of itself where it has another shape.
fn backdrop(filter: &mut String, k: usize, format: &Format, mode: &str) {
    let (w, h) = (format.width, format.height);
    let (small_w, small_h) = (w.div_ceil(16) * 2, h.div_ceil(16) * 2);
    // Shapes that differ by less than 2 % are stretched: nobody sees it, but everybody sees a thin line of backdrop.
    let shape = f64::from(w) / f64::from(h);
    let near = format!("between(a,{:.4},{:.4})", shape * 0.98, shape * 1.02);
    let fit_w = format!("'if({near},{w},min({w},max(2,trunc({h}*a/2)*2)))'");
    let fit_h = format!("'if({near},{h},min({h},max(2,trunc({w}/a/2)*2)))'");
    let _ = write!(
        filter,
        ",split[x{k}][y{k}];\
         [x{k}]scale={small_w}:{small_h}:force_original_aspect_ratio=increase:{EXACT},crop={small_w}:{small_h},\
         boxblur=6:2,colorlevels=romax=0.6:gomax=0.6:bomax=0.6,scale={w}:{h}:{EXACT},setsar=1[z{k}];\
         [y{k}]scale=w={fit_w}:h={fit_h}:{EXACT},setsar=1[f{k}];\
         [z{k}][f{k}]overlay=x=(W-w)/2:y=(H-h)/2:format={mode},\
         scale={EXACT}:out_color_matrix=bt709:out_range=tv,format=yuv420p,setsar=1"
    );
}

/// Do pictures of that size have the film's shape, to 1 %?
pub fn same_shape(size: (u32, u32), format: &Format) -> bool {
    let shape = |w: u32, h: u32| f64::from(w) / f64::from(h.max(1));
    (shape(size.0, size.1) / shape(format.width, format.height) - 1.0).abs() < 0.01
}

/// Where to start reading a video, and which of the frames then made are wanted.
#[derive(Debug, PartialEq)]
struct View {
    /// Seconds into the file.
    seek: f64,
    /// Times the first frame is repeated, where the view starts before the file does.
    hold: u64,
    /// Frames that are made and thrown away.
    skip: u64,
}

impl View {
    /// Reading starts a second early, on the grid of the clip's frames: a frame of a slow source that began
    /// before the view is then still seen.
    fn new(source: &Source, format: &Format) -> Self {
        let Source::Video { from_ms, length_ms, first, .. } = source else {
            return Self { seek: 0.0, hold: 0, skip: 0 };
        };
        let fps = f64::from(format.rate.num) / f64::from(format.rate.den);
        let from = *from_ms as f64 / 1000.0;
        let start = (from * fps).floor() + *first as f64;
        let phase = from - (from * fps).floor() / fps;
        let second = fps.ceil();
        let last = if *length_ms == 0 { f64::INFINITY } else { (*length_ms as f64 / 1000.0 * fps).floor() };
        let early = (start.min(last) - second).max(0.0);
        let hold = (-start).max(0.0);
        Self { seek: early / fps + phase, hold: hold as u64, skip: (start.min(last) - early).max(0.0) as u64 }
    }
}

/// The length of `n` frames in seconds, to the microsecond.
pub fn seconds(n: i64, format: &Format) -> String {
    format!("{:.6}", n as f64 * f64::from(format.rate.den) / f64::from(format.rate.num))
}

#[cfg(test)]
mod tests {
    use studio_plugin_sdk::{blob::Blob, timeline::Rate};

    use super::*;
    use crate::{
        piece::{Captions, Change},
        preset,
    };

    fn still() -> Shot {
        Shot { source: Source::Still { image: Blob::default() }, captions: None }
    }

    #[test]
    fn a_still_is_decoded_once() {
        let format = preset::format("", None).unwrap();
        let captions = Some(Captions { first: 8, cues: vec![], joins_last: false, joins_next: false });
        let segment = Segment { format, frames: 90, shot: Shot { captions, ..still() }, change: None };
        insta::assert_snapshot!(graph(&segment, [false; 2]).filter.replace(';', ";\n"), @"
        [0:v]trim=end_frame=1,format=rgba,split[x0][y0];
        [x0]scale=240:136:force_original_aspect_ratio=increase:flags=bicubic+accurate_rnd+bitexact+full_chroma_int+full_chroma_inp,crop=240:136,boxblur=6:2,colorlevels=romax=0.6:gomax=0.6:bomax=0.6,scale=1920:1080:flags=bicubic+accurate_rnd+bitexact+full_chroma_int+full_chroma_inp,setsar=1[z0];
        [y0]scale=w='if(between(a,1.7422,1.8133),1920,min(1920,max(2,trunc(1080*a/2)*2)))':h='if(between(a,1.7422,1.8133),1080,min(1080,max(2,trunc(1920/a/2)*2)))':flags=bicubic+accurate_rnd+bitexact+full_chroma_int+full_chroma_inp,setsar=1[f0];
        [z0][f0]overlay=x=(W-w)/2:y=(H-h)/2:format=gbrp,scale=flags=bicubic+accurate_rnd+bitexact+full_chroma_int+full_chroma_inp:out_color_matrix=bt709:out_range=tv,format=yuv420p,setsar=1,loop=loop=89:size=1:start=0,settb=1/30,setpts=N,setpts=PTS+(8),ass='{in}/s0.ass',setpts=PTS-STARTPTS,trim=end_frame=90[s0];
        [s0]null[out]
        ");
        let filling = graph(&segment, [true, false]).filter;
        assert!(filling.contains("loop=loop=89") && !filling.contains("split"), "{filling}");
    }

    #[test]
    fn a_transition_is_made_in_full_chroma() {
        let format = preset::format("", None).unwrap();
        let change = Some(Change { look: TransitionLook::SlideLeft, shot: still() });
        let filter = graph(&Segment { format, frames: 15, shot: still(), change }, [true; 2]).filter;
        assert!(filter.ends_with(
            "[w0][w1]xfade=transition=slideleft:duration=0.500000:offset=0,\
             scale=flags=neighbor,format=yuv420p,trim=end_frame=15[out]"
        ));
    }

    #[test]
    fn a_video_is_read_from_a_second_before() {
        let format = preset::format("", Some(Rate::fps(30))).unwrap();
        let view = |from_ms, length_ms, first| {
            let source = Source::Video { video: Blob::default(), from_ms, length_ms, width: 1, height: 1, first };
            let View { seek, hold, skip } = View::new(&source, &format);
            ((seek * 1000.0).round(), hold, skip)
        };
        assert_eq!(view(0, 9000, 0), (0.0, 0, 0));
        assert_eq!(view(0, 9000, 45), (500.0, 0, 30));
        assert_eq!(view(2000, 9000, 45), (2500.0, 0, 30));
        assert_eq!(view(0, 9000, -7), (0.0, 7, 0));
        assert_eq!(view(0, 2000, 900), (1000.0, 0, 30));
    }
}
