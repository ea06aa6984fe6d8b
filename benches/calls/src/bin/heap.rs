//! Counts the heap of calls: a program of its own, since counting takes time.

use sip_bench_calls::clock::{calls, set_up};
use sip_bench_calls::heap::Heap;
use sip_bench_calls::pair::{Pair, SDP, SETTLED, Transport};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::env;

#[global_allocator]
static COUNTED: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    let count = env::args().nth(1).and_then(|number| number.parse().ok()).unwrap_or(1_000);
    for transport in Transport::ALL {
        println!("{}", heap(transport, count).line(transport));
    }
}

fn heap(transport: Transport, count: usize) -> Heap {
    let (finished, allocations) = finished(transport, count);
    let descriptions = as_float(2 * SDP.len() * count);
    let empty = live();
    let mut pair = Pair::new(transport);
    let idle = live();
    for _ in 0..count {
        let _up = pair.set_up();
    }
    let fresh = as_float(live() - idle) / 2.0 - descriptions;
    drop(pair);
    let mut pair = Pair::new(transport);
    drop(set_up(&mut pair, count));
    let both = live();
    let caller = pair.into_caller();
    let alone = live();
    drop(caller);
    let of_caller = as_float(alone - live() - (idle - empty) / 2) - descriptions;
    let of_callee = as_float(both - alone - (idle - empty) / 2) - descriptions;
    let per_call = |bytes: f64| bytes / as_float(count);
    Heap {
        caller: per_call(of_caller),
        callee: per_call(of_callee),
        fresh: per_call(fresh),
        over: over(transport, count),
        finished,
        allocations,
    }
}

/// What calls that are over leave behind, and how often they allocated.
fn finished(transport: Transport, count: usize) -> (f64, f64) {
    let mut pair = Pair::new(transport);
    // Queues keep the room that they needed once.
    calls(&mut pair, 2_000);
    pair.pass(SETTLED);
    let (before, allocations) = (live(), COUNTED.stats().allocations);
    calls(&mut pair, count);
    pair.pass(SETTLED);
    let made = COUNTED.stats().allocations - allocations;
    assert!(pair.is_idle(), "something is left");
    (as_float(live().saturating_sub(before)) / as_float(count), as_float(made) / as_float(count))
}

/// What calls keep that have just ended.
fn over(transport: Transport, count: usize) -> f64 {
    let mut pair = Pair::new(transport);
    let idle = live();
    for _ in 0..count {
        let call = pair.set_up();
        pair.hang_up(call);
    }
    as_float(live() - idle) / as_float(count)
}

/// The bytes of the heap in use.
fn live() -> usize {
    let stats = COUNTED.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn as_float(count: usize) -> f64 {
    count as f64
}
