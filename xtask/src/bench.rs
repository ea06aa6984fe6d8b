//! `cargo xtask bench`: how fast the parsers are, beside others and in one run.
//!
//! The program that measures is the crate `benches/syntax`, outside the workspace: what it compares with is no
//! dependency of ours.

use crate::failure::Failure;
use crate::shell::{cargo, run as run_command};
use std::path::Path;
use std::process::Command;

/// Where the crate and what is built of it are.
const CRATE: &str = "benches/syntax";
const TARGET: &str = "target/bench-syntax";

/// Builds the program and runs it with what `arguments` say behind the name of the bench.
///
/// # Errors
/// When the name or a flag is not known, the program cannot be built, or it finds a result that is wrong.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<(), Failure> {
    match arguments.split_first() {
        Some((name, flags)) if name == "syntax" => syntax(root, Flags::read(flags)?),
        _ => Err(Failure::new("which bench? There is `cargo xtask bench syntax`")),
    }
}

/// A short run without the other parsers, for CI: does everything still work, does the crate keep the rules?
///
/// # Errors
/// As [`run`]; and when the crate is not formatted, or clippy or its tests find something.
pub(crate) fn smoke(root: &Path) -> Result<(), Failure> {
    run_command(&mut in_crate(root, &["fmt", "--check"]))?;
    run_command(in_crate(root, &["clippy", "--release", "--all-targets"]).args(["--", "-D", "warnings"]))?;
    run_command(&mut in_crate(root, &["test", "--release", "--quiet", "--lib"]))?;
    syntax(root, Flags { json: false, smoke: true })
}

fn syntax(root: &Path, flags: Flags) -> Result<(), Failure> {
    let mut build = in_crate(root, &["build", "--release", "--quiet"]);
    let mut program = Command::new(root.join(TARGET).join("release/syntax"));
    if flags.smoke {
        program.arg("--smoke");
    } else {
        build.args(["--features", "peers"]);
    }
    if flags.json {
        program.arg("--json");
        // The standard output is for the figures alone.
        ended(&mut build)?;
    } else {
        run_command(&mut build)?;
    }
    ended(&mut program)
}

/// Runs a command without showing it.
fn ended(command: &mut Command) -> Result<(), Failure> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::new(format!("the bench ended with {status}"))),
        Err(error) => Err(Failure::new(format!("the bench could not be started: {error}"))),
    }
}

/// A cargo command in the folder of the crate, with its own target directory.
fn in_crate(root: &Path, words: &[&str]) -> Command {
    let mut command = cargo(&root.join(CRATE));
    command.env("CARGO_TARGET_DIR", root.join(TARGET)).args(words);
    command
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Flags {
    json: bool,
    smoke: bool,
}

impl Flags {
    fn read(words: &[String]) -> Result<Self, Failure> {
        let known = |word: &&String| matches!(word.as_str(), "--json" | "--smoke");
        if let Some(unknown) = words.iter().find(|word| !known(word)) {
            return Err(Failure::new(format!("`{unknown}` is not known here; there are --json and --smoke")));
        }
        let has = |flag: &str| words.iter().any(|word| word == flag);
        Ok(Self { json: has("--json"), smoke: has("--smoke") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_bench_or_flag_is_answered_with_the_known_ones() {
        let failure = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            run(Path::new("."), &words).unwrap_err().to_string()
        };
        assert!(failure(&[]).contains("cargo xtask bench syntax"));
        assert!(failure(&["syntax", "--fast"]).contains("--json and --smoke"));
    }

    #[test]
    fn flags_come_in_any_order() {
        let flags = Flags::read(&["--smoke".to_owned(), "--json".to_owned()]).unwrap();
        assert_eq!(flags, Flags { json: true, smoke: true });
    }
}
