//! What a plugin may do: its manifest asks, its grant allows, an action needs both.

use serde::{Deserialize, Serialize};
use studio_plugin_sdk::wire::{Capabilities, Manifest};

use super::ids::Digest;

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
}

/// Manifest ∧ grant: what of the manifest's wishes is allowed. A shipped plugin is granted what it declares.
pub fn allowed(manifest: &Manifest, source: &Source, grants: &[Grant]) -> Capabilities {
    if *source == Source::Shipped {
        return manifest.capabilities.clone();
    }
    let grant = grants.iter().find(|g| g.plugin == manifest.id && g.source == *source);
    grant.map(|g| intersection(&manifest.capabilities, &g.capabilities)).unwrap_or_default()
}

fn intersection(asked: &Capabilities, given: &Capabilities) -> Capabilities {
    Capabilities {
        net: both(&asked.net, &given.net),
        programs: both(&asked.programs, &given.programs),
        secrets: both(&asked.secrets, &given.secrets),
        calls: both(&asked.calls, &given.calls),
        deliver: asked.deliver && given.deliver,
    }
}

fn both<T: Clone + PartialEq>(asked: &[T], given: &[T]) -> Vec<T> {
    asked.iter().filter(|x| given.contains(x)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use studio_plugin_sdk::wire::{Limits, NetRule};

    fn manifest() -> Manifest {
        let rule = |host: &str| NetRule { host: host.into(), private: false, per_minute: None };
        Manifest {
            protocol: 1,
            id: "x".into(),
            version: "1".into(),
            description: String::new(),
            stages: vec![],
            capabilities: Capabilities { net: vec![rule("a.com"), rule("b.com")], deliver: true, ..Default::default() },
            limits: Limits::default(),
        }
    }

    #[test]
    fn an_action_needs_manifest_and_grant() {
        let m = manifest();
        let source = Source::Module(Digest::of(b"wasm"));
        assert_eq!(allowed(&m, &Source::Shipped, &[]), m.capabilities);
        assert_eq!(allowed(&m, &source, &[]), Capabilities::default());
        let mut capabilities = m.capabilities.clone();
        capabilities.net.remove(1);
        capabilities.net.push(NetRule { host: "c.com".into(), private: false, per_minute: None });
        capabilities.deliver = false;
        let grant = Grant { plugin: "x".into(), source: source.clone(), capabilities };
        let got = allowed(&m, &source, std::slice::from_ref(&grant));
        assert_eq!(got.net, m.capabilities.net[..1]);
        assert!(!got.deliver);
        assert_eq!(allowed(&m, &Source::Module(Digest::of(b"other")), &[grant]), Capabilities::default());
    }
}
