//! Counts of requests, for whoever watches: hosts and classes of status, never paths.

use std::{collections::BTreeSet, sync::Arc};

use parking_lot::Mutex;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
};

/// Hosts that are counted by name; a rule like `*.example.com` could bring any number of them.
const MOST_HOSTS: usize = 64;

/// Where requests went and what came of them.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Asked {
    host: String,
    status: &'static str,
}

/// Counts of an HTTP client; clones count together.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Each request that was sent, also those that were sent again.
    pub requests: Family<Asked, Counter>,
    /// Those that were sent again.
    pub retries: Counter,
    hosts: Arc<Mutex<BTreeSet<String>>>,
}

impl Tally {
    /// A request was sent; none: no status came.
    pub(super) fn sent(&self, host: &str, status: Option<u16>) {
        let status = match status.map(|status| status / 100) {
            Some(1) => "1xx",
            Some(2) => "2xx",
            Some(3) => "3xx",
            Some(4) => "4xx",
            Some(_) => "5xx",
            None => "none",
        };
        self.requests.get_or_create(&Asked { host: self.named(host), status }).inc();
    }

    fn named(&self, host: &str) -> String {
        let mut hosts = self.hosts.lock();
        if !hosts.contains(host) {
            if hosts.len() >= MOST_HOSTS {
                return "other".into();
            }
            hosts.insert(host.to_owned());
        }
        host.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_hosts_makes_few_names() {
        let tally = Tally::default();
        for n in 0..1000 {
            tally.sent(&format!("{n}.example.com"), Some(204));
        }
        tally.sent("0.example.com", None);
        let count = |host: &str, status| tally.requests.get_or_create(&Asked { host: host.into(), status }).get();
        assert_eq!(count("other", "2xx"), 1000 - MOST_HOSTS as u64);
        assert_eq!((count("0.example.com", "2xx"), count("0.example.com", "none")), (1, 1));
        assert_eq!(count("999.example.com", "2xx"), 0);
    }
}
