//! A compiler for `wasm32-unknown-unknown`: rustup's target where it is installed, else the packages of Debian, which
//! bring the sources of the standard library to be built along.

use super::TARGET;
use crate::debian;
use crate::failure::Failure;
use crate::shell::{ask, cargo, forget_package};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Debian's packages: compiler, cargo, sources of the standard library, linker.
const PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-22"];
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// How to build for the target on this machine.
pub(crate) enum Toolchain {
    /// The compiler at hand has the target.
    Installed,
    /// Debian's compiler and this linker; the standard library is built too.
    Debian { linker: PathBuf },
}

impl Toolchain {
    /// Looks for a toolchain; installs Debian's packages when it may.
    ///
    /// # Errors
    /// Says what to install.
    pub(crate) fn find(root: &Path) -> Result<Self, Failure> {
        if has_target(root) {
            return Ok(Self::Installed);
        }
        if let Some(debian) = Self::debian() {
            return Ok(debian);
        }
        println!("no compiler for {TARGET} is at hand; Debian has one");
        debian::need(&PACKAGES).map_err(|failure| missing(&failure.to_string()))?;
        Self::debian().ok_or_else(|| missing(&format!("{} are installed and incomplete", PACKAGES.join(" "))))
    }

    /// The cargo of this toolchain, to be given its word and `--target`.
    pub(crate) fn cargo(&self, root: &Path) -> Command {
        match self {
            Self::Installed => cargo(root),
            Self::Debian { linker } => debian_cargo(root, linker),
        }
    }

    fn debian() -> Option<Self> {
        let sysroot = ask(Command::new(DEBIAN_RUSTC).args(["--print", "sysroot"]))?;
        let sources = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/std");
        let complete = Path::new(DEBIAN_CARGO).is_file() && sources.is_dir();
        complete.then(linker).flatten().map(|linker| Self::Debian { linker })
    }
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Installed => write!(f, "the installed target {TARGET}"),
            Self::Debian { linker } => {
                write!(f, "Debian's {DEBIAN_RUSTC}, -Zbuild-std and {}", linker.display())
            }
        }
    }
}

fn debian_cargo(root: &Path, linker: &Path) -> Command {
    let mut command = Command::new(DEBIAN_CARGO);
    forget_package(&mut command);
    // What rustup and `cargo run` set for their own compiler.
    for name in ["CARGO", "RUSTUP_TOOLCHAIN", "LD_LIBRARY_PATH", "RUSTC_WRAPPER", "RUSTFLAGS"] {
        command.env_remove(name);
    }
    let path = std::env::var("PATH").unwrap_or_default();
    command.current_dir(root).arg("-Zbuild-std=std,panic_abort").env("PATH", format!("/usr/bin:{path}"));
    command.env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1");
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
    command
}

/// Whether the compiler that cargo uses here has the target.
fn has_target(root: &Path) -> bool {
    let sysroot = ask(Command::new("rustc").current_dir(root).args(["--print", "sysroot"]));
    sysroot.is_some_and(|sysroot| {
        Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).join("lib").is_dir()
    })
}

/// The `wasm-ld` of the newest LLVM.
fn linker() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let versions = folders.filter_map(|folder| {
        let version: u32 = folder.file_name()?.to_str()?.strip_prefix("llvm-")?.parse().ok()?;
        let linker = folder.join("bin/wasm-ld");
        linker.is_file().then_some((version, linker))
    });
    versions.max().map(|(_, linker)| linker)
}

fn missing(what: &str) -> Failure {
    Failure::new(what).with_remedy(format!("elsewhere: rustup target add {TARGET}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    #[test]
    fn without_a_toolchain_the_other_way_to_get_one_is_named() {
        assert_eq!(
            missing("none").to_string(),
            "none\n  elsewhere: rustup target add wasm32-unknown-unknown"
        );
    }

    #[test]
    fn debian_builds_the_standard_library_with_its_own_compiler() {
        let toolchain = Toolchain::Debian { linker: PathBuf::from("/usr/lib/llvm-22/bin/wasm-ld") };
        let command = toolchain.cargo(Path::new("."));
        assert_eq!(command.get_program(), DEBIAN_CARGO);
        assert_eq!(command.get_args().collect::<Vec<_>>(), ["-Zbuild-std=std,panic_abort"]);
        let rustc = command.get_envs().find(|(name, _)| *name == "RUSTC").and_then(|(_, value)| value);
        assert_eq!(rustc, Some(OsStr::new(DEBIAN_RUSTC)));
    }
}
