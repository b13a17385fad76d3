-- Encoding presets by shape, for `render { preset = … }`.
return {
  final = {
    ["16:9"] = "youtube-1080p",
    ["9:16"] = "shorts-1080p",
    ["1:1"] = "square-1080p",
    ["4:5"] = "feed-1080p",
  },
  draft = "draft-480p",
}
