-- Listicle: a numbered list, counted up or down, a card for each of its parts.
local film = require("lib.film")
local text = require("lib.text")
local written = require("lib.written")

local WANTED = "You write lists for short films: a title that says how many there are; one short paragraph that makes one "
  .. "stay; then for each part of the list a heading of the second level, at most five words long and without a number, "
  .. "and a paragraph of one to three sentences. Five parts unless the topic says otherwise, the best one first."

local SAMPLE = [[
# Five small habits for a better night

Most bad nights begin during the day. These five cost nothing.

## Get up at the same hour

Your body keeps a clock, and it likes to be told. **Sundays count** as well.

## Let the morning in

Ten minutes of daylight tell that clock that the day has begun. A window is good, **a walk is better**.

## Coffee before noon

Half of a cup is still in your blood **five hours later**. The one at four o'clock goes to bed with you.

## A cool room

To fall asleep, the body has to lose a little warmth. **Eighteen degrees** help it along.

## Nothing that glows

A screen is a small sun, and it brings the whole world with it. **Leave it in another room**.
]]

-- Words that can be said over one card: more of them get another.
local MOST_WORDS = 32

-- The n-th part that is told of: its number and name, and below them what is stressed in what is said.
local function told(p, part, n, of)
  local said = string.format("%d. %s %s", part.number, text.ended(part.title), part.text)
  local picture = scene(part.id, function()
    return film.picture(p, p.pictures and p.pictures[n], part.title .. ". " .. part.text)
  end)
  -- A picture moves: it can stay for all that is said.
  local beats = if picture then { said } else text.beats(said, MOST_WORDS)
  local numbers = {}
  for beat in beats do
    table.insert(numbers, { id = if beat == 1 then part.id else part.id .. "-" .. beat, n = beat })
  end
  return map(numbers, function(beat)
    local line = text.line(part.stressed[math.min(beat.n, #part.stressed)])
    local words = { layout = "item", heading = part.title, lines = { line }, number = part.number, of = of }
    local seen = film.seen(p, n + 1, words, picture, n == of and not p.closing)
    local last = beat.n == #beats
    return film.scene(seen, film.speech(p, beats[beat.n]), {
      title = part.title,
      -- Cards push one another away; pictures go over into one another below their words.
      transition = if not last or seen.overlays then "dissolve" elseif p.aspect == "16:9" then "slide_left" else "slide_up",
      transition_ease = if last then "in_out" else nil,
    })
  end)
end

-- A card with a heading that is said as well.
local function spoken(p, id, heading, said, lines)
  return scene(id, function()
    local card = film.card(p, { heading = heading, lines = lines })
    return film.scene({ picture = card }, film.speech(p, said), { title = heading, transition = "zoom" })
  end)
end

return studio.pipeline {
  title = "Listicle",
  help = "A numbered list, counted up or down",
  template = true,
  params = film.painted(written.params {
    order = param.choice { "up", "down", help = "Count up as the list is written, or down to its first" },
    closing = param.text { help = "What is asked at the end: Which one will you try tonight?" },
    pictures = param.files { help = "Pictures in the order in which parts are shown, commas between; otherwise cards" },
    style = param.text { default = "slate", help = "The cards' palette" },
    caption_style = film.caption_style("highlight"),
  }),
  run = function(p)
    local document = text.read((written.text(p, WANTED, SAMPLE)))
    local title = document.title or project.title
    local parts = text.listed(document)
    if #parts == 0 then
      error("the `text` has no list: give each part a heading (## Name), or make it an item (- Name: what it is)", 0)
    end
    for n, part in parts do
      part.number = n
    end

    local clips = { spoken(p, "opening", title, if document.lead.text ~= "" then document.lead.text else title, {}) }
    for n in parts do
      local part = parts[if p.order == "down" then #parts + 1 - n else n]
      local scenes = told(p, part, n, #parts)
      table.move(scenes, 1, #scenes, #clips + 1, clips)
    end
    if p.closing then
      table.insert(clips, spoken(p, "closing", p.closing, p.closing, {}))
    end
    return film.published(p, { timeline = clips, title = title })
  end,
}
