//! The system calls that a confined program is refused, as a compiled BPF filter.
//!
//! A list of what is denied, since programs are of all kinds; namespaces or Landlock do the main work and this
//! narrows the kernel that is left to attack.

use std::{collections::BTreeMap, sync::LazyLock};

use libc::{c_long, sock_filter};
use seccompiler::{
    SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};

use super::{Level, SandboxError};

/// Denied with "operation not permitted" at every level.
const DENIED: &[c_long] = &[
    // No network: nothing makes or uses an addressed socket; pairs are looked at below.
    libc::SYS_socket,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_migrate_pages,
    libc::SYS_move_pages,
    // The kernel's wider surface.
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_bpf,
    libc::SYS_userfaultfd,
    libc::SYS_perf_event_open,
    libc::SYS_fanotify_init,
    libc::SYS_lookup_dcookie,
    libc::SYS_vhangup,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_nfsservctl,
    libc::SYS_syslog,
    libc::SYS_acct,
    // File systems and namespaces.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    SYS_OPEN_TREE_ATTR,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    // The machine.
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
];

#[cfg(target_arch = "x86_64")]
const DENIED_HERE: &[c_long] = &[
    libc::SYS_iopl,
    libc::SYS_ioperm,
    libc::SYS_modify_ldt,
    libc::SYS_uselib,
    libc::SYS_ustat,
    libc::SYS_sysfs,
    libc::SYS__sysctl,
];
#[cfg(not(target_arch = "x86_64"))]
const DENIED_HERE: &[c_long] = &[];

/// Answered with "no such system call", for which programs have another way: what takes its arguments by
/// pointer (clone3), what goes round this filter (io_uring), and memory that no limit counts.
const ABSENT: &[c_long] = &[
    libc::SYS_clone3,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_memfd_create,
    libc::SYS_memfd_secret,
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_semget,
    libc::SYS_msgget,
    libc::SYS_mq_open,
];

/// Denied where only Landlock guards the file system: it does not look at modes, owners, times and attributes,
/// and a program that leaves its process group would outlive its cancellation.
const DENIED_LIGHT: &[c_long] = &[
    libc::SYS_setsid,
    libc::SYS_setpgid,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    SYS_FCHMODAT2,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    SYS_SETXATTRAT,
    SYS_REMOVEXATTRAT,
    SYS_FILE_SETATTR,
    libc::SYS_truncate,
    libc::SYS_utimensat,
    libc::SYS_inotify_add_watch,
];

// One number on every architecture; too new for the C library's headers.
const SYS_FCHMODAT2: c_long = 452;
const SYS_SETXATTRAT: c_long = 463;
const SYS_REMOVEXATTRAT: c_long = 466;
const SYS_OPEN_TREE_ATTR: c_long = 467;
const SYS_FILE_SETATTR: c_long = 469;

#[cfg(target_arch = "x86_64")]
const DENIED_LIGHT_HERE: &[c_long] =
    &[libc::SYS_chmod, libc::SYS_chown, libc::SYS_lchown, libc::SYS_utime, libc::SYS_utimes, libc::SYS_futimesat];
#[cfg(not(target_arch = "x86_64"))]
const DENIED_LIGHT_HERE: &[c_long] = &[];

/// Typing into a terminal (TIOCSTI, TIOCLINUX); attributes of a file that is open for reading (FS_IOC_SETFLAGS,
/// FS_IOC_FSSETXATTR, FS_IOC_ENABLE_VERITY).
const IOCTLS: [u64; 5] = [0x5412, 0x541c, 0x4008_6602, 0x401c_5820, 0x4080_6685];

const NAMESPACES: &[libc::c_int] = &[
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWNS,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWCGROUP,
];

static FULL: LazyLock<Result<Vec<sock_filter>, String>> = LazyLock::new(|| compile(Level::Full));
static LIGHT: LazyLock<Result<Vec<sock_filter>, String>> = LazyLock::new(|| compile(Level::Light));

/// The filter for a level, compiled once.
pub(super) fn filter(level: Level) -> Result<&'static [sock_filter], SandboxError> {
    let compiled = if level == Level::Light { &LIGHT } else { &FULL };
    compiled.as_deref().map_err(SandboxError::setup)
}

fn compile(level: Level) -> Result<Vec<sock_filter>, String> {
    let mut rules = denied(level).map_err(|e| e.to_string())?;
    for nr in DENIED.iter().chain(DENIED_HERE) {
        rules.insert(*nr, Vec::new());
    }
    if level == Level::Light {
        for nr in DENIED_LIGHT.iter().chain(DENIED_LIGHT_HERE) {
            rules.insert(*nr, Vec::new());
        }
    }
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(|e| e.to_string())?;
    let deny = SeccompAction::Errno(libc::EPERM as u32);
    let compiled: seccompiler::BpfProgram = SeccompFilter::new(rules, SeccompAction::Allow, deny, arch)
        .and_then(TryInto::try_into)
        .map_err(|e: seccompiler::BackendError| e.to_string())?;
    let mut program = absent();
    program.extend(compiled.iter().map(|i| sock_filter { code: i.code, jt: i.jt, jf: i.jf, k: i.k }));
    Ok(program)
}

