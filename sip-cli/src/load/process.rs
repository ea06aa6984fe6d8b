//! What this process has used of the machine, where the system tells (Linux: `/proc`).

use std::fs;
use std::time::Duration;

/// Processor time and memory at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Usage {
    pub(super) cpu: Option<Duration>,
    /// Resident memory in bytes.
    pub(super) memory: Option<u64>,
}

const KIB: u64 = 1024;

impl Usage {
    pub(super) fn now() -> Self {
        Self { cpu: cpu(), memory: memory() }
    }
}

/// The nanoseconds that all threads have run, kernel included: finer than the clock ticks of `/proc/self/stat`.
fn cpu() -> Option<Duration> {
    let threads = fs::read_dir("/proc/self/task").ok()?.flatten();
    let of_thread = |thread: fs::DirEntry| -> Option<u64> {
        fs::read_to_string(thread.path().join("schedstat")).ok()?.split(' ').next()?.parse().ok()
    };
    Some(Duration::from_nanos(threads.filter_map(of_thread).sum()))
}

fn memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * KIB)
}
