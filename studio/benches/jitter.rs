//! How much a still shakes while it moves: a marker is followed through a finished film.

use std::{io::Read, path::Path, process::Stdio};

use serde_json::{Value, json};

use super::{
    media::{blob, copied, ffmpeg, keep, quiet, written},
    shell::studio,
};

const WIDTH: usize = 1920;
const HEIGHT: usize = 1080;
/// Seconds that it moves.
const SECONDS: usize = 4;
/// Where the marker's middle is, and its radius: off the centre of every movement, and so large that what the encoder does
/// to its edge says little.
const MARKER: (f64, f64, f64) = (1251.5, 303.5, 64.0);
/// What is darker than that is no marker: it is black (16), or what the encoder made of it.
const DARK: u8 = 20;
const MOTIONS: [&str; 4] = ["zoom_in", "zoom_out", "pan_left", "pan_up"];

/// Of the movements that a scene can have, how much the one that shakes most does: root mean square of the second
/// difference of the marker's place, in pixels a frame².
pub fn worst(folder: &Path, store: &Path) -> f64 {
    let ((x, y, r), still) = (MARKER, folder.join("marker.png"));
    let source = format!(
        "color=black:s={WIDTH}x{HEIGHT}:d=0.04,format=gray,geq=lum='255*clip({r}-hypot(X-{x},Y-{y}),0,1)',format=rgb24"
    );
    ffmpeg(&["-f", "lavfi", "-i", &source, "-frames:v", "1"], &still);
    let copy = folder.join("jitter");
    copied(store, &copy);
    let store = &copy;
    let picture = json!({ "image": keep(store, &still, "image/png"), "width": WIDTH, "height": HEIGHT });
    let shaking = |motion: &&str| {
        let scene = json!({ "id": "marker", "picture": &picture, "seconds": SECONDS, "motion": motion });
        let request = written(folder, "jitter.json", &json!({ "preset": "youtube-1080p", "timeline": [scene] }));
        let film: Value = studio(store, &["plugin", "call", "ffmpeg", "render", &request]);
        let shakes = jitter(&path(&blob(store, &film["video"])));
        println!("B4: {motion}: {shakes:.3} px/frame²");
        shakes
    };
    MOTIONS.iter().map(shaking).fold(0.0, f64::max)
}

/// Where the marker is in each frame of a film.
fn path(film: &Path) -> Vec<(f64, f64)> {
    let mut command = quiet();
    command.arg("-i").arg(film).args(["-map", "0:v", "-f", "rawvideo", "-pix_fmt", "gray", "-"]);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("ffmpeg starts");
    let mut out = child.stdout.take().expect("its output");
    let (mut frame, mut path) = (vec![0; WIDTH * HEIGHT], Vec::new());
    while out.read_exact(&mut frame).is_ok() {
        path.push(middle(&frame));
    }
    assert!(child.wait().expect("ffmpeg ends").success());
    assert_eq!(path.len(), SECONDS * 30, "frames of the film");
    path
}

/// The middle of what is bright, in pixels.
fn middle(frame: &[u8]) -> (f64, f64) {
    let (mut sum, mut across, mut down) = (0.0, 0.0, 0.0);
    for (y, row) in frame.chunks_exact(WIDTH).enumerate() {
        for (x, light) in row.iter().enumerate().filter(|(_, light)| **light > DARK) {
            let light = f64::from(light - DARK);
            sum += light;
            across += light * x as f64;
            down += light * y as f64;
        }
    }
    assert!(sum > 0.0, "the marker is out of the picture");
    (across / sum, down / sum)
}

fn jitter(path: &[(f64, f64)]) -> f64 {
    let bend = |a: f64, b: f64, c: f64| (c - 2.0 * b + a).powi(2);
    let squares: f64 = path.windows(3).map(|p| bend(p[0].0, p[1].0, p[2].0) + bend(p[0].1, p[1].1, p[2].1)).sum();
    (squares / (path.len() - 2) as f64).sqrt()
}
