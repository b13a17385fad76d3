//! What a plugin may do: its manifest and a person's settings ask, its grant allows, an action needs both.

use serde::{Deserialize, Serialize};
use studio_plugin_sdk::wire::{Capabilities, Manifest, NetRule, SecretDecl, Service};
use url::{Host, Url};

use super::{ids::Digest, money::Money};

/// Where a plugin comes from; a grant holds for one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Embedded in this binary: granted what it declares.
    Shipped,
    /// A third party's module, by its bytes.
    Module(Digest),
}

/// A person's permission for a plugin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    /// The plugin's id.
    pub plugin: String,
    /// Which module it holds for.
    pub source: Source,
    /// What is allowed.
    pub capabilities: Capabilities,
    /// The most that it may spend in a calendar month, in UTC; none: as much as budgets allow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Money>,
}

/// What a plugin asks for, its service made into a host and a secret. `moved` is where a person's settings have put
/// the service: then its own host and secret are not asked for.
pub fn asked(manifest: &Manifest, moved: Option<&Service>) -> Capabilities {
    let mut asked = manifest.capabilities.clone();
    let Some(declared) = asked.service.take() else { return asked };
    let own = Service { url: declared.url, secret: declared.secret };
    let service = moved.unwrap_or(&own);
    let Some((host, private)) = host_of(&service.url) else { return asked };
    if !service.secret.is_empty() {
        asked.secrets.push(SecretDecl { name: service.secret.clone(), host: host.clone(), help: declared.help });
    }
    asked.net.push(NetRule { host, private, per_minute: None });
    asked
}

/// Asked for ∧ granted. A shipped plugin is granted what its manifest asks for; what a person's settings have changed
/// needs a grant all the same.
pub fn allowed(manifest: &Manifest, asked_for: &Capabilities, source: &Source, grants: &[Grant]) -> Capabilities {
    let grant = grants.iter().find(|g| g.plugin == manifest.id && g.source == *source);
    let granted = grant.map(|g| intersection(asked_for, &g.capabilities)).unwrap_or_default();
    if *source != Source::Shipped {
        return granted;
    }
    let mut allowed = intersection(asked_for, &asked(manifest, None));
    join(&mut allowed.net, granted.net);
    join(&mut allowed.secrets, granted.secrets);
    allowed
}

