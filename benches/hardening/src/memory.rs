//! How much memory another process holds, as Linux tells it.

use std::fs;

/// The resident set of a process in KiB; `None` where there is no `/proc`, or no such process.
#[must_use]
pub fn resident(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory() {
        let own = resident(std::process::id());
        assert!(own.is_none_or(|kib| kib > 100), "{own:?}");
        assert_eq!(resident(u32::MAX), None);
    }
}
