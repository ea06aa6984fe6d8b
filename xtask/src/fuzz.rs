//! `cargo xtask fuzz`: the laws that hold for any bytes, held by libfuzzer, or for a quick run by our own generator.
//!
//! The laws are in the crate `fuzz`, outside the workspace.

use crate::failure::Failure;
use crate::shell::{ask, cargo, forget_package, on_path, run as run_command};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Where the crate and what is built of it are.
const CRATE: &str = "fuzz";
const TARGET: &str = "target/fuzz";

/// The targets of the crate; its own table says what each checks.
const TARGETS: [&str; 11] = [
    "uri",
    "tel",
    "template",
    "message",
    "stream",
    "header",
    "multipart",
    "sipfrag",
    "digest",
    "transactions",
    "user_agent",
];

/// For how long libfuzzer works on a target when nobody says.
const SECONDS: &str = "60";

/// Runs the targets that `arguments` name, or all.
///
/// # Errors
/// When a law is broken, an argument is not known, or libfuzzer is wanted and nightly or cargo-fuzz are not there.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<(), Failure> {
    let wanted = Wanted::read(arguments)?;
    match &wanted.input {
        Some(input) => quick(root, &["--input", input], &wanted.targets),
        None if wanted.smoke => match &wanted.seconds {
            Some(seconds) => quick(root, &["--seconds", seconds], &wanted.targets),
            None => quick(root, &[], &wanted.targets),
        },
        None => libfuzzer(root, &wanted),
    }
}

/// The quick run over all targets, for CI; before it the rules for the crate itself, and the programs for libfuzzer,
/// which any toolchain builds. Only what makes libfuzzer see the code is nightly's, and [`run`] adds that.
///
/// # Errors
/// As [`run`]; and when the crate is not formatted, a program does not build, or clippy or its tests find something.
pub(crate) fn smoke(root: &Path) -> Result<(), Failure> {
    run_command(&mut in_crate(root, &["fmt", "--check"]))?;
    run_command(in_crate(root, &["clippy", "--release", "--all-targets"]).args(["--", "-D", "warnings"]))?;
    run_command(&mut in_crate(root, &["test", "--release", "--quiet", "--lib"]))?;
    run_command(&mut in_crate(root, &["build", "--release", "--bins", "--features", "libfuzzer"]))?;
    quick(root, &[], &[])
}

/// The seeds and what resembles them, on any toolchain.
fn quick(root: &Path, words: &[&str], targets: &[String]) -> Result<(), Failure> {
    run_command(in_crate(root, &["run", "--release", "--quiet", "--"]).args(words).args(targets))
}

/// Each target under libfuzzer, which learns from what the code does with its inputs.
fn libfuzzer(root: &Path, wanted: &Wanted) -> Result<(), Failure> {
    needed(root)?;
    let all = TARGETS.map(str::to_owned);
    let targets = if wanted.targets.is_empty() { &all[..] } else { &wanted.targets };
    let seconds = wanted.seconds.as_deref().unwrap_or(SECONDS);
    for target in targets {
        let corpus = root.join(CRATE).join("corpus").join(target);
        fs::create_dir_all(&corpus)
            .map_err(|error| Failure::new(format!("cannot make the folder {}: {error}", corpus.display())))?;
        let folder = corpus.display().to_string();
        quick(root, &["--seeds", &folder], std::slice::from_ref(target))?;
        let mut command = Command::new("cargo");
        forget_package(&mut command);
        // What `cargo run` sets for the compiler that runs this program.
        for name in ["CARGO", "RUSTUP_TOOLCHAIN"] {
            command.env_remove(name);
        }
        command.current_dir(root.join(CRATE)).env("CARGO_TARGET_DIR", root.join(TARGET));
        command.args(["+nightly", "fuzz", "run", "--fuzz-dir", ".", "--features", "libfuzzer", target, "--"]);
        command.arg(format!("-max_total_time={seconds}")).arg("-print_final_stats=1");
        run_command(&mut command)?;
    }
    Ok(())
}

/// Whether all that libfuzzer needs is there.
fn needed(root: &Path) -> Result<(), Failure> {
    let mut nightly = Command::new("rustup");
    nightly.current_dir(root).args(["run", "nightly", "rustc", "--version"]);
    let quick = "the quick run needs neither: cargo xtask fuzz --smoke";
    if ask(&mut nightly).is_none() {
        return Err(Failure::new("libfuzzer needs a nightly toolchain")
            .with_remedy(format!("rustup toolchain install nightly; {quick}")));
    }
    if !on_path("cargo-fuzz") {
        return Err(Failure::new("cargo-fuzz is not installed")
            .with_remedy(format!("cargo install cargo-fuzz; {quick}")));
    }
    Ok(())
}

/// A cargo command in the folder of the crate, with its own target directory.
fn in_crate(root: &Path, words: &[&str]) -> Command {
    let mut command = cargo(&root.join(CRATE));
    command.env("CARGO_TARGET_DIR", root.join(TARGET)).args(words);
    command
}

/// What the command line asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Wanted {
    targets: Vec<String>,
    seconds: Option<String>,
    input: Option<String>,
    smoke: bool,
}

impl Wanted {
    fn read(arguments: &[String]) -> Result<Self, Failure> {
        let mut wanted = Self::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--smoke" => wanted.smoke = true,
                "--seconds" => wanted.seconds = arguments.next().filter(|text| is_number(text)).cloned(),
                "--input" => wanted.input = arguments.next().cloned(),
                name if TARGETS.contains(&name) => wanted.targets.push(name.to_owned()),
                unknown => return Err(unknown_word(unknown)),
            }
            let without_value = (argument == "--seconds" && wanted.seconds.is_none())
                || (argument == "--input" && wanted.input.is_none());
            if without_value {
                return Err(Failure::new(format!("`{argument}` needs its value behind it")));
            }
        }
        if wanted.input.is_some() && wanted.targets.len() != 1 {
            return Err(Failure::new("`--input FILE` needs the one target that the input is for"));
        }
        Ok(wanted)
    }
}

fn unknown_word(word: &str) -> Failure {
    let targets = TARGETS.join(", ");
    Failure::new(format!("`{word}` is not known here; targets are {targets}"))
        .with_remedy("flags are --smoke, --seconds N and --input FILE")
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    fn wanted(words: &[&str]) -> Result<Wanted, Failure> {
        Wanted::read(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn targets_and_flags_come_in_any_order() {
        let wanted = wanted(&["uri", "--seconds", "5", "--smoke", "stream"]).unwrap();
        assert_eq!(wanted.targets, ["uri", "stream"]);
        assert_eq!((wanted.seconds.as_deref(), wanted.smoke), (Some("5"), true));
    }

    #[test]
    fn what_is_not_known_is_answered_with_what_is() {
        assert!(wanted(&["urn"]).unwrap_err().to_string().contains("uri, tel, template, message, stream"));
        assert!(wanted(&["--seconds", "soon"]).is_err());
        assert!(wanted(&["--input", "x"]).is_err());
    }

    #[test]
    fn every_target_of_the_crate_is_known() {
        let table = workspace::read(&workspace::root().join("fuzz/src/targets.rs")).unwrap();
        assert_eq!(table.matches(" name: \"").count(), TARGETS.len());
        for target in TARGETS {
            assert!(table.contains(&format!(" name: \"{target}\",")), "{target}");
        }
    }
}
