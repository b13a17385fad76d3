//! The one table of what scripts can call. The VM registers from it; the reference and the editors' stubs are
//! generated from it; a test runs its examples.

use studio_plugin_sdk::roles::Role;

/// A function that scripts can call.
pub(super) struct Entry {
    /// As scripts write it: `map`, `studio.now`.
    pub name: &'static str,
    pub kind: Kind,
    pub doc: &'static str,
    /// The body of `run`, or a whole script where it declares a pipeline.
    pub example: &'static str,
}

/// What a function takes and gives.
pub(super) enum Kind {
    /// The request and response of a role, from its schema.
    Stage(Role),
    /// A declaration of a parameter.
    Param,
    /// Arguments, and what comes back.
    Function { args: &'static [Arg], returns: Type },
}

/// An argument.
pub(super) struct Arg {
    pub name: &'static str,
    pub ty: Type,
    pub doc: &'static str,
}

/// A type as Luau and as LuaLS write it.
pub(super) struct Type {
    pub luau: &'static str,
    pub luals: &'static str,
}

const fn same(name: &'static str) -> Type {
    Type { luau: name, luals: name }
}

const fn ty(luau: &'static str, luals: &'static str) -> Type {
    Type { luau, luals }
}

const fn arg(name: &'static str, ty: Type, doc: &'static str) -> Arg {
    Arg { name, ty, doc }
}

const fn stage(role: Role, name: &'static str, doc: &'static str, example: &'static str) -> Entry {
    Entry { name, kind: Kind::Stage(role), doc, example }
}

const fn param(name: &'static str, doc: &'static str, example: &'static str) -> Entry {
    Entry { name, kind: Kind::Param, doc, example }
}

/// All of them, in the order of the reference.
pub(super) fn entries() -> impl Iterator<Item = &'static Entry> {
    DECLARING.iter().chain(STAGES).chain(FLOW).chain(REST)
}

/// What a script declares.
pub(super) static DECLARING: &[Entry] = &[
    Entry {
        name: "studio.pipeline",
        kind: Kind::Function {
            args: &[arg(
                "declaration",
                same("PipelineDeclaration"),
                "`title`, `params` made by `param.*`, and `run`; `help` says in a line what it makes, `template = true` offers it for new projects",
            )],
            returns: same("Pipeline"),
        },
        doc: "Declares a pipeline; a script ends with `return studio.pipeline { … }`. `run` gets the parameters and returns \
              what the run gives.",
        example: r#"return studio.pipeline {
  title = "One sentence",
  params = { text = param.text { required = true, help = "What is said" } },
  run = function(p)
    return tts { text = p.text }
  end,
}"#,
    },
    param("param.text", "A text.", PARAM_TEXT),
    param(
        "param.number",
        "A number.",
        "return studio.pipeline { title = \"x\", params = { speed = param.number { default = 1.1 } }, run = function(p) log(p.speed) end }",
    ),
    param(
        "param.integer",
        "A whole number.",
        "return studio.pipeline { title = \"x\", params = { scenes = param.integer { default = 5 } }, run = function(p) log(p.scenes) end }",
    ),
    param(
        "param.bool",
        "True or false.",
        "return studio.pipeline { title = \"x\", params = { draft = param.bool { default = false } }, run = function(p) log(p.draft) end }",
    ),
    param(
        "param.choice",
        "One of the words listed; the first is the default.",
        "return studio.pipeline { title = \"x\", params = { aspect = param.choice { \"16:9\", \"9:16\", help = \"Shape\" } }, run = function(p) log(p.aspect) end }",
    ),
    param(
        "param.file",
        "The path of a file; the script gets a blob to hand on.",
        "return studio.pipeline { title = \"x\", params = { logo = param.file {} }, run = function(p) log(p.logo) end }",
    ),
    param(
        "param.files",
        "Paths of files, on the command line separated by commas; the script gets a list of blobs.",
        "return studio.pipeline { title = \"x\", params = { pictures = param.files {} }, run = function(p) log(#(p.pictures or {})) end }",
    ),
    param(
        "param.list",
        "A list of texts; on the command line separated by commas.",
        "return studio.pipeline { title = \"x\", params = { tags = param.list { default = { \"a\" } } }, run = function(p) log(#p.tags) end }",
    ),
    param(
        "param.voice",
        "A voice of the speech provider; `espeak-ng --voices` lists those of espeak-ng.",
        "return studio.pipeline { title = \"x\", params = { voice = param.voice {} }, run = function(p) return tts { text = \"Hello\", voice = p.voice } end }",
    ),
];

const PARAM_TEXT: &str = "return studio.pipeline { title = \"x\", params = { who = param.text { default = \"you\" } }, run = function(p) log(p.who) end }";

