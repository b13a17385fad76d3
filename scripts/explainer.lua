-- Explainer: what the problem is, how it works step by step, and what to remember, each a chapter of its own.
local film = require("lib.film")
local text = require("lib.text")
local written = require("lib.written")

local WANTED = "You write explainers: under the title one short paragraph that makes one curious; then a section `The problem` "
  .. "with a short paragraph; a section `How it works` that is a numbered list of three to five items, each "
  .. "`Name of the step: one or two sentences`; and a section `In short` with three short bullets."

local SAMPLE = [[
# How a kettle knows when to stop

You press a switch and walk away. Minutes later it clicks off, **just as the water boils**. Nobody told it when.

## The problem

More water takes longer to boil, so **a timer would be wrong** almost every time. And a kettle that goes on boiling wastes power, until it boils dry.

## How it works

1. Steam rises: When the water boils, steam is led down a narrow channel to the switch.
2. A disc gets warm: At its end sits a disc of two metals. One of them grows more than the other when it is heated.
3. The disc snaps: The strain builds up, until the disc flips over all at once.
4. The switch opens: The snap pushes a lever, and the click you hear is the kettle letting go.

## In short

- No timer, no chip
- Steam is the signal
- Two metals decide
]]

-- The title, over what leads to the first section.
local function opening(p, document, title)
  return scene("opening", function()
    local words = { heading = title, lines = { text.line(document.lead.stressed[1]) } }
    local speech = film.speech(p, if document.lead.text ~= "" then document.lead.text else title)
    local seen = film.seen(p, 1, words, film.picture(p, p.picture, title))
    local look = if seen.overlays then "dissolve" else "slide_up"
    return { film.scene(seen, speech, { title = title, transition = look, transition_ease = "in_out" }) }
  end)
end

-- Steps one after another: all of them stay in view, and the one that is told of stands out.
local function steps(p, part)
  local names = {}
  for _, item in part.items do
    table.insert(names, (text.parted(item)))
  end
  local numbers = {}
  for n in part.items do
    table.insert(numbers, { id = part.id .. "-" .. n, n = n })
  end
  return map(numbers, function(step)
    local name, told = text.parted(part.items[step.n])
    local card = film.card(p, { layout = "steps", heading = part.title, lines = names, number = step.n })
    local lead = if step.n == 1 and part.text ~= "" then part.text .. " " else ""
    local speech = film.speech(p, lead .. text.ended(name) .. " " .. told)
    return film.scene({ picture = card }, speech, { title = part.title, transition = "dissolve", transition_seconds = 0.3 })
  end)
end

-- What to remember, on one card.
local function points(p, part)
  return scene(part.id, function()
    local said = { if part.text ~= "" then part.text else text.ended(part.title) }
    for _, item in part.items do
      table.insert(said, text.ended(item))
    end
    local card = film.card(p, { layout = "bullets", heading = part.title, lines = part.items })
    return { film.scene({ picture = card }, film.speech(p, table.concat(said, " ")), { title = part.title }) }
  end)
end

-- Prose, in scenes of a few sentences, each with a card of its own.
local function prose(p, part)
  local board = llm { provider = "outline", task = "storyboard", id = part.id, text = part.source }:get()
  local scenes = {}
  for n, each in board.scenes do
    table.insert(scenes, { id = part.id .. "-" .. n, said = each.narration, words = each.on_screen })
  end
  return map(scenes, function(each)
    local seen = { picture = film.card(p, each.words) }
    return film.scene(seen, film.speech(p, each.said), { title = part.title, transition = "dissolve" })
  end)
end

return studio.pipeline {
  title = "Explainer",
  help = "How something works, step by step, in chapters",
  template = true,
  params = film.painted(written.params {
    picture = param.file { help = "A picture behind the title; otherwise a card" },
    style = param.text { default = "mist", help = "The cards' palette" },
  }),
  run = function(p)
    local document = text.read((written.text(p, WANTED, SAMPLE)))
    local title = document.title or project.title
    local clips = opening(p, document, title)
    for _, part in document.parts do
      local of = if part.numbered then steps elseif #part.items > 0 then points else prose
      local scenes = of(p, part)
      -- A chapter pushes the one before it away.
      scenes[#scenes].transition, scenes[#scenes].transition_ease = "slide_up", "in_out"
      table.move(scenes, 1, #scenes, #clips + 1, clips)
    end
    return film.published(p, { timeline = clips, title = title })
  end,
}
