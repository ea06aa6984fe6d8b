//! What a process has used of the machine, as Linux counts it.

use std::fs;
use std::time::Duration;

/// Processor time and memory of one process at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// User and system time of all threads that live.
    pub cpu: Duration,
    /// Resident memory in bytes.
    pub resident: u64,
}

impl Usage {
    /// What the process `pid` has used; nothing where the system does not tell.
    #[must_use]
    pub fn of(pid: u32) -> Self {
        Self { cpu: cpu(pid), resident: resident(pid).unwrap_or(0) }
    }
}

/// The nanoseconds that the threads have run: finer than the clock ticks of `/proc/PID/stat`.
fn cpu(pid: u32) -> Duration {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let of_thread = |path: std::path::PathBuf| -> Option<u64> {
        fs::read_to_string(path.join("schedstat")).ok()?.split(' ').next()?.parse().ok()
    };
    Duration::from_nanos(threads.filter_map(|thread| of_thread(thread.path())).sum())
}

fn resident(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_used_something() {
        let used = Usage::of(std::process::id());
        assert!(used.cpu > Duration::ZERO && used.resident > 100_000, "{used:?}");
        assert_eq!(Usage::of(u32::MAX).resident, 0);
    }
}
