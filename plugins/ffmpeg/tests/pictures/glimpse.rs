//! A frame that is looked at by itself is the one that the film shows, however little of the source is decoded for it.

use std::fs::{self, File};

use studio_plugin_ffmpeg::{glimpse, probe::plain};
use studio_plugin_sdk::{
    prelude::RenderRequest,
    roles::render::FilmMoment,
    timeline::{Media, Rate, TrackKind},
};

use crate::{
    scene::{clip, film},
    studio::Studio,
};

const MOMENTS: [f64; 9] = [0.0, 0.4, 0.9667, 1.0, 1.35, 2.0167, 2.5, 3.3, 3.9667];
const ENCODER: [&str; 4] = ["-c:v", "libx264", "-pix_fmt", "yuv420p"];

fn source(studio: &Studio, name: &str, (rate, args): (&str, &[&str])) {
    let picture = format!("testsrc2=s=320x180:r={rate}:d=4");
    let base = ["-v", "error", "-y", "-f", "lavfi", "-i", &picture, "-f", "lavfi", "-i", "sine=d=4"];
    studio.tool("ffmpeg", &[&base[..], &ENCODER, args, &[name]].concat());
}

#[test]
fn with_an_index_of_its_own_a_frame_is_the_same() {
    let studio = Studio::new();
    let films: [(&str, &[&str]); 9] = [
        ("30", &[]),
        ("30", &["-preset", "veryfast", "-g", "60", "-movflags", "+faststart"]),
        ("25", &["-bf", "8", "-x264-params", "b-pyramid=none:b-adapt=0"]),
        ("60", &["-g", "90", "-x264-params", "aud=1:b-adapt=0:slices=4"]),
        ("12", &["-bf", "2"]),
        ("30000/1001", &["-preset", "slow", "-x264-params", "open-gop=1:keyint=40"]),
        ("30", &["-video_track_timescale", "90000", "-use_editlist", "0"]),
        ("30", &["-movflags", "+negative_cts_offsets"]),
        ("30", &["-bf", "0"]),
    ];
    let mut found = Vec::new();
    for (n, of) in films.into_iter().enumerate() {
        let name = format!("film-{n}.mp4");
        source(&studio, &name, of);
        found.push(0);
        for moment in MOMENTS {
            let seen = (moment + 0.48 / 30.0, moment + 0.5 / 30.0);
            let mut file = File::open(studio.path().join(&name)).unwrap();
            let Some(index) = glimpse::index(&mut file, seen) else { continue };
            fs::write(studio.path().join("index"), index).unwrap();
            let drawn = |protocols: &str, place: &str| {
                let read = ["-v", "error", "-protocol_whitelist", protocols, "-format_whitelist", "mov"];
                let at = ["-noaccurate_seek", "-ss", &moment.to_string(), "-i", place];
                let chain =
                    "settb=AVTB,setpts=PTS+333,fps=30:start_time=0,tpad=stop=-1:stop_mode=clone,trim=end_frame=1";
                studio.tool("ffmpeg", &[&read[..], &at, &["-an", "-vf", chain, "-f", "md5", "-"]].concat())
            };
            let (whole, glimpsed) = (drawn("file", &name), drawn("file,concat", &format!("concat:index|{name}")));
            assert_eq!(whole, glimpsed, "{name} at {moment}");
            found[n] += 1;
        }
    }
    // Where little comes before a frame, or no picture can be left out, all is decoded.
    assert_eq!(found, [8, 7, 8, 8, 6, 7, 0, 8, 0]);
}

#[test]
fn a_moment_of_a_plain_film_is_that_of_any_other() {
    let studio = Studio::new();
    source(&studio, "plain.mp4", ("30", &["-preset", "medium"]));
    // With a track of time codes, of which only FFmpeg knows whether it means anything for the picture.
    let coded = ["-c", "copy", "-timecode", "00:00:00:00", "-write_tmcd", "1", "other.mp4"];
    studio.tool("ffmpeg", &[&["-v", "error", "-i", "plain.mp4"][..], &coded].concat());
    assert!(plain::facts(&mut File::open(studio.path().join("other.mp4")).unwrap()).is_none());
    let moment = |name: &str, seconds: f64| {
        let media = Media::Video { video: studio.keep(name, "video/mp4"), from: 0.0.into() };
        let request = film(Rate::fps(30), vec![(TrackKind::Video, vec![clip("x", media, 120).into()])]);
        let moment = Some(FilmMoment { seconds, height: 180 });
        studio.bytes(studio.render(&RenderRequest { moment, ..request }).unwrap().poster.as_ref().unwrap())
    };
    for seconds in MOMENTS {
        let plain = moment("plain.mp4", seconds);
        assert!(plain == moment("other.mp4", seconds), "{seconds}");
    }
    let moments = MOMENTS.map(|seconds| moment("plain.mp4", seconds));
    assert!((1..moments.len()).all(|n| moments[n] != moments[n - 1]), "each is another");
}
