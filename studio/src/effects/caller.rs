//! On whose behalf an effect is performed, and what that one may do.

use std::sync::Arc;

use studio_plugin_sdk::wire::Capabilities;

/// The node that asks for an effect.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Its plugin's id.
    pub plugin: String,
    /// Its slot, for people and logs.
    pub node: String,
    /// Manifest ∧ grant.
    pub allowed: Arc<Capabilities>,
}
