//! Fills `{{secret:NAME}}` in where the grant says so, and knows every secret that an answer might echo.
//! The only file that reads secrets.

use std::collections::{BTreeMap, BTreeSet};

use studio_plugin_sdk::wire::Body;
use url::Url;
use zeroize::Zeroizing;

use super::{allow, error::HttpError, scrub::Secrets};
use crate::{
    effects::Caller,
    model::{SecretSource, SecretString},
};

const OPEN: &str = "{{secret:";
const CLOSE: &str = "}}";
/// Shorter ones would be found in answers by chance.
const SHORTEST: usize = 8;
const LONGEST: usize = 4096;

/// The secrets of one caller, read once a request.
pub(super) struct Keys<'a> {
    pub caller: &'a Caller,
    texts: BTreeMap<&'a str, SecretString>,
}

impl<'a> Keys<'a> {
    /// All that the caller may send anywhere.
    pub fn new(caller: &'a Caller, source: &dyn SecretSource) -> Self {
        let names: BTreeSet<&str> = caller.allowed.secrets.iter().map(|d| d.name.as_str()).collect();
        let texts = names.into_iter().filter(|n| is_name(n)).filter_map(|n| Some((n, source.secret(n)?))).collect();
        Self { caller, texts }
    }

    /// All of them, whatever this request sends: an answer may echo what an earlier one brought.
    pub fn to_scrub(&self) -> Secrets {
        let texts = self.texts.iter().map(|(name, text)| (*name, text.reveal()));
        Secrets::new(texts.filter(|(_, text)| unfit(text).is_none()))
    }

    /// Text with secrets filled in for `url`'s host, and whether there was any.
    pub fn fill(&self, field: &str, template: &str, url: &Url) -> Result<(Zeroizing<String>, bool), HttpError> {
        let mut filled = Zeroizing::new(String::with_capacity(template.len() + 256));
        let mut rest = template;
        while let Some(at) = rest.find(OPEN) {
            let after = &rest[at + OPEN.len()..];
            let name = after.find(CLOSE).map(|end| &after[..end]).filter(|name| is_name(name));
            let name = name.ok_or_else(|| HttpError::Body {
                field: field.into(),
                why: "a secret is written {{secret:NAME}}, its name of letters, digits, `_`, `-` and `.`".into(),
            })?;
            filled.push_str(&rest[..at]);
            filled.push_str(self.secret(name, url)?.reveal());
            rest = &after[name.len() + CLOSE.len()..];
        }
        filled.push_str(rest);
        Ok((filled, rest.len() != template.len()))
    }

