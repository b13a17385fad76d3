//! Final Cut Pro's XML, after Apple's document type definition of version 1.8, which Final Cut, Resolve and Premiere's
//! converters read. The picture's track is the spine; all else is connected to the clip over which it begins: overlays
//! above it (lanes 1, 2, …), sound below it (lanes -1, -2, …).

use std::io;

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};
use studio_plugin_sdk::timeline::{
    Blend, Clip, Fit, Framing, Hearing, Item, Media as Source, Rate, Rect, Track, TrackKind, Transition,
};

use super::{
    Cut,
    time::{fraction, nearest},
};
use crate::engine::EngineError;

type Xml = Writer<Vec<u8>>;

/// The timeline as a file, and what it lacks.
pub fn write(cut: &Cut) -> Result<(String, Vec<String>), EngineError> {
    let mut left_out = Vec::new();
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    document(&mut xml, cut, &mut left_out).map_err(EngineError::io("writing FCPXML"))?;
    let mut text = String::from_utf8(xml.into_inner()).unwrap_or_default();
    text.push('\n');
    left_out.sort();
    left_out.dedup();
    Ok((text, left_out))
}

fn document(xml: &mut Xml, cut: &Cut, left_out: &mut Vec<String>) -> io::Result<()> {
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.write_event(Event::DocType(BytesText::new("fcpxml")))?;
    xml.create_element("fcpxml").with_attribute(("version", "1.8")).write_inner_content(|xml| {
        xml.create_element("resources").write_inner_content(|xml| resources(xml, cut))?;
        xml.create_element("library").write_inner_content(|xml| {
            xml.create_element("event").with_attribute(("name", cut.title)).write_inner_content(|xml| {
                xml.create_element("project")
                    .with_attribute(("name", cut.title))
                    .write_inner_content(|xml| sequence(xml, cut, left_out))?;
                Ok(())
            })?;
            Ok(())
        })?;
        Ok(())
    })?;
    Ok(())
}

/// The film's format, and its files. Stills are given the film's, since they have no rate of their own.
fn resources(xml: &mut Xml, cut: &Cut) -> io::Result<()> {
    let rate = cut.timeline.rate;
    let (width, height) = (cut.size.0.to_string(), cut.size.1.to_string());
    xml.create_element("format")
        .with_attributes([
            ("id", "r0"),
            ("frameDuration", fraction(1, rate).as_str()),
            ("width", width.as_str()),
            ("height", height.as_str()),
            ("colorSpace", "1-1-1 (Rec. 709)"),
        ])
        .write_empty()?;
    for file in cut.media.files() {
        let (id, url) = (id(cut, &file.blob), cut.media.url(&file.blob));
        let seconds = cut.media.seconds(&file.blob);
        let duration = fraction((seconds.unwrap_or(0.0) * rate.hertz()).floor() as i64, rate);
        let mut asset = xml.create_element("asset").with_attributes([
            ("id", id.as_str()),
            ("name", file.name.as_str()),
            ("src", url.as_str()),
            ("start", "0s"),
            ("duration", duration.as_str()),
        ]);
        let channels = cut.media.channels(&file.blob).to_string();
        asset = if file.blob.mime.starts_with("audio/") {
            asset.with_attributes([
                ("hasAudio", "1"),
                ("audioSources", "1"),
                ("audioChannels", channels.as_str()),
                ("format", "r0"),
            ])
        } else {
            asset.with_attributes([("hasVideo", "1"), ("format", "r0")])
        };
        asset.write_empty()?;
    }
    Ok(())
}

fn id(cut: &Cut, blob: &studio_plugin_sdk::blob::Blob) -> String {
    format!("r{}", cut.media.number(blob))
}

fn sequence(xml: &mut Xml, cut: &Cut, left_out: &mut Vec<String>) -> io::Result<()> {
    let duration = fraction(i64::from(cut.timeline.frames()), cut.timeline.rate);
    xml.create_element("sequence")
        .with_attributes([
            ("format", "r0"),
            ("duration", duration.as_str()),
            ("tcStart", "0s"),
            ("tcFormat", "NDF"),
            ("audioLayout", "stereo"),
            ("audioRate", "48k"),
        ])
        .write_inner_content(|xml| {
            xml.create_element("spine").write_inner_content(|xml| spine(xml, cut, left_out))?;
            Ok(())
        })?;
    Ok(())
}

