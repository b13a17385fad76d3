-- A storyboard with its speech and cards and no film: quick enough to be made often.
return studio.pipeline {
  title = "Board",
  params = {
    text = param.text { required = true, help = "What is said" },
    logo = param.file { help = "A picture of one's own" },
  },
  run = function(p)
    local board = llm { task = "storyboard", text = p.text }:get()
    local spoken = map(board.scenes, function(scene)
      local card = image { text = scene.on_screen, short_side = 240 }
      return { speech = tts { text = scene.narration }:get().seconds, card = card:get().width }
    end)
    if p.logo then
      local words = { heading = p.logo.mime, lines = { string.sub(p.logo.blob, 1, 8) } }
      image { id = "logo", text = words, short_side = 240 }
    end
    return #spoken
  end,
}
