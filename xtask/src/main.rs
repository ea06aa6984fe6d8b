//! `cargo xtask`: everything that CI does, one word each, the same on every machine.

mod bench;
mod debian;
mod demo;
mod failure;
mod fuzz;
mod interop;
mod manifest;
mod rfc;
mod shell;
mod sim;
mod test;
mod tidy;
mod wasm;
mod workspace;

use failure::Failure;
use std::env;
use std::path::Path;
use std::process::ExitCode;

/// The exit code for a command line that makes no sense.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.split_first() {
        None => {
            print!("{}", help());
            ExitCode::from(USAGE)
        }
        Some((first, _)) if is_help(first) => {
            print!("{}", help());
            ExitCode::SUCCESS
        }
        Some((first, rest)) => match Word::ALL.into_iter().find(|word| word.name() == first) {
            Some(word) if rest.first().is_some_and(|next| is_help(next)) => {
                println!("{}\n\n  {}", word.usage(), word.about());
                ExitCode::SUCCESS
            }
            Some(word) => word.run(&workspace::root(), rest),
            None => misused(&format!("`{first}` is no word of cargo xtask")),
        },
    }
}

/// What can follow `cargo xtask`; each has a module of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Demo,
    Test,
    Tidy,
    Rfc,
    Wasm,
    Interop,
    Sim,
    Bench,
    Fuzz,
}

impl Word {
    const ALL: [Self; 9] = [
        Self::Demo,
        Self::Test,
        Self::Tidy,
        Self::Rfc,
        Self::Wasm,
        Self::Interop,
        Self::Sim,
        Self::Bench,
        Self::Fuzz,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::Test => "test",
            Self::Tidy => "tidy",
            Self::Rfc => "rfc",
            Self::Wasm => "wasm",
            Self::Interop => "interop",
            Self::Sim => "sim",
            Self::Bench => "bench",
            Self::Fuzz => "fuzz",
        }
    }

    const fn arguments(self) -> &'static str {
        match self {
            Self::Demo => " [--messages]",
            Self::Test => " [--list | STEP...]",
            Self::Tidy => "",
            Self::Rfc => " [--index TEXTS]",
            Self::Wasm => " [--browser | CRATE...]",
            Self::Interop => " PEER",
            Self::Sim => " [--seeds N]",
            Self::Bench => " syntax [--json]",
            Self::Fuzz => " [TARGET...]",
        }
    }

    const fn about(self) -> &'static str {
        match self {
            Self::Demo => {
                "Two user agents register, chat and call through the built-in server; shows every message"
            }
            Self::Test => "Run every check that CI runs, or only the named steps; --list names them",
            Self::Tidy => {
                "Check the sources against the house rules: sizes, bans, headers, arrows between crates"
            }
            Self::Rfc => "Hold the citations in the code against the index of the requirements of the RFCs",
            Self::Wasm => "Build the crates for a browser; --browser sees a page at work, --size weighs it",
            Self::Interop => "Run the user agent against a foreign server: kamailio",
            Self::Sim => "Random calls in random networks, judged; also --minutes M, --seed S, --from S",
            Self::Bench => {
                "Measure the parsers beside others, as ratios in one run; --smoke is quick, for CI"
            }
            Self::Fuzz => {
                "Hold the parsers to laws under any bytes; --smoke is quick, --seconds N, --input FILE"
            }
        }
    }

    fn usage(self) -> String {
        format!("Usage: cargo xtask {}{}", self.name(), self.arguments())
    }

    fn run(self, root: &Path, arguments: &[String]) -> ExitCode {
        match self {
            Self::Demo => finish(demo::run(root, arguments)),
            Self::Test => test::run(root, arguments),
            Self::Tidy if !arguments.is_empty() => misused("`tidy` takes no arguments"),
            Self::Tidy => finish(tidy::run(root)),
            Self::Rfc => finish(rfc::run(root, arguments)),
            Self::Wasm => finish(wasm::run(root, arguments)),
            Self::Interop => finish(interop::run(root, arguments)),
            Self::Sim => finish(sim::run(root, arguments)),
            Self::Bench => finish(bench::run(root, arguments)),
            Self::Fuzz => finish(fuzz::run(root, arguments)),
        }
    }
}

/// Says what was wrong with the command line.
fn misused(what: &str) -> ExitCode {
    eprintln!("error: {what}\n\n{}", help());
    ExitCode::from(USAGE)
}

fn finish(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn is_help(word: &str) -> bool {
    matches!(word, "-h" | "--help" | "help")
}

fn help() -> String {
    let usage = |word: Word| format!("{}{}", word.name(), word.arguments());
    let width = Word::ALL.into_iter().map(|word| usage(word).len()).max().unwrap_or_default();
    let line = |word: Word| format!("  {:width$}  {}\n", usage(word), word.about());
    let words: String = Word::ALL.into_iter().map(line).collect();
    format!(
        "Everything that CI does, one word each.\n\nUsage: cargo xtask WORD\n\nWords:\n{words}\n\
         `cargo xtask demo` is the place to begin; `cargo xtask test` must pass before a change is handed in.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_names_every_word() {
        let help = help();
        for word in Word::ALL {
            assert!(help.contains(&format!("  {}", word.name())), "{help}");
            assert!(help.contains(word.about()), "{help}");
        }
    }

    #[test]
    fn help_fits_a_terminal() {
        let longest = help().lines().map(|line| line.chars().count()).max();
        assert!(longest.is_some_and(|longest| longest <= 120), "{longest:?}");
    }
}
