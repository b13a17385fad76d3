//! B4 of the public benchmarks: a slide show of stills that come nearer or go away and dissolve into one another, beside
//! one FFmpeg command that moves them as smoothly, and one that moves them from pixel to pixel.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use super::{
    Row, jitter,
    media::{copied, encoded, ffmpeg, keep, quiet, render, written},
    median,
    shell::{studio, taken},
};

/// Stills, how long each is seen and goes over, in seconds.
const STILLS: usize = 10;
const SEEN: usize = 4;
const OVER: f64 = 0.5;
/// Renders and commands that are compared, in turn.
const ROUNDS: usize = 3;

pub fn measure() -> Vec<Row> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (ratio, store) = slide_show(folder.path());
    let shakes = jitter::worst(folder.path(), &store);
    vec![
        Row {
            what: "B4: 10 stills that move, to one command as smooth",
            target: "≤ 1.05 ×",
            measured: format!("{ratio:.2} ×"),
            holds: ratio <= 1.05,
        },
        Row {
            what: "B4: how much a still shakes that moves, in px/frame²",
            target: "≤ 0.05",
            measured: format!("{shakes:.3}"),
            holds: shakes <= 0.05,
        },
    ]
}

/// A slide show's time as a multiple of one command's, and a store in which nothing was made.
fn slide_show(folder: &Path) -> (f64, PathBuf) {
    let place = folder.join("slides");
    let store = place.join("store");
    fs::create_dir_all(&store).expect("a folder");
    studio(&store, &["ls"]);
    let stills: Vec<PathBuf> = (0..STILLS)
        .map(|n| {
            let still = place.join(format!("still{n}.png"));
            let source = format!("mandelbrot=s=1920x1080:start_scale={}", 2.0 / f64::from(1 << n));
            ffmpeg(&["-f", "lavfi", "-i", &source, "-frames:v", "1"], &still);
            still
        })
        .collect();
    let scenes: Vec<Value> = stills
        .iter()
        .enumerate()
        .map(|(n, still)| {
            let picture = json!({ "image": keep(&store, still, "image/png"), "width": 1920, "height": 1080 });
            let motion = ["zoom_in", "zoom_out"][n % 2];
            json!({ "id": format!("s{n}"), "picture": picture, "seconds": SEEN, "motion": motion, "transition": "dissolve" })
        })
        .collect();
    let request = written(folder, "b4.json", &json!({ "preset": "youtube-1080p", "timeline": scenes }));
    let ratios = (0..ROUNDS).map(|round| {
        let copy = place.join(format!("round-{round}"));
        copied(&store, &copy);
        let (ours, theirs) = (taken(render(&copy, &request)), taken(slides(&stills, &place, smooth)));
        println!("B4: {ours:.2} s, one command {theirs:.2} s");
        ours / theirs
    });
    let ratio = median(ratios.collect());
    // As guides have it: quicker, and every movement shakes.
    println!("B4: with zoompan at four times the size {:.2} s", taken(slides(&stills, &place, zoomed)));
    (ratio, store)
}

/// A still that comes nearer or goes away, `frames` frames long.
type Movement = fn(n: usize, frames: usize) -> String;

/// To a fraction of a pixel, as a render does it.
fn smooth(n: usize, frames: usize) -> String {
    let share = format!("clip((on-1)/{},0,1)", frames - 1);
    let off = if n.is_multiple_of(2) { format!("0.05*{share}") } else { format!("0.05*(1-{share})") };
    let (near, far) = (format!("({off})"), format!("(1-{off})"));
    format!(
        "scale=1920:1080,format=yuv420p,loop=loop={}:size=1,settb=1/30,setpts=N,perspective=x0='W*{near}':y0='H*{near}':\
         x1='W*{far}':y1='H*{near}':x2='W*{near}':y2='H*{far}':x3='W*{far}':y3='H*{far}':interpolation=cubic:eval=frame",
        frames - 1
    )
}

/// Four times as large, moved by `zoompan` from pixel to pixel.
fn zoomed(n: usize, frames: usize) -> String {
    let zoom = if n.is_multiple_of(2) { "1+0.1*on/120" } else { "1.1-0.1*on/120" };
    format!(
        "scale=7680:4320,zoompan=z='{zoom}':x='iw/2-iw/zoom/2':y='ih/2-ih/zoom/2':d={frames}:s=1920x1080:fps=30,\
         format=yuv420p,settb=1/30"
    )
}

/// One command: each still moved, and faded into the next.
fn slides(stills: &[PathBuf], place: &Path, movement: Movement) -> Command {
    let mut command = quiet();
    let frames = SEEN * 30 + 15;
    let mut graph = String::new();
    for (n, still) in stills.iter().enumerate() {
        command.args(["-framerate", "30", "-i"]).arg(still);
        let _ = write!(graph, "[{n}:v]{}[z{n}];", movement(n, frames));
    }
    let mut last = "z0".to_owned();
    for n in 1..stills.len() {
        let offset = (n * SEEN) as f64 - OVER / 2.0;
        let _ = write!(graph, "[{last}][z{n}]xfade=transition=fade:duration={OVER}:offset={offset}[x{n}];");
        last = format!("x{n}");
    }
    command.args(["-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo"]);
    command.args(["-filter_complex", graph.trim_end_matches(';'), "-map", &format!("[{last}]")]);
    command.args(["-map", &format!("{}:a", stills.len()), "-t", &(STILLS * SEEN).to_string()]);
    encoded(&mut command);
    command.arg(place.join("by-hand.mp4"));
    command
}
