-- A topic becomes a narrated video: a model writes the script, it is measured, judged and improved, and a person may
-- look at it; then a storyboard, speech and a picture for each scene side by side, and one film. A text that is
-- written already goes the same way without any model: outline, espeak-ng and cards.
local brand = require("lib.brand")
local film = require("lib.film")
local prose = require("lib.prose")

-- What a model must say of a script.
local JUDGEMENT = {
  type = "object",
  additionalProperties = false,
  required = { "hook", "problems" },
  properties = {
    hook = { type = "integer", enum = { 1, 2, 3, 4, 5 } },
    problems = { type = "array", items = { type = "string" } },
  },
}

local function brief(p)
  return string.format(
    "Topic: %s\nAudience: %s\nLanguage: %s\nLength: about %d words",
    p.topic, p.audience, p.language, prose.words(p.minutes)
  )
end

-- What is to be better, in sentences for the writer; none: nothing.
local function notes(p, draft, judged)
  local measured = prose.measure(draft)
  local wanted = prose.words(p.minutes)
  local found = {}
  if measured.words < wanted * 0.8 or measured.words > wanted * 1.25 then
    table.insert(found, string.format("It has %d words; make it about %d.", measured.words, wanted))
  end
  if p.language == "en" and measured.grade > 9 then
    table.insert(found, "It is hard to follow when heard once: shorter sentences, plainer words.")
  end
  if measured.opening > 20 then
    table.insert(found, "Its first sentence is long: open with a short one.")
  end
  if judged.hook < 4 then
    table.insert(found, "Its opening does not hold the listener: begin with what is strange or at stake.")
  end
  for _, problem in judged.problems do
    table.insert(found, problem)
  end
  return found
end

-- The script that a model writes of the topic, as a person has let it pass.
local function written(p)
  local script = llm {
    provider = p.writer,
    id = "draft",
    system = brand.voiced(
      "You write scripts for narrated videos, to be heard once. Markdown: a title as a heading, a few sections "
        .. "with headings, short paragraphs of prose; no lists, no stage directions. Only what is true."
    ),
    text = brief(p),
  }
  local draft = script:get().text
  local judged = llm {
    provider = p.writer,
    id = "judgement",
    system = "You edit scripts for narrated videos. Rate the opening from 1 (nobody stays) to 5 (nobody leaves), and "
      .. "name at most four problems, each in one sentence that tells the writer what to do. None is a good answer.",
    text = draft,
    schema = JUDGEMENT,
  }:get().data
  local problems = notes(p, draft, judged)
  log(string.format("draft: %d words, opening %d of 5, %d notes", prose.measure(draft).words, judged.hook, #problems))
  if #problems > 0 then
    script = llm {
      provider = p.writer,
      id = "improved",
      system = brand.voiced(
        "You improve a script for a narrated video as its editor asks, and answer with the whole script, "
          .. "nothing else. Keep its form, its language and what is good in it."
      ),
      text = draft .. "\n\nThe editor asks:\n- " .. table.concat(problems, "\n- "),
    }
  end
  return review(script, { when = p.review }):get().text
end

return studio.pipeline {
  title = "Topic to video",
  help = "A topic, of which a model writes, scene by scene",
  params = film.params {
    topic = param.text { help = "What the film is about; a model writes the script" },
    text = param.text { help = "A script that is written already: Markdown or plain text; then no model is asked" },
    minutes = param.number { default = 1.5, help = "How long the film is to be, of a topic" },
    audience = param.text { default = "curious adults", help = "Whom it is for, of a topic" },
    language = param.text { default = "en", help = "In which language it is written, of a topic: en, de, pt-BR" },
    writer = param.text { default = "openai", help = "Which provider writes, of a topic" },
    storyboard = param.text { help = "Which provider makes the storyboard; otherwise the writer, of a text outline" },
    speaker = param.text { default = "espeak", help = "Which provider speaks" },
    painter = param.text { default = "cards", help = "Which provider makes the pictures; cards sets words" },
    exact_times = param.bool { default = false, help = "Measure when words are heard, also where that costs" },
    style = param.text { default = "", help = "The cards' palette, or how pictures are to look" },
    review = param.bool { default = true, help = "Wait for a person to approve script and pictures" },
  },
  run = function(p)
    if not p.text and not p.topic then
      error("say what the film is about with `topic`, or give a finished `text`", 0)
    end
    local text = p.text or written(p)
    local provider = p.storyboard or (p.text and "outline" or p.writer)
    local board = llm { provider = provider, task = "storyboard", text = text }:get()

    local clips = map(board.scenes, function(scene)
      local speech = tts {
        provider = p.speaker,
        text = scene.narration,
        voice = p.voice,
        speed = p.speed,
        exact_times = p.exact_times,
      }
      local words = p.painter == "cards"
      local picture = image(brand.card {
        provider = p.painter,
        text = if words then scene.on_screen else nil,
        prompt = if words then nil else (if scene.prompt ~= "" then scene.prompt else scene.title),
        aspect = p.aspect,
        style = p.style,
      })
      -- Words on a card were approved with the script.
      picture = review(picture, { when = p.review and not words })
      return clip {
        title = scene.title,
        picture = picture,
        narration = speech,
        captions = speech.words,
        seconds = scene.seconds,
        transition = "dissolve",
      }
    end)

    return film.published(p, {
      timeline = clips,
      title = board.title,
      -- For the track alone: where there is none, the film is the same in every language.
      language = if p.captions == "soft" or p.captions == "burnt_soft" then p.language else nil,
    })
  end,
}