type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

/// Calls that are denied for some arguments.
fn denied(level: Level) -> Result<Rules, seccompiler::BackendError> {
    use SeccompCmpArgLen::{Dword, Qword};
    use SeccompCmpOp::{Eq, MaskedEq, Ne};
    let when = |arg, len, op, value: u64| SeccompCondition::new(arg, len, op, value);
    let one = |c: SeccompCondition| SeccompRule::new(vec![c]);
    let mut rules = Rules::new();
    let mut pairs = vec![one(when(0, Dword, Ne, libc::AF_UNIX as u64)?)?];
    for datagram in [libc::SOCK_DGRAM, libc::SOCK_RAW] {
        // One end of a datagram pair can be sent from to any address.
        pairs.push(one(when(1, Dword, MaskedEq(0xf), datagram as u64)?)?);
    }
    rules.insert(libc::SYS_socketpair, pairs);
    let mut clones = Vec::new();
    for flag in NAMESPACES {
        clones.push(one(when(0, Qword, MaskedEq(*flag as u64), *flag as u64)?)?);
    }
    rules.insert(libc::SYS_clone, clones);
    let odd = vec![when(0, Dword, Ne, 0)?, when(0, Dword, Ne, 0xffff_ffff)?];
    rules.insert(libc::SYS_personality, vec![SeccompRule::new(odd)?]);
    let ioctls = IOCTLS.map(|request| when(1, Dword, Eq, request).and_then(one));
    rules.insert(libc::SYS_ioctl, ioctls.into_iter().collect::<Result<_, _>>()?);
    if level == Level::Light {
        rules.insert(libc::SYS_prctl, vec![one(when(0, Dword, Eq, libc::PR_SET_PDEATHSIG as u64)?)?]);
        rules.insert(libc::SYS_prlimit64, vec![one(when(0, Dword, Ne, 0)?)?]);
        // Truncating through a read-only open, which Landlock saw only from Linux 6.2 on.
        let mask = (libc::O_TRUNC | libc::O_ACCMODE) as u64;
        let truncating = |arg| when(arg, Dword, MaskedEq(mask), libc::O_TRUNC as u64).and_then(one);
        rules.insert(libc::SYS_openat, vec![truncating(2)?]);
        #[cfg(target_arch = "x86_64")]
        rules.insert(libc::SYS_open, vec![truncating(1)?]);
    }
    Ok(rules)
}

/// The head of the filter: calls that are answered with ENOSYS, and on x86-64 all of the x32 ABI, whose
/// numbers would slip past the list.
fn absent() -> Vec<sock_filter> {
    const LOAD_NR: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    const EQ: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    const GE: u16 = (libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K) as u16;
    const ALWAYS: u16 = (libc::BPF_JMP | libc::BPF_JA) as u16;
    const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    let op = |code, jt, k| sock_filter { code, jt, jf: 0, k };
    let mut tests: Vec<(u16, u32)> = ABSENT.iter().map(|nr| (EQ, *nr as u32)).collect();
    // openat2 hides its flags behind a pointer.
    tests.push((EQ, libc::SYS_openat2 as u32));
    if cfg!(target_arch = "x86_64") {
        tests.push((GE, 0x4000_0000));
    }
    let mut program = vec![op(LOAD_NR, 0, 0)];
    for (i, (code, k)) in tests.iter().enumerate() {
        program.push(op(*code, (tests.len() - i) as u8, *k));
    }
    program.push(op(ALWAYS, 0, 1));
    program.push(op(RETURN, 0, libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32));
    program
}

/// The filter as bubblewrap reads it.
pub(super) fn bytes(program: &[sock_filter]) -> Vec<u8> {
    program.iter().flat_map(|i| [&i.code.to_ne_bytes()[..], &[i.jt, i.jf], &i.k.to_ne_bytes()].concat()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumps_of_the_head_land_on_its_refusal() {
        let head = absent();
        let refusal = head.len() - 1;
        for (at, op) in head.iter().enumerate().filter(|(_, op)| op.jt > 0) {
            assert_eq!(at + 1 + usize::from(op.jt), refusal);
        }
        assert_eq!(head[refusal].k & 0xffff, libc::ENOSYS as u32);
    }

    #[test]
    fn filters_compile_and_fit() {
        for level in [Level::Full, Level::Light] {
            let program = filter(level).unwrap();
            assert!(program.len() < 4096);
            assert_eq!(bytes(program).len(), program.len() * 8);
        }
    }
}
