//! Speech and music in one sound: music stands back, and further back while somebody speaks. Made in the parts that
//! [`cut`] finds; how loud the kinds are to one another is told by all parts together.

use std::fmt::Write;

use studio_plugin_sdk::{
    error::Result,
    prelude::{Blob, Cmd, Cx, try_join, try_join_all},
};

use super::{
    Levels, Maker, RATE, SILENCE,
    cut::{self, Bed, Stretch},
    duck::{self, Duck},
    exactly, kept, loud_ffmpeg,
    pieces::{Blend, Heard, Laid, Placed, Stem, Voice},
    place, room, voice,
};
use crate::piece::Mix;

/// Music where nobody speaks, against speech, in LU.
const MUSIC: f64 = -8.0;
/// Effects against speech, in LU.
const EFFECTS: f64 = -4.0;
/// Kinds are set against one another in steps of so many hundredths of a dB: other words change the level of speech by
/// less, and leave the parts as they are in which nobody says them.
const STEP: i32 = 50;

/// A stretch that has been mixed.
pub struct Mixed {
    /// Its length in samples.
    pub samples: u64,
    /// A group begins with it.
    pub heads: bool,
    pub heard: Heard,
}

/// How loud several stretches are as one.
pub fn levels<'a>(heard: impl IntoIterator<Item = &'a Heard>) -> Levels {
    heard.into_iter().map(Heard::levels).sum()
}

/// Everything that sounds, in parts; none: nothing does.
///
/// # Errors
/// What FFmpeg says.
pub async fn mix(make: &Maker<'_>, sound: &Mix, total: u64) -> Result<Option<Vec<Mixed>>> {
    let stretches = cut::stretches(&sound.tracks, sound.rate, total, make.apart);
    let beds = cut::beds(&sound.tracks, sound.rate, total);
    let alone = beds.is_empty() && stretches.iter().all(|stretch| is_empty(&stretch.effects));
    let stems = stretches.iter().enumerate().map(|(n, stretch)| async move {
        let speech = async {
            if is_empty(&stretch.speech) && !alone {
                return Ok(None);
            }
            if total <= cut::BRIEF
                && !alone
                && let Some((clips, levels)) = voice::placed(make.cx, &stretch.speech)?
            {
                return Ok(Some(Speech::Placed(clips, levels)));
            }
            make.stem(&format!("speech-{}", n + 1), &stretch.speech).await.map(|heard| Some(Speech::Stem(heard)))
        };
        let effects = async {
            if is_empty(&stretch.effects) {
                return Ok(None);
            }
            make.stem(&format!("effects-{}", n + 1), &stretch.effects).await.map(Some)
        };
        try_join(speech, effects).await
    });
    let music =
        beds.iter().enumerate().map(|(n, bed)| async move { make.stem(&format!("music-{}", n + 1), &bed.stem).await });
    let (stems, music) = try_join(try_join_all(stems), try_join_all(music)).await?;
    let mixed = if alone {
        stems.into_iter().map(|stems| stems.0.and_then(Speech::into_stem).unwrap_or_default()).collect()
    } else {
        blended(make, sound, total, (&stretches, &stems), (&beds, &music)).await?
    };
    if levels(&mixed).integrated() <= SILENCE {
        return Ok(None);
    }
    let mixed = stretches.iter().zip(mixed);
    let mixed = mixed.map(|(part, heard)| Mixed { samples: part.speech.samples, heads: part.heads, heard });
    Ok(Some(mixed.collect()))
}

fn is_empty(stem: &Stem) -> bool {
    stem.tracks.iter().all(Vec::is_empty)
}

/// What is said in a stretch.
enum Speech {
    /// As a sound of its own.
    Stem(Heard),
    /// In its files, which are placed while it is mixed; how loud it is.
    Placed(Vec<Placed>, Levels),
}

impl Speech {
    fn levels(&self) -> &Levels {
        match self {
            Self::Stem(heard) => heard.levels(),
            Self::Placed(_, levels) => levels,
        }
    }

    fn into_stem(self) -> Option<Heard> {
        match self {
            Self::Stem(heard) => Some(heard),
            Self::Placed(..) => None,
        }
    }
}

/// What is said and what is heard beside it, in a stretch.
type Stems = (Option<Speech>, Option<Heard>);

