-- Encoding presets by shape, for `render { preset = … }`.
local presets = {
  final = {
    ["16:9"] = "youtube-1080p",
    ["9:16"] = "shorts-1080p",
    ["1:1"] = "square-1080p",
    ["4:5"] = "feed-1080p",
  },
  draft = {
    ["16:9"] = "draft-480p",
    ["9:16"] = "draft-shorts",
    ["1:1"] = "draft-square",
    ["4:5"] = "draft-feed",
  },
}

-- What the names of presets of other shapes than 16:9 have in them.
local SHAPES = { shorts = "9:16", reels = "9:16", tiktok = "9:16", square = "1:1", feed = "4:5" }

-- The shape of a preset's films; of a podcast, which has no pictures, the `usual` one.
function presets.shape(preset, usual)
  if string.find(preset, "^podcast") then
    return usual
  end
  for word, shape in SHAPES do
    if string.find(preset, word, 1, true) then
      return shape
    end
  end
  return "16:9"
end

return presets
