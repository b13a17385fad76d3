-- What the shipped pipelines share: the params that every film has, what is seen and said in a scene, and the last step,
-- in which clips become a film that is looked at and published. What is to hold for all films and all cards is laid over
-- them here, as the project's brand is, and nowhere else.
local brand = require("lib.brand")
local presets = require("lib.presets")

local film = {}

local STYLES = {
  "default", "lines", "boxed", "karaoke", "highlight", "pop", "typewriter", "bold-shorts", "cinema",
}

-- A choice of words in which `first` is the default.
local function choice(first, words, help)
  local declared = { first, help = help }
  for _, word in words do
    if word ~= first then
      table.insert(declared, word)
    end
  end
  return param.choice(declared)
end

-- The film's shape, `first` unless said otherwise.
function film.aspect(first)
  return choice(first, { "16:9", "9:16", "1:1", "4:5" }, "The film's shape")
end

-- The captions of a pipeline as it wants them itself.
local own_style = "default"

-- How captions look, `first` unless said otherwise.
function film.caption_style(first)
  own_style = first
  return choice(first, STYLES, "How captions in the picture look")
end

-- What becomes of captions, `first` unless said otherwise.
function film.captions(first)
  local words = { "burnt", "soft", "burnt_soft", "files", "off" }
  return choice(first, words, "In the picture, a track of the file, both, files beside it, or none")
end

-- A pipeline's own params, and after them those of every film that it does not declare itself.
function film.params(own)
  local common = {
    speaker = param.text { help = "Which provider speaks; otherwise the usual one" },
    voice = param.voice { help = "Who speaks; otherwise the provider's own voice" },
    speed = param.number { default = 1, help = "Speaking rate, 0.25 to 4; 1 is the voice's own" },
    aspect = film.aspect("16:9"),
    style = param.text { default = "", help = "The cards' palette; otherwise the provider's own" },
    captions = film.captions("burnt"),
    caption_style = own.caption_style or film.caption_style("default"),
    music = param.file { help = "Music under the film; it is fitted to the film's length" },
    loudness = param.choice { "usual", "web", "podcast", "broadcast", "atsc", help = "How loud it is to be" },
    draft = param.bool { default = false, help = "A small film, quickly" },
    verify = param.choice { "stop", "warn", "off", help = "Where the finished film has a fault: stop, warn, or do not look" },
  }
  for name, declared in sorted(common) do
    if own[name] == nil then
      own[name] = declared
    end
  end
  return own
end

-- Params of templates whose pictures may be painted.
function film.painted(own)
  own.painter = param.text { default = "cards", help = "Which provider paints pictures; cards sets words alone" }
  own.look = param.text { default = "", help = "How painted pictures are to look: watercolour, product photo" }
  return film.params(own)
end

-- What is said.
function film.speech(p, text)
  return tts { provider = p.speaker, text = text, voice = p.voice, speed = p.speed }
end

-- Words on a card, in the film's shape and palette.
function film.card(p, words)
  return image(brand.card { provider = "cards", text = words, aspect = p.aspect, style = p.style })
end

-- A file of a person's as a picture. How large it is, is seen when it is rendered.
function film.own(file)
  return { image = file, width = 0, height = 0 }
end

-- The picture of a scene: a file of a person's, else what a painter makes of a prompt; nil where there is neither.
function film.picture(p, file, prompt)
  if file then
    return film.own(file)
  end
  if p.painter == "cards" then
    return nil
  end
  local painted = image { provider = p.painter, prompt = prompt, aspect = p.aspect, style = p.look }
  return review(painted, { when = p.review })
end

-- How pictures move, one after another.
local MOTIONS = { "zoom_in", "pan_right", "zoom_out", "pan_left" }

-- A card that lies over the picture of a scene, below its captions. It comes and goes within the scene; in the film's first
-- frame and in its last one it is there.
function film.over(card, first, last)
  return {
    picture = card,
    behind_captions = true,
    fade = if last then 0 else 0.3,
    fade_in = if first then 0 elseif last then 0.3 else nil,
  }
end

-- What is seen of the n-th scene, as fields of its clip: a picture that moves slowly with the words over it, or a card.
-- Words of a lower third stand on a panel of their own, others on a veil. `last` says that no scene comes after it.
function film.seen(p, n, words, picture, last)
  if not picture then
    return { picture = film.card(p, words) }
  end
  if words.layout ~= "lower_third" then
    words.ground = "veil"
  end
  return {
    picture = picture,
    motion = MOTIONS[(n - 1) % #MOTIONS + 1],
    overlays = { film.over(film.card(p, words), n == 1, last) },
  }
end

-- A clip of what is seen, what is said over it, and whatever else it is given.
function film.scene(seen, speech, more)
  for name, value in more do
    seen[name] = value
  end
  seen.narration = speech
  seen.captions = speech and speech.words
  return clip(seen)
end

-- The film of a request, looked at: what the request leaves open is as the params say. With `verify = "stop"` a fault
-- ends the run before anything is published, and the error names it; with "warn" faults are in the log only.
function film.rendered(p, request)
  local by_shape = if p.draft then presets.draft else presets.final
  request.preset = request.preset or by_shape[p.aspect]
  request.captions = request.captions or p.captions
  request.caption_style = request.caption_style or p.caption_style
  if p.music then
    request.music = request.music or { audio = p.music }
  end
  if p.loudness ~= "usual" then
    request.loudness = p.loudness
  end
  request = brand.film(request, p.aspect, own_style)
  local made = render(request)
  if p.verify == "off" then
    return made
  end
  return verify { film = made, timeline = request.timeline, stop = p.verify == "stop" }.film
end

-- The last step of a pipeline: the film of a request, in the project's folder.
function film.published(p, request)
  return publish { to = "folder", video = film.rendered(p, request), title = request.title }
end

return film