async fn blended(
    make: &Maker<'_>,
    sound: &Mix,
    total: u64,
    (stretches, stems): (&[Stretch], &[Stems]),
    (beds, music): (&[Bed], &[Heard]),
) -> Result<Vec<Heard>> {
    let speech = stems.iter().filter_map(|stems| stems.0.as_ref()).map(Speech::levels).sum::<Levels>().integrated();
    let effects = levels(stems.iter().filter_map(|stems| stems.1.as_ref())).integrated();
    let kinds = [stems.iter().any(|stems| stems.0.is_some()), stems.iter().any(|stems| stems.1.is_some())];
    let kinds = kinds.into_iter().filter(|is_heard| *is_heard).count();
    // Room for all of them at full scale; the level is set later.
    let room = (room(kinds + beds.len()) * 100.0).round() as i32;
    // Neither is made louder than it is.
    let under = |is: f64, by: f64| {
        let gain = if speech > SILENCE { (speech + by - is).min(0.0) } else { 0.0 };
        room + (gain * 100.0 / f64::from(STEP)).round() as i32 * STEP
    };
    let under = &under;
    let spans = &duck::spans(&sound.tracks, sound.rate);
    let blends = stretches.iter().zip(stems).enumerate().map(|(n, (stretch, stems))| async move {
        let samples = stretch.speech.samples;
        let (voice, said) = match &stems.0 {
            Some(Speech::Placed(clips, _)) => (Voice { clips: clips.clone(), gain_cb: room }, None),
            Some(Speech::Stem(heard)) => (Voice::default(), Some((heard, room))),
            None => (Voice::default(), None),
        };
        let beside = stems.1.iter().map(|stem| (stem, under(effects, EFFECTS)));
        let laid = |(heard, gain_cb): (&Heard, i32)| Laid { file: heard.file.clone(), from: 0, gain_cb, ends: false };
        let bed = |(bed, heard): (&Bed, &Heard)| {
            let gain_cb = under(heard.levels().integrated(), MUSIC) + bed.gain_cb;
            let ends = heard.known.ends && bed.stem.samples == total;
            let is_heard = bed.stem.samples > stretch.start;
            is_heard.then(|| Laid { file: heard.file.clone(), from: stretch.start, gain_cb, ends })
        };
        let beds: Vec<Laid> = beds.iter().zip(music).filter_map(bed).collect();
        let duck = if beds.is_empty() { Duck::default() } else { Duck::of(spans, stretch.start, samples, total) };
        // An end that is not in this part changes nothing in it.
        let beds = beds.into_iter().map(|bed| Laid { ends: bed.ends && duck.last, ..bed }).collect();
        let blend = Blend { samples, voice, stems: said.into_iter().chain(beside).map(laid).collect(), beds, duck };
        make.blend(&format!("mix-{}", n + 1), &blend).await
    });
    try_join_all(blends).await
}

/// A graph in the making: files in, one label for each that is mixed.
struct Graph {
    command: Cmd,
    filter: String,
    inputs: usize,
    labels: String,
    mixed: usize,
}

impl Graph {
    /// Reads a file of ours from so many samples on.
    fn input(&mut self, file: &Blob, from: u64) -> usize {
        self.read(file, &seek(from))
    }

    fn read(&mut self, file: &Blob, options: &[impl AsRef<str>]) -> usize {
        let i = self.inputs;
        self.inputs += 1;
        let command = std::mem::replace(&mut self.command, loud_ffmpeg());
        let command = command.args(options.iter().map(AsRef::as_ref)).arg("-i").arg(format!("{{in}}/i{i}"));
        self.command = command.input(format!("i{i}"), file);
        i
    }

    fn label(&mut self, chain: &str) {
        let _ = write!(self.filter, "{chain}[m{}];", self.mixed);
        let _ = write!(self.labels, "[m{}]", self.mixed);
        self.mixed += 1;
    }
}

/// Options that read a file of ours from a sample on: a microsecond is much less than a sample.
pub fn seek(from: u64) -> Vec<String> {
    if from == 0 {
        return Vec::new();
    }
    vec!["-ss".into(), format!("{:.6}", from as f64 / f64::from(RATE))]
}

/// Mixes a stretch.
///
/// # Errors
/// What FFmpeg says.
pub async fn blend(cx: &Cx, blend: &Blend) -> Result<Heard> {
    let mut graph = Graph { command: loud_ffmpeg(), filter: String::new(), inputs: 0, labels: String::new(), mixed: 0 };
    let decibels = |laid: &Laid| f64::from(laid.gain_cb) / 100.0;
    let Voice { clips, gain_cb } = &blend.voice;
    if !clips.is_empty() {
        let first = graph.inputs;
        for clip in clips {
            graph.read(&clip.audio, &place::READ);
        }
        let placed = place::by_hand(clips, blend.samples, first);
        graph.label(&format!("{placed},volume={:.2}dB", f64::from(*gain_cb) / 100.0));
    }
    for laid in &blend.stems {
        let i = graph.input(&laid.file, laid.from);
        graph.label(&format!("[{i}:a]volume={:.2}dB", decibels(laid)));
    }
    for laid in &blend.beds {
        let envelope = blend.duck.envelope(blend.samples, laid.ends);
        let (i, e) = (graph.input(&laid.file, laid.from), graph.input(&cx.write_blob("audio/wav", &envelope)?, 0));
        let _ = write!(
            graph.filter,
            "[{i}:a]volume={:.2}dB[x{i}];[{e}:a]aresample={RATE},pan=stereo|c0=c0|c1=c0,\
             atrim=start_sample={},asetpts=PTS-STARTPTS[e{i}];",
            decibels(laid),
            duck::LEAD,
        );
        graph.label(&format!("[x{i}][e{i}]amultiply"));
    }
    let Graph { command, filter, labels, mixed, .. } = graph;
    let mixed = if mixed == 0 {
        format!("anullsrc=r={RATE}:cl=stereo,aformat=sample_fmts=fltp")
    } else {
        format!("{filter}{labels}amix=inputs={mixed}:normalize=0:duration=longest")
    };
    kept(cx, command, &format!("{mixed},{}", exactly(blend.samples)), blend.samples).await
}
