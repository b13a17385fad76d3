//! How a picture fills its place: stretched, cut off, over a blurred enlargement of itself, or with room around it.

use std::fmt::Write;

use studio_plugin_sdk::timeline::{Fit, Rect};

use super::{Canvas, EXACT, Graph, TO_FILM, motion};
use crate::{
    preset::Format,
    shot::{Framed, Shot, Source, Video},
};

/// A chain in the making, and what is known of the picture in it.
struct Fitting<'a> {
    name: &'a str,
    fit: Fit,
    width: u32,
    height: u32,
    /// What is behind it must not be seen.
    opaque: bool,
}

impl Graph {
    /// Adds a shot's picture in its place: `[namep]`, with the canvas's frames. An opaque one is as large as its place;
    /// others may be smaller where they keep their shape.
    pub(super) fn picture(&mut self, shot: &Shot, name: &str, canvas: Canvas<'_>, opaque: bool) {
        let framed = &shot.framed;
        let (_, _, width, height) = canvas.pixels(framed.place);
        let moves = framed.within.is_some();
        let fit = if moves { Fit::Stretch } else { framed.fit };
        let fitting = Fitting { name, fit, width, height, opaque: opaque || moves };
        let looped = format!(",loop=loop={}:size=1:start=0,{}", i64::from(canvas.frames) - 1, canvas.numbered());
        match &shot.source {
            Source::Black => {
                self.plain(None, (width, height), canvas);
                self.filter.push_str(&looped);
            }
            Source::Color { color } => {
                self.plain(Some(*color), (width, height), canvas);
                self.filter.push_str(&looped);
            }
            Source::ProgressBar { color, rest, first, whole } => {
                self.bar(name, (*color, *rest), (*first, *whole), (width, height), canvas);
            }
            Source::Still { image } => {
                self.still(name, canvas);
                cropped(&mut self.filter, framed);
                let plain = framed.crop.is_empty() && framed.place.is_none() && !moves;
                let filter = &mut self.filter;
                if fit == Fit::Blurred && plain && (canvas.fills)(image) {
                    fitted(filter, width, height);
                } else if fit == Fit::Blurred {
                    filter.push_str(",format=rgba");
                    backdrop(filter, &fitting, SCREEN_MIX);
                } else {
                    see_through(filter, &fitting, canvas);
                }
                filter.push_str(&looped);
            }
            Source::Video(video) => {
                self.video(video, name, canvas);
                self.filter.push_str(super::colour::read(video.colours));
                cropped(&mut self.filter, framed);
                moving(&mut self.filter, video, &fitting, framed, canvas);
            }
        }
        if moves {
            motion::path(&mut self.filter, framed);
        }
        let _ = write!(self.filter, "[{name}p];");
    }
}

/// A video in its place.
fn moving(filter: &mut String, video: &Video, fitting: &Fitting<'_>, framed: &Framed, canvas: Canvas<'_>) {
    let (width, height) = (fitting.width, fitting.height);
    let whole = framed.crop.is_empty() && framed.place.is_none();
    match fitting.fit {
        _ if video.alpha && fitting.fit != Fit::Blurred => see_through(filter, fitting, canvas),
        Fit::Stretch => fitted(filter, width, height),
        Fit::Blurred if whole && same_shape((video.width, video.height), canvas.format) => {
            fitted(filter, width, height);
        }
        Fit::Blurred => {
            let _ = write!(filter, ",scale=w=iw:h=ih:{EXACT}{TO_FILM},format=yuv420p");
            backdrop(filter, fitting, FILM_MIX);
        }
        Fit::Cover => {
            covering(filter, fitting, TO_FILM);
            filter.push_str(",format=yuv420p,setsar=1");
        }
        Fit::Contain => {
            let (w, h) = inside(fitting);
            let _ = write!(filter, ",scale=w={w}:h={h}:{EXACT}{TO_FILM},format=yuv420p,setsar=1");
            if fitting.opaque {
                let _ = write!(filter, ",pad={width}:{height}:(ow-iw)/2:(oh-ih)/2:black");
            }
        }
    }
}

/// The part of a picture that is seen, or in which it moves.
fn cropped(filter: &mut String, framed: &Framed) {
    let still = framed.crop.first().map(|key| key.rect);
    if let Some(Rect { x, y, width, height }) = framed.within.or(still).filter(|rect| *rect != Rect::WHOLE) {
        let _ = write!(
            filter,
            ",crop=w='max(1,round(iw*{width:.6}))':h='max(1,round(ih*{height:.6}))':x='round(iw*{x:.6})':\
             y='round(ih*{y:.6})':exact=1"
        );
    }
}

/// The whole picture where it has the shape of its place.
fn fitted(filter: &mut String, width: u32, height: u32) {
    let _ = write!(filter, ",scale={width}:{height}:{EXACT}{TO_FILM},format=yuv420p,setsar=1");
}

