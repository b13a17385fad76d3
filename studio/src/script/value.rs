//! Results as scripts see them: JSON into Lua values. Records of a known shape refuse to be asked for fields they
//! cannot have.

use mlua::{Lua, LuaSerdeExt, Table, Value as LuaValue};
use serde_json::Value;

use super::shape::{Record, Shape, any};

/// Registry name of the prelude's function that makes the metatable of a record.
pub(super) const SEAL: &str = "studio.seal";
/// Registry name of the table of those made so far.
pub(super) const SEALS: &str = "studio.seals";

/// `value` as a Lua value. A null is `nil`, or `studio.null` within a list.
pub(super) fn to_lua(lua: &Lua, value: &Value, shape: &Shape) -> mlua::Result<LuaValue> {
    Ok(match value {
        Value::Null => LuaValue::Nil,
        Value::Bool(flag) => LuaValue::Boolean(*flag),
        Value::Number(number) => LuaValue::Number(number.as_f64().unwrap_or(0.0)),
        Value::String(text) => LuaValue::String(lua.create_string(text)?),
        Value::Array(items) => {
            let item_shape = match shape.variant(true) {
                Shape::List(item) => item,
                _ => any(),
            };
            let list = empty_list(lua, items.len())?;
            for (i, item) in items.iter().enumerate() {
                let item = match item {
                    Value::Null => LuaValue::NULL,
                    item => to_lua(lua, item, item_shape)?,
                };
                list.raw_set(i + 1, item)?;
            }
            LuaValue::Table(list)
        }
        Value::Object(fields) => {
            let shape = shape.variant(false);
            let table = lua.create_table_with_capacity(0, fields.len())?;
            for (name, field) in fields {
                let shape = match shape {
                    Shape::Record(record) => record.fields.get(name).map_or(any(), |f| &f.shape),
                    Shape::Map(item) => item,
                    _ => any(),
                };
                table.raw_set(name.as_str(), to_lua(lua, field, shape)?)?;
            }
            if let Shape::Record(record) = shape {
                seal(lua, &table, record)?;
            }
            LuaValue::Table(table)
        }
    })
}

/// A list without elements that stays a list when it is handed on.
pub(super) fn empty_list(lua: &Lua, capacity: usize) -> mlua::Result<Table> {
    let list = lua.create_table_with_capacity(capacity, 0)?;
    list.set_metatable(Some(lua.array_metatable()))?;
    Ok(list)
}

/// Lists that were left out because they are empty are put in; asking for an unknown field raises.
fn seal(lua: &Lua, table: &Table, record: &Record) -> mlua::Result<()> {
    for (name, field) in &record.fields {
        if matches!(field.shape, Shape::List(_)) && table.raw_get::<LuaValue>(name.as_str())?.is_nil() {
            table.raw_set(name.as_str(), empty_list(lua, 0)?)?;
        }
    }
    if record.name.is_empty() {
        return Ok(());
    }
    let seals: Table = lua.named_registry_value(SEALS)?;
    if let Some(seal) = seals.raw_get::<Option<Table>>(record.name.as_str())? {
        return table.set_metatable(Some(seal));
    }
    let make: mlua::Function = lua.named_registry_value(SEAL)?;
    let known = lua.create_sequence_from(record.fields.keys().map(String::as_str))?;
    let seal: Table = make.call((record.name.as_str(), known))?;
    seals.raw_set(record.name.as_str(), &seal)?;
    table.set_metatable(Some(seal))
}
