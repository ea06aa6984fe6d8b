//! `cargo xtask bench`: how fast the parsers are, beside others and in one run, what a call costs, ten
//! thousand user agents, and a server under attack.
//!
//! The programs that measure are crates below `benches`, outside the workspace: what they compare with or count by is
//! no dependency of ours.

use crate::failure::Failure;
use crate::shell::{cargo, run as run_command};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A crate that measures; its program has the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bench {
    name: &'static str,
    /// The feature that a full run needs, if any.
    feature: Option<&'static str>,
}

const BENCHES: [Bench; 4] = [
    Bench { name: "syntax", feature: Some("peers") },
    Bench { name: "calls", feature: None },
    Bench { name: "load", feature: Some("peers") },
    Bench { name: "hardening", feature: None },
];

/// Builds the program and runs it with what `arguments` say behind the name of the bench.
///
/// # Errors
/// When the name or a flag is not known, the program cannot be built, or it finds a result that is wrong.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<(), Failure> {
    let known = |name: &String| BENCHES.into_iter().find(|bench| bench.name == name);
    match arguments.split_first().and_then(|(name, flags)| Some((known(name)?, flags))) {
        Some((bench, flags)) => bench.run(root, Flags::read(flags)?),
        None => {
            let names = BENCHES.map(|bench| format!("`cargo xtask bench {}`", bench.name)).join(", ");
            Err(Failure::new(format!("which bench? There are {names}")))
        }
    }
}

/// Short runs without other parsers, for CI: does everything still work, do the crates keep the rules?
///
/// # Errors
/// As [`run`]; and when a crate is not formatted, or clippy or its tests find something.
pub(crate) fn smoke(root: &Path) -> Result<(), Failure> {
    for bench in BENCHES {
        run_command(&mut bench.cargo(root, &["fmt", "--check"]))?;
        run_command(
            bench.cargo(root, &["clippy", "--release", "--all-targets"]).args(["--", "-D", "warnings"]),
        )?;
        run_command(&mut bench.cargo(root, &["test", "--release", "--quiet", "--lib"]))?;
        bench.run(root, Flags { json: false, smoke: true })?;
    }
    Ok(())
}

impl Bench {
    fn run(self, root: &Path, flags: Flags) -> Result<(), Failure> {
        let mut build = self.cargo(root, &["build", "--release", "--quiet"]);
        let mut program = Command::new(self.target(root).join("release").join(self.name));
        if flags.smoke {
            program.arg("--smoke");
        } else if let Some(feature) = self.feature {
            build.args(["--features", feature]);
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

    /// A cargo command in the folder of the crate, with its own target directory.
    fn cargo(self, root: &Path, words: &[&str]) -> Command {
        let mut command = cargo(&root.join("benches").join(self.name));
        command.env("CARGO_TARGET_DIR", self.target(root)).args(words);
        command
    }

    fn target(self, root: &Path) -> PathBuf {
        root.join("target").join(format!("bench-{}", self.name))
    }
}

/// Runs a command without showing it.
fn ended(command: &mut Command) -> Result<(), Failure> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::new(format!("the bench ended with {status}"))),
        Err(error) => Err(Failure::new(format!("the bench could not be started: {error}"))),
    }
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
        assert!(failure(&["dance"]).contains("cargo xtask bench calls"));
        assert!(failure(&["dance"]).contains("cargo xtask bench load"));
        assert!(failure(&["syntax", "--fast"]).contains("--json and --smoke"));
    }

    #[test]
    fn flags_come_in_any_order() {
        let flags = Flags::read(&["--smoke".to_owned(), "--json".to_owned()]).unwrap();
        assert_eq!(flags, Flags { json: true, smoke: true });
    }
}
