use studio_plugin_sdk::{
    roles::{image::Image, render::MusicBed},
    timeline::{
        Chapter, Clip, Color, CropKey, Ease, Framing, Item, Marker, Media as Source, MediaTime, Rate, Ratio, Rect,
        SceneClip, SpeedPoint, Track, TrackKind, Transition, TransitionLook,
    },
};

use super::*;

fn blob(name: char, mime: &str) -> Blob {
    Blob { blob: name.to_string().repeat(64), mime: mime.into(), bytes: 1 }
}

fn still(id: &str, frames: u32) -> Clip {
    Clip { id: id.into(), media: Source::Still { image: blob('a', "image/png") }, frames, ..Clip::default() }
}

fn track(kind: TrackKind, items: Vec<Item>) -> Track {
    Track { kind, items }
}

/// A film with something of everything: 100 frames of a still, a dissolve, 50 of a film at half its speed, a wipe, 30 of
/// a colour; a logo over the second; speech, music and a noise.
fn film(rate: Rate) -> Timeline {
    let goes_over = |look| Item::Transition(Transition { look, in_frames: 7, out_frames: 8, ..Transition::default() });
    let zoom =
        |frame, width| CropKey { frame, rect: Rect { x: 0.0, y: 0.0, width, height: width }, ease: Ease::Linear };
    let moving = Framing { crop: vec![zoom(0, 1.0), zoom(99, 0.9)], ..Framing::default() };
    let corner = Rect { x: 0.8, y: 0.8, width: 0.2, height: 0.2 };
    let clips = blob('b', "video/mp4");
    let slow = Clip {
        id: "river & sea".into(),
        media: Source::Video { video: clips, from: MediaTime::Seconds(2.0) },
        frames: 50,
        speed: Ratio { num: 1, den: 2 },
        ..Clip::default()
    };
    let colour = Source::Color { color: Color::opaque(0, 0, 0) };
    let sound = |id: &str, name, frames| Clip {
        id: id.into(),
        media: Source::Audio { audio: blob(name, "audio/x-wav"), from: MediaTime::default() },
        frames,
        ..Clip::default()
    };
    let logo = Framing { place: Some(corner), ..Framing::default() };
    let logo = Clip { framing: logo, ..still("logo", 20) };
    Timeline {
        rate,
        tracks: vec![
            track(
                TrackKind::Video,
                vec![
                    Clip { framing: moving, ..still("water", 100) }.into(),
                    goes_over(TransitionLook::Dissolve),
                    slow.into(),
                    goes_over(TransitionLook::WipeLeft),
                    Clip { id: "end".into(), media: colour, frames: 30, ..Clip::default() }.into(),
                ],
            ),
            track(TrackKind::Overlay, vec![Item::Gap { frames: 110 }, logo.into()]),
            track(TrackKind::Narration, vec![Item::Gap { frames: 9 }, sound("water", 'c', 80).into()]),
            track(TrackKind::Music, vec![Clip { gain_db: -6.0, ..sound("tune", 'd', 180) }.into()]),
            track(TrackKind::Effect, vec![Item::Gap { frames: 140 }, sound("splash", 'e', 10).into()]),
        ],
        chapters: vec![Chapter { frame: 0, title: "Water <1>".into() }, Chapter { frame: 100, title: "Sea".into() }],
        markers: vec![Marker { frame: 120, frames: 5, name: "look".into(), note: "too dark?".into() }],
    }
}

fn written(format: Format, timeline: &Timeline) -> (String, Vec<String>) {
    let media = Media::of(timeline, Path::new("/films/rice media")).expect("a folder");
    let cut = Cut { title: "Rice & water", timeline, size: (1920, 1080), media: &media };
    match format {
        Format::Otio => (otio::write(&cut), Vec::new()),
        Format::Edl => edl::write(&cut),
        Format::Fcpxml => fcpxml::write(&cut).expect("it is written"),
    }
}

#[test]
fn a_list_has_an_event_for_each_piece_of_each_track() {
    let (list, left_out) = written(Format::Edl, &film(Rate::fps(30)));
    insta::assert_snapshot!(list);
    assert_eq!(left_out.len(), 3, "{left_out:?}");
}

#[test]
fn final_cut_has_the_picture_in_its_spine_and_all_else_in_lanes() {
    let (xml, left_out) = written(Format::Fcpxml, &film(Rate { num: 30_000, den: 1001 }));
    insta::assert_snapshot!(xml);
    assert_eq!(left_out, ["clip end: a picture that is made, not read; black in its place"]);
}

#[test]
fn otio_has_everything() {
    let (text, _) = written(Format::Otio, &film(Rate::fps(25)));
    let read: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let tracks = read["tracks"]["children"].as_array().expect("tracks");
    assert_eq!(tracks.len(), 5);
    let picture = tracks[0]["children"].as_array().expect("children");
    assert_eq!(picture[1]["transition_type"], "SMPTE_Dissolve");
    assert_eq!(picture[2]["source_range"]["start_time"]["value"], 50.0);
    assert_eq!(picture[2]["effects"][0]["time_scalar"], 0.5);
    assert_eq!(picture[0]["metadata"]["studio"]["framing"]["crop"].as_array().map(Vec::len), Some(2));
    let url = picture[0]["media_references"]["DEFAULT_MEDIA"]["target_url"].as_str();
    assert_eq!(url, Some("file:///films/rice%20media/water.png"));
    assert_eq!(read["tracks"]["markers"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_bed_of_music_is_a_track_and_what_is_done_to_it_is_said() {
    let picture = Some(Image { image: blob('a', "image/png"), ..Image::default() });
    let scene = SceneClip { id: "water".into(), picture, seconds: Some(4.0), ..SceneClip::default() };
    let timeline = TimelineInput::Scenes(vec![scene]);
    let music = Some(MusicBed { audio: blob('m', "audio/x-wav"), fade_in: 1.0, ..MusicBed::default() });
    let request = RenderRequest { timeline, music, ..RenderRequest::default() };
    let laid = request.laid_out(RATE).expect("a timeline");
    let (otio, _) = written(Format::Otio, &laid);
    assert!(otio.contains("music.wav") && otio.contains("\"fade_in\": 30"), "{otio}");
    for format in [Format::Edl, Format::Fcpxml] {
        let (text, left_out) = written(format, &laid);
        assert!(text.contains("music.wav"), "{text}");
        assert!(left_out.iter().any(|what| what.contains("fades")), "{left_out:?}");
    }
}

#[test]
fn speeds_that_change_are_a_map_of_time() {
    let mut timeline = film(Rate::fps(30));
    let Item::Clip(clip) = &mut timeline.tracks[0].items[2] else { panic!("a clip") };
    let point = |frame, num| SpeedPoint { frame, speed: Ratio { num, den: 1 } };
    clip.ramp = vec![point(0, 1), point(20, 3), point(49, 0)];
    let (xml, _) = written(Format::Fcpxml, &timeline);
    assert!(xml.contains(r#"<timept time="20/30s" value="100/30s" interp="linear"/>"#), "{xml}");
    let (_, left_out) = written(Format::Edl, &timeline);
    assert!(left_out.iter().any(|what| what.contains("speeds that change")), "{left_out:?}");
}
