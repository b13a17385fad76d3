"""B1 with MoviePy, as its guide has it: clips cropped to the frame, captions, speech over quieter music, one file.

assemble.py FOLDER: the folder has `film.json`, which `make bench-peers` writes.
"""

import json
import os
import sys
import time

from moviepy import (
    AudioFileClip,
    CompositeAudioClip,
    CompositeVideoClip,
    TextClip,
    VideoFileClip,
    concatenate_videoclips,
)

folder = sys.argv[1]
with open(os.path.join(folder, "film.json")) as file:
    film = json.load(file)
width, height, long = film["width"], film["height"], film["seconds"]

began = time.monotonic()
pictures, captions, sounds = [], [], []
for number, clip in enumerate(film["clips"]):
    picture = VideoFileClip(os.path.join(folder, clip["video"])).without_audio().subclipped(0, long)
    picture = picture.resized(height=height)
    pictures.append(picture.cropped(x_center=picture.w / 2, width=width))
    start = number * long
    text = TextClip(
        font=film["font"],
        text=clip["text"],
        font_size=62,
        color="white",
        stroke_color="black",
        stroke_width=3,
        method="caption",
        size=(int(width * 0.85), None),
    )
    captions.append(text.with_start(start).with_duration(long).with_position(("center", 0.72), relative=True))
    sounds.append(AudioFileClip(os.path.join(folder, clip["speech"])).with_start(start))
music = AudioFileClip(os.path.join(folder, film["music"])).with_volume_scaled(0.12)
video = CompositeVideoClip([concatenate_videoclips(pictures), *captions], size=(width, height))
video = video.with_audio(CompositeAudioClip([*sounds, music]).with_duration(video.duration))
video.write_videofile(
    os.path.join(folder, "moviepy.mp4"),
    fps=30,
    codec="libx264",
    preset="veryfast",
    ffmpeg_params=["-crf", "20", "-g", "60", "-pix_fmt", "yuv420p"],
    audio_codec="aac",
    audio_bitrate="192k",
    audio_fps=48000,
    threads=os.cpu_count(),
    logger=None,
)
print(json.dumps({"seconds": time.monotonic() - began}))
