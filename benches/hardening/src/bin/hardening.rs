//! `cargo xtask bench hardening`: every attack in turn, and the table of what came of it.

use sip_bench_hardening::attack::{Attack, Scale};
use sip_bench_hardening::trial::{self, Finding};
use sip_bench_hardening::{limits, report, server};
use std::env;
use std::io;
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let has = |word: &str| arguments.iter().any(|argument| argument == word);
    let files = limits::raise_open_files();
    let outcome = match has(trial::SERVE) {
        true => server::serve().map(|()| Vec::new()),
        false => run(files, has("--smoke")),
    };
    match outcome {
        Ok(findings) => {
            print!("{}", if has("--json") { report::json(&findings) } else { report::text(&findings) });
            if findings.iter().all(Finding::is_passed) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("the bench cannot run: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(files: u64, smoke: bool) -> io::Result<Vec<Finding>> {
    let (wanted, busy, duration) = match smoke {
        true => (500, 100, Duration::from_millis(700)),
        false => (10_000, 1000, Duration::from_secs(5)),
    };
    // both processes have a file for each connection, and some more
    let standing = wanted.min(usize::try_from(files.saturating_sub(200)).unwrap_or(usize::MAX));
    if standing < wanted {
        eprintln!("{standing} connections in place of {wanted}: no more than {files} files may be open");
    }
    let scale = Scale { standing, busy: busy.min(standing) };
    Attack::ALL.into_iter().map(|attack| trial::run(attack, scale, duration)).collect()
}
