//! Stubs for LuaLS.

use std::{collections::BTreeMap, fmt::Write as _};

use studio_plugin_sdk::roles::Role;

use super::{
    super::{
        api::{Entry, Kind},
        shape::{Record, Shape, of_role},
    },
    functions, key, line, name_of, records, requests, union,
};

const HEAD: &str = "---@meta
-- What Studio's scripts can call, for LuaLS. Generated: do not edit.

---@class Task<T>: { get: fun(self): T }

---@class Param
---@class Pipeline

---@class ParamOptions
---@field required? boolean
---@field default? any
---@field help? string
---@field [integer] string

---@class PipelineDeclaration
---@field title string
---@field help? string
---@field template? boolean
---@field params? table<string, Param>
---@field run fun(p: table): any

---@class MapOptions
---@field limit? integer
---@field on_error? \"raise\"|\"collect\"

---@class MapFailure
---@field index integer
---@field id string
---@field error StageError

---@class AsyncOptions
---@field id? string

---@class ReviewOptions
---@field when? boolean

---@class StageError
---@field code string
---@field message string
---@field help? string
---@field field? string
---@field node? string
---@field kind? string
---@field file? string
---@field line? integer

---@class StringPromise
---@field get fun(self: StringPromise): string

---@class NumberPromise
---@field get fun(self: NumberPromise): number

---@class BooleanPromise
---@field get fun(self: BooleanPromise): boolean
";

/// The stub file.
pub fn stubs() -> String {
    let mut out = String::from(HEAD);
    let mut lists = BTreeMap::new();
    for record in records().values() {
        push_class(&mut out, &record.name, &record.doc, record, |field| (field.1.optional, value(&field.1.shape)));
        let _ = write!(out, "\n---@class {}Promise\n", record.name);
        let _ = writeln!(out, "---@field get fun(self: {}Promise): {}", record.name, record.name);
        for (name, field) in &record.fields {
            let _ = writeln!(out, "---@field {} {}", key(name), promise(&field.shape, &mut lists));
        }
        push_input(&mut out, &format!("{}Input", record.name), record);
    }
    for (name, (item, item_promise)) in &lists {
        let _ = write!(out, "\n---@class {name}\n---@field get fun(self: {name}): {item}[]\n");
        let _ = writeln!(out, "---@field [integer] {item_promise}");
    }
    for (role, record) in requests() {
        push_input(&mut out, &record.name, record);
        out.push_str("---@field provider? string|string[]\n---@field id? string|integer\n---@field label? string\n");
        if role == Role::Publish {
            out.push_str("---@field to? string|string[]\n");
        }
    }
    out.push_str("\n---@type table|nil\nproject = nil\n");
    for (_, entry) in functions(None) {
        push_function(&mut out, entry);
    }
    for table in ["studio", "param"] {
        let _ = write!(out, "\n{table} = {{}}\n");
        for (_, entry) in functions(Some(table)) {
            push_function(&mut out, entry);
        }
    }
    out.push_str("\n---JSON's null, in lists.\n---@type userdata\nstudio.null = nil\n");
    out
}

fn push_function(out: &mut String, entry: &Entry) {
    let _ = write!(out, "\n---{}\n", line(entry.doc));
    let mut names = Vec::new();
    match &entry.kind {
        Kind::Stage(role) => {
            let shapes = of_role(*role);
            names.push("request");
            let _ = writeln!(out, "---@param request {}", name_of(&shapes.request));
            let _ = writeln!(out, "---@return {}Promise", name_of(&shapes.response));
        }
        Kind::Param => {
            names.push("options");
            out.push_str("---@param options? ParamOptions\n---@return Param\n");
        }
        Kind::Function { args, returns } => {
            let all: String =
                args.iter().map(|arg| format!("{} ", arg.ty.luals)).chain([returns.luals.into()]).collect();
            let generics = ["T", "R", "K", "V"]
                .into_iter()
                .filter(|g| all.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part == *g));
            for generic in generics {
                let _ = writeln!(out, "---@generic {generic}");
            }
            for arg in *args {
                names.push(if arg.name == "fn" { "body" } else { arg.name });
                let _ = writeln!(out, "---@param {} {} {}", names.last().unwrap_or(&""), arg.ty.luals, arg.doc);
            }
            let _ = writeln!(out, "---@return {}", returns.luals);
        }
    }
    let _ = writeln!(out, "function {}({}) end", entry.name, names.join(", "));
}

fn push_input(out: &mut String, name: &str, record: &Record) {
    push_class(out, name, &record.doc, record, |(field_name, field)| {
        let is_clip_id = (record.name.as_str(), field_name) == ("SceneClip", "id");
        (!field.required || is_clip_id, input(&field.shape))
    });
}

fn push_class<'a>(
    out: &mut String,
    name: &str,
    doc: &str,
    record: &'a Record,
    describe: impl Fn((&'a str, &'a super::super::shape::Field)) -> (bool, String),
) {
    let _ = write!(out, "\n---{}\n---@class {name}\n", line(doc));
    for (field_name, field) in &record.fields {
        let (optional, ty) = describe((field_name, field));
        let mark = if optional { "?" } else { "" };
        let _ = writeln!(out, "---@field {}{mark} {ty} {}", key(field_name), line(&field.doc));
    }
}

fn value(shape: &Shape) -> String {
    match shape {
        Shape::Any => "any".into(),
        Shape::Text => "string".into(),
        Shape::Number => "number".into(),
        Shape::Integer => "integer".into(),
        Shape::Bool => "boolean".into(),
        Shape::Choice(words) => words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join("|"),
        Shape::List(item) => format!("{}[]", value(item)),
        Shape::Map(item) => format!("table<string, {}>", value(item)),
        Shape::Record(record) if record.name.is_empty() => "table".into(),
        Shape::Record(record) => record.name.clone(),
        Shape::OneOf(shapes) => union(shapes.iter().map(value), "|"),
    }
}

/// The type of a promise; lists are noted to be declared.
fn promise(shape: &Shape, lists: &mut BTreeMap<String, (String, String)>) -> String {
    match shape {
        Shape::Text | Shape::Choice(_) => "StringPromise".into(),
        Shape::Number | Shape::Integer => "NumberPromise".into(),
        Shape::Bool => "BooleanPromise".into(),
        Shape::Record(record) if !record.name.is_empty() => format!("{}Promise", record.name),
        Shape::List(item) => {
            let item_promise = promise(item, lists);
            if item_promise == "any" {
                return "any".into();
            }
            let name = format!("{}ListPromise", item_promise.trim_end_matches("Promise"));
            lists.insert(name.clone(), (value(item), item_promise));
            name
        }
        _ => "any".into(),
    }
}

fn input(shape: &Shape) -> String {
    match shape {
        Shape::Any => "any".into(),
        Shape::List(item) => match &**item {
            Shape::Record(record) if !record.name.is_empty() => {
                format!("{name}Input[]|{name}[]|{name}ListPromise", name = record.name)
            }
            item => format!("{}[]", value(item)),
        },
        Shape::Record(record) if !record.name.is_empty() => {
            format!("{name}Input|{name}|{name}Promise", name = record.name)
        }
        Shape::OneOf(shapes) => union(shapes.iter().map(input), "|"),
        leaf => match promise(leaf, &mut BTreeMap::new()).as_str() {
            "any" => value(leaf),
            promise => format!("{}|{promise}", value(leaf)),
        },
    }
}
