//! The public benchmarks: a minute of twelve films with captions, speech and a bed of music, assembled (B1), edited (B2),
//! killed and gone on with (B6), looked into (B7). Beside one FFmpeg command as a person would write it, with the same
//! encoder settings. Everything that is shown and heard is made here.

use std::{
    fmt::Write as _,
    fs,
    ops::Range,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    Row,
    media::{blob, copied, encoded, ffmpeg, keep, quiet, render, written},
    median,
    serving::Serving,
    shell::{kill, megabytes, studio, taken, timed},
};

/// Clips, and how long each is, in seconds.
const CLIPS: usize = 12;
const LONG: usize = 5;
/// Renders and commands that are compared, in turn.
const ROUNDS: usize = 3;
/// When a render is killed, in shares of its time.
const KILLS: [f64; 3] = [0.2, 0.5, 0.8];
/// The clip over which another word is said.
const EDITED: usize = 6;
/// Moments that are looked at.
const LOOKS: usize = 7;
/// What is said, a sentence a clip.
const SAID: [&str; CLIPS] = [
    "Rice is grown in terraces that climb the hills like stairs.",
    "Water runs from field to field and is never pumped.",
    "Each wall is built of stone and mended by hand.",
    "Families share the work when the rains are late.",
    "The seedlings stand close together in a nursery bed.",
    "After a month they are pulled and planted one by one.",
    "Ducks walk between the rows and eat the weeds.",
    "Fish live in the ponds beside the upper fields.",
    "In summer the whole valley turns a bright green.",
    "In autumn the ears are heavy and the colour is gold.",
    "The straw is dried and kept for roofs and mats.",
    "Then the water is let out and the year begins again.",
];

pub fn measure() -> Vec<Row> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let inputs = Inputs::make(folder.path());
    if let Some(to) = std::env::var_os("STUDIO_BENCH_INPUTS") {
        inputs.hand_out(Path::new(&to));
    }
    let (b1, memory, whole) = assemble(folder.path(), &inputs);
    let edited = edit(folder.path(), &inputs);
    let resumed = killed(folder.path(), &inputs, whole);
    let (started, open) = looked_into(folder.path(), &inputs);
    let times =
        |what, target, ratio: f64, most| Row { what, target, measured: format!("{ratio:.2} ×"), holds: ratio <= most };
    let seconds = |what, target, s: f64, most| Row { what, target, measured: format!("{s:.2} s"), holds: s <= most };
    vec![
        times("B1: a minute of 12 films assembled, to one command", "≤ 1.05 ×", b1, 1.05),
        times("B1: memory of all processes, to one command's", "≤ 1.2 ×", memory, 1.2),
        seconds("B2: one word of it changed, made again", "< 3 s", edited, 3.0),
        times("B6: killed at 20, 50, 80 %, to not killed: worst", "≤ 1.05 ×", resumed, 1.05),
        seconds("B7: a frame of a moment, in a studio that is open", "≤ 0.3 s", open, 0.3),
        seconds("B7: the same, the program's start and all", "≤ 0.3 s", started, 0.3),
    ]
}

/// What is shown and heard, as files and as blobs of a store.
struct Inputs {
    store: PathBuf,
    clips: Vec<PathBuf>,
    speech: Vec<Value>,
    music: PathBuf,
}

impl Inputs {
    fn make(folder: &Path) -> Self {
        let place = folder.join("inputs");
        fs::create_dir_all(&place).expect("a folder");
        let store = folder.join("store");
        let clips = (0..CLIPS).map(|n| {
            let clip = place.join(format!("clip{n}.mp4"));
            let source = format!("testsrc2=s=1920x1080:r=30:d={LONG},hue=h={}:s=1.2", n * 30);
            let encoder = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p"];
            ffmpeg(&[&["-f", "lavfi", "-i", &source], &encoder[..]].concat(), &clip);
            clip
        });
        let clips: Vec<PathBuf> = clips.collect();
        let said =
            |text: &&str| studio(&store, &["plugin", "call", "espeak", "tts", &json!({ "text": text }).to_string()]);
        let speech: Vec<Value> = SAID.iter().map(said).collect();
        let music = place.join("music.wav");
        let chord = "aevalsrc='0.1*(sin(440*PI*t)+sin(554*PI*t)+sin(660*PI*t))*(0.6+0.4*sin(PI*t))':s=48000:d=60";
        ffmpeg(&["-f", "lavfi", "-i", chord, "-ac", "2"], &music);
        Self { store, clips, speech, music }
    }

