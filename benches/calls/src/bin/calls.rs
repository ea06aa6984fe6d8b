//! `cargo xtask bench calls`: one run over everything, and its table.

use sip_bench_calls::clock::{Effort, complete_call, line_of_memory, per_message};
use sip_bench_calls::pair::Transport;
use sip_bench_calls::target::{Figure, Measured, figures};
use sip_bench_calls::{heap, instructions, mimalloc, report, target, timers};
use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let [instructions::WORD, transport, count] = *words {
        instructions::only(transport, count.parse().unwrap_or(1));
        return ExitCode::SUCCESS;
    }
    let smoke = words.contains(&"--smoke");
    let figures = run(if smoke { Effort::SMOKE } else { Effort::FULL }, !smoke);
    print!("{}", if words.contains(&"--json") { report::json(&figures) } else { report::text(&figures) });
    ExitCode::SUCCESS
}

fn run(effort: Effort, with_instructions: bool) -> Vec<Figure> {
    let own = env::current_exe().ok();
    let [few, many] = effort.sizes;
    let counted = own.as_ref().map(|own| heap::counted(own, many.min(10_000)));
    let other = own.as_ref().map(|own| mimalloc::measured(own, !with_instructions));
    let of = |transport| Measured {
        transport,
        call: complete_call(transport, effort),
        instructions: own
            .as_ref()
            .filter(|_| with_instructions)
            .and_then(|own| instructions::per_call(own, transport)),
        heap: counted.as_ref().and_then(|output| heap::Heap::read(output, transport)),
        per_message: [few, many].map(|count| per_message(transport, count, effort)),
        with_mimalloc: other.as_ref().and_then(|output| mimalloc::read(output, transport)),
    };
    let mut lines: Vec<Figure> =
        Transport::ALL.into_iter().flat_map(|transport| figures(&of(transport))).collect();
    let of_memory = |count| (count, line_of_memory(count, effort));
    lines.extend(target::memory(of_memory(few), of_memory(many)));
    let of_timers = |count| (count, timers::comparisons(count));
    lines.extend(target::timers(of_timers(100), of_timers(100_000)));
    lines
}
