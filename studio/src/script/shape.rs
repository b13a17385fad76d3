//! The shapes of requests and results, read from the roles' JSON Schemas: what projections, field names and
//! plain values are checked against before anything runs.

use std::{collections::BTreeMap, fmt::Write as _, sync::LazyLock};

use serde_json::Value;
use studio_plugin_sdk::{
    roles::{self, Role},
    timeline::SceneClip,
};

/// What a value looks like.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    /// Anything that JSON holds.
    Any,
    Text,
    Number,
    Integer,
    Bool,
    /// One of these words.
    Choice(Vec<String>),
    List(Box<Shape>),
    /// Names of the maker's choosing.
    Map(Box<Shape>),
    Record(Record),
    OneOf(Vec<Shape>),
}

/// A record with known fields.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Record {
    /// The type's name; empty for an unnamed variant.
    pub name: String,
    pub doc: String,
    pub fields: BTreeMap<String, Field>,
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub shape: Shape,
    pub doc: String,
    pub required: bool,
    /// Results may leave it out.
    pub optional: bool,
}

impl Field {
    /// A field of which only the name is known.
    pub fn any() -> Self {
        Self { shape: Shape::Any, doc: String::new(), required: false, optional: true }
    }
}

/// A role's two shapes.
pub(super) struct RoleShapes {
    pub request: Shape,
    pub response: Shape,
}

static ROLES: LazyLock<BTreeMap<Role, RoleShapes>> = LazyLock::new(|| {
    Role::ALL
        .into_iter()
        .map(|role| {
            let request = Shape::from_schema(&roles::request_schema(role));
            (role, RoleShapes { request, response: Shape::from_schema(&roles::response_schema(role)) })
        })
        .collect()
});

static CLIP: LazyLock<Shape> = LazyLock::new(|| Shape::from_schema(&schemars::schema_for!(SceneClip).into()));

static BRAND: LazyLock<Shape> =
    LazyLock::new(|| Shape::from_schema(&schemars::schema_for!(crate::model::BrandView).into()));

static ANY: Shape = Shape::Any;

/// The shapes of a role.
pub(super) fn of_role(role: Role) -> &'static RoleShapes {
    // Every role is in the table: it is made of `Role::ALL`.
    &ROLES[&role]
}

/// The shape of what `clip` makes.
pub(super) fn of_clip() -> &'static Shape {
    &CLIP
}

/// The shape of what `studio.brand` gives.
pub(super) fn of_brand() -> &'static Shape {
    &BRAND
}

/// The shape of anything.
pub(super) fn any() -> &'static Shape {
    &ANY
}

impl Shape {
    /// The shape that a JSON Schema describes. What it does not understand is [`Shape::Any`].
    fn from_schema(root: &Value) -> Self {
        Reader { defs: &root["$defs"] }.shape(root, 0)
    }

    /// In a word or two, for messages: `text`, `a list of Word`, `Image`.
    pub fn describe(&self) -> String {
        match self {
            Self::Any => "anything".into(),
            Self::Text => "text".into(),
            Self::Number => "a number".into(),
            Self::Integer => "a whole number".into(),
            Self::Bool => "true or false".into(),
            Self::Choice(words) => {
                let mut out = String::from("one of ");
                for (i, word) in words.iter().enumerate() {
                    let _ = write!(out, "{}\"{word}\"", if i > 0 { ", " } else { "" });
                }
                out
            }
            Self::List(item) => format!("a list of {}", item.describe()),
            Self::Map(item) => format!("names with {}", item.describe()),
            Self::Record(record) if record.name.is_empty() => "a record".into(),
            Self::Record(record) => record.name.clone(),
            Self::OneOf(shapes) => shapes.iter().map(Self::describe).collect::<Vec<_>>().join(" or "),
        }
    }

    /// Could a result of this shape stand where `wanted` is asked for?
    pub fn could_be(&self, wanted: &Self) -> bool {
        match (self, wanted) {
            (Self::Any, _)
            | (_, Self::Any)
            | (Self::Text | Self::Choice(_), Self::Text | Self::Choice(_))
            | (Self::Number | Self::Integer, Self::Number | Self::Integer)
            | (Self::Bool, Self::Bool)
            | (Self::Map(_), Self::Map(_) | Self::Record(_))
            | (Self::Record(_), Self::Map(_)) => true,
            (Self::OneOf(shapes), _) => shapes.iter().any(|shape| shape.could_be(wanted)),
            (_, Self::OneOf(shapes)) => shapes.iter().any(|shape| self.could_be(shape)),
            (Self::List(a), Self::List(b)) => a.could_be(b),
            (Self::Record(a), Self::Record(b)) => a.name == b.name,
            _ => false,
        }
    }

    /// The record that this is, if it is one.
    pub fn record(&self) -> Option<&Record> {
        match self {
            Self::Record(record) => Some(record),
            _ => None,
        }
    }

    /// The alternative that a plain list or record would be; `self` where there is no choice.
    pub fn variant(&self, is_list: bool) -> &Self {
        let Self::OneOf(shapes) = self else { return self };
        let mut fitting = shapes.iter().filter(|shape| match shape {
            Self::List(_) => is_list,
            Self::Record(_) | Self::Map(_) => !is_list,
            Self::Any => true,
            _ => false,
        });
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => only,
            _ => any(),
        }
    }
}

