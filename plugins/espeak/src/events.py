"""Speaks a text with libespeak-ng: speech.wav, and words.json with where each word lies in it.

Arguments: text file, words a minute, pitch 0-99, then voices, the first that exists is taken.
Exit codes: 3 no library, 4 no such voice, 5 it could not speak. Only modules of Python itself.
"""

import array
import ctypes
import json
import os
import sys
import wave

NO_LIBRARY, NO_VOICE, NO_SPEECH = 3, 4, 5
SYNCHRONOUS, POSITION_IN_CHARACTERS, UTF8 = 2, 1, 1
RATE, PITCH = 1, 3
WORD, END = 1, 5
# Out of 32768: what lies below it at a word's end is a pause and no part of the word.
QUIET = 80
# Samples looked at in one go, 5 ms.
STEP = 110


class Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    ]


CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event))


def fail(code, message):
    sys.stderr.write(message + "\n")
    sys.exit(code)


def load():
    for name in ("libespeak-ng.so.1", "libespeak-ng.so", "libespeak-ng.1.dylib"):
        try:
            return ctypes.CDLL(name)
        except OSError:
            pass
    fail(NO_LIBRARY, "libespeak-ng is not installed")


def has_variant(lib, voice):
    """The library passes over a variant that it does not have."""
    variant = voice.partition("+")[2]
    if not variant:
        return True
    folder = ctypes.c_char_p()
    lib.espeak_Info(ctypes.byref(folder))
    return os.path.isfile(os.path.join(os.fsdecode(folder.value or b""), "voices", "!v", variant))


def choose(lib, voices):
    for voice in voices:
        if has_variant(lib, voice) and lib.espeak_SetVoiceByName(voice.encode()) == 0:
            return voice
    fail(NO_VOICE, "no such voice: " + ", ".join(voices))


def speak(lib, text):
    """The samples, and the events of words and of clauses' ends."""
    sound, events = bytearray(), []

    def heard(samples, count, event):
        if samples and count > 0:
            sound.extend(ctypes.string_at(samples, 2 * count))
        at = 0
        while event[at].type != 0:
            if event[at].type in (WORD, END):
                events.append((event[at].type, event[at].text_position, event[at].sample))
            at += 1
        return 0

    callback = CALLBACK(heard)
    lib.espeak_SetSynthCallback(callback)
    data = text.encode()
    if lib.espeak_Synth(data, ctypes.c_size_t(len(data) + 1), 0, POSITION_IN_CHARACTERS, 0, UTF8, None, None) != 0:
        fail(NO_SPEECH, "espeak-ng could not speak the text")
    return sound, events


def voiced_end(samples, start, end):
    """Where the last sound before `end` stops: an event of an end comes after the pause."""
    while end - STEP >= start:
        window = samples[end - STEP : end]
        if max(window) > QUIET or min(window) < -QUIET:
            break
        end -= STEP
    return end


def main():
    source, rate, pitch, voices = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    with open(source, encoding="utf-8", newline="") as file:
        text = file.read()
    lib = load()
    sample_rate = lib.espeak_Initialize(SYNCHRONOUS, 0, None, 0)
    if sample_rate <= 0:
        fail(NO_LIBRARY, "libespeak-ng found no voice data")
    voice = choose(lib, voices)
    lib.espeak_SetParameter(RATE, rate, 0)
    lib.espeak_SetParameter(PITCH, pitch, 0)
    sound, events = speak(lib, text)

    samples = array.array("h", bytes(sound))
    words = []
    for at, (kind, position, start) in enumerate(events):
        if kind == WORD:
            end = events[at + 1][2] if at + 1 < len(events) else len(samples)
            end = min(max(start, end), len(samples))
            words.append([position - 1, start, voiced_end(samples, start, end)])
    with wave.open("speech.wav", "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(sample_rate)
        out.writeframes(bytes(sound))
    with open("words.json", "w", encoding="utf-8") as out:
        json.dump({"voice": voice, "sample_rate": sample_rate, "samples": len(samples), "words": words}, out)


main()
