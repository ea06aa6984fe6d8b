//! `cargo xtask demo`: registration, a message and a call between two user agents, shown as a ladder.

use crate::failure::Failure;
use crate::shell;
use std::path::Path;

/// Runs the demo; the terminal is the only face it has, with and without `--headless`.
///
/// # Errors
/// When a step of it does not come about.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<(), Failure> {
    const KNOWN: [&str; 2] = ["--headless", "--messages"];
    if let Some(unknown) = arguments.iter().find(|argument| !KNOWN.contains(&argument.as_str())) {
        return Err(
            Failure::new(format!("`demo` does not know `{unknown}`")).with_remedy("cargo xtask demo --help")
        );
    }
    let mut cargo = shell::cargo(root);
    cargo.args(["run", "--quiet", "--package", "sip-cli", "--example", "demo", "--"]).args(arguments);
    shell::run(&mut cargo)
}
