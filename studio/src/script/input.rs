//! What a script hands to a stage: Lua values into inputs, checked against the role's request on the way.

use std::collections::BTreeMap;

use mlua::{Table, Value as LuaValue};
use serde_json::Value;

use super::{
    error::{ErrorCode, ScriptError, did_you_mean},
    params::MAX_SAFE,
    port::Input,
    promise::Promise,
    shape::{Record, Shape, any},
    tasks::Task,
};

/// Tables nest this deep at most.
const MAX_DEPTH: usize = 48;

/// Converts one call's argument.
pub(super) struct Reader {
    path: Vec<String>,
    left: usize,
}

impl Reader {
    /// A reader that takes at most `bytes`.
    pub fn new(bytes: usize) -> Self {
        Self { path: Vec::new(), left: bytes }
    }

    /// What is left of the bytes.
    pub fn left(&self) -> usize {
        self.left
    }

    /// `value` as an input of `shape`.
    pub fn read(&mut self, value: &LuaValue, shape: &Shape) -> Result<Input, ScriptError> {
        self.spend(8)?;
        match value {
            LuaValue::Nil => Ok(Input::Value(Value::Null)),
            value if *value == LuaValue::NULL => Ok(Input::Value(Value::Null)),
            LuaValue::Boolean(flag) => self.plain(Value::Bool(*flag), shape),
            LuaValue::Integer(number) => self.plain(Value::from(*number), shape),
            LuaValue::Number(number) => self.number(*number, shape),
            LuaValue::String(text) => {
                self.spend(text.as_bytes().len())?;
                let Ok(text) = text.to_str() else { return Err(self.wrong("is not UTF-8 text")) };
                self.plain(Value::from(&*text), shape)
            }
            LuaValue::Table(table) => self.table(table, shape),
            LuaValue::UserData(data) => {
                if let Ok(promise) = data.borrow::<Promise>() {
                    return self.promise(&promise, shape);
                }
                if data.is::<Task>() {
                    return Err(self.wrong("is a task of studio.async: hand on what its :get() gives"));
                }
                Err(self.wrong("cannot be handed to a stage"))
            }
            other => Err(self.wrong(&format!("is a {}, which cannot be handed on", other.type_name()))),
        }
    }

    fn number(&self, number: f64, shape: &Shape) -> Result<Input, ScriptError> {
        if !number.is_finite() {
            return Err(self.wrong("is not a finite number"));
        }
        if number.fract() == 0.0 && number.abs() <= MAX_SAFE {
            return self.plain(Value::from(number as i64), shape);
        }
        self.plain(Value::from(number), shape)
    }

    fn plain(&self, value: Value, shape: &Shape) -> Result<Input, ScriptError> {
        let fits = match (shape, &value) {
            (Shape::Any, _)
            | (Shape::Text, Value::String(_))
            | (Shape::Number, Value::Number(_))
            | (Shape::Bool, Value::Bool(_)) => true,
            (Shape::Integer, Value::Number(number)) => number.is_i64() || number.is_u64(),
            (Shape::Choice(words), Value::String(word)) => words.contains(word),
            (Shape::OneOf(shapes), _) => shapes.iter().any(|shape| self.plain(value.clone(), shape).is_ok()),
            _ => false,
        };
        if fits {
            return Ok(Input::Value(value));
        }
        let close = match (shape, value.as_str()) {
            (Shape::Choice(words), Some(word)) => did_you_mean(word, words.iter().map(String::as_str)),
            _ => String::new(),
        };
        Err(self.wrong(&format!("must be {}, not {}{close}", shape.describe(), short(&value))))
    }

    fn promise(&self, promise: &Promise, shape: &Shape) -> Result<Input, ScriptError> {
        if promise.shape.could_be(shape) {
            return Ok(Input::Promise { node: promise.node, path: promise.path.clone() });
        }
        let parts = promise.shape.record().map(|r| r.fields.iter()).into_iter().flatten();
        let fitting: Vec<_> = parts
            .filter(|(_, f)| f.shape != Shape::Any && f.shape.could_be(shape))
            .map(|(name, _)| name.as_str())
            .collect();
        let what = format!("must be {}, not {} (a {promise})", shape.describe(), promise.shape.describe());
        let e = self.wrong(&what);
        Err(match fitting.first() {
            Some(field) => e.help(format!("hand on its field: `.{field}`")),
            None => e,
        })
    }

    fn table(&mut self, table: &Table, shape: &Shape) -> Result<Input, ScriptError> {
        if self.path.len() >= MAX_DEPTH {
            return Err(self.wrong(&format!("is nested more than {MAX_DEPTH} deep, or holds itself")));
        }
        let (mut list, mut fields) = (BTreeMap::new(), Vec::new());
        for pair in table.pairs::<LuaValue, LuaValue>() {
            let (key, value) = pair.map_err(|e| self.wrong(&e.to_string()))?;
            self.spend(8)?;
            match key {
                LuaValue::Integer(i) if i >= 1 => drop(list.insert(i, value)),
                LuaValue::String(name) => match name.to_str() {
                    Ok(name) => fields.push((name.to_owned(), value)),
                    Err(_) => return Err(self.wrong("has a name that is not UTF-8 text")),
                },
                other => return Err(self.wrong(&format!("has a {} as a key", other.type_name()))),
            }
        }
        match (list.is_empty(), fields.is_empty()) {
            (false, false) => Err(self.wrong(&format!("mixes a list with names (`{}`)", fields[0].0))),
            (false, true) => self.list(list, shape),
            (true, true) if is_list(table, shape) => self.list(list, shape),
            (true, _) => self.fields(fields, shape),
        }
    }

