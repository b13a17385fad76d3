//! B8 of the public benchmarks: twelve voices, from very quiet to far too loud, over three beds; how far the finished
//! sounds are from their loudness, and how high their peaks. Each is measured by FFmpeg, not by what was told of it.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};

use super::{
    Row,
    media::{blob, ffmpeg, keep, written},
    shell::studio,
};

const TEXT: &str = "Rice is grown on every continent but one, and it feeds more than half of the world.";
/// How voices of espeak-ng are recorded: its voice, and what FFmpeg does to it.
const VOICES: [(&str, &str); 12] = [
    ("en-us", "anull"),
    ("en+f4", "volume=-26dB"),
    ("en+whisper", "anull"),
    ("en+m3", "volume=-45dB"),
    ("en+f2", "aeval=val(0)/12+0.9*lt(mod(n\\,16000)\\,6)"),
    ("en+m1", "aecho=0.8:0.7:60|110:0.5|0.4"),
    ("en-gb", "volume=-35dB"),
    ("en+f1", "anull"),
    ("en+m7", "volume=20dB"),
    ("en+m2", "acompressor=threshold=0.02:ratio=8:makeup=8"),
    ("de", "highpass=300,lowpass=3400"),
    ("en+croak", "anull"),
];
/// Beds: none, loud noise, a beat. Source and filter.
const BEDS: [Option<(&str, &str)>; 3] = [
    None,
    Some(("anoisesrc=c=pink:seed=1:d=6", "volume=9dB,alimiter=limit=0.999:level=false")),
    Some(("sine=110:b=8:d=6", "volume=12dB")),
];
/// Frames of the films, at 30 a second, and the loudness that is wanted of them, in LUFS.
const FRAMES: u32 = 170;
const WANTED: f64 = -14.0;

pub fn measure() -> Vec<Row> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = folder.path().join("store");
    studio(&store, &["ls"]);
    let voices = VOICES.iter().enumerate().map(|(n, (voice, filter))| {
        let (raw, file) = (folder.path().join("raw.wav"), folder.path().join(format!("voice{n}.wav")));
        let said = Command::new("espeak-ng").args(["-v", voice, "-w"]).arg(&raw).arg(TEXT).status();
        assert!(said.expect("espeak-ng starts").success(), "espeak-ng has no voice {voice}");
        ffmpeg(&["-i", &raw.to_string_lossy(), "-af", filter], &file);
        keep(&store, &file, "audio/wav")
    });
    let voices: Vec<Value> = voices.collect();
    let beds = BEDS.iter().enumerate().map(|(n, bed)| {
        bed.map(|(source, filter)| {
            let file = folder.path().join(format!("bed{n}.wav"));
            ffmpeg(&["-f", "lavfi", "-i", source, "-af", filter], &file);
            keep(&store, &file, "audio/wav")
        })
    });
    let beds: Vec<Option<Value>> = beds.collect();
    let (mut off, mut highest) = (0.0f64, f64::NEG_INFINITY);
    for voice in &voices {
        for bed in &beds {
            let (level, peak) = sound(folder.path(), &store, voice, bed.as_ref());
            off = off.max((level - WANTED).abs());
            highest = highest.max(peak);
        }
    }
    vec![
        Row {
            what: "B8: 12 voices over 3 beds: farthest from -14 LUFS",
            target: "≤ 0.5 LU",
            measured: format!("{off:.1} LU"),
            holds: off <= 0.5,
        },
        Row {
            what: "B8: the highest true peak of these",
            target: "≤ -1 dBTP",
            measured: format!("{highest:.1} dBTP"),
            holds: highest <= -1.0,
        },
    ]
}

/// Integrated loudness and true peak of a podcast of a voice, over a bed.
fn sound(folder: &Path, store: &Path, voice: &Value, bed: Option<&Value>) -> (f64, f64) {
    let clip =
        |id: &str, media: Value, frames: u32| json!({ "kind": "clip", "id": id, "media": media, "frames": frames });
    let audio = |audio: &Value| json!({ "type": "audio", "audio": audio });
    let track = |kind: &str, clip: Value| json!({ "kind": kind, "items": [clip] });
    let mut tracks = vec![
        track("video", clip("p", json!({ "type": "color", "color": "#203040" }), FRAMES)),
        track("narration", clip("v", audio(voice), FRAMES - 10)),
    ];
    tracks.extend(bed.map(|bed| track("music", clip("m", audio(bed), FRAMES))));
    let timeline = json!({ "rate": { "num": 30, "den": 1 }, "tracks": tracks });
    let request = json!({ "preset": "podcast", "loudness": { "integrated": WANTED }, "timeline": timeline });
    let request = written(folder, "request.json", &request);
    let film = studio(store, &["plugin", "call", "ffmpeg", "render", &request]);
    let file = folder.join("sound.m4a");
    fs::copy(blob(store, &film["video"]), &file).expect("the sound");
    let meter = ["-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"];
    let out = Command::new("ffmpeg").args(["-nostats", "-i"]).arg(&file).args(meter).output().expect("ffmpeg starts");
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    let said = &said[said.rfind("Integrated loudness").expect("a measure")..];
    let number = |after: &str| -> f64 {
        let rest = said.split_once(after).map(|(_, rest)| rest).unwrap_or_default();
        rest.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
    };
    (number("I:"), number("Peak:"))
}