    /// Puts them where other programs find them, with what is to be made of them.
    fn hand_out(&self, to: &Path) {
        let copy = |from: &Path, name: String| {
            fs::copy(from, to.join(&name)).expect("a copy");
            name
        };
        let clips: Vec<Value> = (0..CLIPS)
            .map(|n| {
                let video = copy(&self.clips[n], format!("clip{n}.mp4"));
                let speech = copy(&blob(&self.store, &self.speech[n]["audio"]), format!("speech{n}.wav"));
                json!({ "video": video, "speech": speech, "text": SAID[n] })
            })
            .collect();
        let music = copy(&self.music, "music.wav".into());
        let font = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/ffmpeg/fonts/caption.ttf");
        let film = json!({
            "width": 1080, "height": 1920, "seconds": LONG, "music": music, "font": font, "clips": clips,
        });
        fs::write(to.join("film.json"), film.to_string()).expect("a file");
    }

    /// The request for the film; `edit`: what is said over the clip that is [`EDITED`].
    fn request(&self, edit: Option<&Value>) -> Value {
        let frames = LONG * 30;
        let said = |n: usize| edit.filter(|_| n == EDITED).unwrap_or(&self.speech[n]);
        let video = (0..CLIPS).map(|n| {
            let media = json!({ "type": "video", "video": keep(&self.store, &self.clips[n], "video/mp4") });
            let framing = json!({ "fit": "cover" });
            json!({ "kind": "clip", "id": format!("c{n}"), "media": media, "frames": frames, "framing": framing, "captions": said(n)["words"] })
        });
        let narration = (0..CLIPS).map(|n| {
            let media = json!({ "type": "audio", "audio": said(n)["audio"] });
            json!({ "kind": "clip", "id": format!("c{n}"), "media": media, "frames": frames })
        });
        let music = json!({ "type": "audio", "audio": keep(&self.store, &self.music, "audio/x-wav") });
        let music =
            json!({ "kind": "clip", "id": "music", "media": music, "frames": frames * CLIPS, "gain_db": -12.0 });
        let track = |kind: &str, items: Vec<Value>| json!({ "kind": kind, "items": items });
        json!({
            "preset": "shorts-1080p",
            "timeline": {
                "rate": { "num": 30, "den": 1 },
                "tracks": [
                    track("video", video.collect()),
                    track("narration", narration.collect()),
                    track("music", vec![music]),
                ],
            },
        })
    }

    /// One command: some films cropped and scaled, one after another, captions, speech over quieter music, one encoder.
    fn by_hand(&self, folder: &Path, clips: Range<usize>) -> Command {
        let mut command = quiet();
        for clip in &self.clips[clips.clone()] {
            command.arg("-i").arg(clip);
        }
        for speech in &self.speech[clips.clone()] {
            command.arg("-i").arg(blob(&self.store, &speech["audio"]));
        }
        let (n, from) = (clips.len(), clips.start * LONG);
        command.args(["-ss", &from.to_string(), "-t", &(n * LONG).to_string(), "-i"]).arg(&self.music);
        let mut graph = String::new();
        for i in 0..n {
            let _ = write!(graph, "[{i}:v]crop=608:1080,scale=1080:1920:flags=bicubic,setsar=1[v{i}];");
            let _ = write!(graph, "[{}:a]aresample=48000,apad=whole_dur={LONG},atrim=0:{LONG}[a{i}];", n + i);
        }
        let captions = folder.join("captions.ass");
        fs::write(&captions, script(&SAID[clips])).expect("captions");
        let pictures = (0..n).map(|i| format!("[v{i}]")).collect::<Vec<_>>().concat();
        let sounds = (0..n).map(|i| format!("[a{i}]")).collect::<Vec<_>>().concat();
        let _ = write!(
            graph,
            "{pictures}concat=n={n}[p];[p]ass={}[out];{sounds}concat=n={n}:v=0:a=1,asplit[s][k];\
             [{}:a]volume=-12dB[m];[m][k]sidechaincompress=threshold=0.02:ratio=8[d];[s][d]amix=2:normalize=0,\
             loudnorm=I=-14:TP=-1[sound]",
            captions.display(),
            2 * n
        );
        command.args(["-filter_complex", &graph, "-map", "[out]", "-map", "[sound]"]);
        encoded(&mut command);
        command.arg(folder.join("by-hand.mp4"));
        command
    }

    /// One command for a frame of a moment: the film sought in, cropped, scaled, without captions.
    fn look(&self, folder: &Path, moment: f64) -> Command {
        let mut command = quiet();
        let (clip, into) = ((moment / LONG as f64) as usize, moment % LONG as f64);
        command.args(["-ss", &into.to_string(), "-i"]).arg(&self.clips[clip]);
        command.args(["-frames:v", "1", "-vf", "crop=608:1080,scale=202:360"]).arg(folder.join("look.jpg"));
        command
    }
}

