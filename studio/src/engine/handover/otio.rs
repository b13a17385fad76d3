//! OpenTimelineIO's JSON, with the schema versions of its release 0.15, which Resolve and Premiere read. What it has no
//! words for stands in the metadata of clips, under `studio`, as this project's own timelines have it.

use serde_json::{Map, Value, json};
use studio_plugin_sdk::timeline::{
    Clip, Framing, Hearing, Item, Marker, Media as Source, Rate, Track, Transition, TransitionLook,
};

use super::Cut;

/// The timeline as a file.
pub fn write(cut: &Cut) -> String {
    let rate = cut.timeline.rate;
    let tracks: Vec<Value> = cut.timeline.tracks.iter().map(|one| track(cut, one)).collect();
    let chapters =
        cut.timeline.chapters.iter().map(|chapter| marker(rate, (chapter.frame, 0), &chapter.title, "", "GREEN"));
    let marks = cut
        .timeline
        .markers
        .iter()
        .map(|Marker { frame, frames, name, note }| marker(rate, (*frame, *frames), name, note, "RED"));
    let (width, height) = cut.size;
    let timeline = json!({
        "OTIO_SCHEMA": "Timeline.1",
        "name": cut.title,
        "global_start_time": null,
        "metadata": { "studio": { "width": width, "height": height } },
        "tracks": {
            "OTIO_SCHEMA": "Stack.1",
            "name": "tracks",
            "source_range": null,
            "enabled": true,
            "effects": [],
            "markers": chapters.chain(marks).collect::<Vec<_>>(),
            "metadata": {},
            "children": tracks,
        },
    });
    serde_json::to_string_pretty(&timeline).unwrap_or_default() + "\n"
}

fn track(cut: &Cut, track: &Track) -> Value {
    let children: Vec<Value> = track.items.iter().map(|one| item(cut, one)).collect();
    json!({
        "OTIO_SCHEMA": "Track.1",
        "name": track.kind.name(),
        "kind": if track.kind.is_sound() { "Audio" } else { "Video" },
        "source_range": null,
        "enabled": true,
        "effects": [],
        "markers": [],
        "metadata": { "studio": { "kind": track.kind } },
        "children": children,
    })
}

fn item(cut: &Cut, item: &Item) -> Value {
    let rate = cut.timeline.rate;
    match item {
        Item::Clip(one) => clip(cut, one),
        Item::Gap { frames } => json!({
            "OTIO_SCHEMA": "Gap.1",
            "name": "",
            "source_range": range(0.0, f64::from(*frames), rate),
            "enabled": true,
            "effects": [],
            "markers": [],
            "metadata": {},
        }),
        Item::Transition(one) => transition(one, rate),
    }
}

fn transition(transition: &Transition, rate: Rate) -> Value {
    let kind = if transition.look == TransitionLook::Dissolve { "SMPTE_Dissolve" } else { "Custom_Transition" };
    json!({
        "OTIO_SCHEMA": "Transition.1",
        "name": transition.look,
        "transition_type": kind,
        "in_offset": moment(f64::from(transition.in_frames), rate),
        "out_offset": moment(f64::from(transition.out_frames), rate),
        "metadata": { "studio": transition },
    })
}

fn clip(cut: &Cut, clip: &Clip) -> Value {
    let rate = cut.timeline.rate;
    let from = clip.media.from().seconds() * rate.hertz();
    json!({
        "OTIO_SCHEMA": "Clip.2",
        "name": clip.id,
        "source_range": range(from, f64::from(clip.frames), rate),
        "enabled": true,
        "effects": effects(clip),
        "markers": [],
        "metadata": own(clip),
        "media_references": { "DEFAULT_MEDIA": reference(cut, &clip.media) },
        "active_media_reference_key": "DEFAULT_MEDIA",
    })
}

fn reference(cut: &Cut, media: &Source) -> Value {
    let rate = cut.timeline.rate;
    let file = |blob| {
        let seconds = cut.media.seconds(blob);
        json!({
            "OTIO_SCHEMA": "ExternalReference.1",
            "name": cut.media.name(blob),
            "target_url": cut.media.url(blob),
            "available_range": seconds.map(|seconds| range(0.0, (seconds * rate.hertz()).floor(), rate)),
            "available_image_bounds": null,
            "metadata": {},
        })
    };
    let made = |kind: &str| {
        json!({
            "OTIO_SCHEMA": "GeneratorReference.1",
            "name": kind,
            "generator_kind": kind,
            "parameters": media,
            "available_range": null,
            "available_image_bounds": null,
            "metadata": {},
        })
    };
    match media {
        Source::Color { .. } => made("SolidColor"),
        Source::ProgressBar { .. } => made("ProgressBar"),
        _ => media.file().map_or_else(|| made("Captions"), file),
    }
}

/// Even speeds. One that changes is in the metadata: here there is only its mean.
fn effects(clip: &Clip) -> Vec<Value> {
    let speed = clip.mean_speed();
    let effect = |schema: &str, name: &str| {
        json!({
            "OTIO_SCHEMA": schema,
            "name": "",
            "effect_name": name,
            "time_scalar": speed,
            "enabled": true,
            "metadata": {},
        })
    };
    match speed {
        1.0 => Vec::new(),
        0.0 => vec![effect("FreezeFrame.1", "FreezeFrame")],
        _ => vec![effect("LinearTimeWarp.1", "LinearTimeWarp")],
    }
}

/// What a clip says that this format has no words for.
fn own(clip: &Clip) -> Value {
    let mut own = Map::new();
    if clip.framing != Framing::default() {
        own.insert("framing".into(), json!(clip.framing));
    }
    if !clip.ramp.is_empty() {
        own.insert("ramp".into(), json!(clip.ramp));
    }
    if clip.gain_db != 0.0 {
        own.insert("gain_db".into(), json!(clip.gain_db));
    }
    if clip.hearing != Hearing::default() {
        own.insert("hearing".into(), json!(clip.hearing));
    }
    for (name, words) in [("captions", &clip.captions), ("translation", &clip.translation)] {
        if !words.is_empty() {
            own.insert(name.into(), json!(words));
        }
    }
    if !clip.keywords.is_empty() {
        own.insert("keywords".into(), json!(clip.keywords));
    }
    if own.is_empty() { json!({}) } else { json!({ "studio": own }) }
}

fn marker(rate: Rate, (frame, frames): (u32, u32), name: &str, note: &str, color: &str) -> Value {
    json!({
        "OTIO_SCHEMA": "Marker.2",
        "name": name,
        "color": color,
        "marked_range": range(f64::from(frame), f64::from(frames), rate),
        "metadata": if note.is_empty() { json!({}) } else { json!({ "studio": { "note": note } }) },
    })
}

fn range(start: f64, frames: f64, rate: Rate) -> Value {
    json!({
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": moment(start, rate),
        "duration": moment(frames, rate),
    })
}

fn moment(frames: f64, rate: Rate) -> Value {
    json!({ "OTIO_SCHEMA": "RationalTime.1", "value": frames, "rate": rate.hertz() })
}
