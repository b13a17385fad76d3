//! Pictures that move within their place (Ken Burns), to a fraction of a pixel.
//!
//! FFmpeg's `perspective` places the corners of what is seen with 1/256 of a pixel, where `zoompan` and `crop` jump from
//! pixel to pixel. A place is a closed formula of the frame, so a segment draws its frames as the whole clip would.

use std::fmt::Write;

use studio_plugin_sdk::timeline::{Ease, Rect};

use crate::shot::{CropAt, Framed};

/// Adds the movement to a chain whose picture is the part within which it moves, as large as its place.
pub fn path(filter: &mut String, framed: &Framed) {
    let within = framed.within.unwrap_or(Rect::WHOLE);
    let side = |get: fn(&Rect) -> f64, from: f64, length: f64| along(&framed.crop, |rect| (get(rect) - from) / length);
    let left = side(|r| r.x, within.x, within.width);
    let right = side(|r| r.x + r.width, within.x, within.width);
    let top = side(|r| r.y, within.y, within.height);
    let bottom = side(|r| r.y + r.height, within.y, within.height);
    let _ = write!(
        filter,
        ",perspective=x0='W*({left})':y0='H*({top})':x1='W*({right})':y1='H*({top})':x2='W*({left})':\
         y2='H*({bottom})':x3='W*({right})':y3='H*({bottom})':interpolation=cubic:eval=frame"
    );
}

/// A value that goes from key to key, as a formula of `on`, which counts frames from 1.
fn along(keys: &[CropAt], value: impl Fn(&Rect) -> f64) -> String {
    let Some(first) = keys.first() else { return "0".into() };
    let mut sum = format!("{:.9}", value(&first.rect));
    for pair in keys.windows(2) {
        let step = value(&pair[1].rect) - value(&pair[0].rect);
        if step.abs() < 1e-9 {
            continue;
        }
        let frames = (pair[1].at - pair[0].at).max(1);
        let time = format!("clip((on-1{:+})/{frames},0,1)", -pair[0].at);
        let _ = write!(sum, "{step:+.9}*{}", eased(pair[0].ease, &time));
    }
    sum
}

/// [`Ease::at`] as FFmpeg's formula of a share of the time.
pub fn eased(ease: Ease, time: &str) -> String {
    match ease {
        Ease::Linear => time.to_string(),
        Ease::In => format!("pow({time},2)"),
        Ease::Out => format!("(1-pow(1-{time},2))"),
        Ease::InOut => format!("(pow({time},2)*(3-2*{time}))"),
    }
}