/// A line of karaoke a clip, as libass draws it.
fn script(said: &[&str]) -> String {
    let mut script = "[Script Info]\nPlayResX: 1080\nPlayResY: 1920\n[V4+ Styles]\n\
        Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, Outline, Alignment, MarginV\n\
        Style: A,Sans,62,&H00FFFFFF,&H0000C0FF,&H00000000,3,2,420\n[Events]\n\
        Format: Layer, Start, End, Style, Text\n"
        .to_owned();
    for (n, text) in said.iter().enumerate() {
        let words = text.split(' ').map(|word| format!("{{\\k35}}{word} ")).collect::<Vec<_>>().concat();
        let at = |s: usize| format!("0:{:02}:{:02}.00", s / 60, s % 60);
        let _ = writeln!(script, "Dialogue: 0,{},{},A,{words}", at(n * LONG), at((n + 1) * LONG));
    }
    script
}

/// A render's time and memory as multiples of one command's, and how many seconds it took.
fn assemble(folder: &Path, inputs: &Inputs) -> (f64, f64, f64) {
    let request = written(folder, "b1.json", &inputs.request(None));
    let rounds: Vec<(f64, f64)> = (0..ROUNDS)
        .map(|round| {
            let store = fresh(folder, inputs, &format!("b1-{round}"));
            let (ours, theirs) = (taken(render(&store, &request)), taken(inputs.by_hand(folder, 0..CLIPS)));
            println!("B1: {ours:.2} s, one command {theirs:.2} s");
            (ours, theirs)
        })
        .collect();
    let seconds = median(rounds.iter().map(|(ours, theirs)| ours / theirs).collect());
    let store = fresh(folder, inputs, "b1-memory");
    let (ours, theirs) = (megabytes(render(&store, &request)), megabytes(inputs.by_hand(folder, 0..CLIPS)));
    println!("B1: {ours:.0} MB, one command {theirs:.0} MB");
    (seconds, ours / theirs, median(rounds.into_iter().map(|(ours, _)| ours).collect()))
}

/// Seconds from another word to the finished file; beside them those of one command for that clip alone, its sound and
/// all, which is then still to be put into the film.
fn edit(folder: &Path, inputs: &Inputs) -> f64 {
    let times = (0..ROUNDS).map(|round| {
        let store = folder.join(format!("b1-{round}"));
        let text = SAID[EDITED].replace("Ducks", ["Geese", "Chickens", "Cranes"][round]);
        let said = studio(&store, &["plugin", "call", "espeak", "tts", &json!({ "text": text }).to_string()]);
        let request = written(folder, "b2.json", &inputs.request(Some(&said)));
        let ours = timed(&store, &["plugin", "call", "ffmpeg", "render", &request]);
        println!("B2: {ours:.2} s, one command {:.2} s", taken(inputs.by_hand(folder, EDITED..EDITED + 1)));
        ours
    });
    median(times.collect())
}

/// The most that a render takes in all that was killed and asked for again, as a multiple of one that was not.
fn killed(folder: &Path, inputs: &Inputs, whole: f64) -> f64 {
    let request = written(folder, "b6.json", &inputs.request(None));
    let ratio = |(n, share): (usize, &f64)| {
        let store = fresh(folder, inputs, &format!("b6-{n}"));
        let before = Duration::from_secs_f64(whole * share);
        let mut child = render(&store, &request).stdout(Stdio::null()).spawn().expect("studio starts");
        std::thread::sleep(before);
        kill(&mut child);
        let after = timed(&store, &["plugin", "call", "ffmpeg", "render", &request]);
        println!(
            "B6: killed at {:.0} %: {:.2} s and {after:.2} s, else {whole:.2} s",
            share * 100.0,
            before.as_secs_f64()
        );
        (before.as_secs_f64() + after) / whole
    };
    KILLS.iter().enumerate().map(ratio).fold(0.0, f64::max)
}

/// Seconds for a frame of a moment: in a studio that starts for it, and in one that is open.
fn looked_into(folder: &Path, inputs: &Inputs) -> (f64, f64) {
    let store = folder.join("b1-0");
    let moments = || (0..LOOKS).map(|n| 1.7 + n as f64 * 8.3);
    let request = |moment: f64| {
        let mut request = inputs.request(None);
        request["moment"] = json!({ "seconds": moment, "height": 360 });
        request
    };
    let started = moments().map(|moment| {
        let request = written(folder, "b7.json", &request(moment));
        timed(&store, &["plugin", "call", "ffmpeg", "render", &request])
    });
    let started = median(started.collect());
    let mut studio = Serving::start(&store);
    let open = moments().map(|moment| {
        // The next frame: what was asked for before is kept.
        let request = request(moment + 1.0 / 30.0);
        let call = json!({ "plugin": "ffmpeg", "role": "render", "request": request, "out": folder });
        studio.timed("plugin.call", &call).1 / 1e3
    });
    let open = median(open.collect());
    let theirs = median(moments().map(|moment| taken(inputs.look(folder, moment))).collect());
    println!("B7: {started:.2} s, open {open:.2} s, one command {theirs:.2} s");
    (started, open)
}

/// A store with the inputs and nothing that was made of them.
fn fresh(folder: &Path, inputs: &Inputs, name: &str) -> PathBuf {
    let store = folder.join(name);
    copied(&inputs.store, &store);
    store
}