/// One function a role.
pub(super) static STAGES: &[Entry] = &[
    stage(
        Role::Llm,
        "llm",
        "Text from text: an answer, JSON of a schema, or with `task = \"storyboard\"` a title and scenes.",
        "local board = llm { task = \"storyboard\", text = \"# Rice\\n\\nIt grows in water.\" }:get()\nlog(board.title)",
    ),
    stage(
        Role::Tts,
        "tts",
        "Speech from text, with the time of every word.",
        "local speech = tts { text = \"Hello there.\", speed = 1.1 }\nreturn speech.words",
    ),
    stage(
        Role::Asr,
        "asr",
        "Text and word times from speech.",
        "local speech = tts { text = \"Hello there.\" }\nreturn asr { media = speech.audio, language = \"en\" }.text",
    ),
    stage(
        Role::Image,
        "image",
        "A picture: of a prompt, or of words on a card.",
        "return image { text = { heading = \"Rice\", lines = { \"It grows in water.\" } }, aspect = \"16:9\" }",
    ),
    stage(
        Role::Video,
        "video",
        "A moving picture from text or pictures.",
        "local start = image { prompt = \"a rice field at dawn\" }\nreturn video { prompt = \"mist rises\", first_frame = start.image, seconds = 5 }",
    ),
    stage(Role::Music, "music", "Music from text.", "return music { prompt = \"calm piano\", seconds = 30 }"),
    stage(
        Role::Search,
        "search",
        "Existing pictures, films and sounds from a query.",
        "return search { query = \"rice terraces\", kind = \"image\", fetch = true }.media",
    ),
    stage(
        Role::Animate,
        "animate",
        "A moving picture from code (Manim).",
        "return animate { code = \"class Dot(Scene): ...\", scene = \"Dot\" }",
    ),
    stage(
        Role::Rank,
        "rank",
        "The moments worth showing in a long video.",
        "local words = asr { media = tts { text = \"…\" }.audio }\nreturn rank { transcript = words, limit = 3 }.moments",
    ),
    stage(
        Role::Reframe,
        "reframe",
        "A crop that follows what matters.",
        "local clip = video { prompt = \"a dancer\" }\nreturn reframe { media = clip.video, aspect = \"9:16\" }.path",
    ),
    stage(
        Role::Render,
        "render",
        "A film from clips, or from a timeline in full.",
        "local card = image { text = { heading = \"Rice\" } }\nreturn render { timeline = { clip { picture = card, seconds = 4 } }, preset = \"youtube-1080p\" }",
    ),
    stage(
        Role::Verify,
        "verify",
        "What is wrong with a film: streams, length, loudness, black, silence, captions. With `stop` it fails where a check \
         does; its `film` is the film, to be handed on.",
        "local clips = { clip { picture = image { prompt = \"rice\" }, seconds = 4 } }\nlocal film = render { timeline = clips }\nreturn verify { film = film, timeline = clips, stop = true }.film",
    ),
    stage(
        Role::Publish,
        "publish",
        "A film to where people see it; `to` names the provider.",
        "local film = render { timeline = { clip { picture = image { prompt = \"rice\" } } } }\nreturn publish { to = \"folder\", video = film, title = \"Rice\" }.url",
    ),
    stage(
        Role::Analytics,
        "analytics",
        "How published films do.",
        "return analytics { ids = { \"abc\" }, from = \"2026-11-01\", to = \"2026-11-30\" }.films",
    ),
];

