//! The two processes of a run when mimalloc is the allocator of the application: a program of its own, since a program
//! has one.

use mimalloc::MiMalloc;
use sip_bench_load::process;
use std::env;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let played = process::role(&arguments).unwrap_or_else(|| Err("not to be started by hand".to_owned()));
    match played {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