    fn secret(&self, name: &str, url: &Url) -> Result<&SecretString, HttpError> {
        let granted = self.caller.allowed.secrets.iter().any(|d| d.name == name && allow::matches(&d.host, url));
        if !granted {
            let host = allow::authority(url);
            return Err(HttpError::SecretGrant { plugin: self.caller.plugin.clone(), name: name.into(), host });
        }
        let text = self.texts.get(name).ok_or_else(|| HttpError::SecretMissing { name: name.into() })?;
        match unfit(text.reveal()) {
            None => Ok(text),
            Some(why) => Err(HttpError::SecretUnfit { name: name.into(), why }),
        }
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

/// Why a secret can't be sent and reliably kept out of answers.
fn unfit(text: &str) -> Option<&'static str> {
    if text.len() < SHORTEST {
        Some("has fewer than 8 characters, too few to be told from other text in answers")
    } else if text.len() > LONGEST {
        Some("has more than 4096 characters")
    } else if !text.bytes().all(|b| matches!(b, 0x20..=0x7e)) {
        Some("holds a line break or another character that can't be sent")
    } else if text.trim() != text {
        Some("begins or ends with a space")
    } else {
        None
    }
}

/// Refuses a placeholder where none is filled in: the guest would send it on as it is.
pub(super) fn none_in(field: &str, text: &str) -> Result<(), HttpError> {
    let found = text.match_indices(OPEN).any(|(at, _)| {
        let after = &text[at + OPEN.len()..];
        after.find(CLOSE).is_some_and(|end| is_name(&after[..end]))
    });
    if found { Err(HttpError::SecretPlace { field: field.into() }) } else { Ok(()) }
}

/// Refuses a placeholder anywhere in a body's text.
pub(super) fn none_in_body(field: &str, body: &Body) -> Result<(), HttpError> {
    match body {
        Body::Text(text) => none_in(field, text),
        Body::Json(value) => none_in(field, &value.to_string()),
        Body::Multipart(parts) => parts.iter().try_for_each(|part| {
            none_in(field, &part.name)?;
            none_in(field, part.file_name.as_deref().unwrap_or_default())?;
            none_in_body(&format!("{field}[{}]", part.name), &part.body)
        }),
        Body::Empty | Body::Base64(_) | Body::Blob(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use studio_plugin_sdk::wire::{Capabilities, SecretDecl};

    use super::*;

    struct Source;

    impl SecretSource for Source {
        fn secret(&self, name: &str) -> Option<SecretString> {
            let text = match name {
                "key" => "sk-0123456789",
                "short" => "1234567",
                "lines" => "sk-0123\r\nX-Evil: 1",
                "space" => "sk-0123456789 ",
                _ => return None,
            };
            Some(SecretString::new(text.into()))
        }
    }

    fn fill(template: &str, url: &str) -> Result<String, String> {
        let decl = |name: &str| SecretDecl { name: name.into(), host: "*.x.com".into(), help: String::new() };
        let secrets = ["key", "short", "lines", "space", "gone"].map(decl).to_vec();
        let allowed = Arc::new(Capabilities { secrets, ..Default::default() });
        let caller = Caller { plugin: "p".into(), node: "n".into(), allowed };
        let keys = Keys::new(&caller, &Source);
        let filled = keys.fill("headers[a]", template, &Url::parse(url).unwrap());
        filled.map(|(text, _)| text.to_string()).map_err(|e| e.code().to_owned())
    }

    #[test]
    fn only_the_named_host_gets_it() {
        let ok = "https://api.x.com/";
        assert_eq!(fill("Bearer {{secret:key}}", ok).unwrap(), "Bearer sk-0123456789");
        assert_eq!(fill("{{secret:key}}{{secret:key}}!", ok).unwrap(), "sk-0123456789sk-0123456789!");
        assert_eq!(fill("plain }} {{ text", ok).unwrap(), "plain }} {{ text");
        for other in ["https://x.com/", "https://api.x.com:8443/", "https://api.x.com.evil.org/", "https://evil.org/"] {
            assert_eq!(fill("{{secret:key}}", other).unwrap_err(), "grant.secret", "{other}");
        }
        assert_eq!(fill("{{secret:undeclared}}", ok).unwrap_err(), "grant.secret");
        assert_eq!(fill("{{secret:gone}}", ok).unwrap_err(), "secret.missing");
        for name in ["short", "lines", "space"] {
            assert_eq!(fill(&format!("{{{{secret:{name}}}}}"), ok).unwrap_err(), "secret.unfit");
        }
        for bad in ["{{secret:key", "{{secret:}}", "{{secret:a b}}", "{{secret:{{secret:key}}}}"] {
            assert_eq!(fill(bad, ok).unwrap_err(), "http.body", "{bad}");
        }
    }

    #[test]
    fn a_body_may_hold_no_placeholder_but_may_speak_of_them() {
        let bad = Body::Json(serde_json::json!({ "a": ["{{secret:key}}"] }));
        assert!(none_in_body("body", &bad).is_err());
        assert!(none_in_body("body", &Body::Text("use {{secret:NAME}}".into())).is_err());
        assert!(none_in_body("body", &Body::Text("use {{secret:…}} or {{secret:".into())).is_ok());
    }
}