/// How work is laid out.
pub(super) static FLOW: &[Entry] = &[
    Entry {
        name: "map",
        kind: Kind::Function {
            args: &[
                arg(
                    "list",
                    ty("{ T } | { get: (any) -> { T } }", "T[]|table"),
                    "a list, or a promise of one, which is waited for",
                ),
                arg("fn", ty("(item: T, index: number) -> R", "fun(item: T, index: integer): R"), "run once an item"),
                arg("options", ty("MapOptions?", "MapOptions?"), "`limit`, `on_error`"),
            ],
            returns: ty("({ R }, { MapFailure }?)", "R[], MapFailure[]?"),
        },
        doc: "Runs a function over a list, each item a coroutine of its own, so that a `:get()` in one does not hold up the \
              others; gives the results in the list's order. What an item asks for stands in the scope of `item.id` (else of \
              its position): results are found again by it. Two items cannot share an id. When an item fails, `map` raises its \
              error; with `on_error = \"collect\"` it gives the results that there are, and a list of `{ index, id, error }`. \
              `limit` is the most items at once.",
        example: "local speeches = map({ { id = \"a\", text = \"One.\" }, { id = \"b\", text = \"Two.\" } }, function(item)\n  return tts { text = item.text }\nend)\nreturn speeches",
    },
    Entry {
        name: "scene",
        kind: Kind::Function {
            args: &[
                arg("id", same("string"), "the scope's name"),
                arg("fn", ty("() -> R", "fun(): R"), "what is done in it"),
            ],
            returns: same("R"),
        },
        doc: "Runs a function in a scope of its own, as `map` does for each item: for an opening or a closing scene.",
        example: "return scene(\"opening\", function()\n  return clip { picture = image { text = { heading = \"Rice\" } }, seconds = 3 }\nend)",
    },
    Entry {
        name: "studio.async",
        kind: Kind::Function {
            args: &[
                arg("fn", ty("() -> R", "fun(): R"), "what is done"),
                arg("options", ty("AsyncOptions?", "AsyncOptions?"), "`id`, the scope's name"),
            ],
            returns: ty("Task<R>", "Task<R>"),
        },
        doc: "Runs a function beside the script, in a scope of its own; the task's `:get()` gives what it returned. The run \
              ends when its tasks have, and fails with the first that failed and was never asked for.",
        example: "local title = studio.async(function()\n  return llm { text = \"A title for a film on rice\" }:get().text\nend)\nlog(title:get())",
    },
    Entry {
        name: "review",
        kind: Kind::Function {
            args: &[
                arg("handle", same("T"), "what a stage gives"),
                arg("options", ty("ReviewOptions?", "ReviewOptions?"), "`when`: false opens the gate"),
            ],
            returns: same("T"),
        },
        doc: "Puts a result before a person: the promise that comes back is known when it was approved, edited by hand, or \
              made again until it was good (`studio review`). A run without people (`--yes`) takes it as it is.",
        example: "return review(image { text = { heading = \"Rice\" } })",
    },
    Entry {
        name: "clip",
        kind: Kind::Function {
            args: &[arg("scene", same("SceneClipInput"), "its picture, speech, captions and transition")],
            returns: same("SceneClipInput"),
        },
        doc: "One scene of a timeline. Its `id` is the scope's name unless given. It is as long as its narration, or as \
              `seconds` says. `motion` moves its picture, `overlays` lie over it.",
        example: "local speech = tts { text = \"Hello.\" }\nreturn clip { picture = image { text = { heading = \"Hi\" } }, narration = speech, captions = speech.words, transition = \"dissolve\" }",
    },
];

/// The rest.
pub(super) static REST: &[Entry] = &[
    Entry {
        name: "log",
        kind: Kind::Function {
            args: &[
                arg("text", same("any"), "what is said"),
                arg(
                    "level",
                    ty("(\"debug\" | \"info\" | \"warn\" | \"error\")?", "\"debug\"|\"info\"|\"warn\"|\"error\"|nil"),
                    "how loudly; `info` unless given",
                ),
            ],
            returns: ty("()", "nil"),
        },
        doc: "Says something in the run's log; `print` does too.",
        example: "log(\"half way\")\nlog(\"no voice chosen\", \"warn\")",
    },
    Entry {
        name: "sorted",
        kind: Kind::Function {
            args: &[arg("t", ty("{ [K]: V }", "table<K, V>"), "a table with texts or numbers as keys")],
            returns: ty("() -> (K?, V)", "fun(): K?, V"),
        },
        doc: "Goes through a table in the order of its keys. The order of `pairs` is not promised.",
        example: "for name, value in sorted({ b = 2, a = 1 }) do\n  log(name .. \" = \" .. value)\nend",
    },
    Entry {
        name: "studio.now",
        kind: Kind::Function { args: &[], returns: same("number") },
        doc: "When the run began, in seconds since 1970; the same when it is resumed.",
        example: "log(studio.now())",
    },
    Entry {
        name: "studio.brand",
        kind: Kind::Function { args: &[], returns: ty("Brand?", "Brand?") },
        doc: "The brand that the project uses, at the version that it uses; nil: it uses none. What of it is handed to a \
              stage is part of that request, so that another version makes anew what it changes and nothing else. \
              `require(\"lib.brand\")` lays all of it over cards and films.",
        example: "local brand = studio.brand()\nreturn image { text = { heading = \"Rice\" }, look = brand and brand.cards }",
    },
    Entry {
        name: "require",
        kind: Kind::Function {
            args: &[arg("module", same("string"), "folders and file below the scripts folder, joined by dots")],
            returns: same("any"),
        },
        doc: "What a module returns; it runs once. `require(\"lib.presets\")` is `lib/presets.lua` below the scripts folder.",
        example: "local presets = require(\"lib.presets\")\nlog(presets.final[\"9:16\"])",
    },
];
