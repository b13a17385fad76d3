//! Webhooks: where a person wants to be told, of what, and a message on its way there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::settings::{check_address, check_secret};

/// Longest address of a webhook.
const MOST_URL: usize = 2_000;
/// Longest name of a webhook.
const MOST_NAME: usize = 80;

/// What a webhook can tell of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum HookEvent {
    /// A run has ended, however.
    #[serde(rename = "job.completed")]
    JobCompleted,
    /// A run is done, and there are finished files.
    #[serde(rename = "export.ready")]
    ExportReady,
    /// A film was published.
    #[serde(rename = "publish.done")]
    PublishDone,
    /// A result waits for a person.
    #[serde(rename = "review.waiting")]
    ReviewWaiting,
}

impl HookEvent {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::JobCompleted, Self::ExportReady, Self::PublishDone, Self::ReviewWaiting];

    /// Its name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::JobCompleted => "job.completed",
            Self::ExportReady => "export.ready",
            Self::PublishDone => "publish.done",
            Self::ReviewWaiting => "review.waiting",
        }
    }
}

/// `[[webhooks]]` in `config.toml`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// What it is called in lists and commands; none in the file: its host.
    #[serde(default)]
    pub name: String,
    /// Where messages go. Its path and query may hold what only the receiver knows: see [`Self::shown`].
    pub url: String,
    /// Of what it tells; empty: of everything.
    #[serde(default)]
    pub events: Vec<HookEvent>,
    /// The name of the secret that messages are signed with.
    pub secret: String,
}

impl Webhook {
    /// Does it tell of that?
    pub fn wants(&self, event: HookEvent) -> bool {
        self.events.is_empty() || self.events.contains(&event)
    }

    /// Its address for people: without what may be as good as a password.
    pub fn shown(&self) -> String {
        let Ok(url) = Url::parse(&self.url) else { return String::new() };
        let more = if url.path() == "/" && url.query().is_none() { "" } else { "/…" };
        format!("{}{more}", url.origin().ascii_serialization())
    }

    /// Gives it a name where it has none, and checks it. The error begins with the field to blame.
    fn complete(&mut self) -> Result<(), String> {
        let url = check_address(&self.url).map_err(|why| format!("url: {why}"))?;
        if url.fragment().is_some() || self.url.len() > MOST_URL {
            return Err(format!("url: has no #, and at most {MOST_URL} characters"));
        }
        if self.name.is_empty() {
            url.host_str().unwrap_or_default().trim_matches(['[', ']']).clone_into(&mut self.name);
        }
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':');
        if self.name.len() > MOST_NAME || !self.name.bytes().all(plain) {
            return Err(format!("name: is at most {MOST_NAME} letters, digits, dots, colons, - and _"));
        }
        if self.secret.is_empty() {
            return Err("secret: names no secret; set one with `studio secret set NAME`".into());
        }
        check_secret(&self.secret).map_err(|why| format!("secret: {why}"))
    }
}

/// Completes and checks all webhooks of a file. The error names the entry.
pub fn complete(webhooks: &mut [Webhook]) -> Result<(), String> {
    for n in 0..webhooks.len() {
        let named = webhooks[n].name.clone();
        let entry = if named.is_empty() { format!("webhooks[{n}]") } else { format!("webhooks.{named}") };
        webhooks[n].complete().map_err(|why| format!("{entry}.{why}"))?;
        let (before, this) = webhooks.split_at(n);
        if before.iter().any(|other| other.name == this[0].name) {
            return Err(format!("webhooks[{n}].name: another one is called {} already", this[0].name));
        }
    }
    Ok(())
}

/// A message to a webhook, as it is kept until it has arrived.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HookMessage {
    /// `webhook-id`: the same at every try, and of whatever says the same again.
    pub id: String,
    /// The webhook's name.
    pub hook: String,
    /// Of what it tells.
    pub event: HookEvent,
    /// When that happened, in milliseconds since 1970.
    pub at_ms: i64,
    /// What is sent: JSON.
    pub body: String,
}

/// A try that failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HookTry {
    /// Which it was, from 1.
    pub n: u32,
    /// When the next one comes, in milliseconds since 1970; none: there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_ms: Option<i64>,
    /// What went wrong.
    pub why: String,
}

#[cfg(test)]
mod tests {
    use crate::model::Settings;

    fn parsed(toml: &str) -> Result<Settings, String> {
        Settings::parse(toml)
    }

    #[test]
    fn a_webhook_has_its_hosts_name_and_tells_of_everything() {
        let settings = parsed("[[webhooks]]\nurl = \"https://x.example.com/in?key=1\"\nsecret = \"hook\"").unwrap();
        let hook = &settings.webhooks[0];
        assert_eq!((hook.name.as_str(), hook.shown().as_str()), ("x.example.com", "https://x.example.com/…"));
        assert!(super::HookEvent::ALL.iter().all(|event| hook.wants(*event)));
        let some = "[[webhooks]]\nurl = \"http://[::1]:80\"\nsecret = \"h\"\nevents = [\"publish.done\"]";
        let hook = &parsed(some).unwrap().webhooks[0];
        assert_eq!((hook.name.as_str(), hook.shown().as_str()), ("::1", "http://[::1]"));
        assert!(hook.wants(super::HookEvent::PublishDone) && !hook.wants(super::HookEvent::JobCompleted));
    }

    #[test]
    fn names_in_json_are_the_names() {
        for event in super::HookEvent::ALL {
            assert_eq!(serde_json::to_value(event).unwrap(), event.name());
        }
    }

    #[test]
    fn what_cannot_be_is_refused_by_its_entry_and_field() {
        let fine = "[[webhooks]]\nurl = \"https://x.com\"\nsecret = \"h\"\n";
        for (more, says) in [
            ("url = \"http://x.com\"\nsecret = \"h\"", "webhooks[1].url: must be https"),
            ("url = \"http://localhost.evil.org\"\nsecret = \"h\"", "webhooks[1].url: must be https"),
            ("url = \"https://me:pw@x.com\"\nsecret = \"h\"", "password"),
            ("url = \"https://x.com/#a\"\nsecret = \"h\"", "webhooks[1].url: has no #"),
            ("url = \"nowhere\"\nsecret = \"h\"", "webhooks[1].url: is not an address"),
            ("url = \"https://y.com\"\nsecret = \"whsec_MfKQ+\"", "never the secret itself"),
            ("url = \"https://y.com\"\nsecret = \"\"", "webhooks[1].secret: names no secret"),
            ("url = \"https://y.com\"", "secret"),
            ("secret = \"h\"", "url"),
            ("url = \"https://x.com/other\"\nsecret = \"h\"", "webhooks[1].name: another one is called x.com"),
            ("name = \"a b\"\nurl = \"https://y.com\"\nsecret = \"h\"", "webhooks.a b.name"),
            ("url = \"https://y.com\"\nsecret = \"h\"\nevents = [\"job.done\"]", "job.done"),
            ("url = \"https://y.com\"\nsecret = \"h\"\nevent = []", "event"),
        ] {
            let error = parsed(&format!("{fine}[[webhooks]]\n{more}")).unwrap_err();
            assert!(error.contains(says), "{more}: {error}");
            assert!(!error.contains("pw@"), "{error}");
        }
    }
}
