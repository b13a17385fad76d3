//! Full confinement: the arguments of bubblewrap. Pure but for looking at which system folders are there.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use super::{limits::TMPFS_BYTES, prepare::Confined};

/// Where inputs are seen inside.
pub(super) const IN: &str = "/in";
/// Where scratch is seen inside.
pub(super) const OUT: &str = "/out";

/// What is taken away. As root, bubblewrap would otherwise keep every capability in its namespaces, and a
/// read-only bind could be remounted.
const ALWAYS: &[&str] = &[
    "--unshare-all",
    "--unshare-user",
    "--uid",
    "65534",
    "--gid",
    "65534",
    "--cap-drop",
    "ALL",
    "--disable-userns",
    "--new-session",
    "--die-with-parent",
    "--clearenv",
    "--hostname",
    "studio",
];

// Each mount costs, so the fewest that do.
const DEVICES: &[&str] = &["null", "zero", "urandom"];
const LINKS: &[(&str, &str)] = &[
    ("urandom", "/dev/random"),
    ("/tmp", "/dev/shm"),
    ("/proc/self/fd", "/dev/fd"),
    ("/proc/self/fd/0", "/dev/stdin"),
    ("/proc/self/fd/1", "/dev/stdout"),
    ("/proc/self/fd/2", "/dev/stderr"),
];

/// All options of bubblewrap for a program.
pub(super) fn options(confined: &Confined<'_>, new_proc: bool) -> Vec<OsString> {
    let mut options = Options(base(new_proc));
    for path in confined.extra_reads().iter().chain(&confined.roots.reads) {
        options.read_only(path, path);
    }
    for node in &confined.devices.nodes {
        options.words(&["--dev-bind"]);
        options.path(node);
        options.path(node);
    }
    for path in &confined.devices.about {
        options.read_only(path, path);
    }
    for (name, file) in confined.inputs {
        options.read_only(file, &Path::new(IN).join(name));
    }
    if confined.inputs.is_empty() {
        options.words(&["--dir", IN]);
    }
    options.words(&["--bind"]);
    options.path(&confined.scratch.out());
    options.words(&[OUT, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", OUT]);
    for (name, value) in confined.env {
        options.words(&["--setenv", name, value]);
    }
    options.0
}

/// The options that do not depend on the program; what the probe tries.
pub(super) fn base(new_proc: bool) -> Vec<OsString> {
    let mut options = Options(Vec::new());
    options.words(ALWAYS);
    let size = TMPFS_BYTES.to_string();
    options.read_only(Path::new("/usr"), Path::new("/usr"));
    for name in ["bin", "sbin", "lib", "lib32", "lib64", "libx32"] {
        options.system_folder(&Path::new("/").join(name));
    }
    for path in ["/etc/ld.so.cache", "/etc/alternatives"] {
        options.words(&["--ro-bind-try", path, path]);
    }
    if new_proc {
        options.words(&["--proc", "/proc"]);
    } else {
        options.words(&["--size", "65536", "--tmpfs", "/proc"]);
        for path in ["/proc/cpuinfo", "/proc/meminfo"] {
            options.words(&["--ro-bind-try", path, path]);
        }
        options.words(&["--remount-ro", "/proc"]);
    }
    options.words(&["--size", "65536", "--tmpfs", "/dev"]);
    for name in DEVICES {
        let path = format!("/dev/{name}");
        options.words(&["--dev-bind-try", &path, &path]);
    }
    for (to, at) in LINKS {
        options.words(&["--symlink", to, at]);
    }
    options.words(&["--size", &size, "--tmpfs", "/tmp"]);
    options.0
}

struct Options(Vec<OsString>);

impl Options {
    fn words(&mut self, words: &[&str]) {
        self.0.extend(words.iter().map(OsString::from));
    }

    fn path(&mut self, path: &Path) {
        self.0.push(path.as_os_str().to_owned());
    }

    fn read_only(&mut self, from: &Path, to: &Path) {
        self.words(&["--ro-bind"]);
        self.path(from);
        self.path(to);
    }

    /// `/bin` and its like: a link into `/usr` on most systems, a folder on some.
    fn system_folder(&mut self, path: &Path) {
        if let Ok(target) = fs::read_link(path) {
            self.words(&["--symlink"]);
            self.path(&target);
            self.path(path);
        } else if path.is_dir() {
            self.read_only(path, path);
        }
    }
}

/// Options as bubblewrap reads them from a descriptor: each ended by a zero byte.
pub(super) fn joined(options: &[OsString]) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    options.iter().flat_map(|o| [o.as_bytes(), b"\0"].concat()).collect()
}

/// Folders that only code of others (Manim, LaTeX) needs: how text is set. A render never sees the box's fonts.
pub(super) fn typesetting() -> Vec<PathBuf> {
    ["/etc/fonts", "/etc/texmf", "/var/lib/texmf", "/var/cache/fontconfig", "/etc/papersize"]
        .iter()
        .map(PathBuf::from)
        .filter(|p| p.exists())
        .collect()
}
