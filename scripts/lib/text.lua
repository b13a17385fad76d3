-- What a text is made of, read from Markdown: a title, what leads to the first heading, and a part for each heading.
local text = {}

-- Longest heading that a list's item is parted into, in bytes.
local MOST_TITLE = 80

-- Without the marks of Markdown: as it is said.
local function plain(marked)
  local words = string.gsub(marked, "!?%[([^%]]*)%]%([^%)]*%)", "%1")
  return (string.gsub(words, "[%*`]", ""))
end

-- What is between double asterisks, as it stands on a card.
local function stressed(marked)
  local phrases = {}
  for phrase in string.gmatch(marked, "%*%*(.-)%*%*") do
    table.insert(phrases, plain(phrase))
  end
  return phrases
end

-- A phrase as a line of its own: it begins with a capital.
function text.line(phrase)
  return phrase and string.upper(string.sub(phrase, 1, 1)) .. string.sub(phrase, 2)
end

-- Ends with a stop, so that a voice pauses after it.
function text.ended(words)
  return if string.find(words, "[%.!%?…:][\"'”’%)]*$") then words else words .. "."
end

-- "Title: what is said of it": both; the second is empty where there is nothing more. No title reaches over a sentence.
function text.parted(words)
  for _, mark in { ": ", " — ", " – " } do
    local from, to = string.find(words, mark, 1, true)
    if from and from <= MOST_TITLE and not string.find(string.sub(words, 1, from), "[%.!%?]%s") then
      return string.sub(words, 1, from - 1), string.sub(words, to + 1)
    end
  end
  local first, rest = string.match(words, "^(.-)[%.!%?]%s+(.+)$")
  if first and #first <= MOST_TITLE then
    return first, rest
  end
  return words, ""
end

-- Sentences in groups of about so many words: what can be said over one picture.
function text.beats(words, most)
  local beats, group, count = {}, "", 0
  for sentence, stop in string.gmatch(words .. " ", "(.-[%.!%?…]+[\"'”’%)]*)(%s+)") do
    local _, n = string.gsub(sentence, "%S+", "")
    if count > 0 and count + n > most then
      table.insert(beats, group)
      group, count = "", 0
    end
    group = if group == "" then sentence else group .. " " .. sentence
    count += n
  end
  local rest = string.match(words, "[^%.!%?…]+$")
  if rest and string.find(rest, "%w") then
    group = if group == "" then rest else group .. " " .. rest
  end
  if group ~= "" then
    table.insert(beats, group)
  end
  return beats
end

-- A name for a scope: the title's letters, else its number.
local function id_of(title, n, taken)
  local slug = string.gsub(string.lower(title), "[^a-z0-9]+", "-")
  slug = string.gsub(string.sub(slug, 1, 40), "^%-*(.-)%-*$", "%1")
  if slug == "" or taken[slug] then
    slug = if slug == "" then "part-" .. n else slug .. "-" .. n
  end
  taken[slug] = true
  return slug
end

local function part(title)
  return { title = title, paragraphs = {}, items = {}, quotes = {}, numbered = false }
end

-- Adds a line of Markdown to a part: `open` says whether it goes on with the paragraph before.
local function add(to, line, open)
  local number, item = string.match(line, "^%s*(%d+)[%.%)]%s+(.+)$")
  local bullet = string.match(line, "^%s*[%-%*%+]%s+(.+)$")
  local quoted = string.match(line, "^%s*>%s?(.*)$")
  if number or bullet then
    to.numbered = to.numbered or number ~= nil
    table.insert(to.items, item or bullet)
  elseif quoted then
    local last = #to.quotes
    if open == "quote" and last > 0 then
      to.quotes[last] ..= "\n" .. quoted
    else
      table.insert(to.quotes, quoted)
    end
    return "quote"
  elseif open == "item" and #to.items > 0 then
    to.items[#to.items] ..= " " .. string.match(line, "^%s*(.-)%s*$")
    return "item"
  elseif open == "paragraph" then
    to.paragraphs[#to.paragraphs] ..= " " .. string.match(line, "^%s*(.-)%s*$")
    return "paragraph"
  else
    table.insert(to.paragraphs, (string.match(line, "^%s*(.-)%s*$")))
    return "paragraph"
  end
  return "item"
end

-- A part as templates use it: its words as they are said, what is stressed, its markdown.
local function finished(raw, n, taken)
  local all = table.concat(raw.paragraphs, " ")
  local done = {
    id = id_of(raw.title, n, taken),
    title = plain(raw.title),
    text = plain(all),
    stressed = stressed(all),
    paragraphs = {},
    items = {},
    quotes = {},
    numbered = raw.numbered,
    source = "## " .. raw.title .. "\n\n" .. table.concat(raw.paragraphs, "\n\n"),
  }
  for _, paragraph in raw.paragraphs do
    table.insert(done.paragraphs, plain(paragraph))
  end
  for _, item in raw.items do
    table.insert(done.items, plain(item))
  end
  for _, quote in raw.quotes do
    table.insert(done.quotes, plain(quote))
    for _, phrase in stressed(quote) do
      table.insert(done.stressed, phrase)
    end
  end
  return done
end

-- Reads a text: `title`, `lead` (what stands before the first heading) and `parts`.
function text.read(source)
  local title, raw, now, open = nil, {}, part(""), nil
  local lead = now
  for line in string.gmatch(source .. "\n", "(.-)\r?\n") do
    local level, heading = string.match(line, "^(#+)%s+(.-)[%s#]*$")
    if level == "#" and not title and #raw == 0 then
      title, open = plain(heading), nil
    elseif level then
      now, open = part(heading), nil
      table.insert(raw, now)
    elseif not string.find(line, "%S") then
      open = nil
    else
      open = add(now, line, open)
    end
  end
  local taken, parts = {}, {}
  for n, each in raw do
    table.insert(parts, finished(each, n, taken))
  end
  return { title = title, lead = finished(lead, 0, {}), parts = parts }
end

-- The parts of a list: those with headings, else a part for each item, "Title: what is said of it".
function text.listed(document)
  if #document.parts > 0 then
    return document.parts
  end
  local taken, parts = {}, {}
  for n, item in document.lead.items do
    local title, rest = text.parted(item)
    table.insert(parts, { id = id_of(title, n, taken), title = title, text = rest, stressed = {}, items = {} })
  end
  return parts
end

return text
