//! FFmpeg's inputs and filter graph for a segment, as strings.
//!
//! A shot is read and timed ([`read`]), fitted into its place ([`fit`], [`motion`]) and, where it does not fill the
//! frame, laid over what is behind it ([`layer`]); two of them go over into one another ([`change`]). The rules were
//! measured: a still is decoded once and repeated by `loop`; `fps` never stands right before `xfade`; transitions are
//! made in 4:4:4 with a lossless way there and back; scaler flags are pinned, so that every processor gives the same
//! pictures. Pure; used by the segment stage.

use std::fmt::Write;

use studio_plugin_sdk::{
    blob::Blob,
    timeline::{Blend, Rate, Rect},
};

use crate::{
    caption::clock,
    piece::Segment,
    preset::Format,
    shot::{Captions, Framed, Layer, Shot, Source},
};

mod change;
mod colour;
mod fit;
mod layer;
mod motion;
mod read;

pub use change::{Make, make};
pub use fit::same_shape;
pub use read::seen_before;

/// Scaler flags: the same result with every instruction set.
const EXACT: &str = "flags=bicubic+accurate_rnd+bitexact+full_chroma_int+full_chroma_inp";
/// The end of a scaler's arguments where its result is a film's picture.
const TO_FILM: &str = ":out_color_matrix=bt709:out_range=tv";

/// What FFmpeg is told for a segment.
#[derive(Debug, Default, PartialEq)]
pub struct Graph {
    /// Arguments of the inputs.
    pub inputs: Vec<String>,
    /// How many inputs they are.
    pub count: usize,
    /// The filter graph; its result is `[out]`.
    pub filter: String,
}

/// What decides how shots are drawn.
#[derive(Clone, Copy)]
pub struct Canvas<'a> {
    /// The film's format.
    pub format: &'a Format,
    /// Frames that are drawn.
    pub frames: u32,
    /// Is a still opaque and of the film's shape?
    pub fills: &'a dyn Fn(&Blob) -> bool,
}

impl Canvas<'_> {
    /// The same canvas for another number of frames.
    fn of(self, frames: u32) -> Self {
        Self { frames, ..self }
    }

    /// The film's rate as FFmpeg writes it.
    fn rate(self) -> String {
        format!("{}/{}", self.format.rate.num, self.format.rate.den)
    }

    /// What gives frames the times 0, 1, 2 … of the film's time base.
    fn numbered(self) -> String {
        format!("settb={}/{},setpts=N", self.format.rate.den, self.format.rate.num)
    }

    /// A place in pixels, left, top, width and height: even, since colours have half the resolution.
    fn pixels(self, place: Option<Rect>) -> (u32, u32, u32, u32) {
        let (width, height) = (self.format.width, self.format.height);
        let Some(rect) = place else { return (0, 0, width, height) };
        let side = |from: f64, length: f64, whole: u32| {
            let even = |share: f64| (share * f64::from(whole) / 2.0).round() as u32 * 2;
            let size = even(length).clamp(2, whole);
            (even(from).min(whole - size), size)
        };
        let ((x, w), (y, h)) = (side(rect.x, rect.width, width), side(rect.y, rect.height, height));
        (x, y, w, h)
    }
}

/// The name of a shot's source; that of its captions is the same with `.ass`.
pub fn name(k: usize) -> String {
    format!("s{k}")
}

/// The name of another index of a film, with which it is read.
pub fn index_name(name: &str) -> String {
    format!("{name}.index")
}

/// The name of an overlay's source.
pub fn layer_name(k: usize) -> String {
    format!("l{k}")
}

/// The name of the script of captions over a whole segment.
pub fn over_name(k: usize) -> String {
    format!("over{k}.ass")
}

/// The graph of a segment. Its sources are `{in}/s0` and `{in}/s1`, those of its layers `{in}/l0` and so on; `fills`
/// says which stills need no backdrop.
pub fn graph(segment: &Segment, fills: &dyn Fn(&Blob) -> bool) -> Graph {
    let canvas = Canvas { format: &segment.format, frames: segment.frames, fills };
    let mut graph = Graph::default();
    graph.shot(&segment.shot, &name(0), canvas);
    let mut last = name(0);
    if let Some(change) = &segment.change {
        graph.shot(&change.shot, &name(1), canvas);
        change::joined(&mut graph.filter, change, canvas);
        last = "changed".into();
    }
    graph.over(last, &segment.layers, &segment.captions, canvas);
    graph
}

impl Graph {
    /// Adds an input; its number.
    fn input(&mut self, args: &[&str], name: &str) -> usize {
        self.input_at(args, format!("{{in}}/{name}"))
    }

    fn input_at(&mut self, args: &[&str], place: String) -> usize {
        self.inputs.extend(args.iter().map(ToString::to_string));
        self.inputs.extend(["-i".into(), place]);
        self.count += 1;
        self.count - 1
    }

    /// Adds a shot: from its input to `[name]`, opaque and as large as the film, exactly as many frames as the canvas
    /// has, at times 0, 1, 2 … of the frame's time base.
    pub fn shot(&mut self, shot: &Shot, name: &str, canvas: Canvas<'_>) {
        let n = canvas.frames;
        let fills_frame = shot.framed.place.is_none() && shot.framed.levels.is_empty();
        if fills_frame {
            self.picture(shot, name, canvas, true);
            let _ = write!(self.filter, "[{name}p]");
        } else {
            // The picture's own track is never seen through: what does not fill it lies over black.
            let plain = Shot { source: Source::Black, framed: Framed::default(), captions: None };
            self.picture(&plain, &format!("{name}b"), canvas, true);
            let framed = Framed { blend: Blend::Normal, ..shot.framed.clone() };
            let layer = Layer { start: 0, frames: n, shot: Shot { framed, captions: None, ..shot.clone() } };
            self.layer(&format!("{name}bp"), &layer, name, &format!("{name}o"), canvas);
            let _ = write!(self.filter, "[{name}o]");
        }
        if let Some(captions) = &shot.captions {
            drawn(&mut self.filter, captions, &format!("{name}.ass"), canvas.format.rate);
            self.filter.push(',');
        }
        let _ = write!(self.filter, "trim=end_frame={n}[{name}];");
    }

    /// Adds what lies over `[last]`; the result is `[out]`.
    pub fn over(&mut self, mut last: String, layers: &[Layer], captions: &[Captions], canvas: Canvas<'_>) {
        for (k, layer) in layers.iter().enumerate() {
            let (name, next) = (layer_name(k), format!("over{k}"));
            self.layer(&last, layer, &name, &next, canvas);
            last = next;
        }
        let _ = write!(self.filter, "[{last}]");
        for (k, captions) in captions.iter().enumerate() {
            drawn(&mut self.filter, captions, &over_name(k), canvas.format.rate);
            self.filter.push(',');
        }
        self.filter.push_str("null[out]");
    }
}

/// Captions over the frames of a chain, on their own clock. Half a thousandth more than a frame's time keeps what
/// libass makes of it from falling into the one before.
fn drawn(filter: &mut String, captions: &Captions, file: &str, rate: Rate) {
    let (first, tick) = (captions.first, 2 * clock::tick(rate));
    let _ = write!(filter, "settb=1/2000,setpts=(N+{first})*{tick}+1,ass='{{in}}/{file}',");
    let _ = write!(filter, "settb={}/{},setpts=N", rate.den, rate.num);
}

/// The length of `n` frames in seconds, to the microsecond.
pub fn seconds(n: i64, format: &Format) -> String {
    format!("{:.6}", n as f64 * f64::from(format.rate.den) / f64::from(format.rate.num))
}

#[cfg(test)]
mod tests;
