//! Files, TCP, abstract sockets and signals to others, taken away by landlock.

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, LandlockStatus, PathBeneath, PathFd,
    RestrictionStatus, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

use super::{Layer, Profile};

/// The newest interface whose meaning is known here; older kernels give what they have of it.
const KNOWN: ABI = ABI::V6;

/// Locks the files.
pub(super) fn lock(profile: Profile) -> Layer {
    match restrict(profile) {
        Err(error) => Layer::Off(error.to_string()),
        Ok(status) => match (status.ruleset, status.landlock) {
            (RulesetStatus::FullyEnforced, _) => Layer::On,
            (RulesetStatus::PartiallyEnforced, LandlockStatus::Available { effective_abi, .. }) => {
                Layer::Partly(format!("as of its version {}", effective_abi as i32))
            }
            (RulesetStatus::PartiallyEnforced, _) => Layer::Partly("in part".to_owned()),
            (RulesetStatus::NotEnforced, _) => Layer::Off("this kernel has none".to_owned()),
        },
    }
}

fn restrict(profile: Profile) -> Result<RestrictionStatus, RulesetError> {
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(KNOWN))?
        .handle_access(AccessNet::from_all(KNOWN))?
        .scope(Scope::from_all(KNOWN))?
        .create()?;
    for (path, access) in open(profile) {
        // What a machine does not have needs no rule.
        if let Ok(fd) = PathFd::new(path) {
            ruleset = ruleset.add_rule(PathBeneath::new(fd, access))?;
        }
    }
    ruleset.restrict_self()
}

/// The paths that stay open, and for what.
fn open(profile: Profile) -> Vec<(String, landlock::BitFlags<AccessFs>)> {
    match profile {
        Profile::Software => Vec::new(),
        Profile::Gpu => {
            let read = AccessFs::from_read(KNOWN);
            let device = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::IoctlDev;
            let libraries = LIBRARIES.iter().map(|path| ((*path).to_owned(), read));
            let devices = std::fs::read_dir("/dev").into_iter().flatten().flatten();
            let devices = devices.filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let path = format!("/dev/{name}");
                // `nvidia-caps` and `dri` are folders of devices.
                let folder = entry.file_type().ok()?.is_dir();
                is_gpu(&name).then(|| {
                    (
                        path,
                        if folder {
                            device | AccessFs::ReadDir
                        } else {
                            device
                        },
                    )
                })
            });
            libraries.chain(devices).collect()
        }
    }
}

/// Where drivers' libraries lie, and what they read about the machine.
const LIBRARIES: &[&str] = &[
    "/usr/lib",
    "/usr/lib64",
    "/lib",
    "/lib64",
    "/usr/local",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/usr/share/drirc.d",
    "/usr/share/libdrm",
    "/usr/share/nvidia",
    "/proc/driver/nvidia",
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/devices",
    "/proc/modules",
    "/sys/dev/char",
    "/sys/devices",
    "/sys/bus/pci",
    "/sys/class/drm",
    "/sys/module/nvidia",
    "/sys/module/nvidia_uvm",
];

/// Whether an entry of `/dev` is a GPU's.
fn is_gpu(name: &str) -> bool {
    name == "dri" || name.starts_with("nvidia")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_software_worker_has_no_files_and_a_gpu_worker_only_its_devices_to_write() {
        assert!(open(Profile::Software).is_empty());
        let writable = open(Profile::Gpu)
            .into_iter()
            .filter(|(_, access)| access.contains(AccessFs::WriteFile));
        for (path, _) in writable {
            assert!(path.starts_with("/dev/nvidia") || path == "/dev/dri", "{path}");
        }
        assert!(is_gpu("nvidia0") && is_gpu("nvidiactl") && is_gpu("nvidia-uvm") && is_gpu("dri"));
        assert!(!is_gpu("sda") && !is_gpu("mem") && !is_gpu("kvm") && !is_gpu("nvme0"));
    }
}
