//! What a message costs when mimalloc is the allocator of the application: a program of its own, since a program has one.

use mimalloc::MiMalloc;
use sip_bench_calls::clock::{Effort, per_message};
use sip_bench_calls::pair::Transport;
use std::env;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() {
    let effort = if env::args().any(|word| word == "--smoke") { Effort::SMOKE } else { Effort::FULL };
    for transport in Transport::ALL {
        for count in effort.sizes {
            println!("{}", per_message(transport, count, effort).line(transport));
        }
    }
}
