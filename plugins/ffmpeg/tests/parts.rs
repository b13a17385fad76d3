//! The sound of a long film is made in parts: nobody hears where, its loudness is put together from theirs, and an edit
//! makes few of them anew.

mod studio;

use serde_json::json;
use studio::Studio;
use studio_plugin_sdk::{
    prelude::{Blob, Film, Image, MusicBed, RenderRequest, Speech, TimelineInput},
    timeline::{Rate, SceneClip},
};

const WORDS: [&str; 12] = [
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

fn made(studio: &Studio, name: &str, source: &str, filter: &str) -> Blob {
    studio.tool("ffmpeg", &["-v", "error", "-y", "-f", "lavfi", "-i", source, "-af", filter, name]);
    studio.keep(name, "audio/wav")
}

fn speech(studio: &Studio, text: &str) -> Speech {
    let audio = made(studio, "speech.wav", &format!("flite=voice=slt:text='{text}'"), "anull");
    let args = ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", "speech.wav"];
    let seconds = studio.tool("ffprobe", &args).trim().parse().unwrap();
    Speech { audio, seconds, ..Speech::default() }
}

fn picture(studio: &Studio, name: &str, colour: &str) -> Image {
    let source = format!("color={colour}:s=480x480");
    studio.tool("ffmpeg", &["-v", "error", "-y", "-f", "lavfi", "-i", &source, "-frames:v", "1", name]);
    Image { image: studio.keep(name, "image/png"), ..Image::default() }
}

fn scenes(studio: &Studio, count: usize) -> Vec<SceneClip> {
    let card = picture(studio, "card.png", "navy");
    let scene = |n: usize| SceneClip {
        id: format!("s{n}"),
        picture: Some(card.clone()),
        // Each is said once.
        narration: Some(speech(studio, &format!("{} {n}", WORDS[n % WORDS.len()]))),
        seconds: Some(5.0),
        ..SceneClip::default()
    };
    (0..count).map(scene).collect()
}

fn film(scenes: &[SceneClip], music: Option<&Blob>) -> RenderRequest {
    let music = music.map(|audio| MusicBed { audio: audio.clone(), ..MusicBed::default() });
    let timeline = TimelineInput::Scenes(scenes.to_vec());
    RenderRequest { timeline, music, preset: "draft-square".into(), ..RenderRequest::default() }
}

/// The kinds of sound's pieces that a render had to make, and how many of each.
fn anew(studio: &Studio, request: &RenderRequest) -> (Film, [usize; 5]) {
    studio.ran.borrow_mut().clear();
    let film = studio.render(request).unwrap();
    let ran = studio.ran.borrow();
    let kinds = ["speech-", "music-", "mix-", "level-", "aac-"];
    (film, kinds.map(|kind| ran.iter().filter(|id| id.starts_with(kind)).count()))
}

/// Samples at 48 kHz, left and right in turn.
fn samples(studio: &Studio, sound: &Blob) -> Vec<f32> {
    studio.save(sound, "heard.bin");
    studio.tool("ffmpeg", &["-v", "error", "-y", "-i", "heard.bin", "-vn", "-f", "f32le", "heard.raw"]);
    let bytes = std::fs::read(studio.path().join("heard.raw")).unwrap();
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

/// What FFmpeg measures of a finished file: integrated loudness and true peak.
fn measured(studio: &Studio, file: &Blob) -> (f64, f64) {
    studio.save(file, "loud.bin");
    // Three digits, where the summary has one.
    let chain = "ebur128=peak=true:metadata=1:framelog=verbose,ametadata=mode=print:key=lavfi.r128.I:file=loud.txt";
    let said = studio.tool("ffmpeg", &["-nostats", "-i", "loud.bin", "-vn", "-af", chain, "-f", "null", "-"]);
    let told = std::fs::read_to_string(studio.path().join("loud.txt")).unwrap();
    let integrated = told.lines().rev().find_map(|line| line.strip_prefix("lavfi.r128.I=")?.parse().ok()).unwrap();
    let peak = &said[said.rfind("Peak:").unwrap() + 5..];
    (integrated, peak.split_whitespace().next().unwrap().parse().unwrap())
}

#[test]
fn an_edit_makes_few_parts_anew() {
    let studio = Studio::new();
    let scenes = scenes(&studio, 24);
    let (whole, first) = anew(&studio, &film(&scenes, None));
    eprintln!("{:.0} s: {first:?}", whole.seconds);
    let [speech_parts, _, _, levels, packets] = first;
    assert!(whole.seconds > 115.0 && speech_parts >= 3 && levels >= 1 && packets == speech_parts, "{first:?}");
    assert!((whole.loudness.unwrap().integrated + 14.0).abs() <= 0.3);

    let mut edited = scenes.clone();
    edited[12].picture = Some(picture(&studio, "other.png", "teal"));
    let (_, parts) = anew(&studio, &film(&edited, None));
    assert_eq!(parts, [0; 5]);
    assert!(!studio.ran.borrow().iter().any(|id| id == "sound"), "{:?}", studio.ran.borrow());

    // Other words in scenes that are as long as before. They are as loud together, so that the film's gain stays.
    let mut edited = scenes.clone();
    (edited[12].narration, edited[13].narration) = (scenes[13].narration.clone(), scenes[12].narration.clone());
    let (_, parts) = anew(&studio, &film(&edited, None));
    eprintln!("other words: {parts:?}");
    // Each is a part by itself, and what was encoded of it is the same wherever it stands.
    assert!(parts[0] == 0 && (1..=2).contains(&parts[3]) && parts[4] == 0, "{parts:?}");

    // A scene that is longer: what comes before it and after it stays mixed, measured and encoded.
    let mut edited = scenes.clone();
    edited[12].seconds = Some(5.7);
    let (longer, parts) = anew(&studio, &film(&edited, None));
    eprintln!("a longer scene: {parts:?}");
    assert_eq!(longer.frames, whole.frames + 21);
    assert_eq!((parts[0], parts[3], parts[4]), (1, 1, 1));
    let listened = studio.ran.borrow().iter().filter(|id| id.starts_with("listen-")).count();
    // How much is heard of the film's last packets depends on where it ends.
    assert!((1..=2).contains(&listened), "{:?}", studio.ran.borrow());
    let (integrated, peak) = measured(&studio, &longer.video);
    assert!((integrated + 14.0).abs() <= 0.35 && peak <= -0.9, "{integrated} LUFS, {peak} dBTP");

    // Elsewhere the same film is the same, also where it is encoded in parts.
    let other = Studio::new();
    assert_eq!(other.render(&film(&self::scenes(&other, 24), None)).unwrap(), whole);
}

/// Samples from a film's start to where it is first heard in each scene of five seconds.
fn onsets(studio: &Studio, film: &Film) -> Vec<usize> {
    let heard: Vec<f32> = samples(studio, &film.video).chunks_exact(2).map(|pair| pair[0].abs()).collect();
    let scenes = heard.chunks(5 * 48_000).enumerate();
    scenes.filter_map(|(n, scene)| Some(n * 5 * 48_000 + scene.iter().position(|level| *level > 0.02)?)).collect()
}

#[test]
fn scenes_are_heard_at_most_a_packet_later_and_tracks_to_the_sample() {
    let studio = Studio::new();
    let scenes = film(&scenes(&studio, 16), None);
    let tracks = TimelineInput::Timeline(scenes.laid_out(Rate::fps(30)).unwrap());
    let (snapped, exact) =
        (studio.render(&scenes).unwrap(), studio.render(&RenderRequest { timeline: tracks, ..scenes }).unwrap());
    assert_eq!((snapped.frames, snapped.seconds), (exact.frames, exact.seconds));
    let packets = |film: &Film| film.sound_pieces.iter().map(|piece| piece.packets).sum::<u64>();
    assert!(packets(&snapped) == packets(&exact) && snapped.sound_pieces != exact.sound_pieces);
    // Where parts meet there is silence, and nothing else.
    let heard: Vec<f32> = samples(&studio, &snapped.video).chunks_exact(2).map(|pair| pair[0].abs()).collect();
    let between = (1..16).map(|n| n * 5 * 48_000).flat_map(|at| &heard[at - 12_000..at + 12_000]);
    let loudest = between.copied().fold(0.0, f32::max);
    assert!(loudest < 1e-4, "{loudest}");
    let (snapped, exact) = (onsets(&studio, &snapped), onsets(&studio, &exact));
    assert_eq!((snapped.len(), exact.len()), (16, 16));
    let later: Vec<i64> = snapped.iter().zip(&exact).map(|(a, b)| *a as i64 - *b as i64).collect();
    // Encoders leave an onset where it is, to some samples.
    assert!(later.iter().all(|by| (-48..1024 + 48).contains(by)), "{later:?}");
    assert!(later.iter().any(|by| *by > 48), "{later:?}");
}

#[test]
fn loudness_is_put_together_from_parts() {
    let studio = Studio::new();
    let music = made(&studio, "music.wav", "aevalsrc=0.3*sin(2*PI*t*220)*(0.6+0.4*sin(PI*t)):s=48000:d=30", "anull");
    let scenes = scenes(&studio, 16);
    for music in [None, Some(&music)] {
        let (film, parts) = anew(&studio, &film(&scenes, music));
        assert!(parts[4] >= 2, "{parts:?}");
        let (integrated, peak) = measured(&studio, &film.video);
        let told = film.loudness.unwrap();
        eprintln!("{integrated} LUFS and {peak} dBTP, told {told:?}");
        assert!((integrated - told.integrated).abs() < 0.05 + 0.05, "{integrated} LUFS, told {told:?}");
        assert!((peak - told.true_peak).abs() < 0.11 && peak <= -1.0, "{peak} dBTP, told {told:?}");
        assert!((integrated + 14.0).abs() <= 0.3);
    }
    // Other music: speech stays as it is.
    let other = made(&studio, "other.wav", "aevalsrc=0.3*sin(2*PI*t*330)*(0.6+0.4*sin(PI*t)):s=48000:d=30", "anull");
    let (_, parts) = anew(&studio, &film(&scenes, Some(&other)));
    assert!(parts[0] == 0 && parts[1] == 1 && parts[2] > 1, "{parts:?}");
}

/// A sound that is hard to encode: speech over a beat and noise, with clicks about every part's end.
fn hard(studio: &Studio, samples: u64) -> Blob {
    let text = WORDS.join(" ");
    studio.tool(
        "ffmpeg",
        &["-v", "error", "-y", "-f", "lavfi", "-i", &format!("flite=voice=slt:text='{text}'"), "s.wav"],
    );
    let clicks = "aevalsrc=if(lt(mod(n\\,7993)\\,3)\\,0.8\\,0):s=48000";
    let graph = format!(
        "[0:a]aresample=48000,volume=12dB[s];[s][1:a][2:a][3:a]amix=inputs=4:normalize=0,\
         pan=stereo|c0=c0|c1=0.8*c0,apad=whole_len={samples},atrim=end_sample={samples}"
    );
    let inputs = ["-f", "lavfi", "-i", "sine=110:b=8:r=48000", "-f", "lavfi", "-i", "anoisesrc=a=0.02:seed=4:r=48000"];
    let clicks = ["-f", "lavfi", "-i", clicks, "-filter_complex", &graph, "-c:a", "pcm_s24le", "hard.wav"];
    studio.tool("ffmpeg", &[&["-v", "error", "-y", "-stream_loop", "3", "-i", "s.wav"][..], &inputs, &clicks].concat());
    studio.keep("hard.wav", "audio/wav")
}

#[test]
fn nobody_hears_where_packets_are_joined() {
    const RATE: f64 = 48_000.0;
    let studio = Studio::new();
    // Six parts of 14.4 s and one that is a little shorter than 28.8 s, and no whole number of packets.
    let frames = 3401;
    let total = Rate::fps(30).sample(frames, 48_000);
    let audio = hard(&studio, total);
    let clip = json!({ "audio": &audio, "at": 0, "frames": frames });
    let piece = |codec: &str| {
        let sound = json!({ "piece": "heard", "rate": Rate::fps(30), "frames": frames,
            "tracks": [{ "clips": [&clip] }], "codec": codec });
        studio.render(&RenderRequest { piece: Some(sound), ..RenderRequest::default() }).unwrap()
    };
    let joined = piece("aac");
    let parts = studio.ran.borrow().iter().filter(|id| id.starts_with("aac-")).count();
    assert_eq!(parts, 7, "{:?}", studio.ran.borrow());
    // The same in one: as samples, and encoded from these with the same encoder.
    let source = piece("pcm");
    studio.save(&source.video, "source.mov");
    let encoder = ["-c:a", "aac", "-aac_coder", "fast", "-aac_ms", "0", "-b:a", "192k", "one.m4a"];
    studio.tool("ffmpeg", &[&["-v", "error", "-y", "-i", "source.mov"][..], &encoder].concat());
    let one = studio.keep("one.m4a", "audio/mp4");
    let (source, joined, one) =
        (samples(&studio, &source.video), samples(&studio, &joined.video), samples(&studio, &one));
    assert_eq!((joined.len(), source.len() as u64), (one.len(), total * 2));

    // In steps of 256 samples, the error is nowhere larger than elsewhere, and as large as in one.
    let error = |heard: &[f32], step: usize| {
        let part = step * 512..(step + 1) * 512;
        let sum: f64 = part.clone().map(|i| f64::from(heard[i] - source[i]).powi(2)).sum();
        (sum / 512.0).sqrt()
    };
    let (mut ours, mut theirs) = (0.0f64, 0.0f64);
    for joint in 1..7 {
        let middle = joint * 691_200 / 256;
        for step in middle - 16..middle + 16 {
            let (a, b) = (error(&joined, step), error(&one, step));
            assert!(a < 2.0 * b + 0.002, "{:.3} s: {a}, in one {b}", step as f64 * 256.0 / RATE);
            (ours, theirs) = (ours + a * a, theirs + b * b);
        }
    }
    let louder = 10.0 * (ours / theirs).log10();
    eprintln!("around joints the error is {louder:.2} dB above that of one encoder");
    assert!(louder < 0.5, "{louder}");
}

#[test]
fn parts_of_a_mix_are_to_the_sample_what_they_are_in_one() {
    let studio = Studio::new();
    let music = made(&studio, "music.wav", "aevalsrc=0.31*sin(2*PI*t*220)*(0.6+0.4*sin(PI*t)):s=44100:d=70", "anull");
    let effect = made(&studio, "effect.wav", "anoisesrc=a=0.2:seed=2:r=48000:d=3", "anull");
    let said: Vec<Blob> = (0..10).map(|n| speech(&studio, WORDS[n]).audio).collect();
    let clip = |n: usize| {
        let denoise = if n == 6 { 1200 } else { 0 };
        json!({ "audio": &said[n], "at": 9 + n * 170, "frames": 120, "denoise_cb": denoise })
    };
    let clips: Vec<_> = (0..10).map(clip).collect();
    let tracks = |over: u32| {
        json!([
            { "clips": &clips },
            { "kind": "music", "clips": [{ "audio": &music, "at": 0, "frames": 1701, "fade_in": 30 }] },
            { "kind": "effect", "clips": [
                { "audio": &effect, "at": 100, "frames": 70, "fade_out": 20 },
                // In the second film an effect without a sound lies over all of the rest, so that it is one part.
                { "audio": &effect, "from": 200_000, "at": 180, "frames": over },
            ] },
        ])
    };
    let heard = |over: u32| {
        let sound =
            json!({ "piece": "heard", "rate": Rate::fps(30), "frames": 1701, "tracks": tracks(over), "codec": "pcm" });
        studio.ran.borrow_mut().clear();
        let film = studio.render(&RenderRequest { piece: Some(sound), ..RenderRequest::default() }).unwrap();
        let parts = studio.ran.borrow().iter().filter(|id| id.starts_with("mix-")).count();
        (samples(&studio, &film.video), parts)
    };
    let ((parts, n), (one, _)) = (heard(1), heard(1521));
    assert!(n >= 3, "{n} parts");
    assert_eq!(parts.len(), one.len());
    let off = parts.iter().zip(&one).map(|(a, b)| (a - b).abs()).fold(0.0f32, f32::max);
    eprintln!("{n} parts, off by {off} at most");
    assert!(off < 2e-6, "{off}");
}

#[test]
fn speech_that_is_placed_while_it_is_mixed_sounds_as_speech_that_was_made_a_sound_before() {
    let studio = Studio::new();
    let music = made(&studio, "music.wav", "aevalsrc=0.31*sin(2*PI*t*220)*(0.6+0.4*sin(PI*t)):s=44100:d=70", "anull");
    let wave: Vec<Blob> = (0..10).map(|n| speech(&studio, WORDS[n]).audio).collect();
    // Of what is compressed, it is not told here how loud it is.
    let packed = wave.iter().map(|audio| {
        studio.save(audio, "wave.wav");
        studio.tool("ffmpeg", &["-v", "error", "-y", "-i", "wave.wav", "packed.flac"]);
        studio.keep("packed.flac", "audio/flac")
    });
    let packed: Vec<Blob> = packed.collect();
    let heard = |said: &[Blob]| {
        let clip =
            |n: usize| json!({ "audio": &said[n], "at": 9 + n * 160, "frames": 130, "gain_cb": -100 * (n % 2) as i32 });
        let tracks = json!([
            { "clips": (0..10).map(clip).collect::<Vec<_>>() },
            { "kind": "music", "clips": [{ "audio": &music, "at": 0, "frames": 1601 }] },
        ]);
        let sound =
            json!({ "piece": "heard", "rate": Rate::fps(30), "frames": 1601, "tracks": tracks, "codec": "pcm" });
        studio.ran.borrow_mut().clear();
        let film = studio.render(&RenderRequest { piece: Some(sound), ..RenderRequest::default() }).unwrap();
        let ran = studio.ran.borrow();
        let [stems, mixes] = ["speech-", "mix-"].map(|kind| ran.iter().filter(|id| id.starts_with(kind)).count());
        (samples(&studio, &film.video), stems, mixes)
    };
    let ((placed, none, parts), (before, stems, same)) = (heard(&wave), heard(&packed));
    assert_eq!((none, parts, stems, same), (0, 5, 5, 5));
    assert_eq!(placed.len(), before.len());
    let off = placed.iter().zip(&before).map(|(a, b)| (a - b).abs()).fold(0.0f32, f32::max);
    assert!(off < 2e-6, "{off}");
}
