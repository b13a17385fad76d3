-- The text of a template: what is written already, else what a model writes of a topic, as a person has let it pass, else
-- the template's own sample, which shows what the template looks like.
local brand = require("lib.brand")

local FORM = " Answer with the text alone, in Markdown: the title as a heading of the first level, then what you are asked "
  .. "for. Plain words, to be heard once; short sentences; no stage directions. Put two or three phrases that matter "
  .. "between double asterisks. Only what is true."

-- Declared here, so that they come first of all.
local TEXT = param.text { help = "What it is made of, in Markdown; left open without a topic: a sample" }
local TOPIC = param.text { help = "What it is about; a model writes the text" }

-- The params that say which, and a pipeline's own.
local function params(own)
  own.text, own.topic = TEXT, TOPIC
  own.language = param.text { default = "en", help = "In which language a model writes: en, de, pt-BR" }
  own.writer = param.text { default = "openai", help = "Which provider writes, of a topic" }
  own.review = param.bool { default = false, help = "Wait for a person to approve what models wrote and painted" }
  return own
end

-- The text, and whether it is the sample. `wanted` tells the model what to write.
local function text(p, wanted, sample)
  if p.text then
    return p.text, false
  end
  if not p.topic then
    log("no text and no topic: this is the template's sample")
    return sample, true
  end
  local script = llm {
    provider = p.writer,
    id = "text",
    system = brand.voiced(wanted .. FORM),
    text = string.format("Topic: %s\nLanguage: %s", p.topic, p.language),
  }
  return review(script, { when = p.review }):get().text, false
end

return { params = params, text = text }