/// Something that hangs on a clip of the spine.
struct Connected<'a> {
    lane: i32,
    start: i64,
    clip: &'a Clip,
    kind: TrackKind,
}

fn spine(xml: &mut Xml, cut: &Cut, left_out: &mut Vec<String>) -> io::Result<()> {
    let Some(main) = cut.timeline.track(TrackKind::Video) else { return Ok(()) };
    let connected = connected(cut, left_out);
    let rate = cut.timeline.rate;
    let mut start = 0;
    for item in &main.items {
        let end = start + i64::from(item.frames());
        // What begins after the film's end hangs on its last clip.
        let last = end >= i64::from(main.frames());
        let of_item = |one: &&Connected| one.start >= start && (one.start < end || last);
        let here: Vec<&Connected> = connected.iter().filter(of_item).collect();
        match item {
            Item::Transition(transition) => over(xml, transition, start, rate)?,
            Item::Gap { .. } => blank(xml, cut, (start, end), &here)?,
            Item::Clip(one) => match one.media.file() {
                Some(_) => {
                    let place = Place { offset: start, lane: 0, kind: TrackKind::Video };
                    clip(xml, cut, one, place, &here, left_out)?;
                }
                None => {
                    left_out.push(format!("clip {}: a picture that is made, not read; black in its place", one.id));
                    blank(xml, cut, (start, end), &here)?;
                }
            },
        }
        start = end;
    }
    Ok(())
}

/// All tracks but the picture's, in lanes.
fn connected<'a>(cut: &'a Cut, left_out: &mut Vec<String>) -> Vec<Connected<'a>> {
    let (mut above, mut below) = (0, 0);
    let mut connected = Vec::new();
    for track in &cut.timeline.tracks {
        let lane = match track.kind {
            TrackKind::Video => continue,
            TrackKind::Overlay => {
                above += 1;
                above
            }
            TrackKind::Caption => {
                left_out.push("captions: import the SRT file".into());
                continue;
            }
            TrackKind::Narration | TrackKind::Music | TrackKind::Effect => {
                below -= 1;
                below
            }
        };
        for (start, clip) in Track::clips(track) {
            if clip.media.file().is_none() {
                left_out.push(format!("overlay {}: a picture that is made, not read", clip.id));
                continue;
            }
            connected.push(Connected { lane, start: i64::from(start), clip, kind: track.kind });
        }
    }
    connected
}

fn over(xml: &mut Xml, transition: &Transition, cut_at: i64, rate: Rate) -> io::Result<()> {
    let (before, after) = (i64::from(transition.in_frames), i64::from(transition.out_frames));
    let (offset, duration) = (fraction(cut_at - before, rate), fraction(before + after, rate));
    xml.create_element("transition")
        .with_attributes([("name", "Cross Dissolve"), ("offset", offset.as_str()), ("duration", duration.as_str())])
        .write_empty()?;
    Ok(())
}

fn blank(xml: &mut Xml, cut: &Cut, (start, end): (i64, i64), here: &[&Connected]) -> io::Result<()> {
    let rate = cut.timeline.rate;
    let (offset, duration) = (fraction(start, rate), fraction(end - start, rate));
    xml.create_element("gap")
        .with_attributes([
            ("name", "Gap"),
            ("offset", offset.as_str()),
            ("start", "0s"),
            ("duration", duration.as_str()),
        ])
        .write_inner_content(|xml| hang(xml, cut, here, start, 0, &mut Vec::new()))?;
    Ok(())
}

/// What hangs on a clip, in the clip's own time.
fn hang(
    xml: &mut Xml,
    cut: &Cut,
    here: &[&Connected],
    start: i64,
    own: i64,
    left_out: &mut Vec<String>,
) -> io::Result<()> {
    for one in here {
        let place = Place { offset: own + one.start - start, lane: one.lane, kind: one.kind };
        clip(xml, cut, one.clip, place, &[], left_out)?;
    }
    Ok(())
}

struct Place {
    offset: i64,
    lane: i32,
    kind: TrackKind,
}

