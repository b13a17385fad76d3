//! A promise: what a stage will give, or a part of it. Its metatable is the prelude's.

use std::{fmt, sync::Arc};

use mlua::{Lua, UserData, UserDataFields, Value as LuaValue};
use studio_plugin_sdk::roles::Role;

use super::{
    error::{ErrorCode, ScriptError},
    input::unknown_field,
    port::{NodeHandle, PathPart},
    shape::{Shape, any},
};

/// Registry name of the prelude's table of a promise's metamethods.
pub(super) const META: &str = "studio.promise";
/// What the prelude gives for a promise: `__index` and all that would use it as if it were known.
pub(super) const METAMETHODS: [&str; 19] = [
    "__index",
    "__newindex",
    "__eq",
    "__lt",
    "__le",
    "__len",
    "__concat",
    "__call",
    "__iter",
    "__unm",
    "__add",
    "__sub",
    "__mul",
    "__div",
    "__mod",
    "__pow",
    "__idiv",
    "__tostring",
    "__type",
];

/// Names longer than this are no fields, in bytes.
const MAX_NAME: usize = 200;
/// Projections nest this deep at most.
const MAX_DEPTH: usize = 32;

/// What a stage will give, or a part of it.
#[derive(Clone)]
pub(super) struct Promise {
    pub node: NodeHandle,
    pub role: Role,
    /// The scope, for people; may be empty.
    pub scope: Arc<str>,
    pub path: Vec<PathPart>,
    pub shape: &'static Shape,
}

impl Promise {
    /// The stage, for people: `tts (scene-1)`.
    pub fn stage(&self) -> String {
        if self.scope.is_empty() { self.role.to_string() } else { format!("{} ({})", self.role, self.scope) }
    }

    /// The part at `key`.
    pub fn part(&self, key: &LuaValue) -> Result<Self, ScriptError> {
        if self.path.len() >= MAX_DEPTH {
            return Err(ScriptError::new(ErrorCode::Limit, "a promise is indexed too deep"));
        }
        let (part, shape) = match (key, self.shape.variant(!matches!(key, LuaValue::String(_)))) {
            (LuaValue::String(name), shape) => {
                let name = name.to_string_lossy();
                (PathPart::Field(name.clone()), self.field(&name, shape)?)
            }
            (LuaValue::Integer(i), Shape::List(item)) if *i >= 1 => (index(*i), &**item),
            (LuaValue::Integer(i), Shape::Any) if *i >= 1 => (index(*i), any()),
            (LuaValue::Integer(_), Shape::List(_) | Shape::Any) => {
                return Err(ScriptError::new(ErrorCode::Promise, "lists begin at 1"));
            }
            (_, shape) => {
                let message = format!("{self} is {} and has no element of that kind", shape.describe());
                return Err(ScriptError::new(ErrorCode::Promise, message));
            }
        };
        let mut path = self.path.clone();
        path.push(part);
        Ok(Self { path, shape, ..self.clone() })
    }

    fn field(&self, name: &str, shape: &'static Shape) -> Result<&'static Shape, ScriptError> {
        if name.len() > MAX_NAME {
            return Err(ScriptError::new(ErrorCode::Limit, "a field's name is too long"));
        }
        match shape {
            Shape::Record(record) => match record.fields.get(name) {
                Some(field) => Ok(&field.shape),
                None => Err(unknown_field(record, name)),
            },
            Shape::Map(item) => Ok(item),
            Shape::Any => Ok(any()),
            other => {
                let message = format!("{self} is {}: it has no field `{name}`", other.describe());
                Err(ScriptError::new(ErrorCode::Promise, message).field(name))
            }
        }
    }
}

fn index(i: i64) -> PathPart {
    PathPart::Index(usize::try_from(i - 1).unwrap_or(usize::MAX))
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "promise of {}", self.role)?;
        for part in &self.path {
            match part {
                PathPart::Field(name) => write!(f, ".{name}")?,
                PathPart::Index(index) => write!(f, "[{}]", index + 1)?,
            }
        }
        if self.scope.is_empty() { Ok(()) } else { write!(f, " ({})", self.scope) }
    }
}

impl UserData for Promise {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        for name in METAMETHODS {
            fields.add_meta_field_with(name, move |lua: &Lua| {
                lua.named_registry_value::<mlua::Table>(META)?.raw_get::<LuaValue>(name)
            });
        }
    }
}
