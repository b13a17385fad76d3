-- Story: pages one after another, told slowly: pictures with captions, or text as in a book.
local film = require("lib.film")
local text = require("lib.text")
local written = require("lib.written")

local WANTED = "You write very short stories for children and those who read to them: a title; then four to seven paragraphs of "
  .. "two or three short sentences, each a page with one picture in it. No headings but the title."

local SAMPLE = [[
# The crow and the pitcher

A crow had flown over dry fields all day. In a yard at last she found a pitcher, and at the bottom of it, **a little water**.

She stretched her neck. The pitcher was tall and narrow, and the water stayed **just out of reach**.

So she took a pebble, and dropped it in. Then another, and another. With every stone **the water rose**.

When the sun went down, the water stood at the brim. And the crow, who had not been strong but patient, **drank**.
]]

-- Words of a page that can be read and said in peace.
local MOST_WORDS = 48

-- Pages: paragraphs, long ones parted, each with what is stressed in it.
local function pages(document)
  local found = {}
  for _, part in { document.lead, table.unpack(document.parts) } do
    for _, paragraph in part.paragraphs do
      for _, words in text.beats(paragraph, MOST_WORDS) do
        local n = #found + 1
        table.insert(found, { id = "page-" .. n, n = n, words = words, stressed = part.stressed })
      end
    end
  end
  return found
end

return studio.pipeline {
  title = "Story",
  help = "Pages of a story: pictures, or set as in a book",
  template = true,
  params = film.painted(written.params {
    pictures = param.files { help = "Pictures of the pages in their order, commas between; otherwise set as in a book" },
    author = param.text { help = "Who wrote it, on the title" },
    ending = param.text { default = "The end", help = "What stands on the last card" },
    style = param.text { default = "paper", help = "The cards' palette" },
    caption_style = film.caption_style("cinema"),
    speed = param.number { default = 0.9, help = "Speaking rate, 0.25 to 4; 1 is the voice's own" },
  }),
  run = function(p)
    local document = text.read((written.text(p, WANTED, SAMPLE)))
    local title = document.title or project.title
    local told = pages(document)
    if #told == 0 then
      error("the `text` has no pages: each paragraph is one", 0)
    end
    local files = p.pictures or {}
    local pictured = #files > 0 or p.painter ~= "cards"

    -- Pages that are read need no captions in the picture.
    local captions = if pictured then p.captions elseif p.captions == "burnt" then "files" else p.captions
    local quiet = captions ~= "burnt" and captions ~= "burnt_soft"

    -- A card between soft transitions, with its words said.
    local function leaf(id, heading, lines, said)
      return scene(id, function()
        local seen = { picture = film.card(p, { heading = heading, lines = lines, uncaptioned = quiet }) }
        return film.scene(seen, film.speech(p, said), { title = heading, transition = "dissolve", transition_seconds = 0.9 })
      end)
    end
    local by = if p.author then p.author else ""
    local clips = { leaf("title", title, { by }, text.ended(title) .. " " .. by) }
    local shown = map(told, function(page)
      local seen
      if pictured then
        -- More pages than pictures: the last one stays.
        local picture = film.picture(p, files[math.min(page.n, #files)], page.words)
        seen = { picture = picture, motion = if page.n % 2 == 1 then "zoom_in" else "pan_right" }
      else
        local words = { layout = "page", lines = { page.words }, number = page.n, emphasis = page.stressed, uncaptioned = quiet }
        seen = { picture = film.card(p, words) }
      end
      return film.scene(seen, film.speech(p, page.words), {
        title = string.format("%d", page.n),
        -- Set pages are turned: text must not lie over text.
        transition = if pictured then "dissolve" else "smooth_left",
        transition_seconds = 0.9,
      })
    end)
    table.move(shown, 1, #shown, #clips + 1, clips)
    if p.ending ~= "" then
      table.insert(clips, leaf("ending", p.ending, {}, text.ended(p.ending)))
    end
    return film.published(p, { timeline = clips, title = title, captions = captions })
  end,
}
