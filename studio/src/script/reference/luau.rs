//! Definitions for luau-lsp.

use std::fmt::Write as _;

use studio_plugin_sdk::roles::Role;

use super::{
    super::{
        api::{Entry, Kind},
        shape::{Record, Shape, of_role},
    },
    functions, key, line, name_of, records, requests, union,
};

const HEAD: &str = r"-- What Studio's scripts can call, for luau-lsp. Generated: do not edit.

export type Promise<T> = { get: (self: any) -> T }
export type ListPromise<T, P> = { get: (self: any) -> { T }, [number]: P }
export type Task<T> = { get: (self: any) -> T }
export type Param = { kind: string }
export type Pipeline = { title: string }
export type ParamOptions = { required: boolean?, default: any, help: string?, [number]: string }
export type PipelineDeclaration = { title: string, help: string?, template: boolean?, params: { [string]: Param }?, run: (p: any) -> any }
export type MapOptions = { limit: number?, on_error: string? }
export type MapFailure = { index: number, id: string, error: StageError }
export type AsyncOptions = { id: string? }
export type ReviewOptions = { when: boolean? }
export type StageError = { code: string, message: string, help: string?, field: string?, node: string?, kind: string?, file: string?, line: number? }
";

/// The definition file.
pub fn stubs() -> String {
    let mut out = String::from(HEAD);
    for record in records().values() {
        push_values(&mut out, record);
        push_promises(&mut out, record);
        push_inputs(&mut out, &format!("{}Input", record.name), record, &[]);
    }
    for (role, record) in requests() {
        let mut options =
            vec![("provider", "(string | { string })?"), ("id", "(string | number)?"), ("label", "string?")];
        if role == Role::Publish {
            options.push(("to", "(string | { string })?"));
        }
        push_inputs(&mut out, &record.name, record, &options);
    }
    for (name, entry) in functions(None) {
        let _ = write!(out, "\n-- {}\ndeclare function {name}{}\n", line(entry.doc), signature(entry, ": "));
    }
    for table in ["studio", "param"] {
        let _ = write!(out, "\ndeclare {table}: {{\n");
        if table == "studio" {
            out.push_str("\t-- JSON's null, in lists.\n\tnull: any,\n");
        }
        for (name, entry) in functions(Some(table)) {
            let _ = write!(out, "\t-- {}\n\t{name}: {},\n", line(entry.doc), signature(entry, " -> "));
        }
        out.push_str("}\n");
    }
    out.push_str("\n-- The project, where there is one: its `id` and `title`.\ndeclare project: any\n");
    out
}

fn signature(entry: &Entry, arrow: &str) -> String {
    match &entry.kind {
        Kind::Stage(role) => {
            let shapes = of_role(*role);
            format!("(request: {}){arrow}{}Promise", name_of(&shapes.request), name_of(&shapes.response))
        }
        Kind::Param => format!("(options: ParamOptions?){arrow}Param"),
        Kind::Function { args, returns } => {
            let args: Vec<_> = args.iter().map(|arg| format!("{}: {}", arg.name, arg.ty.luau)).collect();
            let text = format!("({}){arrow}{}", args.join(", "), returns.luau);
            let generics: Vec<_> = ["T", "R", "K", "V"].into_iter().filter(|g| mentions(&text, g)).collect();
            if generics.is_empty() { text } else { format!("<{}>{text}", generics.join(", ")) }
        }
    }
}

/// Does a word stand in a signature?
fn mentions(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part == word)
}

fn push_values(out: &mut String, record: &Record) {
    let _ = write!(out, "\n-- {}\nexport type {} = {{\n", line(&record.doc), record.name);
    for (name, field) in &record.fields {
        let optional = if field.optional { "?" } else { "" };
        let _ = write!(out, "\t-- {}\n\t{}: {}{optional},\n", line(&field.doc), key(name), value(&field.shape));
    }
    out.push_str("}\n");
}

fn push_promises(out: &mut String, record: &Record) {
    let _ = write!(out, "export type {}Promise = {{\n\tget: (self: any) -> {},\n", record.name, record.name);
    for (name, field) in &record.fields {
        let _ = writeln!(out, "\t{}: {},", key(name), promise(&field.shape));
    }
    out.push_str("}\n");
}

fn push_inputs(out: &mut String, type_name: &str, record: &Record, options: &[(&str, &str)]) {
    let _ = writeln!(out, "export type {type_name} = {{");
    for (name, field) in &record.fields {
        // A clip's id is its scope's name unless given.
        let optional =
            if field.required && (record.name.as_str(), name.as_str()) != ("SceneClip", "id") { "" } else { "?" };
        let _ = writeln!(out, "\t{}: ({}){optional},", key(name), input(&field.shape));
    }
    for (name, ty) in options {
        let _ = writeln!(out, "\t{name}: {ty},");
    }
    out.push_str("}\n");
}

fn value(shape: &Shape) -> String {
    match shape {
        Shape::Any => "any".into(),
        Shape::Text => "string".into(),
        Shape::Number | Shape::Integer => "number".into(),
        Shape::Bool => "boolean".into(),
        Shape::Choice(words) => words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" | ").paren(),
        Shape::List(item) => format!("{{ {} }}", value(item)),
        Shape::Map(item) => format!("{{ [string]: {} }}", value(item)),
        Shape::Record(record) if record.name.is_empty() => "any".into(),
        Shape::Record(record) => record.name.clone(),
        Shape::OneOf(shapes) => union(shapes.iter().map(value), " | ").paren(),
    }
}

fn promise(shape: &Shape) -> String {
    match shape {
        Shape::List(item) => format!("ListPromise<{}, {}>", value(item), promise(item)),
        Shape::Record(record) if !record.name.is_empty() => format!("{}Promise", record.name),
        Shape::Any | Shape::Map(_) | Shape::OneOf(_) | Shape::Record(_) => "any".into(),
        Shape::Choice(_) => "Promise<string>".into(),
        leaf => format!("Promise<{}>", value(leaf)),
    }
}

fn input(shape: &Shape) -> String {
    match shape {
        Shape::Any => "any".into(),
        Shape::List(item) => format!("{{ {} }} | {}", input(item), promise(shape)),
        Shape::Map(item) => format!("{{ [string]: {} }}", input(item)),
        Shape::Record(record) if record.name.is_empty() => "any".into(),
        Shape::Record(record) => format!("{}Input | {} | {}Promise", record.name, record.name, record.name),
        Shape::OneOf(shapes) => union(shapes.iter().map(input), " | "),
        leaf => format!("{} | {}", value(leaf), promise(leaf)),
    }
}

trait Paren {
    fn paren(self) -> String;
}

impl Paren for String {
    fn paren(self) -> String {
        if self == "any" { self } else { format!("({self})") }
    }
}
