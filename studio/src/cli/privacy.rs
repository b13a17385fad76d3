//! What this process holds in memory stays there.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// No core is written of this process, however it ends: keys may be in its memory. Nor may another program of the
/// user look into it. Programs that it starts write none either, but are as open as they like.
pub fn no_cores() {
    let hard = getrlimit(Resource::Core).maximum;
    // What goes to a program that collects cores is not bound by the limit, only by the second.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: hard });
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}
