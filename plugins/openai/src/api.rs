//! Where the service is and how it is asked.

use studio_plugin_sdk::prelude::*;

/// OpenAI's own service.
pub(crate) const OPENAI: &str = "https://api.openai.com/v1";
/// A long answer may take minutes to begin.
const PATIENCE: u64 = 10;

/// The service.
pub(crate) struct Api {
    service: Service,
}

impl Api {
    /// As the settings have it.
    pub(crate) fn of(cx: &Cx) -> Self {
        Self { service: cx.service() }
    }

    /// A request to a path below its address. Sent once: an answer that is lost may have been billed.
    pub(crate) fn post(&self, path: &str) -> HttpRequest {
        let request = post(format!("{}{path}", self.service.url)).timeout(minutes(PATIENCE));
        if self.service.secret.is_empty() { request } else { request.bearer(secret(&self.service.secret)) }
    }

    /// Is it OpenAI itself, and not a server that speaks like it?
    pub(crate) fn is_openai(&self) -> bool {
        self.service.url == OPENAI
    }

    /// What people call it.
    pub(crate) fn name(&self) -> String {
        if self.is_openai() { "OpenAI".into() } else { self.service.url.clone() }
    }

    /// The secret's name; empty: it takes none.
    pub(crate) fn secret(&self) -> &str {
        &self.service.secret
    }
}
