-- What can be said of a text by counting: how long it takes to say, how hard it is to follow, how it begins.
local prose = {}

-- Words a minute of a calm narrator.
local PACE = 150

local function count(text, pattern)
  local n = 0
  for _ in string.gmatch(text, pattern) do
    n += 1
  end
  return n
end

-- The text without Markdown's marks: what is heard.
local function spoken(text)
  local plain = string.gsub(text, "\n#+[^\n]*", "\n")
  plain = string.gsub(plain, "^#+[^\n]*", "")
  return (string.gsub(plain, "[%*_`>#]", ""))
end

-- Groups of vowels, without a silent e at the end: right for four English words of five.
local function syllables(word)
  local letters = string.gsub(string.lower(word), "[^a-z]", "")
  letters = string.gsub(letters, "e$", "")
  return math.max(1, count(letters, "[aeiouy]+"))
end

-- Words, minutes, words of the first sentence, and the school grade that can follow it (Flesch and Kincaid).
function prose.measure(text)
  local plain = spoken(text)
  local words, beats = 0, 0
  for word in string.gmatch(plain, "%S+") do
    words += 1
    beats += syllables(word)
  end
  local sentences = math.max(1, count(plain .. "\n", "[%.!%?]+[\"')”’]*%s"))
  local first = string.match(plain, "^%s*(.-[%.!%?])%s") or plain
  local each = math.max(1, words)
  return {
    words = words,
    minutes = words / PACE,
    opening = count(first, "%S+"),
    grade = 0.39 * words / sentences + 11.8 * beats / each - 15.59,
  }
end

-- How many words fill so many minutes.
function prose.words(minutes)
  return math.floor(minutes * PACE)
end

return prose
