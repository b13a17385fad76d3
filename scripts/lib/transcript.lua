-- When the words of a recording are said: from a transcript with times (SubRip, WebVTT), or from plain text, whose words
-- share the time by their letters.
local transcript = {}

-- Room for pauses after a word, in letters.
local STOP, COMMA = 6, 3

local function seconds(stamp)
  local hours, minutes, rest = string.match(stamp, "^(%d+):(%d+):([%d%.,]+)$")
  if not hours then
    hours, minutes, rest = "0", string.match(stamp, "^(%d+):([%d%.,]+)$")
  end
  return tonumber(hours) * 3600 + tonumber(minutes) * 60 + tonumber((string.gsub(rest, ",", ".")))
end

-- Words of a text that share the time from one second to another.
local function shared(text, from, to)
  local words, whole = {}, 0
  for word in string.gmatch(text, "%S+") do
    local pause = if string.find(word, "[%.!%?…:]") then STOP elseif string.find(word, "[,;]") then COMMA else 0
    local said = utf8.len(word) or #word
    table.insert(words, { text = word, said = said, takes = said + pause })
    whole += said + pause
  end
  local timed, at = {}, from
  for _, word in words do
    local unit = (to - from) / whole
    table.insert(timed, { text = word.text, start = at, ["end"] = at + word.said * unit })
    at += word.takes * unit
  end
  return timed
end

-- Cues with their times: `from --> to`, and the lines below up to a blank one.
local function cues(source)
  local found, cue = {}, nil
  for line in string.gmatch(source .. "\n", "(.-)\r?\n") do
    local from, to = string.match(line, "^%s*([%d:%.,]+)%s*%-%->%s*([%d:%.,]+)")
    if from then
      cue = { from = seconds(from), to = seconds(to), text = "" }
      table.insert(found, cue)
    elseif not string.find(line, "%S") then
      cue = nil
    elseif cue then
      cue.text ..= " " .. string.gsub(line, "<[^>]*>", "")
    end
  end
  return found
end

-- Has it times of its own?
function transcript.timed(source)
  return string.find(source, "%-%->") ~= nil
end

-- Where the last word of a transcript with times ends, in seconds.
function transcript.ends(source)
  local last = 0
  for _, cue in cues(source) do
    last = math.max(last, cue.to)
  end
  return last
end

-- The words that are said from one second of the recording to another, with their times from its start.
function transcript.words(source, from, to)
  if not transcript.timed(source) then
    return shared(source, from, to)
  end
  local words = {}
  for _, cue in cues(source) do
    for _, word in shared(cue.text, cue.from, cue.to) do
      table.insert(words, word)
    end
  end
  return transcript.within(words, from, to)
end

-- Those of some words that begin in a stretch of the recording and end in it, timed from the start of the stretch.
function transcript.within(words, from, to)
  local kept = {}
  for _, word in words do
    if word.start >= from and word["end"] <= to + 0.05 then
      local late = math.min(word["end"], to) - from
      table.insert(kept, { text = word.text, start = word.start - from, ["end"] = math.max(late, word.start - from) })
    end
  end
  return kept
end

return transcript
