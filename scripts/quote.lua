-- Quote: somebody's words in large type over a slow picture, spoken or with music alone.
local film = require("lib.film")
local text = require("lib.text")
local written = require("lib.written")

local WANTED = "You choose quotations: a title; then one to three sayings on the topic that are well attested and short, each "
  .. "as a block quote (`> words`), the last line of which is `> — who said it, where`. Nothing else."

local SAMPLE = [[
# Looking at the stars

> We are all in the gutter, but some of us are looking at the **stars**.
> — Oscar Wilde, *Lady Windermere's Fan*
]]

-- Words that are read in a second, where nobody speaks them.
local PACE = 2.2

-- The words of a quote and whose they are: "words — who", on a line of its own or at the end of the last one.
local function parted(quote)
  for _, mark in { "\n— ", "\n– ", "\n-- ", "\n- ", " — ", " – " } do
    local from, to = string.find(quote, mark, 1, true)
    if from then
      return string.sub(quote, 1, from - 1), string.sub(quote, to + 1)
    end
  end
  return quote, ""
end

-- Quotes as they stand in the text: block quotes, else paragraphs.
local function quotes(p, document)
  local found = {}
  for _, part in { document.lead, table.unpack(document.parts) } do
    for _, quote in if #part.quotes > 0 then part.quotes else part.paragraphs do
      local words, who = parted(quote)
      local id = "quote-" .. (#found + 1)
      table.insert(found, { id = id, n = #found + 1, words = (string.gsub(words, "\n", " ")), who = p.author or who })
    end
  end
  return found
end

-- What moves behind the words: a picture under a veil, else an enormous quotation mark.
local function backdrop(p, quote)
  local picture = film.picture(p, p.picture, "A quiet picture without words for: " .. quote.words)
  return picture or film.card(p, { layout = "quote" }), if picture then "veil" else "clear"
end

return studio.pipeline {
  title = "Quote",
  help = "Somebody's words, large, over a slow picture",
  template = true,
  params = film.painted(written.params {
    author = param.text { help = "Who said it; otherwise what stands behind a dash in the text" },
    spoken = param.bool { default = true, help = "Speak the words; without speech give it music" },
    picture = param.file { help = "A picture behind the words; otherwise a card" },
    aspect = film.aspect("9:16"),
    style = param.text { default = "clay", help = "The cards' palette" },
    captions = film.captions("files"),
  }),
  run = function(p)
    if not p.spoken and not p.music then
      log("nobody speaks and there is no music: the film is silent", "warn")
    end
    local document = text.read((written.text(p, WANTED, SAMPLE)))
    local title = document.title or project.title
    local found = quotes(p, document)
    if #found == 0 then
      error("the `text` has no quote: write it as a block quote (> words), and who said it behind a dash", 0)
    end
    local stressed = { table.unpack(document.lead.stressed) }
    for _, part in document.parts do
      table.move(part.stressed, 1, #part.stressed, #stressed + 1, stressed)
    end

    local clips = map(found, function(quote)
      local behind, ground = backdrop(p, quote)
      local card = film.card(p, {
        layout = "quote",
        heading = quote.words,
        caption = quote.who,
        emphasis = stressed,
        ground = ground,
        uncaptioned = p.captions ~= "burnt" and p.captions ~= "burnt_soft",
      })
      local _, count = string.gsub(quote.words .. " " .. quote.who, "%S+", "")
      local said = text.ended(quote.words) .. " " .. text.ended(quote.who)
      return film.scene({
        picture = behind,
        motion = if quote.n % 2 == 1 then "zoom_in" else "zoom_out",
        overlays = { film.over(card, quote.n == 1, quote.n == #found) },
      }, if p.spoken then film.speech(p, said) else nil, {
        title = if quote.who ~= "" then quote.who else title,
        seconds = if p.spoken then nil else math.max(4, count / PACE + 1.5),
        transition = "dissolve",
        transition_seconds = 1,
      })
    end)
    return film.published(p, { timeline = clips, title = title })
  end,
}
