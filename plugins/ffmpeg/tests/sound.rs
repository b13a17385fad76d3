//! Sounds with the real FFmpeg: to the sample, at their loudness, with music that fits, without noise and silence.

mod studio;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use studio::Studio;
use studio_plugin_sdk::{
    prelude::{Blob, Film, Image, LoudnessGoal, MusicBed, RenderRequest, Speech, TimelineInput, Word},
    timeline::{Clip, Hearing, Item, Media, MediaTime, Rate, SceneClip, Timeline, Track, TrackKind},
};

/// A file of sound from a source of FFmpeg's.
fn sound(studio: &Studio, name: &str, source: &str, filter: &str) -> Blob {
    studio.tool("ffmpeg", &["-v", "error", "-y", "-f", "lavfi", "-i", source, "-af", filter, name]);
    studio.keep(name, "audio/wav")
}

fn speech(studio: &Studio, name: &str, voice: &str, filter: &str, text: &str) -> Speech {
    let source = format!("flite=voice={voice}:text='{text}'");
    let audio = sound(studio, name, &source, filter);
    let args = ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", name];
    let seconds = studio.tool("ffprobe", &args).trim().parse().unwrap();
    Speech { audio, seconds, ..Speech::default() }
}

/// Samples at 48 kHz, both channels as one.
fn samples(studio: &Studio, blob: &Blob) -> Vec<f32> {
    studio.save(blob, "heard.bin");
    let args = ["-v", "error", "-y", "-i", "heard.bin", "-vn", "-ac", "1", "-ar", "48000", "-f", "f32le", "heard.raw"];
    studio.tool("ffmpeg", &args);
    let bytes = std::fs::read(studio.path().join("heard.raw")).unwrap();
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

/// Level between two moments, in dB.
fn level(samples: &[f32], from: f64, to: f64) -> f64 {
    let part = &samples[(from * 48_000.0) as usize..(to * 48_000.0) as usize];
    10.0 * (part.iter().map(|x| f64::from(x * x)).sum::<f64>() / part.len() as f64 + 1e-12).log10()
}

/// A piece of sound alone, as a film asks for it.
fn piece(studio: &Studio, (rate, frames): (Rate, u32), tracks: Value, other: Value) -> Film {
    let mut piece = json!({ "piece": "heard", "rate": rate, "frames": frames, "tracks": tracks });
    piece.as_object_mut().unwrap().extend(other.as_object().cloned().unwrap_or_default());
    studio.render(&RenderRequest { piece: Some(piece), ..RenderRequest::default() }).unwrap()
}

#[test]
fn clips_start_on_their_exact_samples() {
    let studio = Studio::new();
    let click = |studio: &Studio, name: &str, at: u32| {
        sound(studio, name, &format!("aevalsrc=if(eq(n\\,{at})\\,0.9\\,0):s=48000:d=0.4"), "anull")
    };
    let (plain, later) = (click(&studio, "a.wav", 0), click(&studio, "b.wav", 7000));
    let rate = Rate { num: 30000, den: 1001 };
    let at = [0u32, 7, 101, 350, 351, 797];
    let clips: Vec<Value> = at
        .iter()
        .enumerate()
        .map(|(i, at)| {
            let clip = json!({ "audio": &plain, "at": at, "frames": 1 });
            // A click that is in the file later, and one behind a filter that is late.
            match i {
                2 => json!({ "audio": &later, "from": 7000, "at": at, "frames": 12 }),
                3 => json!({ "audio": &later, "from": 6999, "at": at, "frames": 1, "denoise_cb": 1200 }),
                _ => clip,
            }
        })
        .collect();
    let film = piece(&studio, (rate, 900), json!([{ "clips": clips }]), json!({ "codec": "pcm" }));
    let heard = samples(&studio, &film.video);
    assert_eq!(heard.len() as u64, rate.sample(900, 48_000));
    let top = heard.iter().fold(0.0f32, |top, x| top.max(x.abs()));
    let found: Vec<usize> = (0..heard.len()).filter(|i| heard[*i].abs() > top * 0.4).collect();
    let wanted: BTreeSet<usize> =
        at.iter().map(|at| rate.sample(*at, 48_000) as usize + usize::from(*at == 350)).collect();
    // The limiter works at twice the rate, so that a click has a sample beside it.
    assert!(wanted.iter().all(|at| found.contains(at)), "{found:?}, wanted {wanted:?}");
    assert!(found.iter().all(|at| wanted.iter().any(|w| w.abs_diff(*at) <= 1)), "{found:?}, wanted {wanted:?}");
}

/// Twelve voices, from very quiet to far too loud.
fn voices(studio: &Studio) -> Vec<(&'static str, Blob)> {
    let text = "Rice is grown on every continent but one, and it feeds more than half of the world.";
    let espeak = |name: &str, voice: &str, filter: &str| {
        studio.tool("espeak-ng", &["-v", voice, "-w", "espeak.wav", text]);
        studio.tool("ffmpeg", &["-v", "error", "-y", "-i", "espeak.wav", "-af", filter, name]);
        studio.keep(name, "audio/wav")
    };
    let flite = |name: &str, voice: &str, filter: &str| speech(studio, name, voice, filter, text).audio;
    vec![
        ("espeak", espeak("a.wav", "en-us", "anull")),
        ("espeak, quiet", espeak("b.wav", "en+f4", "volume=-26dB")),
        ("espeak, whispering", espeak("c.wav", "en+whisper", "anull")),
        ("slt", flite("d.wav", "slt", "anull")),
        ("slt, very quiet", flite("e.wav", "slt", "volume=-45dB")),
        ("slt, far away, with pops", flite("f.wav", "slt", "aeval=val(0)/12+0.9*lt(mod(n\\,16000)\\,6)")),
        ("slt, in a hall", flite("g.wav", "slt", "aecho=0.8:0.7:60|110:0.5|0.4")),
        ("kal, quiet", flite("h.wav", "kal", "volume=-35dB")),
        ("kal16", flite("i.wav", "kal16", "anull")),
        ("awb, cut off", flite("j.wav", "awb", "volume=20dB")),
        ("rms, pressed", flite("k.wav", "rms", "acompressor=threshold=0.02:ratio=8:makeup=8")),
        ("rms, on the telephone", flite("l.wav", "rms", "highpass=300,lowpass=3400")),
    ]
}

/// How loud an encoded sound is, and its true peak.
fn measured(studio: &Studio, sound: &Blob) -> (f64, f64) {
    studio.save(sound, "loud.m4a");
    let meter = ["-nostats", "-i", "loud.m4a", "-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"];
    let said = studio.tool("ffmpeg", &meter);
    let said = &said[said.rfind("Integrated loudness").unwrap()..];
    let number = |after: &str| -> f64 {
        let rest = &said[said.find(after).unwrap() + after.len()..];
        rest.split_whitespace().next().unwrap().parse().unwrap()
    };
    (number("I:"), number("Peak:"))
}

#[test]
fn voices_and_beds_are_brought_to_their_loudness() {
    measure_loudness(|voice, bed| bed == voice % 3);
}

#[test]
#[ignore = "the whole bench of loudness: every voice over every bed"]
fn every_voice_over_every_bed_is_brought_to_its_loudness() {
    measure_loudness(|_, _| true);
}

fn measure_loudness(wanted: impl Fn(usize, usize) -> bool) {
    let studio = Studio::new();
    let hot = "volume=9dB,alimiter=limit=0.999:level=false";
    let beds = [
        None,
        Some(sound(&studio, "hot.wav", "anoisesrc=c=pink:seed=1:d=6", hot)),
        Some(sound(&studio, "beat.wav", "sine=110:b=8:d=6", "volume=12dB")),
    ];
    let goals = [(-14.0, -1.0), (-16.0, -1.0), (-23.0, -1.0)];
    let mut wrong = Vec::new();
    for (v, (name, voice)) in voices(&studio).into_iter().enumerate() {
        for (b, bed) in beds.iter().enumerate().filter(|(b, _)| wanted(v, *b)) {
            let mut tracks = vec![json!({ "clips": [{ "audio": &voice, "at": 5, "frames": 160 }] })];
            tracks.extend(
                bed.iter().map(|bed| json!({ "kind": "music", "clips": [{ "audio": bed, "at": 0, "frames": 170 }] })),
            );
            let goal = goals[(v + v / 3 + b) % goals.len()];
            let mut other = json!({});
            if goal != goals[0] {
                other["goal"] = json!({ "integrated": goal.0, "true_peak": goal.1 });
            }
            let made = piece(&studio, (Rate::fps(30), 170), json!(&tracks), other);
            let (is, peak) = measured(&studio, &made.video);
            let told = made.loudness.unwrap();
            eprintln!("{name}, bed {b}: {is} LUFS (wanted {}), {peak} dBTP", goal.0);
            if (told.integrated - is).abs() > 0.05 || (told.true_peak - peak).abs() > 0.05 {
                wrong.push(format!("{name}, bed {b}: {told:?}, but it is at {is} LUFS and {peak} dBTP"));
            }
            if (is - goal.0).abs() > 0.3 || peak > goal.1 {
                wrong.push(format!("{name}, bed {b}: {is} LUFS (wanted {}), {peak} dBTP", goal.0));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn still(studio: &Studio, name: &str, source: &str) -> Image {
    studio.tool("ffmpeg", &["-v", "error", "-y", "-f", "lavfi", "-i", source, "-frames:v", "1", name]);
    Image { image: studio.keep(name, "image/png"), ..Image::default() }
}

fn film(scenes: Vec<SceneClip>, preset: &str) -> RenderRequest {
    RenderRequest { timeline: TimelineInput::Scenes(scenes), preset: preset.into(), ..RenderRequest::default() }
}

/// Chords of half a second in a row of eight, `bars` times four of them, that ends with a chord that dies away.
fn music(studio: &Studio, name: &str, bars: u32) -> Blob {
    let last = bars * 2;
    let tone = |n: &str| format!("sin(2*PI*t*55*pow(2\\,floor(mod(t*2\\,8))*{n}/12))");
    let fall = format!("exp(-3*mod(t\\,0.5)*if(lt(t\\,{last}-0.5)\\,1\\,4))");
    let source = format!("aevalsrc=0.3*({}+{}+0.4*{})*{fall}:s=48000:d={last}", tone("5"), tone("7"), tone("3"));
    sound(studio, name, &source, "anull")
}

#[test]
fn music_is_fitted_ducked_and_ends_with_the_film() {
    let studio = Studio::new();
    let card = still(&studio, "card.png", "color=navy:s=480x480");
    let say =
        |name: &str| speech(&studio, name, "slt", "anull", "This is said, and then there is nothing for a while.");
    let scene = |id: &str, narration: Option<Speech>| SceneClip {
        id: id.into(),
        picture: Some(card.clone()),
        narration,
        seconds: Some(9.0),
        ..SceneClip::default()
    };
    let spoken = say("a.wav");
    let end = 0.3 + spoken.seconds;
    let scenes = vec![scene("a", Some(spoken)), scene("b", None)];
    let bed = MusicBed { audio: music(&studio, "music.wav", 4), ..MusicBed::default() };
    let request = RenderRequest { music: Some(bed), ..film(scenes.clone(), "draft-square") };
    let made = studio.render(&request).unwrap();
    assert_eq!(made.frames, 540);
    let heard = samples(&studio, &made.video);
    // Eight seconds of music under eighteen: it never stops, and is as loud at the second round as at the first.
    for at in (20..176).map(|n| f64::from(n) / 10.0) {
        assert!(level(&heard, at - 0.25, at + 0.25) > -45.0, "silent at {at}: {}", level(&heard, at - 0.25, at + 0.25));
    }
    // Down under the word, and back after it, though the scene goes on for seconds.
    let bare = studio.render(&RenderRequest { music: None, ..request.clone() }).unwrap();
    assert!(level(&samples(&studio, &bare.video), end + 1.5, 8.9) < -60.0);
    let (back, later) = (level(&heard, end + 2.0, end + 4.0), level(&heard, 11.0, 13.0));
    assert!((back - later).abs() < 2.0, "{back} dB after the last word, {later} dB later");
    // The last chord dies away; nothing is cut off.
    assert!(level(&heard, 17.9, 18.0) < later - 10.0);

    // The same film at another loudness shares the mix, and the pictures with it.
    studio.ran.borrow_mut().clear();
    let quiet = RenderRequest { loudness: Some(LoudnessGoal::Named("broadcast".into())), ..request.clone() };
    let quiet = studio.render(&quiet).unwrap();
    assert_eq!(*studio.ran.borrow(), ["sound", "mux"]);
    assert!((quiet.loudness.unwrap().integrated + 23.0).abs() <= 0.5);
    assert!((quiet.wanted.unwrap().integrated + 23.0).abs() < 1e-9);

    // Shorter than the music: its end is still the end.
    let short = RenderRequest { timeline: film(vec![scene("a", None)], "").timeline, ..request };
    let bed = MusicBed { audio: music(&studio, "long.wav", 16), ..MusicBed::default() };
    let short = studio.render(&RenderRequest { music: Some(bed), ..short }).unwrap();
    let heard = samples(&studio, &short.video);
    assert!(level(&heard, 8.9, 9.0) < level(&heard, 4.0, 8.0) - 10.0);
    assert!(level(&heard, 8.05, 8.4) > level(&heard, 4.0, 8.0) - 9.0, "it is faded long before its last chord");
}

#[test]
fn silence_around_speech_is_left_out_and_noise_made_quieter() {
    let studio = Studio::new();
    let card = still(&studio, "card.png", "color=navy:s=480x480");
    let text = "This is said in a room that hums.";
    let clean = speech(&studio, "clean.wav", "slt", "adelay=1500,apad=pad_dur=2", text);
    let args = ["-v", "error", "-y", "-i", "clean.wav", "-f", "lavfi", "-i", "anoisesrc=a=0.01:c=white:seed=3:r=16000"];
    let mixed = ["-filter_complex", "amix=inputs=2:duration=first:normalize=0", "noisy.wav"];
    studio.tool("ffmpeg", &[&args[..], &mixed[..]].concat());
    let noisy = Speech { audio: studio.keep("noisy.wav", "audio/wav"), ..clean.clone() };
    let word = Word { text: "This".into(), start: 1.5, end: 1.8, ..Word::default() };
    let scene = |narration: &Speech, trim, denoise| SceneClip {
        id: "a".into(),
        picture: Some(card.clone()),
        narration: Some(narration.clone()),
        captions: vec![word.clone()],
        trim,
        denoise,
        ..SceneClip::default()
    };
    let whole = studio.render(&film(vec![scene(&clean, false, 0.0)], "draft-square")).unwrap();
    let cut = studio.render(&film(vec![scene(&clean, true, 0.0)], "draft-square")).unwrap();
    let shorter = whole.seconds - cut.seconds;
    assert!((3.0..4.2).contains(&shorter), "{shorter} s of 3.5 s of silence and what the voice has");
    let heard = samples(&studio, &cut.video);
    assert!(level(&heard, 0.0, 0.3) < -50.0 && level(&heard, 0.4, 0.7) > -40.0);
    let vtt = String::from_utf8(studio.bytes(cut.vtt.as_ref().unwrap())).unwrap();
    assert!(vtt.contains("00:00:00.2"), "{vtt}");

    let pause = |denoise| {
        let made = studio.render(&film(vec![scene(&noisy, false, denoise)], "draft-square")).unwrap();
        let heard = samples(&studio, &made.video);
        level(&heard, 1.0, 1.6) - level(&heard, 1.9, 3.0)
    };
    let (noise, less) = (pause(0.0), pause(18.0));
    assert!(less < noise - 15.0, "noise at {noise} dB under the speech, then at {less} dB");
}

/// A film of four seconds whose picture does not matter.
fn heard_with(studio: &Studio, sounds: Vec<(TrackKind, Clip)>) -> Vec<f32> {
    let card = Media::Still { image: still(studio, "card.png", "color=navy:s=480x480").image };
    let card = Clip { id: "card".into(), media: card, frames: 120, ..Clip::default() };
    let clips = [(TrackKind::Video, card)].into_iter().chain(sounds);
    let tracks = clips.map(|(kind, clip)| Track { kind, items: vec![Item::from(clip)] }).collect();
    let timeline = Timeline { rate: Rate::fps(30), tracks, chapters: vec![], markers: vec![] };
    let timeline = TimelineInput::Timeline(timeline);
    let request = RenderRequest { timeline, preset: "draft-square".into(), ..RenderRequest::default() };
    samples(studio, &studio.render(&request).unwrap().video)
}

#[test]
fn clips_on_tracks_of_sound_fade() {
    let studio = Studio::new();
    let audio = sound(&studio, "tone.wav", "sine=440:d=4:r=48000", "volume=10dB");
    let media = Media::Audio { audio, from: MediaTime::default() };
    let hearing = Hearing { fade_in: 30, fade_out: 45, ..Hearing::default() };
    let tone = Clip { id: "tone".into(), media, frames: 120, hearing, ..Clip::default() };
    let heard = heard_with(&studio, vec![(TrackKind::Effect, tone)]);
    let at = |from: f64| level(&heard, from, from + 0.1);
    assert!(at(0.0) < at(1.5) - 20.0 && at(0.5) < at(1.5) - 2.0 && at(3.9) < at(1.5) - 20.0);
    assert!((at(1.1) - at(2.3)).abs() < 0.5);
}

#[test]
fn clips_on_tracks_of_sound_are_trimmed() {
    let studio = Studio::new();
    let audio = sound(&studio, "late.wav", "sine=440:d=1:r=48000", "adelay=1500,apad=pad_dur=2");
    let media = Media::Audio { audio, from: MediaTime::Seconds(0.5) };
    let heard = |trim| {
        let hearing = Hearing { trim, ..Hearing::default() };
        let tone = Clip { id: "tone".into(), media: media.clone(), frames: 120, hearing, ..Clip::default() };
        let heard = heard_with(&studio, vec![(TrackKind::Effect, tone)]);
        [0.2, 0.7, 1.2, 1.7].map(|at| level(&heard, at, at + 0.2) > -30.0)
    };
    assert_eq!(heard(false), [false, false, true, true]);
    assert_eq!(heard(true), [true, true, false, false]);
}

#[test]
fn music_stands_back_under_effects_that_ask_for_it() {
    let studio = Studio::new();
    let clip = |id: &str, file: &str, pitch: u32, frames, hearing| {
        let audio = sound(&studio, file, &format!("sine={pitch}:d=4:r=48000"), "anull");
        let media = Media::Audio { audio, from: MediaTime::default() };
        Clip { id: id.into(), media, frames, hearing, ..Clip::default() }
    };
    // How much quieter the music is under the effect, five octaves above it, than after it.
    let under = |ducks| {
        let effect = clip("effect", "effect.wav", 8000, 30, Hearing { ducks, ..Hearing::default() });
        let music = clip("music", "music.wav", 250, 120, Hearing::default());
        let heard = heard_with(&studio, vec![(TrackKind::Effect, effect), (TrackKind::Music, music)]);
        let smooth: Vec<f32> = heard.windows(48).map(|near| near.iter().sum::<f32>() / 48.0).collect();
        level(&smooth, 2.0, 2.8) - level(&smooth, 0.5, 0.9)
    };
    // Music fades at a film's end, which is the same in both.
    let (not, ducked) = (under(false), under(true));
    assert!((10.0..12.0).contains(&(ducked - not)), "by {not} dB, and by {ducked} dB");
}
