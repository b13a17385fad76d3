//! Speech and music in one sound: music stands back, and further back while somebody speaks.

use std::fmt::Write;

use studio_plugin_sdk::{
    error::Result,
    prelude::{Blob, Cmd, Cx},
};

use super::{RATE, SILENCE, Stem, duck, exactly, loud_ffmpeg, place, stem};
use crate::piece::{Mix, SoundKind};

/// Music where nobody speaks, against speech, in LU.
const MUSIC: f64 = -8.0;
/// Effects against speech, in LU.
const EFFECTS: f64 = -4.0;

/// A graph in the making: files in, one label for each that is mixed.
struct Graph {
    command: Cmd,
    filter: String,
    inputs: usize,
    labels: String,
    mixed: usize,
}

impl Graph {
    fn input(&mut self, file: &Blob) -> usize {
        let i = self.inputs;
        self.inputs += 1;
        let command = std::mem::replace(&mut self.command, loud_ffmpeg());
        self.command = command.arg("-i").arg(format!("{{in}}/i{i}")).input(format!("i{i}"), file);
        i
    }

    fn label(&mut self, chain: &str) {
        let _ = write!(self.filter, "{chain}[m{}];", self.mixed);
        let _ = write!(self.labels, "[m{}]", self.mixed);
        self.mixed += 1;
    }
}

/// Everything that sounds; none: nothing does.
pub async fn mix(cx: &Cx, sound: &Mix, total: u64) -> Result<Option<Stem>> {
    let (mut speech, mut music, mut effects) = (Vec::new(), Vec::new(), Vec::new());
    for track in &sound.tracks {
        let stem = place::track(cx, track, sound.rate, total).await?;
        if stem.integrated > SILENCE {
            match track.kind {
                SoundKind::Speech => speech.push(stem),
                SoundKind::Music => music.push((stem, f64::from(track.gain_cb) / 100.0)),
                SoundKind::Effect => effects.push(stem),
            }
        }
    }
    if music.is_empty() && effects.is_empty() && speech.len() <= 1 {
        return Ok(speech.pop());
    }
    // Room for all of them at full scale; the level is set later.
    let room = -20.0 * ((speech.len() + music.len() + effects.len()) as f64).log10();
    let level = speech.iter().map(|s| s.integrated).reduce(f64::max);
    let mut graph = Graph { command: loud_ffmpeg(), filter: String::new(), inputs: 0, labels: String::new(), mixed: 0 };
    for stem in &speech {
        let i = graph.input(&stem.file);
        graph.label(&format!("[{i}:a]volume={room:.2}dB"));
    }
    // Neither is made louder than it is.
    let under = |stem: &Stem, by: f64| room + level.map_or(0.0, |level| (level + by - stem.integrated).min(0.0));
    for stem in &effects {
        let i = graph.input(&stem.file);
        graph.label(&format!("[{i}:a]volume={:.2}dB", under(stem, EFFECTS)));
    }
    for (stem, louder) in &music {
        let gain = under(stem, MUSIC) + louder;
        let envelope = duck::envelope(&sound.tracks, sound.rate, sound.frames, stem.ends);
        let (i, e) = (graph.input(&stem.file), graph.input(&cx.write_blob("audio/wav", &envelope)?));
        let _ = write!(
            graph.filter,
            "[{i}:a]volume={gain:.2}dB[x{i}];[{e}:a]aresample={RATE},pan=stereo|c0=c0|c1=c0[e{i}];"
        );
        graph.label(&format!("[x{i}][e{i}]amultiply"));
    }
    let Graph { command, filter, labels, mixed, .. } = graph;
    let filter = format!("{filter}{labels}amix=inputs={mixed}:normalize=0:duration=longest,{}", exactly(total));
    stem(cx, command, &filter).await.map(Some)
}
