-- A narrated film, small enough for tests.
return studio.pipeline {
  title = "Short film",
  params = {
    text = param.text { required = true, help = "What the film says" },
    speed = param.number { default = 1, help = "Speaking rate" },
    aspect = param.choice { "16:9", "9:16", "1:1" },
  },
  run = function(p)
    local board = llm { task = "storyboard", text = p.text }:get()
    local clips = map(board.scenes, function(scene)
      local speech = tts { text = scene.narration, speed = p.speed }
      local card = image { text = scene.on_screen, aspect = p.aspect, short_side = 480 }
      return clip { title = scene.title, picture = card, narration = speech, captions = speech.words, seconds = scene.seconds, transition = "dissolve" }
    end)
    local film = render { timeline = clips, preset = "draft-480p", title = board.title }
    return publish { to = "folder", video = film, title = board.title }
  end,
}
