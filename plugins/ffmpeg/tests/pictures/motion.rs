//! Pictures that move: along the path that was asked for, and smoothly.

use studio_plugin_sdk::timeline::{CropKey, Ease, Fit, Framing, Media, Rect};

use crate::{
    scene::{Frame, HEIGHT, WIDTH, framed, frames_of, media, still},
    studio::Studio,
};

/// Most that a marker may shake: root mean square of the second difference of its place, in pixels a frame².
const JITTER: f64 = 0.05;
const FRAMES: u32 = 90;
/// Where the marker's middle is, in shares of the picture: off the centre of every movement.
const MARKER: (f64, f64) = (0.652, 0.281);

/// A white disc with a soft edge on black, `size` pixels wide and high.
fn disc(size: u32) -> String {
    let (x, y, r) = (MARKER.0 * f64::from(size) - 0.5, MARKER.1 * f64::from(size) - 0.5, f64::from(size) * 0.03);
    format!(
        "color=black:s={size}x{size}:d=0.04,format=gray,geq=lum='255*clip({r}-hypot(X-{x},Y-{y}),0,1)',format=rgb24"
    )
}

/// The middle of what is bright, in pixels.
fn marker(frame: &Frame) -> (f64, f64) {
    let (mut sum, mut across, mut down) = (0.0, 0.0, 0.0);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let light = f64::from(frame.luma(x, y).saturating_sub(16));
            sum += light;
            across += light * (x as f64 + 0.5);
            down += light * (y as f64 + 0.5);
        }
    }
    assert!(sum > 0.0, "the marker is out of the picture");
    (across / sum, down / sum)
}

/// How much a path shakes.
fn jitter(path: &[(f64, f64)]) -> f64 {
    let bend = |p: &[(f64, f64)], get: fn(&(f64, f64)) -> f64| get(&p[2]) - 2.0 * get(&p[1]) + get(&p[0]);
    let squares: f64 = path.windows(3).map(|p| bend(p, |p| p.0).powi(2) + bend(p, |p| p.1).powi(2)).sum();
    (squares / (path.len() - 2) as f64).sqrt()
}

fn square(x: f64, y: f64, size: f64) -> Rect {
    Rect { x, y, width: size, height: size }
}

/// Where the marker should be: of a rectangle that is seen all over the frame.
fn wanted(rect: Rect) -> (f64, f64) {
    ((MARKER.0 - rect.x) / rect.width * WIDTH as f64, (MARKER.1 - rect.y) / rect.height * HEIGHT as f64)
}

fn follow(studio: &Studio, media: Media, from: Rect, to: Rect, ease: Ease) -> Vec<(f64, f64)> {
    let key = |frame, rect| CropKey { frame, rect, ease };
    let framing =
        Framing { fit: Some(Fit::Cover), crop: vec![key(0, from), key(FRAMES - 1, to)], ..Framing::default() };
    let path: Vec<_> = frames_of(studio, framed("x", media, FRAMES, framing)).iter().map(marker).collect();
    for (k, seen) in path.iter().enumerate() {
        let done = ease.at(k as f64 / f64::from(FRAMES - 1));
        let along = |a: f64, b: f64| a + (b - a) * done;
        let rect = Rect {
            x: along(from.x, to.x),
            y: along(from.y, to.y),
            width: along(from.width, to.width),
            height: along(from.height, to.height),
        };
        let off = (seen.0 - wanted(rect).0).hypot(seen.1 - wanted(rect).1);
        assert!(off < 0.75, "frame {k}: the marker is at {seen:?}, {off} px from {:?}", wanted(rect));
    }
    path
}

#[test]
fn a_still_moves_without_shaking() {
    let studio = Studio::new();
    let picture = still(&studio, "disc", &disc(960));
    let zoom = follow(&studio, picture.clone(), Rect::WHOLE, square(0.05, 0.05, 0.9), Ease::Linear);
    let pan = follow(&studio, picture, square(0.0, 0.0, 0.8), square(0.2, 0.07, 0.8), Ease::Linear);
    assert!(jitter(&zoom) <= JITTER, "the zoom shakes by {} px/frame²", jitter(&zoom));
    assert!(jitter(&pan) <= JITTER, "the pan shakes by {} px/frame²", jitter(&pan));
}

#[test]
fn a_film_moves_without_shaking() {
    let studio = Studio::new();
    let source = format!("{},loop=loop={FRAMES}:size=1,setpts=N/30/TB", disc(720));
    let args = ["-r", "30", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "4"];
    let video = media(&studio, "disc.mp4", &source, &args, "video/mp4");
    let film = Media::Video { video, from: 0.0.into() };
    let path = follow(&studio, film, Rect::WHOLE, square(0.06, 0.02, 0.85), Ease::InOut);
    // A movement that gathers speed bends by itself, here by 0.02.
    assert!(jitter(&path) <= JITTER, "it shakes by {} px/frame²", jitter(&path));
}

#[test]
fn a_path_in_whole_pixels_would_be_found_out() {
    // As zoompan goes: a slow movement whose places are rounded.
    let stepping: Vec<(f64, f64)> = (0..90).map(|k| ((f64::from(k) * 0.3).round(), 100.0)).collect();
    assert!(jitter(&stepping) > 4.0 * JITTER, "{}", jitter(&stepping));
}
