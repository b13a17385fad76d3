-- The Lua side of the API: what has to wait, or to raise tables that a script can catch. `rt` holds the Rust side, whose
-- functions answer (true, results…) or (false, error). Its frames are hidden in errors by the name of this chunk.
local rt = ...
local error, xpcall, next, type, typeof, select = error, xpcall, next, type, typeof, select
local setmetatable, rawget, rawtostring, rawformat = setmetatable, rawget, tostring, string.format
local match, pack, unpack, concat, sort, insert = string.match, table.pack, table.unpack, table.concat, table.sort, table.insert

local function settle(ok, ...)
  if ok then
    return ...
  end
  error((...), 0)
end

local function api(f)
  return function(...)
    return settle(f(...))
  end
end

-- Addresses differ from run to run: a value without a text of its own is its type.
local function plain(value)
  local text = rawtostring(value)
  return match(text, "^([%w_ :]+): 0x%x+$") or text
end

local function format(pattern, ...)
  local args = pack(...)
  for i = 1, args.n do
    local kind = typeof(args[i])
    if kind == "promise" then
      settle(rt.misuse("put into text"))
    elseif kind ~= "string" and kind ~= "number" and kind ~= "boolean" and kind ~= "nil" then
      args[i] = plain(args[i])
    end
  end
  return rawformat(pattern, unpack(args, 1, args.n))
end

local function words(...)
  local parts = pack(...)
  for i = 1, parts.n do
    parts[i] = plain(parts[i])
  end
  return concat(parts, "\t")
end

-- Promises.
local get = api(rt.wait)
local project = api(rt.project)
local function misuse(what)
  return function()
    return settle(rt.misuse(what))
  end
end
local arithmetic = misuse("calculated with")
local promise = {
  __index = function(self, key)
    if key == "get" then
      return get
    end
    return project(self, key)
  end,
  __newindex = misuse("changed"),
  __eq = misuse("compared"),
  __lt = misuse("compared"),
  __le = misuse("compared"),
  __len = misuse("counted"),
  __concat = misuse("put into text"),
  __call = misuse("called"),
  __iter = misuse("looped over"),
  __unm = arithmetic, __add = arithmetic, __sub = arithmetic, __mul = arithmetic, __div = arithmetic,
  __mod = arithmetic, __pow = arithmetic, __idiv = arithmetic,
  __tostring = rt.name,
  __type = "promise",
}

-- Errors of the API.
local raised = {
  __metatable = "error",
  __tostring = function(self)
    local file, line = rawget(self, "file"), rawget(self, "line")
    local place = file and line and rawformat("%s:%d: ", file, line) or ""
    return place .. rawtostring(rawget(self, "message"))
  end,
}

-- The metatable of results of a known shape.
local function seal(name, fields)
  local known = {}
  for _, field in fields do
    known[field] = true
  end
  return {
    __metatable = name,
    __index = function(_, key)
      if known[key] then
        return nil
      end
      settle(rt.unknown_field(name, key, fields))
    end,
  }
end

local function seal_params(values, declared)
  return setmetatable(values, seal("params", declared))
end

local function sorted(t)
  if typeof(t) == "promise" then
    settle(rt.misuse("looped over"))
  end
  local keys = {}
  for key in next, t do
    if type(key) ~= "string" and type(key) ~= "number" then
      error("sorted takes a table whose keys are texts or numbers", 2)
    end
    insert(keys, key)
  end
  sort(keys, function(a, b)
    if type(a) ~= type(b) then
      return type(a) == "number"
    end
    return a < b
  end)
  local i = 0
  return function()
    i += 1
    if keys[i] ~= nil then
      return keys[i], t[keys[i]]
    end
    return nil
  end
end

local function missing(name, instead)
  return setmetatable({}, {
    __metatable = "locked",
    __index = function()
      settle(rt.missing(name, instead))
    end,
  })
end

local log = api(rt.log)
local globals = {
  clip = api(rt.clip),
  review = api(rt.review),
  map = api(rt.map),
  scene = api(rt.scene),
  log = log,
  sorted = sorted,
  require = api(rt.require),
  ["studio.pipeline"] = api(rt.pipeline),
  ["studio.async"] = api(rt.start),
  ["studio.now"] = api(rt.now),
  ["studio.brand"] = api(rt.brand),
}
for _, role in rt.roles do
  local call = rt.stage
  globals[role] = function(...)
    return settle(call(role, ...))
  end
end
for _, kind in rt.params do
  local call = rt.param
  globals["param." .. kind] = function(...)
    return settle(call(kind, ...))
  end
end

-- Replacements of Luau's own.
tostring = plain
print = function(...)
  return log(words(...))
end
string.format = format
math.random = api(rt.random)
math.randomseed = api(rt.randomseed)
debug = { traceback = debug.traceback }
os = missing("os", "studio.now() gives the start of the run")
io = missing("io", "files come in as params and go out through publish")
coroutine = missing("coroutine", "map and studio.async run functions side by side")
collectgarbage, gcinfo, newproxy, getfenv, setfenv, loadstring, load, dofile = nil, nil, nil, nil, nil, nil, nil, nil

return {
  globals = globals,
  promise = promise,
  task = { __index = { get = api(rt.join) }, __type = "task", __tostring = function() return "task" end },
  error = raised,
  seal = seal,
  seal_params = seal_params,
  guard = function(f, ...)
    return xpcall(f, rt.mark, ...)
  end,
}