    fn list(&mut self, items: BTreeMap<i64, LuaValue>, shape: &Shape) -> Result<Input, ScriptError> {
        let item_shape = match shape.variant(true) {
            Shape::List(item) => item,
            Shape::Any => any(),
            other => return Err(self.wrong(&format!("must be {}, not a list", other.describe()))),
        };
        let mut out = Vec::with_capacity(items.len());
        for (wanted, (i, item)) in (1..).zip(items) {
            if i != wanted {
                return Err(self.wrong(&format!("has no element {wanted}, but element {i}")));
            }
            out.push(self.below(format!("[{i}]"), |reader| reader.read(&item, item_shape))?);
        }
        if out.iter().all(|item| matches!(item, Input::Value(_))) {
            let plain = out.into_iter().map(|item| if let Input::Value(v) = item { v } else { Value::Null });
            return Ok(Input::Value(plain.collect()));
        }
        Ok(Input::List(out))
    }

    fn fields(&mut self, fields: Vec<(String, LuaValue)>, shape: &Shape) -> Result<Input, ScriptError> {
        let shape = shape.variant(false);
        let mut out = BTreeMap::new();
        for (name, value) in fields {
            self.spend(name.len())?;
            let shape = match shape {
                Shape::Record(record) => self.field(record, &name)?,
                Shape::Map(item) => item,
                Shape::Any => any(),
                other => return Err(self.wrong(&format!("must be {}, not a record", other.describe()))),
            };
            let value = self.below(name.clone(), |reader| reader.read(&value, shape))?;
            out.insert(name, value);
        }
        if let Shape::Record(record) = shape {
            self.complete(record, &out)?;
        }
        if out.values().all(|value| matches!(value, Input::Value(_))) {
            let plain = out.into_iter().filter_map(|(name, value)| match value {
                Input::Value(value) => Some((name, value)),
                _ => None,
            });
            return Ok(Input::Value(Value::Object(plain.collect())));
        }
        Ok(Input::Map(out))
    }

    fn field<'a>(&self, record: &'a Record, name: &str) -> Result<&'a Shape, ScriptError> {
        if let Some(field) = record.fields.get(name) {
            return Ok(&field.shape);
        }
        Err(unknown_field(record, name).field(self.field_path(Some(name))))
    }

    fn complete(&self, record: &Record, given: &BTreeMap<String, Input>) -> Result<(), ScriptError> {
        match record.fields.iter().find(|(name, field)| field.required && !given.contains_key(*name)) {
            None => Ok(()),
            Some((name, field)) => {
                let message =
                    format!("`{}` is missing: it must be {}", self.field_path(Some(name)), field.shape.describe());
                Err(ScriptError::new(ErrorCode::Input, message)
                    .field(self.field_path(Some(name)))
                    .help(field.doc.clone()))
            }
        }
    }

    fn below<T>(
        &mut self,
        part: String,
        read: impl FnOnce(&mut Self) -> Result<T, ScriptError>,
    ) -> Result<T, ScriptError> {
        self.path.push(part);
        let out = read(self)?;
        self.path.pop();
        Ok(out)
    }

    fn spend(&mut self, bytes: usize) -> Result<(), ScriptError> {
        self.left = self.left.checked_sub(bytes).ok_or_else(|| {
            ScriptError::new(ErrorCode::Limit, "a stage's input is too large")
                .help("hand files on as blobs, not as text")
        })?;
        Ok(())
    }

    fn field_path(&self, last: Option<&str>) -> String {
        let mut out = String::new();
        for part in self.path.iter().map(String::as_str).chain(last) {
            if !out.is_empty() && !part.starts_with('[') {
                out.push('.');
            }
            out.push_str(part);
        }
        out
    }

    fn wrong(&self, what: &str) -> ScriptError {
        let path = self.field_path(None);
        if path.is_empty() {
            return ScriptError::new(ErrorCode::Input, format!("the argument {what}"));
        }
        ScriptError::new(ErrorCode::Input, format!("`{path}` {what}")).field(path)
    }
}

/// The error for a field that a record does not have.
pub(super) fn unknown_field(record: &Record, name: &str) -> ScriptError {
    let names = || record.fields.keys().map(String::as_str);
    let of = if record.name.is_empty() { "it" } else { record.name.as_str() };
    let message = format!("{of} has no field `{name}`{}", did_you_mean(name, names()));
    ScriptError::new(ErrorCode::Input, message)
        .field(name)
        .help(format!("it has {}", names().collect::<Vec<_>>().join(", ")))
}

/// Is an empty table a list?
fn is_list(table: &Table, shape: &Shape) -> bool {
    match shape {
        Shape::List(_) => true,
        Shape::OneOf(shapes) => shapes.iter().any(|shape| matches!(shape, Shape::List(_))),
        Shape::Any => table.metatable().is_some(),
        _ => false,
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 40 { text.chars().take(40).collect::<String>() + "…" } else { text }
}
