//! Connections to hosts. They are set up when first wanted: reading the system's certificates takes as long as all else that
//! Studio does when it starts.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use reqwest::{Certificate, Client, redirect::Policy};
use studio_plugin_sdk::error::StageError;

use super::{HttpOptions, error::HttpError, resolve::Checked};

/// Connections to one host that are kept while nobody uses them: as many as ask it at once beside polls.
const IDLE: usize = 64;

/// Connections to public addresses, and apart from them those that may be local: a pooled connection that one plugin
/// was allowed to open is no way for another around the check.
#[derive(Default)]
pub(super) struct Connections {
    public: OnceLock<Result<Client, StageError>>,
    local: OnceLock<Result<Client, StageError>>,
}

impl Connections {
    /// Those to addresses that may be local (`private`), or to public ones.
    ///
    /// # Errors
    /// `http.setup`: the root certificates can't be read.
    pub fn to(&self, private: bool, options: &HttpOptions) -> Result<&Client, HttpError> {
        let client = if private { &self.local } else { &self.public };
        client.get_or_init(|| build(options, private)).as_ref().map_err(|e| HttpError::Refused(e.clone()))
    }
}

/// No proxy from the environment, no cookies, no redirects of reqwest's own: each would go past our checks.
fn build(options: &HttpOptions, private: bool) -> Result<Client, StageError> {
    let setup = |e: reqwest::Error| StageError::permanent(format!("HTTP can't be set up: {e}")).code("http.setup");
    let roots = options.extra_roots.iter().map(|pem| Certificate::from_pem(pem));
    let roots = roots.collect::<Result<Vec<_>, _>>().map_err(setup)?;
    let resolver = Checked { lookup: Arc::clone(&options.lookup), private };
    Client::builder()
        .user_agent(&options.user_agent)
        .redirect(Policy::none())
        .no_proxy()
        .referer(false)
        .dns_resolver(resolver)
        .tls_certs_merge(roots)
        .connect_timeout(options.connect_timeout)
        // Short, so that a paid request seldom meets a connection that has died unseen.
        .pool_idle_timeout(Duration::from_secs(30))
        // As many as ask one host at once: who asks often opens none anew.
        .pool_max_idle_per_host(IDLE)
        .tcp_keepalive(Duration::from_secs(30))
        .http2_keep_alive_interval(Duration::from_secs(20))
        .http2_keep_alive_timeout(Duration::from_secs(10))
        .http2_adaptive_window(true)
        .build()
        .map_err(setup)
}
