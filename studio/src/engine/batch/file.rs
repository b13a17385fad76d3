//! The items of a batch, from a CSV, JSON or Lua file: one project each.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    engine::open::EngineError,
    script::{self, ScriptSource},
};

/// Most items of one batch.
const MOST_ITEMS: usize = 10_000;
/// Most bytes of a file.
pub const MOST_BYTES: usize = 16 << 20;

/// How a file says its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// A header with the names of params, and a line for each item.
    Csv,
    /// A list of objects.
    Json,
    /// A script that returns a list of tables.
    Lua,
}

/// One item: a project's title and its params.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Item {
    /// The project's title; none: the batch's name and the item's number.
    pub title: Option<String>,
    /// Values of the script's params.
    pub params: BTreeMap<String, Value>,
}

/// Reads a file's text. `title` is the project's title, every other name a param.
pub fn items(format: Format, name: &str, text: &str) -> Result<Vec<Item>, EngineError> {
    if text.len() > MOST_BYTES {
        return Err(invalid("items", format!("over {} MB", MOST_BYTES >> 20)));
    }
    let rows = match format {
        Format::Csv => csv_rows(text)?,
        Format::Json => json_rows(serde_json::from_str(text).map_err(|e| invalid("items", format!("not JSON: {e}")))?)?,
        Format::Lua => json_rows(script::data(&ScriptSource::single(name, text))?)?,
    };
    if rows.is_empty() {
        return Err(invalid("items", "there are no items in it".into()));
    }
    if rows.len() > MOST_ITEMS {
        return Err(invalid("items", format!("{} items; at most {MOST_ITEMS}", rows.len())));
    }
    rows.into_iter().enumerate().map(|(n, row)| item(n, row)).collect()
}

type Row = BTreeMap<String, Value>;

fn csv_rows(text: &str) -> Result<Vec<Row>, EngineError> {
    let mut records = csv_records(text.strip_prefix('\u{feff}').unwrap_or(text))?.into_iter();
    let names: Vec<String> = records.next().unwrap_or_default().iter().map(|name| name.trim().to_owned()).collect();
    if let Some((_, twice)) = names.iter().enumerate().find(|(n, name)| names[..*n].contains(name)) {
        return Err(invalid("items", format!("two columns are called {twice:?}")));
    }
    let row = |(n, cells): (usize, Vec<String>)| {
        if cells.len() != names.len() {
            let message = format!("{} cells, and the header has {}", cells.len(), names.len());
            return Err(invalid(&format!("items[{}]", n + 1), message));
        }
        // An empty cell leaves the param open.
        let cells = names.iter().cloned().zip(cells).filter(|(_, cell)| !cell.is_empty());
        Ok(cells.map(|(name, cell)| (name, Value::from(cell))).collect())
    };
    records.enumerate().map(row).collect()
}

/// The lines of a CSV file (RFC 4180), each as its cells; empty lines are left out.
fn csv_records(text: &str) -> Result<Vec<Vec<String>>, EngineError> {
    let (mut reader, mut input) = (csv_core::Reader::new(), text.as_bytes());
    // No record is longer than the whole, and none has more cells than the whole has bytes.
    let (mut cells, mut ends) = (vec![0; text.len()], vec![0; text.len() + 1]);
    let (mut written, mut ended) = (0, 0);
    let mut records = Vec::new();
    loop {
        let (result, read, wrote, more) = reader.read_record(input, &mut cells[written..], &mut ends[ended..]);
        input = &input[read..];
        (written, ended) = (written + wrote, ended + more);
        match result {
            csv_core::ReadRecordResult::Record => {
                let starts = std::iter::once(0).chain(ends[..ended].iter().copied());
                let cell = |(from, to): (usize, &usize)| String::from_utf8(cells[from..*to].to_vec());
                let record = starts.zip(&ends[..ended]).map(cell).collect::<Result<_, _>>();
                records.push(record.map_err(|_| invalid("items", "not UTF-8".into()))?);
                (written, ended) = (0, 0);
            }
            // The text is whole: what it ends with is a record.
            csv_core::ReadRecordResult::InputEmpty => input = &[],
            csv_core::ReadRecordResult::End => return Ok(records),
            csv_core::ReadRecordResult::OutputFull | csv_core::ReadRecordResult::OutputEndsFull => {
                return Err(invalid("items", "not CSV".into()));
            }
        }
    }
}

fn json_rows(value: Value) -> Result<Vec<Row>, EngineError> {
    let Value::Array(items) = value else {
        return Err(invalid("items", "it is no list; each item is a table of params".into()));
    };
    let row = |(n, item)| match item {
        Value::Object(fields) => Ok(fields.into_iter().filter(|(_, value)| !value.is_null()).collect()),
        _ => Err(invalid(&format!("items[{}]", n + 1), "is no table of params".into())),
    };
    items.into_iter().enumerate().map(row).collect()
}

fn item(n: usize, mut row: Row) -> Result<Item, EngineError> {
    let title = match row.remove("title") {
        None => None,
        Some(Value::String(title)) => Some(title),
        Some(_) => return Err(invalid(&format!("items[{}].title", n + 1), "is no text".into())),
    };
    Ok(Item { title, params: row })
}

fn invalid(field: &str, message: String) -> EngineError {
    EngineError::Invalid { field: field.to_owned(), message }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(format: Format, text: &str) -> Result<Vec<Item>, String> {
        items(format, "batch.lua", text).map_err(|e| e.to_string())
    }

    #[test]
    fn all_three_say_the_same() {
        let expected = vec![
            Item { title: Some("Rice".into()), params: [("text".to_owned(), json!("a, \"b\""))].into() },
            Item { title: None, params: [("text".to_owned(), json!("c"))].into() },
        ];
        let csv = "\u{feff}title, text\nRice,\"a, \"\"b\"\"\"\n,c\n";
        let json = r#"[{"title": "Rice", "text": "a, \"b\""}, {"title": null, "text": "c"}]"#;
        let lua = "local rows = {}\nfor _, t in { 'a, \"b\"', 'c' } do table.insert(rows, { text = t }) end\nrows[1].title = 'Rice'\nreturn rows";
        assert_eq!(read(Format::Csv, csv).unwrap(), expected);
        assert_eq!(read(Format::Json, json).unwrap(), expected);
        assert_eq!(read(Format::Lua, lua).unwrap(), expected);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (format, text, says) in [
            (Format::Csv, "text\n", "no items"),
            (Format::Csv, "text,text\na,b\n", "two columns"),
            (Format::Csv, "text\na,b\n", "items[1]: 2 cells"),
            (Format::Json, "{}", "no list"),
            (Format::Json, "[{}, 1]", "items[2]"),
            (Format::Json, "[{\"title\": 1}]", "items[1].title"),
            (Format::Json, "[", "not JSON"),
            (Format::Lua, "return 1", "no list"),
            (Format::Lua, "return {", "batch.lua"),
            (Format::Lua, "while true do end", ""),
        ] {
            let error = read(format, text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_file_is_too_strange(text in ".{0,200}") {
            let _ = read(Format::Csv, &text);
            let _ = read(Format::Json, &text);
        }
    }
}