/// Shapes that differ by less than 2 % are stretched: nobody sees it, but everybody sees a thin line of backdrop.
fn near(fitting: &Fitting<'_>) -> String {
    let shape = f64::from(fitting.width) / f64::from(fitting.height);
    format!("between(dar,{:.4},{:.4})", shape * 0.98, shape * 1.02)
}

/// Width and height of the whole picture within its place.
fn inside(fitting: &Fitting<'_>) -> (String, String) {
    let (w, h, near) = (fitting.width, fitting.height, near(fitting));
    (
        format!("'if({near},{w},min({w},max(2,trunc({h}*dar/2)*2)))'"),
        format!("'if({near},{h},min({h},max(2,trunc({w}/dar/2)*2)))'"),
    )
}

/// The picture over all of its place; what stands out is cut off: most of it before the picture is scaled, since that
/// is what costs, the rest after it.
fn covering(filter: &mut String, fitting: &Fitting<'_>, colours: &str) {
    let (w, h, near) = (fitting.width, fitting.height, near(fitting));
    let shape = f64::from(w) / f64::from(h);
    // Whole pixels of the colours, which have half the resolution.
    let seen = |side: &str, share: &str| format!("'if({near},{side},min({side},2*ceil({side}*{share}/2)))'");
    let _ = write!(
        filter,
        ",crop=w={}:h={}:x='2*floor((iw-ow)/4)':y='2*floor((ih-oh)/4)':exact=1",
        seen("iw", &format!("{shape:.6}/dar")),
        seen("ih", &format!("dar/{shape:.6}"))
    );
    let _ = write!(
        filter,
        ",scale=w='if({near},{w},max({w},ceil({h}*dar/2)*2))':h='if({near},{h},max({h},ceil({w}/dar/2)*2))':\
         {EXACT}{colours},crop={w}:{h}"
    );
}

/// A picture that may have holes. Colours are weighed with their opacity while it is scaled, so that what is behind a
/// hole does not bleed into its edge.
fn see_through(filter: &mut String, fitting: &Fitting<'_>, canvas: Canvas<'_>) {
    filter.push_str(",format=gbrap,premultiply=inplace=1");
    let (name, w, h) = (fitting.name, fitting.width, fitting.height);
    match fitting.fit {
        Fit::Cover => covering(filter, fitting, ""),
        Fit::Contain => {
            let (w, h) = inside(fitting);
            let _ = write!(filter, ",scale=w={w}:h={h}:{EXACT}");
        }
        Fit::Stretch | Fit::Blurred => {
            let _ = write!(filter, ",scale={w}:{h}:{EXACT}");
        }
    }
    filter.push_str(",setsar=1,unpremultiply=inplace=1");
    if fitting.opaque {
        let _ = write!(
            filter,
            "[{name}f];color=black:s={w}x{h}:r={},format=gbrp[{name}k];\
             [{name}k][{name}f]overlay=x=(W-w)/2:y=(H-h)/2:format=gbrp:shortest=1,scale={EXACT}{TO_FILM},format=yuv420p",
            canvas.rate()
        );
    } else {
        let _ = write!(filter, ",scale={EXACT}{TO_FILM},format=yuva420p");
    }
}

/// In which colours a picture is laid over its backdrop, how that is darkened there, and what makes a film's of them.
type Mix = (&'static str, &'static str, &'static str);
const SCREEN_MIX: Mix = (
    "gbrp",
    "colorlevels=romax=0.6:gomax=0.6:bomax=0.6",
    ",scale=flags=bicubic+accurate_rnd+bitexact+full_chroma_int+full_chroma_inp:out_color_matrix=bt709:out_range=tv",
);
const FILM_MIX: Mix = ("yuv420", "lutyuv=y='16+(val-16)*0.6':u='128+(val-128)*0.6':v='128+(val-128)*0.6'", "");

/// The whole picture, over a blurred and darkened enlargement of itself where it has another shape.
fn backdrop(filter: &mut String, fitting: &Fitting<'_>, (mode, darken, film): Mix) {
    let (name, w, h) = (fitting.name, fitting.width, fitting.height);
    let (small_w, small_h) = (w.div_ceil(16) * 2, h.div_ceil(16) * 2);
    let (fit_w, fit_h) = inside(fitting);
    let small = Fitting { width: small_w, height: small_h, ..*fitting };
    let _ = write!(filter, ",split[{name}x][{name}y];[{name}x]null");
    covering(filter, &small, "");
    let _ = write!(
        filter,
        ",setsar=1,boxblur=6:2,{darken},scale={w}:{h}:{EXACT},setsar=1[{name}z];\
         [{name}y]scale=w={fit_w}:h={fit_h}:{EXACT},setsar=1[{name}f];\
         [{name}z][{name}f]overlay=x=(W-w)/2:y=(H-h)/2:format={mode}{film},format=yuv420p,setsar=1"
    );
}

/// Do pictures of that size have the film's shape, to 1 %?
pub fn same_shape(size: (u32, u32), format: &Format) -> bool {
    let shape = |w: u32, h: u32| f64::from(w) / f64::from(h.max(1));
    (shape(size.0, size.1) / shape(format.width, format.height) - 1.0).abs() < 0.01
}