fn clip(
    xml: &mut Xml,
    cut: &Cut,
    clip: &Clip,
    place: Place,
    here: &[&Connected],
    left_out: &mut Vec<String>,
) -> io::Result<()> {
    let rate = cut.timeline.rate;
    let Some(blob) = clip.media.file() else { return Ok(()) };
    let still = matches!(clip.media, Source::Still { .. });
    let even = clip.ramp.is_empty() && (clip.speed.value() - 1.0).abs() < 1e-9;
    // With a map of time a clip's own time begins at 0: where its file starts is in the map.
    let start = if still || !even { 0 } else { nearest(clip.media.from(), rate) };
    let (id, offset) = (id(cut, blob), fraction(place.offset, rate));
    let (own, duration) = (fraction(start, rate), fraction(i64::from(clip.frames), rate));
    let lane = place.lane.to_string();
    // A still is a clip with a picture in it: readers differ on pictures that stand alone.
    let mut element = xml.create_element(if still { "clip" } else { "asset-clip" }).with_attributes([
        ("name", clip.id.as_str()),
        ("offset", offset.as_str()),
        ("start", own.as_str()),
        ("duration", duration.as_str()),
    ]);
    if !still {
        element = element.with_attribute(("ref", id.as_str()));
    }
    if place.lane != 0 {
        element = element.with_attribute(("lane", lane.as_str()));
    }
    if place.kind.is_sound() {
        let role = match place.kind {
            TrackKind::Music => "music",
            TrackKind::Effect => "effects",
            _ => "dialogue",
        };
        element = element.with_attribute(("audioRole", role));
    } else if !still {
        element = element.with_attribute(("srcEnable", "video"));
    }
    element.write_inner_content(|xml| {
        if !still && !even {
            time_map(xml, clip, rate)?;
        }
        if place.kind.is_sound() {
            if clip.gain_db != 0.0 {
                let amount = format!("{}dB", clip.gain_db);
                xml.create_element("adjust-volume").with_attribute(("amount", amount.as_str())).write_empty()?;
            }
            if clip.hearing != Hearing::default() {
                left_out.push(format!("sound {}: its fades, less noise in it, and that it is fitted", clip.id));
            }
        } else {
            framing(xml, cut, clip, place.kind, left_out)?;
        }
        if still {
            xml.create_element("video")
                .with_attributes([
                    ("ref", id.as_str()),
                    ("name", clip.id.as_str()),
                    ("offset", "0s"),
                    ("start", "0s"),
                    ("duration", duration.as_str()),
                ])
                .write_empty()?;
        }
        hang(xml, cut, here, place.offset, start, left_out)?;
        if place.lane == 0 {
            marks(xml, cut, (place.offset, place.offset + i64::from(clip.frames)), start)?;
        }
        Ok(())
    })?;
    Ok(())
}

/// How far its file has played at which of its frames.
fn time_map(xml: &mut Xml, clip: &Clip, rate: Rate) -> io::Result<()> {
    let mut at: Vec<u32> = clip.ramp.iter().map(|point| point.frame).filter(|frame| *frame < clip.frames).collect();
    at.extend([0, clip.frames]);
    at.sort_unstable();
    at.dedup();
    xml.create_element("timeMap").write_inner_content(|xml| {
        for frame in at {
            let played = nearest(clip.media.from(), rate) + clip.played(f64::from(frame)).round() as i64;
            let (time, value) = (fraction(i64::from(frame), rate), fraction(played, rate));
            xml.create_element("timept")
                .with_attributes([("time", time.as_str()), ("value", value.as_str()), ("interp", "linear")])
                .write_empty()?;
        }
        Ok(())
    })?;
    Ok(())
}

