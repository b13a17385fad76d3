//! The allow-list: which rule lets a URL through, and whether its scheme may be used at all. Pure.

use studio_plugin_sdk::wire::NetRule;
use url::{Host, Url};

use super::{address, error::HttpError};
use crate::effects::Caller;

/// A URL that a rule lets through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// `host`, or `host:port` where the port is not the scheme's own; for messages and pauses.
    pub host: String,
    /// Local addresses are allowed.
    pub private: bool,
    /// Most requests a minute, counted together under the rule's host.
    pub per_minute: Option<(String, u32)>,
}

/// Checks scheme, host and written-out address of a URL that is about to be requested.
pub(super) fn check(caller: &Caller, url: &Url) -> Result<Target, HttpError> {
    let host = authority(url);
    if !url.username().is_empty() || url.password().is_some() {
        return Err(HttpError::Url("it holds a user name or password; send them in a header, from a secret".into()));
    }
    let loopback = is_loopback(url);
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        _ => return Err(HttpError::Scheme { host }),
    }
    let rules: Vec<&NetRule> = caller.allowed.net.iter().filter(|r| matches(&r.host, url)).collect();
    if rules.is_empty() {
        return Err(HttpError::Host { plugin: caller.plugin.clone(), host });
    }
    let private = rules.iter().any(|r| r.private);
    let literal = match url.host() {
        Some(Host::Ipv4(v4)) => Some(v4.into()),
        Some(Host::Ipv6(v6)) => Some(v6.into()),
        _ => None,
    };
    // The client never asks its resolver about these.
    let refused = literal.is_some_and(|a| !address::permitted(a, private));
    if refused || (loopback && !private) {
        return Err(HttpError::Address { host });
    }
    let per_minute = rules.iter().filter_map(|r| Some((r.host.clone(), r.per_minute?))).min_by_key(|(_, n)| *n);
    Ok(Target { host, private, per_minute })
}

/// `host`, or `host:port` where the port is not the scheme's own.
pub(super) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Does a rule's host (`api.x.com`, `*.x.com`, either with `:port`) cover the URL's?
pub(super) fn matches(rule: &str, url: &Url) -> bool {
    let Some((name, port)) = split_port(rule) else { return false };
    let same_port = match port {
        Some(port) => url.port_or_known_default() == Some(port),
        None => url.port().is_none(),
    };
    let Some(host) = url.host() else { return false };
    same_port && same_host(name, &host)
}

fn same_host(name: &str, host: &Host<&str>) -> bool {
    if let Some(base) = name.strip_prefix("*.") {
        let (Ok(Host::Domain(base)), Host::Domain(host)) = (Host::parse(base), host) else { return false };
        return host.strip_suffix(&base).and_then(|h| h.strip_suffix('.')).is_some_and(|label| !label.is_empty());
    }
    let bracketed = if name.contains(':') && !name.starts_with('[') { format!("[{name}]") } else { name.to_owned() };
    Host::parse(&bracketed).is_ok_and(|rule| rule == host.to_owned())
}

fn split_port(rule: &str) -> Option<(&str, Option<u16>)> {
    let after_host = if rule.starts_with('[') { rule.find(']')? + 1 } else { rule.find(':').unwrap_or(rule.len()) };
    let (host, rest) = rule.split_at(after_host);
    match rest.strip_prefix(':') {
        None => rest.is_empty().then_some((host, None)),
        // An IPv6 address without brackets.
        Some(more) if more.contains(':') => Some((rule, None)),
        Some(port) => port.parse().ok().map(|port| (host, Some(port))),
    }
}

