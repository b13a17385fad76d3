//! A pipeline's parameters: what is declared, and whether what was given fits.

use std::collections::BTreeMap;

use serde_json::{Number, Value};

use super::error::{ErrorCode, ScriptError, did_you_mean};

/// A parameter that a pipeline declares.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamDecl {
    /// Its name.
    pub name: String,
    /// What it takes.
    pub kind: ParamKind,
    /// Must it be given?
    pub required: bool,
    /// What it is where nothing is given; none: absent.
    pub default: Option<Value>,
    /// What it is for, in a sentence.
    pub help: String,
}

/// What a parameter takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParamKind {
    /// Text.
    Text,
    /// A number.
    Number,
    /// A whole number.
    Integer,
    /// True or false.
    Bool,
    /// One of these words.
    Choice(Vec<String>),
    /// The path of a file, or a blob.
    File,
    /// Paths of files, or blobs; given as text: separated by commas.
    Files,
    /// A list of texts; given as text: separated by commas.
    List,
    /// A voice of the speech provider.
    Voice,
}

impl ParamKind {
    /// Whether its values are files, or lists of them.
    pub fn names_files(&self) -> bool {
        matches!(self, Self::File | Self::Files)
    }

    /// Its name in scripts and in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Bool => "bool",
            Self::Choice(_) => "choice",
            Self::File => "file",
            Self::Files => "files",
            Self::List => "list",
            Self::Voice => "voice",
        }
    }

    fn wants(&self) -> String {
        match self {
            Self::Text => "text".into(),
            Self::Number => "a number".into(),
            Self::Integer => "a whole number".into(),
            Self::Bool => "true or false".into(),
            Self::Choice(words) => format!("one of {}", words.join(", ")),
            Self::File => "the path of a file".into(),
            Self::Files => "paths of files".into(),
            Self::List => "a list of texts".into(),
            Self::Voice => "the name of a voice".into(),
        }
    }

    /// `value` as this kind wants it; none: it does not fit.
    fn coerced(&self, value: &Value) -> Option<Value> {
        let word = value.as_str().map(str::trim);
        match self {
            Self::Text | Self::Voice => value.is_string().then(|| value.clone()),
            Self::File => is_file(value).then(|| value.clone()),
            Self::Files => listed(value).filter(|files| files.iter().all(is_file)).map(Value::Array),
            Self::Number => number(value, word).and_then(Number::from_f64).map(Value::Number).map(whole),
            Self::Integer => {
                number(value, word).and_then(Number::from_f64).map(Value::Number).map(whole).filter(Value::is_i64)
            }
            Self::Bool => match word {
                Some("true" | "yes" | "on" | "1") => Some(Value::Bool(true)),
                Some("false" | "no" | "off" | "0") => Some(Value::Bool(false)),
                _ => value.is_boolean().then(|| value.clone()),
            },
            Self::Choice(words) => word.filter(|word| words.iter().any(|w| w == word)).map(Value::from),
            Self::List => listed(value).filter(|items| items.iter().all(Value::is_string)).map(Value::Array),
        }
    }
}

/// A path or a blob.
fn is_file(value: &Value) -> bool {
    value.as_str().is_some_and(|path| !path.trim().is_empty()) || value["blob"].is_string()
}

/// The items of a list; of a text what stands between its commas. None: it is neither.
pub fn listed(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(items) => Some(items.clone()),
        Value::String(text) => {
            Some(text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Value::from).collect())
        }
        _ => None,
    }
}

fn number(value: &Value, word: Option<&str>) -> Option<f64> {
    value.as_f64().or_else(|| word?.parse().ok()).filter(|n| n.is_finite())
}

/// A number without a fraction as an integer.
fn whole(value: Value) -> Value {
    match value.as_f64() {
        Some(n) if n.fract() == 0.0 && n.abs() <= MAX_SAFE => Value::from(n as i64),
        _ => value,
    }
}

/// Above this, not every whole number is a double.
pub(super) const MAX_SAFE: f64 = 9_007_199_254_740_992.0;

