//! Laws that hold for any bytes a peer may send, as functions that panic where one is broken.
//!
//! libfuzzer runs them by `fuzz_targets/`, a quick run without it is the program `smoke`.

mod mutate;
mod script;
mod seeds;
mod targets;
mod traffic;

pub use mutate::Mutator;
pub use seeds::seeds;
pub use targets::{ALL, Target, run};
