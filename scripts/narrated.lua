-- A text becomes a narrated video: a storyboard of it, for each scene speech and a card, then one film.
local checked = require("lib.checked")
local presets = require("lib.presets")

return studio.pipeline {
  title = "Narrated video",
  params = {
    text = param.text { required = true, help = "What the film says: Markdown or plain text" },
    title = param.text { help = "The film's title; otherwise the storyboard's" },
    voice = param.voice { help = "Who speaks; otherwise the provider's own voice" },
    speed = param.number { default = 1, help = "Speaking rate, 0.25 to 4; 1 is the voice's own" },
    aspect = param.choice { "16:9", "9:16", "1:1", "4:5", help = "The film's shape" },
    style = param.text { default = "", help = "The cards' palette; otherwise the provider's own" },
    captions = param.choice { "burnt", "soft", "burnt_soft", "files", "off", help = "In the picture, a track of the file, both, files beside it, or none" },
    caption_style = param.choice {
      "default", "lines", "boxed", "karaoke", "highlight", "pop", "typewriter", "bold-shorts", "cinema",
      help = "How captions in the picture look",
    },
    music = param.file { help = "Music under the film; it is fitted to the film's length" },
    loudness = param.choice { "usual", "web", "podcast", "broadcast", "atsc", help = "How loud it is to be" },
    formats = param.list { help = "Presets to make of it as well: podcast, shorts-1080p, preview-gif" },
    review = param.bool { default = false, help = "Wait for a person to approve each card" },
    storyboard = param.text { default = "outline", help = "Which provider writes the storyboard" },
    verify = param.choice { "stop", "warn", "off", help = "Where the finished film has a fault: stop, warn, or do not look" },
  },
  run = function(p)
    local board = llm { provider = p.storyboard, task = "storyboard", text = p.text }:get()
    local title = p.title or board.title

    -- What else is made of it, each with its shape; cards are made for every shape that there is.
    local others, shapes = {}, { p.aspect }
    for _, preset in p.formats or {} do
      local shape = presets.shape(preset, p.aspect)
      table.insert(others, { id = preset, shape = shape })
      if not table.find(shapes, shape) then
        table.insert(shapes, shape)
      end
    end

    local scenes = map(board.scenes, function(scene)
      local speech = tts { text = scene.narration, voice = p.voice, speed = p.speed }
      local clips = {}
      for _, shape in shapes do
        local card = image { text = scene.on_screen, aspect = shape, style = p.style }
        card = review(card, { when = p.review })
        clips[shape] = clip {
          id = scene.id,
          title = scene.title,
          picture = card,
          narration = speech,
          captions = speech.words,
          seconds = scene.seconds,
          transition = "dissolve",
        }
      end
      return clips
    end)

    local function rendered(preset, shape)
      local clips = {}
      for _, scene in scenes do
        table.insert(clips, scene[shape])
      end
      local film = render {
        timeline = clips,
        preset = preset,
        title = title,
        captions = p.captions,
        caption_style = p.caption_style,
        music = if p.music then { audio = p.music } else nil,
        loudness = if p.loudness ~= "usual" then p.loudness else nil,
      }
      return checked(film, clips, p.verify)
    end

    local film = rendered(presets.final[p.aspect], p.aspect)
    local published = publish { to = "folder", video = film, title = title }
    map(others, function(other)
      return publish { to = "folder", video = rendered(other.id, other.shape), title = title, place = other.id }
    end)
    return published
  end,
}
