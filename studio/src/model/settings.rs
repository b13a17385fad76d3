//! What a person sets in `config.toml`. For plugins: where a service is, which secret it takes, and values that
//! requests have where they name none. It grants nothing: see `grant`. Beside that: budgets, prices,
//! webhooks, and how long things are kept.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use studio_plugin_sdk::{
    roles::Role,
    wire::{Service, ServiceDecl},
};
use url::{Host, Url};

use super::{
    budget::BudgetSettings,
    price::{Price, PriceTable},
    profile::Profile,
    webhook::{self, Webhook},
};

/// Longest address of a service.
const MOST_URL: usize = 500;

/// The whole file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// By plugin.
    pub plugins: BTreeMap<String, PluginSettings>,
    /// By name: laid over the shipped ones.
    pub profiles: BTreeMap<String, Profile>,
    /// Budgets that hold for all projects.
    pub budget: BudgetSettings,
    /// Prices of a person's own.
    pub price: Vec<Price>,
    /// Where to tell of what happens.
    pub webhooks: Vec<Webhook>,
    /// `[chat]`
    pub chat: ChatSettings,
    /// `[log]`
    pub log: LogSettings,
    /// `[store]`
    pub store: StoreSettings,
}

/// `[store]`: how long what nobody needs is kept.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreSettings {
    /// Days until a project that was thrown away is removed for good; 0: never.
    pub trash_days: u32,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self { trash_days: 30 }
    }
}

impl StoreSettings {
    /// When what was thrown away at `removed_ms` goes for good, in milliseconds since 1970; none: never.
    pub fn gone_ms(&self, removed_ms: i64) -> Option<i64> {
        const DAY_MS: i64 = 24 * 3_600_000;
        (self.trash_days > 0).then(|| removed_ms.saturating_add(i64::from(self.trash_days) * DAY_MS))
    }
}

/// `[chat]`: who answers in the chats of projects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChatSettings {
    /// The plugin; none: the first one that can talk and has what it needs.
    pub provider: Option<String>,
    /// The model; none: the plugin's own choice.
    pub model: Option<String>,
}

/// `[log]`: what is written down of what Studio does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSettings {
    /// Commands of a moment write to the log file too; `serve` always does.
    pub file: bool,
}

/// `[plugins.ID]`
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct PluginSettings {
    /// Where its service is; none: where the manifest says.
    #[serde(default)]
    pub url: Option<String>,
    /// The secret for that address; none: none is sent, unless the address is the manifest's.
    #[serde(default)]
    pub secret: Option<String>,
    /// `[plugins.ID.ROLE]`: fields of requests that name none.
    #[serde(flatten)]
    pub roles: BTreeMap<Role, Map<String, Value>>,
}

impl Settings {
    /// Reads the file's text; the error names line and field.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut settings: Self = toml::from_str(text).map_err(|e| e.to_string())?;
        for (id, plugin) in &settings.plugins {
            let service = Service {
                url: plugin.url.clone().unwrap_or_else(|| "https://localhost".into()),
                secret: plugin.secret.clone().unwrap_or_default(),
            };
            check_service(&service).map_err(|why| format!("plugins.{id}.{why}"))?;
        }
        settings.prices()?;
        webhook::complete(&mut settings.webhooks)?;
        Ok(settings)
    }

    /// All prices. The error names the entry to blame.
    pub fn prices(&self) -> Result<PriceTable, String> {
        PriceTable::new(self.price.clone())
    }

    /// What is set for a plugin.
    pub fn of(&self, plugin: &str) -> PluginSettings {
        self.plugins.get(plugin).cloned().unwrap_or_default()
    }
}

impl PluginSettings {
    /// Where these settings put a service; none: where its plugin says. The secret for the plugin's own address goes
    /// to no other, unless these settings name it.
    pub fn service(&self, declared: &ServiceDecl) -> Option<Service> {
        if self.url.is_none() && self.secret.is_none() {
            return None;
        }
        let url = self.url.as_deref().map_or(declared.url.as_str(), |url| url.trim_end_matches('/'));
        let own = if url == declared.url { declared.secret.as_str() } else { "" };
        Some(Service { url: url.to_owned(), secret: self.secret.clone().unwrap_or_else(|| own.to_owned()) })
    }

    /// A request with the settings' values for what it leaves out.
    pub fn fill(&self, role: Role, request: Value) -> Value {
        let (Some(set), Value::Object(mut fields)) = (self.roles.get(&role), request.clone()) else { return request };
        for (name, value) in set {
            if fields.get(name).is_none_or(Value::is_null) {
                fields.insert(name.clone(), value.clone());
            }
        }
        Value::Object(fields)
    }
}

