-- Podcast clip: a moment of a recording, its waveform filling as it plays, its words one after another in large type.
local brand = require("lib.brand")
local film = require("lib.film")
local palettes = require("lib.palettes")
local transcript = require("lib.transcript")

local SAMPLE = {
  show = "The Long Way Round",
  title = "Why we remember detours",
  transcript = "Nobody ever told a story about the direct route. You get there, and there is nothing to say. "
    .. "But the day you missed the train, that day you still know by heart.",
}

-- Where the waveform lies, by shape: in shares of the frame, and in pixels of the final film.
local WAVES = {
  ["9:16"] = { place = { x = 0.081, y = 0.61, width = 0.77, height = 0.115 }, pixels = { 832, 220 } },
  ["1:1"] = { place = { x = 0.085, y = 0.72, width = 0.83, height = 0.18 }, pixels = { 896, 192 } },
  ["4:5"] = { place = { x = 0.085, y = 0.72, width = 0.83, height = 0.15 }, pixels = { 896, 204 } },
  ["16:9"] = { place = { x = 0.078, y = 0.7, width = 0.84, height = 0.19 }, pixels = { 1600, 204 } },
}

-- Seconds of a recording that are taken where nothing says how many.
local USUAL = 30

-- What is heard from one second to another, with its words: of the recording, or of a voice that speaks the transcript.
local function heard(p, said)
  if not p.audio then
    local speech = film.speech(p, said)
    return speech, 0, speech.seconds:get()
  end
  local to = p.stop or (said and transcript.timed(said) and transcript.ends(said)) or p.start + USUAL
  if to <= p.start then
    error("`stop` must be later than `start`", 0)
  end
  local words
  if p.listener then
    local listened = asr { provider = p.listener, media = p.audio, known_text = said, language = p.language }:get()
    words = transcript.within(listened.words, p.start, to)
  else
    words = if said then transcript.words(said, p.start, to) else {}
  end
  local speech = { audio = p.audio, sample_rate = 48000, seconds = to - p.start, voice = "", words = words }
  return speech, p.start, to - p.start
end

return studio.pipeline {
  title = "Podcast clip",
  help = "A moment of a recording: waveform, words in time",
  template = true,
  params = film.params {
    audio = param.file { help = "The recording; left open, a voice speaks the transcript" },
    start = param.number { default = 0, help = "Where in it the clip begins, in seconds" },
    stop = param.number { help = "Where it ends, in seconds; otherwise with the transcript, or after half a minute" },
    transcript = param.text { help = "What is said: SubRip or WebVTT with times of the recording, or plain text" },
    listener = param.text { help = "Which provider listens for the words; otherwise the transcript says them" },
    language = param.text { help = "In which language it is, for who listens: en, de, pt-BR" },
    title = param.text { help = "What the clip is about" },
    show = param.text { help = "The show's name" },
    cover = param.file { help = "A picture behind it all; otherwise a plain card" },
    action = param.text { help = "What stands on the last card: Listen on ricehour.example" },
    aspect = film.aspect("9:16"),
    style = param.text { default = "dusk", help = "The cards' palette" },
    caption_style = film.caption_style("pop"),
  },
  run = function(p)
    local sampled = not p.audio and not p.transcript
    if sampled then
      log("no recording and no transcript: this is the template's sample")
    end
    local title = p.title or (if sampled then SAMPLE.title else project.title)
    local show = p.show or (if sampled then SAMPLE.show else "")
    local speech, from, seconds = heard(p, p.transcript or (if sampled then SAMPLE.transcript else nil))

    local colours = brand.colours(palettes[p.style] or palettes.ink)
    local wave = WAVES[p.aspect]
    local waveform = image {
      provider = "ffmpeg",
      waveform = {
        audio = speech.audio,
        from = from,
        seconds = seconds,
        ground = colours.ground,
        width = wave.pixels[1],
        height = wave.pixels[2],
      },
    }
    local words = { layout = "banner", kicker = show, heading = title, ground = if p.cover then "veil" else nil }
    local card = film.card(p, words)
    local over = {
      -- The bars of the waveform are holes: what has been said is seen through them in colour.
      { bar = { color = colours.accent, rest = colours.line }, place = wave.place },
      { picture = waveform, place = wave.place, fit = "stretch", behind_captions = true },
    }
    if p.cover then
      table.insert(over, 1, { picture = card, behind_captions = true })
    end
    local clips = {
      clip {
        id = "moment",
        title = title,
        picture = if p.cover then film.own(p.cover) else card,
        fit = "cover",
        overlays = over,
        narration = speech,
        narration_from = from,
        captions = speech.words,
        transition = "dissolve",
      },
    }
    if p.action then
      local last = film.card(p, { layout = "offer", kicker = show, heading = title, caption = p.action, uncaptioned = true })
      table.insert(clips, clip { id = "last", picture = last, seconds = 2 })
    end
    return film.published(p, {
      timeline = clips,
      title = title,
      -- Between title and waveform, where nothing else is.
      caption_style = { from = p.caption_style, place = "middle", scale = 1.7 },
    })
  end,
}
