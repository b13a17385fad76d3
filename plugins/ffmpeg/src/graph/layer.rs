//! One picture over another: overlays with their opacity and blend mode, plain colours and progress bars.

use std::fmt::Write;

use studio_plugin_sdk::timeline::{Blend, Color};

use super::{Canvas, EXACT, Graph, TO_FILM};
use crate::shot::Layer;

impl Graph {
    /// Lays a layer over `[under]`; its source is `name`, the result `[out]`.
    pub(super) fn layer(&mut self, under: &str, layer: &Layer, name: &str, out: &str, canvas: Canvas<'_>) {
        let framed = &layer.shot.framed;
        self.picture(&layer.shot, name, canvas.of(layer.frames), false);
        let (x, y, w, h) = canvas.pixels(framed.place);
        let filter = &mut self.filter;
        let _ = write!(filter, "[{name}p]");
        if !framed.levels.is_empty() {
            levels(filter, &framed.levels, name, canvas);
        }
        let _ = write!(filter, "setpts=N+{}", layer.start);
        // Centred in its place where it is smaller, on whole pixels of its colours.
        let centred = |from: u32, place: u32, size: &str| format!("'{from}+trunc(({place}-{size})/4)*2'");
        if framed.blend == Blend::Normal {
            let (x, y) = (centred(x, w, "w"), centred(y, h, "h"));
            let _ = write!(filter, "[{name}q];[{under}][{name}q]overlay=x={x}:y={y}");
        } else {
            let (x, y) = (centred(x, w, "iw"), centred(y, h, "ih"));
            let (width, height, mode) = (canvas.format.width, canvas.format.height, mode(framed.blend));
            let _ = write!(
                filter,
                ",format=yuva420p,scale={EXACT}:in_color_matrix=bt709:in_range=tv,format=gbrap,\
                 pad={width}:{height}:{x}:{y}:black@0,split[{name}q][{name}r];[{name}q]alphaextract[{name}a];\
                 [{name}r]format=gbrp[{name}c];[{under}]split[{name}u][{name}v];\
                 [{name}v]scale={EXACT}:in_color_matrix=bt709:in_range=tv,format=gbrp[{name}w];\
                 [{name}w][{name}c]blend=all_mode={mode},format=gbrap[{name}m];[{name}m][{name}a]alphamerge,format=gbrap,\
                 scale={EXACT}{TO_FILM},format=yuva420p[{name}n];[{name}u][{name}n]overlay=x=0:y=0"
            );
        }
        let _ = write!(filter, ":format=yuv420:eof_action=pass:repeatlast=0,format=yuv420p[{out}];");
    }

    /// One frame of a plain colour, or of black.
    pub(super) fn plain(&mut self, color: Option<Color>, (w, h): (u32, u32), canvas: Canvas<'_>) {
        let rate = canvas.rate();
        let (color, deep, film) = match color {
            None => ("black".into(), "gbrp", "yuv420p"),
            Some(color) if color.alpha == 255 => (written(color), "gbrp", "yuv420p"),
            Some(color) => (written(color), "gbrap", "yuva420p"),
        };
        let _ = write!(
            self.filter,
            "color={color}:s={w}x{h}:r={rate},format={deep},scale={EXACT}{TO_FILM},format={film},setsar=1,trim=end_frame=1"
        );
    }

    /// A bar that has grown `first` frames of `whole` before its first frame.
    pub(super) fn bar(
        &mut self,
        name: &str,
        (color, rest): (Color, Option<Color>),
        (first, whole): (i64, u32),
        (w, h): (u32, u32),
        canvas: Canvas<'_>,
    ) {
        // An edge that travels to the right is a wipe; what was to be a transition is as long as the bar.
        let rest = rest.unwrap_or(Color { alpha: 0, ..color });
        let side = |color: Color, label: char| {
            format!(
                "color={}:s={w}x{h}:r={},format=gbrap,settb=AVTB,setpts='(N{first:+})*1000000/{whole}'[{name}{label}];",
                written(color),
                canvas.rate()
            )
        };
        // To the microsecond where the first frame is, however far that is into the bar.
        let offset = -(first * 1_000_000 / i64::from(whole.max(1))) as f64 / 1e6;
        let _ = write!(
            self.filter,
            "{}{}[{name}x][{name}y]xfade=transition=wiperight:duration=1:offset={offset:.6},trim=end_frame={},\
             scale={EXACT}{TO_FILM},format=yuva420p,setsar=1,{}",
            side(rest, 'x'),
            side(color, 'y'),
            canvas.frames,
            canvas.numbered()
        );
    }
}

/// Opacity that changes from frame to frame.
fn levels(filter: &mut String, levels: &[(u32, u8)], name: &str, canvas: Canvas<'_>) {
    let factor = |level: u8| format!("val*{level}/255");
    filter.push_str("format=yuva420p,");
    let mut commands = String::new();
    let mut at = 0;
    for (count, level) in levels {
        if at > 0 {
            // Half a frame before: the command is then given with that frame.
            let moment = super::seconds(i64::from(at) * 2 - 1, canvas.format).parse::<f64>().unwrap_or(0.0) / 2.0;
            let _ = write!(commands, "{moment:.6} lutyuv@{name} a {};", factor(*level));
        }
        at += count;
    }
    if !commands.is_empty() {
        let _ = write!(filter, "sendcmd=c='{}',", commands.trim_end_matches(';'));
    }
    let first = levels.first().map_or(255, |(_, level)| *level);
    let _ = write!(filter, "lutyuv@{name}=y=val:u=val:v=val:a='{}',", factor(first));
}

/// A colour as FFmpeg writes it.
pub(super) fn written(color: Color) -> String {
    let Color { red, green, blue, alpha } = color;
    format!("0x{red:02x}{green:02x}{blue:02x}{alpha:02x}")
}

fn mode(blend: Blend) -> &'static str {
    match blend {
        Blend::Normal => "normal",
        Blend::Multiply => "multiply",
        Blend::Screen => "screen",
        Blend::Overlay => "overlay",
        Blend::Add => "addition",
        Blend::Darken => "darken",
        Blend::Lighten => "lighten",
        Blend::Difference => "difference",
    }
}
