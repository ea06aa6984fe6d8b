//! Other programs: cargo with a clean environment, each command shown before it runs.

use crate::failure::Failure;
use std::env;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

/// A `cargo` command in `directory`, as a person would start it there.
pub(crate) fn cargo(directory: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    forget_package(&mut command);
    command.current_dir(directory);
    command
}

/// Takes the description of the package that `cargo run` runs (`CARGO_PKG_NAME`, …) out of the environment.
///
/// Build scripts that look at these variables would else run again whenever cargo is started by hand in between.
pub(crate) fn forget_package(command: &mut Command) {
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(describes_this_package) {
            command.env_remove(name);
        }
    }
}

/// Runs `command` with its output on this terminal.
///
/// # Errors
/// Says which command could not be started or with which status it ended.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    println!("$ {}", shown(command));
    let status = command.status().map_err(|error| not_started(command, &error))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new(format!("{} ended with {status}", shown(command))))
    }
}

/// Runs `command` without a word and returns what it printed; `None` when it failed or is not there.
pub(crate) fn ask(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program of that name is on the search path.
pub(crate) fn on_path(program: &str) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|directory| directory.join(program).is_file()))
}

fn not_started(command: &Command, error: &std::io::Error) -> Failure {
    Failure::new(format!("{} could not be started: {error}", shown(command)))
}

/// The program and its arguments as one would type them, without folders in front of the program.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_else(|| command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(quoted).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    if word.contains(char::is_whitespace) { format!("'{word}'") } else { word.into_owned() }
}

fn describes_this_package(name: &str) -> bool {
    const PREFIXES: [&str; 4] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
    name == "OUT_DIR" || name == "CARGO_PRIMARY_PACKAGE" || PREFIXES.iter().any(|p| name.starts_with(p))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_would_be_typed() {
        let mut command = Command::new("/usr/bin/cargo");
        command.args(["test", "--features", "a b"]);
        assert_eq!(shown(&command), "cargo test --features 'a b'");
    }

    #[test]
    fn a_failing_command_is_named_with_its_status() {
        let failure =
            run(Command::new("cargo").arg("no-such-word-of-cargo").stderr(Stdio::null())).unwrap_err();
        assert!(failure.to_string().starts_with("cargo no-such-word-of-cargo ended with"), "{failure}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let failure = run(&mut Command::new("no-such-program-at-all")).unwrap_err();
        assert!(failure.to_string().starts_with("no-such-program-at-all could not be started"), "{failure}");
        assert_eq!(ask(&mut Command::new("no-such-program-at-all")), None);
        assert!(!on_path("no-such-program-at-all"));
    }

    #[test]
    fn the_description_of_this_package_is_not_handed_on() {
        assert!(describes_this_package("CARGO_PKG_NAME"));
        assert!(describes_this_package("CARGO_MANIFEST_DIR"));
        assert!(!describes_this_package("CARGO_HOME"));
        assert!(!describes_this_package("CARGO_TARGET_DIR"));
    }
}
