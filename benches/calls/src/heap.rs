//! Heap: the program `heap` counts it and prints a line for each transport, which is read here.

use crate::pair::Transport;
use std::path::Path;
use std::process::Command;

/// What calls keep and use, in bytes of each end.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Heap {
    /// The caller, for a call that stands and whose transactions are gone, without the application's descriptions.
    pub caller: f64,
    /// The same for the callee.
    pub callee: f64,
    /// The mean of both right after the ACK, with the transactions that absorb retransmissions.
    pub fresh: f64,
    /// What a call that has just ended keeps until 64·T1, both ends: the transactions, the ACK, what a late 2xx needs.
    pub over: f64,
    /// What a call that is over leaves behind after 64·T1, both ends.
    pub finished: f64,
    /// Heap allocations of a complete call, both ends with parsing and printing.
    pub allocations: f64,
}

impl Heap {
    /// The line that [`Self::read`] reads.
    #[must_use]
    pub fn line(&self, transport: Transport) -> String {
        let Self { caller, callee, fresh, over, finished, allocations } = self;
        let name = transport.name();
        format!("{name}\t{caller}\t{callee}\t{fresh}\t{over}\t{finished}\t{allocations}")
    }

    /// Reads what the program printed.
    #[must_use]
    pub fn read(output: &str, transport: Transport) -> Option<Self> {
        let line = output.lines().find_map(|line| line.strip_prefix(transport.name())?.strip_prefix('\t'))?;
        let mut numbers = line.split('\t').map(str::parse);
        let mut next = || numbers.next()?.ok();
        Some(Self {
            caller: next()?,
            callee: next()?,
            fresh: next()?,
            over: next()?,
            finished: next()?,
            allocations: next()?,
        })
    }
}

/// What the program beside `own` prints.
#[must_use]
pub fn counted(own: &Path, calls: usize) -> String {
    let output = Command::new(own.with_file_name("heap")).arg(calls.to_string()).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read() {
        let heap = Heap { caller: 1.5, callee: 2.0, fresh: 3.0, over: 5.0, finished: 0.0, allocations: 4.0 };
        assert_eq!(Heap::read(&heap.line(Transport::Udp), Transport::Udp), Some(heap));
        assert_eq!(Heap::read(&heap.line(Transport::Udp), Transport::WebSocket), None);
    }
}
