//! The files by which a confined program reaches a device of the box. What is not there is left out: a program finds
//! then what it finds on a box without that device.

use std::{
    fs,
    path::{Path, PathBuf},
};

use studio_plugin_sdk::wire::Device;

/// Where drivers of graphics cards are asked which card is which; read-only.
const ABOUT_CARDS: &[&str] = &["/sys/dev/char", "/sys/devices", "/sys/class/drm", "/sys/bus/pci"];

/// What a program needs of the box to use its devices.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Devices {
    /// Opened for reading and writing.
    pub nodes: Vec<PathBuf>,
    /// Read.
    pub about: Vec<PathBuf>,
}

impl Devices {
    /// Those of this box.
    pub(crate) fn of(wanted: &[Device]) -> Self {
        Self::below(Path::new("/dev"), wanted)
    }

    fn below(dev: &Path, wanted: &[Device]) -> Self {
        if !wanted.contains(&Device::Gpu) {
            return Self::default();
        }
        // Of Intel and AMD, and for what these compute; NVIDIA's have names of their own.
        let mut nodes: Vec<PathBuf> = ["dri", "kfd"].map(|name| dev.join(name)).into();
        let all = fs::read_dir(dev).into_iter().flatten().flatten();
        let of_nvidia = all.filter(|entry| entry.file_name().to_str().is_some_and(|name| name.starts_with("nvidia")));
        nodes.extend(of_nvidia.map(|entry| entry.path()));
        nodes.retain(|node| node.exists());
        nodes.sort();
        let about = ABOUT_CARDS.iter().map(PathBuf::from).filter(|path| !nodes.is_empty() && path.exists());
        Self { about: about.collect(), nodes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_found_by_their_names_and_only_where_they_are_wanted() {
        let dev = tempfile::tempdir().unwrap();
        let at = |name: &str| dev.path().join(name);
        assert_eq!(Devices::below(dev.path(), &[Device::Gpu]), Devices::default(), "a box without one");
        fs::create_dir(at("dri")).unwrap();
        for name in ["nvidia0", "nvidiactl", "sda", "tty"] {
            fs::write(at(name), "").unwrap();
        }
        assert_eq!(Devices::below(dev.path(), &[Device::Gpu]).nodes, ["dri", "nvidia0", "nvidiactl"].map(at));
        assert_eq!(Devices::below(dev.path(), &[]), Devices::default());
    }
}
