-- A text becomes a narrated video: a storyboard of it, for each scene speech and a card, then one film.
local brand = require("lib.brand")
local film = require("lib.film")
local presets = require("lib.presets")

return studio.pipeline {
  title = "Narrated video",
  help = "A text, scene by scene on cards, narrated",
  params = film.params {
    text = param.text { required = true, help = "What the film says: Markdown or plain text" },
    title = param.text { help = "The film's title; otherwise the storyboard's" },
    formats = param.list { help = "Presets to make of it as well: podcast, shorts-1080p, preview-gif" },
    review = param.bool { default = false, help = "Wait for a person to approve each card" },
    storyboard = param.text { default = "outline", help = "Which provider writes the storyboard" },
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
      local speech = film.speech(p, scene.narration)
      local clips = {}
      for _, shape in shapes do
        local card = image(brand.card { text = scene.on_screen, aspect = shape, style = p.style })
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

    local function request(preset, shape)
      local clips = {}
      for _, scene in scenes do
        table.insert(clips, scene[shape])
      end
      return { timeline = clips, preset = preset, title = title }
    end

    local published = film.published(p, request(nil, p.aspect))
    map(others, function(other)
      local made = film.rendered(p, request(other.id, other.shape))
      return publish { to = "folder", video = made, title = title, place = other.id }
    end)
    return published
  end,
}