/// What was given, typed, with defaults for what was not. Texts (from `--set`) become what the parameter takes.
///
/// # Errors
/// `script.param` with the field: unknown, missing, or of another type.
pub fn check_params(
    decls: &[ParamDecl],
    mut given: BTreeMap<String, Value>,
) -> Result<BTreeMap<String, Value>, ScriptError> {
    let names = || decls.iter().map(|d| d.name.as_str());
    if let Some(name) = given.keys().find(|name| !names().any(|known| known == name.as_str())) {
        let close = did_you_mean(name, names());
        let known = names().collect::<Vec<_>>().join(", ");
        let known = if known.is_empty() { "it takes none".into() } else { format!("it takes {known}") };
        return Err(refused(name, format!("there is no parameter `{name}`{close}")).help(known));
    }
    let mut out = BTreeMap::new();
    for decl in decls {
        let value = given.remove(&decl.name).filter(|v| !v.is_null());
        let Some(value) = value.or_else(|| decl.default.clone()) else {
            if decl.required {
                return Err(missing(decl));
            }
            continue;
        };
        let Some(typed) = decl.kind.coerced(&value) else {
            return Err(refused(
                &decl.name,
                format!("`{}` must be {}, not {}", decl.name, decl.kind.wants(), shown(&value)),
            ));
        };
        if decl.required && typed.as_str().is_some_and(|text| text.trim().is_empty()) {
            return Err(refused(&decl.name, format!("`{}` is empty", decl.name)).help(decl.help.clone()));
        }
        out.insert(decl.name.clone(), typed);
    }
    Ok(out)
}

fn missing(decl: &ParamDecl) -> ScriptError {
    let how = format!("give it with --set {}=…", decl.name);
    let help = if decl.help.is_empty() { how } else { format!("{how} ({})", decl.help) };
    refused(&decl.name, format!("`{}` is required: {}", decl.name, decl.kind.wants())).help(help)
}

fn refused(name: &str, message: String) -> ScriptError {
    ScriptError::new(ErrorCode::Param, message).field(name)
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 60 { text.chars().take(60).collect::<String>() + "…" } else { text }
}

/// Does a declaration's default fit its own kind? The default as the kind wants it.
pub(super) fn checked_default(kind: &ParamKind, default: &Value) -> Result<Value, String> {
    kind.coerced(default).ok_or_else(|| format!("the default must be {}, not {}", kind.wants(), shown(default)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn decl(name: &str, kind: ParamKind, required: bool, default: Option<Value>) -> ParamDecl {
        ParamDecl { name: name.into(), kind, required, default, help: String::new() }
    }

    fn decls() -> Vec<ParamDecl> {
        vec![
            decl("text", ParamKind::Text, true, None),
            decl("speed", ParamKind::Number, false, Some(json!(1))),
            decl("count", ParamKind::Integer, false, None),
            decl("draft", ParamKind::Bool, false, Some(json!(false))),
            decl("aspect", ParamKind::Choice(vec!["16:9".into(), "9:16".into()]), false, Some(json!("16:9"))),
            decl("tags", ParamKind::List, false, None),
            decl("pictures", ParamKind::Files, false, None),
        ]
    }

    fn given(pairs: &[(&str, Value)]) -> BTreeMap<String, Value> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    #[test]
    fn texts_from_the_command_line_become_what_is_taken() {
        let out = check_params(
            &decls(),
            given(&[
                ("text", json!("hi")),
                ("speed", json!("1.25")),
                ("count", json!("3")),
                ("draft", json!("yes")),
                ("tags", json!("a, b,")),
                ("pictures", json!("a.png, /b.jpg")),
            ]),
        );
        let wanted = json!({"text": "hi", "speed": 1.25, "count": 3, "draft": true, "aspect": "16:9", "tags": ["a", "b"],
                "pictures": ["a.png", "/b.jpg"]});
        assert_eq!(serde_json::to_value(out.unwrap()).unwrap(), wanted);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let refused = |pairs: &[(&str, Value)]| {
            let mut all = given(&[("text", json!("hi"))]);
            all.extend(given(pairs));
            let e = check_params(&decls(), all).unwrap_err();
            assert_eq!(e.code, ErrorCode::Param);
            (e.field.unwrap_or_default(), e.message)
        };
        assert_eq!(refused(&[("aspect", json!("4:3"))]).1, "`aspect` must be one of 16:9, 9:16, not \"4:3\"");
        assert_eq!(refused(&[("count", json!(1.5))]).0, "count");
        assert_eq!(refused(&[("count", json!("NaN"))]).0, "count");
        assert_eq!(refused(&[("speed", json!("inf"))]).0, "speed");
        assert_eq!(refused(&[("speeed", json!(1))]).1, "there is no parameter `speeed`; did you mean `speed`?");
        assert_eq!(refused(&[("text", json!("  "))]).1, "`text` is empty");
        assert_eq!(refused(&[("tags", json!([1]))]).0, "tags");
        assert_eq!(
            refused(&[("pictures", json!(["a.png", " "]))]).1,
            "`pictures` must be paths of files, not [\"a.png\",\" \"]"
        );
        let e = check_params(&decls(), BTreeMap::new()).unwrap_err();
        assert!(e.help.contains("--set text="), "{e:?}");
    }
}
