-- Product: pictures of a thing with what it can do as lower thirds, and what it costs at the end.
local film = require("lib.film")
local text = require("lib.text")
local written = require("lib.written")

local WANTED = "You write short product films: the product's name as the title; one sentence that says what it is; then three "
  .. "or four features, each with a heading of the second level, at most four words long, and one or two short sentences. "
  .. "No price, no superlatives, nothing that the topic does not say."

local SAMPLE = [[
# Halo

A desk lamp that follows the day.

## Light like the sun

Cool in the morning, warm at night. It changes **by itself**.

## One touch

Tap it, and it stays as it is. Tap again, and **the day goes on**.

## Made to be mended

Four screws and a spare lamp in the foot. **Nothing is glued**.
]]
local SAMPLE_OFFER = { price = "€ 89", action = "Order at halo.example" }

return studio.pipeline {
  title = "Product",
  help = "Pictures of a thing, what it can do, what it costs",
  template = true,
  params = film.painted(written.params {
    pictures = param.files { help = "Pictures in the order in which they are shown, commas between; otherwise cards" },
    price = param.text { help = "What it costs, as it is to be read: € 49" },
    action = param.text { help = "What is asked for at the end: Order at shop.example" },
    note = param.text { help = "A line below the price: Free delivery until Sunday" },
    style = param.text { default = "chalk", help = "The cards' palette" },
  }),
  run = function(p)
    local source, sampled = written.text(p, WANTED, SAMPLE)
    local document = text.read(source)
    local name = document.title or project.title
    local price = p.price or (if sampled then SAMPLE_OFFER.price else "")
    local action = p.action or (if sampled then SAMPLE_OFFER.action else "")
    local features = text.listed(document)
    local offered = price ~= "" or action ~= ""

    -- The first picture belongs to the name, the others to the features, again from the start where there are too few.
    local function picture(n, prompt)
      local all = p.pictures or {}
      return film.picture(p, if #all > 0 then all[(n - 1) % #all + 1] else nil, prompt)
    end
    local clips = {
      scene("opening", function()
        local lead = document.lead.text
        local seen = film.seen(p, 1, { heading = name, lines = { lead } }, picture(1, name .. ". " .. lead))
        return film.scene(seen, film.speech(p, text.ended(name) .. " " .. lead), {
          title = name,
          transition = if seen.overlays then "dissolve" else "smooth_left",
        })
      end),
    }
    for n, feature in features do
      feature.n = n
    end
    local shown = map(features, function(feature)
      local behind = picture(feature.n + 1, name .. ": " .. feature.title .. ". " .. feature.text)
      local words = { heading = feature.title, lines = { text.line(feature.stressed[1]) } }
      if behind then
        words.layout = "lower_third"
      else
        words.kicker = name
      end
      local last = feature.n == #features and not offered
      local seen = film.seen(p, feature.n + 1, words, behind, last)
      return film.scene(seen, film.speech(p, text.ended(feature.title) .. " " .. feature.text), {
        title = feature.title,
        transition = if feature.n == #features then "fade_white" elseif behind then "dissolve" else "smooth_left",
      })
    end)
    table.move(shown, 1, #shown, #clips + 1, clips)

    if offered then
      table.insert(clips, scene("offer", function()
        local words = { layout = "offer", heading = name, price = price, caption = action, lines = { p.note } }
        local said = {}
        for _, part in { name, price, p.note or "", action } do
          if part ~= "" then
            table.insert(said, text.ended(part))
          end
        end
        return film.scene({ picture = film.card(p, words) }, film.speech(p, table.concat(said, " ")), { title = "Offer" })
      end))
    end
    return film.published(p, { timeline = clips, title = name })
  end,
}