/// Is it an address and a secret that can be asked for? The error begins with the field to blame.
pub fn check_service(service: &Service) -> Result<(), String> {
    let refused = |why: &str| Err(format!("url: {why}"));
    let url = check_address(&service.url).map_err(|why| format!("url: {why}"))?;
    if url.query().is_some() || url.fragment().is_some() || service.url.len() > MOST_URL {
        return refused("ends with its path, without ? and #, within 500 characters");
    }
    if url.host_str().is_some_and(|host| host.contains('*')) {
        return refused("names one host, without *");
    }
    check_secret(&service.secret).map_err(|why| format!("secret: {why}"))
}

/// Is it an address that something may be sent to: encrypted, or on this box, and without a password in it?
pub(super) fn check_address(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "is not an address; write it like http://localhost:8080/v1")?;
    let loopback = match url.host().ok_or("names no host")? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(v4) => v4.is_loopback(),
        Host::Ipv6(v6) => v6.is_loopback(),
    };
    if !(url.scheme() == "https" || (url.scheme() == "http" && loopback)) {
        return Err("must be https; http is for localhost, 127.0.0.0/8 and ::1 alone");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("holds a user name or password; set a secret and name it in `secret`");
    }
    Ok(url)
}

/// Is it a secret's name, or none?
pub(super) fn check_secret(name: &str) -> Result<(), &'static str> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
    if name.len() > 40 || !name.bytes().all(plain) {
        return Err("is a name of at most 40 of a–z, 0–9, - and _, never the secret itself");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn declared() -> ServiceDecl {
        ServiceDecl { url: "https://api.x.com/v1".into(), secret: "x".into(), help: String::new() }
    }

    fn service(toml: &str) -> Option<Service> {
        Settings::parse(&format!("[plugins.x]\n{toml}")).unwrap().of("x").service(&declared())
    }

    #[test]
    fn a_secret_does_not_follow_an_address_by_itself() {
        let at = |url: &str, secret: &str| Some(Service { url: url.into(), secret: secret.into() });
        assert_eq!(service(""), None);
        assert_eq!(service("url = \"http://localhost:8080/v1/\""), at("http://localhost:8080/v1", ""));
        assert_eq!(service("url = \"https://other.com/v1\"\nsecret = \"other\""), at("https://other.com/v1", "other"));
        assert_eq!(service("url = \"https://api.x.com/v1/\""), at("https://api.x.com/v1", "x"));
        assert_eq!(service("secret = \"work\""), at("https://api.x.com/v1", "work"));
        assert_eq!(service("url = \"https://api.x.com.evil.org/v1\""), at("https://api.x.com.evil.org/v1", ""));
    }

    #[test]
    fn requests_get_what_they_leave_out() {
        let text = "[plugins.x.llm]\nmodel = \"m\"\ntemperature = 0.5\n[plugins.x.tts]\nvoice = \"v\"";
        let x = Settings::parse(text).unwrap().of("x");
        assert_eq!(x.fill(Role::Llm, json!({"text": "a"})), json!({"text": "a", "model": "m", "temperature": 0.5}));
        assert_eq!(x.fill(Role::Llm, json!({"model": "n", "temperature": null}))["model"], "n");
        assert_eq!(x.fill(Role::Image, json!({"prompt": "a"})), json!({"prompt": "a"}));
        assert_eq!(x.fill(Role::Tts, json!("nonsense")), json!("nonsense"));
    }

    #[test]
    fn what_cannot_be_asked_for_is_refused() {
        for (toml, says) in [
            ("url = \"http://api.x.com/v1\"", "https"),
            ("url = \"http://192.168.1.5:8080/v1\"", "https"),
            ("url = \"http://localhost.evil.org/v1\"", "https"),
            ("url = \"file:///etc/passwd\"", "host"),
            ("url = \"https://key@api.x.com/v1\"", "password"),
            ("url = \"https://*.x.com/v1\"", "one host"),
            ("url = \"https://api.x.com/v1?key=1\"", "path"),
            ("url = \"localhost:8080\"", "host"),
            ("url = \"\"", "address"),
            ("secret = \"sk-ABCDEF\"", "never the secret itself"),
            ("url = 1", "string"),
            ("modle = { a = 1 }", "modle"),
        ] {
            let error = Settings::parse(&format!("[plugins.x]\n{toml}")).unwrap_err();
            assert!(error.contains(says), "{toml}: {error}");
        }
        assert!(Settings::parse("[log]\nfile = true").unwrap().log.file);
        let store = |text: &str| Settings::parse(text).unwrap().store;
        assert_eq!(store("").gone_ms(5), Some(30 * 86_400_000 + 5));
        assert_eq!(store("[store]\ntrash_days = 1").gone_ms(5), Some(86_400_005));
        assert_eq!(store("[store]\ntrash_days = 0").gone_ms(5), None);
        let chat = Settings::parse("[chat]\nprovider = \"x\"").unwrap().chat;
        assert_eq!((chat.provider.as_deref(), chat.model), (Some("x"), None));
        assert!(Settings::parse("[log]\nfiel = true").unwrap_err().contains("fiel"));
        assert!(Settings::parse("[plugin.x]").unwrap_err().contains("plugin"));
        assert!(Settings::parse("url = ").is_err());
    }
}
