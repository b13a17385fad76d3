"""Reads a timeline with OpenTimelineIO's own readers and says what it found, as JSON.

read.py FILE [RATE]: RATE is the frames a second that an edit decision list is counted in.
"""

import json
import sys

import opentimelineio as otio


def timeline(path, rate):
    options = {"rate": float(rate)} if path.endswith(".edl") else {}
    read = otio.adapters.read_from_file(path, **options)
    # A library of Final Cut's holds events, and these hold projects.
    while not isinstance(read, otio.schema.Timeline):
        read = read[0]
    return read


def item(one):
    if isinstance(one, otio.schema.Transition):
        return {"kind": "transition", "frames": (one.in_offset + one.out_offset).value}
    found = {
        "kind": type(one).__name__.lower(),
        "name": one.name,
        "frames": one.duration().value,
        "effects": [type(effect).__name__ for effect in one.effects],
    }
    reference = getattr(one, "media_reference", None)
    if isinstance(reference, otio.schema.ExternalReference):
        found["media"] = reference.target_url
    return found


read = timeline(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else 30)
tracks = [{"kind": track.kind, "items": [item(one) for one in track]} for track in read.tracks]
markers = [marker.name for track in [read.tracks, *read.tracks] for marker in track.markers]
json.dump({"name": read.name, "tracks": tracks, "markers": markers}, sys.stdout)
