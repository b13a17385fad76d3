//! What people and editors read of the API: the reference page, and stubs for luau-lsp and LuaLS. All of it is
//! written from the table that registers the functions and from the roles' schemas; a test compares the files.

use std::collections::BTreeMap;

use studio_plugin_sdk::roles::Role;

use super::{
    api::{Entry, Kind, entries},
    shape::{self, Record, Shape},
};

mod luals;
mod luau;
mod markdown;

pub use luals::stubs as stubs_luals;
pub use luau::stubs as stubs_luau;
pub use markdown::reference;

/// The name of the record that a role's request or response is.
fn name_of(shape: &Shape) -> &str {
    shape.record().map_or("", |record| record.name.as_str())
}

/// Every named record of requests and results, by name, without the requests themselves.
fn records() -> BTreeMap<&'static str, &'static Record> {
    let mut out = BTreeMap::new();
    for role in Role::ALL {
        let shapes = shape::of_role(role);
        if let Some(request) = shapes.request.record() {
            request.fields.values().for_each(|field| collect(&field.shape, &mut out));
        }
        collect(&shapes.response, &mut out);
    }
    collect(shape::of_clip(), &mut out);
    collect(shape::of_brand(), &mut out);
    out
}

fn collect(shape: &'static Shape, out: &mut BTreeMap<&'static str, &'static Record>) {
    match shape {
        Shape::List(item) | Shape::Map(item) => collect(item, out),
        Shape::OneOf(shapes) => shapes.iter().for_each(|shape| collect(shape, out)),
        Shape::Record(record) => {
            if !record.name.is_empty() && out.insert(&record.name, record).is_some() {
                return;
            }
            record.fields.values().for_each(|field| collect(&field.shape, out));
        }
        _ => {}
    }
}

/// The requests of roles, with the roles.
fn requests() -> impl Iterator<Item = (Role, &'static Record)> {
    Role::ALL.into_iter().filter_map(|role| Some((role, shape::of_role(role).request.record()?)))
}

/// The functions of a table (`studio`, `param`), or those of none.
fn functions(table: Option<&'static str>) -> impl Iterator<Item = (&'static str, &'static Entry)> {
    entries().filter_map(move |entry| match (entry.name.split_once('.'), table) {
        (Some((of, name)), Some(table)) if of == table => Some((name, entry)),
        (None, None) => Some((entry.name, entry)),
        _ => None,
    })
}

/// On one line.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A field's name, in brackets where it is a word of Lua's own.
fn key(name: &str) -> String {
    if name == "end" || name == "repeat" || name == "function" { format!("[\"{name}\"]") } else { name.to_owned() }
}

/// Alternatives as one type; anything swallows all others.
fn union(parts: impl Iterator<Item = String>, between: &str) -> String {
    let mut all: Vec<String> = Vec::new();
    for part in parts {
        if part == "any" {
            return part;
        }
        if !all.contains(&part) {
            all.push(part);
        }
    }
    all.join(between)
}

/// Does a role's call take `to` for its provider?
fn takes_to(entry: &Entry) -> bool {
    matches!(entry.kind, Kind::Stage(Role::Publish))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    fn compare(path: &str, text: &str) {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
        if std::env::var_os("STUDIO_BLESS").is_some() {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, text).unwrap();
        }
        let found = fs::read_to_string(&file).unwrap_or_default();
        assert!(
            found == text,
            "{path} is stale: STUDIO_BLESS=1 cargo test -p studio --lib script::reference writes it"
        );
    }

    #[test]
    fn the_files_are_what_the_table_says() {
        compare("docs/lua.md", &reference());
        compare("scripts/stubs/studio.d.luau", &stubs_luau());
        compare("scripts/stubs/studio.lua", &stubs_luals());
    }

    #[test]
    fn every_function_has_doc_stub_and_example() {
        let (page, luau, luals) = (reference(), stubs_luau(), stubs_luals());
        for entry in entries() {
            let name = entry.name;
            assert!(entry.doc.len() > 5 && !entry.example.is_empty(), "{name}");
            assert!(page.contains(&format!("### `{name}`")), "{name}");
            let (table, short) = name.split_once('.').unwrap_or(("", name));
            let declared = if table.is_empty() { format!("declare function {short}") } else { format!("\t{short}: ") };
            assert!(luau.contains(&declared), "{name}");
            assert!(luals.contains(&format!("function {name}(")), "{name}");
        }
    }

    #[test]
    fn the_stubs_are_well_formed() {
        let lua = mlua::Lua::new();
        lua.load(stubs_luals()).exec().unwrap();
        // Only a definition file may `declare`; as types the same text has to parse.
        let mut types = String::new();
        for (i, row) in stubs_luau().lines().enumerate() {
            let row = match row.strip_prefix("declare function ") {
                Some(function) => {
                    let (_, signature) = function.split_at(function.find(['(', '<']).unwrap());
                    let (args, returns) = signature.rsplit_once("): ").unwrap();
                    format!("type F{i} = {args}) -> {returns}")
                }
                None => match row.strip_prefix("declare ") {
                    Some(global) => format!("type G{i} = {}", global.split_once(": ").unwrap().1),
                    None => row.to_owned(),
                },
            };
            types.push_str(&row);
            types.push('\n');
        }
        lua.load(&types).into_function().unwrap();
    }

    #[test]
    fn every_type_that_a_stub_names_is_there() {
        let known: Vec<_> = stubs_luau()
            .lines()
            .filter_map(|row| row.strip_prefix("export type "))
            .map(|row| row.split([' ', '<']).next().unwrap().to_owned())
            .collect();
        for row in stubs_luau().lines().filter(|row| !row.trim_start().starts_with("--")) {
            for word in row.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| w.len() > 1) {
                let is_type = word.starts_with(|c: char| c.is_ascii_uppercase()) && !row.contains(&format!("\"{word}"));
                assert!(!is_type || known.iter().any(|k| k == word), "{word} in {row}");
            }
        }
    }
}
