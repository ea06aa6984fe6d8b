//! Counts the heap allocations of each work: a program of its own, since counting takes time.

use sip_bench_syntax::corpus::samples;
use sip_bench_syntax::peer::Work;
use sip_bench_syntax::peers;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static COUNTED: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// How often each work is done; the first time may fill a table that is kept.
const TIMES: usize = 8;

fn main() {
    let samples = samples();
    for subject in peers::all() {
        for work in Work::ALL {
            let mut means = Vec::new();
            for task in (0..work.inputs(&samples)).filter_map(|input| subject.task(work, input, &samples)) {
                task(1);
                let region = Region::new(COUNTED);
                task(TIMES);
                let change = region.change();
                means.push((change.allocations + change.reallocations) as f64 / TIMES as f64);
            }
            if !means.is_empty() {
                let mean = means.iter().sum::<f64>() / means.len() as f64;
                println!("{}\t{}\t{mean:.1}", work.name(), subject.name());
            }
        }
    }
}
