//! What happens between fork and exec. The only file with `unsafe` code: raw system calls in the forked child.
//!
//! Everything is made ready by the parent; the child neither allocates nor takes a lock, since another thread
//! of the parent may have held it at the fork.
#![allow(unsafe_code, reason = "code that runs between fork and exec, and system calls that no library wraps")]

use std::{
    io,
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::process::CommandExt,
    },
    process::Command,
};

use super::limits::Resource;

/// What the child does to itself before it becomes the program.
pub(super) struct ChildSetup {
    /// Resource limits, soft and hard alike.
    pub limits: Vec<(Resource, u64)>,
    /// Descriptors beside 0, 1 and 2 that it keeps.
    pub keep: Vec<OwnedFd>,
    /// The `cgroup.procs` file to enrol in.
    pub cgroup: Option<OwnedFd>,
    /// Light confinement, entered last.
    #[cfg(target_os = "linux")]
    pub light: Option<LightSetup>,
}

/// Light confinement, ready to be entered.
#[cfg(target_os = "linux")]
pub(super) struct LightSetup {
    /// The Landlock rules.
    pub ruleset: OwnedFd,
    /// The system calls it is refused.
    pub filter: Vec<libc::sock_filter>,
}

/// Has `command` do all that in its child. Spawn it from a thread that lives as long as the child may:
/// the child is killed when that thread ends.
pub(super) fn install(command: &mut Command, setup: ChildSetup) {
    #[cfg(target_os = "linux")]
    let parent = rustix::process::getpid().as_raw_nonzero().get();
    let enter = move || {
        // SAFETY: each call below takes plain numbers or pointers into `setup`, which lives in this closure.
        unsafe {
            // A session of its own: no terminal, and a group that can be killed as a whole.
            ok(libc::setsid())?;
            libc::umask(0o077);
            #[cfg(target_os = "linux")]
            end_with_parent(parent)?;
            if let Some(cgroup) = &setup.cgroup {
                ok(libc::write(cgroup.as_raw_fd(), b"0".as_ptr().cast(), 1) as libc::c_int)?;
            }
            for (resource, number) in &setup.limits {
                limit(*resource, *number)?;
            }
            close_others_on_exec()?;
            for fd in &setup.keep {
                ok(libc::fcntl(fd.as_raw_fd(), libc::F_SETFD, 0))?;
            }
            #[cfg(target_os = "linux")]
            if let Some(light) = &setup.light {
                enter_light(light)?;
            }
        }
        Ok(())
    };
    // SAFETY: the closure only makes system calls, none of which allocates or locks; errors are made of numbers.
    unsafe { command.pre_exec(enter) };
}

fn ok(result: libc::c_int) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// SAFETY: none needed by the caller; async-signal-safe.
unsafe fn limit(resource: Resource, number: u64) -> io::Result<()> {
    // SAFETY: pointers to locals.
    unsafe {
        let mut now = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        ok(libc::getrlimit(resource, &raw mut now))?;
        // Never above what this process may have: raising needs a privilege.
        let number = (number as libc::rlim_t).min(now.rlim_max);
        ok(libc::setrlimit(resource, &libc::rlimit { rlim_cur: number, rlim_max: number }))
    }
}

/// SAFETY: none needed by the caller; async-signal-safe.
#[cfg(target_os = "linux")]
unsafe fn end_with_parent(parent: libc::pid_t) -> io::Result<()> {
    // SAFETY: plain numbers.
    unsafe {
        ok(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL, 0, 0, 0))?;
        // The parent may have died before that took hold.
        if libc::getppid() != parent {
            libc::_exit(127);
        }
    }
    Ok(())
}

/// SAFETY: none needed by the caller; async-signal-safe.
unsafe fn close_others_on_exec() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    // SAFETY: plain numbers. The pipe by which std reports a failed exec stays usable until the exec.
    unsafe {
        if libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC) == 0 {
            return Ok(());
        }
    }
    // Older kernels and other systems: one by one, as far as descriptors go here.
    // SAFETY: plain numbers; a descriptor that is not open is no error.
    unsafe {
        let mut now = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        ok(libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut now))?;
        for fd in 3..libc::c_int::try_from(now.rlim_cur.min(65_536)).unwrap_or(65_536) {
            libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC);
        }
    }
    Ok(())
}

/// Drops every capability, forbids gaining any, and enters the Landlock and seccomp rules for good.
///
/// SAFETY: none needed by the caller; async-signal-safe.
#[cfg(target_os = "linux")]
unsafe fn enter_light(light: &LightSetup) -> io::Result<()> {
    #[repr(C)]
    struct Header {
        version: u32,
        pid: libc::c_int,
    }
    const VERSION_3: u32 = 0x2008_0522;
    // SAFETY: pointers to locals and into `light`, with the lengths that the kernel expects.
    unsafe {
        if libc::geteuid() == 0 {
            // Without the privilege there is nothing to drop.
            libc::setgroups(0, std::ptr::null());
            for capability in 0..64 {
                libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0);
            }
        }
        let header = Header { version: VERSION_3, pid: 0 };
        let none = [0_u32; 6];
        ok(libc::syscall(libc::SYS_capset, &raw const header, none.as_ptr()) as libc::c_int)?;
        ok(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))?;
        ok(libc::syscall(libc::SYS_landlock_restrict_self, light.ruleset.as_raw_fd(), 0) as libc::c_int)?;
        let program = libc::sock_fprog { len: light.filter.len() as u16, filter: light.filter.as_ptr().cast_mut() };
        ok(libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program, 0, 0))
    }
}

/// Has the calling thread run before all ordinary ones, where it may, or no longer: it must get its turn while
/// a program floods the box with processes. What it starts meanwhile does not inherit that.
#[cfg(target_os = "linux")]
pub(crate) fn hurry(on: bool) {
    let (policy, rank) = if on { (libc::SCHED_FIFO | libc::SCHED_RESET_ON_FORK, 1) } else { (libc::SCHED_OTHER, 0) };
    let rank = libc::sched_param { sched_priority: rank };
    // SAFETY: a pointer to a local; a refusal changes nothing.
    unsafe {
        libc::sched_setscheduler(0, policy, &raw const rank);
    }
}

/// The version of the Landlock interface; 0: there is none.
#[cfg(target_os = "linux")]
pub(super) fn landlock_abi() -> u32 {
    const VERSION: u32 = 1;
    // SAFETY: asks for a number; the pointer may be null then.
    let abi = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, std::ptr::null::<u8>(), 0, VERSION) };
    u32::try_from(abi).unwrap_or(0)
}
