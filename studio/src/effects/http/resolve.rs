//! Turns names into addresses that may be connected to. The client connects to what this gives and asks nobody
//! else, so a name can't change its address between check and connection.

use std::{fmt, io, net::IpAddr, net::SocketAddr, sync::Arc};

use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address;

/// How names are looked up; the system's way unless a test says otherwise.
pub trait Lookup: Send + Sync {
    /// All addresses of a name.
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The system's resolver.
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.map(|a| a.ip()).collect()) })
    }
}

/// Gives only addresses that the policy permits.
pub(in crate::effects) struct Checked {
    pub lookup: Arc<dyn Lookup>,
    pub private: bool,
}

/// The name has addresses, but none that may be connected to.
#[derive(Debug)]
pub(super) struct AddressRefused;

impl fmt::Display for AddressRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no address that may be connected to")
    }
}

impl std::error::Error for AddressRefused {}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, private) = (Arc::clone(&self.lookup), self.private);
        Box::pin(async move {
            let name = name.as_str().to_owned();
            // Unencrypted http is for this box alone, and "localhost" is what makes it so.
            let loopback = name.eq_ignore_ascii_case("localhost");
            let all = lookup.lookup(name).await?;
            if all.is_empty() {
                return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address").into());
            }
            let usable = |a: &IpAddr| address::permitted(*a, private) && (!loopback || a.is_loopback());
            let usable: Vec<SocketAddr> = all.into_iter().filter(usable).map(|a| SocketAddr::new(a, 0)).collect();
            if usable.is_empty() {
                return Err(AddressRefused.into());
            }
            Ok(Box::new(usable.into_iter()) as Addrs)
        })
    }
}
