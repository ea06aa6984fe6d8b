//! Debian's packages: installed where they are missing, without any of their services being started.

use crate::failure::Failure;
use crate::shell::{ask, on_path, run};
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What Debian's package scripts ask before they start a service (deb-systemd-invoke(1)).
const POLICY: &str = "/usr/sbin/policy-rc.d";
/// The answer "101: action forbidden by policy".
const REFUSE: &str = "#!/bin/sh\nexit 101\n";

/// Sees to it that `packages` are installed.
///
/// # Errors
/// Names the command to type where this program may not install, or where that failed.
pub(crate) fn need(packages: &[&str]) -> Result<(), Failure> {
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let remedy = format!("apt-get install {}", missing.join(" "));
    let failure = |what: String| Failure::new(what).with_remedy(format!("on Debian: {remedy}"));
    let is_root = ask(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    if !is_root || !on_path("apt-get") {
        return Err(failure(format!("not installed, and no right to do so: {}", missing.join(", "))));
    }
    println!("installing {}", missing.join(", "));
    install(&missing).map_err(|cause| failure(cause.to_string()))
}

fn is_installed(package: &str) -> bool {
    ask(Command::new("dpkg-query").args(["--show", "--showformat=${Status}", package]))
        .is_some_and(|status| status == "install ok installed")
}

fn install(packages: &[&str]) -> Result<(), Failure> {
    let _policy = NoServices::declare(Path::new(POLICY))
        .map_err(|error| Failure::new(format!("services cannot be kept from starting: {error}")))?;
    let apt = |words: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(["--quiet=2", "--option=DPkg::Lock::Timeout=300"]).args(words);
        run(command.env("DEBIAN_FRONTEND", "noninteractive"))
    };
    let install = [&["install", "--yes", "--no-install-recommends"], packages].concat();
    // the lists of a fresh machine are empty or old
    apt(&install).or_else(|_| apt(&["update"]).and_then(|()| apt(&install)))
}

/// While it lives, no package starts a service. A policy that was there before stays as it is.
struct NoServices {
    /// The policy to take away again.
    ours: Option<PathBuf>,
}

impl NoServices {
    fn declare(path: &Path) -> io::Result<Self> {
        match OpenOptions::new().write(true).create_new(true).mode(0o755).open(path) {
            Ok(mut file) => {
                let policy = Self { ours: Some(path.to_owned()) };
                file.write_all(REFUSE.as_bytes())?;
                // whatever the umask says
                fs::set_permissions(path, Permissions::from_mode(0o755))?;
                Ok(policy)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Self { ours: None }),
            Err(error) => Err(error),
        }
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if let Some(path) = &self.ours {
            // what remains refuses services, which is the lesser evil
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_missing_is_nothing_to_do() {
        assert_eq!(need(&[]), Ok(()));
    }

    #[test]
    fn services_are_refused_while_packages_are_installed() {
        let path = std::env::temp_dir().join(format!("policy-rc.d-{}", std::process::id()));
        let policy = NoServices::declare(&path).unwrap();
        assert_eq!(Command::new(&path).status().unwrap().code(), Some(101));
        drop(NoServices::declare(&path).unwrap());
        assert!(path.exists(), "a policy that was there before stays");
        drop(policy);
        assert!(!path.exists());
    }

    #[test]
    fn a_package_that_does_not_exist_is_not_installed() {
        assert!(!is_installed("no-such-package-at-all"));
    }
}