/// `host` or `host:port` as a rule, and whether it is written as an address of this box or its network.
fn host_of(url: &str) -> Option<(String, bool)> {
    let url = Url::parse(url).ok()?;
    let private = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(v4) => v4.is_loopback() || v4.is_private(),
        Host::Ipv6(v6) => v6.is_loopback() || v6.is_unique_local(),
    };
    let host = url.host_str()?;
    Some((url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")), private))
}

fn intersection(asked: &Capabilities, given: &Capabilities) -> Capabilities {
    Capabilities {
        net: both(&asked.net, &given.net),
        programs: both(&asked.programs, &given.programs),
        secrets: both(&asked.secrets, &given.secrets),
        devices: both(&asked.devices, &given.devices),
        service: None,
        calls: both(&asked.calls, &given.calls),
        deliver: asked.deliver && given.deliver,
    }
}

fn both<T: Clone + PartialEq>(asked: &[T], given: &[T]) -> Vec<T> {
    asked.iter().filter(|x| given.contains(x)).cloned().collect()
}

fn join<T: PartialEq>(into: &mut Vec<T>, more: Vec<T>) {
    let fresh: Vec<T> = more.into_iter().filter(|x| !into.contains(x)).collect();
    into.extend(fresh);
}

#[cfg(test)]
mod tests {
    use super::*;
    use studio_plugin_sdk::wire::{Device, Limits, ServiceDecl};

    fn rule(host: &str, private: bool) -> NetRule {
        NetRule { host: host.into(), private, per_minute: None }
    }

    fn manifest(capabilities: Capabilities) -> Manifest {
        Manifest {
            protocol: 1,
            id: "x".into(),
            version: "1".into(),
            description: String::new(),
            stages: vec![],
            capabilities,
            limits: Limits::default(),
        }
    }

    #[test]
    fn an_action_needs_manifest_and_grant() {
        let m = manifest(Capabilities {
            net: vec![rule("a.com", false), rule("b.com", false)],
            devices: vec![Device::Gpu],
            deliver: true,
            ..Default::default()
        });
        let asked = asked(&m, None);
        let source = Source::Module(Digest::of(b"wasm"));
        assert_eq!(allowed(&m, &asked, &Source::Shipped, &[]), m.capabilities);
        assert_eq!(allowed(&m, &asked, &source, &[]), Capabilities::default());
        let mut capabilities = m.capabilities.clone();
        capabilities.net.remove(1);
        capabilities.net.push(rule("c.com", false));
        capabilities.devices.clear();
        capabilities.deliver = false;
        let grant = Grant { plugin: "x".into(), source: source.clone(), capabilities, limit: None };
        let got = allowed(&m, &asked, &source, std::slice::from_ref(&grant));
        assert_eq!(got.net, m.capabilities.net[..1]);
        assert!(!got.deliver && got.devices.is_empty());
        assert_eq!(allowed(&m, &asked, &Source::Module(Digest::of(b"other")), &[grant]), Capabilities::default());
    }

    fn with_service() -> Manifest {
        let service = ServiceDecl { url: "https://api.x.com/v1".into(), secret: "x".into(), help: String::new() };
        manifest(Capabilities { service: Some(service), net: vec![rule("cdn.x.com", false)], ..Default::default() })
    }

    fn at(url: &str, secret: &str) -> Service {
        Service { url: url.into(), secret: secret.into() }
    }

    fn secrets(c: &Capabilities) -> Vec<(&str, &str)> {
        c.secrets.iter().map(|s| (s.name.as_str(), s.host.as_str())).collect()
    }

    #[test]
    fn a_service_is_a_host_and_a_secret() {
        let m = with_service();
        let shipped = allowed(&m, &asked(&m, None), &Source::Shipped, &[]);
        assert_eq!(shipped.net, [rule("cdn.x.com", false), rule("api.x.com", false)]);
        assert_eq!(secrets(&shipped), [("x", "api.x.com")]);
        for (url, host, private) in [
            ("http://localhost:8080/v1", "localhost:8080", true),
            ("http://[::1]:1/v1", "[::1]:1", true),
            ("https://10.0.0.1/v1", "10.0.0.1", true),
            ("https://169.254.169.254/v1", "169.254.169.254", false),
            ("https://localhost.evil.org/v1", "localhost.evil.org", false),
        ] {
            let moved = asked(&m, Some(&at(url, "")));
            assert_eq!(moved.net, [rule("cdn.x.com", false), rule(host, private)]);
            assert_eq!(secrets(&moved), []);
        }
    }

    #[test]
    fn a_moved_service_needs_a_grant_even_of_a_shipped_plugin() {
        let m = with_service();
        let moved = asked(&m, Some(&at("https://evil.org/v1", "x")));
        let nothing_new = allowed(&m, &moved, &Source::Shipped, &[]);
        assert_eq!((nothing_new.net, nothing_new.secrets), (vec![rule("cdn.x.com", false)], vec![]));
        let grant = Grant { plugin: "x".into(), source: Source::Shipped, capabilities: moved.clone(), limit: None };
        let grants = [grant];
        assert_eq!(allowed(&m, &moved, &Source::Shipped, &grants), moved);
        // Not for another port, another secret, another plugin, or a module that is not the shipped one.
        for other in [at("https://evil.org:444/v1", "x"), at("https://evil.org/v1", "bank")] {
            let asked = asked(&m, Some(&other));
            assert_ne!(allowed(&m, &asked, &Source::Shipped, &grants), asked);
        }
        let module = Source::Module(Digest::of(b"wasm"));
        assert_eq!(allowed(&m, &moved, &module, &grants), Capabilities::default());
        let mut other = m.clone();
        other.id = "y".into();
        assert_eq!(secrets(&allowed(&other, &moved, &Source::Shipped, &grants)), []);
        // A grant of yesterday opens nothing that is not asked for today.
        let back = allowed(&m, &asked(&m, None), &Source::Shipped, &grants);
        assert_eq!(secrets(&back), [("x", "api.x.com")]);
    }

    #[test]
    fn another_path_on_a_granted_host_needs_no_new_grant() {
        let m = with_service();
        let moved = asked(&m, Some(&at("https://api.x.com/v2", "x")));
        assert_eq!(allowed(&m, &moved, &Source::Shipped, &[]), moved);
    }
}
