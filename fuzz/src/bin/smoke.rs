//! Each target over its seeds and over inputs like them, without nightly and without libfuzzer.
//!
//! `smoke [--seconds N] [TARGET...]`; `smoke --seeds FOLDER TARGET` writes the seeds for libfuzzer.

use sip_fuzz::{ALL, Mutator, Target, seeds};
use std::fs;
use std::io::Error;
use std::panic::catch_unwind;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How many changed inputs each target gets when no time is given.
const INPUTS: usize = 20_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *words {
        ["--seeds", folder, name] => match write_seeds(Path::new(folder), name) {
            Ok(count) => println!("{name}: {count} seeds in {folder}"),
            Err(error) => return refused(&format!("the seeds cannot be written to {folder}: {error}")),
        },
        ["--input", path, name] => match fs::read(path) {
            Ok(input) => sip_fuzz::run(name, &input),
            Err(error) => return refused(&format!("{path} cannot be read: {error}")),
        },
        ["--seconds", seconds, ref names @ ..] => match seconds.parse() {
            Ok(seconds) => return smoke(names, Some(Duration::from_secs(seconds))),
            Err(_) => return refused(&format!("`{seconds}` is no number of seconds")),
        },
        ref names => return smoke(names, None),
    }
    ExitCode::SUCCESS
}

fn smoke(names: &[&str], time: Option<Duration>) -> ExitCode {
    if let Some(unknown) = names.iter().find(|name| !ALL.iter().any(|target| target.name == **name)) {
        return refused(&format!("`{unknown}` is no target"));
    }
    let wanted = |target: &&Target| names.is_empty() || names.contains(&target.name);
    let mut failed = false;
    for target in ALL.iter().filter(wanted) {
        match held(target, time) {
            Ok(count) => println!("{:<10} {count:>8} inputs  {}", target.name, target.about),
            Err(input) => {
                failed = true;
                report(target, &input);
            }
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// How many inputs the laws held for, or the first one that breaks them.
fn held(target: &Target, time: Option<Duration>) -> Result<usize, Vec<u8>> {
    let seeds = seeds(target.name);
    let holds = |input: &[u8]| catch_unwind(|| (target.check)(input)).is_ok();
    for (count, seed) in seeds.iter().enumerate() {
        if !holds(seed) {
            println!("seed {count}");
            return Err(seed.clone());
        }
    }
    let mut mutator = Mutator::new(1);
    let end = time.map(|time| now() + time);
    let mut count = seeds.len();
    let goes_on = |count: usize| end.map_or(count < seeds.len() + INPUTS, |end| now() < end);
    while goes_on(count) {
        let input = mutator.mutated(&seeds);
        if !holds(&input) {
            return Err(input);
        }
        count += 1;
    }
    Ok(count)
}

/// Keeps the input that breaks a law, and says how to run it again.
fn report(target: &Target, input: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("artifacts").join(target.name);
    let path = folder.join("smoke");
    let kept = fs::create_dir_all(&folder).and_then(|()| fs::write(&path, input));
    eprintln!("{}: a law is broken by {}", target.name, input.escape_ascii());
    match kept {
        Ok(()) => {
            eprintln!("the input is kept; again: cargo xtask fuzz {} --input {}", target.name, path.display())
        }
        Err(error) => eprintln!("the input cannot be kept in {}: {error}", path.display()),
    }
}

fn write_seeds(folder: &Path, name: &str) -> Result<usize, Error> {
    fs::create_dir_all(folder)?;
    let seeds = seeds(name);
    for (at, seed) in seeds.iter().enumerate() {
        fs::write(folder.join(format!("seed-{at:04}")), seed)?;
    }
    Ok(seeds.len())
}

fn refused(what: &str) -> ExitCode {
    eprintln!("error: {what}");
    ExitCode::from(2)
}

#[expect(clippy::disallowed_methods, reason = "how long to go on is a matter of the real clock")]
fn now() -> Instant {
    Instant::now()
}
