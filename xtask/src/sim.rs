//! `cargo xtask sim`: random calls in random networks in virtual time, judged by what must always hold.

use crate::failure::Failure;
use crate::shell;
use std::path::Path;

/// Runs the simulation of `sip-testbed` in release mode with these arguments.
///
/// # Errors
/// When an invariant does not hold; the seed and the ladder of that history stand on the terminal.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<(), Failure> {
    const KNOWN: [&str; 6] = ["--survival", "--seeds", "--minutes", "--seed", "--from", "--jobs"];
    let words = arguments.iter().filter(|word| word.parse::<u64>().is_err());
    if let Some(unknown) = words.into_iter().find(|word| !KNOWN.contains(&word.as_str())) {
        return Err(
            Failure::new(format!("`sim` does not know `{unknown}`")).with_remedy("cargo xtask sim --help")
        );
    }
    let mut cargo = shell::cargo(root);
    cargo
        .args(["run", "--quiet", "--release", "--package", "sip-testbed", "--no-default-features"])
        .args(["--example", "sim", "--"])
        .args(arguments);
    shell::run(&mut cargo)
}
