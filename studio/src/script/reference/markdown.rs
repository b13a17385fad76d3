//! The reference page.

use std::fmt::Write as _;

use super::{
    super::{
        api::{DECLARING, Entry, FLOW, Kind, REST, STAGES},
        shape::{Record, Shape, of_role},
    },
    line, name_of, records, takes_to,
};

const HEAD: &str = r#"# Scripts

<!-- Generated from the table that registers the API: STUDIO_BLESS=1 cargo test -p studio --lib script::reference -->

A pipeline is a Luau file below the scripts folder that returns `studio.pipeline { … }`.
`scripts/stubs/` has definitions for luau-lsp (`studio.d.luau`) and for LuaLS (`studio.lua`).

## Promises

A stage (`tts { … }`) returns at once with a promise. Promises, and parts of them (`speech.words`, `board.scenes[1]`),
are handed to other stages; what is ready runs in parallel. Nothing waits but `:get()`, which gives the value:

```lua
local board = llm { task = "storyboard", text = p.text }:get()
log(board.title)
```

- A promise is not a value: comparing, counting, joining, calculating with it or looping over it raises
  "not known yet; use :get()". `if promise then` and `promise == "x"` cannot be trapped; loading a script warns of them.
- Fields that a result cannot have are refused at once, and so are fields that a request does not take.
- `:get()` on a stage that failed raises a table `{ code, message, help, field, node, kind, file, line }`, which `pcall`
  catches. A failed stage that nobody asked for fails the run all the same.
- A field whose name is a word of Lua's own is written in brackets: `word["end"]`.
- `:get()` works in `run`, in `map`, `scene`, `studio.async`, and in whatever these call. It does not work inside
  `table.sort`, `string.gsub`, metamethods, or at the top level of a script or module.

## Where results are kept

Each result has a place: the scopes it is asked in (`map` items, `scene`, `studio.async`), its role, and its number
among the stages of this role in that scope. Takes, approvals and edits hang on the place, so give items an `id` that stays the
same when they are moved. `id =` on a stage adds a scope for this one call.

Scripts are run again to resume and to re-render, so they are deterministic: `math.random` has a sequence of its own in
every scope, seeded by the run; `studio.now()` is the run's start; there is no clock, no files, no network.

## Limits

64 MB of memory, 5 s of computing between two waits and 60 s in all, 20,000 stages a run, 8 MB of input a stage, tables 48 deep.
`os`, `io`, `coroutine`, `load`, `getfenv` and most of `debug` are not there; `print` logs.

## Options of every stage

| option | type | |
| --- | --- | --- |
| `provider` | text, or a list of texts | Who does it; several are tried in turn. Otherwise the project's default. |
| `id` | text | A scope for this call. |
| `label` | text | What it is, for people. |
"#;

/// The page.
pub fn reference() -> String {
    let mut out = String::from(HEAD);
    for (title, entries) in
        [("Declaring", DECLARING), ("Stages", STAGES), ("Laying out work", FLOW), ("The rest", REST)]
    {
        let _ = write!(out, "\n## {title}\n");
        for entry in entries {
            push_entry(&mut out, entry);
        }
    }
    out.push_str("\n## Records\n");
    for record in records().values() {
        let _ = write!(out, "\n### {}\n\n{}\n\n", record.name, line(&record.doc));
        push_fields(&mut out, record, false);
    }
    out
}

fn push_entry(out: &mut String, entry: &Entry) {
    let _ = write!(out, "\n### `{}`\n\n{}\n", entry.name, line(entry.doc));
    match &entry.kind {
        Kind::Stage(role) => {
            let shapes = of_role(*role);
            if let Some(request) = shapes.request.record() {
                out.push_str("\nTakes:\n\n");
                push_fields(out, request, true);
                if takes_to(entry) {
                    out.push_str("| `to` | text | The provider, as `provider`. |\n");
                }
            }
            let name = name_of(&shapes.response);
            let _ = write!(out, "\nGives a promise of [{name}](#{}).\n", name.to_lowercase());
        }
        Kind::Param => {
            out.push_str("\nOptions: `required` (true or false), `default`, `help`. ");
            out.push_str("A parameter that is not required and has no default is `nil`.\n");
        }
        Kind::Function { args, returns } => {
            let names: Vec<_> = args.iter().map(|arg| format!("{}: {}", arg.name, arg.ty.luau)).collect();
            let _ = write!(out, "\n```luau\n{}({}): {}\n```\n", entry.name, names.join(", "), returns.luau);
            if !args.is_empty() {
                out.push('\n');
            }
            for arg in *args {
                let _ = writeln!(out, "- `{}`: {}", arg.name, arg.doc);
            }
        }
    }
    let _ = write!(out, "\n```lua\n{}\n```\n", entry.example);
}

fn push_fields(out: &mut String, record: &Record, is_request: bool) {
    out.push_str("| field | type | |\n| --- | --- | --- |\n");
    for (name, field) in &record.fields {
        let mark = if is_request && field.required { " Required." } else { "" };
        let _ =
            writeln!(out, "| `{name}` | {} | {}{mark} |", describe(&field.shape), line(&field.doc).replace('|', "\\|"));
    }
}

fn describe(shape: &Shape) -> String {
    match shape {
        Shape::List(item) => format!("list of {}", describe(item)),
        Shape::Record(record) if !record.name.is_empty() => {
            format!("[{}](#{})", record.name, record.name.to_lowercase())
        }
        Shape::Choice(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        Shape::OneOf(shapes) => shapes.iter().map(describe).collect::<Vec<_>>().join(", or "),
        other => other.describe(),
    }
}
