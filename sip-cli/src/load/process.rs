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

/// The clock ticks of `/proc` are hundredths of a second on every Linux.
const TICK: Duration = Duration::from_millis(10);
const KIB: u64 = 1024;

impl Usage {
    pub(super) fn now() -> Self {
        Self { cpu: cpu(), memory: memory() }
    }
}

/// `utime` and `stime`, the 14th and 15th field; the second may have spaces and ends with the last parenthesis.
fn cpu() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let ticks: u32 =
        rest.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u32>().ok()).sum();
    Some(TICK * ticks)
}

fn memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * KIB)
}
