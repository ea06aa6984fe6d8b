//! `cargo xtask bench load`: one run over everything, and its tables.

use sip_bench_load::client::Found;
use sip_bench_load::size::Size;
use sip_bench_load::stack::{Pairing, Stack};
use sip_bench_load::{process, report};
use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let result = match process::role(&arguments) {
        Some(played) => played,
        None => run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<(), String> {
    let has = |flag: &str| arguments.iter().any(|word| word == flag);
    let size = if has("--smoke") { Size::SMOKE } else { Size::FULL };
    let own = Pairing::new(Stack::Ours, Stack::Ours);
    let mut pairings = vec![own, own.with_digest(), own.with_mimalloc()];
    if cfg!(feature = "peers") {
        pairings.extend([
            Pairing::new(Stack::Rsipstack, Stack::Ours),
            Pairing::new(Stack::Ours, Stack::Rsipstack),
            Pairing::new(Stack::Rsipstack, Stack::Rsipstack),
        ]);
    }
    let mut found: Vec<(Pairing, Found)> = Vec::new();
    for pairing in pairings {
        eprintln!("{pairing} ...");
        let is_own = pairing.client == Stack::Ours && pairing.server == Stack::Ours;
        found.push((pairing, process::run(pairing, if is_own { size } else { size.for_peer() })?));
    }
    print!("{}", if has("--json") { report::json(&found) } else { report::text(&found) });
    let is_own = |pairing: &Pairing| pairing.client == Stack::Ours && pairing.server == Stack::Ours;
    let own = found.iter().filter(|(pairing, _)| is_own(pairing));
    match own.map(|(_, found)| found.failed()).sum() {
        0 => Ok(()),
        failed => Err(format!("{failed} registrations or calls of ours failed")),
    }
}
