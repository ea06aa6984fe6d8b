//! The command `wasm-bindgen`, which makes of a module and its notes what a page can load. Its version has to be that of
//! the crate `wasm-bindgen` which wrote the notes.

use crate::failure::Failure;
use crate::shell::{ask, cargo, run};
use crate::workspace::read;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The tools that only this workspace uses, in its build directory.
const TOOLS: &str = "target/tools";

/// The command in the right version, installed where it is missing.
///
/// # Errors
/// Says what to install when that fails.
pub(super) fn command(root: &Path) -> Result<Command, Failure> {
    let lock = read(&root.join("Cargo.lock"))?;
    let version = locked(&lock).ok_or_else(|| Failure::new("Cargo.lock has no wasm-bindgen"))?;
    let ours = root.join(TOOLS).join("bin/wasm-bindgen");
    let at_hand = || [ours.clone(), PathBuf::from("wasm-bindgen")].into_iter().find(|path| is(path, version));
    if let Some(found) = at_hand() {
        return Ok(Command::new(found));
    }
    println!("installing wasm-bindgen {version} takes some minutes, once");
    let package = format!("wasm-bindgen-cli@{version}");
    let install = |locked: &[&str]| {
        run(cargo(root).args(["install", "--quiet", "--root", TOOLS]).args(locked).arg(&package))
    };
    // a registry may not have all that the package was made with
    install(&["--locked"]).or_else(|_| install(&[])).map_err(|failure| {
        Failure::new(failure.to_string()).with_remedy(format!("cargo install {package}"))
    })?;
    at_hand()
        .map(Command::new)
        .ok_or_else(|| Failure::new(format!("{package} is installed and does not run")))
}

fn is(program: &Path, version: &str) -> bool {
    let said = ask(Command::new(program).arg("--version"));
    said.is_some_and(|said| said.trim() == format!("wasm-bindgen {version}"))
}

/// The version of the crate in a `Cargo.lock`.
fn locked(lock: &str) -> Option<&str> {
    let (_, package) = lock.split_once("name = \"wasm-bindgen\"\nversion = \"")?;
    package.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_the_crate() {
        let lock = "[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.1\"\n\n[[package]]\nname = \
                    \"wasm-bindgen-futures\"\nversion = \"0.4.1\"\n";
        assert_eq!(locked(lock), Some("0.2.1"));
        assert_eq!(locked("[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.1\"\n"), None);
    }

    #[test]
    fn a_program_that_is_not_there_has_no_version() {
        assert!(!is(Path::new("no-such-program-at-all"), "0.2.1"));
    }
}
