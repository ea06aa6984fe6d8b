//! How many files this process may have open.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Allows as many open files as the system permits; returns how many those are.
#[must_use]
pub fn raise_open_files() -> u64 {
    let mut limits = getrlimit(Resource::Nofile);
    limits.current = limits.maximum;
    // Where it may not be raised, what there is has to do.
    let _ = setrlimit(Resource::Nofile, limits);
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}