/// Schemas nest this deep at most; a type that holds itself ends as anything.
const MAX_DEPTH: u32 = 24;

struct Reader<'a> {
    defs: &'a Value,
}

impl Reader<'_> {
    fn shape(&self, schema: &Value, depth: u32) -> Shape {
        if depth > MAX_DEPTH {
            return Shape::Any;
        }
        if let Some(name) = schema["$ref"].as_str().and_then(|r| r.strip_prefix("#/$defs/")) {
            return match self.shape(&self.defs[name], depth + 1) {
                Shape::Record(record) => Shape::Record(Record { name: name.into(), ..record }),
                other => other,
            };
        }
        if let Some(variants) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
            return self.one_of(variants, depth);
        }
        if let Some(words) = words(std::slice::from_ref(schema)) {
            return Shape::Choice(words);
        }
        match type_of(schema) {
            Some("string") => Shape::Text,
            Some("number") => Shape::Number,
            Some("integer") => Shape::Integer,
            Some("boolean") => Shape::Bool,
            Some("array") => Shape::List(Box::new(self.shape(&schema["items"], depth + 1))),
            Some("object") => self.object(schema, depth),
            _ => Shape::Any,
        }
    }

    fn one_of(&self, variants: &[Value], depth: u32) -> Shape {
        let rest: Vec<Value> = variants.iter().filter(|v| v["type"] != "null").cloned().collect();
        if let Some(words) = words(&rest) {
            return Shape::Choice(words);
        }
        let mut shapes: Vec<_> = rest.iter().map(|v| self.shape(v, depth + 1)).collect();
        if shapes.len() == 1 { shapes.remove(0) } else { Shape::OneOf(shapes) }
    }

    fn object(&self, schema: &Value, depth: u32) -> Shape {
        let Some(properties) = schema["properties"].as_object() else {
            return match &schema["additionalProperties"] {
                item @ Value::Object(_) => Shape::Map(Box::new(self.shape(item, depth + 1))),
                _ => Shape::Any,
            };
        };
        let required: Vec<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let fields = properties
            .iter()
            .map(|(name, field)| {
                let shape = self.shape(field, depth + 1);
                let doc = text(&field["description"]);
                let required = required.contains(&name.as_str());
                (name.clone(), Field { shape, doc, required, optional: is_optional(field) })
            })
            .collect();
        Shape::Record(Record { name: text(&schema["title"]), doc: text(&schema["description"]), fields })
    }
}

/// The words of an enumeration, where all variants are words.
fn words(variants: &[Value]) -> Option<Vec<String>> {
    let mut out = Vec::new();
    for variant in variants {
        if let Some(word) = variant["const"].as_str() {
            out.push(word.to_owned());
        } else {
            for word in variant["enum"].as_array()? {
                out.push(word.as_str()?.to_owned());
            }
        }
    }
    (!out.is_empty()).then_some(out)
}

/// A schema's type, without the null of an optional one.
fn type_of(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::String(name) => Some(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        _ => None,
    }
}

/// May it be null?
fn is_optional(schema: &Value) -> bool {
    let null = |v: &Value| *v == "null" || v["type"] == "null";
    [&schema["type"], &schema["anyOf"], &schema["oneOf"]]
        .iter()
        .any(|v| v.as_array().is_some_and(|v| v.iter().any(null)))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field<'a>(shape: &'a Shape, name: &str) -> &'a Shape {
        &shape.record().unwrap().fields[name].shape
    }

    #[test]
    fn results_have_the_shapes_that_scripts_rely_on() {
        let speech = &of_role(Role::Tts).response;
        let Shape::List(word) = field(speech, "words") else { panic!("words is no list") };
        assert_eq!(word.record().unwrap().name, "Word");
        assert_eq!(field(speech, "seconds"), &Shape::Number);
        let image = &of_role(Role::Image).request;
        assert!(matches!(field(image, "aspect"), Shape::Choice(words) if words.contains(&"9:16".to_owned())));
        assert_eq!(field(image, "text").record().unwrap().name, "CardText");
        assert_eq!(field(&of_role(Role::Llm).response, "data"), &Shape::Any);
        assert!(matches!(field(&of_role(Role::Render).request, "timeline"), Shape::OneOf(v) if v.len() == 2));
        assert!(matches!(field(&of_role(Role::Publish).response, "files"), Shape::Map(_)));
        let tts = &of_role(Role::Tts).request.record().unwrap().fields;
        assert!(tts["text"].required && !tts["voice"].required && !tts["text"].doc.is_empty());
    }

    #[test]
    fn no_result_hides_the_methods_and_no_request_the_options() {
        for role in Role::ALL {
            assert!(!of_role(role).response.record().unwrap().fields.contains_key("get"), "{role}");
            let request = of_role(role).request.record().unwrap();
            for option in ["provider", "id", "label"].into_iter().chain((role == Role::Publish).then_some("to")) {
                assert!(!request.fields.contains_key(option), "{role}.{option}");
            }
        }
    }

    #[test]
    fn results_fit_or_not() {
        let image = &of_role(Role::Image).response;
        assert!(image.could_be(field(of_clip(), "picture")));
        assert!(!image.could_be(field(of_clip(), "narration")));
        assert!(!image.could_be(field(image, "image")));
        assert!(of_role(Role::Render).response.could_be(field(&of_role(Role::Publish).request, "video")));
    }
}
