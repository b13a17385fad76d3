-- The project's brand laid over what a script asks for: cards in its colours and fonts, and films with its captions,
-- marks, intro, outro and music. Without a brand everything stays as it is asked for.
local presets = require("lib.presets")

local brand = {}

-- Width to height of each shape.
local RATIOS = { ["16:9"] = 16 / 9, ["9:16"] = 9 / 16, ["1:1"] = 1, ["4:5"] = 4 / 5 }

-- What platforms leave free in each shape, in shares of width and height: left, top, right, bottom.
local FREE = {
  ["16:9"] = { 0.035, 0.05, 0.965, 0.95 },
  ["9:16"] = { 0.06, 0.115, 0.86, 0.76 },
  ["1:1"] = { 0.05, 0.05, 0.95, 0.95 },
  ["4:5"] = { 0.05, 0.05, 0.95, 0.95 },
}

-- How long a mark takes to appear that is not there from the first frame on.
local FADE = 0.3

-- A table with the same in it. What `map` gives, and parts of results, cannot be cloned.
local function copied(from)
  local to = {}
  for key, value in from do
    to[key] = value
  end
  return to
end

-- The place of a mark in a shape. Its size is a share of the shorter side, so that it is as large in every shape.
local function place(mark, shape)
  local ratio, free = RATIOS[shape], FREE[shape]
  -- In shares of the frame's height, and of its width.
  local short = math.min(1, ratio)
  local gap_y, gap_x = mark.margin * short, mark.margin * short / ratio
  local left, top, right, bottom = free[1] + gap_x, free[2] + gap_y, free[3] - gap_x, free[4] - gap_y
  local height = mark.height * short
  local width = height * mark.picture.width / mark.picture.height / ratio
  -- One that is too large for that room is smaller.
  local fits = math.min(1, (right - left) / width, (bottom - top) / height)
  width, height = math.max(0.01, width * fits), math.max(0.01, height * fits)
  local x = if string.find(mark.corner, "left") then left else right - width
  local y = if string.find(mark.corner, "top") then top else bottom - height
  if mark.corner == "middle" then
    x, y = (1 - width) / 2, (1 - height) / 2
  end
  return { x = x, y = y, width = width, height = height }
end

-- A mark as an overlay of the whole film, or of its scenes alone.
local function overlay(mark, shape, head, tail)
  local scenes = mark.when == "scenes"
  return {
    picture = mark.picture,
    place = place(mark, shape),
    opacity = if mark.opacity < 1 then mark.opacity else nil,
    start = if scenes then head else 0,
    before_end = if scenes then tail else 0,
    fade = if scenes and head + tail > 0 then FADE else 0,
  }
end

-- The intro or the outro as a scene.
local function edge(id, part, title)
  return {
    id = id,
    title = title,
    picture = part.picture,
    video = part.video,
    sound = part.sound,
    ducks = part.sound,
    seconds = part.seconds,
    transition = "dissolve",
  }
end

-- A style that was chosen for this film keeps its colours, and takes the brand's font. The usual one was not chosen.
local function captions(own, style, usual)
  if own == nil or style == nil or style == usual or style == "default" or style == "" then
    return own or style
  end
  if type(style) == "string" then
    style = { from = style }
  end
  local dressed = copied(style)
  if dressed.font == nil and dressed.font_file == nil then
    dressed.font, dressed.font_file = own.font, own.font_file
  end
  return dressed
end

-- A request for a card, with the brand's look.
function brand.card(request)
  local own = studio.brand()
  if own == nil or own.cards == nil or request.text == nil then
    return request
  end
  local dressed = copied(request)
  dressed.look = request.look or own.cards
  return dressed
end

-- A colour between two, `share` of the way to the second.
local function between(from, to, share)
  local mixed = "#"
  for at = 2, 6, 2 do
    local a, b = tonumber(string.sub(from, at, at + 1), 16), tonumber(string.sub(to, at, at + 1), 16)
    mixed ..= string.format("%02x", math.round(a + (b - a) * share))
  end
  return mixed
end

-- Colours of a palette, for what is drawn beside cards, as the brand has cards.
function brand.colours(palette)
  local own = studio.brand()
  local look = own and own.cards
  if not look then
    return palette
  end
  local ground = look.background or palette.ground
  -- Nobody said what is stressed: a palette's accent may not go with that ground, and its text does.
  local accent = look.accent or (if look.background then look.text else nil) or palette.accent
  return { ground = ground, accent = accent, line = between(ground, accent, 0.3) }
end

-- A request for a film of scenes or of a timeline, with all of the brand. `shape` is that of the film where its preset
-- does not say, `usual` the pipeline's style of captions where nobody chooses. What a timeline in full shows first and
-- last is its own.
function brand.film(request, shape, usual)
  local own = studio.brand()
  if own == nil then
    return request
  end
  local film = copied(request)
  shape = presets.shape(request.preset or "", shape or "16:9")
  film.caption_style = captions(own.captions, request.caption_style, usual)
  film.music = request.music or own.music

  local head, tail = 0, 0
  if request.timeline.tracks == nil then
    local clips = copied(request.timeline)
    if own.intro then
      table.insert(clips, 1, edge("brand-intro", own.intro, request.title))
      head = own.intro.seconds
      -- Its first picture is that of all films of the brand: another one is to stand for this film.
      if request.cover == nil and request.poster == nil then
        film.poster = "best"
      end
    end
    if own.outro then
      table.insert(clips, edge("brand-outro", own.outro))
      tail = own.outro.seconds
    end
    film.timeline = clips
  end

  local overlays = copied(request.overlays or {})
  -- The watermark lies under the logo.
  for _, mark in { own.watermark or false, own.logo or false } do
    if mark then
      table.insert(overlays, overlay(mark, shape, head, tail))
    end
  end
  if #overlays > 0 then
    film.overlays = overlays
  end
  return film
end

-- Instructions for a model that writes, in the brand's tone of voice.
function brand.voiced(system)
  local own = studio.brand()
  if own == nil or own.tone == "" then
    return system
  end
  return system .. "\n\nTone of voice: " .. own.tone
end

return brand
