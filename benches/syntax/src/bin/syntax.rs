//! `cargo xtask bench syntax`: one run over everything, and its tables.

use sip_bench_syntax::clock::Effort;
use sip_bench_syntax::report::Report;
use sip_bench_syntax::{callgrind, corpus, linear, measure, peers, target};
use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let [callgrind::WORD, work, subject, times] = *words {
        let times = times.parse().unwrap_or(1);
        println!("{}", callgrind::only(&peers::all(), &corpus::samples(), work, subject, times));
        return ExitCode::SUCCESS;
    }
    let smoke = words.contains(&"--smoke");
    let report = run(if smoke { Effort::SMOKE } else { Effort::FULL }, !smoke);
    print!("{}", if words.contains(&"--json") { report.json() } else { report.text() });
    let own_work_failed = report.rows.iter().any(|row| row.subject == "ours" && row.right() < row.inputs);
    if own_work_failed {
        eprintln!("error: ours gets an input wrong");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn run(effort: Effort, with_instructions: bool) -> Report {
    let (mut rows, mut notes) = measure::measure(&peers::all(), &corpus::samples(), effort);
    if let Ok(own) = env::current_exe() {
        measure::count(&mut rows, &own, with_instructions);
    }
    if with_instructions && rows.iter().all(|row| row.instructions.is_none()) {
        notes.push("instructions, since valgrind is not installed".to_owned());
    }
    let points = linear::measure(effort);
    let targets = target::all(&rows, &points);
    Report { rows, points, targets, notes }
}