/// Is it this very box by the way it is written?
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(v4)) => v4.is_loopback(),
        Some(Host::Ipv6(v6)) => v6.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use studio_plugin_sdk::wire::Capabilities;

    use super::*;

    fn caller(rules: &[(&str, bool)]) -> Caller {
        let net = rules.iter().map(|(h, p)| NetRule { host: (*h).into(), private: *p, per_minute: None }).collect();
        let allowed = Arc::new(Capabilities { net, ..Default::default() });
        Caller { plugin: "p".into(), node: "n".into(), allowed }
    }

    #[test]
    fn rules_cover_what_they_say_and_no_more() {
        let table = [
            ("api.x.com", "https://api.x.com/v1", true),
            ("api.x.com", "https://API.X.COM:443/", true),
            ("API.x.com", "https://api.x.com/", true),
            ("api.x.com", "https://api.x.com:8443/", false),
            ("api.x.com:8443", "https://api.x.com:8443/", true),
            ("api.x.com:443", "https://api.x.com/", true),
            ("api.x.com", "https://api.x.com.evil.org/", false),
            ("api.x.com", "https://evilapi.x.com/", false),
            ("api.x.com", "https://x.com/", false),
            ("api.x.com", "https://api.x.com./", false),
            ("*.x.com", "https://a.x.com/", true),
            ("*.x.com", "https://a.b.c.x.com/", true),
            ("*.x.com", "https://x.com/", false),
            ("*.x.com", "https://evilx.com/", false),
            ("*.x.com", "https://a.x.com:8443/", false),
            ("*.x.com:8443", "https://a.x.com:8443/", true),
            ("*.x.com", "https://a.x.com.evil.org/", false),
            ("*", "https://a.x.com/", false),
            ("*.", "https://a.x.com/", false),
            ("", "https://a.x.com/", false),
            ("*.0.0.1", "http://127.0.0.1/", false),
            ("127.0.0.1:80", "http://127.0.0.1/", true),
            ("127.0.0.1", "http://0x7f.1/", true),
            ("[::1]:8188", "http://[::1]:8188/", true),
            ("::1", "http://[::1]/", true),
            ("bücher.example", "https://xn--bcher-kva.example/", true),
            ("api.x.com:x", "https://api.x.com/", false),
            ("api.x.com:", "https://api.x.com/", false),
        ];
        for (rule, url, want) in table {
            assert_eq!(matches(rule, &Url::parse(url).unwrap()), want, "{rule} {url}");
        }
    }

    #[test]
    fn scheme_userinfo_and_literals_are_checked() {
        let rules = [("api.x.com", false), ("10.0.0.1", false), ("localhost:1", true), ("127.0.0.1", false)];
        let code = |url: &str| {
            check(&caller(&rules), &Url::parse(url).unwrap()).map_or_else(|e| e.code().to_owned(), |_| String::new())
        };
        assert_eq!(code("https://api.x.com/"), "");
        assert_eq!(code("http://localhost:1/"), "");
        assert_eq!(code("http://api.x.com/"), "http.scheme");
        assert_eq!(code("ftp://api.x.com/"), "http.scheme");
        assert_eq!(code("file:///etc/passwd"), "http.scheme");
        assert_eq!(code("https://me:pw@api.x.com/"), "http.url");
        assert_eq!(code("https://api.x.com@evil.org/"), "http.url");
        for spelling in ["10.0.0.1", "0xa000001", "012.0.0.1", "167772161", "10.1", "0xa.0.0.0x1"] {
            assert_eq!(code(&format!("https://{spelling}/")), "http.address", "{spelling}");
        }
        for spelling in ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127。0。0。1"] {
            assert_eq!(code(&format!("http://{spelling}/")), "http.address", "{spelling}");
        }
        assert_eq!(code("https://evil.org/"), "grant.host");
        assert_eq!(code("https://[::ffff:10.0.0.1]/"), "grant.host");
    }

    #[test]
    fn the_tightest_limit_of_the_rules_that_match_counts() {
        let mut c = caller(&[]);
        let rule = |host: &str, per_minute| NetRule { host: host.into(), private: false, per_minute };
        let net = vec![rule("a.x.com", Some(100)), rule("*.x.com", Some(10)), rule("b.x.com", Some(1))];
        c.allowed = Arc::new(Capabilities { net, ..Default::default() });
        let target = check(&c, &Url::parse("https://a.x.com/").unwrap()).unwrap();
        assert_eq!(target.per_minute, Some(("*.x.com".into(), 10)));
    }

    proptest! {
        #[test]
        fn a_wildcard_covers_exactly_the_names_below_it(prefix in "[a-z0-9]{0,5}(\\.[a-z0-9]{1,5}){0,2}", dot: bool) {
            let host = format!("{prefix}{}x.com", if dot && !prefix.is_empty() { "." } else { "" });
            if let Ok(url) = Url::parse(&format!("https://{host}/")) {
                let below = host.ends_with(".x.com") && host != ".x.com" && !host.starts_with('.');
                if !host.starts_with('.') {
                    prop_assert_eq!(matches("*.x.com", &url), below);
                }
            }
        }

        #[test]
        fn no_rule_makes_it_panic(rule in ".{0,24}", url in "https?://[a-z0-9.:\\[\\]*-]{1,24}/") {
            if let Ok(url) = Url::parse(&url) {
                matches(&rule, &url);
            }
        }
    }
}