/// Crop, fit, place and opacity, in the order that the definition wants.
fn framing(xml: &mut Xml, cut: &Cut, clip: &Clip, kind: TrackKind, left_out: &mut Vec<String>) -> io::Result<()> {
    let Framing { fit, crop, place, opacity, fade_in, fade_out, blend } = &clip.framing;
    if let ([first, .., last] | [first @ last], false) = (crop.as_slice(), crop.is_empty()) {
        let mode = if crop.len() == 1 { "crop" } else { "pan" };
        if crop.len() > 2 {
            left_out.push(format!("clip {}: a way of more than two crops; its first and last one stand", clip.id));
        }
        xml.create_element("adjust-crop").with_attribute(("mode", mode)).write_inner_content(|xml| {
            let name = if crop.len() == 1 { "crop-rect" } else { "pan-rect" };
            rect(xml, name, first.rect, cut.size)?;
            if crop.len() > 1 {
                rect(xml, name, last.rect, cut.size)?;
            }
            Ok(())
        })?;
    }
    let fit = fit.unwrap_or(if kind == TrackKind::Overlay { Fit::Contain } else { Fit::Blurred });
    if !crop.is_empty() || fit == Fit::Cover {
        xml.create_element("adjust-conform").with_attribute(("type", "fill")).write_empty()?;
    }
    if let Some(place) = place {
        let (position, scale) = moved(*place, cut.size);
        xml.create_element("adjust-transform")
            .with_attributes([("position", position.as_str()), ("scale", scale.as_str())])
            .write_empty()?;
    }
    if let Some(first) = opacity.first().filter(|key| opacity.len() == 1 && key.opacity < 1.0) {
        let amount = first.opacity.to_string();
        xml.create_element("adjust-blend").with_attribute(("amount", amount.as_str())).write_empty()?;
    }
    if opacity.len() > 1 || *fade_in > 0 || *fade_out > 0 || *blend != Blend::Normal {
        left_out.push(format!("clip {}: fades and how it is mixed with what is behind it", clip.id));
    }
    Ok(())
}

/// What is cut off at the edges, in hundredths of the picture's height, also at the sides.
fn rect(xml: &mut Xml, name: &str, rect: Rect, (width, height): (u32, u32)) -> io::Result<()> {
    let wide = 100.0 * f64::from(width) / f64::from(height.max(1));
    let edges =
        [rect.x * wide, rect.y * 100.0, (1.0 - rect.x - rect.width) * wide, (1.0 - rect.y - rect.height) * 100.0];
    let [left, top, right, bottom] = edges.map(|edge| format!("{:.4}", edge.max(0.0)));
    xml.create_element(name)
        .with_attributes([
            ("left", left.as_str()),
            ("top", top.as_str()),
            ("right", right.as_str()),
            ("bottom", bottom.as_str()),
        ])
        .write_empty()?;
    Ok(())
}

/// Where the middle of a place is, in hundredths of the frame's height from its middle, upwards; and how large it is.
fn moved(place: Rect, (width, height): (u32, u32)) -> (String, String) {
    let wide = 100.0 * f64::from(width) / f64::from(height.max(1));
    let x = (place.x + place.width / 2.0 - 0.5) * wide;
    let y = (0.5 - place.y - place.height / 2.0) * 100.0;
    let scale = place.width.min(place.height);
    (format!("{x:.4} {y:.4}"), format!("{scale:.4} {scale:.4}"))
}

/// Chapters and markers that lie on a clip.
fn marks(xml: &mut Xml, cut: &Cut, (start, end): (i64, i64), own: i64) -> io::Result<()> {
    let rate = cut.timeline.rate;
    let inside = |frame: u32| (start..end).contains(&i64::from(frame));
    let at = |frame: u32| fraction(own + i64::from(frame) - start, rate);
    let one = fraction(1, rate);
    for chapter in cut.timeline.chapters.iter().filter(|chapter| inside(chapter.frame)) {
        let start = at(chapter.frame);
        xml.create_element("chapter-marker")
            .with_attributes([
                ("start", start.as_str()),
                ("duration", one.as_str()),
                ("value", chapter.title.as_str()),
                ("posterOffset", "0s"),
            ])
            .write_empty()?;
    }
    for marker in cut.timeline.markers.iter().filter(|marker| inside(marker.frame)) {
        let (start, duration) = (at(marker.frame), fraction(i64::from(marker.frames.max(1)), rate));
        xml.create_element("marker")
            .with_attributes([
                ("start", start.as_str()),
                ("duration", duration.as_str()),
                ("value", marker.name.as_str()),
                ("note", marker.note.as_str()),
            ])
            .write_empty()?;
    }
    Ok(())
}
